"""Checkpoints: complete under their name or not there, and with a checksum, because PyTorch loads damaged numbers in silence.

Layout: ``MAGIC``, the SHA-256 of the rest as 64 hexadecimal digits and a line break, then what ``torch.save`` writes.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import torch

from ..errors import InputError
from ..files import atomic_file

MAGIC = b"IVDSEG-CHECKPOINT-1\n"
_DIGITS = 64


def save_checkpoint(state: dict, path: Path, check_owner: Callable[[], None] = lambda: None) -> None:
    """Writes tensors, numbers and strings. Raises ``OutputError`` where the disk is full; ``path`` is then untouched.
    ``check_owner`` is called when only the renaming is left, and may raise to leave ``path`` as it is."""
    memory = io.BytesIO()
    torch.save(state, memory)
    content = memory.getvalue()
    with atomic_file(path) as temporary:
        temporary.write_bytes(MAGIC + hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
        check_owner()


def load_checkpoint(path: Path) -> dict:
    """Reads a checkpoint; ``weights_only``, so that no code in the file is run. Raises ``InputError`` for one that is
    missing, damaged, or of another program."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"The checkpoint {path} cannot be read: {error.strerror or error}. Check the path.") from error
    start = len(MAGIC) + _DIGITS + 1
    digest, content = data[len(MAGIC) : start - 1], data[start:]
    fits = data.startswith(MAGIC) and data[start - 1 : start] == b"\n"
    if not fits or hashlib.sha256(content).hexdigest().encode() != digest:
        raise InputError(
            f"The checkpoint {path} is damaged or was written by another program. Start the training anew, or choose "
            "another folder."
        )
    return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
