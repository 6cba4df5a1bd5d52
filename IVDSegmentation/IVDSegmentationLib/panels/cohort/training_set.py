"""'Add accepted scans to the training set': done by the worker, shown in the message area."""

from __future__ import annotations

from pathlib import Path

import qt
from slicer.i18n import tr as _

from ...worker.messages import AddCasesRequest, ErrorEvent, ProgressEvent, ResultEvent
from ..shared.file_dialogs import FOLDER_SETTING, FileDialogs
from ..shared.message_area import Kind, MessageArea
from ..shared.signal import Signal
from ..shared.worker_process import WorkerProcess


class ReviewedCases:
    """Hands the scans that a reader accepted or corrected to the folder of training cases; asks for it the first time.
    Signal: ``added(folder)``, when there are new cases in it."""

    def __init__(self, worker: WorkerProcess, dialogs: FileDialogs, messages: MessageArea) -> None:
        self._worker, self.dialogs, self._messages = worker, dialogs, messages
        self.added = Signal()
        self._request = 0
        self._folder = ""
        worker.progress.connect(self._on_progress)
        worker.done.connect(self._on_done)
        worker.failed.connect(self._on_failed)

    @property
    def works(self) -> bool:
        return bool(self._request)

    def start(self, cohort: Path) -> None:
        """Raises ``NoInterpreter`` where the worker cannot be started."""
        if self._request:
            return
        self._folder = str(qt.QSettings().value(FOLDER_SETTING) or "") or self.dialogs.folder(_("Training folder"), "")
        if not self._folder:
            return
        qt.QSettings().setValue(FOLDER_SETTING, self._folder)
        self._request = self._worker.request(AddCasesRequest, cohort=str(cohort), training=self._folder)
        self._show(0.0)

    def cleanup(self) -> None:
        self._worker.progress.disconnect(self._on_progress)
        self._worker.done.disconnect(self._on_done)
        self._worker.failed.disconnect(self._on_failed)

    def _is_ours(self, request_id: int) -> bool:
        return bool(self._request) and request_id == self._request

    def _show(self, fraction: float) -> None:
        percent = f"{100 * fraction:.0f} %"
        self._messages.show(Kind.INFO, [_("Adding to the training set … {percent}").format(percent=percent)])

    def _on_progress(self, event: ProgressEvent) -> None:
        if self._is_ours(event.id):
            self._show(event.fraction)

    def _on_done(self, event: ResultEvent) -> None:
        if not self._is_ours(event.id):
            return
        self._request = 0
        added, known, refused = len(event.data["added"]), event.data["known"], list(event.data["refused"])
        text = (
            _("1 scan was added to the training set: {folder}")
            if added == 1
            else _("{count} scans were added to the training set: {folder}")
        )
        lines = [text.format(count=added, folder=self._folder)]
        if known:
            lines.append(_("{count} in it already.").format(count=known))
        if refused:
            lines.append(_("{count} cannot be used; see the details.").format(count=len(refused)))
        self._messages.show(Kind.WARNING if refused else Kind.INFO, lines, "\n".join(refused))
        if added:
            self.added.emit(self._folder)

    def _on_failed(self, event: ErrorEvent) -> None:
        if self._is_ours(event.id):
            self._request = 0
            self._messages.show(Kind.ERROR, [event.message], event.details)
