"""The scans of a cohort as a reader goes through them: failures first, then the most doubtful ones."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from .scans import Status
from .state import State

_ORDER = {Status.FAILED: 0, Status.DONE: 1, Status.NO_SPINE: 2, Status.RUNNING: 3, Status.QUEUED: 4}
_ORDER_SQL = "CASE status " + " ".join(f"WHEN '{s.value}' THEN {n}" for s, n in _ORDER.items()) + " END, doubt DESC, id"
_TABLES = "scan LEFT JOIN mark ON mark.scan = scan.id"
UNMARKED = ""
"""Filter for scans that carry no mark."""


@dataclass(frozen=True)
class Wanted:
    """Which scans: all for the defaults. ``mark`` None: whatever it is; ``text``: part of the name."""

    status: Status | None = None
    mark: str | None = None
    text: str = ""


@dataclass(frozen=True)
class Item:
    """A scan in the list. ``levels``: of the discs found, from below."""

    id: str
    status: Status
    message: str
    doubt: float
    levels: tuple[str, ...]
    mark: str
    who: str
    at: str

    @property
    def can_be_reviewed(self) -> bool:
        """There is a result to look at."""
        return self.status in (Status.DONE, Status.NO_SPINE)


def worklist(state: State, wanted: Wanted, limit: int) -> tuple[list[Item], int]:
    """The first ``limit`` scans that fit, and how many fit in all."""
    where, values = _where(wanted)
    total = state.query(f"SELECT COUNT(*) FROM {_TABLES} {where}", values)[0][0]
    found = state.query(f"SELECT id FROM {_TABLES} {where} ORDER BY {_ORDER_SQL} LIMIT ?", [*values, limit])
    items = (item_of(state, row[0]) for row in found)
    return [item for item in items if item is not None], total


def item_of(state: State, scan_id: str) -> Item | None:
    """One scan; None where there is none of this name."""
    columns = "id, status, message, doubt, summary, mark, who, at"
    rows = state.query(f"SELECT {columns} FROM {_TABLES} WHERE id = ?", (scan_id,))
    if not rows:
        return None
    row = rows[0]
    levels = tuple(disc["level"] for disc in json.loads(row["summary"]).get("discs", ()))
    mark = (row["mark"] or "", row["who"] or "", row["at"] or "")
    return Item(row["id"], Status(row["status"]), row["message"], row["doubt"], levels, *mark)


def next_doubtful(state: State, skip: Collection[str] = ()) -> str | None:
    """The most doubtful scan that has a result and no mark; None where every one has been looked at."""
    others = ",".join("?" * len(skip))
    rows = state.query(
        f"SELECT id FROM {_TABLES} WHERE status IN (?, ?) AND mark IS NULL AND id NOT IN ({others}) "
        f"ORDER BY {_ORDER_SQL} LIMIT 1",
        [Status.DONE.value, Status.NO_SPINE.value, *skip],
    )
    return rows[0][0] if rows else None


def marked(state: State, marks: Collection[str]) -> list[str]:
    """The scans with one of these marks, by name."""
    wanted = ",".join("?" * len(marks))
    return [row[0] for row in state.query(f"SELECT scan FROM mark WHERE mark IN ({wanted}) ORDER BY scan", [*marks])]


def _where(wanted: Wanted) -> tuple[str, list[str]]:
    conditions: list[str] = []
    values: list[str] = []
    if wanted.status is not None:
        conditions.append("status = ?")
        values.append(wanted.status.value)
    if wanted.mark == UNMARKED:
        conditions.append("mark IS NULL")
    elif wanted.mark is not None:
        conditions.append("mark = ?")
        values.append(wanted.mark)
    if wanted.text:
        conditions.append("instr(lower(id), lower(?)) > 0")
        values.append(wanted.text)
    return ("WHERE " + " AND ".join(conditions) if conditions else ""), values
