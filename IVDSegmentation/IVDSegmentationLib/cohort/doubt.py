"""How much a reader should look at a scan, from its report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..anatomy import UNKNOWN_LEVEL
from ..spine import NO_SPINE
from ..spine.doubt import doubt


def doubt_of(report: Mapping[str, Any]) -> float:
    """0 … 1, the largest doubt among the scan's discs: a reader looks at a scan for its worst disc. 1 where the header names
    another part of the body."""
    if report.get("header_disagrees"):
        return 1.0
    return max((disc_doubt(disc) for disc in report["discs"]), default=0.0)


def message_of(report: Mapping[str, Any]) -> str:
    """What has to be said of a scan that was segmented; '' where nothing has."""
    return report.get("header_disagrees") or ("" if report["discs"] else NO_SPINE)


def disc_doubt(disc: Mapping[str, Any]) -> float:
    """0 … 1, of one disc in a report."""
    grade = (disc.get("outline") or {}).get("grade")
    return doubt(disc["level"] != UNKNOWN_LEVEL, float(disc["confidence"]), grade, disc["flags"])
