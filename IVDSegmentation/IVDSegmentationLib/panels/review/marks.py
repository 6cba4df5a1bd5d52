"""Include and exclude marks on the border of one disc: after each mark the border follows."""

from __future__ import annotations

from collections.abc import Callable

from slicer.i18n import tr as _

from ...segmentation.result import SegmentationResult
from .actions import ReviewActions
from .placing import Point, PointPlacer

INCLUDE_COLOUR = (0.2, 0.85, 0.3)
EXCLUDE_COLOUR = (0.95, 0.25, 0.2)


class Marks:
    """The marks on one disc. All of them count together, from the border before the first.

    ``label`` gives the disc that marks are for, ``brush_mm`` their radius. ``on_end`` is called when the user stops
    placing by another way than the buttons.
    """

    def __init__(
        self,
        actions: ReviewActions,
        label: Callable[[], int | None],
        brush_mm: Callable[[], float],
        on_end: Callable[[], None],
    ) -> None:
        self._actions, self._label, self._brush, self._on_end = actions, label, brush_mm, on_end
        self._placers = {
            True: PointPlacer(_("Include"), INCLUDE_COLOUR, lambda _point: self._marked(True), self._ended, keep=True),
            False: PointPlacer(_("Exclude"), EXCLUDE_COLOUR, lambda _point: self._marked(False), self._ended, keep=True),
        }
        self._base: SegmentationResult | None = None
        self._disc: int | None = None

    @property
    def placing(self) -> bool | None:
        """True while including, False while excluding, else None."""
        return next((kind for kind, placer in self._placers.items() if placer.active), None)

    @property
    def disc(self) -> int | None:
        """The disc that has been marked, None before the first mark."""
        return self._disc

    def points(self, include: bool) -> list[Point]:
        return self._placers[include].points

    def start(self, include: bool) -> None:
        """The next clicks are marks of this kind."""
        if self._disc != self._label():
            self.clear()
        self._placers[not include].stop()
        self._placers[include].start()

    def stop(self) -> None:
        """No more clicks. The marks stay until another disc is chosen or something else is corrected."""
        for placer in self._placers.values():
            placer.stop()

    def clear(self) -> None:
        """Take all marks away; what they did stays."""
        for placer in self._placers.values():
            placer.clear()
        self._base = self._disc = None

    def rebase(self) -> None:
        """Something else was corrected or undone: the marks so far are spent. Placing goes on."""
        placing = self.placing
        self.clear()
        if placing is not None:
            self._placers[placing].start()

    def _marked(self, include: bool) -> None:
        label, result = self._label(), self._actions.session.result
        if label is None or result is None:
            self._actions.refused.emit(_("Select a disc in the list first, then mark its outline."))
            self.rebase()
            return
        if self._base is None:
            self._base, self._disc = result, label
        self._actions.refine(self._base, label, self.points(True), self.points(False), self._brush())

    def _ended(self) -> None:
        self._on_end()
