"""Where a label map is complete: unlabelled is not background.

Whoever annotates three discs says nothing about the fourth. The region that is learned from reaches from a little below
the lowest annotated disc to a little above the topmost one; a gap in the chain is left out in the same way.
"""

from __future__ import annotations

import numpy as np

from ..anatomy import UNKNOWN_LEVEL, level_of_label
from ..spine import Region, disc_regions
from ..volume import Volume
from ..volume.frame import sagittal_axis_order

MARGIN_MM = 8.0
"""How far beyond the outermost discs the region reaches: less than half a vertebral body, so that no disc hides there."""
NEIGHBOUR_MM = 55.0
"""Discs without a level whose centres are this near follow each other."""


def is_cut_by_border(disc: Region) -> bool:
    """Whether the end of the volume cuts a disc; left and right do not count: slabs are usual."""
    lateral = sagittal_axis_order(disc.grid.direction).axes[2]
    return any(disc.touches_border(axis) for axis in range(3) if axis != lateral)


def runs_of(discs: list[Region]) -> list[list[Region]]:
    """Discs that follow each other without a gap, run by run, from below."""
    runs: list[list[Region]] = []
    for disc in discs:
        if runs and _follow(runs[-1][-1], disc):
            runs[-1].append(disc)
        else:
            runs.append([disc])
    return runs


def _follow(lower: Region, upper: Region) -> bool:
    if UNKNOWN_LEVEL in (level_of_label(lower.label), level_of_label(upper.label)):
        return float(np.linalg.norm(upper.centre_mm_lps - lower.centre_mm_lps)) < NEIGHBOUR_MM
    return upper.label == lower.label + 1


def valid_region(labels: Volume, margin_mm: float = MARGIN_MM) -> np.ndarray:
    """uint8, axes (k, j, i): 1 where 0 in ``labels`` means that there is no disc."""
    valid = np.zeros(labels.array.shape, np.uint8)
    for run in runs_of(list(disc_regions(labels).values())):
        bottom, top = run[0], run[-1]
        above = _height_over(labels, bottom) >= bottom.extent_mm[0] - margin_mm
        below = _height_over(labels, top) <= top.extent_mm[1] + margin_mm
        valid |= (above & below).astype(np.uint8)
    return valid


def _height_over(labels: Volume, disc: Region) -> np.ndarray:
    """Millimetres of every voxel along the disc's normal, from its centre; axes (k, j, i)."""
    steps = labels.direction.T @ disc.normal * np.array(labels.spacing_mm)
    start = float((np.array(labels.origin_mm_lps) - disc.centre_mm_lps) @ disc.normal)
    k, j, i = (np.arange(n, dtype=np.float32) for n in labels.array.shape)
    return start + (k * steps[2])[:, None, None] + (j * steps[1])[None, :, None] + (i * steps[0])[None, None, :]
