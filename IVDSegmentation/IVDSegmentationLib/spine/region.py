"""The voxels of one label: cut out, measured, and compared with the border of the image. Nothing else computes these."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..anatomy import is_disc_label
from ..volume import Volume
from ..volume.box import Box, bounding_box
from ..volume.frame import sagittal_axis_order
from ..volume.sample import sample
from .disc import Disc, Flag

PATIENT_UP = np.array([0.0, 0.0, 1.0])
"""LPS."""

BORDER_LAYER_MM, CUT_OFF_SHARE = 2.0, 0.05
"""A disc counts as cut off where more than this share of it would fit into a layer of 2 mm (a slice of the network's
grid) on the border of the image: a rim that just reaches the border has less."""
SLAB_MM = 40.0
"""An image narrower than this from left to right cuts every lumbar disc at its sides (they are 45 to 60 mm wide): that is said
of the scan, not of each disc."""
THIN_MM = 3.0
"""Annotated discs that lie wholly in the image are 4.3 mm thick or more, 8.1 in the median: what is thinner has collapsed, or
is part of a disc."""
_MOST_SAMPLES = 5000
"""Points of a disc at which its mean probability is taken: the mean of 5000 is within 0.01 of that of all."""


@dataclass(frozen=True, eq=False)
class Region:
    """Voxels on a grid: ``mask`` (bool, axes k, j, i) covers ``box`` of ``grid``, the volume they were cut out of.

    ``label`` is the value it was cut out by, 0 where there is none. ``share`` (0 … 1) is the part of those voxels that
    is left: below 1 after ``within`` only.
    """

    grid: Volume
    box: Box
    mask: np.ndarray
    label: int = 0
    share: float = 1.0

    @cached_property
    def voxels(self) -> int:
        return int(np.count_nonzero(self.mask))

    @property
    def volume_mm3(self) -> float:
        return self.voxels * self.grid.voxel_mm3

    @cached_property
    def points_kji(self) -> np.ndarray:
        """Indices of the voxels in the grid, (n, 3)."""
        return np.argwhere(self.mask) + [part.start for part in self.box]

    @cached_property
    def points_lps(self) -> np.ndarray:
        """Centres of the voxels, (n, 3), millimetres."""
        return self.grid.lps_of_ijk(self.points_kji[:, ::-1])

    @cached_property
    def centre_kji(self) -> np.ndarray:
        """Centroid in voxels of the grid; NaN without voxels."""
        return self.points_kji.mean(axis=0) if self.voxels else np.full(3, np.nan)

    @cached_property
    def centre_mm_lps(self) -> np.ndarray:
        return self.grid.lps_of_ijk(self.centre_kji[::-1])

    @property
    def centre(self) -> tuple[float, float, float]:
        """``centre_mm_lps`` as plain numbers."""
        x, y, z = self.centre_mm_lps
        return (float(x), float(y), float(z))

    # ------------------------------------------------------------------ border
    @cached_property
    def border_faces(self) -> tuple[int, int, int]:
        """Number of its voxel faces that lie on the border of the image, for the axes i, j, k."""
        counts = []
        for axis, (part, size) in enumerate(zip(self.box, self.grid.array.shape)):
            ends = [at for at, reached in ((0, part.start == 0), (-1, part.stop == size)) if reached]
            counts.append(int(np.count_nonzero(np.take(self.mask, ends, axis=axis))))
        return (counts[2], counts[1], counts[0])

    def touches_border(self, axis: int) -> bool:
        """Whether it reaches the border of the image along an axis (0 = i)."""
        return self.border_faces[axis] > 0

    @property
    def is_cut_off(self) -> bool:
        """Whether the border of the image cuts it, rather than touching it. The sides of a slab do not count: see
        ``slab_width_mm``."""
        sides = lateral_axis(self.grid) if slab_width_mm(self.grid) is not None else None
        return self._is_cut([axis for axis in range(3) if axis != sides])

    @property
    def is_cut_at_sides(self) -> bool:
        """Whether the border of the image cuts it on the left or on the right."""
        return self._is_cut([lateral_axis(self.grid)])

    def _is_cut(self, axes: Iterable[int]) -> bool:
        """``axes``: those of the grid (0 = i) whose borders count."""
        area_mm2 = sum(self.border_faces[axis] * self.grid.voxel_mm3 / self.grid.spacing_mm[axis] for axis in axes)
        return area_mm2 * BORDER_LAYER_MM > CUT_OFF_SHARE * self.volume_mm3

    # ------------------------------------------------------------------- shape
    @cached_property
    def normal(self) -> np.ndarray:
        """Unit vector across the disc, LPS, pointing up."""
        return plane_normal(self.points_lps, PATIENT_UP)

    @cached_property
    def extent_mm(self) -> tuple[float, float]:
        """Where it ends along its normal, from its centre: (below, above)."""
        along = (self.points_lps - self.centre_mm_lps) @ self.normal
        return (float(along.min()), float(along.max()))

    @cached_property
    def thickness_mm(self) -> float:
        """Mean thickness: volume over the area seen along its normal, taken from the axis of the grid nearest to it."""
        cosines = self.normal @ self.grid.direction
        axis = int(np.argmax(np.abs(cosines)))
        columns = np.count_nonzero(self.mask.any(axis=2 - axis))
        area_mm2 = columns * self.grid.voxel_mm3 / self.grid.spacing_mm[axis] / abs(cosines[axis])
        return self.volume_mm3 / area_mm2 if columns else 0.0

    @property
    def is_thin(self) -> bool:
        return self.thickness_mm < THIN_MM

    @property
    def flags(self) -> tuple[Flag, ...]:
        """What its voxels alone tell: whether it is cut off or thin."""
        found = ((Flag.CUT_OFF, self.is_cut_off), (Flag.THIN, self.is_thin))
        return tuple(flag for flag, holds in found if holds)

    # ---------------------------------------------------------- other volumes
    def within(self, valid: np.ndarray) -> Region:
        """The part of it inside a mask on the same grid; ``share`` says how much that is."""
        mask = self.mask & valid[self.box]
        return replace(self, mask=mask, share=self.share * float(np.count_nonzero(mask) / max(1, self.voxels)))

    def overlap(self, other: Region) -> int:
        """Number of voxels that both have. Both must lie on the same grid."""
        parts = []
        for one, two in ((self, other), (other, self)):
            cut = []
            for mine, theirs in zip(one.box, two.box):
                start, stop = max(mine.start, theirs.start), min(mine.stop, theirs.stop)
                if start >= stop:
                    return 0
                cut.append(slice(start - mine.start, stop - mine.start))
            parts.append(one.mask[tuple(cut)])
        return int(np.count_nonzero(parts[0] & parts[1]))

    def components(self, least_share: float) -> list[Region]:
        """Its connected components from below, without those that have less than this share of the largest one."""
        from scipy import ndimage

        parts = _large_components(self.mask, least_share)
        found = []
        for number, box in enumerate(ndimage.find_objects(parts), 1):
            if box is not None:
                found.append(replace(self, box=moved(box, self.box, +1), mask=parts[box] == number))
        return sorted(found, key=lambda region: region.centre_mm_lps[2])

    def mask_in(self, box: Box) -> np.ndarray:
        """Its mask over another box, which must hold all of it."""
        mask = np.zeros([part.stop - part.start for part in box], bool)
        mask[moved(self.box, box, -1)] = self.mask
        return mask

    def disc(self, probability: Volume, confidence: float, edited: bool = False) -> Disc:
        """The disc with these voxels; ``probability``: the network's, on any grid. See also ``chain.with_flags``."""
        flags = (*self.flags, Flag.EDITED) if edited else self.flags
        return Disc(self.label, self.centre, self.volume_mm3, confidence, round(self.mean_of(probability), 3), flags)

    def mean_of(self, values: Volume) -> float:
        """Mean of a volume on any grid inside the region, linearly interpolated; 0 where it lies outside of it."""
        points = self.points_lps[:: max(1, self.voxels // _MOST_SAMPLES)]
        found, seen = sample(values, points)
        return float(found[seen].mean()) if seen.any() else 0.0


def moved(box: Box, window: Box, sign: int) -> Box:
    """A box moved by the start of a window: -1 from the whole into the window, +1 back."""
    k, j, i = (slice(b.start + sign * w.start, b.stop + sign * w.start) for b, w in zip(box, window))
    return (k, j, i)


def lateral_axis(grid: Volume) -> int:
    """The axis of a volume (0 = i) that runs from one side of the patient to the other."""
    return sagittal_axis_order(grid.direction).axes[2]


def slab_width_mm(grid: Volume) -> float | None:
    """Width of a volume from left to right where it shows only the middle of the spine (``SLAB_MM``), else None."""
    axis = lateral_axis(grid)
    width = grid.size_ijk[axis] * grid.spacing_mm[axis]
    return width if width < SLAB_MM else None


def region_of(labels: Volume, label: int) -> Region | None:
    """The voxels of one label value; None where there are none."""
    from scipy import ndimage  # not at import: it takes 0.2 s, and the worker reports that it is there first

    boxes = ndimage.find_objects((labels.array == label).astype(np.uint8))
    return _cut_out(labels, label, boxes[0]) if boxes else None


def disc_regions(labels: Volume) -> dict[int, Region]:
    """Label value -> region of every disc of a label map, in the order of their height in the patient, from below.

    Vertebral bodies, canal and what else is in the label map are left out.
    """
    from scipy import ndimage  # not at import: it takes 0.2 s, and the worker reports that it is there first

    array = np.asarray(labels.array)
    if array.dtype != np.uint8:
        array = np.clip(array, 0, 255).astype(np.uint8)  # no disc has a value from 99 on
    plain = replace(labels, array=array)
    content = bounding_box(array > 0)
    if content is None:
        return {}
    found = [
        _cut_out(plain, label, moved(box, content, +1))
        for label, box in enumerate(ndimage.find_objects(array[content]), 1)
        if box is not None and is_disc_label(label)
    ]
    return {region.label: region for region in sorted(found, key=lambda region: region.centre_mm_lps[2])}


def plane_normal(points: np.ndarray, up: np.ndarray, whole: bool = False) -> np.ndarray:
    """Unit normal of a flat cloud of points (n, d): of its principal axes the one nearest to ``up``, pointing up.

    For a disc that is its flattest direction; for a fragment it never lies in the plane of the disc. Where the cloud is known
    to be a ``whole`` disc its flatness counts as well: above a steep sacrum a disc is tilted by more than 45 degrees.
    Fewer than three points have no plane: ``up`` itself.
    """
    up = np.asarray(up, float)
    if len(points) < 3:
        return up
    spread = np.cov((points - points.mean(axis=0)).T) + 1e-6 * np.eye(len(up))  # points on a line have no plane either
    variances, axes = np.linalg.eigh(spread)
    cosines = up @ axes
    nearest = int(np.argmax(np.abs(cosines) / np.sqrt(variances) if whole else np.abs(cosines)))
    return axes[:, nearest] * (np.sign(cosines[nearest]) or 1.0)


def without_small_components(mask: np.ndarray, least_share: float) -> np.ndarray:
    """A mask without the connected components that have less than this share of the largest one's voxels."""
    return _large_components(mask, least_share) > 0


def _large_components(mask: np.ndarray, least_share: float) -> np.ndarray:
    """Number of the connected component of each voxel, 0 outside and in small ones. Voxels that share a corner touch."""
    from scipy import ndimage

    parts, count = ndimage.label(mask, np.ones((3, 3, 3)))
    sizes = np.bincount(parts.ravel(), minlength=count + 1)
    sizes[0] = 0
    kept = sizes >= max(1, least_share * sizes.max())
    return np.where(kept, np.arange(count + 1), 0)[parts]


def _cut_out(labels: Volume, label: int, box: Box) -> Region:
    return Region(labels, box, labels.array[box] == label, label)
