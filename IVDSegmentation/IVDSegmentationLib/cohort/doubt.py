"""How much a reader should look at a scan, from its report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..anatomy import UNKNOWN_LEVEL
from ..spine import NO_SPINE
from ..spine.doubt import doubt

MEAN_WEIGHT = 0.1
"""Weight of the mean doubt beside the largest one: 12 of 30 real scans have a disc whose outline is poor, and the reader
should begin with those where the others are doubtful too."""


def doubt_of(report: Mapping[str, Any]) -> float:
    """0 … 1, mostly the doubt of the scan's worst disc, because a reader looks at a scan for it; where these are alike, the
    mean decides. 1 where the header names another part of the body, 0 without discs."""
    if report.get("header_disagrees"):
        return 1.0
    doubts = [disc_doubt(disc) for disc in report["discs"]]
    return round((1 - MEAN_WEIGHT) * max(doubts) + MEAN_WEIGHT * sum(doubts) / len(doubts), 4) if doubts else 0.0


def message_of(report: Mapping[str, Any]) -> str:
    """What has to be said of a scan that was segmented; '' where nothing has."""
    return report.get("header_disagrees") or ("" if report["discs"] else NO_SPINE)


def disc_doubt(disc: Mapping[str, Any]) -> float:
    """0 … 1, of one disc in a report."""
    grade = (disc.get("outline") or {}).get("grade")
    return doubt(disc["level"] != UNKNOWN_LEVEL, float(disc["confidence"]), grade, disc["flags"])
