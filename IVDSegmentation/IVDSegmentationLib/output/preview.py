"""preview.png: the mid-sagittal picture with outlines, centres and levels.

The picture is cut along a curve: each row is taken from the lateral position of the discs next to it, so that a
scoliotic spine stays in view from the sacrum to the top.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ..segmentation.result import SegmentationResult
from ..volume import Volume
from ..volume.frame import sagittal_axis_order
from .picture import blend, contour_cover, draw_cross, draw_text

RED = (255, 60, 48)
GREEN = (70, 235, 90)
WHITE = (255, 255, 255)
GREY = (170, 170, 170)
LONG_SIDE_PIXELS = 1100


@dataclass(frozen=True)
class _Canvas:
    """Scale of the picture: pixels a voxel, along rows (j) and columns (i) of the sagittal slice."""

    shape_ji: tuple[int, int]
    pixels_per_voxel: tuple[float, float]

    @classmethod
    def of(cls, sagittal: Volume) -> _Canvas:
        size = (sagittal.size_ijk[1], sagittal.size_ijk[0])
        spacing = (sagittal.spacing_mm[1], sagittal.spacing_mm[0])
        per_mm = LONG_SIDE_PIXELS / max(n * s for n, s in zip(size, spacing))
        return cls(size, (spacing[0] * per_mm, spacing[1] * per_mm))

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns in pixels."""
        return tuple(max(1, round(n * s)) for n, s in zip(self.shape_ji, self.pixels_per_voxel))  # type: ignore[return-value]

    def stretched(self, slice_ji: np.ndarray, order: int, box: tuple[slice, slice] | None = None) -> np.ndarray:
        """A slice (rows j, columns i) in pixels, interpolated by splines of this order; ``box``: these pixels only."""
        first = (0, 0) if box is None else (box[0].start, box[1].start)
        size = self.size if box is None else tuple(part.stop - part.start for part in box)
        scale = np.array(self.pixels_per_voxel)
        offset = (np.array(first) + 0.5) / scale - 0.5
        return ndimage.affine_transform(
            slice_ji.astype(np.float32), 1.0 / scale, offset, output_shape=size, order=order, mode="nearest"
        )

    def pixel(self, j: float, i: float) -> tuple[float, float]:
        """(row, column) of a voxel position."""
        return ((j + 0.5) * self.pixels_per_voxel[0] - 0.5, (i + 0.5) * self.pixels_per_voxel[1] - 0.5)


def preview_picture(result: SegmentationResult, image: Volume) -> np.ndarray:
    """The picture, uint8, rows x columns x 3: front to the left, head up."""
    order = sagittal_axis_order(image.direction)
    sagittal, labels = order.apply(image), order.apply(result.labels)
    centres = [sagittal.ijk_of_lps(np.array(disc.centre_mm_lps)) for disc in result.discs]
    lateral = _curve(centres, sagittal.size_ijk)
    canvas = _Canvas.of(sagittal)

    grey = canvas.stretched(_windowed(_cut(sagittal.array, lateral), _around(sagittal, centres)), order=3)
    picture = np.repeat(np.clip(grey, 0, 255)[..., None], 3, axis=2).astype(np.float32)
    text_height = max(16, picture.shape[0] // 46)
    places = []
    for disc, centre in zip(result.discs, centres):
        row, column = canvas.pixel(centre[1], centre[0])
        right = _draw_outline(picture, _cut(labels.array, lateral, disc.label), canvas)
        places.append((disc.name, row, column, column if right is None else right))
    for name, row, column, right in places:
        draw_cross(picture, (row, column), size=9.0, width=2.2, colour=GREEN)
        draw_text(picture, name, (row, right + 8), text_height, WHITE)
    _draw_sides(picture, max(14, text_height - 4))
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def _curve(centres: list[np.ndarray], size_ijk: tuple[int, int, int]) -> np.ndarray:
    """Lateral position k (continuous) for each row j: through the disc centres, straight on beyond the last ones."""
    if not centres:
        return np.full(size_ijk[1], (size_ijk[2] - 1) / 2)
    ordered = sorted(centres, key=lambda ijk: ijk[1])
    curve = np.interp(np.arange(size_ijk[1]), [c[1] for c in ordered], [c[2] for c in ordered])
    return np.clip(curve, 0, size_ijk[2] - 1)


def _cut(array: np.ndarray, lateral: np.ndarray, label: int | None = None) -> np.ndarray:
    """Rows j of an array (k, j, i), each at its own lateral position, linear between slices. Float32. With ``label``:
    1 where the array has this value, 0 elsewhere, and between in between."""
    below = np.clip(np.floor(lateral).astype(int), 0, array.shape[0] - 1)
    above = np.minimum(below + 1, array.shape[0] - 1)
    part = (lateral - below).astype(np.float32)[:, None]
    rows = np.arange(array.shape[1])
    low, high = array[below, rows], array[above, rows]
    if label is not None:
        low, high = low == label, high == label
    return low.astype(np.float32) * (1 - part) + high.astype(np.float32) * part


def _around(sagittal: Volume, centres: list[np.ndarray]) -> tuple[slice, slice]:
    """Rows and columns of the slice near the discs; all of it where there is none."""
    if not centres:
        return (slice(None), slice(None))
    box = []
    for axis, margin_mm in ((1, 25.0), (0, 60.0)):
        margin = margin_mm / sagittal.spacing_mm[axis]
        places = [centre[axis] for centre in centres]
        box.append(slice(max(0, int(min(places) - margin)), int(max(places) + margin) + 1))
    return tuple(box)  # type: ignore[return-value]


def _windowed(slice_ji: np.ndarray, around: tuple[slice, slice]) -> np.ndarray:
    """Grey values 0 … 255, from the darkest percent to just below the brightest near the spine: fat next to the coil
    does not darken the discs."""
    part = slice_ji[around]
    part = part[part > slice_ji.min()]
    low, high = np.percentile(part, (1, 99.5)) if part.size else (0.0, 1.0)
    return (slice_ji - low) * (255.0 / max(float(high - low), 1e-6))


def _draw_outline(picture: np.ndarray, mask: np.ndarray, canvas: _Canvas) -> float | None:
    """The outline of a disc (rows j, columns i, 0 … 1), without voxel steps. Returns the column of its right end, None
    where the picture does not cut the disc."""
    if not mask.any():
        return None
    touched = ndimage.find_objects((mask > 0).astype(np.uint8))[0]
    box = tuple(
        slice(max(0, int((part.start - 3) * scale)), min(limit, int((part.stop + 3) * scale)))
        for part, scale, limit in zip(touched, canvas.pixels_per_voxel, canvas.size)
    )
    field = canvas.stretched(mask, 1, box)  # type: ignore[arg-type]
    field = ndimage.gaussian_filter(field, [0.45 * scale for scale in canvas.pixels_per_voxel])
    blend(picture[box], contour_cover(field, 2.6), RED)
    columns = np.flatnonzero((field > 0.5).any(axis=0))
    return float(box[1].start + columns[-1]) if len(columns) else None


def _draw_sides(picture: np.ndarray, height: int) -> None:
    """Head, feet, front (A) and back (P) of the patient."""
    rows, columns = picture.shape[:2]
    draw_text(picture, "H", (height, columns / 2 - height / 2), height, GREY)
    draw_text(picture, "F", (rows - height, columns / 2 - height / 2), height, GREY)
    draw_text(picture, "A", (rows / 2, 4), height, GREY)
    draw_text(picture, "P", (rows / 2, columns - 2 * height), height, GREY)
