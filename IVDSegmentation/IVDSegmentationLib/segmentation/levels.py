"""Which level each disc of a chain has, and how sure that is.

Every disc carries two pieces of evidence from the coarse stage: how much it looks like L5-S1 rather than another disc,
and its level coordinate with a scale; the bodies between them tell whether one is L5. All discs vote together: a chain
is a rigid ladder, only its lowest rung is unknown. The vote's temperature is calibrated on validation scans and phantoms
(``ModelCard.level_temperature``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..anatomy import DISC_LEVELS

LOWEST_RUNG = -3
"""Rung 0 is a remnant disc S1-S2, below it lie others of the sacrum: no levels of ours; a chain may start with them by
mistake."""


@dataclass(frozen=True)
class DiscEvidence:
    """``first`` is the probability that the disc is L5-S1 (among discs), ``level`` its level coordinate and ``scale`` the
    Laplace scale of that; ``body_l5_above`` the probability that the body above is L5, None where none is seen."""

    first: float
    level: float
    scale: float
    body_l5_above: float | None = None


@dataclass(frozen=True)
class Levels:
    """``rung`` of the lowest disc of the chain (1 = L5-S1, 0 = S1-S2) and the probability that it is right."""

    rung: int
    confidence: float


def name_chain(evidence: list[DiscEvidence], links: tuple[int, ...], temperature: float = 1.0) -> Levels:
    """Level of the lowest disc, given each disc's evidence and its place above the lowest one.

    Whether the chain hangs on to the sacrum at all is another question: see ``is_anchored``.
    """
    highest = len(DISC_LEVELS) - max(links, default=0)
    rungs = np.arange(LOWEST_RUNG, max(highest, LOWEST_RUNG + 1) + 1)
    scores = np.array([_log_likelihood(int(rung), evidence, links) for rung in rungs]) / temperature
    p = np.exp(scores - scores.max())
    p /= p.sum()
    best = int(np.argmax(p))
    return Levels(int(rungs[best]), float(p[best]))


def is_anchored(levels: Levels, evidence: list[DiscEvidence], links: tuple[int, ...], l5_in_view: bool) -> bool:
    """Whether counting has a start: the disc called L5-S1 looks like it, or body L5 is in view below the chain."""
    for disc, link in zip(evidence, links):
        if levels.rung + link == 1:
            return disc.first > 0.5 or l5_in_view
    return l5_in_view


def _log_likelihood(rung: int, evidence: list[DiscEvidence], links: tuple[int, ...]) -> float:
    total = 0.0
    for disc, link in zip(evidence, links):
        index = rung + link
        p_first = float(np.clip(disc.first, 0.02, 0.98))
        total += np.log(p_first if index == 1 else 1 - p_first)
        # neighbours' level coordinates err together: the sum over the chain counts as about two votes
        total -= 2.0 / len(links) * abs(disc.level - index) / max(disc.scale, 0.15)
        if disc.body_l5_above is not None:
            p_body = float(np.clip(disc.body_l5_above, 0.05, 0.95))
            total += 0.5 * np.log(p_body if index == 1 else 1 - p_body)
        if index < 1:
            total -= 1.0  # a disc of the sacrum mistaken for one of ours: seldom
    return total
