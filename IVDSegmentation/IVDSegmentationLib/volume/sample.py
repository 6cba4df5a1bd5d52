"""Values of a volume at points of the patient."""

from __future__ import annotations

import numpy as np

from .volume import Volume


def sample(image: Volume, points_lps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(values, whether inside the image) at LPS points (..., 3), linearly interpolated."""
    from scipy import ndimage  # not at import: it takes 0.2 s, and the worker reports that it is there first

    ijk = image.ijk_of_lps(points_lps)
    seen = np.all((ijk >= -0.5) & (ijk <= np.array(image.size_ijk) - 0.5), axis=-1)
    low = np.maximum(np.floor(np.nanmin(ijk.reshape(-1, 3), axis=0)).astype(int) - 1, 0)
    high = np.minimum(np.ceil(np.nanmax(ijk.reshape(-1, 3), axis=0)).astype(int) + 2, image.size_ijk)
    if np.any(high <= low):
        return np.zeros(ijk.shape[:-1]), np.zeros(ijk.shape[:-1], bool)
    block = image.array[low[2] : high[2], low[1] : high[1], low[0] : high[0]].astype(np.float32)
    at = np.moveaxis((ijk - low)[..., ::-1], -1, 0)
    return ndimage.map_coordinates(block, at, order=1, mode="nearest"), seen


def points_of_voxels(volume: Volume) -> np.ndarray:
    """LPS millimetres of all voxel centres, shape (k, j, i, 3)."""
    k, j, i = np.indices(volume.array.shape, dtype=np.float32)
    return volume.lps_of_ijk(np.stack([i, j, k], axis=-1))
