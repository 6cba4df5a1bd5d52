"""The voxels of a DICOM file as they are stored, frame by frame."""

from __future__ import annotations

import os
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import InputError
from .checks import MAXIMUM_VOXELS
from .quiet import quiet_itk
from .voxel_stream import DEFLATE, RAW, Part, VoxelStream

DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
RUN_LENGTHS = "1.2.840.10008.1.2.5"
PLAIN_SYNTAXES = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", BIG_ENDIAN, DEFLATED)
COMPRESSED_SYNTAXES = (
    *(f"1.2.840.10008.1.2.4.{number}" for number in (50, 51, 57, 70, 80, 81, 90, 91)),  # JPEG, JPEG-LS, JPEG 2000
    RUN_LENGTHS,
)


@dataclass(frozen=True)
class PixelLayout:
    """How the voxels lie in a file: ``length`` bytes from ``offset`` on; of a deflated file these count from its ``start``
    and after decompression."""

    syntax: str
    start: int
    offset: int
    length: int
    rows: int
    columns: int
    frames: int
    samples: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    photometric: str

    @property
    def is_colour(self) -> bool:
        return self.samples > 1 or self.photometric.startswith(("PALETTE", "RGB", "YBR"))

    @property
    def dtype(self) -> np.dtype:
        order = ">" if self.syntax == BIG_ENDIAN else "<"
        return np.dtype(f"{order}{'i' if self.signed else 'u'}{self.bits_allocated // 8}")

    @property
    def frame_bytes(self) -> int:
        return self.rows * self.columns * self.samples * self.bits_allocated // 8

    @property
    def is_compressed(self) -> bool:
        return self.syntax in COMPRESSED_SYNTAXES


def layout_problem(layout: PixelLayout, file_bytes: int) -> str:
    """What is wrong with a file's voxels by its header and its size; '' where nothing is."""
    if layout.rows < 1 or layout.columns < 1 or layout.frames < 1 or layout.samples < 1:
        return "it gives no size of its images"
    if layout.rows * layout.columns * layout.frames > MAXIMUM_VOXELS:
        return f"it gives {layout.frames} images of {layout.columns} x {layout.rows} voxels, more than any MR series"
    if layout.samples not in (1, 3, 4) or (layout.samples > 1 and layout.photometric.startswith("MONOCHROME")):
        return f"it contradicts itself: {layout.samples} values a voxel, {layout.photometric[:20]}"
    if layout.bits_allocated not in (8, 16, 32) or not 0 < layout.bits_stored <= layout.bits_allocated:
        return f"its voxels have {layout.bits_allocated} bits, which is not supported"
    if not layout.bits_stored - 1 <= layout.high_bit < layout.bits_allocated:
        return "it contradicts itself on where the bits of a voxel lie"
    if layout.syntax not in PLAIN_SYNTAXES and not layout.is_compressed:
        return f"its encoding ({layout.syntax[:64]}) is not known"
    if layout.is_compressed:
        return ""
    need = layout.frame_bytes * layout.frames
    if layout.syntax != DEFLATED and layout.offset + min(layout.length, need) > file_bytes:
        return "it ends too early"
    if not need <= layout.length <= need + 1 + need % 2:
        return f"it contradicts itself: {need} bytes of voxels by its sizes, {layout.length} in its data"
    return ""


class PixelReader:
    """Reads frames of DICOM files; a file of compressed frames is decoded once."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._decoded = np.empty(0)

    def stored_values(self, path: Path, layout: PixelLayout, frame: int) -> np.ndarray:
        """One frame, (rows, columns), in native byte order. Raises ``InputError`` where the file is damaged."""
        if layout.is_compressed:
            if self._path != path:
                self._decoded, self._path = _decoded(path, layout), path
            return self._decoded[frame]
        array = np.empty((layout.rows, layout.columns), layout.dtype)
        before = frame * layout.frame_bytes
        if layout.syntax == DEFLATED:
            part = Part(path, layout.start, DEFLATE, layout.offset + before)
        else:
            part = Part(path, layout.offset + before, RAW)
        with VoxelStream([part], layout.frame_bytes) as stream:
            stream.read_into(array.reshape(-1).view(np.uint8).data)
            if layout.syntax == DEFLATED:
                stream.read_to_end()  # a stream that is cut has no end
        array = array.astype(array.dtype.newbyteorder("="), copy=False)
        return _without_other_bits(array, layout)


def _without_other_bits(array: np.ndarray, layout: PixelLayout) -> np.ndarray:
    """Old files keep overlays in the bits that the image does not use."""
    above = layout.bits_allocated - 1 - layout.high_bit
    below = layout.high_bit + 1 - layout.bits_stored
    if above == below == 0:
        return array
    return (array << above) >> (above + below)  # signed numbers keep their sign


def _decoded(path: Path, layout: PixelLayout) -> np.ndarray:
    """All frames of a compressed file, (frames, rows, columns): run lengths decoded here, JPEG and its kin by GDCM.

    GDCM gets a file of its own that holds the compressed voxels and nothing that it could scale or interpret.
    """
    import SimpleITK as sitk

    with open(path, "rb") as file:
        file.seek(layout.offset)
        items = file.read(layout.length)
    if layout.syntax == RUN_LENGTHS:
        try:
            return np.stack([_run_lengths(one, layout) for one in _fragments(items)[1:]])
        except (ValueError, IndexError, struct.error) as error:
            raise InputError(f"{path} is damaged: its compressed voxels cannot be decoded. Export the series again.") from error
    fragments = [one for one in _fragments(items)[1:] if one]
    size = _codestream_size(fragments[0]) if fragments else None
    if size != (layout.rows, layout.columns) or len(fragments) < layout.frames:
        raise InputError(f"{path} contradicts itself: its compressed voxels are not as its header says. Export it again.")
    with tempfile.TemporaryDirectory(prefix="ivdseg-") as folder:
        copy = Path(folder, "voxels.dcm")
        copy.write_bytes(_minimal_file(layout, items))
        reader = sitk.ImageFileReader()
        reader.SetImageIO("GDCMImageIO")
        reader.SetFileName(os.fspath(copy))
        try:
            with quiet_itk():
                array = sitk.GetArrayFromImage(reader.Execute())
        except RuntimeError as error:
            raise InputError(f"{path} is damaged: its compressed voxels cannot be decoded. Export the series again.") from error
    if array.shape != (layout.frames, layout.rows, layout.columns):
        raise InputError(f"{path} is damaged: its compressed voxels have another size than its header says. Export it again.")
    return array


def _fragments(items: bytes) -> list[bytes]:
    """The contents of the items: a table of offsets, and then each frame of run lengths in one item."""
    found, at = [], 0
    while at + 8 <= len(items):
        (length,) = struct.unpack("<I", items[at + 4 : at + 8])
        found.append(items[at + 8 : at + 8 + length])
        at += 8 + length
    return found


def _codestream_size(content: bytes) -> tuple[int, int] | None:
    """(rows, columns) that the compressed voxels themselves say, before a decoder asks for memory; None where they do not."""
    if content.startswith(b"\xff\x4f\xff\x51"):  # JPEG 2000: SOC and SIZ
        right, bottom, left, top = struct.unpack(">4I", content[8:24].ljust(16, b"\0"))
        return bottom - top, right - left
    at = 2  # JPEG and JPEG-LS: behind SOI, marker segments up to the start of a frame
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xF7 or (0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)):
            rows, columns = struct.unpack(">2H", content[at + 5 : at + 9])
            return rows, columns
        at += 2 + struct.unpack(">H", content[at + 2 : at + 4])[0]
    return None


def _run_lengths(content: bytes, layout: PixelLayout) -> np.ndarray:
    """One frame of run lengths (DICOM PS3.5, annex G): a segment for each byte of a voxel, the highest first. Raises
    ``ValueError`` where a segment does not give all voxels. (GDCM fails at images of an odd number of voxels.)"""
    count, *offsets = struct.unpack("<16I", content[:64])
    bytes_of_voxel = layout.bits_allocated // 8
    if count != bytes_of_voxel:
        raise ValueError("another number of segments than bytes of a voxel")
    voxels = layout.rows * layout.columns
    planes = np.empty((voxels, bytes_of_voxel), np.uint8)
    for number in range(count):
        end = offsets[number + 1] if number + 1 < count else len(content)
        planes[:, bytes_of_voxel - 1 - number] = _unpacked(content[offsets[number] : end], voxels)
    return planes.reshape(-1).view(layout.dtype).reshape(layout.rows, layout.columns)


def _unpacked(segment: bytes, length: int) -> np.ndarray:
    result, at = bytearray(), 0
    while len(result) < length:
        code = segment[at]
        if code < 128:
            result += segment[at + 1 : at + 2 + code]
            at += 2 + code
        else:
            if code > 128:
                result += segment[at + 1 : at + 2] * (257 - code)
            at += 2 if code > 128 else 1
    if len(result) != length or at > len(segment):
        raise ValueError("runs that do not give all voxels")
    return np.frombuffer(bytes(result), np.uint8)


def _minimal_file(layout: PixelLayout, items: bytes) -> bytes:
    """A DICOM file (explicit VR, little endian) with the compressed items and what is needed to decode them."""
    kind = "1.2.840.10008.5.1.4.1.1.7.3" if layout.frames > 1 else "1.2.840.10008.5.1.4.1.1.4"
    meta = b"".join(
        (
            _element(0x0002, 0x0001, "OB", b"\0\1"),
            _element(0x0002, 0x0002, "UI", kind.encode()),
            _element(0x0002, 0x0003, "UI", b"1.2.3"),
            _element(0x0002, 0x0010, "UI", layout.syntax.encode()),
        )
    )

    def short(element: int, value: int) -> bytes:
        return _element(0x0028, element, "US", struct.pack("<H", value))

    parts = [
        bytes(128),
        b"DICM",
        _element(0x0002, 0x0000, "UL", struct.pack("<I", len(meta))),
        meta,
        _element(0x0008, 0x0016, "UI", kind.encode()),
        _element(0x0008, 0x0018, "UI", b"1.2.3"),
        _element(0x0008, 0x0060, "CS", b"MR"),
        short(0x0002, layout.samples),
        _element(0x0028, 0x0004, "CS", layout.photometric.encode("ascii", "replace") or b"MONOCHROME2"),
        _element(0x0028, 0x0008, "IS", str(layout.frames).encode()) if layout.frames > 1 else b"",
        short(0x0010, layout.rows),
        short(0x0011, layout.columns),
        short(0x0100, layout.bits_allocated),
        short(0x0101, layout.bits_stored),
        short(0x0102, layout.high_bit),
        short(0x0103, int(layout.signed)),
        struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF),
        items,
        struct.pack("<HHI", 0xFFFE, 0xE0DD, 0),
    ]
    return b"".join(parts)


def _element(group: int, element: int, kind: str, value: bytes) -> bytes:
    value += (b"\0" if kind in ("UI", "OB") else b" ") * (len(value) % 2)
    head = struct.pack("<HH2s", group, element, kind.encode())
    return head + (struct.pack("<HI", 0, len(value)) if kind == "OB" else struct.pack("<H", len(value))) + value
