"""What ITK does not tell about a NIfTI file: that it ends too early (ITK fills with zeros) or has no spacing."""

from __future__ import annotations

import gzip
import os
import struct
import zlib
from pathlib import Path

from ..errors import InputError

_HEADER_BYTES = {348: "<", 1543569408: ">", 540: "<", 469893120: ">"}
"""First four bytes read little-endian -> byte order: NIfTI-1 and NIfTI-2, each either way round."""


def is_nifti(path: Path) -> bool:
    return path.name.lower().endswith((".nii", ".nii.gz"))


def check_nifti(path: Path) -> None:
    """Raises ``InputError`` where the file is cut off or gives a spacing of zero."""
    zipped = path.name.lower().endswith(".gz")
    try:
        with gzip.open(path, "rb") if zipped else open(path, "rb") as file:
            header = file.read(540)
    except (EOFError, zlib.error):
        raise InputError(_cut_off(path)) from None
    except gzip.BadGzipFile:
        raise InputError(f"{path} is not a gzip file in spite of its name. Export the volume again.") from None
    if len(header) < 348:
        raise InputError(_cut_off(path) if header else f"{path} is an empty file. Export the volume again.")
    order = _HEADER_BYTES.get(struct.unpack("<i", header[:4])[0])
    if order is None:
        raise InputError(f"{path} is not a NIfTI file in spite of its name. Export the volume again.")

    size, bits, first_byte, spacing, has_sform = _fields(header, order)
    if not has_sform and any(value == 0 for value in spacing):
        raise InputError(
            f"{path} gives a voxel spacing of 0 mm, so nothing can be measured. Export it again with its true spacing."
        )
    voxels = 1
    for n in size:
        voxels *= max(1, n)
    expected = first_byte + voxels * bits // 8
    if _content_bytes(path, zipped, expected) < expected:
        raise InputError(_cut_off(path))


def _fields(header: bytes, order: str) -> tuple[tuple[int, ...], int, int, tuple[float, ...], bool]:
    """(sizes, bits a voxel, offset of the voxels, spacing of i j k, whether an sform gives the spacing)."""
    if struct.unpack(order + "i", header[:4])[0] == 348:
        dim = struct.unpack(order + "8h", header[40:56])
        bits = struct.unpack(order + "h", header[72:74])[0]
        pixdim = struct.unpack(order + "8f", header[76:108])
        first_byte = int(struct.unpack(order + "f", header[108:112])[0])
        sform = struct.unpack(order + "h", header[254:256])[0]
    else:
        dim = struct.unpack(order + "8q", header[16:80])
        bits = struct.unpack(order + "h", header[14:16])[0]
        pixdim = struct.unpack(order + "8d", header[104:168])
        first_byte = struct.unpack(order + "q", header[168:176])[0]
        sform = struct.unpack(order + "i", header[348:352])[0]
    return dim[1 : 1 + min(max(dim[0], 0), 7)], bits, first_byte, pixdim[1 : 1 + min(dim[0], 3)], sform > 0


def _content_bytes(path: Path, zipped: bool, expected: int) -> int:
    """Bytes of the file, unpacked. A gzip file says its length at its end; only if that disagrees is it unpacked."""
    size = os.path.getsize(path)
    if not zipped:
        return size
    with open(path, "rb") as file:
        file.seek(max(0, size - 4))
        if struct.unpack("<I", file.read(4))[0] == expected % 2**32:
            return expected
    total = 0
    try:
        with gzip.open(path, "rb") as file:
            while block := file.read(1 << 22):
                total += len(block)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        pass  # what was read so far counts
    return total


def _cut_off(path: Path) -> str:
    return f"{path} ends too early: the copy or download is not complete. Copy or export it again."
