"""How much a reader should look at a scan, from its report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..anatomy import UNKNOWN_LEVEL
from ..spine.doubt import doubt


def doubt_of(report: Mapping[str, Any]) -> float:
    """0 … 1, the largest doubt among the scan's discs: a reader looks at a scan for its worst disc."""
    return max((disc_doubt(disc) for disc in report["discs"]), default=0.0)


def disc_doubt(disc: Mapping[str, Any]) -> float:
    """0 … 1, of one disc in a report."""
    grade = (disc.get("outline") or {}).get("grade")
    return doubt(disc["level"] != UNKNOWN_LEVEL, float(disc["confidence"]), grade, disc["flags"])
