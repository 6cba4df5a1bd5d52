"""The folder of one training run: how the process that trains and its watcher (the tab, a terminal) exchange files.

Everything goes through files, so that the watcher may go and come back:

``settings.json``  the plan          ``state.json``  what is going on, rewritten each while
``log.jsonl``      one JSON object a line: losses, validations, events
``control``        one command from the watcher: run, pause, stop (finish with the best so far), quit (end, to be resumed)
``alive``          touched every two seconds while the process lives; holds the token of that process
``.lock``          locked by the operating system while the process lives
``checkpoint.pt``, ``best.pt``, ``phantoms/``, ``pictures/``, ``curves.png``, ``model.safetensors``,
``judgement.json``, ``judgement.txt``
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ..errors import InputError, OutputError
from ..files import make_folder, read_json, remove_leftovers, write_json, write_text
from ..files.atomic import process_exists
from ..locks import FolderLock
from ..schema import TEXT, Schema, problem
from .settings_schema import PLAN_SCHEMA

RUN, PAUSE, STOP, QUIT = "run", "pause", "stop", "quit"
HEARTBEAT_SECONDS = 2.0
SILENCE_SECONDS = 12.0
"""Without a heartbeat for this long the process counts as ended."""

WORKING = ("preparing", "training", "paused", "disk full", "judging")
ENDED = ("done", "stopped", "interrupted", "failed")

OUTPUT_FILE = "output.txt"
"""What the process prints goes there where the tab has started it."""
OWN_PICTURES = ("validation_*.png", "worst_*.png")

STATE_SCHEMA: Schema = {
    "type": "object",
    "required": ["state", "pid", "host"],
    "properties": {
        "state": {"type": "string", "enum": WORKING + ENDED},
        "message": TEXT,
        "step": {"type": "integer", "minimum": 0},
        "steps": {"type": "integer", "minimum": 0},
        "seconds": {"type": "number", "minimum": 0},
        "seconds_left": {"type": ["number", "null"]},
        "best": {"type": "number", "maximum": 1},
        "pid": {"type": "integer", "minimum": 0},
        "host": TEXT,
        "memory_bytes": {"type": "integer", "minimum": 0},
        "improved": {"type": "boolean"},
    },
}


class TakenOver(InputError):
    """Another process works in the folder of this run."""


@dataclass
class RunState:
    """``state``: one of ``WORKING`` and ``ENDED``; 'interrupted' was left by a process that died or quit: resume goes on.
    ``seconds_left`` is None while unknown. ``best`` is the best validation Dice so far, below 0 where there is none.
    ``improved`` is False where nothing was better than the model that the training started from: the new one equals it."""

    state: str = "preparing"
    message: str = ""
    step: int = 0
    steps: int = 0
    seconds: float = 0.0
    seconds_left: float | None = None
    best: float = -1.0
    pid: int = 0
    host: str = ""
    memory_bytes: int = 0
    improved: bool = True

    @property
    def works(self) -> bool:
        return self.state in WORKING


class RunFolder:
    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.settings, self.log = self.path / "settings.json", self.path / "log.jsonl"
        self.checkpoint, self.best = self.path / "checkpoint.pt", self.path / "best.pt"
        self.model, self.curves = self.path / "model.safetensors", self.path / "curves.png"
        self.judgement, self.judgement_text = self.path / "judgement.json", self.path / "judgement.txt"
        self.phantoms, self.pictures = self.path / "phantoms", self.path / "pictures"
        self._state, self._control, self._alive = (self.path / n for n in ("state.json", "control", "alive"))
        self._lock: FolderLock | None = None
        self._token = ""

    # ------------------------------------------------------------------ the watcher's side
    def state(self) -> RunState | None:
        """What is going on; None where nothing was ever started here."""
        state = self._read_state()
        if state is not None and state.works and not self.is_alive():
            state.state = "interrupted"
            state.message = "The training process ended before it was done. Resume goes on from the last checkpoint."
        return state

    def _read_state(self) -> RunState | None:
        try:
            content = read_json(self._state)
        except InputError:
            return None
        if problem(content, STATE_SCHEMA):
            return None
        return RunState(**{f.name: content[f.name] for f in fields(RunState) if f.name in content})

    def is_alive(self) -> bool:
        """Whether a process works here: its heart beats and, on this very machine, it exists."""
        try:
            silence = abs(time.time() - self._alive.stat().st_mtime)  # a clock that was set may put it into the future
        except OSError:
            return False
        state = self._read_state()
        return silence < SILENCE_SECONDS and (state is None or state.host != platform.node() or process_exists(state.pid))

    def send(self, command: str) -> None:
        """Gives the process a command: RUN, PAUSE, STOP or QUIT."""
        write_text(self._control, command)

    # ------------------------------------------------------------------ the process's side
    def check_usable(self) -> None:
        """Raises ``InputError`` unless the folder is new, empty, or holds an earlier run: whatever else lies there stays
        untouched."""
        resolved = self.path.expanduser().resolve()
        if resolved in (Path.home().resolve(), Path(resolved.anchor)):
            raise InputError(f"{self.path} cannot hold a training: it is the folder of everything else. Choose another folder.")
        if self.path.exists() and not self.path.is_dir():
            raise InputError(f"{self.path} is a file, not a folder. Choose another folder for the training.")
        if self._read_state() is not None or not self.path.is_dir():
            return
        names = {path.name for path in self.path.iterdir() if not path.name.startswith(".")}
        others = sorted(names - {self.settings.name, self._control.name, OUTPUT_FILE})
        if self.settings.name in names and not others and problem(read_json(self.settings), PLAN_SCHEMA):
            others = [self.settings.name]
        if others:
            shown = ", ".join(others[:3]) + (" …" if len(others) > 3 else "")
            raise InputError(
                f"{self.path} holds other files ({shown}), and no training was ever started there. Choose an empty folder, "
                "so that nothing is overwritten."
            )

    @contextmanager
    def occupied(self) -> Iterator[None]:
        """Holds the folder for this process and keeps the heart beating. Raises ``InputError`` where the folder is not for
        trainings, ``OutputError`` where another process works here."""
        self.check_usable()
        taken = f"A training is running in {self.path} already. Stop it first, or choose another folder."
        with FolderLock(make_folder(self.path), taken) as lock:
            state = self._read_state()
            if state is not None and state.host != platform.node() and self.is_alive():
                raise OutputError(taken)  # on another machine, whose lock may not reach here
            remove_leftovers(self.path)
            self.send(RUN)
            self._lock, self._token = lock, secrets.token_hex(16)
            write_text(self._alive, self._token)
            done = threading.Event()
            thread = threading.Thread(target=self._beat, args=(done,), daemon=True)
            thread.start()
            try:
                yield
            finally:
                done.set()
                thread.join()
                if self.is_ours:
                    with suppress(OSError):
                        self._alive.unlink(missing_ok=True)
                self._lock = None

    def _beat(self, done: threading.Event) -> None:
        while not done.wait(HEARTBEAT_SECONDS) and self.is_ours:
            with suppress(OSError):
                os.utime(self._alive)

    @property
    def is_ours(self) -> bool:
        """Whether this process still holds the folder. While a computer sleeps, a lock on a network drive may lapse, and
        another process may begin here."""
        if self._lock is None or not self._lock.still_ours:
            return False
        try:
            return self._alive.read_text(encoding="utf-8") == self._token
        except OSError:  # removed, or a disk that is not there for a moment: nobody has begun here
            return True

    def check_owner(self) -> None:
        """Raises ``TakenOver`` where another process has begun here."""
        if self._lock is not None and not self.is_ours:
            raise TakenOver(
                f"Another training has begun in {self.path} while this one was asleep. This one ends and writes nothing more."
            )

    def command(self) -> str:
        """What the watcher wants."""
        try:
            return self._control.read_text(encoding="utf-8").strip() or RUN
        except OSError:
            return RUN

    def write_state(self, state: RunState) -> None:
        if self._lock is not None and not self.is_ours:
            return
        state.pid, state.host = os.getpid(), platform.node()
        with suppress(OutputError):  # a full disk is reported elsewhere; without this file the run still goes on
            write_json(self._state, asdict(state), indent=None)

    def write_event(self, entry: dict) -> None:
        with suppress(OSError), open(self.log, "a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")

    def forget_progress(self) -> None:
        """Start anew: checkpoints, log and results go; phantoms and settings stay."""
        for path in (
            self.log,
            self.checkpoint,
            self.best,
            self.model,
            self.judgement,
            self.judgement_text,
            self.curves,
        ):
            path.unlink(missing_ok=True)
        for pattern in OWN_PICTURES:
            for path in self.pictures.glob(pattern):
                path.unlink()
