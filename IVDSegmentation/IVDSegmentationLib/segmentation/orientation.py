"""Notices a scan whose file turns the patient the wrong way: an axis reversed, or axes mixed up, as careless conversions do.

The network then finds no discs, or discs that it cannot name. So where a result is doubtful, it also looks at the scan as
it would be with other axes; if it finds a spine there whose levels are clear, the file is probably wrong. The result is never
changed by this: which axes are right is for the user to decide.

A scan of something else is doubtful, too. There the coarse stage sees no spine with any axes, and nothing but the coarse stage
is run, on the middle of the volume.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
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
SHORT_MM = 120.0
"""A field of view that is shorter than this along the spine does not show ``ENOUGH_DISCS`` and the sacrum."""
MIDDLE_MM = 100.0
"""The spine is looked for in the middle of the body: so much from left to right, twice the width of a vertebral body."""
_WAYS = {(-1, 1): "upside down", (1, -1): "back to front", (-1, -1): "upside down and back to front"}
"""(head-foot, front-back) reversed -> what it looks like. Left and right look alike."""
_AS_IT_IS = (0, 1, 2)


@dataclass(frozen=True)
class Finding:
    """What the network finds in a volume: ``discs`` in a chain and the ``confidence`` of their levels, 0 … 1."""

    discs: int
    confidence: float


Look = Callable[[Volume, bool], Finding]
"""Finds discs in a volume. Where the second argument is true, only clear levels matter: what cannot have them may be left."""


def wrong_way_round(volume: Volume, seen: Finding, look: Look) -> str | None:
    """A sentence for the user if ``volume`` shows a spine with other axes than its file says, else None.

    ``seen``: what was found in the volume as it is; ``look`` finds them in another one. It is called only where
    ``seen`` is doubtful, three to a dozen times.
    """
    if seen.discs < ENOUGH_DISCS:
        sure = seen.discs > 0 and seen.confidence >= SURE_CONFIDENCE
        longest_mm = max(_extent_mm(volume, axis) for axis in range(3))
        if (_extent_mm(volume, 2) if sure else longest_mm) < LONG_MM:
            return None
        for axes in permutations(_AS_IT_IS):
            turned = _with_axes(volume, axes, (1, 1))
            if axes == _AS_IT_IS or _extent_mm(turned, 2) < SHORT_MM:
                continue
            # discs are found upside down, too: only where there are some it matters which way they look
            first = look(_middle(turned), False)
            if first.discs < ENOUGH_DISCS:
                continue
            findings = _looks(volume, axes, look) | {(1, 1): first}
            if _clearest(findings, max(ENOUGH_DISCS, seen.discs + 2)):
                return _sentence("the directions of its axes seem to be mixed up")
    elif seen.confidence < SURE_CONFIDENCE:
        way = _clearest(_looks(volume, _AS_IT_IS, look), max(ENOUGH_DISCS, seen.discs - 4))
        return _sentence(f"the spine looks {_WAYS[way]}") if way else None
    return None


def _looks(volume: Volume, axes: tuple[int, ...], look: Look) -> dict[tuple[int, int], Finding]:
    """What is found with these axes, one or both of them reversed."""
    turned = {way: _with_axes(volume, axes, way) for way in _WAYS}
    return {way: look(one if axes == _AS_IT_IS else _middle(one), True) for way, one in turned.items()}


def _clearest(findings: dict[tuple[int, int], Finding], least_discs: int) -> tuple[int, int] | None:
    """The way of looking that shows the surest levels, if they are clear and there are at least so many discs."""
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


def _axis_along(volume: Volume, lps: int) -> int:
    """The axis (0 i, 1 j, 2 k) that runs along L (0), P (1) or S (2)."""
    return int(np.abs(volume.direction[lps]).argmax())


def _extent_mm(volume: Volume, lps: int) -> float:
    axis = _axis_along(volume, lps)
    return volume.size_ijk[axis] * volume.spacing_mm[axis]


def _middle(volume: Volume) -> Volume:
    """``MIDDLE_MM`` of the volume from left to right."""
    axis = _axis_along(volume, 0)
    count, wanted = volume.size_ijk[axis], round(MIDDLE_MM / volume.spacing_mm[axis])
    first = max(0, (count - wanted) // 2)
    window, corner = [slice(None)] * 3, [0, 0, 0]
    window[2 - axis], corner[axis] = slice(first, first + min(count, wanted)), first
    origin = tuple(volume.lps_of_ijk(np.array(corner)))
    return replace(volume, array=volume.array[tuple(window)], origin_mm_lps=origin)
