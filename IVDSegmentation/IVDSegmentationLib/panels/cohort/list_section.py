"""The lower part of the tab: which scans the table shows, and what is done with the selected one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from ...cohort.marks import ACCEPTED, CORRECTED, EXCLUDE, REDO
from ...cohort.scans import FINISHED, Status
from ...cohort.worklist import UNMARKED, Wanted, worklist
from ...errors import IVDError
from ..shared.choice import Choice
from ..shared.signal import Signal, guarded
from .review import CohortReview
from .run import CohortRun
from .worklist import ROWS, Worklist, mark_texts, status_texts

ANY, NO_MARK = "any", "none"
SEARCH_DELAY_MS = 250


class ListSection:
    """Signals: ``opened()``, before a scan is loaded; ``queued(count)``, when scans are to be segmented again;
    ``failed(message, details)``."""

    def __init__(self, ui: Any, run: CohortRun, review: CohortReview) -> None:
        self.ui, self.run, self.review = ui, run, review
        self.opened, self.queued, self.failed = Signal(), Signal(), Signal()
        self.table = Worklist(ui.scanTable)
        self._status = Choice(ui.statusComboBox, lambda value: self.fill())
        self._mark = Choice(ui.markComboBox, lambda value: self.fill())
        self._status.offer([(ANY, _("all scans")), *((status.value, text) for status, text in status_texts().items())])
        self._mark.offer([(ANY, _("any mark")), (NO_MARK, _("no mark")), *mark_texts().items()])
        self._search_timer = qt.QTimer()
        self._search_timer.setSingleShot(True)
        self._search_timer.setInterval(SEARCH_DELAY_MS)
        self._search_timer.connect("timeout()", guarded(self.fill))
        ui.searchEdit.connect("textChanged(QString)", guarded(lambda _text: self._search_timer.start()))
        self.table.opened.connect(self._open)
        self.table.selection_changed.connect(self.update_buttons)

    def clicks(self) -> list[tuple[Any, Any]]:
        """Buttons, and what a click does."""
        return [
            (self.ui.nextDoubtfulButton, self.review.open_next),
            (self.ui.openButton, self._on_open),
            (self.ui.acceptButton, lambda: self._on_mark(ACCEPTED)),
            (self.ui.excludeButton, lambda: self._on_mark(EXCLUDE)),
            (self.ui.redoButton, self._on_redo),
            (self.ui.clearButton, lambda: self._on_mark("")),
        ]

    def stop(self) -> None:
        self._search_timer.stop()
        self.table.stop()

    @property
    def wanted(self) -> Wanted:
        """Which scans the list shows."""
        status, mark = self._status.value, self._mark.value
        return Wanted(
            None if status == ANY else Status(status),
            None if mark == ANY else UNMARKED if mark == NO_MARK else mark,
            self.ui.searchEdit.text.strip(),
        )

    def fill(self) -> None:
        self._search_timer.stop()
        state, folder = self.run.state, self.run.folder
        if state is None or folder is None:
            self.table.show(Path(), [])
            self.ui.countLabel.text = _(
                "No cohort is open. Choose where the scans are and press 'Start', or choose the results of an earlier cohort."
            )
            self.update_buttons()
            return
        try:
            items, total = worklist(state, self.wanted, ROWS)
        except IVDError as error:
            self.failed.emit(str(error), "")
            return
        self.table.show(folder, items)
        if not total:
            self.ui.countLabel.text = _("No scan fits these filters.")
        elif total > len(items):
            text = _("The first {shown} of {total} scans. Narrow the list by status, mark or name to see others.")
            self.ui.countLabel.text = text.format(shown=len(items), total=f"{total:,}")
        else:
            self.ui.countLabel.text = _("1 scan") if total == 1 else _("{total} scans").format(total=total)
        self.update_buttons()

    def update_buttons(self) -> None:
        ui, item, state = self.ui, self.table.selected, self.run.state
        saving = bool(self.review.saving)
        ui.nextDoubtfulButton.enabled = state is not None and not saving
        ui.openButton.enabled = item is not None and not saving
        ui.acceptButton.enabled = item is not None and item.can_be_reviewed and item.mark != ACCEPTED
        ui.excludeButton.enabled = item is not None and item.mark != EXCLUDE
        ui.redoButton.enabled = item is not None and item.status in FINISHED and item.mark != CORRECTED and not saving
        ui.clearButton.enabled = item is not None and bool(item.mark)

    def _on_open(self) -> None:
        if self.table.selected is not None:
            self._open(self.table.selected.id)

    def _open(self, scan: str) -> None:
        if not self.review.saving:
            self.opened.emit()
            self.review.open(scan)

    def _on_mark(self, mark: str) -> None:
        if self.table.selected is not None:
            self.review.mark(self.table.selected.id, mark)

    def _on_redo(self) -> None:
        scan = self.table.selected
        if scan is not None and self.review.mark(scan.id, REDO):
            self.queued.emit(1)
