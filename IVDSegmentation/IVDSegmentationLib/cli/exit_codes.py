"""Exit codes of the command line."""

from __future__ import annotations

from collections.abc import Iterable

SUCCESS = 0
CRASH = 1
FAILURE = 2
NO_DISC = 3
CANCELLED = 130
TERMINATED = 143

_WORST_FIRST = (TERMINATED, CANCELLED, CRASH, FAILURE, NO_DISC, SUCCESS)


def worst(codes: Iterable[int]) -> int:
    """Of several inputs: a failure is worse than a scan without discs, that is worse than success."""
    return min(codes, key=_WORST_FIRST.index, default=SUCCESS)
