"""Writes NIfTI-1: by the volume's geometry, or with the input's own sform and qform."""

from __future__ import annotations

import gzip
import math
from pathlib import Path

import numpy as np

from ..errors import OutputError
from .nifti import geometry_of_forms
from .nifti_forms import RAS_TO_LPS, NiftiForms, quaternion_of
from .nifti_header import HEADER_1, TYPES
from .volume import Volume


def write_nifti(volume: Volume, path: Path) -> None:
    """Writes NIfTI-1, compressed where the name ends with .gz. The input's own forms are used where the volume carries
    them."""
    array = np.asarray(volume.array)
    if max(array.shape) > 32767:
        raise OutputError(f"{path.name}: a side of more than 32767 voxels does not fit into NIfTI. Use .nrrd instead.")
    codes = {np.dtype(name): code for code, name in TYPES.items()}
    header = np.zeros((), HEADER_1)
    header["sizeof_hdr"] = 348
    header["dim"] = [3, *volume.size_ijk, 1, 1, 1, 1]
    header["datatype"] = codes[array.dtype.newbyteorder("=")]
    header["bitpix"] = 8 * array.dtype.itemsize
    forms = volume.forms if volume.forms is not None and _fits(volume.forms, volume) else _forms_of(volume)
    header["pixdim"] = [*forms.pixdim, 0, 0, 0, 0]
    header["vox_offset"] = 352
    header["scl_slope"] = 1
    header["xyzt_units"] = forms.units & 7 or 2
    header["qform_code"], header["sform_code"] = forms.qform_code, forms.sform_code
    header["quatern"], header["qoffset"], header["srow"] = forms.quaternion, forms.qoffset, forms.srow
    header["magic"] = np.void(b"n+1\0")
    voxels = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
    with open(path, "wb") as file:
        if not path.name.lower().endswith(".gz"):
            file.write(header.tobytes() + bytes(4))
            file.write(voxels)
            return
        with gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=_LEVEL, mtime=0) as zipped:
            zipped.write(header.tobytes() + bytes(4))
            zipped.write(voxels)


_LEVEL = 4
"""gzip's effort: label maps get within 10 % of the smallest size in a third of the time."""


def _forms_of(volume: Volume) -> NiftiForms:
    """Both forms from the volume's geometry, with the code of the scanner, as ITK writes them."""
    matrix = RAS_TO_LPS @ volume.ijk_to_lps
    qfac, *quaternion = quaternion_of(RAS_TO_LPS[:3, :3] @ volume.direction)
    rows = tuple(tuple(float(value) for value in row) for row in matrix[:3])
    offset = tuple(float(value) for value in matrix[:3, 3])
    return NiftiForms(1, 1, (qfac, *volume.spacing_mm), tuple(quaternion), offset, rows, 2)  # type: ignore[arg-type]


def _fits(forms: NiftiForms, volume: Volume) -> bool:
    """Whether the forms still belong to the volume: one of them puts its voxels where the volume has them."""
    spacing, matrix, _ = geometry_of_forms(forms, volume.size_ijk, Path("volume"))
    own = np.column_stack([matrix[:3, :3] * spacing, matrix[:3, 3]])
    return bool(np.allclose(own, volume.ijk_to_lps[:3], atol=1e-3)) and all(
        math.isclose(a, b, rel_tol=1e-6) for a, b in zip(spacing, volume.spacing_mm)
    )
