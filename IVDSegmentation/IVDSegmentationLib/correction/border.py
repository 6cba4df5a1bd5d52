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
from .workbench import Workbench, component_at

BRUSH_MM = 2.0
"""Radius of the ball that a mark stands for."""
REACH_MM = 11.0
"""Distance from a mark at which the old border and the image count the same; three times as far nothing changes."""
PIECE_REACH_MM = 28.0
"""How far from a mark a piece of the border is replaced in which the network agrees with the mark."""
_TRUST_OLD, _TRUST_NETWORK, _TRUST_IMAGE = 1.0, 1.0, 0.1
_BEYOND_MM = 4.0
_UNCHANGED = 0.02
_MARGIN_MM = 8.0
LEAST_COMPONENT_SHARE = 0.02
"""Parts of the new outline smaller than this beside the largest one are noise of the random walk, not disc."""


def refine_border(
    result: SegmentationResult,
    label: int,
    image: Volume,
    include: Sequence[Sequence[float]] | np.ndarray = (),
    exclude: Sequence[Sequence[float]] | np.ndarray = (),
    brush_mm: float = BRUSH_MM,
) -> SegmentationResult:
    """The result with the border of one disc drawn again near the marks.

    ``include`` and ``exclude`` are marks: points (n, 3) in LPS mm, each a ball of ``brush_mm``, or a boolean array on
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
    bench = Workbench.around(result, image, np.concatenate([region.points_lps, marks]), _MARGIN_MM)
    own = bench.labels.array == label
    others = (bench.labels.array > 0) & ~own
    old = bench.to_grid(own)
    marked_in, marked_out = _at(bench, wanted), _at(bench, unwanted)
    if not marked_in.any() and not marked_out.any():
        raise InputError("The marks lie outside of the volume.")
    prior, trust, influence = _evidence(bench, old, marked_in, marked_out, brush_mm)
    fixed_out = bench.to_grid(others) > 0.5
    inside = _balls(bench, marked_in, brush_mm)
    for where, value in ((_balls(bench, marked_out, brush_mm), 0.0), (inside, 1.0)):
        prior[where], trust[where] = value, FIXED
    prior[fixed_out], trust[fixed_out] = 0.0, FIXED
    still = influence < _UNCHANGED
    prior[still], trust[still] = old[still], FIXED
    image_smooth = ndimage.gaussian_filter(
        bench.grid.array.astype(np.float32), [0.5 / max(spacing, 0.5) for spacing in bench.spacing_kji]
    )
    field = bench.to_box(solve_walker(prior, trust, image_smooth, bench.spacing_kji))
    changed = np.where(bench.to_box(influence) < _UNCHANGED, own, field >= 0.5) & ~others
    wanted_parts = component_at(changed, own | (bench.to_box(inside.astype(np.float32)) > 0.5))
    changed = without_small_components(wanted_parts, LEAST_COMPONENT_SHARE)
    if not changed.any():
        raise InputError(f"Nothing of {before.name} would be left. Delete the disc instead.")
    array = result.labels.array.copy()
    part = array[bench.box]
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


def _at(bench: Workbench, marks: np.ndarray) -> np.ndarray:
    """The voxels of the bench nearest to the marks, as a mask."""
    where = np.zeros(bench.grid.array.shape, bool)
    ijk = np.rint(bench.grid.ijk_of_lps(marks)).astype(int)
    i, j, k = ijk[np.all((ijk >= 0) & (ijk < np.array(bench.grid.size_ijk)), axis=1)].T
    where[k, j, i] = True
    return where


def _balls(bench: Workbench, marked: np.ndarray, brush_mm: float) -> np.ndarray:
    """All voxels within the brush of a marked one."""
    return _distance(bench, marked) <= brush_mm


def _distance(bench: Workbench, marked: np.ndarray) -> np.ndarray:
    """Millimetres to the nearest marked voxel; infinite without any."""
    if not marked.any():
        return np.full(marked.shape, np.inf)
    return ndimage.distance_transform_edt(~marked, sampling=bench.spacing_kji)


def _evidence(
    bench: Workbench, old: np.ndarray, marked_in: np.ndarray, marked_out: np.ndarray, brush_mm: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(prior, trust, influence of the marks 0 … 1) on the bench.

    A mark that includes only ever adds, one that excludes only ever takes away: the other side of the old border is not
    in question. Where the network says the same as the mark, the whole piece in which it differs from the old border is
    taken over. Where it contradicts the mark, the image decides: edges, and which grey values were marked.
    """
    network = np.clip(bench.probability, 0.0, 1.0)
    prior, trust = old.astype(float), np.full(old.shape, _TRUST_OLD)
    influence = np.zeros(old.shape)
    for marked, belongs in ((marked_in, True), (marked_out, False)):
        open_side = old < 0.5 if belongs else old >= 0.5
        agrees = (network >= 0.5) == belongs
        doubted = marked & ~agrees
        if doubted.any():
            distance = _distance(bench, doubted)
            near = np.exp2(-((distance / REACH_MM) ** 2))
            ball = distance <= brush_mm
            likely = _likely(bench.grid.array, old, ball, belongs, distance)
            weight = np.where(open_side & ~_far_side(bench, old, ball, belongs), near, 0.0)
            prior = weight * likely + (1 - weight) * prior
            trust = weight * _TRUST_IMAGE + (1 - weight) * trust
            influence = np.maximum(influence, near)
        confirmed = marked & agrees
        if confirmed.any():
            distance = _distance(bench, confirmed)
            piece = component_at(open_side & agrees, confirmed) & (distance <= PIECE_REACH_MM)
            # the old border has a soft rim: the voxels around the piece are in question too
            rim = ndimage.binary_dilation(piece)
            prior[rim], trust[rim] = network[rim], _TRUST_NETWORK
            influence[ndimage.binary_dilation(piece, iterations=2)] = 1.0
            influence = np.maximum(influence, np.exp2(-((distance / brush_mm) ** 2)))
    return prior, trust, influence


def _far_side(bench: Workbench, old: np.ndarray, marked: np.ndarray, belongs: bool) -> np.ndarray:
    """What a mark cannot reach: more than a brush and a half beyond the old border and the marks."""
    start = (old >= 0.5) | marked if belongs else (old < 0.5) | marked
    return ndimage.distance_transform_edt(~start, sampling=bench.spacing_kji) > _BEYOND_MM


def _likely(
    image: np.ndarray, old: np.ndarray, marked: np.ndarray, belongs: bool, distance: np.ndarray
) -> np.ndarray:
    """How likely each voxel is disc by its grey value alone: marked ones against the other side of the border."""
    around = distance < 1.5 * REACH_MM
    if belongs:
        disc, rest = marked | ((old > 0.9) & (distance < REACH_MM / 2)), around & (old < 0.1) & (distance > 4.0)
    else:
        disc, rest = around & (old > 0.9) & (distance > 4.0), marked | ((old < 0.1) & (distance < REACH_MM / 2))
    if disc.sum() < 10 or rest.sum() < 10:
        return np.full(image.shape, 0.5)
    low, high = np.percentile(image[around], [1, 99])
    bins = np.clip((image - low) / max(high - low, 1e-6) * 23, 0, 23).astype(int)
    counts = [np.bincount(bins[part], minlength=24).astype(float) for part in (disc, rest)]
    shares = [ndimage.gaussian_filter1d(count / count.sum(), 1.5, mode="nearest") + 0.005 for count in counts]
    return (shares[0] / (shares[0] + shares[1]))[bins]
