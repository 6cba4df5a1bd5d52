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
from ..network.classes import POSITION_CLASSES

LOWEST_INDEX = -3
"""Level index 0 is a remnant disc S1-S2, below it lie others of the sacrum: a chain may start with them by mistake."""
FIRST_DISC_LIMITS = (0.02, 0.98)
BODY_L5_LIMITS = (0.05, 0.95)
"""No single disc or body may be surer than this: one that errs must not outvote all others."""
LEAST_SCALE = 0.15
"""Laplace scale of the level coordinate, in levels, below which the network is overconfident."""
COORDINATE_VOTES = 2.0
"""Neighbours' level coordinates err together: their sum over the chain counts as about two votes."""
POSITION_VOTES, POSITION_VOTES_OF_NECK = 2.0, 12.0
"""The same for the places along the spine: of 1, 2, 4 and 6 this names validation scans and phantoms of the lumbar spine best,
of 2, 4, 8 and 12 those of the neck, whose discs have no better evidence."""
BODY_WEIGHT = 0.5
"""A body and the discs beside it look alike for the same reasons: it counts half."""
C2_VOTES = 2.0
"""C2 is a landmark, which counts more than what a disc looks like."""
C2_LIMITS = (0.02, 0.98)
LEAST_C2 = 0.45
"""Probability that C2 lies above a disc, from which on levels are counted from it: 0.48 or more above C2-C3 of 55 phantoms but
five, 0.35 or less above 31 other discs at the upper end of a chain."""
MOST_MISSED = 2
"""So many discs may be missed between L5 and the chain, or in a chain that reaches from the sacrum to C2."""
MOST_BEYOND = 2
"""So many discs of a chain may lie above C2-C3: false ones. They have no level."""
SACRAL_COST, BEYOND_COST = 1.0, 3.0
"""Negative log-likelihood that a disc of the sacrum was taken for one of ours, odds of 0.37 for each, and that something in C2
was: 1 in 60 phantoms."""


@dataclass(frozen=True)
class DiscEvidence:
    """``first`` is the probability that the disc is L5-S1 (among discs), ``level`` its level coordinate and ``scale`` the
    Laplace scale of that; ``body_l5_above`` the probability that the body above is L5, None where none is seen. ``c2_above``
    the probability that the body above is C2 and ``position`` (25,) the mean logarithm of the probabilities of the places along
    the whole spine right above the disc, both None from a model that does not know these places; ``canal_behind`` the
    probability that the spinal canal lies behind the disc."""

    first: float
    level: float
    scale: float
    body_l5_above: float | None = None
    c2_above: float | None = None
    position: np.ndarray | None = None
    canal_behind: float = 1.0


@dataclass(frozen=True)
class EndsInView:
    """What is seen at the ends of the chain of discs: body L5 and the sacrum, C2 with the dens."""

    l5: bool = False
    sacrum: bool = True
    c2: bool = False


def vote(
    evidence: Sequence[DiscEvidence],
    places: Sequence[int],
    temperature: float = 1.0,
    position_votes: float = POSITION_VOTES_OF_NECK,
) -> tuple[int, float]:
    """(level index of the lowest disc, the chance that it is right), from each disc's evidence and its place above the
    lowest one. Whether counting has a start at all is another question: see ``starts_at_sacrum`` and ``ends_at_dens``."""
    highest = len(DISC_LEVELS) - max(places, default=0) + MOST_BEYOND
    indices = np.arange(LOWEST_INDEX, max(highest, LOWEST_INDEX + 1) + 1)
    scores = np.array([_log_likelihood(int(index), evidence, places, position_votes) for index in indices]) / temperature
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
    """Whether counting has a start above: C2 lies above the disc called C2-C3. What was found above that one is no disc, but
    lies in C2."""
    below_c2 = [disc.c2_above for disc, place in zip(evidence, places) if lowest + place >= TOP_LEVEL.label]
    return bool(below_c2) and places[-1] + lowest <= TOP_LEVEL.label + MOST_BEYOND and all(is_c2(p) for p in below_c2)


def is_c2(probability: float | None) -> bool:
    """Whether the body above a disc counts as C2."""
    return probability is not None and probability >= LEAST_C2


def ends_elsewhere(lowest: int, evidence: Sequence[DiscEvidence], places: Sequence[int]) -> bool:
    """Whether C2 lies above the highest disc although that is called a neighbour of C2-C3."""
    off = abs(lowest + places[-1] - TOP_LEVEL.label) if evidence else 0
    return 1 <= off <= MOST_MISSED and is_c2(evidence[-1].c2_above)


VERTEBRAE = TOP_LEVEL.label + 1
"""From C1 to L5: 7 cervical, 12 thoracic and 5 lumbar ones."""


def counted_vertebrae(evidence: Sequence[DiscEvidence], places: Sequence[int], ends: EndsInView) -> int | None:
    """How many vertebrae there are from C1 to the last above the sacrum, by the discs between both ends: the lowest must look
    like L5-S1 and the highest lie right below C2. None where an end is not seen, or a disc in between is missing, or where
    there are so many or few that one of the ends cannot be what it looks like."""
    if not (ends.sacrum and ends.c2 and evidence):
        return None
    firsts = [place for disc, place in zip(evidence, places) if disc.first > 0.5]
    tops = [place for disc, place in zip(evidence, places) if is_c2(disc.c2_above)]
    if len(firsts) != 1 or not tops:
        return None
    between = range(firsts[0], tops[0] + 1)
    count = len(between) + 1
    return count if set(between) <= set(places) and abs(count - VERTEBRAE) <= MOST_MISSED else None


def _log_likelihood(lowest: int, evidence: Sequence[DiscEvidence], places: Sequence[int], position_votes: float) -> float:
    total = 0.0
    for disc, place in zip(evidence, places):
        index = lowest + place
        p_first = _within(disc.first, FIRST_DISC_LIMITS)
        total += np.log(p_first if index == 1 else 1 - p_first)
        total -= COORDINATE_VOTES / len(places) * abs(disc.level - index) / max(disc.scale, LEAST_SCALE)
        if disc.position is not None:
            total += position_votes / len(places) * float(disc.position[_place_above(index)])
        if disc.c2_above is not None:
            p_c2 = _within(disc.c2_above, C2_LIMITS)
            total += C2_VOTES * np.log(p_c2 if index >= TOP_LEVEL.label else 1 - p_c2)
        if disc.body_l5_above is not None:
            p_body = _within(disc.body_l5_above, BODY_L5_LIMITS)
            total += BODY_WEIGHT * np.log(p_body if index == 1 else 1 - p_body)
        if index < 1:
            total -= SACRAL_COST
        elif index > TOP_LEVEL.label:
            total -= BEYOND_COST
    return total


def _within(value: float, limits: tuple[float, float]) -> float:
    return min(max(value, limits[0]), limits[1])


def _place_above(index: int) -> int:
    """Place along the spine of what lies right above a disc: the body above disc n has place n, C2 has the last one."""
    return POSITION_CLASSES - 1 if index >= TOP_LEVEL.label else max(0, index)
