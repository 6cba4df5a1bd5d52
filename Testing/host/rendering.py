"""Slicer's real slice and 3D views, off-screen (EGL or software rendering): for pictures and for tests that look or click.

The displayable managers, their widgets and the interactor style are those of the application; only the windows around
them are ours. A click or drag runs the C++ code that it runs in Slicer, and sends the events that it sends there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

_SLICE_MANAGERS = (
    "vtkMRMLModelSliceDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager2D",
    "vtkMRMLMarkupsDisplayableManager",
)
_THREE_D_MANAGERS = (
    "vtkMRMLCameraDisplayableManager",
    "vtkMRMLViewDisplayableManager",
    "vtkMRMLModelDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager3D",
    "vtkMRMLMarkupsDisplayableManager",
)


class _View:
    """A window of our own with a renderer."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.window = vtk.vtkRenderWindow()
        self.window.SetOffScreenRendering(1)
        self.window.SetMultiSamples(0)
        self.window.SetAlphaBitPlanes(1)
        self.window.SetSize(*size)
        self.renderer = vtk.vtkRenderer()
        self.window.AddRenderer(self.renderer)
        self._interactor = vtk.vtkGenericRenderWindowInteractor()
        self._interactor.SetRenderWindow(self.window)
        self._interactor.SetInteractorStyle(vtk.vtkInteractorStyleUser())
        self._interactor.Initialize()

    def _attach(self, factory_class: type, managers: tuple[str, ...], node: slicer.vtkMRMLAbstractViewNode) -> None:
        factory = factory_class.GetInstance()
        factory.SetMRMLApplicationLogic(slicer.app.applicationLogic())
        for manager in managers:
            if not factory.IsDisplayableManagerRegistered(manager):
                factory.RegisterDisplayableManager(manager)
        self._group = slicer.vtkMRMLDisplayableManagerGroup()
        self._group.SetRenderer(self.renderer)
        self._group.Initialize(factory, self.renderer)
        self._group.SetMRMLDisplayableNode(node)

    def picture(self) -> np.ndarray:
        """What the view shows: rows x columns x 3, uint8."""
        self.window.Render()
        grab = vtk.vtkWindowToImageFilter()
        grab.SetInput(self.window)
        grab.ReadFrontBufferOff()
        grab.Update()
        image = grab.GetOutput()
        columns, rows, _ = image.GetDimensions()
        return vtk_to_numpy(image.GetPointData().GetScalars()).reshape(rows, columns, -1)[::-1, :, :3].copy()


class SliceView(_View):
    """One of the layout manager's slice views ("Red", "Yellow", "Green"), drawn."""

    def __init__(self, name: str, size: tuple[int, int] = (500, 400)) -> None:
        super().__init__(size)
        self.renderer.GetActiveCamera().ParallelProjectionOn()
        self.logic = slicer.app.layoutManager().sliceWidget(name).sliceLogic()
        self.node = self.logic.GetSliceNode()
        self._attach(slicer.vtkMRMLSliceViewDisplayableManagerFactory, _SLICE_MANAGERS, self.node)
        self._mapper = vtk.vtkImageMapper()
        self._mapper.SetColorWindow(255)
        self._mapper.SetColorLevel(127.5)
        actor = vtk.vtkActor2D()
        actor.SetMapper(self._mapper)
        actor.GetProperty().SetDisplayLocationToBackground()
        self.renderer.AddViewProp(actor)
        self.logic.ResizeSliceNode(*size)
        self._style = slicer.vtkMRMLSliceViewInteractorStyle()
        self._style.SetSliceLogic(self.logic)
        self._style.SetDisplayableManagers(self._group)
        self._style.SetInteractor(self._interactor)

    # -------------------------------------------------------------------- mouse
    def click(self, ras: Sequence[float]) -> None:
        """A click on a place (RAS, mm), which is scrolled into the view first."""
        self.drag(ras, None)

    def drag(self, start: Sequence[float], end: Sequence[float] | None) -> None:
        """Press the left button at a place (RAS, mm), move to another that is projected onto the slice, release."""
        self._group.SetMRMLDisplayableNode(self.node)
        self.node.JumpSliceByCentering(*(float(value) for value in start))
        self.window.Render()
        self._send("EnterEvent", start)
        self._send("MouseMoveEvent", start)
        self._send("LeftButtonPressEvent", start)
        for share in (0.5, 1.0) if end is not None else ():
            self._send("MouseMoveEvent", [a + share * (b - a) for a, b in zip(start, end, strict=True)])
        self._send("LeftButtonReleaseEvent", end or start)

    def leave(self) -> None:
        """The mouse leaves the view."""
        self._interactor.InvokeEvent("LeaveEvent")

    def _send(self, event: str, ras: Sequence[float]) -> None:
        to_xy = vtk.vtkMatrix4x4()
        vtk.vtkMatrix4x4.Invert(self.node.GetXYToRAS(), to_xy)
        x, y, _, _ = to_xy.MultiplyPoint((*(float(value) for value in ras), 1.0))
        columns, rows = self.window.GetSize()
        if not (0 <= x < columns and 0 <= y < rows):
            raise ValueError(f"The place {tuple(ras)} lies outside of the view: zoom or turn it first.")
        self._interactor.SetEventInformation(round(x), round(y), 0, 0, "\0", 0, None)
        self._interactor.InvokeEvent(event)

    def fit(self) -> None:
        """Zoom so that the background volume fills the view."""
        self.logic.FitSliceToBackground()

    def zoom(self, field_of_view_mm: float) -> None:
        """Show this many millimetres from left to right."""
        columns, rows = self.window.GetSize()
        self.node.SetFieldOfView(field_of_view_mm, field_of_view_mm * rows / columns, 1.0)

    def picture(self) -> np.ndarray:
        self._mapper.SetInputConnection(self.logic.GetImageDataConnection())
        return super().picture()


class ThreeDView(_View):
    """A 3D view with its own view node."""

    def __init__(self, size: tuple[int, int] = (500, 400), name: str = "1") -> None:
        super().__init__(size)
        self.renderer.SetUseDepthPeeling(1)
        self._lights = vtk.vtkLightKit()  # as Slicer's 3D views have it
        self._lights.AddLightsToRenderer(self.renderer)
        self._logic = slicer.vtkMRMLViewLogic()
        self._logic.SetMRMLApplicationLogic(slicer.app.applicationLogic())
        slicer.app.applicationLogic().GetViewLogics().AddItem(self._logic)
        self._logic.SetMRMLScene(slicer.mrmlScene)
        self.node = self._logic.AddViewNode(name)
        self.node.SetBoxVisible(False)
        self.node.SetAxisLabelsVisible(False)
        self._attach(slicer.vtkMRMLThreeDViewDisplayableManagerFactory, _THREE_D_MANAGERS, self.node)

    def look_from(self, direction: int, zoom: float = 1.3) -> None:
        """Look at everything from a side: vtkMRMLCameraNode.Anterior, Left, …"""
        camera = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLCameraNode")
        if camera is not None:
            camera.RotateTo(direction)
        self.window.Render()
        self.renderer.ResetCamera()
        self.renderer.GetActiveCamera().Zoom(zoom)


def write_png(path: str | Path, picture: np.ndarray) -> None:
    """Write a picture (rows x columns x 3, uint8)."""
    image = vtk.vtkImageData()
    rows, columns = picture.shape[:2]
    image.SetDimensions(columns, rows, 1)


    image.GetPointData().SetScalars(numpy_to_vtk(picture[::-1].reshape(-1, 3).copy(), deep=True))
    writer = vtk.vtkPNGWriter()
    writer.SetFileName(str(path))
    writer.SetInputData(image)
    writer.Write()
