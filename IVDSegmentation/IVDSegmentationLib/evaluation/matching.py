"""Which predicted disc is which reference disc: decided by place alone, so that a wrong level is not a missed disc."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from ..spine import Region

MATCH_DISTANCE_MM = 10.0
"""Two discs whose masks do not touch are still the same disc when their centres are this near. Neighbouring discs are
30 mm apart or more, collapsed ones 20 mm."""


def match_discs(reference: list[Region], prediction: list[Region]) -> list[tuple[int, int]]:
    """Pairs (index in ``reference``, index in ``prediction``), each disc in one pair at most.

    Discs pair by overlap (Dice); where nothing overlaps, by the nearest centre within ``MATCH_DISTANCE_MM``. The
    assignment is the best of all, not greedy, so that a disc that spills into its neighbour takes no pair away.
    """
    if not reference or not prediction:
        return []
    score = np.zeros((len(reference), len(prediction)))
    for r, ours in enumerate(reference):
        for p, theirs in enumerate(prediction):
            if not (ours.voxels and theirs.voxels):
                continue  # wholly outside the valid region: unknown
            dice = 2 * ours.overlap(theirs) / (ours.voxels + theirs.voxels)
            distance = float(np.linalg.norm(ours.centre_mm_lps - theirs.centre_mm_lps))
            # nearness weighs a thousandth of overlap: it decides only where overlap does not
            nearness = max(0.0, 1.0 - distance / MATCH_DISTANCE_MM) / 1000.0
            score[r, p] = dice + nearness
    rows, columns = linear_sum_assignment(score, maximize=True)
    return [(int(r), int(p)) for r, p in zip(rows, columns) if score[r, p] > 0]
