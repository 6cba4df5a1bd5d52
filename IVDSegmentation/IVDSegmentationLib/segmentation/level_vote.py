"""Which level the lowest disc of a chain has, and how sure that is.

Every disc carries evidence from the coarse stage: how much it looks like L5-S1 rather than another disc, and its level
coordinate with a scale; the bodies between discs show whether one is L5. All discs vote together: their distances along the
chain are known, only the level of the lowest one is not. The vote's temperature is calibrated on validation scans and
phantoms (``ModelCard.level_temperature``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..anatomy import DISC_LEVELS, TOP_LEVEL
from ..spine.norms import typical_step_mm

LOWEST_INDEX = -3
"""Level index 0 is a remnant disc S1-S2, below it lie others of the sacrum: a chain may start with them by mistake."""
FIRST_DISC_LIMITS = (0.02, 0.98)
BODY_L5_LIMITS = (0.05, 0.95)
"""No single disc or body may be surer than this: one that errs must not outvote all others."""
LEAST_SCALE = 0.15
"""Laplace scale of the level coordinate, in levels, below which the network is overconfident."""
COORDINATE_VOTES = 2.0
"""Neighbours' level coordinates err together: their sum over the chain counts as about two votes."""
POSITION_VOTES = 2.0
"""The same for the places along the spine: of 1, 2, 4 and 6 this names validation scans and phantoms best."""
BODY_WEIGHT = 0.5
"""A body and the discs beside it look alike for the same reasons: it counts half."""
C2_DISC_MM, C2_SCALE_MM = 3.0, 3.5
"""Distance from the centre of C2-C3 to the nearest coarse voxel of C2, and the scale of its Laplace distribution: 1 to 7 mm in
phantoms. With each disc that is missed in between the scale grows by as much."""
C2_VOTES = 2.0
"""It is a landmark, which counts more than what a disc looks like."""
C2_MISTAKEN = 0.01
"""Odds that what looks like C2 is another vertebra."""
MOST_MISSED = 2
"""So many discs may be missed between L5 and the chain."""
MOST_BEYOND = 2
"""So many discs of a chain may lie above C2-C3: false ones. They have no level, and cost as much as discs of the sacrum."""
SACRAL_COST = 1.0
"""Negative log-likelihood that a disc of the sacrum was taken for one of ours: odds of 0.37 for each."""


@dataclass(frozen=True)
class DiscEvidence:
    """``first`` is the probability that the disc is L5-S1 (among discs), ``level`` its level coordinate and ``scale`` the
    Laplace scale of that; ``body_l5_above`` the probability that the body above is L5, None where none is seen. ``to_c2_mm``
    is the distance from the centre of the highest disc to C2, None where C2 is not seen and for all others; ``position`` (25,)
    the mean logarithm of the probabilities of the places along the whole spine, None from a model that does not know them."""

    first: float
    level: float
    scale: float
    body_l5_above: float | None = None
    to_c2_mm: float | None = None
    position: np.ndarray | None = None


@dataclass(frozen=True)
class EndsInView:
    """What is seen at the ends of the chain of discs: body L5 and the sacrum, C2 with the dens."""

    l5: bool = False
    sacrum: bool = True
    c2: bool = False


def vote(evidence: Sequence[DiscEvidence], places: Sequence[int], temperature: float = 1.0) -> tuple[int, float]:
    """(level index of the lowest disc, the chance that it is right), from each disc's evidence and its place above the
    lowest one. Whether counting has a start at all is another question: see ``starts_at_sacrum`` and ``ends_at_dens``."""
    highest = len(DISC_LEVELS) - max(places, default=0) + MOST_BEYOND
    indices = np.arange(LOWEST_INDEX, max(highest, LOWEST_INDEX + 1) + 1)
    scores = np.array([_log_likelihood(int(index), evidence, places) for index in indices]) / temperature
    p = np.exp(scores - scores.max())
    p /= p.sum()
    best = int(np.argmax(p))
    return int(indices[best]), float(p[best])


def starts_at_sacrum(lowest: int, evidence: Sequence[DiscEvidence], places: Sequence[int], l5_in_view: bool) -> bool:
    """Whether counting has a start below: the disc called L5-S1 looks like it, or body L5 is in view below the chain."""
    for disc, place in zip(evidence, places):
        if lowest + place == 1:
            return disc.first > 0.5 or l5_in_view
    return l5_in_view and lowest <= 1 + MOST_MISSED


def ends_at_dens(lowest: int, evidence: Sequence[DiscEvidence], places: Sequence[int]) -> bool:
    """Whether counting has a start above: the disc called C2-C3 is the highest one and lies right below C2. Of phantoms' chains
    so named 19 of 19 were right; of those with a disc missing below C2 none of 4."""
    return bool(evidence) and lowest + places[-1] == TOP_LEVEL.label and _is_below_c2(evidence[-1])


VERTEBRAE = TOP_LEVEL.label + 1
"""From C1 to L5: 7 cervical, 12 thoracic and 5 lumbar ones."""


def counted_vertebrae(evidence: Sequence[DiscEvidence], places: Sequence[int], ends: EndsInView) -> int | None:
    """How many vertebrae there are from C1 to the last above the sacrum, by the discs between both ends: the lowest must look
    like L5-S1 and the highest lie right below C2. None where an end is not seen, or a disc in between is missing."""
    if not (ends.sacrum and ends.c2 and evidence):
        return None
    firsts = [place for disc, place in zip(evidence, places) if disc.first > 0.5]
    if len(firsts) != 1 or not _is_below_c2(evidence[-1]):
        return None
    between = range(firsts[0], places[-1] + 1)
    return len(between) + 1 if set(between) <= set(places) else None


def _log_likelihood(lowest: int, evidence: Sequence[DiscEvidence], places: Sequence[int]) -> float:
    total = 0.0
    for disc, place in zip(evidence, places):
        index = lowest + place
        p_first = _within(disc.first, FIRST_DISC_LIMITS)
        total += np.log(p_first if index == 1 else 1 - p_first)
        total -= COORDINATE_VOTES / len(places) * abs(disc.level - index) / max(disc.scale, LEAST_SCALE)
        if disc.position is not None:
            total += POSITION_VOTES / len(places) * float(disc.position[min(max(index, 0), len(disc.position) - 1)])
        if disc.to_c2_mm is not None:
            missed = TOP_LEVEL.label - index
            scale_mm = C2_SCALE_MM * (1 + max(0, missed))
            laplace = np.exp(-_off_c2_mm(disc.to_c2_mm, missed) / scale_mm) * C2_SCALE_MM / scale_mm if missed >= 0 else 0.0
            total += C2_VOTES * np.log(laplace + C2_MISTAKEN)
        if disc.body_l5_above is not None:
            p_body = _within(disc.body_l5_above, BODY_L5_LIMITS)
            total += BODY_WEIGHT * np.log(p_body if index == 1 else 1 - p_body)
        if not 1 <= index <= TOP_LEVEL.label:
            total -= SACRAL_COST
    return total


def _within(value: float, limits: tuple[float, float]) -> float:
    return min(max(value, limits[0]), limits[1])


def _is_below_c2(disc: DiscEvidence) -> bool:
    return disc.to_c2_mm is not None and _off_c2_mm(disc.to_c2_mm, 0) < C2_SCALE_MM


def _off_c2_mm(distance_mm: float, missed: int) -> float:
    """How far a distance to C2 is from what it should be with so many discs missed in between."""
    between = (typical_step_mm(TOP_LEVEL.label - n - 0.5) for n in range(missed))
    return abs(distance_mm - C2_DISC_MM - sum(between))
