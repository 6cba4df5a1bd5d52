"""The grid that structures are painted on, and weights that turn it into the grid of the scan.

Coordinates are millimetres (x posterior, y inferior, z right); the middle of the lowest disc is the origin. Arrays have
axes (k, j, i), which run along (z, y, x).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Box = tuple[slice, slice, slice]


@dataclass(frozen=True)
class Grid:
    """``size``: (k, j, i). ``step`` and ``origin`` (centre of the first voxel): millimetres in the order (z, y, x)."""

    size: tuple[int, int, int]
    step: tuple[float, float, float]
    origin: tuple[float, float, float]

    def axis(self, n: int, part: slice = slice(None)) -> np.ndarray:
        """Coordinates of voxel centres along array axis n, float32."""
        return (self.origin[n] + self.step[n] * np.arange(self.size[n], dtype=np.float32))[part].astype(np.float32)

    def box(self, centre: np.ndarray, half: np.ndarray, frame: np.ndarray, margin: float = 3.0) -> Box | None:
        """The voxels that hold a cuboid, or None where it lies outside. ``centre`` is (x, y, z), ``half`` half its sizes
        along the rows of ``frame``."""
        reach = np.abs(frame).T @ np.asarray(half, float) + margin
        parts = []
        for n, (c, r) in enumerate(zip(centre[::-1], reach[::-1])):
            first = max(0, int(np.floor((c - r - self.origin[n]) / self.step[n])))
            last = min(self.size[n], int(np.ceil((c + r - self.origin[n]) / self.step[n])) + 1)
            if last <= first:
                return None
            parts.append(slice(first, last))
        return tuple(parts)  # type: ignore[return-value]

    def local(self, box: Box, centre: np.ndarray, frame: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Coordinates of a box's voxels along the rows of ``frame`` from ``centre``: three float32 arrays (k, j, i)."""
        z, y, x = (self.axis(n, box[n]) - np.float32(centre[2 - n]) for n in range(3))
        result = []
        for row in np.asarray(frame, np.float32):
            result.append((row[0] * x)[None, None, :] + ((row[1] * y)[:, None] + (row[2] * z)[:, None, None]))
        return result[0], result[1], result[2]

    def rows(self, part: slice) -> Grid:
        """The grid of some rows (j) of this one."""
        first, last, _ = part.indices(self.size[1])
        origin = (self.origin[0], self.origin[1] + first * self.step[1], self.origin[2])
        return Grid((self.size[0], last - first, self.size[2]), self.step, origin)

    def coarser(self, factor: float) -> Grid:
        """A grid over the same ground with wider steps."""
        size, step, origin = list(self.size), list(self.step), list(self.origin)
        for n in range(3):
            length = self.size[n] * self.step[n]
            if n == 0 and self.step[0] > 1.5:  # slices are thick already
                continue
            size[n] = max(2, int(round(length / (self.step[n] * factor))))
            step[n] = length / size[n]
            origin[n] = self.origin[n] - self.step[n] / 2 + step[n] / 2
        return Grid(tuple(size), tuple(step), tuple(origin))  # type: ignore[arg-type]


def axis_weights(grid_in: Grid, grid_out: Grid, n: int, thickness: float, part: slice = slice(None)) -> np.ndarray:
    """Weights (out, in) along axis n: each output voxel is the mean over ``thickness`` mm of the linearly interpolated
    input. Beyond the input's ends its last voxel counts. ``part`` leaves only those columns, unnormalised."""
    step = grid_in.step[n]
    at_in, at_out = grid_in.axis(n).astype(float), grid_out.axis(n).astype(float)
    samples = max(1, int(np.ceil(thickness / step * 2)))
    offsets = ((np.arange(samples) + 0.5) / samples - 0.5) * thickness
    at = np.clip(at_out[:, None] + offsets[None, :], at_in[0], at_in[-1])
    where = (at - at_in[0]) / step
    low = np.clip(np.floor(where).astype(int), 0, len(at_in) - 1)
    high = np.minimum(low + 1, len(at_in) - 1)
    fraction = where - low
    weights = np.zeros((len(at_out), len(at_in)), np.float32)
    rows = np.repeat(np.arange(len(at_out)), samples).reshape(low.shape)
    np.add.at(weights, (rows, low), (1 - fraction) / samples)
    np.add.at(weights, (rows, high), fraction / samples)
    return weights[:, part]


def apply_weights(array: np.ndarray, weights: Sequence[np.ndarray]) -> np.ndarray:
    """Applies three matrices of weights along k, j and i, the axis that shrinks most first."""
    for n in sorted(range(3), key=lambda n: weights[n].shape[0] / weights[n].shape[1]):
        if n == 2:
            array = array @ weights[2].T
        elif n == 1:
            array = weights[1] @ array
        else:
            k, j, i = array.shape
            array = (weights[0] @ array.reshape(k, j * i)).reshape(-1, j, i)
    return array
