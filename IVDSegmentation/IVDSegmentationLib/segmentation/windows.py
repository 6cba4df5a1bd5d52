"""Where the fine stage looks: windows around the discs that the coarse stage finds likely, one after another along the spine.

Between discs the coarse stage sees rows without any: there the spine is cut. Each window has its own extent sideways and from
front to back, so that a lordosis does not widen all of them. Where no row is free of disc (scoliosis, a disc that leans over
the next one) one window holds several discs. What is computed does not depend on the windows: it equals the whole volume's.
"""

from __future__ import annotations

from math import prod

import numpy as np
from scipy import ndimage

from ..network.classes import COARSE_STRIDE
from ..network.discnet import FINE_HALO, FINE_STRIDE
from ..volume.box import bounding_box

COARSE_DISC_THRESHOLD = 0.05
"""A coarse voxel this likely to be disc is looked at closely. Where the coil fades, at T11-T12 of lowfield scans, the coarse
stage gives a disc 0.1 that the fine stage then sees at 0.99."""
WINDOW_MARGIN = (1, 2, 2)
"""Voxels (k, j, i) kept around those: 2, 2.5 and 2.5 mm. Of the 272,288 voxels of validation scans that the fine stage gives
0.3 or more, 6 lie outside. Twice as much costs a fifth more arithmetic."""
RUNS_ON_PROBABILITY, RUNS_ON_VOXELS = 0.5, 12
"""A window with so many voxels this likely to be disc on one side is continued there: it may cut the disc. On the 14 validation
scans that is so at 5 of 462 sides, where nothing was cut. Three lowfield scans and a template lose 0.1 to 0.4 % of the voxels
of their discs without it, less than 0.2 % with it."""
MOST_STRIPS = 2
"""Strips of a coarse voxel (4, 5 and 5 mm) by which a window is continued."""
JOIN_REACH = (6, 5, 5)
"""Coarse voxels (k, j, i), some 25 mm: what lies less than twice that apart belongs to one spine. Neighbouring discs leave
30 mm between them at most."""

Box = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
"""Start and end along k, j, i, in voxels of the network's frame."""


def windows_along(likely: np.ndarray, shape: tuple[int, ...]) -> list[Box]:
    """Windows of a volume of some ``shape`` (k, j, i) around the coarse voxels that are ``likely`` to be disc, from above. What
    lies far from the spine has windows of its own, so that a stray voxel widens none."""
    real = tuple(slice(-(-size // stride)) for size, stride in zip(shape, COARSE_STRIDE))  # the coarse stage was given more
    mask = likely[real] > COARSE_DISC_THRESHOLD
    near, clusters = ndimage.label(ndimage.maximum_filter(mask, [2 * reach + 1 for reach in JOIN_REACH]))
    windows: list[Box] = []
    for cluster in range(1, clusters + 1):
        own = mask & (near == cluster)
        rows, runs = ndimage.label(own.any(axis=(0, 2)))
        found: list[Box] = []
        for run in range(1, runs + 1):
            window = _around(own & (rows == run)[:, None], shape)
            if found and _work(joined := _joined(found[-1], window), shape) <= _work(found[-1], shape) + _work(window, shape):
                found[-1] = joined
            else:
                found.append(window)
        windows += found
    return windows


def continuation(seen: np.ndarray, box: Box, axis: int, end: int) -> Box | None:
    """The strip that continues a disc beyond the low (0) or high (1) end of a box; None where none is cut there, or where the
    volume ends. ``seen``: (2, k, j, i) probabilities of disc and body, 0 where the fine stage has not looked."""
    low, high = box[axis]
    inside, outside = (high - 1, high) if end else (low, low - 1)
    shape = seen.shape[1:]
    if not 0 <= outside < shape[axis]:
        return None
    layers = [tuple(slice(at, at + 1) if n == axis else slice(*side) for n, side in enumerate(box)) for at in (inside, outside)]
    disc = seen[0][layers[0]] > RUNS_ON_PROBABILITY
    held = bounding_box(disc)
    if held is None or np.count_nonzero(disc) < RUNS_ON_VOXELS or seen[(slice(None), *layers[1])][:, disc].any():
        return None
    k, j, i = ((first + part.start, first + part.stop) for (first, _), part in zip(box, held))
    around = zip(grown((k, j, i), COARSE_STRIDE, shape), FINE_STRIDE)
    sides = [(first // stride * stride, -(-last // stride) * stride) for (first, last), stride in around]
    step = COARSE_STRIDE[axis]
    sides[axis] = (high, min(shape[axis], high + step)) if end else (max(0, low - step), low)
    return sides[0], sides[1], sides[2]


def grown(box: Box, by: tuple[int, int, int], shape: tuple[int, ...]) -> Box:
    """The box with some voxels more at each side, as far as the volume goes."""
    k, j, i = ((max(0, low - margin), min(size, high + margin)) for (low, high), margin, size in zip(box, by, shape))
    return k, j, i


def _around(mask: np.ndarray, shape: tuple[int, ...]) -> Box:
    """Bounding box of some coarse voxels, with the margin."""
    k, j, i = ((int(at.min()) * stride, (int(at.max()) + 1) * stride) for at, stride in zip(np.nonzero(mask), COARSE_STRIDE))
    return grown((k, j, i), WINDOW_MARGIN, shape)


def _joined(one: Box, other: Box) -> Box:
    k, j, i = ((min(a[0], b[0]), max(a[1], b[1])) for a, b in zip(one, other))
    return k, j, i


def _work(window: Box, shape: tuple[int, ...]) -> int:
    """Voxels that the fine stage computes for a window: each layer what the layers after it need, half the halo on average."""
    k, j, i = FINE_HALO
    return prod(high - low for low, high in grown(window, (k // 2, j // 2, i // 2), shape))
