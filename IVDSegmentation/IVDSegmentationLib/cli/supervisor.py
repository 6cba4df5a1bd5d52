"""Runs a command in a process of its own, so that nothing it does can hold up Ctrl-C or end the inputs after it.

This process stays small: it imports nothing but the standard library. It waits for the other one, ends it on Ctrl-C or
SIGTERM (asking first, then by force), and starts it again for the remaining inputs where one input crashed it: a library
written in C that crashes, or the system that ends the process because memory is short.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from ..errors import IVDError
from ..files import make_scratch_folder, remove_leftovers, remove_scratch_folder
from . import exit_codes
from .interruption import Interrupted, raise_on_signals, tell_interrupted
from .journal import JOURNAL, Journal

SUPERVISED = ("segment", "evaluate")
GRACE_S = 1.2
"""How long a process may take to remove its temporary files before it is ended by force; Ctrl-C is to work within 2 s."""
_PARENT_POLL_S = 0.3
_CRASH_WINDOWS = 0xC0000000
"""Exit codes of Windows from here on are exceptions such as an access violation."""
_START = (
    "import sys\n"
    "if not sys.path[0]: del sys.path[0]\n"  # the working directory: a file json.py there must not be imported
    "from IVDSegmentationLib.cli.main import main\n"
    "sys.exit(main())"
)


def supervise(arguments: Sequence[str]) -> int:
    """Runs ``ivdseg`` with these arguments in another process; returns its exit code."""
    try:
        with raise_on_signals():
            folder = make_scratch_folder(tempfile.gettempdir())
            try:
                return _supervised(arguments, folder / "journal.jsonl")
            finally:
                remove_scratch_folder(folder)
    except (KeyboardInterrupt, Interrupted) as stop:
        return exit_codes.TERMINATED if isinstance(stop, Interrupted) else exit_codes.CANCELLED
    except IVDError as error:
        print(f"ivdseg: {error}", file=sys.stderr)
        return exit_codes.FAILURE


def _supervised(arguments: Sequence[str], journal_path: Path) -> int:
    while True:
        process = None
        try:
            process = _start(arguments, journal_path)
            code = process.wait()
        except (KeyboardInterrupt, Interrupted):
            _end(process, journal_path)
            raise
        if 0 <= code < _CRASH_WINDOWS:
            return code
        journal = Journal(journal_path)
        remove_leftovers_of(journal)
        if not journal.note_crash(how_it_ended(code)):
            print(f"ivdseg: The program ended unexpectedly ({how_it_ended(code)}). Please report it.", file=sys.stderr)
            return exit_codes.CRASH


def how_it_ended(code: int) -> str:
    """What a process's exit code means."""
    if code == -getattr(signal, "SIGKILL", 9):
        return "ended by the system, perhaps because memory ran out"
    try:
        return f"{signal.Signals(-code).name}, a crash inside a library"
    except ValueError:
        return f"code {code:#x}, a crash inside a library"


def remove_leftovers_of(journal: Journal) -> None:
    """Removes what a process that was ended by force had begun to write."""
    if journal.output is not None:
        remove_leftovers(journal.output)


def _start(arguments: Sequence[str], journal: Path) -> subprocess.Popen:
    library = str(Path(__file__).resolve().parents[2])
    paths = [library, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {JOURNAL: str(journal), "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-c", _START, *arguments]
    if sys.platform == "win32":
        return subprocess.Popen(command, env=environment, creationflags=subprocess.CREATE_NEW_PROCESS_GROUP)
    return subprocess.Popen(command, env=environment, preexec_fn=_ignore_ctrl_c)


def _ignore_ctrl_c() -> None:
    """A terminal sends Ctrl-C to both processes; this one decides what becomes of the other."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end(process: subprocess.Popen | None, journal: Path) -> None:
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # pressed twice: it is being done
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    code = None
    if process is not None:
        process.terminate()
        try:
            code = process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if code != exit_codes.TERMINATED:  # it had no time to clean up and to say so
        remove_leftovers_of(Journal(journal))
        tell_interrupted()


def end_with_parent() -> None:
    """Called in the supervised process: it ends when the one that supervises it is gone (killed)."""
    if os.name == "nt" or JOURNAL not in os.environ:
        return
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_PARENT_POLL_S)
        with contextlib.suppress(OSError):
            remove_leftovers_of(Journal.of_environment())
            shutil.rmtree(Path(os.environ[JOURNAL]).parent)
        os._exit(exit_codes.CANCELLED)

    threading.Thread(target=watch, daemon=True).start()
