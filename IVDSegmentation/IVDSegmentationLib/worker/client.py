"""The parent's side without Qt: bytes of the worker go in, events come out, and the state is known at every moment."""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable

from .messages import (
    ErrorEvent,
    Event,
    LogEvent,
    ProtocolError,
    ReadyEvent,
    Request,
    ResultEvent,
    decode_event,
    encode,
)


class State(enum.Enum):
    STOPPED = "stopped"
    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"


LAST_ERROR_LINES = 25
"""How many lines of standard error are kept for a crash report."""


class WorkerClient:
    """State machine of one worker process.

    The owner starts the process, then calls :meth:`started`; gives it the data that arrives (:meth:`output`, :meth:`errors`,
    :meth:`exited`) and writes what :meth:`request` hands to ``write``. Requests made before the worker is ready wait.
    """

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self.state = State.STOPPED
        self.pid = 0
        self.python = ""
        self.current: Request | None = None
        self._next_id = 1
        self._waiting: list[Request] = []
        self._buffer = b""
        self._last_error_lines: deque[str] = deque(maxlen=LAST_ERROR_LINES)
        self._error_buffer = b""

    @property
    def last_error_lines(self) -> str:
        """The last lines that the worker wrote to its standard error."""
        tail = self._error_buffer.decode("utf-8", "replace").strip()
        return "\n".join([*self._last_error_lines, *([tail] if tail else [])])

    def new_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    # ------------------------------------------------------------- called by the owner
    def started(self) -> None:
        """The process is being started."""
        self.state, self.pid, self.current = State.STARTING, 0, None
        self._waiting.clear()
        self._buffer = self._error_buffer = b""
        self._last_error_lines.clear()

    def request(self, request: Request) -> None:
        """Send a request, or keep it until the worker is ready."""
        if self.state is State.STOPPED:
            raise RuntimeError("the worker is not running")
        self._waiting.append(request)
        if self.state is State.IDLE:
            self._send_next()

    def send_now(self, request: Request) -> None:
        """Send past the queue: cancel and shutdown."""
        if self.state is not State.STOPPED:
            self._write(encode(request))

    def output(self, data: bytes) -> list[Event]:
        """Events in what arrived on standard output. Lines that are no event become log events."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        events = []
        for line in lines:
            if line.strip():
                events.append(self._event(line))
        return events

    def errors(self, data: bytes) -> list[Event]:
        """Log events in what arrived on standard error; kept for the report of a crash."""
        *lines, self._error_buffer = (self._error_buffer + data).replace(b"\r\n", b"\n").split(b"\n")
        texts = [line.decode("utf-8", "replace").rstrip() for line in lines]
        self._last_error_lines.extend(text for text in texts if text)
        request_id = self.current.id if self.current else 0
        return [LogEvent(request_id, text) for text in texts if text]

    def exited(self, code: int, crashed: bool) -> list[Event]:
        """The process has ended. Its unfinished requests fail, with the last lines of its standard error."""
        unfinished = ([self.current] if self.current else []) + self._waiting
        was_starting = self.state is State.STARTING
        self.state, self.pid, self.current = State.STOPPED, 0, None
        self._waiting = []
        how = _how_it_ended(code, crashed, was_starting)
        return [ErrorEvent(request.id, "WorkerCrashed", how, self.last_error_lines) for request in unfinished]

    # ---------------------------------------------------------------------- inside
    def _event(self, line: bytes) -> Event:
        try:
            event = decode_event(line)
        except ProtocolError:
            return LogEvent(0, line.decode("utf-8", "replace").strip())
        if isinstance(event, ReadyEvent):
            self.pid, self.python, self.state = event.pid, event.python, State.IDLE
            self._send_next()
        elif isinstance(event, (ResultEvent, ErrorEvent)) and self.current and event.id == self.current.id:
            self.current, self.state = None, State.IDLE
            self._send_next()
        return event

    def _send_next(self) -> None:
        if self._waiting:
            self.current, self.state = self._waiting.pop(0), State.BUSY
            self._write(encode(self.current))


def _how_it_ended(code: int, crashed: bool, was_starting: bool) -> str:
    why = f"exit code {code}" if not crashed else f"killed or crashed, code {code}"
    sentences = [
        f"The segmentation process could not be started ({why})."
        if was_starting
        else f"The segmentation process ended unexpectedly ({why})."
    ]
    if crashed and code in (9, 137, -9):
        sentences.append("It may have run out of memory.")
    return " ".join([*sentences, "Your scene was not changed.", "Try again; a new process will be started."])
