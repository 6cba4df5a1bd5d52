"""Notices what the user does to the nodes by other ways than the panel: painting, renaming, deleting, dragging."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import vtk

from ...scene.geometry import flip_ras_lps
from ...scene.nodes import ResultNodes, label_of_point

SETTLE_MS = 300
"""A stroke fires several events: wait until it is over."""


class NodeWatch:
    """``on_edited()`` some time after segments were changed by hand; ``on_dragged(label, point_lps)`` when a centre was
    dropped. ``ignore()`` is asked at each event: True while the panel itself writes."""

    def __init__(
        self,
        on_edited: Callable[[], None],
        on_dragged: Callable[[int, tuple[float, float, float]], None],
        ignore: Callable[[], bool],
    ) -> None:
        self._on_edited, self._on_dragged, self._ignore = on_edited, on_dragged, ignore
        self._nodes: ResultNodes | None = None
        self._observations: list[tuple[Any, int]] = []
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.connect("timeout()", self._settled)

    @property
    def pending(self) -> bool:
        """Edits were noticed and not told yet."""
        return bool(self._timer.active)

    def watch(self, nodes: ResultNodes | None) -> None:
        """Watch these nodes instead."""
        if self._nodes is not None and nodes is not None and self._nodes.segmentation is nodes.segmentation:
            return
        self.stop()
        self._nodes = nodes
        if nodes is None:
            return
        kinds = vtk_segmentation_events()
        segmentation = nodes.segmentation.GetSegmentation()
        for event in kinds:
            self._observations.append((segmentation, segmentation.AddObserver(event, self._edited)))
        # Slicer may swap the whole segmentation inside the node (undo of its own, a file read again)
        self._observations.append((nodes.centres, nodes.centres.AddObserver(_drag_end(nodes), self._dropped)))

    def flush(self) -> None:
        """Tell pending edits now."""
        if self.pending:
            self._timer.stop()
            self._settled()

    def drop_pending(self) -> None:
        self._timer.stop()

    def stop(self) -> None:
        self._timer.stop()
        for subject, tag in self._observations:
            subject.RemoveObserver(tag)
        self._observations, self._nodes = [], None

    def _edited(self, caller: Any, event: Any) -> None:
        if not self._ignore():
            self._timer.start()

    def _settled(self) -> None:
        if self._nodes is not None and self._nodes.in_scene:
            self._on_edited()

    @vtk.calldata_type(vtk.VTK_INT)
    def _dropped(self, caller: Any, event: Any, index: int) -> None:
        nodes = self._nodes
        if nodes is None or self._ignore():
            return
        label = label_of_point(nodes, index)
        if label is not None:
            position = [0.0, 0.0, 0.0]
            nodes.centres.GetNthControlPointPositionWorld(index, position)
            self._on_dragged(label, flip_ras_lps(position))


def vtk_segmentation_events() -> tuple[int, ...]:
    """Events of vtkSegmentation that mean an edit by hand."""
    import slicer

    kinds = slicer.vtkSegmentation
    return (kinds.SourceRepresentationModified, kinds.SegmentAdded, kinds.SegmentRemoved, kinds.SegmentModified)


def _drag_end(nodes: ResultNodes) -> int:
    return nodes.centres.PointEndInteractionEvent
