"""NIfTI-1 and NIfTI-2 (.nii, .nii.gz, .hdr with .img): headers checked field by field.

Layouts and rules: nifti1.h and nifti2.h of the NIfTI working group.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import InputError
from .image import check_right_angles
from .image_file import ImageFile, check_dimensions
from .nifti_forms import RAS_TO_LPS, NiftiForms
from .nifti_header import TYPES, check_finite, read_header
from .voxel_stream import RAW, ZLIB, Part, is_gzip

ENDINGS = (".nii", ".nii.gz", ".hdr", ".img", ".img.gz")
SPACING_TOLERANCE = 0.01
"""The two spacings of a header (pixdim, and the sform's columns) may differ by this part: rounding stays far below."""
FORM_TOLERANCE_MM = 0.5
"""The two forms count as one where no corner of the volume moves by more: a quaternion in float32 near a rotation by 180
degrees is off by up to 0.15 mm at 500 mm."""
_MILLIMETRES = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
"""Lower three bits of xyzt_units: unknown (taken as mm), metre, millimetre, micrometre."""
_COLOURS = {128: 3, 2304: 4}
_COMPLEX = (32, 1792, 2048)


def is_nifti(path: Path) -> bool:
    return path.name.lower().endswith(ENDINGS)


def open_nifti(path: Path) -> ImageFile:
    """The header of a NIfTI file. Raises ``InputError`` where it is damaged or contradicts itself."""
    header_path, data_path = _pair(path)
    header = read_header(header_path)
    check_finite(header, path)
    sizes = _sizes(header, path)
    datatype = int(header["datatype"])
    vector = sizes[4] if len(sizes) > 4 and int(header["intent_code"]) == 1007 else 1  # NIFTI_INTENT_VECTOR
    check_dimensions(path, sizes, _COLOURS.get(datatype, vector), datatype in _COMPLEX)
    if datatype not in TYPES:
        raise InputError(f"{path} has a voxel type that is not known (NIfTI datatype {datatype}). Export it again.")
    dtype = np.dtype(TYPES[datatype]).newbyteorder(header.dtype["sizeof_hdr"].byteorder)  # type: ignore[arg-type]
    if int(header["bitpix"]) != 8 * dtype.itemsize:
        raise InputError(
            f"{path} contradicts itself: its voxel type has {8 * dtype.itemsize} bits, its header says "
            f"{int(header['bitpix'])}. Export it again."
        )
    forms = _forms(header)
    spacing, matrix, warnings = geometry_of_forms(forms, sizes, path)
    one_file = header_path == data_path
    offset = _offset(header, path, one_file)
    zipped = is_gzip(data_path)
    part = Part(data_path, 0, ZLIB, offset) if zipped else Part(data_path, offset, RAW)
    slope, intercept = float(header["scl_slope"]), float(header["scl_inter"])
    return ImageFile(
        path,
        sizes,
        dtype,
        (part,),
        spacing,
        tuple(matrix[:3, 3]),
        matrix[:3, :3],
        scale=None if slope == 0 or (slope, intercept) == (1, 0) else (slope, intercept),
        forms=forms,
        warnings=warnings,
    )


def _pair(path: Path) -> tuple[Path, Path]:
    """(header, data): the same file, or .hdr and .img side by side."""
    name = path.name.lower()
    if name.endswith((".nii", ".nii.gz")):
        return path, path
    stem = path.name[: name.rindex(".hdr" if name.endswith(".hdr") else ".img")]
    header = path if name.endswith(".hdr") else _beside(path, stem, (".hdr",))
    data = path if not name.endswith(".hdr") else _beside(path, stem, (".img", ".img.gz"))
    return header, data


def _beside(path: Path, stem: str, endings: tuple[str, ...]) -> Path:
    for one in path.parent.iterdir():
        if one.name.startswith(stem) and one.name[len(stem) :].lower() in endings:
            return one
    raise InputError(f"{path} has no {stem}{endings[0]} beside it: its data file is missing. Copy both files.")


def _sizes(header: np.void, path: Path) -> tuple[int, ...]:
    dim = [int(n) for n in header["dim"]]
    if not 1 <= dim[0] <= 7 or any(n < 1 for n in dim[1 : dim[0] + 1]):
        raise InputError(f"{path} gives sizes that cannot be ({', '.join(map(str, dim))}). Export it again.")
    return tuple(dim[1 : dim[0] + 1])


def _offset(header: np.void, path: Path, one_file: bool) -> int:
    offset = float(header["vox_offset"])
    least = (352 if int(header["sizeof_hdr"]) == 348 else 544) if one_file else 0
    if offset != int(offset) or offset < least:
        raise InputError(
            f"{path} is damaged: its voxels are said to begin at byte {offset:g}, which is "
            f"{'within the header' if offset < least else 'no whole number'}. Export it again."
        )
    return int(offset)


def _forms(header: np.void) -> NiftiForms:
    return NiftiForms(
        int(header["qform_code"]),
        int(header["sform_code"]),
        tuple(float(value) for value in header["pixdim"][:4]),
        tuple(float(value) for value in header["quatern"]),  # type: ignore[arg-type]
        tuple(float(value) for value in header["qoffset"]),  # type: ignore[arg-type]
        tuple(tuple(float(value) for value in row) for row in header["srow"]),
        int(header["xyzt_units"]),
    )


def geometry_of_forms(
    forms: NiftiForms, sizes: tuple[int, ...], path: Path
) -> tuple[tuple[float, float, float], np.ndarray, tuple[str, ...]]:
    """(spacing in mm, 4 x 4 matrix whose first three columns are unit LPS directions and whose last is the origin in LPS mm,
    warnings). The form is chosen as ITK does, so that what is found lies on the scan in 3D Slicer."""
    unit = _MILLIMETRES.get(forms.units & 7, 1.0)
    pixdim = np.array(forms.pixdim[1:4], float)
    if np.any(pixdim <= 0):
        kind = "of 0 mm" if np.any(pixdim == 0) else "that is negative"
        sform = f"; its sform says {_numbers(_columns(forms))} mm" if forms.sform_code > 0 else ""
        raise InputError(
            f"{path} gives a voxel spacing {kind} (pixdim {_numbers(pixdim)} mm{sform}), so nothing can be measured. "
            "Export it again with its true spacing."
        )
    use_sform = forms.sform_code > 0
    warnings: tuple[str, ...] = ()
    if use_sform:
        columns = _columns(forms)
        if forms.qform_code <= 0 and np.all(columns > 0):
            check_right_angles(forms.sform()[:3, :3] / columns, path)
        if np.any(np.abs(columns - pixdim) > SPACING_TOLERANCE * pixdim):
            raise InputError(
                f"{path} contradicts itself: its voxel spacing is {_numbers(pixdim)} mm by pixdim and {_numbers(columns)} mm "
                "by its sform. Export it again with its true spacing."
            )
    if forms.qform_code > 0:
        if np.sum(np.square(forms.quaternion)) > 1.01:
            raise InputError(f"{path} is damaged: its qform is no rotation. Export it again.")
        if use_sform:
            use_sform, warnings = _choose_form(forms, sizes)
    if use_sform:
        matrix = forms.sform()
        matrix[:3, :3] /= np.linalg.norm(matrix[:3, :3], axis=0)
    elif forms.qform_code > 0:
        matrix = forms.qform()
        matrix[:3, :3] /= pixdim
    else:
        matrix = RAS_TO_LPS.copy()  # as ITK: the axes point to left, posterior and superior
        warnings = (
            "The file does not say how the patient lies (qform and sform are both unset): its axes are taken as left, "
            "posterior and superior. Check the orientation.",
        )
    matrix = RAS_TO_LPS @ matrix
    matrix[:3, 3] *= unit
    spacing = tuple(float(value) for value in pixdim * unit)
    return spacing, matrix, warnings  # type: ignore[return-value]


def _choose_form(forms: NiftiForms, sizes: tuple[int, ...]) -> tuple[bool, tuple[str, ...]]:
    """(whether the sform is used, warnings), where a file has both. ITK's rule: the sform where it is that of the scanner,
    else the qform; the qform as well where the sform is sheared."""
    sform, qform = forms.sform(), forms.qform()
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in sizes[:3]], [1])).reshape(4, -1)
    apart = float(np.linalg.norm(((sform - qform) @ corners)[:3], axis=0).max())
    directions = sform[:3, :3] / np.linalg.norm(sform[:3, :3], axis=0)
    sheared = not np.allclose(directions.T @ directions, np.eye(3), atol=_ITK_SHEAR)
    use_sform = forms.sform_code == 1 and not sheared
    if apart <= FORM_TOLERANCE_MM:
        return use_sform, ()
    why = "its axes are not at right angles" if sheared else "3D Slicer takes that one"
    used = "the sform" if use_sform else "the qform"
    other = f"(the sform is left aside: {why})" if sheared else f"({why})"
    return use_sform, (
        f"The file gives two places for its voxels: sform (code {forms.sform_code}) and qform (code {forms.qform_code}) lie "
        f"up to {apart:.1f} mm apart. Coordinates are those of {used} {other}; label maps in NIfTI carry both forms, so they "
        "lie on the scan in every program.",
    )


_ITK_SHEAR = 1e-4
"""From here on ITK turns to the qform."""


def _columns(forms: NiftiForms) -> np.ndarray:
    return np.linalg.norm(forms.sform()[:3, :3], axis=0)


def _numbers(values: np.ndarray) -> str:
    return " x ".join(f"{float(value):.4g}" for value in values)
