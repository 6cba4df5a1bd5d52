"""Discs of known size for the tests of measurement and correction: smooth shapes, rasterised on any grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from IVDSegmentationLib.volume import Volume


@dataclass(frozen=True)
class KnownDisc:
    """A D-shaped, biconvex, wedged disc with rounded rim. Millimetres, degrees.

    ``tilt_deg``: front edge lower is +. ``coronal_deg`` tilts it sideways, ``axial_deg`` turns it about the spine.
    """

    centre: tuple[float, float, float] = (3.3, -7.4, 11.7)
    depth: float = 34.0
    width: float = 46.0
    height: float = 8.0
    dome: float = 1.5
    wedge_deg: float = 6.0
    tilt_deg: float = 12.0
    coronal_deg: float = 0.0
    axial_deg: float = 0.0

    @property
    def axes(self) -> np.ndarray:
        """Columns: LPS directions of front, up, left."""
        t, c, a = np.radians([self.tilt_deg, self.coronal_deg, self.axial_deg])
        pitch = np.array([[1, 0, 0], [0, np.cos(t), -np.sin(t)], [0, np.sin(t), np.cos(t)]])
        roll = np.array([[np.cos(c), 0, np.sin(c)], [0, 1, 0], [-np.sin(c), 0, np.cos(c)]])
        turn = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
        base = np.array([[0, 0, 1.0], [-1, 0, 0], [0, 1, 0]])
        return roll @ pitch @ turn @ base

    def faces(self, front: np.ndarray, left: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(upper, lower) heights over points of the disc's plane; equal outside of the footprint."""
        radius = np.abs(2 * front / self.depth) ** 2.4 + np.abs(2 * left / self.width) ** 2.4
        inside = radius < 1
        bulge = np.clip(1 - radius, 0, None)
        rim = np.clip(bulge / 0.12, 0, 1)
        rounding = np.sqrt(rim * (2 - rim))
        half = (self.height / 2 + self.dome * bulge + np.tan(np.radians(self.wedge_deg / 2)) * front) * rounding
        return np.where(inside, half, 0.0), np.where(inside, -half, 0.0)

    def contains(self, points: np.ndarray) -> np.ndarray:
        front, up, left = np.moveaxis((points - np.asarray(self.centre)) @ self.axes, -1, 0)
        upper, lower = self.faces(front, left)
        return (up < upper) & (up > lower)

    @property
    def centroid(self) -> np.ndarray:
        """LPS mm; in front of ``centre`` where the disc is thicker there."""
        front = np.arange(-self.depth / 2, self.depth / 2, 0.1)[None, :] + 0.05
        left = np.arange(-self.width / 2, self.width / 2, 0.1)[:, None] + 0.05
        upper, lower = self.faces(front, left)
        return np.asarray(self.centre) + self.axes[:, 0] * ((upper - lower) * front).sum() / (upper - lower).sum()

    def truth(self) -> dict[str, float]:
        """What the definitions of docs/MEASUREMENTS.md give for the shape itself, by fine integration."""
        front = np.arange(-self.depth / 2, self.depth / 2, 0.05) + 0.025
        left = np.arange(-self.width / 2, self.width / 2, 0.05) + 0.025
        upper, lower = self.faces(front[None, :], left[:, None])
        thickness = upper - lower
        profile = thickness[np.abs(left) <= 5].mean(axis=0)
        part = (self.depth / 2 - front) / self.depth
        band = np.abs(left) <= 5
        line = (part >= 0.12) & (part <= 0.88)
        slopes = [np.polyfit(front[line], face[band].mean(axis=0)[line], 1)[0] for face in (upper, lower)]
        heights = {
            name: float(profile[(part >= low) & (part <= high)].mean())
            for name, low, high in (("anterior", 0.08, 0.20), ("middle", 0.42, 0.58), ("posterior", 0.80, 0.92))
        }
        return {
            "volume_mm3": float(thickness.sum() * 0.05**2),
            "anterior_height_mm": heights["anterior"],
            "middle_height_mm": heights["middle"],
            "posterior_height_mm": heights["posterior"],
            "depth_mm": self.depth,
            "width_mm": self.width,
            "wedge_deg": float(np.degrees(np.arctan(slopes[0]) - np.arctan(slopes[1]))),
            "tilt_deg": float(np.degrees(np.arcsin(-self.axes[2, 0]))),
        }


def rotation(axis: tuple[float, float, float], degrees: float) -> np.ndarray:
    """Rotation matrix about an axis."""
    x, y, z = np.asarray(axis, float) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


SAGITTAL = np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
AXIAL = np.eye(3)
CORONAL = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
LEFT_HANDED = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def empty_grid(
    spacing: tuple[float, float, float],
    direction: np.ndarray,
    low: tuple[float, float, float],
    high: tuple[float, float, float],
    dtype: type = np.uint8,
) -> Volume:
    """A volume whose grid covers a box of the patient (LPS mm) with any direction."""
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    along = corners @ direction
    first, last = along.min(axis=0), along.max(axis=0)
    size = np.ceil((last - first) / np.asarray(spacing)).astype(int) + 1
    return Volume(np.zeros(size[::-1], dtype), spacing, tuple(direction @ first), direction)


def draw(labels: Volume, disc: KnownDisc, label: int) -> None:
    """Writes the disc into a label map: a voxel belongs to it where its centre does."""
    k, j, i = np.indices(labels.array.shape)
    inside = disc.contains(labels.lps_of_ijk(np.stack([i, j, k], axis=-1)))
    labels.array[inside] = label


def spine() -> dict[int, KnownDisc]:
    """Six discs L5-S1 … T12-L1 with a lordosis."""
    tilts = [36.0, 13.0, 2.0, -6.0, -10.0, -10.0]
    discs = {}
    y, z = 0.0, 0.0
    for n, tilt in enumerate(tilts):
        discs[n + 1] = KnownDisc((0.4 * n, y, z), 34, 46, 8.0 - 0.4 * n, 1.2, 6.0 - n, tilt)
        mean = np.radians(tilt - 6)
        y, z = y - 36 * np.sin(mean) * 0.9, z + 36 * np.cos(mean)
    return discs
