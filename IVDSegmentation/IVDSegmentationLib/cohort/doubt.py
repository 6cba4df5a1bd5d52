"""How much a reader should look at a scan, from its report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

GRADE_DOUBT = {"poor": 1.0, "look": 0.5, "good": 0.0}
"""Doubt that an outline grade stands for."""
FLAG_DOUBT = 0.3
"""Doubt of a disc that carries any flag besides 'edited': less than an outline that the model itself calls poor."""
UNKNOWN_LEVEL_DOUBT = 0.8
"""Doubt of a chain without levels: it cannot be used before somebody has named a disc."""


def doubt_of(report: Mapping[str, Any]) -> float:
    """0 … 1, the largest doubt among the scan's discs: a reader looks at a scan for its worst disc."""
    return max((disc_doubt(disc) for disc in report["discs"]), default=0.0)


def disc_doubt(disc: Mapping[str, Any]) -> float:
    """0 … 1, from the level's confidence, the outline's grade and the flags of one disc in a report."""
    level = UNKNOWN_LEVEL_DOUBT if disc["level"] == "unknown" else 1.0 - float(disc["confidence"])
    outline = GRADE_DOUBT.get((disc.get("outline") or {}).get("grade", ""), 0.0)
    flags = FLAG_DOUBT if set(disc["flags"]) - {"edited"} else 0.0
    return round(min(1.0, max(level, outline, flags)), 4)
