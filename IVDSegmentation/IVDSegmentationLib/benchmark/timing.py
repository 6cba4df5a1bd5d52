"""Timing inside one process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Seconds of several runs of the same thing."""

    runs: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.runs)

    def __str__(self) -> str:
        return f"{self.median:.3f} s ({min(self.runs):.3f} - {max(self.runs):.3f}, {len(self.runs)} runs)"


def timed(task: Callable[[], object], runs: int, warm_up: int = 1) -> Timing:
    """Runs a task ``warm_up`` times uncounted, then ``runs`` times counted."""
    for _ in range(warm_up):
        task()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        task()
        seconds.append(time.perf_counter() - start)
    return Timing(tuple(seconds))
