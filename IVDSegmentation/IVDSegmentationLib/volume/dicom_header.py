"""The header of one DICOM file: its tags before the voxels, and where the voxels lie in the file."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ..errors import InputError
from .dicom_pixels import COMPRESSED_SYNTAXES, DEFLATED, PixelLayout
from .dicom_values import number_of, text_of

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_FIRST_BYTES = 1 << 20
_LARGEST_HEADER = 1 << 28
"""Of a deflated file, decompressed in growing parts until its voxels begin."""


class NotReadable(Exception):
    """Why a file cannot be used; ``uid``: of its series, where that could be read."""

    def __init__(self, reason: str, uid: str = "") -> None:
        super().__init__(reason)
        self.uid = uid


def header_of(path: Path) -> tuple[Dataset, PixelLayout | None]:
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
                raise NotReadable("it ends too early", text_of(dataset, "SeriesInstanceUID"))
            length = end - offset
        elif syntax in COMPRESSED_SYNTAXES:
            raise NotReadable("its voxels are not as its header says", text_of(dataset, "SeriesInstanceUID"))
        return dataset, _layout(dataset, syntax, offset, length)


def patient_id_of(path: Path) -> str:
    """PatientID of a file; empty where it has none or cannot be read. It must not be written down: it identifies a person."""
    try:
        return text_of(header_of(path)[0], "PatientID")
    except (OSError, InputError, NotReadable):
        return ""


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
        value = number_of(dataset.get(name))
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
        text_of(dataset, "PhotometricInterpretation"),
    )
