"""The bytes of an image file's voxels, decompressed as they are needed and checked to their end.

ITK's readers stop when they have the bytes they want: the checksum at the end of a gzip or zlib stream is never looked at,
and missing bytes become zeros. Here every stream is read to its end, and must hold what the header declares.
"""

from __future__ import annotations

import bz2
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import InputError

RAW, ZLIB, BZIP2, DEFLATE = "raw", "zlib", "bzip2", "deflate"
"""How voxels lie in a file. ``ZLIB`` covers zlib and gzip streams, which zlib tells apart itself;
``DEFLATE`` is the bare stream of DICOM."""
HIGHEST_RATIO = {RAW: 1, ZLIB: 1032, DEFLATE: 1032, BZIP2: 10**6}
"""Bytes that one compressed byte can stand for at most: for deflate by its definition (RFC 1951: 258 bytes in 2 bits), for
bzip2 as measured on zeros, rounded up."""
_BLOCK = 1 << 18
"""Bytes read or decompressed in one go: small beside any volume, large enough to cost no time."""
_GZIP_MAGIC = b"\x1f\x8b"
_ANY_HEADER = 15 + 32
"""zlib's ``wbits`` for a zlib or a gzip header, whichever comes."""


@dataclass(frozen=True)
class Part:
    """Where voxels lie: behind ``offset`` bytes of the file, as ``encoding`` says; ``skip`` decompressed bytes come before
    the first voxel."""

    path: Path
    offset: int = 0
    encoding: str = RAW
    skip: int = 0

    @property
    def stored_bytes(self) -> int:
        return max(0, os.path.getsize(self.path) - self.offset)


class VoxelStream:
    """Reads the voxels of one part after the other. Raises ``InputError`` where they end too early, do not match their
    checksum, or are followed by more than the header declares."""

    def __init__(self, parts: Sequence[Part], bytes_of_part: int) -> None:
        """``bytes_of_part``: the bytes of voxels that the header declares for each part."""
        for part in parts:
            _check_stored_size(part, bytes_of_part)
        self._parts = list(parts)
        self._bytes_of_part = bytes_of_part
        self._left = 0
        self._reader: _Reader | None = None

    def __enter__(self) -> VoxelStream:
        return self

    def __exit__(self, *_: object) -> None:
        if self._reader is not None:
            self._reader.close()

    def read_into(self, target: memoryview) -> None:
        """Fills ``target`` (bytes) with the next voxels."""
        done = 0
        while done < len(target):
            reader = self._next_reader()
            count = min(self._left, len(target) - done)
            reader.read_into(target[done : done + count])
            done += count
            self._left -= count

    def skip(self, count: int) -> None:
        scratch = memoryview(bytearray(min(count, _BLOCK)))
        while count > 0:
            step = min(count, len(scratch))
            self.read_into(scratch[:step])
            count -= step

    def finish(self) -> None:
        """Checks that the last stream ends here, with the right checksum."""
        if self._reader is not None:
            self._reader.finish()

    def read_to_end(self) -> None:
        """Passes over what follows, to the end of the compressed stream."""
        if self._reader is not None:
            self._reader.read_to_end()

    def _next_reader(self) -> _Reader:
        if self._left == 0 or self._reader is None:
            if self._reader is not None:
                self._reader.finish()
                self._reader.close()
            self._reader = _Reader(self._parts.pop(0))
            self._left = self._bytes_of_part
        return self._reader


def first_bytes(path: Path, count: int) -> bytes:
    """The first bytes of a file, decompressed where it is a gzip file; fewer where it has fewer."""
    with open(path, "rb") as file:
        start = file.read(2)
        file.seek(0)
        if start != _GZIP_MAGIC:
            return file.read(count)
        decoder = zlib.decompressobj(_ANY_HEADER)
        result = b""
        try:
            while len(result) < count and (block := file.read(_BLOCK)):
                if decoder.eof:  # a file of several members
                    block, decoder = decoder.unused_data + block, zlib.decompressobj(_ANY_HEADER)
                result += decoder.decompress(block, count - len(result))
                while decoder.eof and len(result) < count and decoder.unused_data.startswith(_GZIP_MAGIC):
                    rest, decoder = decoder.unused_data, zlib.decompressobj(_ANY_HEADER)
                    result += decoder.decompress(rest, count - len(result))
        except zlib.error as error:
            raise InputError(damaged(path)) from error
        return result


def is_gzip(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(2) == _GZIP_MAGIC


def ends_too_early(path: Path) -> str:
    return f"{path} ends too early: the copy or download is not complete. Copy or export it again."


def damaged(path: Path) -> str:
    return f"{path} is damaged: its compressed data do not match their checksum. Copy or export it again."


def _holds_more(path: Path) -> str:
    return f"{path} holds more data than its header declares, so one of the two is wrong. Export it again."


def _check_stored_size(part: Part, declared: int) -> None:
    """From the sizes alone, before memory is asked for."""
    try:
        stored = part.stored_bytes
    except FileNotFoundError:
        raise InputError(f"{part.path}: this data file is missing. Copy it beside its header, or export again.") from None
    if (declared + part.skip) > stored * HIGHEST_RATIO[part.encoding]:
        raise InputError(ends_too_early(part.path))


class _Reader:
    """One part of a ``VoxelStream``."""

    def __init__(self, part: Part) -> None:
        self._part = part
        # closed by close()
        self._file: BinaryIO = open(part.path, "rb")  # noqa: SIM115
        self._file.seek(part.offset)
        self._waiting = b""
        """Compressed bytes that were read and not decompressed yet."""
        self._decoder = self._new_decoder()
        self._row = memoryview(bytearray(_BLOCK))
        left = part.skip
        while left > 0:
            step = min(left, _BLOCK)
            self.read_into(self._row[:step])
            left -= step

    def close(self) -> None:
        self._file.close()

    def read_into(self, target: memoryview) -> None:
        done = 0
        while done < len(target):
            if self._decoder is None:
                count = self._file.readinto(target[done:])  # type: ignore[attr-defined]
            else:
                block = self._decoded(len(target) - done)
                count = len(block)
                target[done : done + count] = block
            if not count:
                raise InputError(ends_too_early(self._part.path))
            done += count

    def finish(self) -> None:
        """Bytes behind a whole compressed stream are no damage (gunzip ignores them as well); bytes within it, or behind
        raw voxels, contradict the header."""
        if self._decoder is None:
            surplus = len(self._file.read(_PADDING + 1)) - _PADDING
        else:
            surplus = 0
            while surplus < _SURPLUS and (block := self._decoded(_BLOCK)):  # a wrong checksum is the better message
                surplus += len(block)
        if surplus > 0:
            raise InputError(_holds_more(self._part.path))

    def read_to_end(self) -> None:
        while self._decoder is not None and self._decoded(_BLOCK):
            pass

    def _new_decoder(self) -> Any:
        if self._part.encoding == DEFLATE:
            return zlib.decompressobj(-zlib.MAX_WBITS)
        if self._part.encoding == ZLIB:
            return zlib.decompressobj(_ANY_HEADER)
        return bz2.BZ2Decompressor() if self._part.encoding == BZIP2 else None

    def _decoded(self, count: int) -> bytes:
        """Some of the next bytes, at most ``count``; none at the end of the stream, whose checksum is then right."""
        while True:
            if self._decoder.eof and not self._another_member():
                return b""
            if not self._waiting and self._wants_input():
                self._waiting = self._file.read(_BLOCK)
                if not self._waiting:
                    raise InputError(ends_too_early(self._part.path))
            try:
                block = self._decoder.decompress(self._waiting, min(count, _BLOCK))
            except (zlib.error, OSError) as error:
                raise InputError(damaged(self._part.path)) from error
            self._waiting = getattr(self._decoder, "unconsumed_tail", b"")  # bzip2 keeps its rest itself
            if block:
                return block

    def _wants_input(self) -> bool:
        return getattr(self._decoder, "needs_input", True)

    def _another_member(self) -> bool:
        """Whether another compressed stream follows, as in files of several gzip members."""
        if self._part.encoding == DEFLATE:
            return False
        rest = self._decoder.unused_data or self._file.read(_BLOCK)
        magic = _GZIP_MAGIC if self._part.encoding == ZLIB else b"BZh"
        if not rest.startswith(magic):
            return False
        self._waiting, self._decoder = rest, self._new_decoder()
        return True


_PADDING = 16
"""Bytes that may follow raw voxels: a line end or the padding of a text-mode transfer. A header that is wrong by one in a
size leaves at least a row of voxels."""
_SURPLUS = 1 << 28
"""Bytes of a compressed stream that are decompressed for its checksum once it holds more than it should."""
