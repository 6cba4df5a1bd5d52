"""The chain of discs: which components belong to it, and where a link is missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..anatomy import SACRUM_LABEL, UNKNOWN_LABEL_FIRST

SHORTEST_STEP_MM, LONGEST_STEP_MM = 13.0, 110.0
TYPICAL_STEP_MM = 34.0
MOST_DISCS = SACRUM_LABEL - UNKNOWN_LABEL_FIRST
"""As many as there are label values for discs without a level: twice a whole spine. More is noise."""
GAP_FACTOR = 1.55
"""A step this many times longer than its neighbours' is a missing disc."""


@dataclass(frozen=True)
class Chain:
    """``members`` are indices of the candidates from below; ``links[n]`` is how many levels member n lies above the
    lowest one, a missing disc counted."""

    members: tuple[int, ...]
    links: tuple[int, ...]


def find_chain(centres_mm_kji: np.ndarray, weights: np.ndarray) -> Chain:
    """The heaviest chain of candidates in which each lies above the one before at a believable distance and angle.

    ``centres_mm_kji``: (N, 3) millimetres, j downwards; ``weights``: (N,) what a candidate is worth, e.g. its size.
    Dynamic programming over candidates sorted from below.
    """
    count = len(centres_mm_kji)
    if count == 0:
        return Chain((), ())
    order = np.argsort(-centres_mm_kji[:, 1])
    best = weights[order].astype(float).copy()
    previous = np.full(count, -1)
    for n in range(count):
        for m in range(n):
            step = centres_mm_kji[order[n]] - centres_mm_kji[order[m]]
            cost = _step_cost(step)
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
    members = members[::-1][:MOST_DISCS]
    return Chain(tuple(members), _links(centres_mm_kji[members]))


def _step_cost(step_mm_kji: np.ndarray) -> float | None:
    """How unlikely it is that two neighbours of the chain lie this far apart; None where they cannot."""
    length = float(np.linalg.norm(step_mm_kji))
    if not SHORTEST_STEP_MM <= length <= LONGEST_STEP_MM:
        return None
    upwards = -step_mm_kji[1] / length
    sideways = abs(step_mm_kji[0]) / length
    if upwards < 0.35 or sideways > 0.7:
        return None
    return 0.15 * abs(np.log(length / TYPICAL_STEP_MM)) + 0.3 * (1 - upwards)


def _links(centres_mm_kji: np.ndarray) -> tuple[int, ...]:
    """Levels above the lowest disc; a step much longer than its neighbours' counts double (or more)."""
    steps = np.linalg.norm(np.diff(centres_mm_kji, axis=0), axis=1)
    links = [0]
    for n, step in enumerate(steps):
        near = np.delete(steps, n)[max(0, n - 2) : n + 2]
        expected = float(np.median(near)) if len(near) else TYPICAL_STEP_MM
        expected = min(max(expected, 22.0), 44.0)
        skipped = round(step / expected) if step > GAP_FACTOR * expected else 1
        links.append(links[-1] + max(1, skipped))
    return tuple(links)
