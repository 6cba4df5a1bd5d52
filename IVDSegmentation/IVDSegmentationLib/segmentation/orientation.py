"""Notices a scan whose file turns the patient the wrong way: an axis reversed, or axes mixed up, as careless conversions do.

The network then finds no discs, or discs that it cannot name. So where a result is doubtful, it also looks at the scan as
it would be with other axes; if it finds a spine there whose levels are clear, the file is probably wrong. The result is never
changed by this: which axes are right is for the user to decide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from ..spine import SURE_CONFIDENCE
from ..volume import Volume

CLEAR = 0.95
"""Levels this sure are clear: seen the right way round nearly every scan with the sacrum in view has 0.99, seen the wrong way
round few reach 0.9."""
ENOUGH_DISCS = 5
"""Fewer discs are no evidence for the orientation: three discs of a phantom had clear levels upside down."""
LONG_MM = 200.0
"""A field of view this long shows ``ENOUGH_DISCS`` if a spine runs along it: with fewer it is doubtful, however sure their
levels are."""
_WAYS = {(-1, 1): "upside down", (1, -1): "back to front", (-1, -1): "upside down and back to front"}
"""(head-foot, front-back) reversed -> what it looks like. Left and right look alike."""
_AS_IT_IS = (0, 1, 2)


@dataclass(frozen=True)
class Finding:
    """What the network finds in a volume: ``discs`` in a chain and the ``confidence`` of their levels, 0 … 1."""

    discs: int
    confidence: float


def wrong_way_round(volume: Volume, seen: Finding, look: Callable[[Volume], Finding]) -> str | None:
    """A sentence for the user if ``volume`` shows a spine with other axes than its file says, else None.

    ``seen``: what was found in the volume as it is; ``look`` finds them in another one. It is called only where
    ``seen`` is doubtful, three to a dozen times.
    """
    if seen.discs < ENOUGH_DISCS:
        extents_mm = np.array(volume.size_ijk) * volume.spacing_mm
        sure = seen.discs > 0 and seen.confidence >= SURE_CONFIDENCE
        head_foot_mm = extents_mm[np.abs(volume.direction[2]).argmax()]
        if (head_foot_mm if sure else extents_mm.max()) < LONG_MM:
            return None
        for axes in permutations(_AS_IT_IS):
            # discs are found upside down, too: only where there are some it matters which way they look
            some = axes != _AS_IT_IS and look(_with_axes(volume, axes, (1, 1))).discs >= ENOUGH_DISCS
            if some and _clearest(volume, axes, [(1, 1), *_WAYS], look, max(ENOUGH_DISCS, seen.discs + 2)):
                return _sentence("the directions of its axes seem to be mixed up")
    elif seen.confidence < SURE_CONFIDENCE:
        way = _clearest(volume, _AS_IT_IS, list(_WAYS), look, max(ENOUGH_DISCS, seen.discs - 4))
        return _sentence(f"the spine looks {_WAYS[way]}") if way else None
    return None


def _clearest(
    volume: Volume, axes: tuple[int, ...], ways: list[tuple[int, int]], look: Callable[[Volume], Finding], least_discs: int
) -> tuple[int, int] | None:
    """The way of looking that shows the surest levels, if they are clear and there are at least so many discs."""
    findings = {way: look(_with_axes(volume, axes, way)) for way in ways}
    best = max(findings, key=lambda way: findings[way].confidence)
    found = findings[best]
    return best if found.confidence >= CLEAR and found.discs >= least_discs else None


def _sentence(what: str) -> str:
    return (
        f"The file probably turns the patient the wrong way: {what}. Compare the letters at the borders of the slice views "
        "with the anatomy; correct the file's orientation before you use levels or sides."
    )


def _with_axes(volume: Volume, axes: tuple[int, ...], way: tuple[int, int]) -> Volume:
    """The volume if L, P, S of its file were in truth the axes named; ``way``: -1 where head-foot, front-back is reversed."""
    turn = np.zeros((3, 3))
    turn[range(3), axes] = (1, way[1], way[0])
    return Volume(volume.array, volume.spacing_mm, volume.origin_mm_lps, turn @ volume.direction)
