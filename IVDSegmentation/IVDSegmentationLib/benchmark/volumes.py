"""Volumes to measure on: the sample phantom, brought to a size in the network's frame."""

from __future__ import annotations

import numpy as np

from ..synthesis import sample_phantom
from ..volume import NetworkFrame, Volume

PAPER_SIZE = (40, 304, 304)
"""(k, j, i) of the paper's timing."""


def phantom_of_size(size_kji: tuple[int, int, int]) -> Volume:
    """The sample phantom in the network's frame, cropped or repeated from its middle to a size (k, j, i)."""
    image = NetworkFrame.of(sample_phantom().image).to_network()
    array = image.array
    for axis, size in enumerate(size_kji):
        middle, count = array.shape[axis] // 2, array.shape[axis]
        at = np.arange(size) - size // 2 + middle
        at = np.abs((at + count) % (2 * count) - count).clip(max=count - 1)  # mirrored at the ends
        array = np.take(array, at, axis=axis)
    return Volume(np.ascontiguousarray(array), image.spacing_mm, image.origin_mm_lps, image.direction)
