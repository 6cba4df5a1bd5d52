"""A cut through a volume that follows the spine: each row of the picture is taken at its own depth, so that a scoliotic
spine stays in a sagittal picture from the sacrum to the top, and a lordotic one in a coronal picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from ..volume import Volume
from ..volume.frame import AxisOrder, sagittal_axis_order
from .window import grey, grey_window

SAGITTAL, CORONAL = "sagittal", "coronal"
_AROUND_MM = (25.0, 60.0)
"""Rows and columns so near to the discs decide on black and white."""
_SMOOTHING_VOXELS = 0.45
"""Outlines are drawn through fields smoothed by this much, so that voxel steps do not show."""

Box = tuple[slice, slice]
SpacePoint = Sequence[float] | np.ndarray
"""x, y, z in mm (LPS)."""


@dataclass(frozen=True)
class SpineCut:
    """``plane`` SAGITTAL (front to the left) or CORONAL (the patient's right to the left, as radiology has it); head up.

    ``grid`` is the image with sagittal axes; ``depth`` (one value a row of voxels) where the row is taken along the axis
    across the picture: k, or i in a coronal cut; ``scale``: pixels a voxel, (rows, columns); ``centres``: (depth, row,
    column) in voxels of the points that the cut goes through.
    """

    plane: str
    order: AxisOrder
    grid: Volume
    depth: np.ndarray
    scale: tuple[float, float]
    centres: tuple[tuple[float, float, float], ...]

    @classmethod
    def through(
        cls,
        image: Volume,
        points_mm_lps: Sequence[SpacePoint],
        *,
        plane: str = SAGITTAL,
        long_side: int | None = None,
        pixels_per_mm: float = 1.0,
    ) -> SpineCut:
        """A cut through points (LPS, mm), straight on beyond the outermost, or through the middle where there is none.
        ``long_side``: pixels of the longer side; without it ``pixels_per_mm`` counts."""
        order = sagittal_axis_order(image.direction)
        grid = order.apply(image)
        i, j, k = grid.size_ijk
        spacing_i, spacing_j, spacing_k = grid.spacing_mm
        deep, columns, spacing = (k, i, spacing_i) if plane == SAGITTAL else (i, k, spacing_k)
        if long_side is not None:
            pixels_per_mm = long_side / max(j * spacing_j, columns * spacing)
        scale = (spacing_j * pixels_per_mm, spacing * pixels_per_mm)
        middle = cls(plane, order, grid, np.full(j, (deep - 1) / 2), scale, ())
        centres = sorted((middle._voxel(point) for point in points_mm_lps), key=lambda place: place[1])
        if not centres:
            return middle
        depth = np.interp(np.arange(j), [c[1] for c in centres], [c[0] for c in centres])
        return cls(plane, order, grid, np.clip(depth, 0, deep - 1), scale, tuple(centres))

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns in pixels."""
        columns = self.grid.size_ijk[0 if self.plane == SAGITTAL else 2]
        return max(1, round(len(self.depth) * self.scale[0])), max(1, round(columns * self.scale[1]))

    def pixel(self, point_mm_lps: SpacePoint) -> tuple[float, float]:
        """(row, column) of a point."""
        _, row, column = self._voxel(point_mm_lps)
        return (row + 0.5) * self.scale[0] - 0.5, (column + 0.5) * self.scale[1] - 0.5

    def grey(self) -> np.ndarray:
        """The image in the cut, 0 … 255, windowed by the tissue near the discs."""
        cut = self._rows(self._turned(self.grid.array))
        return np.clip(self._stretched(grey(cut, grey_window(cut[self._around()])), Image.Resampling.BICUBIC), 0, 255)

    def field(self, labels: Volume, value: int | None = None) -> tuple[Box, np.ndarray] | None:
        """A smooth field of 0 … 1 that is above 0.5 inside a label (on the image's grid), and the pixels it covers; None
        where the cut misses the label. Without ``value``, ``labels`` holds shares of 0 … 1 itself."""
        cut = self._rows(self._turned(self.order.apply(labels).array), value)
        touched = ndimage.find_objects((cut > 0).astype(np.uint8))
        if not touched:
            return None
        margin = 3  # voxels: room for the smoothing
        voxels = [slice(max(0, a.start - margin), min(n, a.stop + margin)) for a, n in zip(touched[0], cut.shape)]
        box = tuple(slice(int(a.start * s), min(n, int(np.ceil(a.stop * s)))) for a, s, n in zip(voxels, self.scale, self.size))
        field = self._stretched(cut, Image.Resampling.BILINEAR, box)  # type: ignore[arg-type]
        return box, ndimage.gaussian_filter(field, [_SMOOTHING_VOXELS * scale for scale in self.scale])  # type: ignore[return-value]

    def _voxel(self, point_mm_lps: SpacePoint) -> tuple[float, float, float]:
        """(depth, row, column) of a point in voxels."""
        i, j, k = (float(x) for x in self.grid.ijk_of_lps(np.asarray(point_mm_lps, float)))
        return (k, j, i) if self.plane == SAGITTAL else (i, j, self.grid.size_ijk[2] - 1 - k)

    def _turned(self, array: np.ndarray) -> np.ndarray:
        """An array (k, j, i) as (depth, row, column). k runs to the patient's right: reversed, right comes to the left."""
        return array if self.plane == SAGITTAL else array.transpose(2, 1, 0)[:, :, ::-1]

    def _rows(self, array: np.ndarray, value: int | None = None) -> np.ndarray:
        """Rows of an array (depth, row, column), each at its depth, linear between slices. Float32. With ``value``: 1
        where the array has it, 0 elsewhere, and between in between."""
        below = np.clip(np.floor(self.depth).astype(int), 0, array.shape[0] - 1)
        above = np.minimum(below + 1, array.shape[0] - 1)
        part = (self.depth - below).astype(np.float32)[:, None]
        rows = np.arange(array.shape[1])
        low, high = array[below, rows], array[above, rows]
        if value is not None:
            low, high = low == value, high == value
        return low.astype(np.float32) * (1 - part) + high.astype(np.float32) * part

    def _stretched(self, cut: np.ndarray, how: Image.Resampling, box: Box | None = None) -> np.ndarray:
        """A cut (rows, columns of voxels) in pixels; ``box``: these pixels only. Averaged where pixels are larger."""
        box = box or (slice(0, self.size[0]), slice(0, self.size[1]))
        (top, bottom), (left, right) = ((part.start, part.stop) for part in box)
        rows, columns = (n / pixels for n, pixels in zip(cut.shape, self.size))
        area = (left * columns, top * rows, min(right * columns, cut.shape[1]), min(bottom * rows, cut.shape[0]))
        image = Image.fromarray(np.ascontiguousarray(cut, np.float32))
        return np.asarray(image.resize((right - left, bottom - top), how, box=area))

    def _around(self) -> Box:
        """Rows and columns of voxels near the discs; all where there is none."""
        if not self.centres:
            return slice(None), slice(None)
        spacing = (self.grid.spacing_mm[1], self.grid.spacing_mm[0 if self.plane == SAGITTAL else 2])
        box = []
        for axis in (0, 1):
            places = [centre[1 + axis] for centre in self.centres]
            margin = _AROUND_MM[axis] / spacing[axis]
            box.append(slice(max(0, int(min(places) - margin)), int(max(places) + margin) + 1))
        return box[0], box[1]
