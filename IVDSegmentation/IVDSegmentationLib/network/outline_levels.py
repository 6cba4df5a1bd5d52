"""Where a network's outlines run: the probability on the border of a disc, by the side of the disc."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OutlineLevels:
    """Probability on the border of a disc: at both ``plates`` (above and below), at its ``front_and_back``, at its ``sides``
    (left and right). Between them the border's normal decides, see ``segmentation.border``."""

    plates: float = 0.5
    front_and_back: float = 0.5
    sides: float = 0.5


PLAIN = OutlineLevels()
"""Outlines run where the network itself is undecided."""
