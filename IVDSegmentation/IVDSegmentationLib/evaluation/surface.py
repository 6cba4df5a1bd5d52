"""Distance between two surfaces of voxel masks, in millimetres.

The surface of a mask is the set of voxel faces between inside and outside: rectangles with their true size, so thick
slices weigh by their area and no half voxel is lost. Distances are from the centre of each face to the nearest face
of the other surface (to the rectangle, not only to its centre).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

CANDIDATES = 12
"""Faces looked at, by centre, before the nearest rectangle is taken."""


@dataclass(frozen=True)
class Surface:
    """Voxel faces. Arrays have one row a face: ``centres_mm`` (k, j, i), ``axis`` the axis its normal lies on,
    ``area_mm2``, and ``real``: False where the face is a cut by the border of the valid region and no surface."""

    centres_mm: np.ndarray
    axis: np.ndarray
    area_mm2: np.ndarray
    real: np.ndarray


def surface_of(mask: np.ndarray, valid: np.ndarray, spacing_kji_mm: np.ndarray) -> Surface:
    """Faces of a mask. ``valid`` has the same shape; beyond the arrays nothing is valid (the field of view ends)."""
    inside = np.pad(mask & valid, 1)
    known = np.pad(valid, 1)
    centres, axes, areas, real = [], [], [], []
    for axis in range(3):
        low = tuple(slice(0, -1) if n == axis else slice(None) for n in range(3))
        high = tuple(slice(1, None) if n == axis else slice(None) for n in range(3))
        faces = np.argwhere(inside[low] != inside[high])
        if not len(faces):
            continue
        beyond = faces.copy()
        beyond[:, axis] += 1
        at = faces - 1.0  # the pad
        at[:, axis] += 0.5
        centres.append(at * spacing_kji_mm)
        axes.append(np.full(len(faces), axis))
        areas.append(np.full(len(faces), np.prod(np.delete(spacing_kji_mm, axis))))
        real.append(known[tuple(faces.T)] & known[tuple(beyond.T)])
    if not centres:
        return Surface(np.empty((0, 3)), np.empty(0, int), np.empty(0), np.empty(0, bool))
    return Surface(np.concatenate(centres), np.concatenate(axes), np.concatenate(areas), np.concatenate(real))


def distances_mm(points: np.ndarray, to: Surface, spacing_kji_mm: np.ndarray) -> np.ndarray:
    """Distance of each point (k, j, i in mm) to the nearest face of a surface."""
    count = min(CANDIDATES, len(to.centres_mm))
    _, nearest = cKDTree(to.centres_mm).query(points, k=count)
    nearest = nearest.reshape(len(points), count)
    half = np.repeat(spacing_kji_mm[None, :] / 2, 3, axis=0)
    np.fill_diagonal(half, 0.0)  # a face has no extent along its normal
    offset = np.abs(points[:, None, :] - to.centres_mm[nearest])
    beyond = np.maximum(0.0, offset - half[to.axis[nearest]])
    return np.sqrt((beyond**2).sum(axis=2)).min(axis=1)


def mean_surface_distance_mm(
    one: np.ndarray, other: np.ndarray, valid: np.ndarray, spacing_kji_mm: np.ndarray
) -> float:
    """Average absolute surface distance of two masks of the same shape (k, j, i), both ways, weighted by area.

    Faces where a disc is cut by the border of the valid region count for neither (nobody knows the surface there), but
    a distance may end on them. NaN where a mask has no surface.
    """
    surfaces = [surface_of(mask, valid, spacing_kji_mm) for mask in (one, other)]
    if not all(surface.real.any() for surface in surfaces):
        return float("nan")
    total = area = 0.0
    for start, end in (surfaces, surfaces[::-1]):
        found = distances_mm(start.centres_mm[start.real], end, spacing_kji_mm)
        total += float((found * start.area_mm2[start.real]).sum())
        area += float(start.area_mm2[start.real].sum())
    return total / area
