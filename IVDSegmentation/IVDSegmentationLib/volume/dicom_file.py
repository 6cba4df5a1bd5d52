"""One DICOM file: what its header says of each of its frames, and where its voxels lie.

Headers are read with pydicom, which takes the tags as they are; GDCM (ITK's reader) guesses from the kind of object that a
file says it is, and so gives origin 0 and spacing 1 for classic slices that call themselves Enhanced MR.
"""

from __future__ import annotations

import io
import math
import os
import struct
import warnings
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from ..errors import InputError
from .dicom_pixels import COMPRESSED_SYNTAXES, DEFLATED, PixelLayout, layout_problem

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

UNIT_TOLERANCE = 1e-2
"""How far the directions' lengths and dot products may be from 1 and 0: rounded headers."""
_FIRST_BYTES = 1 << 20
_LARGEST_HEADER = 1 << 28
"""Of a deflated file, decompressed in growing parts until its voxels begin."""
_CLASSES_WITHOUT_IMAGE = (
    *("1.2.840.10008.1.3.10", "1.2.840.10008.5.1.4.1.1.4.2", "1.2.840.10008.5.1.4.34", "1.2.840.10008.5.1.4.38"),
    *(f"1.2.840.10008.5.1.4.1.1.{number}" for number in (9, 11, 66, 67, 78, 79, 80, 88, 104, 200, 481)),
)
"""Directories, spectroscopy, waveforms, presentation states, raw data, reports, documents, radiotherapy …: such files have no
size of an image. Any other file without one is cut off or damaged."""
_FIRST_GROUPS = (b"\x02\x00", b"\x08\x00")
_FIRST_KINDS = (b"UL", b"OB", b"UI", b"CS", b"SH", b"LO", b"DA", b"TM")
"""Files without the 128 bytes of preamble begin with group 0002, or with 0008 where that is left out as well, and give the
kind of the first element in two letters."""


@dataclass(frozen=True)
class Slice:
    """One frame of a file. ``direction``: columns are the LPS directions of i, j and the normal. ``position_mm`` and
    ``direction`` are None where the header does not give them, ``spacing_ij`` where it gives none or one that cannot be."""

    path: Path
    frame: int
    layout: PixelLayout
    uid: str
    """Of the series; with the file's own name where one file is a volume by itself."""
    study: str
    sop_uid: str
    number: float
    description: str
    instance: float | None
    position_mm: np.ndarray | None
    direction: np.ndarray | None
    spacing_ij: tuple[float, float] | None
    scale: tuple[float, float]
    echo_ms: float | None
    repetition_ms: float | None
    contrast: tuple[tuple[str, str], ...]
    """What tells images at one position apart: (name, value), the values as text."""
    own_file: str = ""
    """The file or concatenation that the frame belongs to; empty for classic slices."""

    @property
    def size_ij(self) -> tuple[int, int]:
        return self.layout.columns, self.layout.rows

    @property
    def has_place(self) -> bool:
        return self.position_mm is not None and self.direction is not None

    @property
    def height_mm(self) -> float:
        """Place along the normal."""
        assert self.position_mm is not None and self.direction is not None
        return float(self.position_mm @ self.direction[:, 2])


@dataclass(frozen=True)
class Unusable:
    """A DICOM file that holds an image, but cannot be used. ``uid``: of its series, where that could be read."""

    path: Path
    reason: str
    uid: str = ""


def is_dicom_file(path: Path) -> bool:
    """By its content: 'DICM' after the preamble, or the first groups without one; else by its ending."""
    try:
        with open(path, "rb") as file:
            head = file.read(132)
    except OSError:
        return False
    if head[128:132] == b"DICM" or (head[:2] in _FIRST_GROUPS and head[4:6] in _FIRST_KINDS):
        return True
    return path.suffix.lower() in (".dcm", ".ima")


def read_dicom_header(path: Path) -> list[Slice] | Unusable | None:
    """The frames of a file; None where it holds no image (reports, presentation states)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's about values that break DICOM's rules
        try:
            return _frames(path)
        except _NotReadable as error:
            return Unusable(path, str(error), error.uid)
        except (OSError, MemoryError, InputError):
            raise
        except Exception as error:  # whatever pydicom meets in a damaged file
            return Unusable(path, f"its header is damaged ({type(error).__name__})")


class _NotReadable(Exception):
    def __init__(self, reason: str, uid: str = "") -> None:
        super().__init__(reason)
        self.uid = uid


def _frames(path: Path) -> list[Slice] | None:
    dataset, layout = _header(path)
    uid = _text(dataset, "SeriesInstanceUID")
    if layout is None:
        if "Rows" not in dataset or "Columns" not in dataset:
            kind = _text(dataset, "SOPClassUID")
            if any(kind == one or kind.startswith(one + ".") for one in _CLASSES_WITHOUT_IMAGE):
                return None
            raise _NotReadable("its header is damaged or ends too early", uid)
        raise _NotReadable("it ends before its voxels", uid)
    problem = layout_problem(layout, os.path.getsize(path))
    if problem:
        raise _NotReadable(problem, uid)
    shared = _item(dataset, "SharedFunctionalGroupsSequence")
    groups = list(dataset.get("PerFrameFunctionalGroupsSequence") or [])
    if groups and len(groups) != layout.frames:
        raise _NotReadable(f"it describes {len(groups)} frames and holds {layout.frames}", uid)
    own = "" if layout.frames == 1 and not groups else _text(dataset, "ConcatenationUID") or str(path)
    frames = []
    for number in range(layout.frames):
        sources = [dataset]
        if groups:
            sources = [groups[number], *([shared] if shared is not None else []), dataset]
        frames.append(_slice(path, number, layout, uid, own, sources))
    return frames


def _slice(path: Path, frame: int, layout: PixelLayout, uid: str, own: str, sources: Sequence[Dataset]) -> Slice:
    """``sources``: where values are looked for, in this order: the frame's groups, the shared groups, the file."""
    top = sources[-1]
    inner = layout.frames > 1 or len(sources) > 1
    position = _numbers(_find(sources, "PlanePositionSequence", "ImagePositionPatient", inner))
    orientation = _numbers(_find(sources, "PlaneOrientationSequence", "ImageOrientationPatient", inner))
    spacing = _numbers(_find(sources, "PixelMeasuresSequence", "PixelSpacing", inner))
    slope = _find(sources, "PixelValueTransformationSequence", "RescaleSlope", inner)
    intercept = _find(sources, "PixelValueTransformationSequence", "RescaleIntercept", inner)
    scale = _numbers([1 if slope in (None, "") else slope, 0 if intercept in (None, "") else intercept])
    if len(scale) != 2 or not all(map(math.isfinite, scale)) or scale[0] == 0:
        raise _NotReadable(f"its values are scaled by {slope} and {intercept}", uid)
    echo = _number(_find(sources, "MREchoSequence", "EffectiveEchoTime", inner))
    repetition = _number(_find(sources, "MRTimingAndRelatedParametersSequence", "RepetitionTime", inner))
    instance: float | None
    if len(sources) > 1:
        time_index = _find(sources, "FrameContentSequence", "TemporalPositionIndex", True)
        instance = (_number(time_index) or 0.0) * len(sources[-1].PerFrameFunctionalGroupsSequence) + frame
    else:
        instance = _number(top.get("TemporalPositionIdentifier"))
        instance = _number(top.get("InstanceNumber")) if instance is None else instance
    return Slice(
        path,
        frame,
        layout,
        uid,
        _text(top, "StudyInstanceUID"),
        _text(top, "SOPInstanceUID"),
        _number(top.get("SeriesNumber")) or 0.0,
        _text(top, "SeriesDescription"),
        instance,
        np.array(position) if len(position) == 3 and all(map(math.isfinite, position)) else None,
        _direction(orientation),
        (spacing[1], spacing[0]) if len(spacing) == 2 and all(0 < s < math.inf for s in spacing) else None,
        (scale[0], scale[1]),
        _number(top.get("EchoTime")) if echo is None else echo,
        repetition,
        _contrast(sources, inner, echo, repetition),
        own,
    )


def _contrast(
    sources: Sequence[Dataset], inner: bool, echo: float | None, repetition: float | None
) -> tuple[tuple[str, str], ...]:
    top = sources[-1]
    frame_type = _find(sources, "MRImageFrameTypeSequence", "FrameType", inner)
    echo = _number(top.get("EchoTime")) if echo is None else echo
    values = {
        "description": _text(top, "SeriesDescription"),
        "echo time": f"{echo:.4g} ms" if echo is not None else "",
        "echo": _plain(top.get("EchoNumbers")),
        "b-value": _plain(_find(sources, "MRDiffusionSequence", "DiffusionBValue", inner)),
        "type": _plain(frame_type or top.get("ImageType")),
        "component": _plain(_find(sources, "MRImageFrameTypeSequence", "ComplexImageComponent", inner)),
        "sequence": _plain(top.get("SequenceName")),
        "repetition time": f"{repetition:.4g} ms" if repetition is not None else "",
        "inversion time": _plain(top.get("InversionTime")),
        "stack": _plain(_find(sources, "FrameContentSequence", "StackID", inner)),
    }
    return tuple(values.items())


def _direction(numbers: Sequence[float]) -> np.ndarray | None:
    if len(numbers) != 6 or not all(map(math.isfinite, numbers)):
        return None
    along_i, along_j = np.array(numbers[:3]), np.array(numbers[3:])
    lengths = np.linalg.norm(along_i), np.linalg.norm(along_j)
    if max(abs(lengths[0] - 1), abs(lengths[1] - 1), abs(along_i @ along_j)) > UNIT_TOLERANCE:
        return None
    along_i, along_j = along_i / lengths[0], along_j / lengths[1]
    return np.column_stack([along_i, along_j, np.cross(along_i, along_j)])


def _find(sources: Sequence[Dataset], sequence: str, name: str, inner: bool) -> Any:
    """A value from the functional group ``sequence`` of the first source that has it, else from the file itself."""
    if inner:
        for source in sources:
            item = _item(source, sequence)
            if item is not None and name in item:
                return item.get(name)
    return sources[-1].get(name)


def _item(dataset: Dataset, sequence: str) -> Dataset | None:
    items = dataset.get(sequence)
    return items[0] if items else None


def _header(path: Path) -> tuple[Dataset, PixelLayout | None]:
    """The tags before the voxels, and how these lie in the file; None where there are none."""
    with open(path, "rb") as file:
        syntax, start = _syntax(file)
        if syntax == DEFLATED:
            return _deflated_header(file, start)
        file.seek(0)
        dataset = _pydicom(file)
        syntax = syntax or ("1.2.840.10008.1.2.1" if _is_explicit(file) else "1.2.840.10008.1.2")
        element = _pixel_element(file, syntax == "1.2.840.10008.1.2.2")
        if element is None:
            return dataset, None
        offset, length = element
        if length is None:
            end = _end_of_items(file, offset)
            if end is None:
                raise _NotReadable("it ends too early", _text(dataset, "SeriesInstanceUID"))
            length = end - offset
        elif syntax in COMPRESSED_SYNTAXES:
            raise _NotReadable("its voxels are not as its header says", _text(dataset, "SeriesInstanceUID"))
        return dataset, _layout(dataset, syntax, offset, length)


def _deflated_header(file: BinaryIO, start: int) -> tuple[Dataset, PixelLayout | None]:
    """Of a file that is compressed as a whole: only as much is decompressed as the header needs."""
    count = _FIRST_BYTES
    while True:
        file.seek(start)
        decoder = zlib.decompressobj(-zlib.MAX_WBITS)
        content = b""
        while len(content) < count and not decoder.eof and (block := file.read(_FIRST_BYTES)):
            while block and len(content) < count:
                content += decoder.decompress(block, count - len(content))
                block = decoder.unconsumed_tail
        buffer = io.BytesIO(content)
        dataset = _pydicom(buffer)
        element = _pixel_element(buffer, False)
        if element is not None:
            return dataset, _layout(dataset, DEFLATED, *element, start=start)  # type: ignore[arg-type]
        if len(content) < count or count > _LARGEST_HEADER:
            return dataset, None
        count *= 8


def _pydicom(file: Any) -> Dataset:
    """The tags before the voxels; the file is left where these begin."""
    try:
        from pydicom import dcmread
    except ModuleNotFoundError as error:
        raise InputError(
            "DICOM files are read with the package pydicom, which is missing. Install it: pip install pydicom"
        ) from error
    return dcmread(file, stop_before_pixels=True, force=True)


def _syntax(file: BinaryIO) -> tuple[str, int]:
    """(transfer syntax, first byte behind the file meta group 0002); the syntax is '' where there is no such group."""
    head = file.read(132)
    at = 132 if head[128:132] == b"DICM" else 0
    syntax = ""
    while True:
        file.seek(at)
        head = file.read(12)
        if len(head) < 8 or head[:2] != b"\x02\x00":
            return syntax, at
        if head[4:6] in (b"OB", b"OW", b"UN", b"SQ", b"UT"):
            at, length = at + 12, struct.unpack("<I", head[8:12].ljust(4, b"\0"))[0]
        else:
            at, length = at + 8, struct.unpack("<H", head[6:8])[0]
        if head[2:4] == b"\x10\x00":
            file.seek(at)
            syntax = file.read(min(length, 64)).decode("ascii", "replace").strip(" \0")
        at += length


def _is_explicit(file: Any) -> bool:
    """Whether the element at which the file stands gives its kind in two letters."""
    at = file.tell()
    head = file.read(6)
    file.seek(at)
    return head[4:6] in (b"OW", b"OB", b"UN")


def _pixel_element(file: Any, big_endian: bool) -> tuple[int, int | None] | None:
    """(first byte, length; None where it is not given) of the voxels' element at which the file stands."""
    order = ">" if big_endian else "<"
    head = file.read(12)
    if len(head) < 8 or head[:4] != struct.pack(order + "HH", 0x7FE0, 0x0010):
        return None
    if head[4:6] in (b"OW", b"OB", b"UN"):
        (length,) = struct.unpack(order + "I", head[8:12].ljust(4, b"\0"))
    else:
        file.seek(-4 if len(head) == 12 else 0, os.SEEK_CUR)
        (length,) = struct.unpack(order + "I", head[4:8])
    return file.tell(), None if length == 0xFFFFFFFF else length


def _end_of_items(file: BinaryIO, offset: int) -> int | None:
    """Where the items of compressed voxels end; None where the file ends before."""
    size = os.fstat(file.fileno()).st_size
    at = offset
    while at + 8 <= size:
        file.seek(at)
        tag, length = struct.unpack("<II", file.read(8))
        if tag == 0xE0DDFFFE:  # sequence delimiter
            return at
        if tag != 0xE000FFFE:
            return None
        at += 8 + length
    return None


def _layout(dataset: Dataset, syntax: str, offset: int, length: int, start: int = 0) -> PixelLayout:
    def whole(name: str, otherwise: int) -> int:
        value = _number(dataset.get(name))
        return otherwise if value is None else int(value)

    bits = whole("BitsAllocated", 0)
    stored = whole("BitsStored", bits)
    return PixelLayout(
        syntax,
        start,
        offset,
        length,
        whole("Rows", 0),
        whole("Columns", 0),
        whole("NumberOfFrames", 1),
        whole("SamplesPerPixel", 1),
        bits,
        stored,
        whole("HighBit", stored - 1),
        whole("PixelRepresentation", 0) == 1,
        _text(dataset, "PhotometricInterpretation"),
    )


def _text(dataset: Dataset, name: str) -> str:
    """DICOM pads with blanks and zeros; foreign character sets may leave what cannot be printed."""
    value = dataset.get(name)
    return "" if value is None else str(value).encode("utf-8", "replace").decode("utf-8").strip(" \0")


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str | bytes) or not hasattr(value, "__iter__"):
        number = _number(value)
        return str(value).strip() if number is None else f"{number:.4g}"
    return "\\".join(str(one) for one in value)


def _numbers(values: Any) -> list[float]:
    if values is None or isinstance(values, str | bytes) or not hasattr(values, "__iter__"):
        return []
    try:
        return [float(value) for value in values]
    except (TypeError, ValueError):
        return []


def _number(value: Any) -> float | None:
    """The first number of a value; None where there is none."""
    if value is not None and not isinstance(value, str | bytes) and hasattr(value, "__iter__"):
        value = next(iter(value), None)
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def files_of_folder(folder: Path, nested: bool) -> Iterator[Path]:
    """The DICOM files of a folder, and of its subfolders where ``nested``, by name."""
    for root, folders, names in os.walk(folder, onerror=_raise):
        folders.sort()
        for name in sorted(names):
            path = Path(root, name)
            if name.upper() != "DICOMDIR" and is_dicom_file(path):
                yield path
        if not nested:
            break


def _raise(error: OSError) -> None:
    raise error
