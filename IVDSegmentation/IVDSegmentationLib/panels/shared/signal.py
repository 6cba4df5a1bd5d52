"""A signal in plain Python, and what becomes of an exception that nobody would see."""

from __future__ import annotations

import functools
import logging
import traceback
from collections.abc import Callable
from typing import Any


class Signal:
    """Calls everything connected to it, in order. A listener that fails is reported and does not stop the others."""

    def __init__(self) -> None:
        self._listeners: list[Callable[..., Any]] = []

    def connect(self, listener: Callable[..., Any]) -> None:
        if listener not in self._listeners:
            self._listeners.append(listener)

    def disconnect(self, listener: Callable[..., Any]) -> None:
        if listener in self._listeners:
            self._listeners.remove(listener)

    def emit(self, *arguments: Any) -> None:
        for listener in list(self._listeners):
            guarded(listener)(*arguments)


unexpected = Signal()
"""``unexpected(error, details)``: an exception in an observer, a timer or a listener. Slicer itself only logs these; the
panel shows them in its message area."""


def guarded(call: Callable[..., Any]) -> Callable[..., Any]:
    """``call``, whose exceptions are logged and reported by ``unexpected`` instead of being lost in Slicer's log."""

    @functools.wraps(call)
    def guard(*arguments: Any) -> Any:
        try:
            return call(*arguments)
        except Exception as error:
            logging.exception("IVDSegmentation: unexpected error")
            _report(error, traceback.format_exc())
            return None

    return guard


_reporting = False


def _report(error: Exception, details: str) -> None:
    """Once: an error while an error is being shown goes to the log only."""
    global _reporting
    if _reporting:
        return
    _reporting = True
    try:
        unexpected.emit(error, details)
    finally:
        _reporting = False
