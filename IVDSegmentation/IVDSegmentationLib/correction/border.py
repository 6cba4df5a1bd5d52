"""A wrong border: the user marks what belongs to the disc and what does not, the border follows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from ..errors import InputError
from ..segmentation.result import SegmentationResult
from ..spine.region import region_of, without_small_components
from ..volume import Volume
from .levels import find_disc
from .recompute import recompute
from .walker import FIXED, solve_walker
from .working_grid import WorkingGrid, component_at

BRUSH_MM = 2.0
"""Radius around a marked point that counts as marked, too: clicks are no more exact."""
REACH_MM = 11.0
"""Distance from a mark at which the old border and the image count the same."""
UNCHANGED_INFLUENCE = 0.02
"""Where a mark has less influence, which is 2.4 times ``REACH_MM`` away, the border stays exactly as it was."""
CONFIRMED_REACH_MM = 28.0
"""How far from a mark the border is replaced by the network's where both agree: not beyond the disc's other side."""
OLD_WEIGHT, NETWORK_WEIGHT, IMAGE_WEIGHT = 1.0, 1.0, 0.1
"""Weights of the prior in the random walk: the old border and the network hold against a weak edge of the image, the grey
value of a voxel alone does not."""
BEYOND_MM = 4.0
"""How far a contradicting mark moves a border beyond the marks themselves: half the height of a disc."""
CLEAR_OF_MARK_MM = 4.0
"""Voxels of the other side of the border nearer to a mark than this may belong to either side."""
SURE_SHARE = 0.9
"""A voxel of the working grid is inside of the old border from this share on, and outside below the rest of it."""
GREY_LEVELS, GREY_SMOOTHING, LEAST_GREY_SHARE = 24, 1.5, 0.005
"""Histogram of grey values: bins between the 1st and 99th percentile, standard deviation of its smoothing in bins, and the
share that also a bin without voxels has. Fewer than ``LEAST_VOXELS`` have no histogram."""
LEAST_VOXELS = 10
IMAGE_SMOOTHING_MM = 0.5
"""Standard deviation of the Gaussian that takes noise off the image before its edges are used."""
MARGIN_MM = 8.0
"""Margin of the working grid around the disc and the marks: a disc's height."""
LEAST_COMPONENT_SHARE = 0.02
"""Components of the new outline smaller than this beside the largest one are noise of the random walk, not disc."""


def refine_border(
    result: SegmentationResult,
    label: int,
    image: Volume,
    include: Sequence[Sequence[float]] | np.ndarray = (),
    exclude: Sequence[Sequence[float]] | np.ndarray = (),
    brush_mm: float = BRUSH_MM,
) -> SegmentationResult:
    """The result with the border of one disc drawn again near the marks.

    ``include`` and ``exclude`` are marks: points (n, 3) in LPS mm, each with all within ``brush_mm``, or a boolean array on
    the grid of the labels (painted). Marks hold exactly. Near them the border follows the network's probability where
    that agrees with the marks, and the edges of the image where it does not; further away it stays as it was. Other
    discs are never painted over.
    """
    before = find_disc(result, label)
    wanted, unwanted = _marks(result.labels, include), _marks(result.labels, exclude)
    if not len(wanted) and not len(unwanted):
        raise InputError("No marks were given. Paint on what belongs to the disc, or on what does not.")
    region = region_of(result.labels, label)
    if region is None:
        raise InputError(f"{before.name} has no voxels. Add the disc with one point instead.")
    marks = np.concatenate([wanted, unwanted])
    grid = WorkingGrid.around(result, image, np.concatenate([region.points_lps, marks]), MARGIN_MM)
    own = grid.labels.array == label
    others = (grid.labels.array > 0) & ~own
    old = grid.to_grid(own)
    marked_in, marked_out = _at(grid, wanted), _at(grid, unwanted)
    if not marked_in.any() and not marked_out.any():
        raise InputError("The marks lie outside of the volume.")
    prior, weight, influence = _evidence(grid, old, marked_in, marked_out, brush_mm)
    fixed_out = grid.to_grid(others) > 0.5
    inside = _distance(grid, marked_in) <= brush_mm
    for where, value in ((_distance(grid, marked_out) <= brush_mm, 0.0), (inside, 1.0)):
        prior[where], weight[where] = value, FIXED
    prior[fixed_out], weight[fixed_out] = 0.0, FIXED
    unchanged = influence < UNCHANGED_INFLUENCE
    prior[unchanged], weight[unchanged] = old[unchanged], FIXED
    smooth = grid.smoothed_image(IMAGE_SMOOTHING_MM)
    field = grid.to_box(solve_walker(prior, weight, smooth, grid.spacing_kji))
    changed = np.where(grid.to_box(influence) < UNCHANGED_INFLUENCE, own, field >= 0.5) & ~others
    wanted_parts = component_at(changed, own | (grid.to_box(inside.astype(np.float32)) > 0.5))
    changed = without_small_components(wanted_parts, LEAST_COMPONENT_SHARE)
    if not changed.any():
        raise InputError(f"Nothing of {before.name} would be left. Delete the disc instead.")
    array = result.labels.array.copy()
    part = array[grid.box]
    part[own] = 0
    part[changed & ~others] = label
    labels = result.labels.with_array(array)
    return recompute(result, labels, touched=[label])


def _marks(labels: Volume, marks: Sequence[Sequence[float]] | np.ndarray) -> np.ndarray:
    """Marks as LPS points (n, 3)."""
    array = np.asarray(marks)
    if array.dtype == bool and array.ndim == 3:
        if array.shape != labels.array.shape:
            raise InputError("The painted marks lie on another grid than the segmentation.")
        return labels.lps_of_ijk(np.argwhere(array)[:, ::-1])
    return array.reshape(-1, 3).astype(float)


def _at(grid: WorkingGrid, marks: np.ndarray) -> np.ndarray:
    """The voxels of the working grid nearest to the marks, as a mask."""
    where = np.zeros(grid.image.array.shape, bool)
    ijk = np.rint(grid.image.ijk_of_lps(marks)).astype(int)
    i, j, k = ijk[np.all((ijk >= 0) & (ijk < np.array(grid.image.size_ijk)), axis=1)].T
    where[k, j, i] = True
    return where


def _distance(grid: WorkingGrid, marked: np.ndarray) -> np.ndarray:
    """Millimetres to the nearest marked voxel; infinite without any."""
    if not marked.any():
        return np.full(marked.shape, np.inf)
    return ndimage.distance_transform_edt(~marked, sampling=grid.spacing_kji)


def _evidence(
    grid: WorkingGrid, old: np.ndarray, marked_in: np.ndarray, marked_out: np.ndarray, brush_mm: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(prior, weight, influence of the marks 0 … 1) on the working grid.

    A mark that includes only ever adds, one that excludes only ever takes away: the other side of the old border is not
    in question. Where the network says the same as the mark, the whole part in which it differs from the old border is
    taken over. Where it contradicts the mark, the image decides: edges, and which grey values were marked.
    """
    network = np.clip(grid.probability, 0.0, 1.0)
    prior, weight = old.astype(float), np.full(old.shape, OLD_WEIGHT)
    influence = np.zeros(old.shape)
    for marked, belongs in ((marked_in, True), (marked_out, False)):
        open_side = old < 0.5 if belongs else old >= 0.5
        agrees = (network >= 0.5) == belongs
        doubted = marked & ~agrees
        if doubted.any():
            distance = _distance(grid, doubted)
            near = np.exp2(-((distance / REACH_MM) ** 2))
            brush = distance <= brush_mm
            likely = _likely(grid.image.array, old, brush, belongs, distance)
            share = np.where(open_side & ~_far_side(grid, old, brush, belongs), near, 0.0)
            prior = share * likely + (1 - share) * prior
            weight = share * IMAGE_WEIGHT + (1 - share) * weight
            influence = np.maximum(influence, near)
        confirmed = marked & agrees
        if confirmed.any():
            distance = _distance(grid, confirmed)
            confirmed_part = component_at(open_side & agrees, confirmed) & (distance <= CONFIRMED_REACH_MM)
            # the old border has a soft rim: the voxels around it are in question too
            rim = ndimage.binary_dilation(confirmed_part)
            prior[rim], weight[rim] = network[rim], NETWORK_WEIGHT
            influence[ndimage.binary_dilation(confirmed_part, iterations=2)] = 1.0
            influence = np.maximum(influence, np.exp2(-((distance / brush_mm) ** 2)))
    return prior, weight, influence


def _far_side(grid: WorkingGrid, old: np.ndarray, marked: np.ndarray, belongs: bool) -> np.ndarray:
    """What a mark cannot reach: more than ``BEYOND_MM`` beyond the old border and the marks."""
    start = (old >= 0.5) | marked if belongs else (old < 0.5) | marked
    return ndimage.distance_transform_edt(~start, sampling=grid.spacing_kji) > BEYOND_MM


def _likely(image: np.ndarray, old: np.ndarray, marked: np.ndarray, belongs: bool, distance: np.ndarray) -> np.ndarray:
    """How likely each voxel is disc by its grey value alone: marked ones against the other side of the border."""
    around, near, clear = distance < 1.5 * REACH_MM, distance < REACH_MM / 2, distance > CLEAR_OF_MARK_MM
    inside, outside = old > SURE_SHARE, old < 1 - SURE_SHARE
    if belongs:
        disc, rest = marked | (inside & near), around & outside & clear
    else:
        disc, rest = around & inside & clear, marked | (outside & near)
    if disc.sum() < LEAST_VOXELS or rest.sum() < LEAST_VOXELS:
        return np.full(image.shape, 0.5)
    low, high = np.percentile(image[around], [1, 99])
    last = GREY_LEVELS - 1
    bins = np.clip((image - low) / max(high - low, 1e-6) * last, 0, last).astype(int)
    counts = [np.bincount(bins[part], minlength=GREY_LEVELS).astype(float) for part in (disc, rest)]
    shares = [
        ndimage.gaussian_filter1d(count / count.sum(), GREY_SMOOTHING, mode="nearest") + LEAST_GREY_SHARE for count in counts
    ]
    return (shares[0] / (shares[0] + shares[1]))[bins]
