"""A box of voxels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Box = tuple[slice, slice, slice]
"""Slices along k, j, i."""


def bounding_box(mask: np.ndarray) -> Box | None:
    """The smallest box with all that is true; None where nothing is. For large arrays much faster than
    ``scipy.ndimage.find_objects``."""
    sides: list[slice] = []
    for axis in range(3):
        held = np.flatnonzero(mask[tuple(sides)].any(axis=tuple(n for n in range(3) if n != axis)))
        if not len(held):
            return None
        sides.append(slice(int(held[0]), int(held[-1]) + 1))
    k, j, i = sides
    return (k, j, i)


def grown(box: Box, by: Sequence[int], shape: Sequence[int]) -> Box:
    """A box with some voxels more at each side, as far as the array goes."""
    k, j, i = (slice(max(0, side.start - more), min(n, side.stop + more)) for side, more, n in zip(box, by, shape))
    return (k, j, i)
