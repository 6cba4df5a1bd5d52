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
LARGEST_PART_PERCENTILE = 75.0
"""Of the bright part alone, which is fluid but for its rim."""
LEAST_CORE_VOXELS = 20
"""A disc whose inside has fewer voxels is taken as a whole: the mean of so few is no better without the rim."""
WINDOW_FROM_MM, WINDOW_TO_MM = 2.0, 13.0
"""Behind the disc's back edge: after the ligament, as far as the front half of the sac."""
WINDOW_HALF_WIDTH_MM, WINDOW_HALF_LENGTH_MM = 6.0, 12.0
"""About the disc's centre: the sac is 15 mm wide, and the window ends before the next disc."""
LEAST_SEEN_SHARE = 0.5
"""At least this much of a window must lie in the image."""
LEAST_CANAL_VOXELS = 50
"""A canal in the label map is used where at least so many points of the window lie in it."""
LEAST_CSF_TO_MARROW = 1.25
"""Fluid is at least this much brighter than marrow; in T1 weighting it is darker, and none is found."""
LEAST_BRIGHT_SHARE, LEAST_BRIGHT_LENGTH = 0.10, 0.8
"""The bright part fills this share of the window and this share of its length: a vein or a fat pad does not."""
MARROW_ABOVE_MM = 17.0
"""Half the height of a vertebra, where there is no disc above to go half way to."""
MARROW_HALF_SIZE_MM, MARROW_STEP_MM = 5.0, 2.0
"""A cube of marrow within the vertebral body, and the distance of its points."""
STEP_MM = 1.0
"""Distance of the window's points."""


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
    if core.voxels < LEAST_CORE_VOXELS:
        core = disc
    values, seen = sample(image, core.points_lps)
    if not seen.any():
        return None
    return DiscSignal(float(values[seen].mean()), float(values[seen].std()))


def csf_behind(
    image: Volume, labels: Volume, frame: DiscFrame, back_mm: float, next_centre_lps: np.ndarray | None
) -> float | None:
    """Signal of the fluid behind one disc; None where no fluid is found.

    ``back_mm`` is the frame's front coordinate of the disc's back edge. A canal in the label map is used as it stands.
    Otherwise the fluid is searched in the 11 mm behind the disc: it is taken where the 90th percentile there is clearly
    brighter than the marrow beside the disc (so never in T1 weighting, where it is dark) and the bright part runs along
    the whole window, as the sac does and a vein or a fat pad does not.
    """
    front = back_mm - np.arange(WINDOW_FROM_MM, WINDOW_TO_MM + STEP_MM / 2, STEP_MM)
    up = np.arange(-WINDOW_HALF_LENGTH_MM, WINDOW_HALF_LENGTH_MM + STEP_MM / 2, STEP_MM)
    left = np.arange(-WINDOW_HALF_WIDTH_MM, WINDOW_HALF_WIDTH_MM + STEP_MM / 2, STEP_MM)
    points = frame.points(front[:, None, None], up[None, :, None], left[None, None, :])
    values, seen = sample(image, points)
    if seen.mean() < LEAST_SEEN_SHARE:
        return None
    canal = _canal_at(labels, points) & seen
    if canal.sum() >= LEAST_CANAL_VOXELS:
        return float(np.percentile(values[canal], CSF_PERCENTILE))
    # a disc, edited or not, is no fluid: neither are arches and fat, told apart by brightness below
    fluid = float(np.percentile(values[seen], CSF_PERCENTILE))
    marrow = _marrow(image, frame, next_centre_lps)
    if marrow is None or fluid < LEAST_CSF_TO_MARROW * marrow:
        return None
    bright = seen & (values > 0.5 * (fluid + marrow))
    regions, count = ndimage.label(bright)
    if count == 0:
        return None
    sizes = np.bincount(regions.ravel())[1:]
    largest = regions == 1 + int(np.argmax(sizes))
    length = largest.any(axis=(0, 2)).mean()
    if length < LEAST_BRIGHT_LENGTH or largest.mean() < LEAST_BRIGHT_SHARE:
        return None
    return float(np.percentile(values[largest], LARGEST_PART_PERCENTILE))


def _canal_at(labels: Volume, points: np.ndarray) -> np.ndarray:
    ijk = np.rint(labels.ijk_of_lps(points)).astype(int)
    inside = np.all((ijk >= 0) & (ijk < np.array(labels.size_ijk)), axis=-1)
    ijk = np.clip(ijk, 0, np.array(labels.size_ijk) - 1)
    return inside & (labels.array[ijk[..., 2], ijk[..., 1], ijk[..., 0]] == CANAL_LABEL)


def _marrow(image: Volume, frame: DiscFrame, next_centre_lps: np.ndarray | None) -> float | None:
    """Median signal of the vertebral body above the disc: half way to the next disc, else ``MARROW_ABOVE_MM`` above."""
    if next_centre_lps is None:
        centre = frame.centre_mm_lps + MARROW_ABOVE_MM * frame.up
    else:
        centre = (frame.centre_mm_lps + np.asarray(next_centre_lps)) / 2
    box = np.arange(-MARROW_HALF_SIZE_MM, MARROW_HALF_SIZE_MM + MARROW_STEP_MM / 2, MARROW_STEP_MM)
    body = DiscFrame(centre, frame.front, frame.up, frame.left)
    values, seen = sample(image, body.points(box[:, None, None], box[None, :, None], box[None, None, :]))
    return float(np.median(values[seen])) if seen.mean() > LEAST_SEEN_SHARE else None
