"""Which of the candidates in a probability map are the discs of one spine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..anatomy import SACRUM_LABEL, UNKNOWN_LABEL_FIRST
from ..spine.chain import TYPICAL_STEP_MM
from ..spine.norms import typical_step_mm

STEP_RANGE_MM = (13.0, 110.0)
"""Centres of neighbours in the chain are this far apart: annotated ones are 18 to 42 mm; a collapsed body leaves less, two
missed discs make 110."""
LEAST_UPWARDS, MOST_SIDEWAYS = 0.35, 0.7
"""Cosines of a step with the spine's axis and the left-right axis: at L5-S1 and in scoliosis steps lean by 45 degrees."""
LENGTH_COST, LEANING_COST = 0.15, 0.3
"""What an unusual step costs, in units of a full disc: twice the typical length 0.1, leaning by 60 degrees 0.15. A false
disc beside the spine is left out for it, a true one never is: it is worth 0.8 or more."""
SHORT_SHARE, SHORT_COST = 0.55, 1.2
"""A step shorter than this share of a typical one costs more. The body of a vertebra that has collapsed leaves one, and its
discs are still worth it; a false disc in the middle of a body makes two."""
MOST_DISCS = SACRUM_LABEL - UNKNOWN_LABEL_FIRST
"""As many as there are label values for discs without a level: twice a whole spine. More is noise."""


def find_chain(
    centres_mm_kji: np.ndarray, weights: np.ndarray, places: Sequence[float] | np.ndarray | None = None
) -> list[int]:
    """Indices, from below, of the heaviest chain of candidates in which each lies above the one before.

    ``centres_mm_kji``: (N, 3) millimetres, j downwards; ``weights``: (N,) what a candidate is worth, 1 for a clear disc;
    ``places``: (N,) about which label value each would have by its place along the spine, None where that is not known.
    Dynamic programming over candidates sorted from below.
    """
    if len(centres_mm_kji) == 0:
        return []
    order = np.argsort(-centres_mm_kji[:, 1])
    best = weights[order].astype(float).copy()
    previous = np.full(len(order), -1)
    for n in range(len(order)):
        for m in range(n):
            typical = TYPICAL_STEP_MM if places is None else typical_step_mm((places[order[n]] + places[order[m]]) / 2)
            cost = _step_cost(centres_mm_kji[order[n]] - centres_mm_kji[order[m]], typical)
            if cost is None:
                continue
            value = best[m] + weights[order[n]] - cost
            if value > best[n]:
                best[n], previous[n] = value, m
    members = []
    at = int(np.argmax(best))
    while at >= 0:
        members.append(int(order[at]))
        at = int(previous[at])
    return members[::-1][:MOST_DISCS]


def _step_cost(step_mm_kji: np.ndarray, typical_mm: float) -> float | None:
    """How unlikely it is that two neighbours of the chain lie this far apart; None where they cannot."""
    length = float(np.linalg.norm(step_mm_kji))
    if not STEP_RANGE_MM[0] <= length <= STEP_RANGE_MM[1]:
        return None
    upwards, sideways = -step_mm_kji[1] / length, abs(step_mm_kji[0]) / length
    if upwards < LEAST_UPWARDS or sideways > MOST_SIDEWAYS:
        return None
    short = max(0.0, np.log(SHORT_SHARE * typical_mm / length))
    return LENGTH_COST * abs(np.log(length / typical_mm)) + SHORT_COST * short + LEANING_COST * (1 - upwards)
