"""Where the scans of a cohort are segmented: in processes of this machine, or in a Dask cluster."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from ..errors import InputError
from .pool import Ended, Pool
from .task import Outcome, Task, process_scan

NextTask = Callable[[str], "Task | None"]
"""Hands out the next task for the worker of this name; None where there is none at present."""


class Engine(Protocol):
    """Runs tasks and tells what becomes of each."""

    @property
    def jobs(self) -> int:
        """Scans at a time."""

    def run(self, next_task: NextTask, stopped: Callable[[], bool]) -> Iterator[Outcome | Ended]:
        """Until no task is left, or ``stopped`` says so and those at work have ended."""

    def close(self) -> None:
        """Ends what is at work, at once."""


class LocalEngine:
    """Processes of this machine, with ``threads`` threads each."""

    def __init__(self, jobs: int, time_limit_seconds: float, threads: int) -> None:
        self._jobs = jobs
        self._pool = Pool(jobs, time_limit_seconds, threads=threads, imports=_IMPORTS)

    @property
    def jobs(self) -> int:
        return self._jobs

    def run(self, next_task: NextTask, stopped: Callable[[], bool]) -> Iterator[Outcome | Ended]:
        return self._pool.run(next_task, stopped)

    def close(self) -> None:
        self._pool.close()


class DaskEngine:
    """The workers of a Dask cluster: dask-jobqueue starts one on Slurm, PBS, SGE or LSF.

    Sources and the output folder must lie where every worker sees them under the same path. Raises ``InputError`` where Dask is
    not installed or no scheduler answers at ``address``.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError as error:
            raise InputError("A cluster needs the package Dask. Install it: pip install 'ivdsegmentation[cluster]'.") from error
        try:
            self._client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise InputError(f"No Dask scheduler answers at {address} ({error}). Check the address and the network.") from error
        self._tasks: dict[Any, Task] = {}

    @property
    def jobs(self) -> int:
        return max(1, sum(self._client.nthreads().values()))

    def run(self, next_task: NextTask, stopped: Callable[[], bool]) -> Iterator[Outcome | Ended]:
        ended: queue.Queue[Any] = queue.Queue()
        while True:
            while len(self._tasks) < _AHEAD * self.jobs and not stopped():
                task = next_task("dask")
                if task is None:
                    break
                future = self._client.submit(process_scan, task, pure=False, retries=0)
                self._tasks[future] = task
                future.add_done_callback(ended.put)
            if not self._tasks:
                return
            try:
                future = ended.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                continue
            task = self._tasks.pop(future)
            if future.status == "finished":
                yield future.result()
            else:
                yield Ended(task, f"the cluster gave it up ({future.exception()})")

    def close(self) -> None:
        for future in self._tasks:
            future.cancel()
        self._tasks.clear()
        self._client.close()


_LIBRARY = __package__.partition(".")[0]
_IMPORTS = [f"{_LIBRARY}.{name}" for name in ("segmentation.pipeline", "segmentation.infer", "output", "volume.read")]
"""What a scan needs and takes 1.2 s to import, with PyTorch."""
_CONNECT_SECONDS = 15
_POLL_SECONDS = 1.0
_AHEAD = 2
"""Tasks handed to the cluster for each of its threads: one at work and one waiting, so that no worker idles while a result
travels."""
