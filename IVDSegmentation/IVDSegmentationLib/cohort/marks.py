"""Marks that a reader gives to scans, and the CSV file that carries them between the page and the state."""

from __future__ import annotations

import csv
from collections.abc import Container, Mapping
from pathlib import Path

from ..errors import InputError
from .scans import FINISHED, Record
from .state import State

GOOD, REDO, EXCLUDE, ACCEPTED, CORRECTED = "good", "redo", "exclude", "accepted", "corrected"
MARKS = (GOOD, REDO, EXCLUDE, ACCEPTED, CORRECTED)
REVIEWED = (ACCEPTED, CORRECTED)
"""Marks of results that a reader stands for: they may be learned from, and no later run replaces them."""


def set_marks(state: State, marks: Mapping[str, tuple[str, str]], known: Mapping[str, Record]) -> list[Record]:
    """Notes marks: scan -> (mark, who). Scans marked 'redo' are queued, have no mark then, and are returned; those that are
    waiting or at work will be done anyway. ``known``: the records of all these scans."""
    state.mark_all((scan, "" if mark == REDO else mark, who) for scan, (mark, who) in marks.items())
    again = [known[scan] for scan, (mark, _) in marks.items() if mark == REDO and known[scan].status in FINISHED]
    state.requeue(record.id for record in again)
    return again


def apply_marks(state: State, path: Path) -> list[Record]:
    """Notes a reader's marks from a file; scans marked to be done again are queued and returned."""
    known = {record.id: record for record in state.records()}
    return set_marks(state, read_marks(path, known), known)


def read_marks(path: Path, known: Container[str]) -> dict[str, tuple[str, str]]:
    """Scan -> (mark, who) from a CSV file with the columns id, mark and (optional) who.

    Raises ``InputError`` naming the line that does not fit.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The marks {path} cannot be read ({error}). Export them from the page again.") from error
    rows = csv.DictReader(text.splitlines())
    if not {"id", "mark"} <= set(rows.fieldnames or ()):
        raise InputError(f"The marks {path} have no columns 'id' and 'mark'. Export them from the page again.")
    marks = {}
    for number, row in enumerate(rows, 2):
        scan, mark = (row.get("id") or "").strip(), (row.get("mark") or "").strip().lower()
        if not scan:
            continue
        if scan not in known:
            raise InputError(f"Line {number} of {path}: the cohort has no scan '{scan}'. Are these the marks of another one?")
        if mark and mark not in MARKS:
            raise InputError(f"Line {number} of {path}: '{mark}' is not a mark. Marks are {', '.join(MARKS)}.")
        marks[scan] = (mark, (row.get("who") or "").strip())
    return marks
