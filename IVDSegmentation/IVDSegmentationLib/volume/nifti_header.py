"""The header of a NIfTI file as a record, as nifti1.h and nifti2.h lay it out."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from ..errors import InputError
from .voxel_stream import ends_too_early, first_bytes, is_gzip

TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}
HEADER_1 = np.dtype(
    [
        ("sizeof_hdr", "i4"),
        ("unused", "V36"),
        ("dim", "i2", 8),
        ("intent_p", "f4", 3),
        ("intent_code", "i2"),
        ("datatype", "i2"),
        ("bitpix", "i2"),
        ("slice_start", "i2"),
        ("pixdim", "f4", 8),
        ("vox_offset", "f4"),
        ("scl_slope", "f4"),
        ("scl_inter", "f4"),
        ("slice_end", "i2"),
        ("slice_code", "u1"),
        ("xyzt_units", "u1"),
        ("cal_max", "f4"),
        ("cal_min", "f4"),
        ("slice_duration", "f4"),
        ("toffset", "f4"),
        ("glmax", "i4"),
        ("glmin", "i4"),
        ("descrip", "S80"),
        ("aux_file", "S24"),
        ("qform_code", "i2"),
        ("sform_code", "i2"),
        ("quatern", "f4", 3),
        ("qoffset", "f4", 3),
        ("srow", "f4", (3, 4)),
        ("intent_name", "S16"),
        ("magic", "V4"),
    ]
)
HEADER_2 = np.dtype(
    [
        ("sizeof_hdr", "i4"),
        ("magic", "V8"),
        ("datatype", "i2"),
        ("bitpix", "i2"),
        ("dim", "i8", 8),
        ("intent_p", "f8", 3),
        ("pixdim", "f8", 8),
        ("vox_offset", "i8"),
        ("scl_slope", "f8"),
        ("scl_inter", "f8"),
        ("cal_max", "f8"),
        ("cal_min", "f8"),
        ("slice_duration", "f8"),
        ("toffset", "f8"),
        ("slice_start", "i8"),
        ("slice_end", "i8"),
        ("descrip", "S80"),
        ("aux_file", "S24"),
        ("qform_code", "i4"),
        ("sform_code", "i4"),
        ("quatern", "f8", 3),
        ("qoffset", "f8", 3),
        ("srow", "f8", (3, 4)),
        ("slice_code", "i4"),
        ("xyzt_units", "i4"),
        ("intent_code", "i4"),
        ("intent_name", "S16"),
        ("dim_info", "u1"),
        ("unused_str", "V15"),
    ]
)
assert HEADER_1.itemsize == 348 and HEADER_2.itemsize == 540
_FLOATS = {
    "intent_p": "intent parameters",
    "pixdim": "voxel spacing (pixdim)",
    "vox_offset": "offset of the voxels (vox_offset)",
    "scl_slope": "scale (scl_slope)",
    "scl_inter": "scale (scl_inter)",
    "cal_max": "display range (cal_max)",
    "cal_min": "display range (cal_min)",
    "slice_duration": "slice duration",
    "toffset": "time offset",
    "quatern": "qform",
    "qoffset": "qform",
    "srow": "sform",
}


def read_header(path: Path) -> np.void:
    """The header as a record in the file's byte order."""
    zipped = is_gzip(path)
    if path.name.lower().endswith(".gz") and not zipped and path.stat().st_size:
        raise InputError(f"{path} is not a gzip file in spite of its name. Export the volume again.")
    content = first_bytes(path, HEADER_2.itemsize)
    if len(content) < HEADER_1.itemsize:
        stored = path.stat().st_size
        raise InputError(ends_too_early(path) if stored else f"{path} is an empty file. Export the volume again.")
    for order in "<>":
        (size,) = struct.unpack(order + "i", content[:4])
        kind = {348: HEADER_1, 540: HEADER_2}.get(size)
        if kind is not None:
            if len(content) < kind.itemsize:
                raise InputError(ends_too_early(path))
            header = np.frombuffer(content, kind.newbyteorder(order), 1)[0]  # type: ignore[arg-type]
            _check_magic(header, path)
            return header
    raise InputError(f"{path} is not a NIfTI file in spite of its name. Export the volume again.")


def _check_magic(header: np.void, path: Path) -> None:
    magic = bytes(header["magic"])[:3]
    single = path.name.lower().endswith((".nii", ".nii.gz"))
    if magic not in ((b"n+1", b"n+2") if single else (b"ni1", b"ni2")):
        raise InputError(
            f"{path} is not a NIfTI file in spite of its name (an older Analyze file, perhaps: it does not say which side "
            "is left). Export the volume again."
        )


def check_finite(header: np.void, path: Path) -> None:
    for name, text in _FLOATS.items():
        values = np.ravel(np.asarray(header[name], float))
        if not np.all(np.isfinite(values)):
            bad = values[~np.isfinite(values)][0]
            raise InputError(f"{path} is damaged: the {text} in its header is {bad:g}. Export it again.")
