"""The list of discs to review: seen or hidden, level, height, volume, confidence, reviewed; doubts below, in words.

The top row is the highest disc, as in the picture. Keys: Up and Down, Enter to accept, Delete, space to show or hide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import qt
from slicer.i18n import tr as _

from ..anatomy import colour_of_label
from ..segmentation.result import Disc
from . import words
from .result_list import DOUBTFUL, FRAME, HEADER_HEIGHT, LINE_HEIGHT, ROW_HEIGHT
from .signal import Signal

SEEN, LEVEL, HEIGHT, VOLUME, CONFIDENCE, REVIEWED = range(6)
_SEEN_WIDTH = 26
EDITED = "edited"
"""The one flag that is no doubt."""


class ReviewList:
    """Fills a QTableWidget. Signals: ``chosen(label)``, ``visibility_changed(label, visible)``, ``accept_wanted()``,
    ``delete_wanted()``."""

    def __init__(self, table: Any) -> None:
        self._table = table
        self._label_of_row: list[int] = []
        self._filling = False
        self.chosen = Signal()
        self.visibility_changed = Signal()
        self.accept_wanted = Signal()
        self.delete_wanted = Signal()
        self._shortcuts: list[Any] = []
        self._set_up()
        table.connect("itemSelectionChanged()", self._selection_changed)
        table.connect("cellClicked(int,int)", self._clicked)
        table.connect("itemChanged(QTableWidgetItem*)", self._item_changed)
        for key, call in (
            ("Return", self.accept_wanted.emit),
            ("Enter", self.accept_wanted.emit),
            ("Delete", self.delete_wanted.emit),
            ("Space", self._toggle_seen),
        ):
            shortcut = qt.QShortcut(qt.QKeySequence(key), table)
            shortcut.setContext(qt.Qt.WidgetWithChildrenShortcut)
            shortcut.connect("activated()", call)
            self._shortcuts.append(shortcut)

    @property
    def labels(self) -> list[int]:
        """Label values from the top row down."""
        return list(dict.fromkeys(self._label_of_row))

    @property
    def current(self) -> int | None:
        """Label value of the disc that is selected."""
        if not self._table.selectedItems():
            return None
        row = self._table.currentRow()
        return self._label_of_row[row] if 0 <= row < len(self._label_of_row) else None

    def show(
        self,
        discs: tuple[Disc, ...],
        heights_mm: Mapping[int, float | None],
        visible: Mapping[int, bool],
        reviewed: Mapping[int, bool],
    ) -> None:
        """Fill the list anew; ``discs`` from below, the mappings by label value. The selection stays where it was."""
        before = self.current
        self._filling = True
        self._table.clearSpans()
        self._table.setRowCount(0)
        self._label_of_row = []
        height = HEADER_HEIGHT + 2 * FRAME
        for disc in reversed(discs):
            label = disc.label
            height += self._add(disc, heights_mm.get(label), visible.get(label, True), reviewed.get(label, False))
        self._table.clearSelection()
        self._table.setFixedHeight(height)  # no scroll bar of its own: the panel scrolls already
        self._filling = False
        if before is not None:
            self.select(before)

    def select(self, label: int) -> bool:
        """Select a disc without telling it. False where it is not listed."""
        if label not in self._label_of_row:
            return False
        self._filling = True
        row = self._label_of_row.index(label)
        self._table.setCurrentCell(row, LEVEL)
        self._table.selectRow(row)
        self._filling = False
        return True

    def step(self, by: int) -> None:
        """Choose the next disc towards the head (+1) or the feet (-1); the nearest end where none is selected."""
        labels = self.labels
        if not labels:
            return
        current = self.current
        if current is None:
            row = len(labels) - 1 if by > 0 else 0
        else:
            row = min(max(labels.index(current) - by, 0), len(labels) - 1)
        self.select(labels[row])
        self.chosen.emit(labels[row])

    # ---------------------------------------------------------------------- rows
    def _set_up(self) -> None:
        table = self._table
        titles = ["", _("Level"), _("Height (mm)"), _("Vol. (cm³)"), _("Conf."), "✓"]
        tips = [
            _("Shown or hidden."),
            _("Upper and lower vertebra. A pencil: edited by hand."),
            _("Middle height: mean thickness at half the depth."),
            _("Volume inside the image."),
            _("How sure the level is, given all discs found."),
            _("Accepted by you."),
        ]
        table.setColumnCount(len(titles))
        table.setHorizontalHeaderLabels(titles)
        for column, tip in enumerate(tips):
            table.horizontalHeaderItem(column).setToolTip(tip)
        header = table.horizontalHeader()
        for column in (HEIGHT, VOLUME, CONFIDENCE, REVIEWED):
            header.setSectionResizeMode(column, qt.QHeaderView.ResizeToContents)
        header.setSectionResizeMode(SEEN, qt.QHeaderView.Fixed)
        header.resizeSection(SEEN, _SEEN_WIDTH)
        header.setSectionResizeMode(LEVEL, qt.QHeaderView.Stretch)
        header.setHighlightSections(False)
        header.setFixedHeight(HEADER_HEIGHT)
        table.verticalHeader().setVisible(False)
        table.verticalHeader().setMinimumSectionSize(LINE_HEIGHT)

    def _add(self, disc: Disc, height_mm: float | None, visible: bool, reviewed: bool) -> int:
        """Append the row of a disc and, below it, its doubts; their height in pixels."""
        row = self._add_row(disc.label, ROW_HEIGHT)
        seen = qt.QTableWidgetItem()
        seen.setFlags(qt.Qt.ItemIsUserCheckable | qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable)
        seen.setCheckState(qt.Qt.Checked if visible else qt.Qt.Unchecked)
        seen.setToolTip(_("Show or hide this disc."))
        self._table.setItem(row, SEEN, seen)
        edited = EDITED in disc.flags
        level = self._put(row, LEVEL, words.level_text(disc) + (" ✎" if edited else ""))
        if edited:
            level.setToolTip(_("Edited by hand. A new run asks before it replaces this disc."))
        picture = qt.QPixmap(12, 12)
        picture.fill(qt.QColor(*colour_of_label(disc.label)))
        level.setIcon(qt.QIcon(picture))
        self._put(row, HEIGHT, "" if height_mm is None else f"{height_mm:.1f}", right=True)
        self._put(row, VOLUME, words.volume_text(disc.volume_mm3), right=True)
        self._put(row, CONFIDENCE, words.confidence_text(disc), right=True, bold=disc.confidence < DOUBTFUL)
        self._put(row, REVIEWED, "✓" if reviewed else "", centre=True)
        doubts = words.doubt_lines(replace(disc, flags=tuple(flag for flag in disc.flags if flag != EDITED)))
        if not doubts:
            return ROW_HEIGHT
        lines = len(doubts) * LINE_HEIGHT + 4
        row = self._add_row(disc.label, lines)
        self._table.setSpan(row, LEVEL, 1, REVIEWED)
        self._put(row, LEVEL, "\n".join(doubts), italic=True)
        return ROW_HEIGHT + lines

    def _add_row(self, label: int, height: int) -> int:
        row = len(self._label_of_row)
        self._label_of_row.append(label)
        self._table.insertRow(row)
        self._table.setRowHeight(row, height)
        return row

    def _put(
        self, row: int, column: int, text: str, right: bool = False, centre: bool = False, bold: bool = False,
        italic: bool = False,
    ) -> Any:  # fmt: skip
        item = qt.QTableWidgetItem(text)
        if right:
            item.setTextAlignment(qt.Qt.AlignRight | qt.Qt.AlignVCenter)
        if centre:
            item.setTextAlignment(qt.Qt.AlignCenter)
        if bold or italic:
            font = item.font()
            font.setBold(bold)
            font.setItalic(italic)
            item.setFont(font)
        self._table.setItem(row, column, item)
        return item

    # ---------------------------------------------------------------------- user
    def _clicked(self, row: int, column: int) -> None:
        if column != SEEN:
            self._choose(row)

    def _selection_changed(self) -> None:
        if not self._filling and self._table.selectedItems():
            self._choose(self._table.currentRow())

    def _choose(self, row: int) -> None:
        if not self._filling and 0 <= row < len(self._label_of_row):
            self.chosen.emit(self._label_of_row[row])

    def _item_changed(self, item: Any) -> None:
        if not self._filling and item.column() == SEEN:
            self.visibility_changed.emit(self._label_of_row[item.row()], item.checkState() == qt.Qt.Checked)

    def _toggle_seen(self) -> None:
        label = self.current
        if label is not None:
            item = self._table.item(self._label_of_row.index(label), SEEN)
            seen = item.checkState() == qt.Qt.Checked
            item.setCheckState(qt.Qt.Unchecked if seen else qt.Qt.Checked)
