"""MetaImage (.mha, .mhd). Format: itk.org/Wiki/ITK/MetaIO/Documentation"""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np

from ..errors import InputError
from .image import check_right_angles
from .image_file import ImageFile, check_dimensions
from .voxel_stream import RAW, ZLIB, Part, ends_too_early

ENDINGS = (".mha", ".mhd")
_HEADER_LIMIT = 1 << 20
_TYPES = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_LONG": "i4",  # as MetaIO has it, whatever a long of the machine is
    "MET_ULONG": "u4",
    "MET_LONG_LONG": "i8",
    "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}
_OTHER_NAMES = {
    "Position": "Offset",
    "Origin": "Offset",
    "Rotation": "TransformMatrix",
    "Orientation": "TransformMatrix",
    "ElementByteOrderMSB": "BinaryDataByteOrderMSB",
}


def open_metaimage(path: Path) -> ImageFile:
    """The header of a MetaImage. Raises ``InputError`` where it is damaged, contradicts itself or is of a rare kind."""
    fields, offset, list_of_files = _header(path)
    for name in ("NDims", "DimSize", "ElementType", "ElementDataFile"):
        if name not in fields:
            raise InputError(f"{path} is damaged: its header gives no {name}. Export it again.")
    sizes = [int(number) for number in _numbers(fields, "DimSize", path, whole=True)]
    dimensions = int(_numbers(fields, "NDims", path, whole=True)[0])
    if len(sizes) != dimensions or min(sizes) < 1:
        raise InputError(f"{path} contradicts itself: NDims {dimensions}, DimSize {fields['DimSize'][:80]}.")
    name = "ElementNumberOfChannels"
    check_dimensions(path, sizes, int(_numbers(fields, name, path, whole=True)[0]) if name in fields else 1)
    code = _TYPES.get(fields["ElementType"].upper())
    if code is None or not _flag(fields, "BinaryData", True):
        raise InputError(f"{path} has a voxel type that is not supported ('{fields['ElementType'][:40]}'). Export it again.")
    dtype = np.dtype(code).newbyteorder(">" if _flag(fields, "BinaryDataByteOrderMSB", False) else "<")
    parts = _parts(fields, path, offset, list_of_files, math.prod(sizes) * dtype.itemsize)
    spacing, origin, direction = _geometry(fields, dimensions, path)
    warnings: tuple[str, ...] = ()
    if "TransformMatrix" not in fields:
        warnings = (
            "The file does not say how the patient lies (no TransformMatrix): its axes are taken as left, posterior and "
            "superior. Check the orientation.",
        )
    return ImageFile(path, tuple(sizes), dtype, parts, spacing, origin, direction, warnings=warnings)


def _header(path: Path) -> tuple[dict[str, str], int, list[str]]:
    """(fields, bytes up to the end of the header, names behind 'LIST')."""
    fields: dict[str, str] = {}
    with open(path, "rb") as file:
        while line := file.readline(_HEADER_LIMIT):
            name, mark, value = line.decode("utf-8", "replace").partition("=")
            if not mark or file.tell() > _HEADER_LIMIT:
                break
            name = name.strip()
            name = _OTHER_NAMES.get(name, name)
            if name in fields:
                raise InputError(f"{path} is damaged: its header gives {name} twice. Export it again.")
            fields[name] = value.strip()
            if name == "ElementDataFile":
                names = []
                if fields[name].upper().startswith("LIST"):
                    names = [text.decode("utf-8", "replace").strip() for text in file.read(_HEADER_LIMIT).splitlines()]
                    return fields, file.tell(), [text for text in names if text]
                return fields, file.tell(), []
    if not path.stat().st_size:
        raise InputError(f"{path} is an empty file. Export the volume again.")
    if not fields:
        raise InputError(f"{path} is not a volume that can be read: no MetaImage in spite of its name. Export it again.")
    raise InputError(ends_too_early(path))


def _geometry(
    fields: dict[str, str], dimensions: int, path: Path
) -> tuple[tuple[float, float, float], tuple[float, float, float], np.ndarray]:
    """(spacing mm, origin mm LPS, directions as columns)."""
    name = "ElementSpacing" if "ElementSpacing" in fields else "ElementSize"
    if name not in fields:
        raise InputError(f"{path} gives a voxel spacing of 0 mm or none at all. Export it again with its true spacing.")
    spacing = _numbers(fields, name, path)
    origin = _numbers(fields, "Offset", path) if "Offset" in fields else [0.0] * dimensions
    matrix = _numbers(fields, "TransformMatrix", path) if "TransformMatrix" in fields else np.eye(dimensions).ravel()
    if len(spacing) != dimensions or len(origin) != dimensions or len(matrix) != dimensions**2:
        raise InputError(f"{path} contradicts itself: {dimensions} dimensions, other numbers of spacings or directions.")
    direction = np.reshape(matrix, (dimensions, dimensions)).T[:3, :3]
    lengths = np.linalg.norm(direction, axis=0)
    if np.all(lengths > 0) and np.all(np.isfinite(lengths)):
        check_right_angles(direction / lengths, path)
        if np.any(np.abs(lengths - 1) > 0.01):
            raise InputError(f"{path} is damaged: the directions in its header have lengths of {lengths.round(3)}, not 1.")
        direction = direction / lengths
    return tuple(spacing[:3]), tuple(origin[:3]), direction  # type: ignore[return-value]


def _parts(fields: dict[str, str], path: Path, offset: int, list_of_files: list[str], declared: int) -> tuple[Part, ...]:
    encoding = ZLIB if _flag(fields, "CompressedData", False) else RAW
    skip = int(_numbers(fields, "HeaderSize", path, whole=True)[0]) if "HeaderSize" in fields else 0
    name = fields["ElementDataFile"]
    if name.upper() in ("LOCAL", "LOCAL_FILE"):
        return (Part(path, offset, encoding),)
    pattern = re.fullmatch(r"([^%\s]*%0?\d?d[^%\s]*) (\d{1,9}) (\d{1,9}) (\d{1,9})", name)
    if pattern:
        first, last, step = (int(pattern[group]) for group in (2, 3, 4))
        if step < 1 or last - first > 10_000 * step:
            raise InputError(f"{path} names its data files in a way that cannot be ('{name[:80]}'). Export it again.")
        names = [pattern[1] % number for number in range(first, last + 1, step)]
    else:
        names = list_of_files or [name]
    if declared % len(names) or skip < -1 or (skip == -1 and encoding != RAW):
        raise InputError(f"{path} contradicts itself: its data files cannot hold its sizes. Export it again.")
    parts = []
    for one in names:
        file = path.parent / one
        if not file.exists():
            raise InputError(f"{path}: its data file is missing ({one[:80]}). Copy it beside its header.")
        start = max(0, file.stat().st_size - declared // len(names)) if skip == -1 else skip
        parts.append(Part(file, start, encoding))
    return tuple(parts)


def _flag(fields: dict[str, str], name: str, otherwise: bool) -> bool:
    return fields[name][:1].upper() in ("T", "1") if name in fields else otherwise


def _numbers(fields: dict[str, str], name: str, path: Path, whole: bool = False) -> list[float]:
    try:
        numbers = [int(word) if whole else float(word) for word in fields[name].split()]
    except ValueError:
        numbers = []
    if not numbers:
        raise InputError(f"{path} is damaged: its header gives {name} '{fields[name][:40]}'. Export it again.")
    return numbers
