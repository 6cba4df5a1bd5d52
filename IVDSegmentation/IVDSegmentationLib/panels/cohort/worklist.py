"""The table of scans. Only the first ones are in it, so that ten thousand scans stay as quick as ten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from ...cohort.layout import THUMBNAIL, scan_folder
from ...cohort.marks import ACCEPTED, CORRECTED, EXCLUDE, GOOD
from ...cohort.scans import Status
from ...cohort.worklist import Item
from ..shared.signal import Signal, guarded
from ..shared.translation import translated

ROWS = 100
"""Most rows in the table: filling them takes some hundredths of a second, and few readers scroll further."""
PICTURE, NAME, DOUBT, STATUS = range(4)
ROW_HEIGHT, PICTURE_WIDTH = 44, 34
TABLE_HEIGHT = 10 * ROW_HEIGHT // 2 + 28
COLUMN_WIDTHS = {PICTURE: PICTURE_WIDTH + 8, DOUBT: 50, STATUS: 74}


def status_texts() -> dict[Status, str]:
    return {
        Status.FAILED: _("failed"),
        Status.DONE: _("done"),
        Status.NO_SPINE: _("no spine"),
        Status.RUNNING: _("running"),
        Status.QUEUED: _("queued"),
    }


def mark_texts() -> dict[str, str]:
    """Marks as the panel calls them. 'redo' never lasts: such a scan is queued again."""
    return {ACCEPTED: _("accepted"), CORRECTED: _("corrected"), GOOD: _("good"), EXCLUDE: _("excluded")}


def doubt_text(item: Item) -> str:
    return f"{100 * item.doubt:.0f} %" if item.status is Status.DONE else ""


def mark_text(item: Item) -> str:
    """'accepted by Anna on 2026-11-26'; empty without a mark."""
    if not item.mark:
        return ""
    values = {"mark": mark_texts().get(item.mark, item.mark), "who": item.who, "day": item.at[:10]}
    text = _("{mark} by {who} on {day}") if item.who else _("{mark} on {day}")
    return text.format(**values)


class Worklist:
    """Fills a QTableWidget. Signals: ``opened(scan)``, by a double click; ``selection_changed()``."""

    def __init__(self, table: Any) -> None:
        self.table = table
        self.items: list[Item] = []
        self.opened, self.selection_changed = Signal(), Signal()
        self._folder = Path()
        self._icons: dict[tuple[str, float], Any] = {}
        self._filling = False
        titles = ["", _("Scan"), _("Doubt"), _("Status")]
        tips = [
            _("The scan with the outlines of its discs."),
            _("Name of the scan in the cohort, and the discs found; for a failed scan, the reason."),
            _("How much a reader should look at the scan: mostly the doubt of its worst disc."),
            _("The reader's mark; without one, how far the scan is."),
        ]
        table.setColumnCount(len(titles))
        table.setHorizontalHeaderLabels(titles)
        for column, tip in enumerate(tips):
            table.horizontalHeaderItem(column).setToolTip(tip)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(NAME, qt.QHeaderView.Stretch)
        for column, width in COLUMN_WIDTHS.items():
            header.setSectionResizeMode(column, qt.QHeaderView.Fixed)
            header.resizeSection(column, width)
        table.verticalHeader().setVisible(False)
        table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        table.setIconSize(qt.QSize(PICTURE_WIDTH, ROW_HEIGHT - 4))
        table.setHorizontalScrollBarPolicy(qt.Qt.ScrollBarAlwaysOff)
        table.setWordWrap(False)
        table.setTextElideMode(qt.Qt.ElideMiddle)
        table.setFixedHeight(TABLE_HEIGHT)
        table.connect("cellDoubleClicked(int,int)", guarded(self._on_double_click))
        table.connect("itemSelectionChanged()", guarded(self._on_selection))
        self._painter = qt.QTimer()
        self._painter.setInterval(0)
        self._painter.connect("timeout()", guarded(self._paint_one))
        self._without_picture: list[int] = []

    @property
    def selected(self) -> Item | None:
        row = int(self.table.currentRow())
        return self.items[row] if 0 <= row < len(self.items) and len(self.table.selectedItems()) else None

    def show(self, folder: Path, items: list[Item]) -> None:
        """List these scans. The selection stays on its scan."""
        if folder != self._folder:
            self._icons.clear()
        selected, same_rows = self.selected, [item.id for item in items] == [item.id for item in self.items]
        before, self._folder, self.items = self.items, folder, items
        self._filling = True
        try:
            if not same_rows or any(old.status is not new.status for old, new in zip(before, items)):
                self.table.clearSpans()
                before = []
            self.table.setRowCount(len(items))
            for row, item in enumerate(items):
                if not before or before[row] != item:
                    self._put(row, item)
            if selected is not None and not same_rows:
                self.select(selected.id)
        finally:
            self._filling = False
        self._without_picture = [row for row, item in enumerate(items) if item.can_be_reviewed]
        if self._without_picture:
            self._painter.start()
        self.selection_changed.emit()

    def select(self, scan: str) -> None:
        """Select the row of a scan; none where it is not listed."""
        row = next((row for row, item in enumerate(self.items) if item.id == scan), None)
        before, self._filling = self._filling, True
        try:
            self.table.clearSelection()
            if row is not None:
                self.table.setCurrentCell(row, NAME)
                self.table.selectRow(row)
        finally:
            self._filling = before

    def stop(self) -> None:
        self._painter.stop()

    def _put(self, row: int, item: Item) -> None:
        status = mark_texts().get(item.mark) or status_texts()[item.status]
        second = translated(item.message) if item.status is Status.FAILED else _discs_text(item)
        tip = "\n".join(_lines_about(item))
        if item.status is Status.FAILED:
            self.table.setSpan(row, NAME, 1, 2)
        for column, text in enumerate(("", f"{item.id}\n{second}".strip(), doubt_text(item), status)):
            cell = qt.QTableWidgetItem(text)
            cell.setToolTip(tip)
            self.table.setItem(row, column, cell)

    def _paint_one(self) -> None:
        """One picture in each turn of the event loop."""
        if not self._without_picture:
            self._painter.stop()
            return
        row = self._without_picture.pop(0)
        if row >= len(self.items):
            return
        path = scan_folder(self._folder, self.items[row].id) / THUMBNAIL
        try:
            key = (str(path), path.stat().st_mtime)
        except OSError:
            return  # the scan is being written, or was removed by hand
        if key not in self._icons:
            picture = qt.QPixmap(str(path)).scaledToHeight(ROW_HEIGHT - 4, qt.Qt.SmoothTransformation)
            self._icons[key] = qt.QIcon(picture)
        cell = self.table.item(row, PICTURE)
        if cell is not None:
            cell.setIcon(self._icons[key])

    def _on_double_click(self, row: int, _column: int) -> None:
        if 0 <= row < len(self.items):
            self.opened.emit(self.items[row].id)

    def _on_selection(self) -> None:
        if not self._filling:
            self.selection_changed.emit()


def _discs_text(item: Item) -> str:
    """'6: L5-S1 … T12-L1'; empty where none was found."""
    if not item.levels:
        return ""
    ends = item.levels[0] if len(item.levels) == 1 else f"{item.levels[0]} … {item.levels[-1]}"
    return f"{len(item.levels)}: {ends}"


def _lines_about(item: Item) -> list[str]:
    lines = [item.id, status_texts()[item.status]]
    if item.levels:
        lines.append(", ".join(item.levels))
    return [*lines, *filter(None, [translated(item.message), mark_text(item)])]
