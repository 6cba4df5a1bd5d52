"""From a probability map to separate discs, in the network's frame.

The paper's steps: smooth with a small disk, threshold, remove small areas, connected components, centroid. Added: discs
that touch are parted, the components of one disc are joined.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import ndimage

from ..spine.region import Region, moved, plane_normal
from ..volume import Volume
from ..volume.box import Box

CORE_THRESHOLD = 0.9
"""Voxels this likely are the core of a disc; two cores in one component are two discs."""
TALLEST_DISC_MM = 18.0
"""Extent along the spine that one tilted disc may have: only taller components are looked at for several cores."""
LEAST_CORE_MM3 = 150.0
"""A core smaller than this is noise inside of one disc, not a disc."""
SAME_PLANE_MM = 5.4
"""A component whose centre lies closer than this to the plane of a larger one may belong to the same disc: half the height
of a disc and a voxel."""
SAME_DISC_MM = 45.0
"""Centres of two components of one lumbar disc are closer than this: its width."""
HALVES_MM = 30.0
"""The same of two components of comparable size, which only their common plane shows to be one disc: small discs one above the
other in a strong kyphosis lie in one plane, too."""
LEAST_PART_SHARE = 0.2
"""A component smaller than this beside the larger one says nothing of the plane of both."""
FLAT_MM = 4.0
"""Standard deviation of a disc's voxels across its plane, at most: a slab of 14 mm has this; two discs together have
6.5 mm or more."""
SizeAt = Callable[[np.ndarray], float]
"""Voxels (n, 3) of the network's frame -> width of the discs there as a share of a lumbar one's."""
ALONG_SPINE_KJI = np.array([0.0, -1.0, 0.0])
"""Up along the spine, in the network's frame."""
LOG_ODDS_LIMIT = 6.0
"""How sure the network may be: more would make one voxel outweigh its neighbours where they are interpolated."""
_IN_PLANE_DISK = np.array([[[0, 1, 0], [1, 1, 1], [0, 1, 0]]], np.float32)


def smoothed(probability: np.ndarray) -> np.ndarray:
    """In-plane mean over a disk of radius one voxel (the paper's 'small disk')."""
    return ndimage.correlate(probability, _IN_PLANE_DISK / _IN_PLANE_DISK.sum(), mode="nearest")


def log_odds(probability: np.ndarray | float) -> np.ndarray:
    """Logarithm of p / (1 - p), at most ``LOG_ODDS_LIMIT`` either way; float32. Across a border it runs straight where the
    probability jumps, so that it can be interpolated between voxels."""
    clipped = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.clip(np.log(clipped / (1 - clipped)), -LOG_ODDS_LIMIT, LOG_ODDS_LIMIT).astype(np.float32)


def at_border(probability: np.ndarray, border: np.ndarray | float) -> np.ndarray:
    """The probability with its log-odds moved so that it is 0.5 where they were ``border``; what was 0 stays 0."""
    if np.ndim(border) == 0 and border == 0:
        return probability
    return np.where(probability > 0, 1 / (1 + np.exp(border - log_odds(probability))), 0.0).astype(np.float32)


def _lumbar(points_kji: np.ndarray) -> float:
    return 1.0


def find_discs(
    probability: np.ndarray,
    window: Box,
    grid: Volume,
    threshold: float,
    minimum_volume_mm3: float,
    size_at: SizeAt = _lumbar,
) -> list[Region]:
    """Discs of a (smoothed) probability map, from below: j of the network's frame grows downwards.

    ``probability`` covers ``window`` (k, j, i) of ``grid``, on which the regions lie. ``minimum_volume_mm3`` is that of a
    lumbar disc; where discs are smaller, so is the smallest that is kept: in the neck a third of it, as of discs with little
    signal only a part is found at first.
    """
    mask = probability > threshold
    if not mask.any():
        return []
    spacing_mm_kji = grid.spacing_mm[::-1]
    labels, count = ndimage.label(mask, np.ones((3, 3, 3)))
    labels = _parted(labels, count, probability, spacing_mm_kji)
    corner = np.array([part.start for part in window])
    labels = _joined(labels, spacing_mm_kji, lambda points: size_at(points + corner))
    least = minimum_volume_mm3 / float(np.prod(spacing_mm_kji))
    discs = []
    for value, box in enumerate(ndimage.find_objects(labels), 1):
        if box is None:
            continue
        region = Region(grid, moved(box, window, +1), labels[box] == value)
        if region.voxels >= least * min(1.0, size_at(region.points_kji)):
            discs.append(region)
    return sorted(discs, key=lambda region: -region.centre_kji[1])


def _parted(labels: np.ndarray, count: int, probability: np.ndarray, spacing_mm_kji: tuple[float, float, float]) -> np.ndarray:
    """Splits components that hold several cores lying one above the other: each voxel goes to the nearest core."""
    result, top = labels.copy(), count
    for value, window in enumerate(ndimage.find_objects(labels), 1):
        if (window[1].stop - window[1].start) * spacing_mm_kji[1] < TALLEST_DISC_MM:  # no taller than one tilted disc
            continue
        own = labels[window] == value
        cores, cores_count = ndimage.label(own & (probability[window] > CORE_THRESHOLD), np.ones((3, 3, 3)))
        cores = _joined(cores, spacing_mm_kji, _lumbar)
        sizes = np.bincount(cores.ravel(), minlength=cores_count + 1)
        kept = [c for c in range(1, cores_count + 1) if sizes[c] * np.prod(spacing_mm_kji) > LEAST_CORE_MM3]
        if len(kept) < 2:
            continue
        distances = [ndimage.distance_transform_edt(cores != c, sampling=spacing_mm_kji) for c in kept]
        nearest = np.argmin(distances, axis=0)
        for n in range(1, len(kept)):
            top += 1
            result[window][own & (nearest == n)] = top
    return result


def _joined(labels: np.ndarray, spacing_mm_kji: tuple[float, float, float], size_at: SizeAt) -> np.ndarray:
    """Gives one value to components that belong to one disc: the smaller lies in the plane of the larger, or both
    together are as flat as one disc (the plane of half a disc is uncertain)."""
    windows = ndimage.find_objects(labels)
    present = [n for n, window in enumerate(windows, 1) if window is not None]
    if len(present) < 2:
        return labels
    spacing = np.array(spacing_mm_kji)
    points, sizes = {}, {}
    for value in present:
        window = windows[value - 1]
        at = np.argwhere(labels[window] == value) + [s.start for s in window]
        points[value], sizes[value] = at * spacing, min(1.0, size_at(at))
    order = sorted(present, key=lambda value: -len(points[value]))
    target: dict[int, int] = {}
    for n, value in enumerate(order):
        for larger in order[:n]:
            if larger in target:
                continue
            if _same_disc(points[value], points[larger], sizes[larger]):
                target[value] = larger
                break
    if not target:
        return labels
    table = np.arange(labels.max() + 1)
    for value, larger in target.items():
        table[value] = larger
    return table[labels]


def _same_disc(smaller_mm: np.ndarray, larger_mm: np.ndarray, size: float) -> bool:
    """Whether two components (voxels in mm, axes k, j, i) belong to one disc; ``size`` of the discs there."""
    away = smaller_mm.mean(0) - larger_mm.mean(0)
    distance = float(np.linalg.norm(away))
    if distance >= SAME_DISC_MM * size:
        return False
    if abs(away @ plane_normal(larger_mm, ALONG_SPINE_KJI)) < SAME_PLANE_MM:
        return True
    if len(smaller_mm) < LEAST_PART_SHARE * len(larger_mm) or distance >= HALVES_MM * size:
        return False
    both = np.concatenate([smaller_mm, larger_mm])
    return float(np.std(both @ plane_normal(both, ALONG_SPINE_KJI))) < FLAT_MM
