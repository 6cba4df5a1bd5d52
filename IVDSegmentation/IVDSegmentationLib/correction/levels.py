"""Corrections of levels. Each returns a new result in which label map, discs and flags agree."""

from __future__ import annotations

import numpy as np

from ..anatomy import DISC_LEVELS, LEVEL_BY_NAME, UNKNOWN_LEVEL, is_unknown_label
from ..errors import InputError
from ..segmentation.result import SegmentationResult
from ..spine import Disc
from ..spine.chain import HIGHEST_LABEL, free_unknown_label, labels_counted_from, named_by_hand


def find_disc(result: SegmentationResult, label: int) -> Disc:
    """The disc with this label value. Raises ``InputError`` where there is none."""
    for disc in result.discs:
        if disc.label == label:
            return disc
    raise InputError(f"There is no disc with label value {label}. Choose one from the list.")


def shift_levels(result: SegmentationResult, by: int) -> SegmentationResult:
    """All levels up (``by`` > 0, towards the head) or down. Discs without a level keep none.

    A disc that leaves the table at either end becomes 'unknown'; the advice says so.
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
    find_disc(result, label)
    return relabel(result, labels_counted_from(result.discs, label, _label_of_level(level)), set_by_hand=label)


def rename_disc(result: SegmentationResult, label: int, level: str) -> SegmentationResult:
    """One disc gets another level, 'unknown' included; the others stay.

    A disc that had this level before loses it and becomes 'unknown'; the advice says so.
    """
    disc = find_disc(result, label)
    if level == disc.level:
        return result
    taken = [other.label for other in result.discs]
    if level == UNKNOWN_LEVEL:
        return relabel(result, {label: free_unknown_label(taken)})
    wanted = _label_of_level(level)
    loser = {wanted: free_unknown_label(taken)} if wanted in taken else {}
    return relabel(result, {label: wanted} | loser, set_by_hand=label)


def relabel(result: SegmentationResult, mapping: dict[int, int], set_by_hand: int | None = None) -> SegmentationResult:
    """Label values changed all at once (old -> new). New values outside of the table become 'unknown'.

    ``set_by_hand``: the disc (old value) that counts as edited even where its value stays.
    """
    inside = {old: new for old, new in mapping.items() if 1 <= new <= HIGHEST_LABEL or is_unknown_label(new)}
    taken = {*inside.values(), *(disc.label for disc in result.discs if disc.label not in mapping)}
    table = np.arange(256, dtype=np.uint8)
    for old in mapping:
        new = inside.get(old) or free_unknown_label(taken)
        taken.add(new)
        table[old] = new
    discs = [
        named_by_hand(disc, int(table[disc.label])) if table[disc.label] != disc.label or disc.label == set_by_hand else disc
        for disc in result.discs
    ]
    return result.with_discs(result.labels.with_array(table[result.labels.array]), discs)


def _label_of_level(level: str) -> int:
    if level not in LEVEL_BY_NAME:
        raise InputError(f"'{level}' is not a level. Choose one from {DISC_LEVELS[0].name} to {DISC_LEVELS[-1].name}.")
    return LEVEL_BY_NAME[level].label
