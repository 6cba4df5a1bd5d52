"""The discs as a chain from below: what does not fit is said, in words and as flags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from ..anatomy import DISC_LEVELS, LEVEL_BY_LABEL, UNKNOWN_LABEL_FIRST, is_unknown_label
from ..segmentation.result import SegmentationResult
from ..spine import Disc, Flag
from ..volume import Volume

TYPICAL_STEP_MM = 34.0
"""Distance between neighbouring disc centres where the person's own cannot be told (25 at T9 … 39 at L4)."""
MISSING_STEP_RATIO = 1.55
"""A step this many times longer than the usual one holds a disc that was not found."""
_CHAIN_FLAGS = (Flag.GAP_BELOW, Flag.GAP_ABOVE)


def from_below(discs: Iterable[Disc]) -> tuple[Disc, ...]:
    return tuple(sorted(discs, key=lambda disc: disc.centre_mm_lps[2]))


def distance_mm(one: Disc | Sequence[float], other: Disc | Sequence[float]) -> float:
    """Between two centres, of discs or as LPS points."""
    first, second = (item.centre_mm_lps if isinstance(item, Disc) else item for item in (one, other))
    return float(np.linalg.norm(np.subtract(first, second)))


def usual_step_mm(discs: Sequence[Disc]) -> float:
    """Median distance of neighbours whose levels follow each other."""
    steps = [
        distance_mm(low, high)
        for low, high in zip(discs, discs[1:])
        if is_unknown_label(low.label) or is_unknown_label(high.label) or high.label == low.label + 1
    ]
    steps = [step for step in steps if step < MISSING_STEP_RATIO * TYPICAL_STEP_MM]
    return float(np.median(steps)) if steps else TYPICAL_STEP_MM


def levels_apart(low: Disc, high: Disc, step_mm: float) -> int:
    """How many levels lie between two neighbours: from their names, else from their distance; at least 1."""
    if not is_unknown_label(low.label) and not is_unknown_label(high.label) and high.label > low.label:
        return high.label - low.label
    ratio = distance_mm(low, high) / step_mm
    return 1 if ratio < MISSING_STEP_RATIO else round(ratio)


def free_unknown_label(taken: Iterable[int]) -> int:
    """The lowest label value for a disc without level that is not in use."""
    used = set(taken)
    label = UNKNOWN_LABEL_FIRST
    while label in used:
        label += 1
    return label


def chain_warnings(discs: Sequence[Disc]) -> tuple[str, ...]:
    """What does not fit in the levels, one sentence each. Discs in any order."""
    discs = from_below(discs)
    step = usual_step_mm(discs)
    said: list[str] = []
    for low, high in zip(discs, discs[1:]):
        unknown = is_unknown_label(low.label) or is_unknown_label(high.label)
        far = distance_mm(low, high) > MISSING_STEP_RATIO * step
        if not unknown and high.label <= low.label:
            said.append(f"{high.level} lies above {low.level}, the wrong way round. Set the level of one of them.")
        elif not unknown and high.label > low.label + 1:
            names = ", ".join(LEVEL_BY_LABEL[label].name for label in range(low.label + 1, high.label))
            said.append(
                f"No disc is named {names}, between {low.level} and {high.level}. "
                + (
                    "There is room for a disc that was missed: add it with one point."
                    if far
                    else "There is no room for another disc: set the level of one of them."
                )
            )
        elif far:
            said.append(f"A disc seems to be missing between {low.level} and {high.level}. Add it with one point.")
    known = [disc for disc in discs if not is_unknown_label(disc.label)]
    if known:
        below = [disc for disc in discs if disc.centre_mm_lps[2] < known[0].centre_mm_lps[2]]
        if below and known[0].label == 1:
            said.append(
                "A disc lies below L5-S1: six lumbar vertebrae (L6) or a remnant disc S1-S2. It has no level in the "
                "table and is named unknown."
            )
        bottom, top = known[0], known[-1]
        for disc in discs:
            if is_unknown_label(disc.label) and bottom.centre_mm_lps[2] < disc.centre_mm_lps[2] < top.centre_mm_lps[2]:
                low = [other for other in known if other.centre_mm_lps[2] < disc.centre_mm_lps[2]][-1]
                high = [other for other in known if other.centre_mm_lps[2] > disc.centre_mm_lps[2]][0]
                if high.label == low.label + 1:
                    said.append(
                        f"There is one disc more than names between {low.level} and {high.level}: an additional "
                        "vertebra, or a false disc. Delete it or set the level of a neighbour and let the others follow."
                    )
    elif discs:
        said.append("No disc has a level. Set the level of one disc and let the others follow.")
    return tuple(dict.fromkeys(said))


def assemble(
    result: SegmentationResult, labels: Volume, discs: Iterable[Disc], warnings: Iterable[str] = ()
) -> SegmentationResult:
    """A result with other discs: ordered, with the flags and warnings of the chain brought up to date.

    Warnings of the run that are not about the chain are kept. ``warnings`` are added.
    """
    discs = from_below(discs)
    step = usual_step_mm(discs)
    flagged = []
    for n, disc in enumerate(discs):
        flags = [flag for flag in disc.flags if flag not in _CHAIN_FLAGS]
        if n > 0 and levels_apart(discs[n - 1], disc, step) > 1:
            flags.append(Flag.GAP_BELOW)
        if n + 1 < len(discs) and levels_apart(disc, discs[n + 1], step) > 1:
            flags.append(Flag.GAP_ABOVE)
        flagged.append(replace(disc, flags=tuple(flags)))
    outdated = set(chain_warnings(result.discs))
    kept = [text for text in result.warnings if text not in outdated]
    said = dict.fromkeys([*kept, *chain_warnings(discs), *warnings])
    return replace(result, labels=labels, discs=tuple(flagged), warnings=tuple(said))


def with_edited(flags: tuple[Flag, ...], without: tuple[Flag, ...] = ()) -> tuple[Flag, ...]:
    """Flags plus 'edited', less those in ``without``."""
    return tuple(dict.fromkeys([*(flag for flag in flags if flag not in without), Flag.EDITED]))


HIGHEST_LABEL = DISC_LEVELS[-1].label
