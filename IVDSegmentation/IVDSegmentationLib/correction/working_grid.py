"""The grid around one disc on which a correction is computed: small enough for an answer in a fraction of a second."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..segmentation.postprocess import at_border, log_odds
from ..segmentation.result import SegmentationResult
from ..volume import Volume
from ..volume.frame import resample_array
from ..volume.sample import points_of_voxels, sample

FINEST_SPACING_MM = 0.9
"""Finer volumes are brought to this: the outline still lies between voxels, since the field is interpolated back."""
COARSEST_SPACING_MM = 1.6
"""However large the box, no coarser than this: a collapsed disc is 3 mm thick."""
MOST_VOXELS = 160_000
"""The random walk over so many voxels takes a few tenths of a second on one core."""


@dataclass(frozen=True)
class WorkingGrid:
    """``box``: (k, j, i) slices of the input's grid; ``image``: the image in the box, at a spacing that keeps
    the work small; ``probability``: the network's, on that grid, 0.5 where its outlines run; ``labels``: the box of the label
    map, on the input's grid."""

    box: tuple[slice, slice, slice]
    crop: Volume
    image: Volume
    probability: np.ndarray
    labels: Volume

    @classmethod
    def around(cls, result: SegmentationResult, image: Volume, points_lps: np.ndarray, margin_mm: float) -> WorkingGrid:
        """The box that holds all points and a margin. ``image`` may lie on any grid."""
        labels = result.labels
        ijk = labels.ijk_of_lps(np.atleast_2d(points_lps))
        margin = margin_mm / np.asarray(labels.spacing_mm)
        low = np.clip(np.floor(ijk.min(axis=0) - margin), 0, np.array(labels.size_ijk) - 1).astype(int)
        high = np.clip(np.ceil(ijk.max(axis=0) + margin) + 1, low + 1, labels.size_ijk).astype(int)
        box = tuple(slice(int(low[axis]), int(high[axis])) for axis in (2, 1, 0))
        origin = tuple(labels.lps_of_ijk(low))
        label_box = Volume(labels.array[box], labels.spacing_mm, origin, labels.direction)
        if image.same_grid(labels):
            crop = label_box.with_array(np.asarray(image.array[box], np.float32))
        else:
            crop = label_box.with_array(sample(image, points_of_voxels(label_box))[0].astype(np.float32))
        grid = _coarser(crop)
        probability, seen = sample(result.probability, points_of_voxels(grid))
        border = float(log_odds(result.model.outline_level))
        probability = at_border(np.where(seen, probability, 0.0).astype(np.float32), border)
        return cls(box, crop, grid, probability, label_box)  # type: ignore[arg-type]

    @property
    def spacing_kji(self) -> tuple[float, float, float]:
        return self.image.spacing_mm[::-1]  # type: ignore[return-value]

    @property
    def points_lps(self) -> np.ndarray:
        """Voxel centres of ``image`` (k, j, i, 3)."""
        return points_of_voxels(self.image)

    def smoothed_image(self, sd_mm: float) -> np.ndarray:
        """The image after a Gaussian of this standard deviation, at most one voxel along each axis; float32."""
        return ndimage.gaussian_filter(
            self.image.array.astype(np.float32), [sd_mm / max(spacing, sd_mm) for spacing in self.spacing_kji]
        )

    def to_grid(self, array: np.ndarray) -> np.ndarray:
        """An array of the box (input's grid) on the grid of ``image``, float32: masks become shares."""
        if array.shape == self.image.array.shape:
            return np.asarray(array, np.float32)
        return resample_array(array, self.crop.spacing_mm, self.image.size_ijk, self.image.spacing_mm)

    def to_box(self, array: np.ndarray) -> np.ndarray:
        """A float array of ``image`` on the input's own voxels of the box."""
        if array.shape == self.crop.array.shape:
            return array
        return resample_array(array, self.image.spacing_mm, self.crop.size_ijk, self.crop.spacing_mm)


def _coarser(crop: Volume) -> Volume:
    spacing = np.maximum(crop.spacing_mm, FINEST_SPACING_MM)
    extent = np.array(crop.size_ijk) * np.array(crop.spacing_mm)
    count = np.prod(np.ceil(extent / spacing))
    if count > MOST_VOXELS:
        spacing = np.maximum(spacing, min(COARSEST_SPACING_MM, FINEST_SPACING_MM * (count / MOST_VOXELS) ** (1 / 3)))
    size = tuple(int(max(1, round(value))) for value in extent / spacing)
    if size == crop.size_ijk:
        return crop
    array = resample_array(crop.array, crop.spacing_mm, size, tuple(spacing))  # type: ignore[arg-type]
    centre = crop.lps_of_ijk((np.array(crop.size_ijk) - 1) / 2)
    origin = centre - crop.direction @ ((np.array(size) - 1) / 2 * spacing)
    return Volume(array, tuple(spacing), tuple(origin), crop.direction)  # type: ignore[arg-type]


def component_at(mask: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """The connected parts of a mask that hold a seed; holes filled."""
    regions, _ = ndimage.label(mask)
    wanted = np.unique(regions[seeds & mask])
    wanted = wanted[wanted > 0]
    return ndimage.binary_fill_holes(np.isin(regions, wanted)) if len(wanted) else np.zeros_like(mask, bool)
