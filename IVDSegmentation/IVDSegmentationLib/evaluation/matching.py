"""Which predicted disc is which reference disc: decided by place alone, so that a wrong level is not a missed disc."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.optimize import linear_sum_assignment

from ..anatomy import is_disc_label, level_of_label
from ..volume import Volume

MATCH_DISTANCE_MM = 10.0
"""Two discs whose masks do not touch are still the same disc when their centres are this near. Neighbouring discs are
30 mm apart or more, collapsed ones 20 mm."""


@dataclass(frozen=True)
class DiscMask:
    """One disc of a label map, in its bounding box.

    ``mask`` has axes (k, j, i) and is cut to the valid region; ``first_kji`` is the voxel of ``mask[0, 0, 0]``.
    ``inside`` is the part of the disc's voxels (0 … 1) that lies in the valid region. ``centre_mm_lps`` is the centroid
    of the voxels in ``mask``, or of the whole disc where none of it is valid.
    """

    level: str
    label: int
    mask: np.ndarray
    first_kji: tuple[int, int, int]
    inside: float
    centre_mm_lps: np.ndarray
    volume_mm3: float

    @property
    def box(self) -> tuple[slice, ...]:
        return tuple(slice(first, first + n) for first, n in zip(self.first_kji, self.mask.shape))


def discs_of_labels(labels: Volume, valid: np.ndarray | None = None) -> list[DiscMask]:
    """Every disc of a label map, from below; one label value is one disc. Bodies and canal are left out.

    ``valid``: boolean array on the grid of ``labels``; None where everything is valid.
    """
    array = np.asarray(labels.array)
    if array.dtype != np.uint8:
        array = np.clip(array, 0, 255).astype(np.uint8)
    discs = []
    for index, box in enumerate(ndimage.find_objects(array)):
        label = index + 1
        if box is None or not is_disc_label(label):
            continue
        whole = array[box] == label
        mask = whole if valid is None else whole & valid[box]
        first = tuple(int(part.start) for part in box)
        voxels = np.argwhere(mask if mask.any() else whole) + first
        discs.append(
            DiscMask(
                level=level_of_label(label),
                label=label,
                mask=mask,
                first_kji=first,  # type: ignore[arg-type]
                inside=float(mask.sum() / whole.sum()),
                centre_mm_lps=labels.lps_of_ijk(voxels.mean(axis=0)[::-1]),
                volume_mm3=float(mask.sum() * labels.voxel_mm3),
            )
        )
    return discs


def overlap_voxels(one: DiscMask, other: DiscMask) -> int:
    """Number of voxels that both discs have."""
    pieces = []
    for disc in (one, other):
        cut = []
        for mine, theirs, first in zip(one.box, other.box, disc.first_kji):
            start, stop = max(mine.start, theirs.start), min(mine.stop, theirs.stop)
            if start >= stop:
                return 0
            cut.append(slice(start - first, stop - first))
        pieces.append(disc.mask[tuple(cut)])
    return int(np.count_nonzero(pieces[0] & pieces[1]))


def match_discs(reference: list[DiscMask], prediction: list[DiscMask]) -> list[tuple[int, int]]:
    """Pairs (index in ``reference``, index in ``prediction``), each disc in one pair at most.

    Discs pair by overlap (Dice); where nothing overlaps, by the nearest centre within ``MATCH_DISTANCE_MM``. The
    assignment is the best of all, not greedy, so that a disc that spills into its neighbour takes no pair away.
    """
    if not reference or not prediction:
        return []
    score = np.zeros((len(reference), len(prediction)))
    for r, ours in enumerate(reference):
        for p, theirs in enumerate(prediction):
            if not (ours.mask.any() and theirs.mask.any()):
                continue  # wholly outside the valid region: nobody can tell
            dice = 2 * overlap_voxels(ours, theirs) / (ours.mask.sum() + theirs.mask.sum())
            distance = float(np.linalg.norm(ours.centre_mm_lps - theirs.centre_mm_lps))
            # nearness weighs a thousandth of overlap: it decides only where overlap does not
            nearness = max(0.0, 1.0 - distance / MATCH_DISTANCE_MM) / 1000.0
            score[r, p] = dice + nearness
    rows, columns = linear_sum_assignment(score, maximize=True)
    return [(int(r), int(p)) for r, p in zip(rows, columns) if score[r, p] > 0]
