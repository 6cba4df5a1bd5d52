"""Where a label map can be believed: unlabelled is not background.

Whoever annotates three discs says nothing about the fourth. The region that is learned from reaches from a little below
the lowest annotated disc to a little above the topmost one; a gap in the chain is left out in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..anatomy import UNKNOWN_LEVEL, is_disc_label, level_of_label
from ..volume import Volume
from ..volume.frame import sagittal_axis_order

MARGIN_MM = 8.0
"""How far beyond the outermost discs the region reaches: less than half a vertebral body, so that no disc hides there."""
NEIGHBOUR_MM = 55.0
"""Discs without a level whose centres are this near follow each other."""


@dataclass(frozen=True)
class AnnotatedDisc:
    """``normal`` is the unit vector across the disc, pointing up; ``low_mm`` and ``high_mm`` are where the disc ends along
    it, from the centre. LPS."""

    label: int
    centre: np.ndarray
    normal: np.ndarray
    low_mm: float
    high_mm: float
    volume_mm3: float
    touches_border: bool


def annotated_discs(labels: Volume) -> list[AnnotatedDisc]:
    """The discs of a label map, from below."""
    array = labels.array
    border = _border_axes(labels)
    discs = []
    for label in np.unique(array):
        if not is_disc_label(int(label)):
            continue
        kji = np.argwhere(array == label)
        points = labels.lps_of_ijk(kji[:, ::-1])
        centre = points.mean(axis=0)
        touches = any(kji[:, a].min() == 0 or kji[:, a].max() == array.shape[a] - 1 for a in border)
        normal = _normal(points - centre)
        along = (points - centre) @ normal
        volume = len(kji) * labels.voxel_mm3
        discs.append(AnnotatedDisc(int(label), centre, normal, float(along.min()), float(along.max()), volume, touches))
    return sorted(discs, key=lambda disc: disc.centre[2])


def _border_axes(labels: Volume) -> tuple[int, int]:
    """Array axes along which the end of the volume cuts a disc; left-right is not one of them: slabs are usual."""
    lateral = sagittal_axis_order(labels.direction).axes[2]
    return tuple(axis for axis in range(3) if axis != 2 - lateral)  # type: ignore[return-value]


def _normal(points: np.ndarray) -> np.ndarray:
    """Direction in which the points extend least: across the disc, made to point up. Straight up for too few points."""
    if len(points) < 10:
        return np.array([0.0, 0.0, 1.0])
    normal = np.linalg.eigh(np.cov(points.T))[1][:, 0]
    normal = normal * (np.sign(normal[2]) or 1.0)
    return normal if normal[2] > 0.5 else np.array([0.0, 0.0, 1.0])  # a sliver, not a disc: do not trust its shape


def runs_of(discs: list[AnnotatedDisc]) -> list[list[AnnotatedDisc]]:
    """Discs that follow each other without a gap, run by run, from below."""
    runs: list[list[AnnotatedDisc]] = []
    for disc in discs:
        if runs and _follow(runs[-1][-1], disc):
            runs[-1].append(disc)
        else:
            runs.append([disc])
    return runs


def _follow(lower: AnnotatedDisc, upper: AnnotatedDisc) -> bool:
    if UNKNOWN_LEVEL in (level_of_label(lower.label), level_of_label(upper.label)):
        return float(np.linalg.norm(upper.centre - lower.centre)) < NEIGHBOUR_MM
    return upper.label == lower.label + 1


def valid_region(labels: Volume, margin_mm: float = MARGIN_MM) -> np.ndarray:
    """uint8, axes (k, j, i): 1 where 0 in ``labels`` means that there is no disc."""
    valid = np.zeros(labels.array.shape, np.uint8)
    for run in runs_of(annotated_discs(labels)):
        bottom, top = run[0], run[-1]
        above = _height_over(labels, bottom) >= bottom.low_mm - margin_mm
        below = _height_over(labels, top) <= top.high_mm + margin_mm
        valid |= (above & below).astype(np.uint8)
    return valid


def _height_over(labels: Volume, disc: AnnotatedDisc) -> np.ndarray:
    """Millimetres of every voxel along the disc's normal, from its centre; axes (k, j, i)."""
    steps = labels.direction.T @ disc.normal * np.array(labels.spacing_mm)
    start = float((np.array(labels.origin_mm_lps) - disc.centre) @ disc.normal)
    k, j, i = (np.arange(n, dtype=np.float32) for n in labels.array.shape)
    return start + (k * steps[2])[:, None, None] + (j * steps[1])[None, :, None] + (i * steps[0])[None, None, :]
