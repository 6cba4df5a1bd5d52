"""Ctrl-C, SIGTERM and a closed terminal: they end the program in the same orderly way."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType


class Interrupted(BaseException):
    """SIGTERM or SIGHUP has arrived. Like ``KeyboardInterrupt`` not an ``Exception``: no 'except' for errors catches it."""


@contextlib.contextmanager
def raise_on_signals() -> Iterator[None]:
    """Within the block, Ctrl-C raises ``KeyboardInterrupt`` and the signals that end a process raise ``Interrupted``, so
    that temporary files are removed. Does nothing outside of the main thread, where signals cannot be handled."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {}
    for name in ("SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            number = getattr(signal, name)
            before[number] = signal.signal(number, _interrupt)
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Interrupted(number)


def tell_interrupted() -> None:
    print("ivdseg: Interrupted. No result was left incomplete.", file=sys.stderr)
