"""A pool of worker processes of which each may crash, hang or be killed at the cost of one attempt at one scan.

``concurrent.futures`` gives up the whole pool when one process dies; here the process is replaced. On Linux the processes are
forked from one that has imported everything and done nothing else, so that a new one costs 0.1 s instead of 2 s.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from ..memory import resident_memory_bytes
from ..threads import environment_of_children
from .task import Outcome, Task, process_scan

_POLL_SECONDS = 0.2
"""How often the time limit, the memory and the caller's wishes are looked at."""
_START_SECONDS = 120.0
"""Longest that a process may take to start: importing everything from a slow network disk takes half of it."""
MEMORY_GROWTH = 3.0
"""A process that holds this many times the memory it had after its first scan is replaced when it is idle: no leak of a
library may fill the machine in a run of thousands."""
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS")
"""Say how many threads numpy and SimpleITK use, which without them take all cores in each process: a scan then needs a fifth
more processor time. They are read when the library is loaded."""


@dataclass(frozen=True)
class Ended:
    """A worker process ended while it worked on a task. ``reason`` says how."""

    task: Task
    reason: str


class Pool:
    """Runs tasks in ``jobs`` processes of ``threads`` threads each. ``time_limit`` is the longest that one scan may take, in
    seconds. ``imports`` names the modules that the work needs and that are slow to import."""

    def __init__(
        self,
        jobs: int,
        time_limit: float,
        work: Callable[[Task], Outcome] = process_scan,
        *,
        threads: int = 1,
        imports: Sequence[str] = (),
    ) -> None:
        self._context: Any = multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")
        if sys.platform == "linux":
            self._context.set_forkserver_preload([*imports])
        self._time_limit, self._work, self._threads = time_limit, work, threads
        self._workers = [self._new_worker(n) for n in range(jobs)]

    def _new_worker(self, number: int) -> _Worker:
        return _Worker(self._context, self._work, number, self._threads)

    def run(
        self, next_task: Callable[[str], Task | None], stopped: Callable[[], bool] = lambda: False
    ) -> Iterator[Outcome | Ended]:
        """Yields what becomes of the tasks that ``next_task`` hands out (given the worker's name), until it returns None and
        all are done. When ``stopped`` says so, no further task is started and those at work are waited for.
        """
        while True:
            wanted = not stopped()
            for n, worker in enumerate(self._workers):
                if worker.task is None and wanted:
                    if worker.has_grown:
                        worker.end()
                        worker = self._workers[n] = self._new_worker(n)
                    task = next_task(worker.name)
                    if task is None:
                        break
                    worker.start(task)
            busy = [worker for worker in self._workers if worker.task is not None]
            if not busy:
                return
            ready = set(wait([item for worker in busy for item in worker.waitables], _POLL_SECONDS))
            for worker in busy:
                task = worker.task
                assert task is not None
                outcome: Outcome | Ended | None = None
                if ready & set(worker.waitables):
                    outcome = worker.receive()
                elif worker.busy_seconds > self._time_limit + (0 if worker.is_ready else _START_SECONDS):
                    outcome = Ended(task, f"it took longer than {self._time_limit:.0f} s")
                if isinstance(outcome, Ended):
                    worker.end()
                    self._workers[self._workers.index(worker)] = self._new_worker(worker.number)
                if outcome is not None:
                    yield outcome

    def close(self) -> None:
        """Ends all processes at once."""
        for worker in self._workers:
            worker.end()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Worker:
    """One process; started with its first task."""

    def __init__(self, context: Any, work: Callable[[Task], Outcome], number: int, threads: int) -> None:
        self.number = number
        self.task: Task | None = None
        self._context, self._work, self._threads = context, work, threads
        self._process: Any = None
        self._pipe: Connection | None = None
        self._since = 0.0
        self.is_ready = False
        self._first_memory = self._memory = 0

    @property
    def name(self) -> str:
        return f"{os.uname().nodename if hasattr(os, 'uname') else os.environ.get('COMPUTERNAME', 'local')}:{self.number}"

    @property
    def busy_seconds(self) -> float:
        return time.monotonic() - self._since

    @property
    def has_grown(self) -> bool:
        return bool(self._first_memory) and self._memory > MEMORY_GROWTH * self._first_memory

    @property
    def waitables(self) -> list[Any]:
        return [self._pipe, self._process.sentinel]

    def start(self, task: Task) -> None:
        self.task = task
        self._since = time.monotonic()
        if self._process is None:
            self._pipe, child = self._context.Pipe()
            self._process = self._context.Process(target=_serve, args=(child, self._work), daemon=True)
            with _thread_variables(self._threads):
                self._process.start()
            child.close()
        assert self._pipe is not None
        with suppress(OSError):  # it has just ended: 'receive' tells
            self._pipe.send(task)

    def receive(self) -> Outcome | Ended | None:
        """The outcome that has arrived, or that the process has ended; None where it has only told that it is ready."""
        assert self._pipe is not None and self.task is not None
        task = self.task
        try:
            if self._pipe.poll():
                message = self._pipe.recv()
                if message is None:
                    self.is_ready, self._since = True, time.monotonic()
                    return None
                outcome, self._memory = message
                self._first_memory = self._first_memory or self._memory
                self.task = None
                return outcome
        except (EOFError, OSError):
            pass
        if self._process.is_alive():
            return None
        code = self._process.exitcode
        how = f"ended by signal {-code}" if code and code < 0 else f"ended with exit code {code}"
        return Ended(task, f"its process was {how}; it may have crashed or run out of memory" if code and code < 0 else how)

    def end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            # closes the pipe that '_leave_with' waits for: ends a worker that 'kill' missed because its fork server was killed
            self._process.close()
            self._process = None
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
        self.task = None


def _thread_variables(threads: int) -> AbstractContextManager[None]:
    """For a process that is started meanwhile. What the user has set stays."""
    return environment_of_children({name: str(threads) for name in _THREAD_VARIABLES if name not in os.environ})


def _serve(pipe: Connection, work: Callable[[Task], Outcome]) -> None:
    """The child's side: one task after the other, until the pipe closes or the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    from ..memory import keep_freed_memory

    keep_freed_memory()
    with suppress(OSError):
        pipe.send(None)  # ready: the time limit counts from here
    while True:
        try:
            task = pipe.recv()
            pipe.send((work(task), resident_memory_bytes()))
        except (EOFError, OSError):
            return


def _leave_with(parent: Any) -> None:
    """A worker without a parent must not go on writing into the folder of a new run."""
    parent.join()
    os._exit(1)
