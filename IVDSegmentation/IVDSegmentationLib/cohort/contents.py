"""What the tables and the page of a cohort show, read once for all of them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from ..output.folder import MEASUREMENTS
from .layout import scan_folder
from .scans import LeftOut, Record, Status
from .state import State


@dataclass(frozen=True)
class Contents:
    """``folder`` and ``cohort``: the cohort's folder and its identifier. ``marks``: scan -> (mark, who, UTC time).
    ``measured``: scan -> the rows of its measurements.csv, for those that are done."""

    folder: Path
    cohort: str
    records: list[Record]
    left_out: list[LeftOut]
    marks: dict[str, tuple[str, str, str]]
    measured: dict[str, list[dict[str, str]]]


def read_contents(folder: Path, state: State) -> Contents:
    """Reads the state and the measurements of every scan. Raises ``InputError`` for a state that is damaged."""
    records = state.records()
    measured = {record.id: _measurements(folder, record.id) for record in records if record.status is Status.DONE}
    return Contents(folder, state.get("cohort"), records, state.left_out(), state.marks(), measured)


def _measurements(folder: Path, scan: str) -> list[dict[str, str]]:
    """Empty where the results were removed by hand: scans.csv still lists the scan."""
    try:
        text = (scan_folder(folder, scan) / MEASUREMENTS).read_text(encoding="utf-8")
    except OSError:
        return []
    return list(csv.DictReader(text.splitlines()))
