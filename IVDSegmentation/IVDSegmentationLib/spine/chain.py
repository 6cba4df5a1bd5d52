"""Discs as a chain from below: their order, the steps between them, where one is missing, and how they are named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..anatomy import DISC_LEVELS, UNKNOWN_LABEL_FIRST, is_unknown_label
from .disc import KNOWN_CONFIDENCE, LOW_PROBABILITY, Disc, Flag
from .norms import typical_step_mm
from .region import Region

HIGHEST_LABEL = DISC_LEVELS[-1].label
TYPICAL_STEP_MM = 34.0
"""Distance of neighbouring disc centres where nothing tells the person's own: the median of annotated scans is 35, from 21
between small thoracic vertebrae to 41 between lumbar ones."""
EXPECTED_STEP_MM = (16.0, 44.0)
"""The expected distance is kept within these: a chain with a false disc in it would expect less, one full of gaps more."""
PERSON_RANGE = (0.85, 1.1)
"""The expected distance is kept within this share of the typical one of its place: up to two standard deviations of the size of
vertebrae."""
GAP_FACTOR = 1.55
"""A step this many times longer than the expected one holds a disc that was not found. In annotated scans the ratio is at
most 1.22 (335 steps); with one disc taken out it is 2.0 in the median and below 1.53 in one of a hundred."""
PLACED_GAP_FACTOR = 1.4
"""The same where the expected distance is that of the place along the spine, which gaps beside it do not spoil."""

OF_THE_SCAN = frozenset({Flag.LEVEL_UNCERTAIN, Flag.LOW_PROBABILITY})
"""Where one of these holds for every disc of two or more, it is no flag of a disc: advice says it once for the scan."""


@dataclass(frozen=True)
class Step:
    """From the centre of one disc to that of the next above. ``named``: levels between their names, None where one has
    none or they are in the wrong order."""

    length_mm: float
    expected_mm: float
    named: int | None = None
    gap_factor: float = GAP_FACTOR

    @property
    def is_long(self) -> bool:
        """Whether there is room for another disc in between."""
        return self.length_mm > self.gap_factor * self.expected_mm

    @property
    def levels(self) -> int:
        """By how many levels the upper disc lies higher: by their names, else by the distance; at least 1."""
        if self.named is not None:
            return self.named
        return max(1, round(self.length_mm / self.expected_mm)) if self.is_long else 1


def steps_between(
    centres_mm: np.ndarray, labels: Sequence[int] | None = None, places: Sequence[float] | np.ndarray | None = None
) -> list[Step]:
    """The steps of a chain of centres (n, 3), from below. ``labels``: label values, where the discs have some. ``places``:
    about which they would have by their place along the spine, if that is known: then a chain full of gaps is noticed, too."""
    lengths = np.linalg.norm(np.diff(centres_mm, axis=0), axis=1)
    pairs = list(zip(labels, labels[1:])) if labels is not None else [(UNKNOWN_LABEL_FIRST,) * 2] * len(lengths)
    named = [_levels_by_name(*pair) for pair in pairs]
    one_level = [length / (levels or 1) for length, levels in zip(lengths, named)]
    steps = []
    for n, (length, levels) in enumerate(zip(lengths, named)):
        near = one_level[max(0, n - 2) : n] + one_level[n + 1 : n + 3]
        expected, factor = _expected_mm(near), GAP_FACTOR
        if places is not None:
            typical = typical_step_mm((places[n] + places[n + 1]) / 2)
            low, high = (share * typical for share in PERSON_RANGE)
            expected, factor = (min(max(expected, low), high) if near else typical), PLACED_GAP_FACTOR
        steps.append(Step(float(length), expected, levels, factor))
    return steps


def _levels_by_name(low: int, high: int) -> int | None:
    known = not is_unknown_label(low) and not is_unknown_label(high) and high > low
    return high - low if known else None


def _expected_mm(near_mm: Sequence[float]) -> float:
    """What a step of one level should be, from the steps near it."""
    return float(np.clip(np.median(near_mm), *EXPECTED_STEP_MM)) if len(near_mm) else TYPICAL_STEP_MM


# ----------------------------------------------------------------------- discs
def from_below(discs: Iterable[Disc]) -> tuple[Disc, ...]:
    return tuple(sorted(discs, key=lambda disc: disc.centre_mm_lps[2]))


def steps_of(discs: Sequence[Disc]) -> list[Step]:
    """The steps of discs that are ordered from below."""
    centres = np.array([disc.centre_mm_lps for disc in discs]).reshape(-1, 3)
    return steps_between(centres, [disc.label for disc in discs])


def with_flags(discs: Iterable[Disc]) -> tuple[Disc, ...]:
    """The discs from below, with every flag that follows from a disc and its neighbours as it should be now.

    'Cut off', 'thin' (they follow from the voxels, see ``Region.flags``) and 'edited' stay as they are. Where one level was
    counted from the lowest disc, all were; those that a person has set since are sure. What holds for all is no flag of any,
    see ``OF_THE_SCAN``.
    """
    ordered = from_below(discs)
    counted = any(Flag.COUNTED_FROM_LOWEST in disc.flags for disc in ordered)
    gaps = [False, *(step.levels > 1 for step in steps_of(ordered)), False]
    found = [
        [flag for flag in Flag if _holds(flag, disc, counted, *around)] for disc, around in zip(ordered, zip(gaps, gaps[1:]))
    ]
    of_all = OF_THE_SCAN.intersection(*found) if len(found) > 1 else frozenset()
    return tuple(
        replace(disc, flags=tuple(flag for flag in flags if flag not in of_all)) for disc, flags in zip(ordered, found)
    )


def _holds(flag: Flag, disc: Disc, counted: bool, gap_below: bool, gap_above: bool) -> bool:
    now = {
        Flag.COUNTED_FROM_LOWEST: counted and disc.has_level and not disc.is_level_sure,
        Flag.LOW_PROBABILITY: disc.probability < LOW_PROBABILITY,
        Flag.LEVEL_UNCERTAIN: not disc.is_level_sure,
        Flag.GAP_BELOW: gap_below,
        Flag.GAP_ABOVE: gap_above,
        Flag.NOT_VALIDATED: False,
    }
    return now.get(flag, flag in disc.flags)


def neighbours_at(discs: Iterable[Disc], point_lps: Sequence[float] | np.ndarray) -> tuple[Disc | None, Disc | None]:
    """(next disc below, next disc above) a point."""
    ordered = from_below(discs)
    below = [disc for disc in ordered if disc.centre_mm_lps[2] < point_lps[2]]
    above = [disc for disc in ordered if disc.centre_mm_lps[2] >= point_lps[2]]
    return (below[-1] if below else None), (above[0] if above else None)


def label_at(discs: Iterable[Disc], point_lps: Sequence[float] | np.ndarray) -> int | None:
    """Label value of a disc at a point, counted from its neighbours; None where they have no level or disagree."""
    ordered = from_below(discs)
    below, above = neighbours_at(ordered, point_lps)
    steps = [step.length_mm / (step.named or 1) for step in steps_of(ordered)]
    n = 0 if below is None else ordered.index(below)
    expected = _expected_mm(steps[max(0, n - 2) : n + 3])
    counted = set()
    for disc, sign in ((below, +1), (above, -1)):
        if disc is not None and disc.has_level:
            length = float(np.linalg.norm(np.subtract(disc.centre_mm_lps, point_lps)))
            counted.add(disc.label + sign * Step(length, expected).levels)
    free = set(range(1, HIGHEST_LABEL + 1)) - {disc.label for disc in ordered}
    return counted.pop() if len(counted) == 1 and counted <= free else None


def free_unknown_label(taken: Iterable[int]) -> int:
    """The lowest label value for a disc without level that is not in use."""
    used = set(taken)
    return next(label for label in range(UNKNOWN_LABEL_FIRST, 256) if label not in used)


def labels_counted_from(discs: Iterable[Disc], label: int, wanted: int) -> dict[int, int]:
    """Label value -> new one, where the disc ``label`` becomes ``wanted`` and all others are counted from it.

    A place that holds no disc is counted too. New values may lie outside of the table of levels.
    """
    ordered = from_below(discs)
    places = np.concatenate([[0], np.cumsum([step.levels for step in steps_of(ordered)])]).astype(int)
    chosen = [disc.label for disc in ordered].index(label)
    return {disc.label: wanted + int(place - places[chosen]) for disc, place in zip(ordered, places)}


def named_by_hand(disc: Disc, label: int) -> Disc:
    """A disc to which a person has given a level, or taken it away."""
    confidence = 0.0 if is_unknown_label(label) else 1.0
    return replace(disc, label=label, confidence=confidence, flags=(*disc.flags, Flag.EDITED))


# ---------------------------------------------------------------- named chain
@dataclass(frozen=True)
class NamedChain:
    """Regions from below that are discs of one spine, and their levels.

    ``places[n]`` is how many levels region n lies above the lowest one, a missing disc counted. ``lowest`` is the level
    index of the lowest one: 1 is L5-S1, 0 a disc S1-S2, below it lie others of the sacrum. ``confidence`` is the chance
    that this is right. ``counted``: the lowest one is taken for L5-S1, whatever it looks like.
    """

    regions: tuple[Region, ...] = ()
    places: tuple[int, ...] = ()
    lowest: int = 1
    confidence: float = 0.0
    counted: bool = False

    @property
    def is_known(self) -> bool:
        return self.confidence >= KNOWN_CONFIDENCE

    @property
    def labels(self) -> tuple[int, ...]:
        """Label value of each disc. Discs that cannot be named are numbered from 51."""
        labels: list[int] = []
        for place in self.places:
            index = self.lowest + place
            known = self.is_known and 1 <= index <= HIGHEST_LABEL
            labels.append(index if known else free_unknown_label(labels))
        return tuple(labels)

    def part(self, first: int, stop: int) -> NamedChain:
        """The discs from ``first`` up to, not including, ``stop``; each keeps its level, unless they are
        counted: then from the lowest one that is left."""
        places = self.places[first:stop]
        start = places[0] if places else 0
        return replace(
            self,
            regions=self.regions[first:stop],
            places=tuple(place - start for place in places),
            lowest=self.lowest if self.counted else self.lowest + start,
        )
