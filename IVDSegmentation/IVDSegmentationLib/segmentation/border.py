"""Where the border of a disc lies by the network's probability, which is not the same on all of its sides.

At one probability on the whole border either heights or widths are wrong: the network draws discs too high and too narrow at
the same time. So the level follows the border's normal, the gradient g of the log-odds:

    level = (plates (g·n)² + front_and_back (g·f)² + sides (g·s)²) / |g|²    (levels as log-odds)

with n the disc's own axis, f its front and s the axis across the slices. It is taken in the network's frame, where slices are
2 mm apart whatever they were. A tilt to the side is neglected: at 15 degrees the level of a plate is off by 7 % of the way to
that of the sides.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..network.outline_levels import OutlineLevels
from ..spine.region import Region, plane_normal
from .postprocess import ALONG_SPINE_KJI, LOG_ODDS_LIMIT, log_odds

_FLAT = 1e-9
"""Squared gradient, per mm², below which there is no direction."""


def border_log_odds(
    odds: np.ndarray, owner: np.ndarray, regions: Sequence[Region], spacing_mm_kji: Sequence[float], levels: OutlineLevels
) -> np.ndarray:
    """The log-odds that a voxel must exceed to lie within its disc; float32, axes (k, j, i) of the network's frame.

    ``odds``: the network's log-odds; ``owner``: the disc that each voxel is nearest to, 1 for the first of ``regions``. Voxels
    whose log-odds are at their limit are no border: they get the level of the plates.
    """
    plates, front_and_back, sides = (float(log_odds(level)) for level in (levels.plates, levels.front_and_back, levels.sides))
    border = np.full(odds.shape, plates, np.float32)
    if plates == front_and_back == sides:
        return border
    at = np.nonzero(np.abs(odds) < LOG_ODDS_LIMIT)
    k, j, i = (_slope(odds, at, axis, step) for axis, step in enumerate(spacing_mm_kji))
    in_plane_mm = np.asarray(spacing_mm_kji[1:])
    normals = [plane_normal(region.points_kji[:, 1:] * in_plane_mm, ALONG_SPINE_KJI[1:], whole=True) for region in regions]
    up_j, up_i = np.array([ALONG_SPINE_KJI[1:], *normals], np.float32)[owner[at]].T
    across_plates, along_plates, sideways = (j * up_j + i * up_i) ** 2, (i * up_j - j * up_i) ** 2, k**2
    square = across_plates + along_plates + sideways
    mean = (plates * across_plates + front_and_back * along_plates + sides * sideways) / np.maximum(square, _FLAT)
    border[at] = np.where(square > _FLAT, mean, plates)
    return border


def _slope(values: np.ndarray, at: tuple[np.ndarray, ...], axis: int, step_mm: float) -> np.ndarray:
    """Central difference, per mm, at the voxels ``at``; one-sided at the border of the array, 0 where it has one voxel."""
    low, high = list(at), list(at)
    low[axis], high[axis] = np.maximum(at[axis] - 1, 0), np.minimum(at[axis] + 1, values.shape[axis] - 1)
    steps = np.maximum(high[axis] - low[axis], 1).astype(np.float32)
    return (values[tuple(high)] - values[tuple(low)]) / (steps * np.float32(step_mm))
