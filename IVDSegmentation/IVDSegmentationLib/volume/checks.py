"""Is this a volume that discs can be found in? Each answer is a sentence that says what is wrong and what to do."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..errors import InputError
from ..formatting import times
from .fill import Patient, patient_of
from .image import check_right_angles
from .volume import Volume

SPACING_LIMITS_MM = (0.05, 20.0)
MINIMUM_VOXELS = 3
MINIMUM_EXTENT_MM = 30.0
"""In the two longest directions: one disc with its endplates needs about this much."""
MAXIMUM_EXTENT_MM = (700.0, 700.0, 2200.0)
"""In ascending order: no patient is larger. A wrong spacing would make a grid that no memory can hold."""
MAXIMUM_VOXELS = 2**31
"""Twenty times the largest MR volumes of a spine (0.3 mm, isotropic, 0.5 m long)."""
SMALL_EXTENT_MM = 80.0
"""Below this (longest direction) at most two discs fit: levels can hardly be told."""
THICK_MM = 6.0
LARGEST_VALUE = 1e15
"""The squares of larger values, summed for means and deviations, leave the range of float32."""
_SAMPLE = 2_000_000
"""Voxels looked at for the statistics: more change nothing."""


def check_volume(volume: Volume) -> tuple[str, ...]:
    """Raises ``InputError`` where the volume cannot be segmented; returns warnings where it can, with doubts."""
    return checked_patient(volume)[1]


def checked_patient(volume: Volume) -> tuple[Patient, tuple[str, ...]]:
    """Like ``check_volume``, with the part of the volume that shows the patient."""
    _check_shape(volume)
    _check_geometry(volume)
    _check_values(volume)
    patient = patient_of(volume)
    if patient.volume is not volume:
        _check_shape(patient.volume)
        _check_geometry(patient.volume)
    # the padding of a CT is the least of its problems
    of_values = _ct_warning(patient.volume) or patient.warnings
    return patient, (*volume.warnings, *of_values, *_geometry_warnings(patient.volume))


def _ct_warning(volume: Volume) -> tuple[str, ...]:
    low, high = float(volume.array.min()), float(volume.array.max())
    if not _looks_like_ct(volume, low, high):
        return ()
    return (
        f"The values ({low:g} to {high:g}) look like CT (Hounsfield units). The models are made for MR: "
        "do not trust the result, give the MR scan.",
    )


def _geometry_warnings(volume: Volume) -> list[str]:
    warnings = []
    extent = sorted(n * s for n, s in zip(volume.size_ijk, volume.spacing_mm))
    if extent[2] < SMALL_EXTENT_MM:
        warnings.append(
            f"The field of view is small ({times(extent)} mm). Only one or two discs fit; "
            "check their levels, or give a scan that shows the sacrum."
        )
    if sum(s > THICK_MM for s in volume.spacing_mm) > 1:
        warnings.append(
            f"The voxels are coarse ({times(volume.spacing_mm)} mm). Thin discs may be missed; give the original scan."
        )
    return warnings


def _check_shape(volume: Volume) -> None:
    shape = volume.array.shape
    if len(shape) != 3:
        raise InputError(f"The volume has {len(shape)} dimensions instead of 3. Choose one 3D frame of it.")
    if volume.array.size == 0:
        raise InputError("The volume is empty: it has no voxels. Load or export it again.")
    if not (np.issubdtype(volume.array.dtype, np.number) or volume.array.dtype == bool):
        raise InputError(f"The voxels are of type {volume.array.dtype}, not numbers. Export the grey-scale volume.")
    if np.iscomplexobj(volume.array):
        raise InputError("The voxels are complex numbers. Export the magnitude image.")
    if min(shape) < MINIMUM_VOXELS:
        size = times(volume.size_ijk)
        raise InputError(
            f"The volume is 2D or nearly so ({size} voxels); it needs {MINIMUM_VOXELS} slices or more. "
            "Give the whole scan, not one slice."
        )


def _check_geometry(volume: Volume) -> None:
    spacing = np.array(volume.spacing_mm)
    if not np.all(np.isfinite(spacing)):
        raise InputError("The voxel spacing is not a number. Correct it (Slicer: Volumes module) or export again.")
    low, high = SPACING_LIMITS_MM
    if np.any(spacing <= 0):
        raise InputError(
            f"The voxel spacing ({times(spacing)} mm) is zero or negative. "
            "Set the true spacing (Slicer: Volumes module) or export the volume again."
        )
    if np.any(spacing < low) or np.any(spacing > high):
        raise InputError(
            f"The voxel spacing ({times(spacing)} mm) cannot be right for a spine scan ({low:g} to {high:g} mm). "
            "Is it in another unit? Set the true spacing (Slicer: Volumes module)."
        )
    if not np.all(np.isfinite(volume.origin_mm_lps)) or not np.all(np.isfinite(volume.direction)):
        raise InputError("The volume's position or direction is not a number. Export it again.")
    check_right_angles(volume.direction, "The volume")
    extent = sorted(n * s for n, s in zip(volume.size_ijk, volume.spacing_mm))
    if extent[1] < MINIMUM_EXTENT_MM:
        raise InputError(
            f"The field of view is too small ({times(extent)} mm): no disc with its neighbours fits. "
            "Give a scan of the spine, and check its spacing."
        )
    check_extent(volume.size_ijk, volume.spacing_mm, "The volume")


def check_extent(size_ijk: Sequence[int], spacing_mm: Sequence[float], name: str) -> None:
    """Raises ``InputError`` where a grid is larger than any patient: before memory is asked for, so from a header alone."""
    if math.prod(size_ijk) > MAXIMUM_VOXELS:
        size = " x ".join(f"{n:.6g}" if n < 1e300 else "very many" for n in size_ijk)
        raise InputError(f"{name} has {size} voxels, more than any MR volume. The header is damaged: export it again.")
    extent = sorted(n * s for n, s in zip(size_ijk, spacing_mm))
    if any(length > most for length, most in zip(extent, MAXIMUM_EXTENT_MM)):
        raise InputError(
            f"{name} has a field of view ({times(extent)} mm) that is larger than a patient, so the voxel spacing "
            f"({times(spacing_mm)} mm) cannot be right. Set the true spacing (Slicer: Volumes module)."
        )


def _check_values(volume: Volume) -> None:
    array = volume.array
    if np.issubdtype(array.dtype, np.floating):
        # a sum is finite only if all its terms are (or nearly overflow): one pass, no array of booleans
        with np.errstate(over="ignore", invalid="ignore"):
            doubtful = not np.isfinite(array.sum(dtype=np.float64))
        if doubtful:
            bad = int(np.count_nonzero(~np.isfinite(array)))
            if bad:
                raise InputError(
                    f"{bad} voxel{' is' if bad == 1 else 's are'} not a number or infinite. "
                    "Replace them (for instance by 0) or export the volume again."
                )
    low, high = float(array.min()), float(array.max())
    if low == high:
        raise InputError(f"All voxels have the same value ({low:g}): it shows nothing. Load or export it again.")
    if max(abs(low), abs(high)) > LARGEST_VALUE:
        raise InputError(
            f"The values ({low:g} to {high:g}) are too large to compute with. Export the volume with its usual intensities."
        )


def _looks_like_ct(volume: Volume, low: float, high: float) -> bool:
    """Air at -1000 (or padding below), much of it, and bone above soft tissue. MR magnitudes are not negative; filtered
    or centred MR is, but without a heap near -1000."""
    if low > -500 or low < -32768 or high < 200:
        return False
    step = max(1, volume.array.size // _SAMPLE)
    values = volume.array.reshape(-1)[::step] if volume.array.flags.c_contiguous else volume.array.ravel()[::step]
    air = np.mean((values <= -850) & (values >= -1100) | (values <= -1900))
    soft = np.mean((values > -200) & (values < 300))
    return bool(air > 0.02 and soft > 0.05) or bool(low >= -1100 and low <= -900 and soft > 0.5)
