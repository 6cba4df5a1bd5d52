"""From an edited label map to a result that agrees with it; deleting; keeping edits over a new run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from ..anatomy import is_disc_label, is_unknown_label
from ..errors import InputError
from ..segmentation.result import SegmentationResult
from ..spine import Disc, Flag, Region, disc_regions, region_of
from ..volume import Volume
from .chain import assemble, free_unknown_label, with_edited
from .levels import find_disc

_SAME_DISC = 0.3
"""Overlap (of the smaller one) from which on two discs are the same."""


def recompute(result: SegmentationResult, labels: Volume, touched: Iterable[int] | None = None) -> SegmentationResult:
    """The result after somebody changed its label map, by whatever means.

    Discs whose voxels changed get a new centre and volume and the flag 'edited'; discs that vanished are dropped; new
    label values are taken up. ``touched`` names the changed values where they are known already.
    """
    if not labels.same_grid(result.labels):
        raise InputError("The edited segmentation lies on another grid than the result. Edit the result's own copy.")
    if touched is None:
        differs = labels.array != result.labels.array
        touched = set(np.unique(labels.array[differs])) | set(np.unique(result.labels.array[differs]))
    changed = {int(label) for label in touched if is_disc_label(int(label))}
    discs = [disc for disc in result.discs if disc.label not in changed]
    before = {disc.label: disc for disc in result.discs}
    for label in sorted(changed):
        disc = describe(result, labels, label, before.get(label))
        if disc is not None:
            discs.append(disc)
    return assemble(result, labels, discs)


def describe(result: SegmentationResult, labels: Volume, label: int, before: Disc | None = None) -> Disc | None:
    """The entry of a disc changed by hand, from its voxels; None where it has none."""
    region = region_of(labels, label)
    return None if region is None else _described(result, region, before)


def _described(result: SegmentationResult, region: Region, before: Disc | None) -> Disc:
    old = before.flags if before else ()
    flags = (*(flag for flag in old if flag not in (Flag.CUT_OFF, Flag.THIN)), *region.flags)
    if before is None:
        before = Disc(region.label, (0.0, 0.0, 0.0), 0.0, 0.0 if is_unknown_label(region.label) else 1.0)
    return replace(
        before,
        centre_mm_lps=region.centre,
        volume_mm3=region.volume_mm3,
        probability=region.mean_of(result.probability),
        flags=with_edited(flags, without=(Flag.LOW_PROBABILITY,)),
    )


def remove_disc(result: SegmentationResult, label: int) -> SegmentationResult:
    """The result without one disc. What is left keeps its levels."""
    find_disc(result, label)
    labels = result.labels.with_array(np.where(result.labels.array == label, np.uint8(0), result.labels.array))
    return assemble(result, labels, [disc for disc in result.discs if disc.label != label])


def edited_discs(result: SegmentationResult) -> tuple[Disc, ...]:
    """Discs that a person changed or added: a new run must ask before it replaces them."""
    return tuple(disc for disc in result.discs if disc.is_edited)


def keep_edited(new: SegmentationResult, old: SegmentationResult) -> SegmentationResult:
    """A new run in which every disc that was edited by hand in ``old`` stays as it was.

    Discs of the new run in the same place give way. One elsewhere with the same level loses it, and a warning says so.
    """
    if not new.labels.same_grid(old.labels):
        raise InputError("The two results lie on different volumes, so edits cannot be carried over.")
    labels = new.labels.array.copy()
    discs = {disc.label: disc for disc in new.discs}
    warnings = []
    for kept in edited_discs(old):
        mask = old.labels.array == kept.label
        size = int(mask.sum())
        values, counts = np.unique(labels[mask], return_counts=True)
        for value, count in zip(values.tolist(), counts.tolist()):
            other = discs.get(value)
            if other is not None and count >= _SAME_DISC * min(size, other.volume_mm3 / new.labels.voxel_mm3):
                labels[labels == value] = 0
                del discs[value]
        if kept.label in discs:
            moved = free_unknown_label([*discs, *(disc.label for disc in edited_discs(old))])
            labels[labels == kept.label] = moved
            discs[moved] = replace(discs.pop(kept.label), label=moved, confidence=0.0)
            warnings.append(f"The new run found another {kept.level}. It is named unknown; your own one was kept.")
        labels[mask] = kept.label
        discs[kept.label] = kept
    volume = new.labels.with_array(labels)
    final = []
    own = {disc.label for disc in edited_discs(old)}
    regions = disc_regions(volume)
    for disc in discs.values():
        region = None if disc.label in own else regions.get(disc.label)
        if region is not None:  # an edited neighbour may have taken a few voxels
            disc = replace(disc, centre_mm_lps=region.centre, volume_mm3=region.volume_mm3)
        elif disc.label not in own:
            continue
        final.append(disc)
    return assemble(new, volume, final, warnings)
