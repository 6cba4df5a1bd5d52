"""One scan of a cohort: where it comes from, how far it is, and what came out of it."""

from __future__ import annotations

import enum
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any


class Status(str, enum.Enum):
    """How far a scan is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    NO_SPINE = "no spine"


FINISHED = (Status.DONE, Status.FAILED, Status.NO_SPINE)


@dataclass(frozen=True)
class Source:
    """A scan as it was found: a volume file, or a series of a DICOM folder (``series`` is its UID).

    ``name`` is what its results are called. ``subject`` and ``session`` are those of BIDS or of the list that named the scan.
    """

    path: str
    name: str
    series: str | None = None
    frame: int | None = None
    subject: str = ""
    session: str = ""

    @property
    def distinct_name(self) -> str:
        """The name with a few digits that belong to this source alone, whatever else the cohort or another shard holds."""
        key = f"{self.path}\0{self.series or ''}\0{self.frame}"
        return f"{self.name}_{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def with_distinct_names(sources: Sequence[Source]) -> list[Source]:
    """The sources; those that share a name get the distinct one. Some disks do not distinguish A from a."""
    times = Counter(source.name.casefold() for source in sources)
    return [replace(source, name=source.distinct_name) if times[source.name.casefold()] > 1 else source for source in sources]


@dataclass(frozen=True)
class LeftOut:
    """Something in the source folder that is not segmented, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Record:
    """A row of the state. ``checksum`` is the SHA-256 of the input, ``fingerprint`` its sizes and times of change: a
    fingerprint that is still the same saves reading the input again. ``seconds`` is the time the scan took, ``doubt`` 0 … 1 how
    much a reader should look at it, ``summary`` what the tables and pages show."""

    id: str
    source: Source
    status: Status = Status.QUEUED
    message: str = ""
    checksum: str = ""
    fingerprint: str = ""
    model: str = ""
    options: str = ""
    software: str = ""
    seconds: float = 0.0
    worker: str = ""
    attempts: int = 0
    doubt: float = 0.0
    summary: dict[str, Any] = field(default_factory=dict)
