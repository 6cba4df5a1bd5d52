"""Size and form of an outline, and what is usual at its level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage

from ..spine import Region

KEYS = ("thickness_mm", "depth_mm", "flatness")
"""Of an outline: what the table of usual shapes knows."""
ANY_LEVEL = 0
"""Row of the table for a disc whose level is not known."""


@dataclass(frozen=True)
class OutlineShape:
    """``thickness_mm`` and ``depth_mm``: mean thickness, and antero-posterior extent of the middle 90 % of the voxels;
    ``surface_to_volume``: free faces within sagittal slices over voxels, 1/mm. ``slice_overlap``: mean overlap (Jaccard) of
    neighbouring sagittal slices. ``largest_part``: share of the largest connected component."""

    volume_cm3: float
    thickness_mm: float
    depth_mm: float
    surface_to_volume: float
    slice_overlap: float
    largest_part: float

    @property
    def flatness(self) -> float:
        return self.thickness_mm / max(1.0, self.depth_mm)

    @classmethod
    def of(cls, region: Region) -> OutlineShape:
        """Of a region with sagittal axes: k sideways, j along the spine, i from front to back."""
        mask = region.mask
        i_mm, j_mm, _ = region.grid.spacing_mm
        normal = (region.normal @ region.grid.direction)[::-1]
        back = np.array([0.0, 0.0, 1.0]) - normal * normal[2]
        back /= max(1e-6, float(np.linalg.norm(back)))
        along = region.points_kji @ (back * region.grid.spacing_mm[::-1])
        low, high = np.quantile(along, [0.05, 0.95])
        padded = np.pad(mask, 1)
        faces = np.count_nonzero(np.diff(padded, axis=1)) * i_mm + np.count_nonzero(np.diff(padded, axis=2)) * j_mm
        both = [int((one & two).sum()) / max(1, int((one | two).sum())) for one, two in zip(mask, mask[1:])]
        parts, count = ndimage.label(mask, np.ones((3, 3, 3)))
        return cls(
            volume_cm3=region.volume_mm3 / 1000,
            thickness_mm=region.thickness_mm,
            depth_mm=float(high - low),
            surface_to_volume=float(faces / max(1e-6, region.voxels * i_mm * j_mm)),
            slice_overlap=float(np.mean(both)) if both else 1.0,
            largest_part=float(np.bincount(parts.ravel())[1:].max() / region.voxels) if count else 0.0,
        )


@dataclass(frozen=True)
class ShapeTable:
    """Mean and standard deviation of ``KEYS`` for each level: label value -> ((mean, sd), …)."""

    rows: Mapping[int, tuple[tuple[float, float], ...]]

    def z_scores(self, shape: OutlineShape, label: int) -> tuple[float, float, float]:
        """How many standard deviations thickness, depth and flatness are from what is usual, at most 6 either way."""
        row = self.rows[label if label in self.rows else ANY_LEVEL]
        found = [(getattr(shape, key) - mean) / sd for key, (mean, sd) in zip(KEYS, row)]
        thickness, depth, flatness = (float(np.clip(value, -6.0, 6.0)) for value in found)
        return thickness, depth, flatness

    def as_json(self) -> dict[str, Any]:
        return {str(label): [[round(m, 4), round(s, 4)] for m, s in row] for label, row in self.rows.items()}

    @classmethod
    def from_json(cls, rows: Mapping[str, Any]) -> ShapeTable:
        return cls({int(label): tuple((float(m), float(s)) for m, s in row) for label, row in rows.items()})
