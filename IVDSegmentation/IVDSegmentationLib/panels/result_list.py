"""The table of discs: level, place, volume, confidence, notes; a click shows the disc in all slice views."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
from slicer.i18n import tr as _

from ..anatomy import colour_of_label
from ..segmentation.result import SegmentationResult
from . import words

LEVEL, PLACE, VOLUME, CONFIDENCE, NOTES = range(5)
HEADER_HEIGHT, ROW_HEIGHT, FRAME = 26, 24, 1
"""Pixels. Set, not asked for: sizeHint is a property in PythonQt and a method elsewhere."""
DOUBTFUL = 0.8
"""Confidence below which the number is drawn in bold."""


class ResultList:
    """Fills a QTableWidget. ``on_chosen`` gets the label value of the disc that is clicked or reached by keyboard."""

    def __init__(self, table: Any, on_chosen: Callable[[int], None]) -> None:
        self._table, self._on_chosen = table, on_chosen
        self._labels: list[int] = []
        self._filling = False
        self._set_up()
        table.connect("itemSelectionChanged()", self._selection_changed)
        table.connect("cellClicked(int,int)", self._clicked)

    @property
    def labels(self) -> list[int]:
        """Label values from the top row down: the spine as it stands in the picture."""
        return list(self._labels)

    def _set_up(self) -> None:
        table = self._table
        titles = [_("Level"), _("Centre (mm)"), _("Volume (cm³)"), _("Confidence"), _("Notes")]
        table.setColumnCount(len(titles))
        table.setHorizontalHeaderLabels(titles)
        table.horizontalHeaderItem(CONFIDENCE).setToolTip(_("How sure the level is, given all discs found."))
        place = _("Centre of the disc: left/right, anterior/posterior, superior/inferior.")
        table.horizontalHeaderItem(PLACE).setToolTip(place)
        header = table.horizontalHeader()
        for column in (LEVEL, PLACE, VOLUME, CONFIDENCE):
            header.setSectionResizeMode(column, qt.QHeaderView.ResizeToContents)
        header.setSectionResizeMode(NOTES, qt.QHeaderView.Stretch)
        header.setHighlightSections(False)
        header.setFixedHeight(HEADER_HEIGHT)
        table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        table.verticalHeader().setVisible(False)

    def show(self, result: SegmentationResult | None) -> None:
        discs = list(reversed(result.discs)) if result else []
        self._filling = True
        self._labels = [disc.label for disc in discs]
        self._table.setRowCount(len(discs))
        for row, disc in enumerate(discs):
            self._put(row, LEVEL, words.level_text(disc), colour=colour_of_label(disc.label))
            self._put(row, PLACE, words.place(disc.centre_mm_lps))
            self._put(row, VOLUME, words.volume_text(disc.volume_mm3), right=True)
            self._put(row, CONFIDENCE, words.confidence_text(disc), right=True, bold=disc.confidence < DOUBTFUL)
            self._put(row, NOTES, words.notes(disc))
        self._table.clearSelection()
        self._fit_height(len(discs))
        self._filling = False

    def select(self, label: int) -> None:
        """Mark a disc's row without calling ``on_chosen``."""
        if label in self._labels:
            self._filling = True
            self._table.selectRow(self._labels.index(label))
            self._filling = False

    def _put(self, row: int, column: int, text: str, right: bool = False, bold: bool = False, colour=None) -> None:
        item = qt.QTableWidgetItem(text)
        item.setToolTip(text)
        if right:
            item.setTextAlignment(qt.Qt.AlignRight | qt.Qt.AlignVCenter)
        if bold:
            font = item.font()
            font.setBold(True)
            item.setFont(font)
        if colour is not None:
            item.setIcon(_swatch(colour))
        self._table.setItem(row, column, item)

    def _fit_height(self, rows: int) -> None:
        """Show all discs without a scroll bar of its own: the panel scrolls already."""
        self._table.setFixedHeight(HEADER_HEIGHT + rows * ROW_HEIGHT + 2 * FRAME)

    def _clicked(self, row: int, column: int) -> None:
        self._choose(row)

    def _selection_changed(self) -> None:
        if not self._filling and self._table.selectedItems():
            self._choose(self._table.currentRow())

    def _choose(self, row: int) -> None:
        if not self._filling and 0 <= row < len(self._labels):
            self._on_chosen(self._labels[row])


def _swatch(colour: tuple[int, int, int]) -> Any:
    picture = qt.QPixmap(12, 12)
    picture.fill(qt.QColor(*colour))
    return qt.QIcon(picture)
