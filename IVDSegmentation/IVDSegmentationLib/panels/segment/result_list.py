"""The table of discs: level, place, volume, confidence; a click shows the disc in all slice views."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer.i18n import tr as _

from ...segmentation.result import SegmentationResult
from ...spine import Disc
from ..shared import texts
from ..shared.disc_table import DiscTable
from ..shared.signal import guarded

LEVEL, PLACE, VOLUME, CONFIDENCE, OUTLINE = range(5)


class ResultList:
    """Fills a QTableWidget. ``on_chosen`` gets the label value of the disc that is clicked or reached by keyboard."""

    def __init__(self, table: Any, on_chosen: Callable[[int], None]) -> None:
        titles = [_("Level"), _("Centre (mm)"), _("Vol."), _("Conf."), _("Outline")]
        tips = [
            _("Upper and lower vertebra."),
            _("Centre of the disc in millimetres: left/right, anterior/posterior, superior/inferior."),
            _("Volume inside the image in cm³."),
            _("Probability that the level is right, given all discs found."),
            _("How good the outline is, as estimated: good, look (at it), poor."),
        ]
        self._rows = DiscTable(table, titles, tips, on_chosen)
        self._rows.size_columns(PLACE, (LEVEL, VOLUME, CONFIDENCE, OUTLINE))
        table.connect("cellPressed(int,int)", guarded(self._pressed))

    @property
    def labels(self) -> list[int]:
        """Label values from the top row down: the spine as it stands in the picture."""
        return self._rows.labels

    def show(self, result: SegmentationResult | None) -> None:
        self._rows.fill(reversed(result.discs if result else ()), self._add)

    def select(self, label: int) -> None:
        """Mark a disc's row without calling ``on_chosen``."""
        self._rows.select(label)

    def _add(self, disc: Disc) -> int:
        rows = self._rows
        row = rows.add_row(disc.label)
        rows.put_level(row, LEVEL, disc)
        rows.put(row, PLACE, texts.place(disc.centre_mm_lps)).setToolTip(texts.exact_place(disc.centre_mm_lps))
        rows.put_number(row, VOLUME, texts.volume_text(disc.volume_mm3))
        rows.put_confidence(row, CONFIDENCE, disc)
        rows.put_outline(row, OUTLINE, disc)
        return rows.row_height + rows.add_flags(disc, LEVEL)

    def _pressed(self, row: int, column: int) -> None:
        self._rows.pressed(row)
