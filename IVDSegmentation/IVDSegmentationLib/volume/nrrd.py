"""NRRD (.nrrd, .nhdr), with Slicer's sequences and segmentations. Format: teem.sourceforge.net/nrrd/format.html"""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np

from ..errors import InputError
from .image_file import ImageFile, check_dimensions
from .voxel_stream import BZIP2, RAW, ZLIB, Part, ends_too_early

ENDINGS = (".nrrd", ".nhdr")
_HEADER_LIMIT = 1 << 24
"""Bytes in which a header must end; one of a segmentation with a thousand segments has about 1 MB."""
_TYPES = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "i8": ("longlong", "long long", "long long int", "signed long long", "signed long long int", "int64", "int64_t"),
    "u8": ("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"),
    "f4": ("float",),
    "f8": ("double",),
}
_ENCODINGS = {"raw": RAW, "gz": ZLIB, "gzip": ZLIB, "bz2": BZIP2, "bzip2": BZIP2}
_TO_LPS = {
    "right-anterior-superior": (-1, -1, 1),
    "ras": (-1, -1, 1),
    "left-anterior-superior": (1, -1, 1),
    "las": (1, -1, 1),
    "left-posterior-superior": (1, 1, 1),
    "lps": (1, 1, 1),
}
_SHORT_SPACES = {"rast": "ras", "last": "las", "lpst": "lps"}
_OTHER_SPACES = ("scanner-xyz", "3d-right-handed", "3d-left-handed")
_UNITS_MM = {"mm": 1.0, "millimeter": 1.0, "millimeters": 1.0, "cm": 10.0, "m": 1000.0, "um": 0.001, "µm": 0.001, "": 1.0}
_FRAME_KINDS = ("list", "time", "space", "domain", "none", "???", "")
"""Kinds of an axis outside space that hold frames; the others (RGB-color, vector …) are values of one voxel."""
_SIZES = {"dimension", "sizes", "type", "encoding"}


def open_nrrd(path: Path) -> ImageFile:
    """The header of a NRRD file. Raises ``InputError`` where it is damaged, contradicts itself or is of a rare kind."""
    fields, keys, offset = _header(path)
    missing = _SIZES - fields.keys()
    if missing:
        raise InputError(f"{path} is damaged: its header gives no {' and no '.join(sorted(missing))}. Export it again.")
    sizes = _integers(fields, "sizes", path)
    if len(sizes) != _integers(fields, "dimension", path)[0] or min(sizes) < 1:
        raise InputError(f"{path} contradicts itself: dimension {fields['dimension']}, sizes {fields['sizes']}.")
    dtype = _dtype(fields, path)
    kinds = fields.get("kinds", "").lower().split()
    if "complex" in kinds:
        check_dimensions(path, sizes, complex_numbers=True)
    spatial, matrix, warnings = _geometry(fields, sizes, path)
    if len(spatial) < 3:
        check_dimensions(path, sizes)
    others = [axis for axis in range(len(sizes)) if axis not in spatial]
    colour = any(sizes[axis] > 1 and axis < len(kinds) and kinds[axis] not in _FRAME_KINDS for axis in others)
    if len([axis for axis in others if sizes[axis] > 1]) > 1:
        raise InputError(f"{path} has {len(sizes)} dimensions. Export one 3D volume of it.")
    first = [axis for axis in others if axis < spatial[0]]
    if any(spatial[0] < axis < spatial[2] for axis in others):
        raise InputError(f"{path} has its frames between its spatial axes. Export one 3D volume of it.")
    if spatial != sorted(spatial):
        raise InputError(f"{path} has its axes in an order that is not supported. Export it again.")
    last = tuple(sizes[axis] for axis in others if axis > spatial[2])
    spacing = np.linalg.norm(matrix[:, :3], axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        direction = matrix[:, :3] / spacing if np.all(spacing > 0) else np.eye(3)
    return ImageFile(
        path,
        (*(sizes[axis] for axis in spatial), *last),
        dtype,
        _parts(fields, path, offset, math.prod(sizes) * dtype.itemsize),
        tuple(float(value) for value in spacing),  # type: ignore[arg-type]
        tuple(float(value) for value in matrix[:, 3]),  # type: ignore[arg-type]
        direction,
        values_first=math.prod(sizes[axis] for axis in first),
        colour=colour,
        warnings=warnings,
        fields=keys,
    )


def _header(path: Path) -> tuple[dict[str, str], dict[str, str], int]:
    """(fields by their lower-case names, key/value pairs, bytes up to the end of the header)."""
    with open(path, "rb") as file:
        content = file.read(1 << 16)
        if not content.startswith(b"NRRD"):
            empty = f"{path} is an empty file. Export the volume again."
            raise InputError(
                f"{path} is not a volume that can be read: no NRRD file in spite of its name. Export it again."
                if content
                else empty
            )
        while not (end := re.search(rb"\r?\n\r?\n", content)) and len(content) < _HEADER_LIMIT:
            more = file.read(1 << 16)
            if not more:
                break
            content += more
    if end is None and not path.name.lower().endswith(".nhdr"):
        raise InputError(ends_too_early(path))
    text = content[: end.start() if end else len(content)].decode("utf-8", "replace")
    fields: dict[str, str] = {}
    keys: dict[str, str] = {}
    lines = text.splitlines()[1:]
    for number, line in enumerate(lines):
        if line.startswith("#"):
            continue
        name, mark, value = line.partition(":")
        if not mark:
            continue
        if value.startswith("="):
            keys[name] = value[1:]
            continue
        name = name.strip().lower()
        name = {"datafile": "data file", "lineskip": "line skip", "byteskip": "byte skip"}.get(name, name)
        if name in fields:
            raise InputError(f"{path} is damaged: its header gives '{name}' twice. Export it again.")
        fields[name] = value.strip()
        if name == "data file" and value.strip().upper().startswith("LIST"):
            fields["files"] = "\n".join(line.strip() for line in lines[number + 1 :] if line.strip())
            break
    return fields, keys, end.end() if end else len(content)


def _dtype(fields: dict[str, str], path: Path) -> np.dtype:
    name = fields["type"].lower()
    for code, names in _TYPES.items():
        if name in names:
            dtype = np.dtype(code)
            if dtype.itemsize == 1:
                return dtype
            order = fields.get("endian", "").lower()
            if order not in ("little", "big"):
                raise InputError(f"{path} does not say its byte order (endian). Export it again.")
            return dtype.newbyteorder("<" if order == "little" else ">")
    raise InputError(f"{path} has a voxel type that is not known ('{name[:40]}'). Export it again.")


def _geometry(fields: dict[str, str], sizes: list[int], path: Path) -> tuple[list[int], np.ndarray, tuple[str, ...]]:
    """(the three axes of space, 3 x 4 matrix to LPS mm with the origin last, warnings)."""
    if "space directions" not in fields:
        return _geometry_without_space(fields, sizes, path)
    vectors = [_vector(text, path) for text in re.findall(r"none|\([^)]*\)", fields["space directions"].lower())]
    spatial = [axis for axis, vector in enumerate(vectors) if vector is not None][:3]
    lengths = {len(vector) for vector in vectors if vector is not None}
    if len(vectors) != len(sizes) or not spatial or len(lengths) != 1 or not lengths <= {2, 3, 4}:
        raise InputError(f"{path} contradicts itself: {len(sizes)} sizes, space directions {fields['space directions'][:80]}.")
    if len(spatial) < 3 or lengths == {2}:
        return spatial[:2], np.zeros((3, 4)), ()
    matrix = np.zeros((3, 4))
    for column, axis in enumerate(spatial):
        matrix[:, column] = (vectors[axis] or [])[:3]  # a fourth number is the time
    origin = _vector(fields["space origin"], path) if "space origin" in fields else None
    matrix[:, 3] = (origin or [0.0, 0.0, 0.0])[:3] if len(origin or [0.0] * 3) >= 3 else np.nan
    signs, warnings = _space(fields, path)
    return spatial, np.array(signs)[:, None] * matrix * _unit(fields, path), warnings


def _space(fields: dict[str, str], path: Path) -> tuple[tuple[int, int, int], tuple[str, ...]]:
    """(signs that turn the file's space into LPS, warnings)."""
    name = fields.get("space", "").lower()
    plain = _SHORT_SPACES.get(name, name.removesuffix("-time"))
    if plain in _TO_LPS:
        return _TO_LPS[plain], ()
    if name and plain not in _OTHER_SPACES:
        raise InputError(f"{path} is damaged: its header names a space that is not known ('{name[:40]}'). Export it again.")
    said = f"space '{name}'" if name else "no space"
    return (1, 1, 1), (
        f"The file does not say how the patient lies ({said}): its axes are taken as left, posterior and superior. "
        "Check the orientation.",
    )


def _geometry_without_space(
    fields: dict[str, str], sizes: list[int], path: Path
) -> tuple[list[int], np.ndarray, tuple[str, ...]]:
    kinds = fields.get("kinds", "").lower().split()
    spacings = fields.get("spacings", "").lower().split()
    known = [axis for axis in range(len(sizes)) if axis < len(spacings) and spacings[axis] != "nan"]
    spatial = [axis for axis in known if not kinds or axis >= len(kinds) or kinds[axis] in ("domain", "space")][:3]
    if len(spatial) < 3:
        if len(sizes) < 3:
            return spatial, np.zeros((3, 4)), ()
        raise InputError(f"{path} gives a voxel spacing of 0 mm or none at all. Export it again with its true spacing.")
    matrix = np.zeros((3, 4))
    for row, axis in enumerate(spatial):
        matrix[row, row] = _number(spacings[axis], path)
    if min(np.diag(matrix)) < 0:
        raise InputError(f"{path} gives a negative voxel spacing. Export it again with its true spacing.")
    mins = fields.get("axis mins", fields.get("axismins", "")).split()
    if len(mins) == len(sizes):
        matrix[:, 3] = [0.0 if mins[axis].lower() == "nan" else _number(mins[axis], path) for axis in spatial]
        # the minimum is the border of the first voxel, unless its samples are said to lie on nodes
        centerings = fields.get("centerings", fields.get("centers", "")).lower().split()
        cells = [axis >= len(centerings) or centerings[axis] != "node" for axis in spatial]
        matrix[:, 3] += 0.5 * np.diag(matrix) * cells
    return spatial, matrix * _unit(fields, path), _space({}, path)[1]


def _unit(fields: dict[str, str], path: Path) -> float:
    units = set(re.findall(r'"([^"]*)"', fields.get("space units", fields.get("units", "")).lower())) or {""}
    spatial = {unit for unit in units if unit in _UNITS_MM and unit}
    if len(spatial) > 1 or (not spatial and units != {""}):
        raise InputError(f"{path} measures its voxels in {', '.join(sorted(units))[:80]}: which in mm? Export it in mm.")
    return _UNITS_MM[spatial.pop()] if spatial else 1.0


def _parts(fields: dict[str, str], path: Path, offset: int, declared: int) -> tuple[Part, ...]:
    encoding = _ENCODINGS.get(fields["encoding"].lower())
    if encoding is None:
        raise InputError(f"{path} is encoded as '{fields['encoding'][:40]}', which is not supported. Save it as raw or gzip.")
    files = _data_files(fields, path)
    line_skip = _integers(fields, "line skip", path)[0] if "line skip" in fields else 0
    byte_skip = _integers(fields, "byte skip", path)[0] if "byte skip" in fields else 0
    if declared % max(1, len(files)) or line_skip < 0 or byte_skip < -1 or (byte_skip == -1 and encoding != RAW):
        raise InputError(f"{path} contradicts itself: its data files cannot hold its sizes. Export it again.")
    parts = []
    for file in files or [path]:
        if not file.exists():
            raise InputError(f"{path}: its data file is missing ({file.name}). Copy it beside its header.")
        start = (offset if not files else 0) if not line_skip else _behind_lines(file, 0 if files else offset, line_skip)
        if byte_skip == -1:
            start = max(0, file.stat().st_size - declared // max(1, len(files)))
        skip = max(0, byte_skip)
        parts.append(Part(file, start + skip, RAW) if encoding == RAW else Part(file, start, encoding, skip))
    return tuple(parts)


def _data_files(fields: dict[str, str], path: Path) -> list[Path]:
    """None for voxels in the header's own file; one or several files beside it otherwise."""
    name = fields.get("data file", "")
    if not name or name.upper() == "LOCAL":
        return []
    if name.upper().startswith("LIST"):
        return [path.parent / one for one in fields.get("files", "").splitlines()]
    pattern = re.fullmatch(r"([^%\s]*%0?\d?[dui][^%\s]*) (-?\d{1,9}) (-?\d{1,9}) (-?\d{1,9})( \d+)?", name)
    if not pattern:
        return [path.parent / name]
    first, last, step = (int(pattern[group]) for group in (2, 3, 4))
    if step == 0 or abs((last - first) / step) > 10_000:
        raise InputError(f"{path} names its data files in a way that cannot be ('{name[:80]}'). Export it again.")
    numbers = range(first, last + (1 if step > 0 else -1), step)
    return [path.parent / (re.sub(r"(%0?\d?)[ui]", r"\1d", pattern[1]) % number) for number in numbers]


def _behind_lines(path: Path, offset: int, count: int) -> int:
    with open(path, "rb") as file:
        file.seek(offset)
        for _ in range(count):
            if not file.readline():
                raise InputError(ends_too_early(path))
        return file.tell()


def _integers(fields: dict[str, str], name: str, path: Path) -> list[int]:
    try:
        numbers = [int(word) for word in fields[name].split()]
    except ValueError:
        numbers = []
    if not numbers:
        raise InputError(f"{path} is damaged: its header gives {name} '{fields[name][:40]}'. Export it again.")
    return numbers


def _vector(text: str, path: Path) -> list[float] | None:
    text = text.strip()
    if text == "none":
        return None
    numbers = [_number(word, path) for word in text.strip("()").split(",")]
    return numbers if numbers else None


def _number(text: str, path: Path) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{path} is damaged: its header says '{text[:40]}' for a number. Export it again.") from None
