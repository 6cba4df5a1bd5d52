"""From an edited label map to a result that agrees with it; deleting; keeping edits over a new run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from ..anatomy import is_disc_label, is_unknown_label
from ..errors import InputError
from ..segmentation.result import SegmentationResult
from ..spine import Disc, Region, disc_regions, region_of
from ..spine.chain import free_unknown_label
from ..volume import Volume
from .levels import find_disc

SAME_DISC_OVERLAP = 0.3
"""Share of the smaller one's voxels from which on two discs are the same: neighbours share none."""


def recompute(result: SegmentationResult, labels: Volume, touched: Iterable[int] | None = None) -> SegmentationResult:
    """The result after somebody changed its label map, by whatever means.

    Discs whose voxels changed get a new centre, volume and probability and the flag 'edited'; discs that vanished are
    dropped; new label values are taken up. ``touched`` names the changed values where they are known already.
    """
    if not labels.same_grid(result.labels):
        raise InputError("The edited segmentation lies on another grid than the result. Edit the result's own copy.")
    if touched is None:
        differs = labels.array != result.labels.array
        touched = set(np.unique(labels.array[differs])) | set(np.unique(result.labels.array[differs]))
    changed = {int(label) for label in touched if is_disc_label(int(label))}
    discs = [disc for disc in result.discs if disc.label not in changed]
    for label in changed:
        region = region_of(labels, label)
        if region is not None:
            discs.append(edited_disc(result, region))
    return result.with_discs(labels, discs)


def edited_disc(result: SegmentationResult, region: Region) -> Disc:
    """A disc changed or made by hand, from its voxels. Its level stays as sure as it was; a person is sure of a new one."""
    before = next((disc for disc in result.discs if disc.label == region.label), None)
    confidence = before.confidence if before else 0.0 if is_unknown_label(region.label) else 1.0
    return region.disc(result.probability, confidence, edited=True)


def remove_disc(result: SegmentationResult, label: int) -> SegmentationResult:
    """The result without one disc. What is left keeps its levels."""
    find_disc(result, label)
    labels = result.labels.with_array(np.where(result.labels.array == label, np.uint8(0), result.labels.array))
    return result.with_discs(labels, (disc for disc in result.discs if disc.label != label))


def edited_discs(result: SegmentationResult) -> tuple[Disc, ...]:
    """Discs that a person changed or added: a new run must ask before it replaces them."""
    return tuple(disc for disc in result.discs if disc.is_edited)


def keep_edited(new: SegmentationResult, old: SegmentationResult) -> SegmentationResult:
    """A new run in which every disc that was edited by hand in ``old`` stays as it was.

    Discs of the new run in the same place give way. One elsewhere with the same level becomes 'unknown'.
    """
    if not new.labels.same_grid(old.labels):
        raise InputError("The two results lie on different volumes, so edits cannot be carried over.")
    labels = new.labels.array.copy()
    discs = {disc.label: disc for disc in new.discs}
    kept = {disc.label: disc for disc in edited_discs(old)}
    for label, disc in kept.items():
        mask = old.labels.array == label
        size = int(mask.sum())
        for value, count in zip(*(part.tolist() for part in np.unique(labels[mask], return_counts=True))):
            other = discs.get(value)
            if other is not None and count >= SAME_DISC_OVERLAP * min(size, other.volume_mm3 / new.labels.voxel_mm3):
                labels[labels == value] = 0
                del discs[value]
        if label in discs:
            moved = free_unknown_label([*discs, *kept])
            labels[labels == label] = moved
            discs[moved] = replace(discs.pop(label), label=moved, confidence=0.0)
        labels[mask] = label
        discs[label] = disc
    volume = new.labels.with_array(labels)
    regions = disc_regions(volume)
    # an edited neighbour may have taken a few voxels of a disc, or all
    others = (
        replace(regions[disc.label].disc(new.probability, disc.confidence), outline=disc.outline)
        for disc in discs.values()
        if disc.label not in kept and disc.label in regions
    )
    return new.with_discs(volume, [*kept.values(), *others])
