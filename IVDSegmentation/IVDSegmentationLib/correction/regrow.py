"""A disc from one point: the missed disc, and the disc whose centre was dragged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import ndimage

from ..anatomy import is_disc_label, level_of_label
from ..errors import InputError
from ..segmentation.result import SegmentationResult
from ..spine import Region, region_of
from ..spine.chain import free_unknown_label, label_at
from ..volume import Volume
from .expectation import Expectation, expect_disc
from .levels import find_disc
from .recompute import edited_disc, remove_disc
from .walker import FIXED, solve_walker
from .working_grid import WorkingGrid, component_at

THRESHOLD = 0.5
"""The network's usual threshold; a point lowers it as far as the probability around it asks for."""
USUAL_PEAK = 0.8
"""From this probability near the point on the usual threshold holds: the network has seen the disc."""
LEAST_PROBABILITY = 0.08
"""Below this near the point the network has seen nothing there: then the image decides."""
THRESHOLD_SHARES = (0.6, 0.5, 0.4, 0.3)
"""Thresholds that are tried where the probability is low, as shares of its peak near the point."""
LARGEST_VOLUME_RATIO = 5.0
"""A region that differs more from the volume expected is no disc, whatever the probability."""
SEED_RADIUS_MM = 4.0
"""How far from the disc that is meant a point may be set: half the height of a disc."""
LEAST_VOLUME_MM3 = 150.0
"""What is smaller is no disc: as for the cases that are learned from."""
TAKEN_SHARE = 0.3
"""A voxel of the working grid is not free where other discs have more than this share of it."""
MARGIN_MM = 9.0
"""Margin of the working grid around the expected disc: its height."""
OUTSIDE = 0.45
"""Largest value of the field where the disc must not be; its outline is the 0.5 level."""
PRIOR_WEIGHT, PRIOR_STEEPNESS = 0.15, 6.0
"""Of the expected ellipsoid in the random walk: its weight against the image, and how fast it falls at its surface."""
CORE, END = 0.35, 1.7
"""In radii of the expected ellipsoid: inside of the one all is disc, beyond the other nothing."""
IMAGE_SMOOTHING_MM = 0.6
"""Standard deviation of the Gaussian that takes noise off the image before its edges are used."""


def add_disc_at(result: SegmentationResult, point_lps: Sequence[float], image: Volume) -> SegmentationResult:
    """The result with a disc at a point (LPS mm) that was missed.

    The network's probability around the point decides, with a lower threshold; where it is flat, the image and what the
    neighbours look like. The level is counted from the neighbours; 'unknown' where it does not follow from them. Raises
    ``InputError`` where the point lies outside of the volume, in another disc, or no disc is visible there.
    """
    point = _checked(result, point_lps)
    inside = _label_at(result.labels, point)
    if is_disc_label(inside):
        raise InputError(f"This point lies in {level_of_label(inside)} already. Drag its centre or paint on it to change it.")
    label = label_at(result.discs, point) or free_unknown_label(disc.label for disc in result.discs)
    grown = _grown(result, point, image, label)
    if grown is None:
        raise InputError("No disc is visible at this point. Place it in the middle of the disc, or paint the disc.")
    disc = edited_disc(result, grown)
    if disc.has_level:  # its level is as sure as that of the discs it was counted from
        disc = replace(disc, confidence=min(other.confidence for other in result.discs))
    return result.with_discs(grown.grid, [*result.discs, disc])


def move_centre(result: SegmentationResult, label: int, new_point_lps: Sequence[float], image: Volume) -> SegmentationResult:
    """The result with one disc segmented again around a new centre (LPS mm). Its level stays."""
    find_disc(result, label)
    point = _checked(result, new_point_lps)
    other = _label_at(result.labels, point)
    if is_disc_label(other) and other != label:
        raise InputError(f"This point lies in {level_of_label(other)}. Move it out of the other disc.")
    without = remove_disc(result, label)
    grown = _grown(without, point, image, label)
    if grown is None:
        raise InputError("No disc is visible there. Move the centre into the disc, or paint the disc.")
    return result.with_discs(grown.grid, [*without.discs, edited_disc(result, grown)])


def _checked(result: SegmentationResult, point_lps: Sequence[float]) -> np.ndarray:
    point = np.asarray(point_lps, float).reshape(3)
    ijk = result.labels.ijk_of_lps(point)
    if not np.all(np.isfinite(ijk)) or np.any(ijk < -0.5) or np.any(ijk > np.array(result.labels.size_ijk) - 0.5):
        raise InputError("The point lies outside of the volume. Place it inside the disc.")
    return point


def _label_at(labels: Volume, point: np.ndarray) -> int:
    i, j, k = np.clip(np.rint(labels.ijk_of_lps(point)).astype(int), 0, np.array(labels.size_ijk) - 1)
    return int(labels.array[k, j, i])


def _grown(result: SegmentationResult, point: np.ndarray, image: Volume, label: int) -> Region | None:
    """A disc grown at a point, on the label map that holds it; None where nothing grows."""
    expected = expect_disc(result, point)
    corners = np.array([[a, b, c] for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)]) * 0.5
    reach = expected.frame.points(
        corners[:, 0] * expected.depth_mm, corners[:, 1] * expected.height_mm, corners[:, 2] * expected.width_mm
    )
    grid = WorkingGrid.around(result, image, reach, MARGIN_MM)
    points = grid.points_lps
    taken = grid.to_grid(grid.labels.array > 0) > TAKEN_SHARE
    free_space = expected.in_reach(points) & ~taken
    distance = np.linalg.norm(points - point, axis=-1)
    near = distance <= max(SEED_RADIUS_MM, 1.01 * float(distance.min()))
    peak = float(grid.probability[near & free_space].max()) if (near & free_space).any() else 0.0
    field = None
    if peak >= LEAST_PROBABILITY:
        field = _from_probability(grid, expected, free_space, near, peak)
    if field is None:
        field = _from_image(grid, expected, free_space, near)
    fine = grid.to_box(np.where(free_space, field, np.minimum(field, OUTSIDE)))
    free = grid.labels.array == 0
    mask = component_at((fine >= 0.5) & free, _nearest(grid.crop, point))
    if mask.sum() * result.labels.voxel_mm3 < LEAST_VOLUME_MM3:
        return None
    array = result.labels.array.copy()
    array[grid.box][mask & free] = label
    return region_of(result.labels.with_array(array), label)


def _nearest(crop: Volume, point: np.ndarray) -> np.ndarray:
    """The voxels within a few mm of a point, as a mask over the box."""
    centre = crop.ijk_of_lps(point)
    radius = np.maximum(1.0, SEED_RADIUS_MM / np.asarray(crop.spacing_mm))
    k, j, i = np.ogrid[tuple(slice(0, size) for size in crop.array.shape)]
    return (((i - centre[0]) / radius[0]) ** 2 + ((j - centre[1]) / radius[1]) ** 2 + ((k - centre[2]) / radius[2]) ** 2) <= 1.0


def _from_probability(
    grid: WorkingGrid, expected: Expectation, free_space: np.ndarray, near: np.ndarray, peak: float
) -> np.ndarray | None:
    """A field whose 0.5 level is the disc's outline: the probability, scaled so that the threshold fits its peak here.

    Where the probability is as high as usual, the usual threshold holds. Where it is low, that share of the peak is
    taken whose region comes nearest to the volume expected.
    """
    best: tuple[float, np.ndarray] | None = None
    usual = THRESHOLD if peak >= USUAL_PEAK else None
    voxel = float(np.prod(grid.spacing_kji))
    for threshold in [usual] if usual else [share * peak for share in THRESHOLD_SHARES]:
        region = component_at((grid.probability >= threshold) & free_space, near)
        volume = region.sum() * voxel
        if volume < LEAST_VOLUME_MM3:
            continue
        misfit = abs(np.log(volume / expected.volume_mm3))
        if best is None or misfit < best[0]:
            # outside of the region stays outside, even where the probability is high again
            around = ndimage.binary_dilation(region, iterations=2)
            scaled = grid.probability / (2 * threshold)
            best = (misfit, np.where(around, np.clip(scaled, 0, 1), np.minimum(scaled, OUTSIDE)))
    if best is None or best[0] > np.log(LARGEST_VOLUME_RATIO):
        return None
    return best[1]


def _from_image(grid: WorkingGrid, expected: Expectation, free_space: np.ndarray, near: np.ndarray) -> np.ndarray:
    """The same from the image: a random walk from the point, held by what the neighbours look like."""
    radii = expected.radii_from_centre(grid.points_lps)
    prior = 1.0 / (1.0 + np.exp(np.clip(PRIOR_STEEPNESS * (radii - 1.0), -30, 30)))
    weight = np.full(prior.shape, PRIOR_WEIGHT)
    core, beyond = radii < CORE, ~free_space | (radii > END)
    weight[beyond], prior[beyond] = FIXED, 0.0
    weight[core], prior[core] = FIXED, 1.0
    return solve_walker(prior, weight, grid.smoothed_image(IMAGE_SMOOTHING_MM), grid.spacing_kji)
