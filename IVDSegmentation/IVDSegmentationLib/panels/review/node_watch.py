"""Notices what the user does to the nodes by other ways than the panel: painting, renaming, deleting, dragging."""

from __future__ import annotations

from collections.abc import Callable

import qt
import slicer

from ...scene.nodes import ResultNodes
from ...scene.result import is_behind
from ..shared.observers import Observers
from ..shared.signal import guarded

SETTLE_MS = 300
"""A stroke fires several events: wait until it is over."""


class NodeWatch:
    """``on_edited(nodes)`` some time after segments were changed by hand, also before other nodes are watched; it returns
    whether the edits could be taken up. ``on_dragged()`` after centres were dragged. ``ignore()`` is asked at each edit:
    True while the panel itself writes."""

    def __init__(
        self, on_edited: Callable[[ResultNodes], bool], on_dragged: Callable[[], None], ignore: Callable[[], bool]
    ) -> None:
        self._on_edited, self._on_dragged, self._ignore = on_edited, on_dragged, ignore
        self._nodes: ResultNodes | None = None
        self._left: list[ResultNodes] = []
        self._observers = Observers()
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.connect("timeout()", guarded(self._settled))

    @property
    def pending(self) -> bool:
        """Edits were noticed and not taken up yet."""
        return bool(self._timer.active)

    def watch(self, nodes: ResultNodes | None) -> None:
        """Watch these nodes, instead of others. Edits that nobody noticed, while a result was being written or no panel
        was there, are taken up: those of the nodes before at once, those of these nodes when the user pauses."""
        before = self._nodes
        if before is None or nodes is None or before.segmentation is not nodes.segmentation:
            self.stop()
            if before is not None:
                self._left.append(before)
            self._take_up_left()
            self._nodes = nodes
            if nodes is not None:
                self._observe(nodes)
        elif self._left:
            self._take_up_left()
        if nodes is not None and is_behind(nodes):
            self._timer.start()

    def _take_up_left(self) -> None:
        """Edits of results that are not shown any more; those that cannot be taken up now stay for the next time."""
        left, self._left = self._left, []
        for nodes in left:
            if nodes.in_scene and is_behind(nodes) and not self._on_edited(nodes):
                self._left.append(nodes)

    def _observe(self, nodes: ResultNodes) -> None:
        kinds, segmentation = slicer.vtkSegmentation, nodes.segmentation.GetSegmentation()
        for event in (
            kinds.SourceRepresentationModified,
            kinds.SegmentAdded,
            kinds.SegmentRemoved,
            kinds.SegmentModified,
        ):
            self._observers.add_note(segmentation, event, self._edited)
        self._observers.add(nodes.centres, nodes.centres.PointEndInteractionEvent, self._dragged)

    def flush(self) -> None:
        """Take up pending edits now."""
        if self.pending:
            self._timer.stop()
            self._settled()

    def drop_pending(self) -> None:
        self._timer.stop()

    def stop(self) -> None:
        self._timer.stop()
        self._observers.clear()
        self._nodes = None

    def _edited(self) -> None:
        if not self._ignore():
            self._timer.start()

    def _settled(self) -> None:
        if self._nodes is not None and self._nodes.in_scene:
            self._on_edited(self._nodes)

    def _dragged(self) -> None:
        """The event says neither which point nor where: whoever is called compares points and discs."""
        if self._nodes is not None and self._nodes.in_scene:
            self._on_dragged()
