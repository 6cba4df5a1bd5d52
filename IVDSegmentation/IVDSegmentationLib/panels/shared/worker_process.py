"""The worker as a QProcess: the event loop stays alive, events arrive as signals."""

from __future__ import annotations

import contextlib
import os
import signal as os_signal
import subprocess
from collections.abc import Callable
from typing import Any

import qt

from ...worker.client import State, WorkerClient
from ...worker.messages import (
    CancelRequest,
    ErrorEvent,
    Event,
    LogEvent,
    ProgressEvent,
    ReadyEvent,
    Request,
    ResultEvent,
    ShutdownRequest,
)
from .interpreter import Command, NoInterpreter, worker_command
from .signal import Signal, guarded

GRACE_MS = 400
"""How long a cancelled worker may take to stop by itself (and stay warm) before it is killed."""


class WorkerProcess:
    """Starts the worker when it is needed, keeps it warm, ends it with its children."""

    def __init__(self, command: Callable[[], Command] = worker_command) -> None:
        self.progress = Signal()  # ProgressEvent
        self.logged = Signal()  # LogEvent
        self.done = Signal()  # ResultEvent
        self.failed = Signal()  # ErrorEvent
        self._command = command
        self._client = WorkerClient(self._write)
        self._process: Any = None
        self._before: Any = None  # kept: a process must not be deleted in its own signal, where a new one may be started
        self._cancelling = 0
        self._grace = qt.QTimer()
        self._grace.setSingleShot(True)
        self._grace.setInterval(GRACE_MS)
        self._grace.connect("timeout()", guarded(self._grace_over))

    # -------------------------------------------------------------------- asking
    @property
    def state(self) -> State:
        return self._client.state

    @property
    def pid(self) -> int:
        """Process id of the worker's Python; 0 while it is unknown."""
        return self._client.pid

    def request(self, kind: type[Request], **fields: Any) -> int:
        """Send a request, starting the worker if necessary; its id, which comes back in the events."""
        request_id = self._client.new_id()
        if self._client.state is State.STOPPED:
            self._start()
        self._client.request(kind(id=request_id, **fields))
        return request_id

    def cancel(self, request_id: int) -> None:
        """Stop a request: by asking, and after a moment by force. It ends with an ErrorEvent 'Cancelled'."""
        if self._client.state is State.STOPPED or self._cancelling == request_id:
            return
        self._cancelling = request_id
        self._client.send_now(CancelRequest(request_id))
        self._grace.start()

    def stop(self) -> None:
        """End the worker at once, with its children."""
        if self._process is not None and self._client.state is not State.STOPPED:
            self._client.send_now(ShutdownRequest())
            self._kill()
            self._process.waitForFinished(1000)

    # ------------------------------------------------------------------- process
    def _start(self) -> None:
        command = self._command()  # may raise NoInterpreter: nothing was started then
        process = qt.QProcess()
        environment = qt.QProcessEnvironment()
        for name, value in command.environment.items():
            environment.insert(name, value)
        process.setProcessEnvironment(environment)
        process.readyReadStandardOutput.connect(self._read_output)
        process.readyReadStandardError.connect(self._read_errors)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        self._process, self._before = process, self._process
        self._client.started()
        process.start(command.program, list(command.arguments))

    def _write(self, data: bytes) -> None:
        self._process.write(qt.QByteArray(data))

    def _read_output(self) -> None:
        self._emit(self._client.output(_bytes(self._process.readAllStandardOutput())))

    def _read_errors(self) -> None:
        self._emit(self._client.errors(_bytes(self._process.readAllStandardError())))

    def _on_finished(self, *_: Any) -> None:
        """Qt 5 and Qt 6 pass different arguments here, so the process is asked instead."""
        self._read_output()
        self._read_errors()
        crashed = self._process.exitStatus() == qt.QProcess.CrashExit
        self._emit(self._client.exited(int(self._process.exitCode()), crashed))

    def _on_error(self, *_: Any) -> None:
        if self._process.error() == qt.QProcess.FailedToStart:
            self._emit(self._client.errors(f"{self._process.errorString()}\n".encode()))
            self._emit(self._client.exited(-1, False))

    def _grace_over(self) -> None:
        if self._cancelling:
            self._kill()

    def _kill(self) -> None:
        """The whole process tree: the worker leads a group; what starts it (a launcher) is killed besides."""
        pid = self._client.pid
        if pid and os.name == "nt":
            subprocess.run(["taskkill", "/PID", str(pid), "/T", "/F"], creationflags=0x08000000, check=False)
        elif pid:
            _kill_group(pid)
        self._process.kill()

    # -------------------------------------------------------------------- events
    def _emit(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, ProgressEvent):
                self.progress.emit(event)
            elif isinstance(event, LogEvent):
                self.logged.emit(event)
            elif isinstance(event, ResultEvent):
                if self._end_of(event.id):  # finished between the click on Cancel and its arrival
                    self.failed.emit(ErrorEvent(event.id, "Cancelled", "Cancelled."))
                else:
                    self.done.emit(event)
            elif isinstance(event, ErrorEvent):
                was_cancelled = self._end_of(event.id)
                self.failed.emit(ErrorEvent(event.id, "Cancelled", "Cancelled.") if was_cancelled else event)
            elif isinstance(event, ReadyEvent):
                ask_for_normal_priority(event.pid)

    def _end_of(self, request_id: int) -> bool:
        """A request has ended; whether it was being cancelled."""
        if self._cancelling != request_id or not request_id:
            return False
        self._cancelling = 0
        self._grace.stop()
        return True


def ask_for_normal_priority(pid: int) -> None:
    """Gives a child process nice 0 where the system allows it.

    On Linux and macOS Slicer lowers its own priority as soon as it starts its background threads (nice 19 unless
    SLICER_BACKGROUND_THREAD_PRIORITY says otherwise), and child processes inherit it: on a busy machine the worker would
    hardly get any time. Raising a priority again mostly needs a permission that users lack; then it stays as it is.
    """
    if not hasattr(os, "setpriority"):
        return
    with contextlib.suppress(OSError):
        if os.getpriority(os.PRIO_PROCESS, pid) > 0:
            os.setpriority(os.PRIO_PROCESS, pid, 0)


def _bytes(array: Any) -> bytes:
    """A QByteArray as bytes, under PythonQt and elsewhere."""
    return bytes(array.data())


def _kill_group(pid: int) -> None:
    try:
        if os.getpgid(pid) == pid:  # never the group of Slicer itself
            os.killpg(pid, os_signal.SIGKILL)
        else:
            os.kill(pid, os_signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return  # it has gone already


__all__ = ["GRACE_MS", "NoInterpreter", "WorkerProcess"]
