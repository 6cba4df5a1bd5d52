"""Artefacts of a scan: saturation band, ghosts, wrap-around, Gibbs ringing, metal."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import map_coordinates

from .course import Course
from .grid import Grid


def add(rng: np.random.Generator, scan: np.ndarray, grid: Grid, course: Course, contrast: str) -> tuple[np.ndarray, list[str]]:
    """Adds artefacts by chance; returns the scan and the names of those added."""
    done = []
    if contrast in ("T2", "T1", "STIR", "T2fs") and rng.random() < 0.5:
        scan = _saturation(rng, scan, grid, course)
        done.append("saturation band")
    if rng.random() < 0.15:
        scan = _ghosts(rng, scan)
        done.append("motion ghosts")
    if rng.random() < 0.05:
        scan = _wrap(rng, scan)
        done.append("wrap-around")
    if rng.random() < 0.2:
        scan = _gibbs(rng, scan)
        done.append("Gibbs ringing")
    if rng.random() < 0.03:
        scan = _metal(rng, scan, grid, course)
        done.append("metal void")
    return scan, done


def _saturation(rng: np.random.Generator, scan: np.ndarray, grid: Grid, course: Course) -> np.ndarray:
    """A slab in front of the spine is switched off so that bowel and vessels do not disturb."""
    y, x = grid.axis(1), grid.axis(2)
    front = course.at(course.front, y)
    reach = rng.uniform(8, 30)
    line = np.polyval(np.polyfit(y, front, 1), y) - reach
    line = np.minimum(line, front - 3)
    share = np.clip((line[:, None] - x[None, :]) / rng.uniform(4, 14), 0, 1)
    return scan * (1 - (1 - rng.uniform(0.05, 0.35)) * share)[None].astype(np.float32)


def _ghosts(rng: np.random.Generator, scan: np.ndarray) -> np.ndarray:
    """Copies of the bright parts, displaced along the phase direction."""
    axis = int(rng.choice([1, 2]))
    size = scan.shape[axis]
    shift = int(rng.uniform(0.06, 0.3) * size)
    strength = rng.uniform(0.03, 0.12)
    result = scan
    for n, sign in enumerate((1, -1, 2)):
        result = result + np.float32(strength / (n + 1)) * np.roll(scan, sign * shift, axis)
    return result


def _wrap(rng: np.random.Generator, scan: np.ndarray) -> np.ndarray:
    """What lies beyond one edge appears at the other: the edge's own content mirrored stands for it."""
    axis = int(rng.choice([1, 2]))
    width = int(scan.shape[axis] * rng.uniform(0.05, 0.15))
    result = scan.copy()
    first, last = [slice(None)] * 3, [slice(None)] * 3
    first[axis], last[axis] = slice(0, width), slice(scan.shape[axis] - width, None)
    share = np.float32(rng.uniform(0.4, 0.9))
    result[tuple(first)] += share * np.flip(scan[tuple(last)], axis)
    result[tuple(last)] += share * np.flip(scan[tuple(first)], axis)
    return result


def _gibbs(rng: np.random.Generator, scan: np.ndarray) -> np.ndarray:
    """Cuts the outer part of k-space off along one axis."""
    axis = int(rng.choice([1, 2]))
    spectrum = np.fft.rfft(scan, axis=axis)
    keep = int(spectrum.shape[axis] * rng.uniform(0.55, 0.85))
    cut = [slice(None)] * 3
    cut[axis] = slice(keep, None)
    spectrum[tuple(cut)] = 0
    return np.maximum(np.fft.irfft(spectrum, scan.shape[axis], axis=axis), 0).astype(np.float32)


def _metal(rng: np.random.Generator, scan: np.ndarray, grid: Grid, course: Course) -> np.ndarray:
    """A dark hole with a bright rim behind the lower lumbar spine or the neck, and distortion round it."""
    z, y, x = (grid.axis(n) for n in range(3))
    level = next((name for name in ("L5", "C6", "T8") if y[0] < course.level_y.get(name, np.inf) < y[-1]), "L5")
    centre_y = course.level_y.get(level, 0.0) + rng.normal(-10, 20)
    centre_x = float(course.at(course.x, np.array([centre_y]))[0]) + rng.uniform(12, 35)
    centre_z = z.mean() + rng.normal(0, 12)
    half = rng.uniform(9, 22, 3)
    q = np.sqrt(
        ((z - centre_z) / half[0])[:, None, None] ** 2
        + ((y - centre_y) / half[1])[None, :, None] ** 2
        + ((x - centre_x) / half[2])[None, None, :] ** 2
    )
    j0, i0 = np.meshgrid(np.arange(scan.shape[1]), np.arange(scan.shape[2]), indexing="ij")
    result = scan.copy()
    for k in np.flatnonzero(q.min(axis=(1, 2)) < 2.0):
        pull = 4.0 / grid.step[1] * np.exp(-((q[k] - 0.9) ** 2) * 3) * np.sign(y - centre_y)[:, None]
        result[k] = map_coordinates(scan[k], [j0 - pull, i0], order=1, mode="nearest")
    bright = 1 + 1.2 * np.exp(-(((q - 1.15) / 0.12) ** 2))
    return (result * bright * np.clip((q - 0.85) / 0.25, 0.02, 1)).astype(np.float32)
