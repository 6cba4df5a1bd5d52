"""The network's frame: sagittal axes and a fixed spacing, and the way back to the input's grid.

Only axes are swapped and flipped, never rotated: an oblique volume keeps its obliqueness, so that every voxel of the
way back lies exactly on the input's grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np

from .box import bounding_box
from .volume import Volume

NETWORK_SPACING_MM = (1.25, 1.25, 2.0)
"""(i, j, k) of the sagittal frame: antero-posterior, cranio-caudal, left-right; the paper's 2 x 1.25 x 1.25 mm."""

SAGITTAL_LPS = np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
"""Columns: the ideal LPS directions of i (to posterior), j (to inferior), k (to right): right-handed, as DICOM has it."""


_ROWS_AT_ONCE = 16
"""Of a resampling matrix, which has few values beside its diagonal: half the time of the whole matrix at once."""


@dataclass(frozen=True)
class AxisOrder:
    """How to turn an input's axes into sagittal ones: ``axes[n]`` is the input axis (of i, j, k) that becomes axis n of
    the result, reversed where ``flips[n]``."""

    axes: tuple[int, int, int]
    flips: tuple[bool, bool, bool]

    def apply(self, volume: Volume) -> Volume:
        """The same voxels with sagittal axes. The array is a view."""
        array = np.transpose(volume.array, _numpy_axes(self.axes))
        direction = volume.direction[:, list(self.axes)].copy()
        i, j, k = (volume.spacing_mm[axis] for axis in self.axes)
        first = np.zeros(3)
        for axis, flip in zip(self.axes, self.flips):
            first[axis] = volume.size_ijk[axis] - 1 if flip else 0
        origin = volume.lps_of_ijk(first)
        for n, flip in enumerate(self.flips):
            if flip:
                array = np.flip(array, 2 - n)
                direction[:, n] *= -1
        return Volume(array, (i, j, k), tuple(origin), direction)

    def undo(self, array: np.ndarray) -> np.ndarray:
        """An array with sagittal axes (k, j, i) turned back to the input's axes. A view."""
        for n, flip in enumerate(self.flips):
            if flip:
                array = np.flip(array, 2 - n)
        return np.transpose(array, np.argsort(_numpy_axes(self.axes)))


def _numpy_axes(axes: tuple[int, int, int]) -> tuple[int, int, int]:
    """Permutation of numpy's (k, j, i) axes that does what ``axes`` does to (i, j, k)."""
    return tuple(2 - axis for axis in reversed(axes))  # type: ignore[return-value]


def sagittal_axis_order(direction: np.ndarray) -> AxisOrder:
    """The axis order, of all 48, that brings a volume nearest to sagittal axes.

    ``direction``: 3 x 3, columns are the LPS directions of i, j, k.
    """
    cosines = SAGITTAL_LPS.T @ np.asarray(direction, float)  # row: sagittal axis, column: input axis
    axes = max(permutations(range(3)), key=lambda p: sum(abs(cosines[n, p[n]]) for n in range(3)))
    flips = tuple(bool(cosines[n, axes[n]] < 0) for n in range(3))
    return AxisOrder(axes, flips)  # type: ignore[arg-type]


def resampling_matrix(size_in: int, spacing_in: float, size_out: int, spacing_out: float) -> np.ndarray:
    """Rows of linear-interpolation weights, shape (size_out, size_in), for grids that share their centre.

    Down-sampling widens the triangle to the output spacing, so that fine detail is averaged instead of aliased.
    """
    width = max(spacing_in, spacing_out)
    at_in = (np.arange(size_in) - (size_in - 1) / 2) * spacing_in
    at_out = (np.arange(size_out) - (size_out - 1) / 2) * spacing_out
    at_out = np.clip(at_out, at_in[0], at_in[-1])  # beyond the last voxel centre: the last voxel
    weights = np.maximum(0.0, 1.0 - np.abs(at_out[:, None] - at_in[None, :]) / width)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def resample_array(
    array: np.ndarray,
    spacing_in: tuple[float, float, float],
    size_out: tuple[int, int, int],
    spacing_out: tuple[float, float, float],
) -> np.ndarray:
    """Separable linear resampling of an array with axes (k, j, i) onto a grid that shares its centre.

    Spacings and sizes are (i, j, k). Returns float32.
    """
    as_stored = sorted(range(3), key=lambda n: -abs(array.strides[n]))
    result = np.ascontiguousarray(array.transpose(as_stored), dtype=np.float32)
    sizes_in = array.shape[::-1]
    # the axis that shrinks most goes first: the others then have less to do
    for axis in sorted(range(3), key=lambda n: size_out[n] / sizes_in[n]):
        if sizes_in[axis] == size_out[axis] and np.isclose(spacing_in[axis], spacing_out[axis]):
            continue
        matrix = resampling_matrix(sizes_in[axis], spacing_in[axis], size_out[axis], spacing_out[axis])
        result = _resampled(result, matrix, as_stored.index(2 - axis))
    return np.ascontiguousarray(result.transpose(np.argsort(as_stored)))


def _resampled(array: np.ndarray, matrix: np.ndarray, axis: int) -> np.ndarray:
    """A contiguous array whose ``axis`` (0 … 2) is multiplied by a matrix that is 0 far from its diagonal."""
    shape = list(array.shape)
    shape[axis] = len(matrix)
    result = np.empty(shape, np.float32)
    for start in range(0, len(matrix), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        used = np.flatnonzero(matrix[rows].any(axis=0))
        columns = slice(used[0], used[-1] + 1)
        part = matrix[rows, columns]
        if axis == 0:
            result[rows] = (part @ array[columns].reshape(part.shape[1], -1)).reshape(-1, *shape[1:])
        elif axis == 1:
            np.matmul(part, array[:, columns], out=result[:, rows])
        else:
            np.matmul(array[:, :, columns], part.T, out=result[:, :, rows])
    return result


@dataclass(frozen=True)
class NetworkFrame:
    """The way of one volume into the network's frame and back."""

    source: Volume
    order: AxisOrder
    sagittal: Volume
    size_ijk: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]

    @classmethod
    def of(cls, volume: Volume, spacing_mm: tuple[float, float, float] = NETWORK_SPACING_MM) -> NetworkFrame:
        order = sagittal_axis_order(volume.direction)
        sagittal = order.apply(volume)
        size = tuple(max(1, round(n * s / t)) for n, s, t in zip(sagittal.size_ijk, sagittal.spacing_mm, spacing_mm))
        return cls(volume, order, sagittal, size, spacing_mm)  # type: ignore[arg-type]

    def to_network(self) -> Volume:
        """The source volume in the network's frame, float32: axes (k right, j inferior, i posterior)."""
        array = resample_array(self.sagittal.array, self.sagittal.spacing_mm, self.size_ijk, self.spacing_mm)
        return Volume(array, self.spacing_mm, self._origin(), self.sagittal.direction)

    def to_source(self, array: np.ndarray) -> np.ndarray:
        """A float array of the network's frame, resampled onto the source's exact grid, axes (k, j, i) of the source."""
        back = resample_array(array, self.spacing_mm, self.sagittal.size_ijk, self.sagittal.spacing_mm)
        return self.order.undo(back)

    def to_source_window(
        self, array: np.ndarray, window: tuple[slice, slice, slice]
    ) -> tuple[np.ndarray, tuple[slice, slice, slice]]:
        """Like ``to_source`` for a part of the network's frame: ``array`` covers ``window`` (k, j, i).

        Returns the part of the *sagittal* source that the window covers, and where it lies there (k, j, i). Much faster
        than the whole where discs fill a tenth of a large volume.
        """
        result, region = array.astype(np.float32, copy=False), []
        for axis in range(3):  # i, j, k
            matrix = resampling_matrix(
                self.size_ijk[axis], self.spacing_mm[axis], self.sagittal.size_ijk[axis], self.sagittal.spacing_mm[axis]
            )
            part = window[2 - axis]
            rows = self._source_rows(axis, part)
            result = np.moveaxis(np.tensordot(matrix[rows, part], result, axes=(1, 2 - axis)), 0, 2 - axis)
            region.append(rows)
        return result, tuple(reversed(region))  # type: ignore[return-value]

    def nearest_to_source_window(self, array: np.ndarray, window: tuple[slice, slice, slice]) -> np.ndarray:
        """Nearest-neighbour counterpart of ``to_source_window`` for label maps, on the same part of the source."""
        for axis in range(3):
            part = window[2 - axis]
            at = self._source_in_network(axis)[self._source_rows(axis, part)]
            index = np.clip(np.rint(at).astype(int), part.start, part.stop - 1) - part.start
            array = np.take(array, index, axis=2 - axis)
        return array

    def nearest_to_network(self, array: np.ndarray) -> np.ndarray:
        """A label map on the source's grid, axes (k, j, i), at the voxels of the network's frame, by the nearest one."""
        array = self.order.apply(self.source.with_array(array)).array
        result = np.zeros(self.size_ijk[::-1], array.dtype)
        content = bounding_box(array != 0)
        if content is None:
            return result
        taken: list[np.ndarray] = []
        put: list[np.ndarray] = []
        for axis, part in enumerate(reversed(content)):
            count, size = self.sagittal.size_ijk[axis], self.size_ijk[axis]
            from_centre = (np.arange(size) - (size - 1) / 2) * self.spacing_mm[axis]
            place = from_centre / self.sagittal.spacing_mm[axis] + (count - 1) / 2
            index = np.clip(np.rint(place).astype(int), 0, count - 1)
            put.insert(0, np.flatnonzero((index >= part.start) & (index < part.stop)))
            taken.insert(0, index[put[0]])
        result[np.ix_(*put)] = array[np.ix_(*taken)]
        return result

    def _source_in_network(self, axis: int) -> np.ndarray:
        """Place of each voxel of the sagittal source along one axis (0 = i), in voxels of the network's frame."""
        count = self.sagittal.size_ijk[axis]
        from_centre = (np.arange(count) - (count - 1) / 2) * self.sagittal.spacing_mm[axis]
        return from_centre / self.spacing_mm[axis] + (self.size_ijk[axis] - 1) / 2

    def _source_rows(self, axis: int, part: slice) -> slice:
        """Voxels of the sagittal source whose centres lie within a part of the network's frame."""
        at = self._source_in_network(axis)
        within = np.nonzero((at > part.start - 0.5) & (at < part.stop - 0.5))[0]
        return slice(int(within[0]), int(within[-1]) + 1) if len(within) else slice(0, 0)

    def _origin(self) -> tuple[float, float, float]:
        centre = self.sagittal.lps_of_ijk((np.array(self.sagittal.size_ijk) - 1) / 2)
        half = (np.array(self.size_ijk) - 1) / 2 * np.array(self.spacing_mm)
        return tuple(centre - self.sagittal.direction @ half)  # type: ignore[return-value]
