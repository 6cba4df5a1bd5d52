"""The table of discs: level, place, volume, confidence; a click shows the disc in all slice views.

Doubts (flags) stand in words in a row of their own below their disc, since no column of a narrow panel could hold them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
from slicer.i18n import tr as _

from ..anatomy import colour_of_label
from ..segmentation.result import Disc, SegmentationResult
from . import words

LEVEL, PLACE, VOLUME, CONFIDENCE = range(4)
HEADER_HEIGHT, ROW_HEIGHT, LINE_HEIGHT, FRAME = 26, 24, 17, 1
"""Pixels. Set, not asked for: sizeHint is a property in PythonQt and a method elsewhere."""
DOUBTFUL = 0.8
"""Confidence below which the number is drawn in bold."""


class ResultList:
    """Fills a QTableWidget. ``on_chosen`` gets the label value of the disc that is clicked or reached by keyboard."""

    def __init__(self, table: Any, on_chosen: Callable[[int], None]) -> None:
        self._table, self._on_chosen = table, on_chosen
        self._label_of_row: list[int] = []
        self._filling = False
        self._set_up()
        table.connect("itemSelectionChanged()", self._selection_changed)
        table.connect("cellClicked(int,int)", self._clicked)

    @property
    def labels(self) -> list[int]:
        """Label values from the top row down: the spine as it stands in the picture."""
        return list(dict.fromkeys(self._label_of_row))

    def _set_up(self) -> None:
        table = self._table
        titles = [_("Level"), _("Centre (mm)"), _("Volume (cm³)"), _("Confidence")]
        table.setColumnCount(len(titles))
        table.setHorizontalHeaderLabels(titles)
        table.horizontalHeaderItem(CONFIDENCE).setToolTip(_("How sure the level is, given all discs found."))
        place = _("Centre of the disc: left/right, anterior/posterior, superior/inferior.")
        table.horizontalHeaderItem(PLACE).setToolTip(place)
        header = table.horizontalHeader()
        for column in (LEVEL, VOLUME, CONFIDENCE):
            header.setSectionResizeMode(column, qt.QHeaderView.ResizeToContents)
        header.setSectionResizeMode(PLACE, qt.QHeaderView.Stretch)
        header.setHighlightSections(False)
        header.setFixedHeight(HEADER_HEIGHT)
        table.verticalHeader().setVisible(False)
        table.verticalHeader().setMinimumSectionSize(LINE_HEIGHT)

    def show(self, result: SegmentationResult | None) -> None:
        self._filling = True
        self._table.clearSpans()
        self._table.setRowCount(0)
        self._label_of_row = []
        height = HEADER_HEIGHT + 2 * FRAME
        for disc in reversed(result.discs if result else ()):
            height += self._add_disc(disc)
        self._table.clearSelection()
        self._table.setFixedHeight(height)  # no scroll bar of its own: the panel scrolls already
        self._filling = False

    def select(self, label: int) -> None:
        """Mark a disc's row without calling ``on_chosen``."""
        if label in self._label_of_row:
            self._filling = True
            self._table.selectRow(self._label_of_row.index(label))
            self._filling = False

    def _add_disc(self, disc: Disc) -> int:
        """Append the row of a disc and, below it, its doubts; their height."""
        row = self._add_row(disc.label, ROW_HEIGHT)
        self._put(row, LEVEL, words.level_text(disc), colour=colour_of_label(disc.label))
        self._put(row, PLACE, words.place(disc.centre_mm_lps))
        self._put(row, VOLUME, words.volume_text(disc.volume_mm3), right=True)
        self._put(row, CONFIDENCE, words.confidence_text(disc), right=True, bold=disc.confidence < DOUBTFUL)
        doubts = words.doubt_lines(disc)
        if not doubts:
            return ROW_HEIGHT
        height = len(doubts) * LINE_HEIGHT + 4
        row = self._add_row(disc.label, height)
        self._table.setSpan(row, LEVEL, 1, CONFIDENCE + 1)
        self._put(row, LEVEL, "\n".join(doubts), italic=True)
        return ROW_HEIGHT + height

    def _add_row(self, label: int, height: int) -> int:
        row = len(self._label_of_row)
        self._label_of_row.append(label)
        self._table.insertRow(row)
        self._table.setRowHeight(row, height)
        return row

    def _put(
        self,
        row: int,
        column: int,
        text: str,
        *,
        right: bool = False,
        bold: bool = False,
        italic: bool = False,
        colour: tuple[int, int, int] | None = None,
    ) -> None:
        item = qt.QTableWidgetItem(text)
        if right:
            item.setTextAlignment(qt.Qt.AlignRight | qt.Qt.AlignVCenter)
        if bold or italic:
            font = item.font()
            font.setBold(bold)
            font.setItalic(italic)
            item.setFont(font)
        if colour is not None:
            item.setIcon(_swatch(colour))
        self._table.setItem(row, column, item)

    def _clicked(self, row: int, column: int) -> None:
        self._choose(row)

    def _selection_changed(self) -> None:
        if not self._filling and self._table.selectedItems():
            self._choose(self._table.currentRow())

    def _choose(self, row: int) -> None:
        if not self._filling and 0 <= row < len(self._label_of_row):
            self._on_chosen(self._label_of_row[row])


def _swatch(colour: tuple[int, int, int]) -> Any:
    picture = qt.QPixmap(12, 12)
    picture.fill(qt.QColor(*colour))
    return qt.QIcon(picture)
