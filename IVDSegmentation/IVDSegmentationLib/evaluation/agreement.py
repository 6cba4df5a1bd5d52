"""Agreement of two measurements of the same discs: bias, limits of agreement, intraclass correlation.

Sources: Bland JM, Altman DG. Statistical methods for assessing agreement between two methods of clinical measurement. Lancet
1986;1:307-310. Shrout PE, Fleiss JL. Intraclass correlations: uses in assessing rater reliability. Psychol Bull
1979;86:420-428.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

LIMIT = 1.96
"""Standard deviations that hold 95 % of normally distributed differences."""
LEAST_PAIRS = 3
"""Fewer pairs have no limits of agreement."""


@dataclass(frozen=True)
class Pair:
    """One measure of one disc, by the result and by the reference. ``measure`` is the column's key."""

    case: str
    level: str
    measure: str
    result: float
    reference: float


@dataclass(frozen=True)
class Agreement:
    """Differences are result minus reference, in the measure's unit. ``low``, ``high``: 95 % limits of agreement; ``icc``:
    ICC(2,1), absolute agreement of single measurements. None where there are fewer than ``LEAST_PAIRS`` pairs, or no spread
    at all."""

    pairs: int
    mean: float
    bias: float
    low: float | None
    high: float | None
    icc: float | None


def agreement(result: Sequence[float], reference: Sequence[float]) -> Agreement:
    """Of paired values; at least one pair."""
    one, two = np.asarray(result, float), np.asarray(reference, float)
    differences = one - two
    bias = float(differences.mean())
    low = high = None
    if len(one) >= LEAST_PAIRS:
        spread = LIMIT * float(differences.std(ddof=1))
        low, high = bias - spread, bias + spread
    return Agreement(len(one), float((one + two).mean() / 2), bias, low, high, icc_2_1(np.stack([one, two], axis=1)))


def icc_2_1(table: np.ndarray) -> float | None:
    """ICC(2,1): two-way random effects, absolute agreement, single measurement; of (things measured, who measured). None where
    it is not defined."""
    n, k = table.shape
    if n < LEAST_PAIRS:
        return None
    overall = table.mean()
    rows = k * float(((table.mean(axis=1) - overall) ** 2).sum()) / (n - 1)
    columns = n * float(((table.mean(axis=0) - overall) ** 2).sum()) / (k - 1)
    rest = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0, keepdims=True) + overall
    error = float((rest**2).sum()) / ((n - 1) * (k - 1))
    below = rows + (k - 1) * error + k * (columns - error) / n
    return (rows - error) / below if below > 0 else None


def agreements(pairs: Iterable[Pair]) -> dict[str, dict[str, Agreement]]:
    """Measure -> level ('all' first, then from below as they come) -> agreement."""
    groups: dict[str, dict[str, list[Pair]]] = {}
    for pair in pairs:
        levels = groups.setdefault(pair.measure, {"all": []})
        levels["all"].append(pair)
        levels.setdefault(pair.level, []).append(pair)
    return {
        measure: {
            level: agreement([pair.result for pair in own], [pair.reference for pair in own]) for level, own in levels.items()
        }
        for measure, levels in groups.items()
    }
