"""How the scans of a cohort are segmented, and by how many processes."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import InputError
from ..memory import available_memory_bytes
from .layout import PART_PREFIX
from .scans import Source
from .state import FILE_NAME

MEMORY_PER_JOB_BYTES = 2_000_000_000
"""What one process needs: PyTorch and the model 0.7 GB, a scan of 512 x 512 x 40 voxels 1.0 GB (``ivdseg benchmark``)."""
TIME_LIMIT_SECONDS = 600.0
"""Longest that one scan may take: 100 times what the largest validation scan takes on one core."""


@dataclass(frozen=True)
class Settings:
    """``jobs`` None: as many as cores and memory allow. ``threads`` of each job; None shares the cores out. ``options``: fields
    of ``segmentation.options.Options`` that differ from the defaults."""

    model: str = "default"
    device: str = "auto"
    jobs: int | None = None
    threads: int | None = None
    time_limit_seconds: float = TIME_LIMIT_SECONDS
    options: dict[str, Any] = field(default_factory=dict)

    def job_count(self) -> int:
        """Processes to start: those asked for, else one a core as far as memory allows."""
        if self.jobs is not None:
            return self.jobs
        cores, free = os.cpu_count() or 1, available_memory_bytes()
        return max(1, min(cores, free // MEMORY_PER_JOB_BYTES) if free else cores)

    def threads_per_job(self, jobs: int) -> int:
        return self.threads or max(1, (os.cpu_count() or 1) // jobs)


def options_text(options: Mapping[str, Any]) -> str:
    """Options as the state keeps them: others mean that a scan is done again."""
    return json.dumps(options, sort_keys=True) if options else ""


@dataclass(frozen=True)
class Shard:
    """Part ``number`` (from 1) of ``count``: what one job of an array does."""

    number: int
    count: int

    @classmethod
    def of(cls, text: str) -> Shard:
        """From '3/40'. Raises ``InputError``."""
        match = re.fullmatch(r"(\d+)/(\d+)", text.strip())
        if not match or not 1 <= int(match.group(1)) <= int(match.group(2)):
            raise InputError(f"'{text}' is not a shard. Write it as number/count, for instance 3/40.")
        return cls(int(match.group(1)), int(match.group(2)))

    def holds(self, position: int, source: Source) -> bool:
        """Whether the source at this place of the sorted list belongs to the shard."""
        return position % self.count == self.number - 1

    @property
    def name(self) -> str:
        return f"{self.number}-of-{self.count}"


@dataclass(frozen=True)
class Participants:
    """The part of a BIDS data set that belongs to some subjects: what one run of a BIDS app does."""

    labels: frozenset[str]

    def holds(self, position: int, source: Source) -> bool:
        return source.subject in self.labels

    @property
    def name(self) -> str:
        return hashlib.sha256(" ".join(sorted(self.labels)).encode()).hexdigest()[:12]


Part = Shard | Participants
"""A part of a cohort that is done by a process of its own, with a state of its own. Parts of one cohort can run at a time."""


def state_name(part: Part | None) -> str:
    """File name of the state of a part, or of the whole cohort."""
    return FILE_NAME if part is None else f"{PART_PREFIX}{part.name}.sqlite"
