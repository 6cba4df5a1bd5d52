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
    """``on_edited(nodes)`` some time after segments were changed by hand, also before other nodes are watched;
    ``on_dragged()`` after centres were dragged. ``ignore()`` is asked at each edit: True while the panel itself writes."""

    def __init__(
        self, on_edited: Callable[[ResultNodes], None], on_dragged: Callable[[], None], ignore: Callable[[], bool]
    ) -> None:
        self._on_edited, self._on_dragged, self._ignore = on_edited, on_dragged, ignore
        self._nodes: ResultNodes | None = None
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
        """Watch these nodes instead. What was edited while nobody watched is taken up, too."""
        if self._nodes is not None and nodes is not None and self._nodes.segmentation is nodes.segmentation:
            return
        self.flush()
        self.stop()
        self._nodes = nodes
        if nodes is None:
            return
        if is_behind(nodes):
            self._timer.start()
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
