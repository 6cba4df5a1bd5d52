"""The folder of one training run: how the process that trains and whoever watches it (the tab, a terminal) talk.

Everything goes through files, so that the watcher may go and come back:

``settings.json``  the plan          ``state.json``  what is going on, rewritten each while
``log.jsonl``      one JSON object a line: losses, validations, events
``control``        one word from the watcher: run, pause, stop (finish with the best so far), quit (end, to be resumed)
``alive``          touched every two seconds while the process lives
``checkpoint.pt``, ``best.pt``, ``phantoms/``, ``pictures/``, ``curves.png``, ``model.safetensors``,
``judgement.json``, ``judgement.txt``
"""

from __future__ import annotations

import json
import os
import platform
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ..errors import InputError, OutputError
from ..files import make_folder, write_json, write_text

RUN, PAUSE, STOP, QUIT = "run", "pause", "stop", "quit"
HEARTBEAT_SECONDS = 2.0
SILENCE_SECONDS = 12.0
"""Without a heartbeat for this long the process is taken for dead."""

WORKING = ("preparing", "training", "paused", "disk full", "judging")
ENDED = ("done", "stopped", "interrupted", "failed")


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
            content = json.loads(self._state.read_text(encoding="utf-8"))
            return RunState(**{f.name: content[f.name] for f in fields(RunState) if f.name in content})
        except (OSError, ValueError, TypeError, AttributeError):
            return None

    def is_alive(self) -> bool:
        """Whether a process works here: its heart beats and, on this very machine, it exists."""
        try:
            if time.time() - self._alive.stat().st_mtime > SILENCE_SECONDS:
                return False
        except OSError:
            return False
        state = self._read_state()
        return state is None or state.host != platform.node() or _exists(state.pid)

    def tell(self, word: str) -> None:
        """Give the process a word: RUN, PAUSE, STOP or QUIT."""
        write_text(self._control, word)

    # ------------------------------------------------------------------ the process's side
    @contextmanager
    def occupied(self) -> Iterator[None]:
        """Keeps the heart beating. Raises ``InputError`` where another process works here."""
        make_folder(self.path)
        if self.is_alive():
            raise InputError(f"A training is running in {self.path} already. Stop it first, or choose another folder.")
        done = threading.Event()

        def beat() -> None:
            while not done.is_set():
                with suppress(OSError):
                    self._alive.touch()
                done.wait(HEARTBEAT_SECONDS)

        self.tell(RUN)
        self._alive.touch()
        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
            with suppress(OSError):
                self._alive.unlink()

    def word(self) -> str:
        """What the watcher wants."""
        try:
            return self._control.read_text(encoding="utf-8").strip() or RUN
        except OSError:
            return RUN

    def write_state(self, state: RunState) -> None:
        state.pid, state.host = os.getpid(), platform.node()
        with suppress(OutputError):  # a full disk is told otherwise; this file is not worth the run
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
        for path in self.pictures.glob("*.png") if self.pictures.is_dir() else ():
            path.unlink()


def _exists(pid: int) -> bool:
    if os.name == "nt":  # there the signal 0 would end the process; the heartbeat has to do
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
