"""Tables and page of the cohort, which follow its marks and corrections: written by the worker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import qt
from slicer.i18n import tr as _

from ...worker.messages import CohortFilesRequest, ErrorEvent, ResultEvent
from ..shared.interpreter import NoInterpreter
from ..shared.signal import guarded
from ..shared.worker_process import WorkerProcess

DELAY_MS = 3000
"""They follow when no further mark was set for so long."""


class Overview:
    """Has them written; ``on_failed(message, details)`` is called where they could not be."""

    def __init__(self, worker: WorkerProcess, on_failed: Callable[[str, str], None]) -> None:
        self._worker, self._on_failed = worker, on_failed
        self._folder: Path | None = None
        self._request = 0
        self._due = False
        self.timer = qt.QTimer()
        self.timer.setSingleShot(True)
        self.timer.setInterval(DELAY_MS)
        self.timer.connect("timeout()", guarded(self._write))
        worker.done.connect(self._on_done)
        worker.failed.connect(self._on_error)

    def has_changed(self, folder: Path | None) -> None:
        """The state of a cohort is another: tables and page have to follow, a moment later, not after each of many marks."""
        self._folder, self._due = folder, True
        self.timer.start()

    def write_now(self) -> None:
        """What still has to be written is not waited for: another cohort is opened."""
        if self._due:
            self.timer.stop()
            self._write()

    def flush(self) -> bool:
        """Ends the waiting; whether they still have to be written."""
        due, self._due = self._due or bool(self._request), False
        self.timer.stop()
        return due

    def cleanup(self) -> None:
        self.timer.stop()
        self._worker.done.disconnect(self._on_done)
        self._worker.failed.disconnect(self._on_error)

    def _write(self) -> None:
        if self._folder is None or self._request:
            return  # those that are being written are written again when they are done
        self._due = False
        try:
            self._request = self._worker.request(CohortFilesRequest, cohort=str(self._folder))
        except NoInterpreter as error:
            self._on_failed(str(error), "")

    def _on_done(self, event: ResultEvent) -> None:
        if self._request and event.id == self._request:
            self._request = 0
            if self._due:
                self.timer.start()

    def _on_error(self, event: ErrorEvent) -> None:
        if self._request and event.id == self._request:
            self._request = 0
            self._on_failed(_("The cohort's tables could not be written: {reason}").format(reason=event.message), event.details)
