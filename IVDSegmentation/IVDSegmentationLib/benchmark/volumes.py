"""Volumes to measure on: the sample phantom, brought to a size in the network's frame."""

from __future__ import annotations

import numpy as np

from ..synthesis import sample_phantom
from ..volume import NetworkFrame, Volume

PAPER_SIZE = (40, 304, 304)
"""(k, j, i) of the paper's timing."""


def phantom_of_size(size_kji: tuple[int, int, int], mirrored: bool = False) -> Volume:
    """The sample phantom in the network's frame, cropped or extended around its middle to a size (k, j, i).

    Beyond its border the last voxels are repeated: one spine in a large field of view. ``mirrored`` repeats the phantom
    itself, so that the spine grows with the volume.
    """
    image = NetworkFrame.of(sample_phantom().image).to_network()
    array = image.array
    for axis, size in enumerate(size_kji):
        count = array.shape[axis]
        at = np.arange(size) - size // 2 + count // 2
        if mirrored:
            at = np.abs((at + count) % (2 * count) - count)
        array = np.take(array, at.clip(0, count - 1), axis=axis)
    return Volume(np.ascontiguousarray(array), image.spacing_mm, image.origin_mm_lps, image.direction)
