"""Which discs a reader should look at, and how urgently."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from .chain import from_below
from .disc import Disc, Flag, Grade

GRADE_DOUBT = {Grade.POOR: 1.0, Grade.LOOK: 0.5, Grade.GOOD: 0.0}
"""Doubt that an outline's grade stands for."""
FLAG_DOUBT = 0.3
"""Doubt of a disc that carries any flag besides 'edited': less than an outline that the model itself calls poor."""
UNKNOWN_LEVEL_DOUBT = 0.8
"""Doubt of a disc without a level: it cannot be used before somebody has named it."""


def doubt(has_level: bool, confidence: float, grade: str | None, flags: Collection[str]) -> float:
    """0 … 1, from the level's confidence, the outline's grade and the flags of one disc."""
    level = 1.0 - confidence if has_level else UNKNOWN_LEVEL_DOUBT
    known = {one.value: value for one, value in GRADE_DOUBT.items()}
    flagged = FLAG_DOUBT if set(map(str, flags)) - {Flag.EDITED.value} else 0.0
    return round(min(1.0, max(level, known.get(grade or "", 0.0), flagged)), 4)


def doubt_of(disc: Disc) -> float:
    """0 … 1, how much one disc needs a reader's eye."""
    return doubt(disc.has_level, disc.confidence, disc.outline.grade.value if disc.outline else None, disc.flags)


def look_at(names: Collection[str]) -> str:
    """'look at L5-S1 and T11-T12'; '' where there is nothing to look at."""
    if not names:
        return ""
    *first, last = names
    return f"look at {', '.join(first)} and {last}" if first else f"look at {last}"


def discs_to_look_at(discs: Iterable[Disc]) -> tuple[Disc, ...]:
    """From below, those with an outline that is not good, or with a flag that not every disc has: what holds for all of them
    (levels that are uncertain) is said once, as advice."""
    ordered = from_below(discs)
    shared = set.intersection(*(set(disc.flags) for disc in ordered)) if len(ordered) > 1 else set()
    shared.add(Flag.EDITED)
    return tuple(disc for disc in ordered if set(disc.flags) - shared or (disc.outline and disc.outline.grade != Grade.GOOD))
