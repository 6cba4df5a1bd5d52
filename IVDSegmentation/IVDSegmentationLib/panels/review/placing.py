"""Points that the user clicks into the views: Slicer's place mode on a list of our own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer

from ...scene.geometry import flip_ras_lps
from ..shared.observers import Observers

Point = tuple[float, float, float]


class PointPlacer:
    """Asks for points in the views. ``on_point`` gets each as LPS mm; ``on_end`` is called when the user stops.

    ``keep``: points stay visible (marks), else each vanishes as soon as it was placed.
    """

    def __init__(
        self,
        name: str,
        colour: tuple[float, float, float],
        on_point: Callable[[Point], None],
        on_end: Callable[[], None],
        keep: bool = False,
    ) -> None:
        self._name, self._colour, self._keep = name, colour, keep
        self._on_point, self._on_end = on_point, on_end
        self._node: Any | None = None
        self._observers = Observers()
        self._known = 0

    @property
    def node(self) -> Any | None:
        """The list of points while there is one."""
        return self._node

    @property
    def active(self) -> bool:
        return bool(self._observers)

    @property
    def points(self) -> list[Point]:
        """The marks as they lie now, LPS mm."""
        if self._node is None:
            return []
        defined = self._node.PositionDefined
        return [
            self._position(n)
            for n in range(self._node.GetNumberOfControlPoints())
            if self._node.GetNthControlPointPositionStatus(n) == defined
        ]

    def start(self) -> None:
        """The next clicks into a view place points."""
        if self.active:
            return
        if self._node is None or self._node.GetScene() is None:
            self._node = self._make_node()
        node = self._node
        selection, interaction = _selection_node(), _interaction_node()
        selection.SetReferenceActivePlaceNodeClassName("vtkMRMLMarkupsFiducialNode")
        selection.SetActivePlaceNodeID(node.GetID())
        interaction.SetPlaceModePersistence(1 if self._keep else 0)
        interaction.SetCurrentInteractionMode(interaction.Place)
        self._known = len(self.points)
        self._observers.add(node, node.PointPositionDefinedEvent, self._point_placed)
        self._observers.add(interaction, interaction.InteractionModeChangedEvent, self._mode_changed)

    def stop(self) -> None:
        """Back to looking around. Marks stay."""
        if not self.active:
            return
        self._observers.clear()
        _end_place_mode()

    def clear(self) -> None:
        """Stop, and take the points away."""
        self.stop()
        if self._node is not None and self._node.GetScene() is not None:
            if _selection_node().GetActivePlaceNodeID() == self._node.GetID():
                _end_place_mode()  # else the next click would make a list of Slicer's own
            slicer.mrmlScene.RemoveNode(self._node)
        self._node = None

    def _make_node(self) -> Any:
        node = slicer.mrmlScene.CreateNodeByClass("vtkMRMLMarkupsFiducialNode")
        node.UnRegister(None)  # the Python variable owns it
        node.SetName(self._name)
        node.SetSaveWithScene(False)
        node.SetHideFromEditors(True)  # before it enters the scene: no tree or selector may list it
        slicer.mrmlScene.AddNode(node)
        node.SetControlPointLabelFormat("")
        node.CreateDefaultDisplayNodes()
        display = node.GetDisplayNode()
        display.SetSelectedColor(*self._colour)
        display.SetColor(*self._colour)
        display.SetPointLabelsVisibility(False)
        display.SetSaveWithScene(False)
        return node

    def _position(self, n: int) -> Point:
        position = [0.0, 0.0, 0.0]
        self._node.GetNthControlPointPositionWorld(n, position)  # type: ignore[union-attr]
        return flip_ras_lps(position)

    def _point_placed(self) -> None:
        points = self.points
        if len(points) <= self._known:
            return
        self._known = len(points)
        if not self._keep:
            self.clear()
            self._on_end()
        self._on_point(points[-1])

    def _mode_changed(self) -> None:
        interaction = _interaction_node()
        if self.active and interaction.GetCurrentInteractionMode() != interaction.Place:
            self.stop()
            if not self._keep:
                self.clear()
            self._on_end()


def _selection_node() -> Any:
    return slicer.app.applicationLogic().GetSelectionNode()


def _interaction_node() -> Any:
    return slicer.app.applicationLogic().GetInteractionNode()


def _end_place_mode() -> None:
    interaction = _interaction_node()
    if interaction.GetCurrentInteractionMode() == interaction.Place:
        interaction.SetCurrentInteractionMode(interaction.ViewTransform)
