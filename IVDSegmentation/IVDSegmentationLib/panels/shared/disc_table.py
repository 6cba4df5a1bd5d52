"""What the tables of discs have in common: a row for each disc from the highest down, its flags in words below it.

Flags stand in a row of their own, since no column of a narrow panel could hold them. Sizes are computed from the font
rather than asked from Qt: ``ResizeToContents`` counts the text of rows that span several columns, and sizeHint is a
property in PythonQt and a method elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import qt

from ...anatomy import colour_of_label
from ...spine import Disc, Grade
from . import texts
from .signal import guarded

FRAME = 1
CELL_MARGIN = 10
"""Pixels that a style leaves beside the text of a cell, both sides together."""
ICON_WIDTH, ICON_MARGIN = 12, 10
"""The swatch of a disc's colour, and what a style leaves around it."""
FLAGS_WIDTH = 310
"""Pixels for the text of flags: what Slicer's module panel of 390 pixels leaves at its narrowest."""


class DiscTable:
    """The rows of a QTableWidget. ``on_chosen`` gets the label value of the disc whose row the user selects."""

    def __init__(self, table: Any, titles: list[str], tips: list[str], on_chosen: Callable[[int], None]) -> None:
        self.widget, self._on_chosen = table, on_chosen
        self._label_of_row: list[int] = []
        self._filling = self._selecting = False
        self._columns = len(titles)
        table.setColumnCount(len(titles))
        table.setHorizontalHeaderLabels(titles)
        for column, tip in enumerate(tips):
            table.horizontalHeaderItem(column).setToolTip(tip)
        self._titles = titles
        self._fitted: tuple[int, ...] = ()
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(CELL_MARGIN)
        header.setFixedHeight(self.row_height)
        table.verticalHeader().setVisible(False)
        table.verticalHeader().setMinimumSectionSize(self._line_height)
        table.setHorizontalScrollBarPolicy(qt.Qt.ScrollBarAlwaysOff)
        table.setVerticalScrollBarPolicy(qt.Qt.ScrollBarAlwaysOff)  # the panel scrolls already
        table.connect("itemSelectionChanged()", guarded(self._selection_changed))

    def size_columns(self, stretched: int, fitted: Iterable[int]) -> None:
        """One column takes the room that those fitted to their content leave."""
        header = self.widget.horizontalHeader()
        self._fitted = tuple(fitted)
        for column in self._fitted:
            header.setSectionResizeMode(column, qt.QHeaderView.Fixed)
        header.setSectionResizeMode(stretched, qt.QHeaderView.Stretch)
        self._fit_columns()

    @property
    def row_height(self) -> int:
        """Pixels of a row with one line of text and some air."""
        return self._line_height + 8

    @property
    def _line_height(self) -> int:
        return int(qt.QFontMetrics(self.widget.font).height()) + 1

    def _text_width(self, text: str, bold: bool = False) -> int:
        font = qt.QFont(self.widget.font)
        font.setBold(bold)
        return int(qt.QFontMetrics(font).boundingRect(text).width())

    def _fit_columns(self) -> None:
        """Gives each fitted column the width of its title and of the discs' own rows."""
        header = self.widget.horizontalHeader()
        rows = [self.row_of_label(label) for label in self.labels]
        for column in self._fitted:
            width = self._text_width(self._titles[column]) + CELL_MARGIN
            for item in (self.widget.item(row, column) for row in rows):
                if item is not None:
                    icon = 0 if item.icon().isNull() else ICON_WIDTH + ICON_MARGIN
                    width = max(width, self._text_width(item.text(), bold=True) + CELL_MARGIN + icon)
            header.resizeSection(column, width)

    # ---------------------------------------------------------------------- reading
    @property
    def labels(self) -> list[int]:
        """Label values from the top row down: the spine as it stands in the picture."""
        return list(dict.fromkeys(self._label_of_row))

    @property
    def filling(self) -> bool:
        """Whether it is the program that changes the table now, not the user."""
        return self._filling

    @property
    def current(self) -> int | None:
        """Label value of the disc that is selected."""
        return self.label_of_row(self.widget.currentRow()) if self.widget.selectedItems() else None

    def label_of_row(self, row: int) -> int | None:
        return self._label_of_row[row] if 0 <= row < len(self._label_of_row) else None

    def row_of_label(self, label: int) -> int:
        """The disc's own row. Raises ``ValueError`` where it is not listed."""
        return self._label_of_row.index(label)

    # ---------------------------------------------------------------------- filling
    def fill(self, discs: Iterable[Disc], add: Callable[[Disc], int]) -> None:
        """Empties the table and lets ``add`` append the rows of each disc; it returns their height in pixels."""
        self._filling = True
        try:
            self.widget.clearSpans()
            self.widget.setRowCount(0)
            self._label_of_row = []
            height = self.row_height + 2 * FRAME + sum(add(disc) for disc in discs)
            self.widget.clearSelection()
            self.widget.setFixedHeight(height)
            self._fit_columns()
        finally:
            self._filling = False

    def add_row(self, label: int, height: int | None = None) -> int:
        """Appends an empty row that belongs to a disc; its number."""
        row = len(self._label_of_row)
        self._label_of_row.append(label)
        self.widget.insertRow(row)
        self.widget.setRowHeight(row, self.row_height if height is None else height)
        return row

    def add_flags(self, disc: Disc, first_column: int) -> int:
        """Appends a row with the disc's flags, if it has any, over all columns from the first on; its height."""
        lines = texts.flag_lines(disc, lambda line: self._text_width(line) <= FLAGS_WIDTH)
        if not lines:
            return 0
        height = len(lines) * self._line_height + 4
        row = self.add_row(disc.label, height)
        self.widget.setSpan(row, first_column, 1, self._columns - first_column)
        self.put(row, first_column, "\n".join(lines), italic=True)
        return height

    def put(self, row: int, column: int, text: str, *, align: Any = None, bold: bool = False, italic: bool = False) -> Any:
        """Writes a cell; the item."""
        item = qt.QTableWidgetItem(text)
        if align is not None:
            item.setTextAlignment(align)
        if bold or italic:
            font = item.font()
            font.setBold(bold)
            font.setItalic(italic)
            item.setFont(font)
        self.widget.setItem(row, column, item)
        return item

    def put_level(self, row: int, column: int, disc: Disc, suffix: str = "") -> Any:
        """Writes the level with a swatch of the segment's colour; the item."""
        item = self.put(row, column, texts.level_text(disc) + suffix)
        picture = qt.QPixmap(ICON_WIDTH, ICON_WIDTH)
        picture.fill(qt.QColor(*colour_of_label(disc.label)))
        item.setIcon(qt.QIcon(picture))
        return item

    def put_number(self, row: int, column: int, text: str, bold: bool = False) -> Any:
        return self.put(row, column, text, align=qt.Qt.AlignRight | qt.Qt.AlignVCenter, bold=bold)

    def put_confidence(self, row: int, column: int, disc: Disc) -> None:
        self.put_number(row, column, texts.confidence_text(disc), bold=not disc.is_level_sure)

    def put_outline(self, row: int, column: int, disc: Disc) -> None:
        """Writes the outline's grade, bold where it asks for a look; the estimate on hover."""
        doubtful = disc.outline is not None and disc.outline.grade != Grade.GOOD
        self.put(row, column, texts.grade_text(disc), bold=doubtful).setToolTip(texts.outline_text(disc))

    # ---------------------------------------------------------------------- selection
    def select(self, label: int, column: int = 0) -> bool:
        """Selects a disc's row without calling ``on_chosen``. False where it is not listed."""
        if label not in self._label_of_row:
            return False
        self._filling = True
        row = self.row_of_label(label)
        self.widget.setCurrentCell(row, column)
        self.widget.selectRow(row)
        self._filling = False
        return True

    def choose(self, row: int) -> None:
        """As if the user had clicked the row."""
        label = self.label_of_row(row)
        if not self._filling and label is not None:
            self._on_chosen(label)

    def pressed(self, row: int) -> None:
        """The mouse was pressed on a row. One that is selected already is chosen again, another was chosen with the
        change of the selection, in the same event."""
        if not self._selecting:
            self.choose(row)

    def _selection_changed(self) -> None:
        if not self._filling and self.widget.selectedItems():
            self._selecting = True
            qt.QTimer.singleShot(0, self._selected)
            self.choose(self.widget.currentRow())

    def _selected(self) -> None:
        self._selecting = False
