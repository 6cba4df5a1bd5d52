"""Draws the panel and the views with the result of the sample into PNG files, for the README and the catalogue.

    PYTHONPATH=Testing:IVDSegmentation python Testing/gui/screenshot.py Resources/Screenshots

writes segment.png (tab Segment beside the slice and 3D views) and review.png (tab Review). The widgets are those of the
module; Slicer's own (collapsible button, node selector, slider) are the host's stand-ins. The views are drawn by Slicer's own
displayable managers. An input volume after the folder is shown instead of the sample.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import host as slicer_host
import numpy as np

PANEL_WIDTH, HEIGHT = 480, 760
"""The panel is as high as its highest tab; what is cut off below is empty."""
SAGITTAL_WIDTH, CORONAL_WIDTH, SMALL_WIDTH = 380, 200, 280


def draw(folder: Path, volume: Path | None = None) -> None:
    """Load, press the button, wait, draw."""
    running = slicer_host.start()
    import qt
    import slicer
    from host.rendering import write_png

    from gui.conftest import MODULE, wait_for

    slicer.app.setStyle("Fusion")
    font = qt.QFont("DejaVu Sans")
    font.setPixelSize(12)
    slicer.app.setFont(font)
    loaded = running.load_module(MODULE)
    tab = loaded.widget.tabs[0]
    if volume is None:
        tab.ui.sampleButton.click()
    else:
        _load(volume)
    tab.ui.segmentButton.click()
    wait_for(lambda: not tab.job.running, 300)
    folder.mkdir(parents=True, exist_ok=True)
    write_png(folder / "segment.png", np.hstack([_panel(loaded), _views(tab.session.nodes)]))
    for index, other in enumerate(loaded.widget.tabs):
        if other.title == "Review":
            loaded.widget.ui.tabWidget.currentIndex = index
            tab.session.disc_selected.emit(2)
            write_png(folder / "review.png", _panel(loaded))
    loaded.widget.cleanup()


def _load(path: Path) -> None:
    from IVDSegmentationLib.scene.volumes import add_volume
    from IVDSegmentationLib.volume.read import read_volume

    add_volume(read_volume(path), "MR volume")


def _panel(loaded) -> np.ndarray:
    """The panel as it is on the screen: rows x columns x 3, uint8."""
    import slicer
    import vtk
    from vtk.util.numpy_support import vtk_to_numpy

    loaded.panel.resize(PANEL_WIDTH, HEIGHT)
    loaded.panel.show()
    for _ in range(20):
        slicer.app.processEvents()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "panel.png")
        loaded.panel.grab().save(path)
        reader = vtk.vtkPNGReader()
        reader.SetFileName(path)
        reader.Update()
    image = reader.GetOutput()
    columns, rows, _ = image.GetDimensions()
    return vtk_to_numpy(image.GetPointData().GetScalars()).reshape(rows, columns, -1)[::-1][:HEIGHT, :, :3].copy()


def _views(nodes) -> np.ndarray:
    """The layout along the spine: sagittal, coronal, and 3D above axial."""
    import slicer
    from host.rendering import SliceView, ThreeDView
    from IVDSegmentationLib.scene import views

    upper = HEIGHT - HEIGHT // 3
    sagittal, coronal = SliceView("Yellow", (SAGITTAL_WIDTH, HEIGHT)), SliceView("Green", (CORONAL_WIDTH, HEIGHT))
    axial, solid = SliceView("Red", (SMALL_WIDTH, HEIGHT - upper)), ThreeDView((SMALL_WIDTH, upper))
    views.spine_layout(nodes)
    views.jump_to(nodes, 4, follow=True)
    sagittal.node.SetOrientation("Sagittal")
    coronal.fit()
    sagittal.zoom(185)
    axial.zoom(130)
    solid.look_from(slicer.vtkMRMLCameraNode.Left)
    return np.hstack([sagittal.picture(), coronal.picture(), np.vstack([solid.picture(), axial.picture()])])


if __name__ == "__main__":
    draw(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
    os._exit(0)  # stand-ins of MRML widgets are not taken down in order
