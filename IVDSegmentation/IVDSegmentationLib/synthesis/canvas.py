"""The painted volume: intensities, and which voxel is how much of which label."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ..anatomy import is_disc_label
from .grid import Box, Grid, apply_weights, axis_weights


class Canvas:
    """Structures are painted one over the other, each with soft edges (the share of the voxel that it fills)."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.image = np.zeros(grid.size, np.float32)
        self.occupancy: list[tuple[int, Box, np.ndarray]] = []
        self.softness_mm = float(grid.step[2])

    def coverage(self, distance: np.ndarray) -> np.ndarray:
        """Share of each voxel inside a surface, from the signed distance (mm, negative inside)."""
        return np.clip(0.5 - distance / np.float32(self.softness_mm), 0.0, 1.0)

    def paint(self, box: Box, cover: np.ndarray, value: np.ndarray | float) -> None:
        """Lays ``value`` over what is there, where ``cover`` (0 … 1) says so."""
        view = self.image[box]
        view += cover * (value - view)

    def label(self, value: int, box: Box, cover: np.ndarray) -> None:
        self.occupancy.append((value, box, cover))

    def labels_on(self, target: Grid) -> np.ndarray:
        """The label map on another grid: the label that fills more than half a voxel, uint8 (k, j, i).

        Later labels win where two fill a voxel equally.
        """
        result = np.zeros(target.size, np.uint8)
        best = np.zeros(target.size, np.float32)
        full = [axis_weights(self.grid, target, n, target.step[n]) for n in range(3)]
        for value, box, cover in self.occupancy:
            weights, where = [], []
            for n in range(3):
                columns = full[n][:, box[n]]
                rows = np.flatnonzero(columns.any(axis=1))
                if len(rows) == 0:
                    break
                where.append(slice(rows[0], rows[-1] + 1))
                weights.append(columns[where[-1]])
            if len(where) < 3:
                continue
            share = apply_weights(cover, weights)
            part = tuple(where)
            win = (share >= 0.5) & (share > best[part] - 0.01)  # the margin is for rounding only
            best[part][win] = share[win]
            result[part][win] = value
        _drop_islands(result)
        return result


def _drop_islands(labels: np.ndarray) -> None:
    """Leaves of each disc its largest part: a crumb of a voxel behind a slipped plate is no disc."""
    for value, part in enumerate(ndimage.find_objects(labels, max_label=50), start=1):
        if part is None or not is_disc_label(value):
            continue
        pieces, count = ndimage.label(labels[part] == value, np.ones((3, 3, 3)))
        if count > 1:
            sizes = np.bincount(pieces.ravel())[1:]
            labels[part][(pieces > 0) & (pieces != 1 + np.argmax(sizes))] = 0
