"""What a run leaves around the discs, cut out once: the outlines of all discs are judged on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..network.classes import COARSE_STRIDE, DISC_CLASSES
from ..spine import Region
from ..volume import Volume
from ..volume.box import Box

MARGIN_MM = 14.0
"""Around the discs: half a vertebral body, so that what lies above and below a disc is seen."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """Arrays (k, j, i) over ``window`` of ``grid``, the volume in the network's frame. ``image``: grey values as a z-score of
    the window; ``disc``, ``body``: the fine stage's probabilities; ``coarse``: the coarse stage's probability of a disc, one
    value for ``COARSE_STRIDE`` voxels, None where the network has no coarse stage. ``regions``: the discs, from below."""

    grid: Volume
    window: Box
    image: np.ndarray
    disc: np.ndarray
    body: np.ndarray
    coarse: np.ndarray | None
    regions: tuple[Region, ...]

    @classmethod
    def of(
        cls, image: Volume, disc: np.ndarray, body: np.ndarray, coarse: np.ndarray | None, regions: Sequence[Region]
    ) -> Evidence:
        """``image``: the volume in the network's frame; ``disc``, ``body``, ``coarse`` (classes, k, j, i): what the network
        gave for it. ``regions``: at least one disc, on the same grid."""
        window = _window(image, regions)
        part = image.array[window].astype(np.float32)
        share = None
        if coarse is not None:
            cut = tuple(slice(s.start // stride, -(-s.stop // stride)) for s, stride in zip(window, COARSE_STRIDE))
            share = coarse[(slice(None), *cut)][[n for n in DISC_CLASSES if n < len(coarse)]].sum(axis=0)
        spread = float(part.std())
        values = (part - float(part.mean())) / (spread if spread > 0 else 1.0)
        return cls(image, window, values, disc[window], body[window], share, tuple(regions))

    @property
    def spacing_kji(self) -> np.ndarray:
        return np.array(self.grid.spacing_mm[::-1])

    @cached_property
    def coarse_on_grid(self) -> np.ndarray | None:
        """``coarse`` at every voxel of the window."""
        if self.coarse is None:
            return None
        fine = self.coarse
        for axis, stride in enumerate(COARSE_STRIDE):
            fine = np.repeat(fine, stride, axis=axis)
        return fine[tuple(slice(0, n) for n in self.disc.shape)]


def _window(grid: Volume, regions: Sequence[Region]) -> Box:
    """Box of all discs with the margin; it starts on a coarse voxel."""
    sides = []
    for axis, (size, spacing, stride) in enumerate(zip(grid.array.shape, grid.spacing_mm[::-1], COARSE_STRIDE)):
        margin = int(np.ceil(MARGIN_MM / spacing))
        start = max(0, min(region.box[axis].start for region in regions) - margin)
        stop = min(size, max(region.box[axis].stop for region in regions) + margin)
        sides.append(slice(start // stride * stride, stop))
    k, j, i = sides
    return (k, j, i)
