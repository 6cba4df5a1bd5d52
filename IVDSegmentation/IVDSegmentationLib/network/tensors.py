"""Plain-tensor files in the safetensors layout: a JSON header, then raw numbers. Nothing in them can be executed.

Layout: 8 bytes little-endian length of the header, the header (name -> dtype, shape, data_offsets; '__metadata__' ->
strings), then the tensors' bytes. https://github.com/huggingface/safetensors (format section of its README).
"""

from __future__ import annotations

import json
import struct
from math import prod
from pathlib import Path

import numpy as np

from ..errors import ModelError
from ..files import atomic_file

_DTYPES = {"F32": np.float32, "F16": np.float16, "I64": np.int64}
_NAMES = {np.dtype(v): k for k, v in _DTYPES.items()}
_LONGEST_HEADER = 10_000_000


def write_tensors(tensors: dict[str, np.ndarray], metadata: dict[str, str], path: Path) -> None:
    """Writes atomically. Raises ``OutputError`` where the disk is full or the folder cannot be written."""
    header: dict[str, object] = {"__metadata__": metadata}
    offset = 0
    for name, array in tensors.items():
        header[name] = {
            "dtype": _NAMES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [offset, offset + array.nbytes],
        }
        offset += array.nbytes
    text = json.dumps(header, ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    with atomic_file(path) as temporary, open(temporary, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for array in tensors.values():
            file.write(np.ascontiguousarray(array).tobytes())


def read_tensors(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """(tensors, metadata). Raises ``ModelError`` for a file that is missing, cut short or of another kind."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"The model file '{path}' cannot be read: {error.strerror}.") from error
    foreign = ModelError(f"'{path.name}' is not a model of this extension, or it is damaged. Import it again.")
    if len(data) < 8:
        raise foreign
    (length,) = struct.unpack("<Q", data[:8])
    if length > min(_LONGEST_HEADER, len(data) - 8):
        raise foreign
    try:
        header = json.loads(data[8 : 8 + length])
        metadata = header.pop("__metadata__", {})
        _check_layout(header, len(data) - 8 - length)
        tensors = {name: _tensor(data, 8 + length, entry) for name, entry in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise foreign from error
    return tensors, metadata


def _check_layout(header: dict, size: int) -> None:
    """Raises ``ValueError`` unless the tensors fill the file without gap and overlap, as the format demands: a small file
    cannot stand for large tensors then."""
    end = 0
    for low, high in sorted(entry["data_offsets"] for entry in header.values()):
        if low != end or high < low:
            raise ValueError("tensors overlap or leave gaps")
        end = high
    if end != size:
        raise ValueError("the tensors do not fill the file")


def _tensor(data: bytes, start: int, entry: dict) -> np.ndarray:
    low, high = entry["data_offsets"]
    dtype, shape = np.dtype(_DTYPES[entry["dtype"]]), entry["shape"]
    if any(type(n) is not int or n < 0 for n in (low, high, *shape)):
        raise ValueError("sizes are no whole numbers")
    count = prod(shape)  # not numpy's: it overflows in silence
    if high - low != dtype.itemsize * count:
        raise ValueError("the tensor's size and shape differ")
    return np.frombuffer(data, dtype, count=count, offset=start + low).reshape(shape).copy()
