"""Scans on their way into the scene: read by the worker, the next one ahead."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import slicer

from ...errors import OutputError
from ...files import make_scratch_folder, remove_scratch_folder
from ...measurement import DiscMeasurements
from ...segmentation.result import SegmentationResult
from ...volume import Volume
from ...worker.messages import ErrorEvent, ReadScanRequest, ResultEvent
from ...worker.transfer import INPUT, load_measurements, load_result, load_volume
from ..shared import texts
from ..shared.worker_process import WorkerProcess


@dataclass
class Fetched:
    """A scan that the worker has read, or is reading, into ``folder``."""

    scan: str
    folder: Path
    request_id: int
    ready: bool = False
    has_result: bool = False

    def read(self) -> tuple[Volume, SegmentationResult | None, list[DiscMeasurements] | None]:
        """What the worker left. Raises ``OutputError`` where it cannot be read any more."""
        try:
            volume = load_volume(self.folder, INPUT)
            if not self.has_result:
                return volume, None, None
            return volume, load_result(self.folder), load_measurements(self.folder)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise OutputError(texts.cannot_read_result(str(error))) from error

    def remove(self) -> None:
        remove_scratch_folder(self.folder)


class Loader:
    """Has scans read. ``on_ready(Fetched)`` and ``on_failed(scan, message, details)`` are called for the scan that is wanted;
    one that is only read ahead fails silently, and again, aloud, when it is wanted."""

    def __init__(
        self, worker: WorkerProcess, on_ready: Callable[[Fetched], None], on_failed: Callable[[str, str, str], None]
    ) -> None:
        self._worker, self._on_ready, self._on_failed = worker, on_ready, on_failed
        self._fetched: dict[str, Fetched] = {}
        self.wanted = ""
        worker.done.connect(self._on_done)
        worker.failed.connect(self._on_error)

    def want(self, cohort: Path, scan: str) -> None:
        """Hand a scan to ``on_ready`` as soon as it is there. Raises ``NoInterpreter``, ``IVDError`` or ``OSError``."""
        self.wanted = scan
        for other in [name for name in self._fetched if name != scan]:
            self._drop(other)
        self._fetch(cohort, scan)
        self._hand_over()

    def read_ahead(self, cohort: Path, scan: str) -> None:
        """Have a scan read that will probably be wanted next."""
        if not self.wanted:
            for other in [name for name in self._fetched if name != scan]:
                self._drop(other)
            self._fetch(cohort, scan)

    @property
    def ahead(self) -> str:
        """The scan that is read ahead."""
        return next((name for name in self._fetched if name != self.wanted), "")

    def forget(self, scan: str = "") -> None:
        """Drop one scan, or all: their files are out of date."""
        for name in [scan] if scan else list(self._fetched):
            self._drop(name)
        if not scan:
            self.wanted = ""

    def cleanup(self) -> None:
        self._worker.done.disconnect(self._on_done)
        self._worker.failed.disconnect(self._on_error)
        self.forget()

    def _fetch(self, cohort: Path, scan: str) -> None:
        if scan in self._fetched:
            return
        folder = make_scratch_folder(slicer.app.temporaryPath or tempfile.gettempdir())
        try:
            request_id = self._worker.request(ReadScanRequest, cohort=str(cohort), scan=scan, folder=str(folder))
        except BaseException:
            remove_scratch_folder(folder)
            raise
        self._fetched[scan] = Fetched(scan, folder, request_id)

    def _hand_over(self) -> None:
        fetched = self._fetched.get(self.wanted)
        if fetched is not None and fetched.ready:
            del self._fetched[self.wanted]
            self.wanted = ""
            self._on_ready(fetched)

    def _drop(self, scan: str) -> None:
        fetched = self._fetched.pop(scan, None)
        if fetched is not None:
            fetched.remove()  # a request at work finds no folder and fails, which nobody waits for

    def _of_request(self, request_id: int) -> Fetched | None:
        return next((one for one in self._fetched.values() if one.request_id == request_id), None)

    def _on_done(self, event: ResultEvent) -> None:
        fetched = self._of_request(event.id)
        if fetched is not None:
            fetched.ready, fetched.has_result = True, bool(event.data.get("has_result"))
            self._hand_over()

    def _on_error(self, event: ErrorEvent) -> None:
        fetched = self._of_request(event.id)
        if fetched is None:
            return
        self._drop(fetched.scan)
        if fetched.scan == self.wanted:
            self.wanted = ""
            self._on_failed(fetched.scan, event.message, event.details)
