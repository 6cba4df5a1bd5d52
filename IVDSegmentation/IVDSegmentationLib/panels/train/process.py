"""The process that trains: started so that it outlives the panel, and watched through its folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from ...files import make_folder
from ...network.weights import user_models_folder
from ...runs.curves import LogReader
from ...runs.folder import OUTPUT_FILE, PAUSE, RUN, STOP, RunFolder, RunState
from ...runs.plan import TrainingPlan
from ..shared.detached import launch
from ..shared.interpreter import Command, worker_command
from ..shared.signal import Signal, guarded

POLL_MS = 400
"""What the process prints."""


def training_home() -> Path:
    """Where runs and settings are kept: beside the user's models."""
    return user_models_folder().parent


class TrainingProcess:
    """Signals: ``changed(RunState | None)`` whenever the state is another; ``progressed()`` when the log has grown;
    ``ended(RunState)`` once, when a run that was watched working has ended."""

    def __init__(self, command: Callable[[], Command] = worker_command) -> None:
        self._command = command
        self.changed, self.progressed, self.ended = Signal(), Signal(), Signal()
        self.folder: RunFolder | None = None
        self.reader: LogReader | None = None
        self.state: RunState | None = None
        self._child: Any = None
        self._before_start: RunState | None = None
        self._pending = ""
        self._worked = False
        self._commands: list[tuple[Any, Path, Callable[[int, str], None]]] = []
        self._timer = qt.QTimer()
        self._timer.setInterval(POLL_MS)
        self._timer.connect("timeout()", guarded(self.poll))

    @property
    def works(self) -> bool:
        """Whether a process is at work, or about to be."""
        return self._child_lives or (self.state is not None and self.state.works)

    @property
    def _child_lives(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def _starting(self) -> bool:
        """The process was started and has not written its state yet."""
        return self._child_lives and self.folder is not None and self.folder.state() == self._before_start

    # ----------------------------------------------------------------------- asking
    def attach(self, folder: str | Path) -> None:
        """Watch the run in a folder, whoever started it."""
        self.folder = RunFolder(folder)
        self.reader = LogReader(self.folder.log)
        self.state = None
        self._timer.start()
        self.poll()

    def start(self, plan: TrainingPlan) -> None:
        """Begin, or go on with, the run of ``plan.folder``. Raises ``NoInterpreter``, ``OutputError`` or ``OSError``."""
        folder = make_folder(plan.folder)
        settings = folder / "settings.json"
        plan.write(settings)
        self._before_start, self._pending = RunFolder(folder).state(), ""
        self._child = launch(self._command(), ["train", str(settings), "--quiet"], folder / OUTPUT_FILE)
        self.attach(folder)

    def pause(self) -> None:
        self._send(PAUSE)

    def _send(self, word: str) -> None:
        """Gives the run a word; one that is only starting gets it as soon as it listens."""
        if self.folder is not None:
            self._pending = word if self._starting else ""
            self.folder.send(word)

    def go_on(self) -> None:
        """After a pause; a run that was interrupted is started again."""
        if self.folder is None:
            return
        if self.state is not None and self.state.state == "paused":
            self._send(RUN)
        elif not self.works:
            self.start(TrainingPlan.read(self.folder.settings))

    def stop(self) -> None:
        self._send(STOP)

    def measure(self, plan: TrainingPlan, then: Callable[[int, str], None]) -> None:
        """Ask for an exact estimate: one JSON line."""
        place = make_folder(training_home() / "estimate")
        TrainingPlan.from_dict({**vars(plan), "folder": str(place)}).write(place / "settings.json")
        self.run_command(["train", str(place / "settings.json"), "--estimate", "--json"], then)

    def run_command(self, arguments: Sequence[str], then: Callable[[int, str], None]) -> None:
        """A short command that needs torch, which Slicer itself never imports; ``then`` gets its exit code and the last line
        that it printed."""
        place = make_folder(training_home() / "commands") / f"{len(self._commands)}-{os.getpid()}.txt"
        self._commands.append((launch(self._command(), arguments, place), place, then))
        self._timer.start()

    def forget(self) -> None:
        """Stop watching; the process goes on."""
        self._timer.stop()
        self._child = None  # not ours to end

    # ---------------------------------------------------------------------- watching
    def poll(self) -> None:
        self._poll_commands()
        if self.folder is None or self.reader is None:
            return
        before, ended = self.state, self._child is not None and not self._child_lives
        state = self.folder.state()  # after the child was looked at: one that has ended has written its last state
        silent = state == self._before_start
        if ended:
            code, self._child = self._child.poll(), None
            if code and silent:
                state = RunState("failed", _("The training process ended with code {code}.").format(code=code))
        elif self._child is not None and silent:
            state = RunState("preparing", _("Starting"))
        elif self._pending and state is not None and state.works:
            self.folder.send(self._pending)
            self._pending = ""
        self.state = state
        grown = self.reader.update()
        if state != before or self._worked != self.works:
            self._worked = self.works
            self.changed.emit(state)
        if grown:
            self.progressed.emit()
        if before is not None and before.works and state is not None and not state.works:
            self.ended.emit(state)
        if not self.works and not self._commands:
            self._timer.stop()

    def last_output(self) -> str:
        """What the process printed last."""
        try:
            text = (self.folder.path / OUTPUT_FILE).read_text(encoding="utf-8", errors="replace") if self.folder else ""
        except OSError:
            return ""
        return "\n".join(text.strip().splitlines()[-25:])

    def _poll_commands(self) -> None:
        for command in [c for c in self._commands if c[0].poll() is not None]:
            self._commands.remove(command)
            child, output, then = command
            lines = output.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            then(child.poll(), lines[-1].removeprefix("ivdseg: ") if lines else _("The process ended without any output."))
