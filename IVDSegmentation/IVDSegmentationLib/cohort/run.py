"""A run over the scans of a cohort: what is to be done, doing it, and noting what came out, one transaction a scan."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from .. import __version__
from ..errors import InputError
from .engine import Engine
from .inputs import checksum_of, files_of, fingerprint_of
from .layout import scan_folder
from .marks import REVIEWED
from .pool import Ended
from .scans import FINISHED, Record, Source, Status
from .settings import Settings, options_text
from .state import State
from .task import Outcome, Task

MOST_ATTEMPTS = 3
"""A scan whose process was ended this often is the likely reason for it, and is given up."""
PAUSE = "pause"
"""Value of the state's 'request' that makes a run end when the scans at work are done."""


@dataclass(frozen=True)
class Progress:
    """``done`` counts scans without a spine too. ``seconds_left`` is None until the first scan of this run has ended."""

    total: int
    done: int
    failed: int
    per_minute: float
    seconds_left: float | None
    last: Record | None = None


def requeue_changed(
    state: State,
    settings: Settings,
    model_checksum: str,
    retry_failed: bool,
    files: Callable[[Source], list[Path]] = files_of,
) -> list[Record]:
    """Queues the finished scans that have to be done again, and returns them: another model, other options, or an input that
    was written anew; with ``retry_failed`` those that failed as well. A result that a reader has accepted or corrected stays
    as it is until somebody marks the scan to be done again. ``files`` gives the files of a source, as ``files_of``."""
    reviewed = {scan for scan, mark in state.marks().items() if mark[0] in REVIEWED}
    again = [
        record
        for record in state.records(*FINISHED)
        if record.id not in reviewed
        and (
            (retry_failed and record.status is Status.FAILED)
            or (record.model and record.model != model_checksum)
            or (record.model and record.options != options_text(settings.options))
            or _input_changed(state, record, files)
        )
    ]
    state.requeue(record.id for record in again)
    return again


def _input_changed(state: State, record: Record, files_of: Callable[[Source], list[Path]]) -> bool:
    """False where the input is gone: its result is still good."""
    if not record.fingerprint:
        return False
    try:
        files = files_of(record.source)
        fingerprint = fingerprint_of(files)
        if fingerprint == record.fingerprint:
            return False
        if checksum_of(files) != record.checksum:
            return True
    except (InputError, OSError):
        return False
    state.store(replace(record, fingerprint=fingerprint))  # copied or touched: the same content
    return False


class Run:
    """One run. ``folder`` is the cohort's; ``report`` gets a ``Progress`` after each scan. ``trouble`` says why the run ended
    early where every further scan would have failed for the same reason."""

    def __init__(
        self,
        folder: Path,
        state: State,
        settings: Settings,
        engine: Engine,
        report: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        self.folder, self.state, self.settings, self.engine, self.report = folder, state, settings, engine, report
        self.stopping = False
        self.trouble = ""
        self._threads = settings.threads_per_job(engine.jobs)

    def run(self) -> Progress:
        """Until the queue is empty, or ``stopping`` is set, or the state's 'request' says to pause."""
        self.state.set("request", "")
        start = time.monotonic()
        ended = 0
        progress = self._progress(0.0, 0)
        self.report(progress)
        for event in self.engine.run(self._next_task, self._stopped):
            record = self._ended(event) if isinstance(event, Ended) else self._finished(event)
            ended += record.status in FINISHED
            progress = self._progress(time.monotonic() - start, ended, record)
            self.report(progress)
        return progress

    def _stopped(self) -> bool:
        return self.stopping or self.state.get("request") == PAUSE

    def _next_task(self, worker: str) -> Task | None:
        record = self.state.claim(worker)
        if record is None:
            return None
        folder = str(scan_folder(self.folder, record.id))
        settings = self.settings
        return Task(record.id, record.source, folder, settings.model, settings.device, self._threads, settings.options)

    def _record(self, scan_id: str) -> Record:
        record = self.state.record(scan_id)
        if record is None:
            raise InputError(f"The scan '{scan_id}' is no longer in the state. Start the cohort again.")
        return record

    def _finished(self, outcome: Outcome) -> Record:
        record = self._record(outcome.id)
        if outcome.is_general or (outcome.status is Status.FAILED and self._source_is_gone()):
            self.stopping, self.trouble = True, outcome.message
            record = replace(record, status=Status.QUEUED, worker="")
            self.state.store(record)
            return record
        record = replace(
            record,
            status=outcome.status,
            message=outcome.message,
            checksum=outcome.checksum,
            fingerprint=outcome.fingerprint,
            model=outcome.model,
            options=options_text(self.settings.options),
            software=__version__,
            seconds=round(outcome.seconds, 3),
            doubt=outcome.doubt,
            summary=outcome.summary,
        )
        self.state.store(record)
        return record

    def _source_is_gone(self) -> bool:
        """A network drive that went away must not turn thousands of scans into failures."""
        source = self.state.get("source")
        return bool(source) and not Path(source).exists()

    def _ended(self, event: Ended) -> Record:
        """The process went away under a scan: it is tried again, unless that happened too often."""
        record = self._record(event.task.id)
        if record.attempts < MOST_ATTEMPTS:
            record = replace(record, status=Status.QUEUED, message="", worker="")
        else:
            message = f"The scan was given up after {record.attempts} attempts: {event.reason}."
            record = replace(record, status=Status.FAILED, message=message)
        self.state.store(record)
        return record

    def _progress(self, seconds: float, ended: int, last: Record | None = None) -> Progress:
        counts = self.state.counts()
        open_scans = counts[Status.QUEUED] + counts[Status.RUNNING]
        per_second = ended / seconds if seconds > 0 else 0.0
        return Progress(
            total=sum(counts.values()),
            done=counts[Status.DONE] + counts[Status.NO_SPINE],
            failed=counts[Status.FAILED],
            per_minute=60 * per_second,
            seconds_left=open_scans / per_second if per_second else None,
            last=last,
        )


def expected_seconds(state: State, scans: int, jobs: int) -> float | None:
    """How long a run over so many scans will take, from the mean of those done; None before the first one."""
    mean = state.mean_seconds()
    return None if mean is None else mean * scans / jobs


def expected_bytes(folder: Path, ids: Iterable[str], scans: int) -> int | None:
    """Disk that the results of so many scans need, from the folders that are there; None before the first one."""
    sizes = []
    for scan_id in ids:
        found = scan_folder(folder, scan_id)
        if found.is_dir():
            sizes.append(sum(file.stat().st_size for file in found.iterdir() if file.is_file()))
        if len(sizes) == _SAMPLE:
            break
    return round(sum(sizes) / len(sizes) * scans) if sizes else None


_SAMPLE = 200
"""Result folders looked at to tell the mean size."""
