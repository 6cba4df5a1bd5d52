"""Checkpoints: written under a temporary name first, so that a crash or a full disk leaves the last good one."""

from __future__ import annotations

import os
from pathlib import Path

import torch


def save_checkpoint(state: dict, path: Path) -> None:
    """Writes tensors, numbers and strings. Raises ``OSError`` where the disk is full; ``path`` is then untouched."""
    partial = path.with_suffix(".part")
    try:
        with open(partial, "wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def load_checkpoint(path: Path) -> dict:
    """Reads a checkpoint; ``weights_only``, so that no code in the file is run."""
    return torch.load(path, map_location="cpu", weights_only=True)
