"""The run of a cohort: a process that outlives the panel, started, paused and watched through the cohort's folder."""

from __future__ import annotations

import enum
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from ...cohort.command import arguments_of_last_run
from ...cohort.run import PAUSE
from ...cohort.scans import FINISHED, Status
from ...cohort.state import FILE_NAME, State, StateBusy
from ...errors import IVDError
from ...files import make_folder
from ...locks import is_held
from ..shared.detached import launch
from ..shared.interpreter import Command, worker_command
from ..shared.signal import Signal, guarded

OUTPUT_FILE = "run.log"
"""What the process prints, in the cohort's folder."""
POLL_MS = 1000
BUSY_SECONDS = 0.5
"""How long Slicer's window may wait for another process that is writing the state; its transactions take milliseconds."""
REQUEST = "request"
_ENDED_CODES = {0, 3}
"""Exit codes of a run that came to its end; 3: some scans failed."""


class Phase(enum.Enum):
    EMPTY = "empty"
    STARTING = "starting"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    DONE = "done"


@dataclass(frozen=True)
class Progress:
    """``per_minute`` and ``seconds_left`` are None until a scan has ended while the run was watched."""

    phase: Phase = Phase.EMPTY
    total: int = 0
    done: int = 0
    failed: int = 0
    per_minute: float | None = None
    seconds_left: float | None = None

    @property
    def works(self) -> bool:
        return self.phase in (Phase.STARTING, Phase.RUNNING, Phase.PAUSING)


class CohortRun:
    """Signals: ``changed()`` when ``progress`` is another; ``rows_changed()`` when the state file is; ``failed(message,
    details)`` where the run or the state file has a problem."""

    def __init__(self, command: Callable[[], Command] = worker_command) -> None:
        self._command = command
        self.changed, self.rows_changed, self.failed = Signal(), Signal(), Signal()
        self.folder: Path | None = None
        self.state: State | None = None
        self.progress = Progress()
        self._child: Any = None
        self._pausing = False
        self._version = -1
        self._seen: tuple[float, int] | None = None
        self._timer = qt.QTimer()
        self._timer.setInterval(POLL_MS)
        self._timer.connect("timeout()", guarded(self.poll))

    # ------------------------------------------------------------------------ control
    def attach(self, folder: Path) -> None:
        """Watch the cohort in a folder, whoever runs it."""
        self.forget()
        self.folder = folder
        self._timer.start()
        self.poll()

    def start(self, source: str, folder: Path, model: str, retry_failed: bool = False) -> None:
        """Begin, or go on with, the cohort of a folder. A source that was run there before is run with the same options.

        Raises ``NoInterpreter``, ``OutputError`` or ``OSError``.
        """
        make_folder(folder)
        if folder != self.folder:
            self.attach(folder)
        options: Sequence[str] = ["--model", model]
        if self.state is not None and self.state.get("source") == source:
            options = arguments_of_last_run(self.state) or options
        arguments = ["cohort", source, "--output", str(folder), "--json", *options]
        self._child = launch(self._command(), [*arguments, *["--retry-failed"] * retry_failed], folder / OUTPUT_FILE)
        self._pausing, self._seen = False, None
        self._timer.start()
        self.poll()

    def pause(self) -> None:
        """The run ends when the scans at work are done."""
        self._pausing = True
        self.poll()

    def write_files(self) -> None:
        """Lets a process that outlives Slicer bring tables and page up to date."""
        if self.folder is not None:
            launch(self._command(), ["cohort", "tables", str(self.folder)], Path(os.devnull))

    def forget(self) -> None:
        """Stop watching; the process goes on."""
        self._timer.stop()
        self._child = None
        self._close()
        self.folder, self.progress, self._pausing, self._seen = None, Progress(), False, None

    # ----------------------------------------------------------------------- watching
    def poll(self) -> None:
        """Look at the process and the state file."""
        if self.folder is None:
            return
        self._look_at_child()
        try:
            if self.state is None and (self.folder / FILE_NAME).is_file():
                self.state = State(self.folder / FILE_NAME, create=False, busy_seconds=BUSY_SECONDS)
            if self.state is not None:
                self._look_at_state(self.state)
            else:
                self._show(Progress(Phase.STARTING if self._child is not None else Phase.EMPTY))
        except StateBusy:
            return  # looked at again at the next tick
        except IVDError as error:
            if self._child is None:
                self._timer.stop()
            self._close()
            self._show(Progress())
            self.failed.emit(str(error), "")

    def _look_at_child(self) -> None:
        code = None if self._child is None else self._child.poll()
        if code is None:
            return
        self._child = None
        if code not in _ENDED_CODES:
            lines = self._last_output()
            sentence = next((line for line in reversed(lines) if line.startswith("ivdseg: ")), "")
            message = sentence.removeprefix("ivdseg: ") or _("The run ended with code {code}.").format(code=code)
            self.failed.emit(message, "\n".join(lines))

    def _look_at_state(self, state: State) -> None:
        works = self._child is not None or is_held(self._folder)
        if works and self._pausing and state.get(REQUEST) != PAUSE:
            state.set(REQUEST, PAUSE)  # again, where a run that was only starting has cleared the request
        self._pausing = self._pausing and works
        self._show(self._progress(state, works))
        version = state.version()
        if version != self._version:
            self._version = version
            self.rows_changed.emit()

    @property
    def _folder(self) -> Path:
        assert self.folder is not None
        return self.folder

    def _progress(self, state: State, works: bool) -> Progress:
        counts = state.counts()
        total, ended = sum(counts.values()), sum(counts[status] for status in FINISHED)
        if not works:
            phase = Phase.EMPTY if not total else Phase.DONE if ended == total else Phase.PAUSED
        elif self._pausing:
            phase = Phase.PAUSING
        else:
            phase = Phase.RUNNING if counts[Status.RUNNING] else Phase.STARTING
        known = Progress(phase, total, ended - counts[Status.FAILED], counts[Status.FAILED])
        if phase is not Phase.RUNNING:
            self._seen = self._seen if works else None
            return known
        now = time.monotonic()
        if self._seen is None or ended < self._seen[1]:
            self._seen = (now, ended)
        seconds, new = now - self._seen[0], ended - self._seen[1]
        if not new or not seconds:
            return known
        return replace(known, per_minute=60 * new / seconds, seconds_left=seconds / new * (total - ended))

    def _show(self, progress: Progress) -> None:
        if progress != self.progress:
            self.progress = progress
            self.changed.emit()

    def _close(self) -> None:
        if self.state is not None:
            self.state.close()
        self.state, self._version = None, -1

    def _last_output(self) -> list[str]:
        try:
            text = (self._folder / OUTPUT_FILE).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return []
        return text.strip().splitlines()[-25:]
