"""Corrections of levels. Each returns a new result in which labels, names and warnings agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..anatomy import DISC_LEVELS, LEVEL_BY_NAME, UNKNOWN_LEVEL, is_unknown_label, level_of_label
from ..errors import InputError
from ..segmentation.result import SegmentationResult
from ..spine import Disc, Flag
from .chain import HIGHEST_LABEL, assemble, free_unknown_label, from_below, levels_apart, usual_step_mm, with_edited


def find_disc(result: SegmentationResult, label: int) -> Disc:
    """The disc with this label value. Raises ``InputError`` where there is none."""
    for disc in result.discs:
        if disc.label == label:
            return disc
    raise InputError(f"There is no disc with label value {label}. Choose one from the list.")


def shift_levels(result: SegmentationResult, by: int) -> SegmentationResult:
    """All levels up (``by`` > 0, towards the head) or down. Discs without a level keep none.

    A disc that leaves the table at either end becomes 'unknown', and a warning says so.
    """
    known = {disc.label: disc.label + by for disc in result.discs if not is_unknown_label(disc.label)}
    if not known:
        raise InputError("No disc has a level yet. Set the level of one disc first.")
    return relabel(result, known)


def set_level(result: SegmentationResult, label: int, level: str, others_follow: bool = True) -> SegmentationResult:
    """One disc gets a level and, where ``others_follow``, all others are counted from it, up and down.

    Places that hold no disc (missed ones) are counted too, so a gap stays a gap.
    """
    if not others_follow or level == UNKNOWN_LEVEL:
        return rename_disc(result, label, level)
    wanted = _label_of_level(level)
    discs = from_below(result.discs)
    chosen = discs.index(find_disc(result, label))
    step = usual_step_mm(discs)
    places = np.concatenate([[0], np.cumsum([levels_apart(low, high, step) for low, high in zip(discs, discs[1:])])])
    return relabel(
        result, {disc.label: wanted + int(place - places[chosen]) for disc, place in zip(discs, places)}, set_by_hand=label
    )


def rename_disc(result: SegmentationResult, label: int, level: str) -> SegmentationResult:
    """One disc gets another level, 'unknown' included; the others stay.

    A disc that had this level before loses it: it becomes 'unknown', and a warning says so.
    """
    disc = find_disc(result, label)
    if level == disc.level:
        return result
    if level == UNKNOWN_LEVEL:
        return relabel(result, {label: free_unknown_label(other.label for other in result.discs)})
    wanted = _label_of_level(level)
    mapping = {label: wanted}
    warnings = []
    if any(other.label == wanted for other in result.discs):
        mapping[wanted] = free_unknown_label(other.label for other in result.discs)
        warnings.append(f"Two discs cannot both be {level}: the one that had this level before is now unknown.")
    return relabel(result, mapping, tuple(warnings), set_by_hand=label)


def relabel(
    result: SegmentationResult, mapping: dict[int, int], warnings: tuple[str, ...] = (), set_by_hand: int | None = None
) -> SegmentationResult:
    """Label values changed all at once (old -> new). New values outside of the table become 'unknown'."""
    said = list(warnings)
    taken = {new for new in mapping.values() if 1 <= new <= HIGHEST_LABEL or is_unknown_label(new)}
    taken |= {disc.label for disc in result.discs if disc.label not in mapping}
    final: dict[int, int] = {}
    outside: list[tuple[str, bool]] = []
    for old, new in mapping.items():
        if not (1 <= new <= HIGHEST_LABEL or is_unknown_label(new)):
            outside.append((level_of_label(old), new < 1))
            new = free_unknown_label(taken)
            taken.add(new)
        final[old] = new
    table = np.arange(256, dtype=np.uint8)
    for old, new in final.items():
        table[old] = new
    discs = []
    for disc in result.discs:
        new = final.get(disc.label, disc.label)
        if new != disc.label or disc.label == set_by_hand:
            disc = replace(
                disc,
                label=new,
                confidence=0.0 if is_unknown_label(new) else 1.0,
                flags=with_edited(disc.flags, without=(Flag.LEVEL_UNCERTAIN,)),
            )
        discs.append(disc)
    lowest = min((disc.label for disc in discs if not is_unknown_label(disc.label)), default=0)
    # where L5-S1 is named, the chain itself says that a disc lies below it
    said += [_outside(name, below) for name, below in outside if not (below and lowest == 1)]
    return assemble(result, result.labels.with_array(table[result.labels.array]), discs, said)


def _label_of_level(level: str) -> int:
    if level not in LEVEL_BY_NAME:
        raise InputError(f"'{level}' is no level. Choose one from {DISC_LEVELS[0].name} to {DISC_LEVELS[-1].name}.")
    return LEVEL_BY_NAME[level].label


def _outside(name: str, below: bool) -> str:
    if below:
        return (
            f"{name} would come below L5-S1: six lumbar vertebrae (L6), a remnant disc S1-S2, or a level too low. "
            "It is named unknown."
        )
    return f"{name} would come above {DISC_LEVELS[-1].name}, where the table ends. It is named unknown."
