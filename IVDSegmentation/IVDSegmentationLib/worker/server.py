"""The worker's side: reads requests, lets a handler do them one after the other and reports progress and results.

A thread reads the input all the time, so that Cancel and the end of the parent are noticed while the main thread works.
"""

from __future__ import annotations

import os
import platform
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from .. import __version__
from ..errors import Cancelled, IVDError
from .messages import (
    CancelRequest,
    ErrorEvent,
    Event,
    LogEvent,
    ProgressEvent,
    ProtocolError,
    ReadyEvent,
    Request,
    ResultEvent,
    ShutdownRequest,
    decode_request,
    encode,
)


class Reporter:
    """Sends news of one request to the parent while a handler works on it."""

    def __init__(self, send: Callable[[Event], None], request_id: int) -> None:
        self._send = send
        self._id = request_id
        self._cancelled = threading.Event()

    def progress(self, stage: str, fraction: float) -> None:
        self._send(ProgressEvent(self._id, stage, min(max(float(fraction), 0.0), 1.0)))

    def log(self, text: str) -> None:
        self._send(LogEvent(self._id, str(text)))

    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def cancel(self) -> None:
        self._cancelled.set()


Handler = Callable[[Any, Reporter], "dict[str, Any]"]
"""Does one request and returns the ``data`` of its result; raises an ``IVDError`` whose text is for the user."""


class Server:
    """Serves requests until the input ends. ``handlers`` maps request types to what does them."""

    def __init__(self, source: BinaryIO, sink: BinaryIO, handlers: Mapping[type[Request], Handler]) -> None:
        self._source, self._sink, self._handlers = source, sink, handlers
        self._lock = threading.Lock()
        self._waiting: queue.Queue[Request | None] = queue.Queue()
        self._current: Reporter | None = None
        self._current_id = 0
        self._cancelled_early: set[int] = set()

    def serve(self, *, exit_at_end: bool = False) -> None:
        """Run until shutdown. ``exit_at_end`` leaves the process at the end of the input even in mid-work."""
        self.send(ReadyEvent(0, os.getpid(), platform.python_version(), __version__))
        threading.Thread(target=self._read, args=(exit_at_end,), daemon=True).start()
        while (request := self._waiting.get()) is not None:
            self._do(request)

    def send(self, event: Event) -> None:
        with self._lock:
            self._sink.write(encode(event))
            self._sink.flush()

    def _read(self, exit_at_end: bool) -> None:
        known = (*self._handlers, CancelRequest, ShutdownRequest)
        for line in iter(self._source.readline, b""):
            if not line.strip():
                continue
            try:
                request = decode_request(line, known)
            except ProtocolError as error:
                self.send(ErrorEvent(0, "ProtocolError", "The worker did not understand a request.", str(error)))
                continue
            if isinstance(request, ShutdownRequest):
                break
            if isinstance(request, CancelRequest):
                self._cancel(request.id)
            else:
                self._waiting.put(request)
        if exit_at_end:
            os._exit(0)  # the parent has ended or asked for it: nothing is left to finish
        self._waiting.put(None)

    def _cancel(self, request_id: int) -> None:
        with self._lock:
            if self._current is not None and self._current_id == request_id:
                self._current.cancel()
            else:
                self._cancelled_early.add(request_id)

    def _do(self, request: Request) -> None:
        reporter = Reporter(self.send, request.id)
        with self._lock:
            self._current, self._current_id = reporter, request.id
            if request.id in self._cancelled_early:
                reporter.cancel()
        try:
            if reporter.cancelled():
                raise Cancelled("Cancelled.")
            event: Event = ResultEvent(request.id, self._handlers[type(request)](request, reporter))
        except IVDError as error:
            event = ErrorEvent(request.id, type(error).__name__, str(error), _details())
        except MemoryError:
            event = ErrorEvent(request.id, "MemoryError", _NO_MEMORY, _details())
        except BaseException as error:  # noqa: BLE001 - whatever it is, the parent must learn of it
            event = ErrorEvent(request.id, type(error).__name__, f"{_UNEXPECTED} ({error})", _details())
        finally:
            with self._lock:
                self._current = None
        self.send(event)


_NO_MEMORY = "The computer ran out of memory. Close other data or crop the volume, then try again."
_UNEXPECTED = "The segmentation stopped with an unexpected error. Please report it with the details below."


def _details() -> str:
    return traceback.format_exc().strip()


def claim_standard_output() -> BinaryIO:
    """Keep the real standard output for messages; whatever else is printed, by C code too, goes to standard error."""
    messages = os.fdopen(os.dup(1), "wb", buffering=0)
    sys.stdout.flush()
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return messages


def lead_own_group() -> None:
    """Become the leader of a process group, so that the parent can end this process and its children at once."""
    if hasattr(os, "setpgid"):
        try:
            os.setpgid(0, 0)
        except OSError:
            return  # already a leader, or forbidden: the parent then ends this process alone


def main(handlers: Mapping[type[Request], Handler]) -> None:
    """Serve on this process's standard input and output."""
    lead_own_group()
    messages = claim_standard_output()
    try:
        Server(sys.stdin.buffer, messages, handlers).serve(exit_at_end=True)
    except OSError:
        os._exit(0)  # the parent has closed the pipe; an ordinary exit would crash on the reading thread's lock
