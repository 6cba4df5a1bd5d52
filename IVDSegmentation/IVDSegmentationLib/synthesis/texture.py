"""Smooth random fields: periodic tiles that are cut to any box, because filtering noise on a whole volume is slow."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from .grid import Box, Grid


class Texture:
    """A periodic noise field with mean 0 and SD 1.

    ``correlation_mm`` is the Gaussian's sigma, ``stretch`` times as much along the body (y); the field repeats after
    ``cells`` cells of half that size.
    """

    def __init__(self, rng: np.random.Generator, correlation_mm: float, cells: int = 64, stretch: float = 1.0) -> None:
        cell = max(0.8, correlation_mm / 2)
        self.cell_mm = (cell, cell * stretch, cell)
        tile = rng.standard_normal((cells, cells, cells), dtype=np.float32)
        for n in range(3):
            tile = gaussian_filter1d(tile, correlation_mm / cell, axis=n, mode="wrap", truncate=3)
        self.tile = tile / tile.std()
        self.offset = rng.integers(0, cells, 3)

    def on(self, grid: Grid, box: Box = (slice(None),) * 3, shift: tuple[int, int, int] = (0, 0, 0)) -> np.ndarray:
        """The field on a box of a grid, interpolated. ``shift`` (cells) gives another part of the field."""
        result = self.tile
        # k first: it has the fewest voxels and the products stay small
        for n in range(3):
            result = np.moveaxis(np.tensordot(self._weights(grid, box, n, shift), result, axes=(1, n)), 0, n)
        return result

    def _weights(self, grid: Grid, box: Box, n: int, shift: tuple[int, int, int]) -> np.ndarray:
        """Linear interpolation along axis n of the periodic tile: (voxels, cells)."""
        cells = self.tile.shape[0]
        at = grid.axis(n, box[n]) / self.cell_mm[n] + self.offset[n] + shift[n]
        low = np.floor(at).astype(int)
        share = (at - low).astype(np.float32)
        weights = np.zeros((len(at), cells), np.float32)
        rows = np.arange(len(at))
        weights[rows, low % cells] = 1 - share
        weights[rows, (low + 1) % cells] = share
        return weights
