"""Signal of discs, and the cerebrospinal fluid (CSF) they are compared with."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from ..anatomy import CANAL_LABEL
from ..spine import Region
from ..volume import Volume
from ..volume.sample import sample
from .disc_frame import DiscFrame

CSF_PERCENTILE = 90.0
"""Roots and cord share the sac with the fluid: the 90th percentile of the sac is fluid."""
_LEAST_CORE_VOXELS = 20
_GAP_BEHIND_DISC_MM = 2.0
_REACH_BEHIND_DISC_MM = 13.0
_CANAL_HALF_WIDTH_MM = 6.0
_CANAL_HALF_LENGTH_MM = 12.0
_LEAST_CSF_TO_MARROW = 1.25
_LEAST_BRIGHT_SHARE = 0.10
_LEAST_BRIGHT_LENGTH = 0.8
_STEP_MM = 1.0


@dataclass(frozen=True)
class DiscSignal:
    mean: float
    spread: float
    """Standard deviation."""


def measure_signal(disc: Region, image: Volume) -> DiscSignal | None:
    """Mean and standard deviation inside the disc, without its outermost voxels (they are half something else).

    ``image`` may lie on any grid. None where the disc lies outside of it.
    """
    core = replace(disc, mask=ndimage.binary_erosion(disc.mask))
    if core.voxels < _LEAST_CORE_VOXELS:
        core = disc
    values, seen = sample(image, core.points_lps)
    if not seen.any():
        return None
    return DiscSignal(float(values[seen].mean()), float(values[seen].std()))


def csf_behind(
    image: Volume, labels: Volume, frame: DiscFrame, back_mm: float, next_centre_lps: np.ndarray | None
) -> float | None:
    """Signal of the fluid behind one disc; None where no fluid can be told.

    ``back_mm`` is the frame's front coordinate of the disc's back edge. A canal in the label map is used as it stands.
    Otherwise the fluid is searched in the 11 mm behind the disc: it is taken where the 90th percentile there is clearly
    brighter than the marrow beside the disc (so never in T1 weighting, where it is dark) and the bright part runs along
    the whole window, as the sac does and a vein or a fat pad does not.
    """
    front = back_mm - np.arange(_GAP_BEHIND_DISC_MM, _REACH_BEHIND_DISC_MM + _STEP_MM / 2, _STEP_MM)
    up = np.arange(-_CANAL_HALF_LENGTH_MM, _CANAL_HALF_LENGTH_MM + _STEP_MM / 2, _STEP_MM)
    left = np.arange(-_CANAL_HALF_WIDTH_MM, _CANAL_HALF_WIDTH_MM + _STEP_MM / 2, _STEP_MM)
    points = frame.points(front[:, None, None], up[None, :, None], left[None, None, :])
    values, seen = sample(image, points)
    if seen.mean() < 0.5:
        return None
    canal = _canal_at(labels, points) & seen
    if canal.sum() >= 50:
        return float(np.percentile(values[canal], CSF_PERCENTILE))
    # a disc, edited or not, is no fluid: neither are arches and fat, told apart by brightness below
    fluid = float(np.percentile(values[seen], CSF_PERCENTILE))
    marrow = _marrow(image, frame, next_centre_lps)
    if marrow is None or fluid < _LEAST_CSF_TO_MARROW * marrow:
        return None
    bright = seen & (values > 0.5 * (fluid + marrow))
    regions, count = ndimage.label(bright)
    if count == 0:
        return None
    sizes = np.bincount(regions.ravel())[1:]
    largest = regions == 1 + int(np.argmax(sizes))
    length = largest.any(axis=(0, 2)).mean()
    if length < _LEAST_BRIGHT_LENGTH or largest.mean() < _LEAST_BRIGHT_SHARE:
        return None
    return float(np.percentile(values[largest], 75.0))


def _canal_at(labels: Volume, points: np.ndarray) -> np.ndarray:
    ijk = np.rint(labels.ijk_of_lps(points)).astype(int)
    inside = np.all((ijk >= 0) & (ijk < np.array(labels.size_ijk)), axis=-1)
    ijk = np.clip(ijk, 0, np.array(labels.size_ijk) - 1)
    return inside & (labels.array[ijk[..., 2], ijk[..., 1], ijk[..., 0]] == CANAL_LABEL)


def _marrow(image: Volume, frame: DiscFrame, next_centre_lps: np.ndarray | None) -> float | None:
    """Median signal of the vertebral body on one side of the disc: half way to the next disc, else 17 mm above."""
    if next_centre_lps is None:
        centre = frame.centre_mm_lps + 17.0 * frame.up
    else:
        centre = (frame.centre_mm_lps + np.asarray(next_centre_lps)) / 2
    box = np.arange(-5.0, 5.1, 2.0)
    body = DiscFrame(centre, frame.front, frame.up, frame.left)
    values, seen = sample(image, body.points(box[:, None, None], box[None, :, None], box[None, None, :]))
    return float(np.median(values[seen])) if seen.mean() > 0.5 else None
