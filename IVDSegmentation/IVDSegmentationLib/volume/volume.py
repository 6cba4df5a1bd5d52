"""A volume: voxels with their place in the patient."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .nifti_forms import NiftiForms


@dataclass(frozen=True, eq=False)
class Volume:
    """Voxels and geometry, in SimpleITK's conventions.

    ``array`` has axes (k, j, i): the slowest first, as numpy, SimpleITK and Slicer give it.
    ``spacing_mm`` is (i, j, k). ``origin_mm_lps`` is the centre of voxel (0, 0, 0) in LPS. ``direction`` is 3 x 3; its
    columns are the LPS directions of the axes i, j, k (unit length; right- or left-handed). ``warnings``: what the reader
    of its file doubts, for the user. ``forms``: a NIfTI file's own two geometries, so that label maps can be given them.
    ``body_parts``: keys of ``body_part.PARTS`` that the file's header names.
    """

    array: np.ndarray
    spacing_mm: tuple[float, float, float] = (1.0, 1.0, 1.0)
    origin_mm_lps: tuple[float, float, float] = (0.0, 0.0, 0.0)
    direction: np.ndarray = None  # type: ignore[assignment]
    warnings: tuple[str, ...] = ()
    forms: NiftiForms | None = None
    body_parts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        direction = np.eye(3) if self.direction is None else np.asarray(self.direction, float).reshape(3, 3)
        object.__setattr__(self, "direction", direction)
        object.__setattr__(self, "spacing_mm", tuple(float(s) for s in self.spacing_mm))
        object.__setattr__(self, "origin_mm_lps", tuple(float(o) for o in self.origin_mm_lps))

    @property
    def size_ijk(self) -> tuple[int, int, int]:
        k, j, i = self.array.shape
        return (i, j, k)

    @property
    def voxel_mm3(self) -> float:
        return float(np.prod(self.spacing_mm))

    @property
    def ijk_to_lps(self) -> np.ndarray:
        """4 x 4 matrix from voxel indices (i, j, k, 1) to LPS millimetres."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.direction * np.asarray(self.spacing_mm)
        matrix[:3, 3] = self.origin_mm_lps
        return matrix

    def lps_of_ijk(self, ijk: np.ndarray) -> np.ndarray:
        """LPS millimetres of voxel indices; ``ijk`` has shape (..., 3)."""
        ijk = np.asarray(ijk, float)
        return ijk @ self.ijk_to_lps[:3, :3].T + self.ijk_to_lps[:3, 3]

    def ijk_of_lps(self, lps: np.ndarray) -> np.ndarray:
        """Continuous voxel indices (i, j, k) of LPS millimetres; ``lps`` has shape (..., 3)."""
        inverse = np.linalg.inv(self.ijk_to_lps)
        return np.asarray(lps, float) @ inverse[:3, :3].T + inverse[:3, 3]

    def with_array(self, array: np.ndarray) -> Volume:
        """Other voxels on the same grid. Raises ``ValueError`` where the shapes differ."""
        if array.shape != self.array.shape:
            raise ValueError(f"array of shape {array.shape} does not fit the grid {self.array.shape} (k, j, i)")
        return replace(self, array=array)

    def same_grid(self, other: Volume, tolerance_mm: float = 1e-3) -> bool:
        """Whether both have the same voxels in the same places."""
        return self.array.shape == other.array.shape and bool(np.allclose(self.ijk_to_lps, other.ijk_to_lps, atol=tolerance_mm))
