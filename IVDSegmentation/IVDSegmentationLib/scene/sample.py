"""The phantom as sample data, so that the tutorial works without a network."""

from __future__ import annotations

from typing import Any


def add_sample() -> Any:
    """Put the bundled phantom into the scene and return its volume node."""
    raise NotImplementedError


def register_sample_data(icon: str = "") -> bool:
    """Offer the phantom in Slicer's Sample Data module; False where the module is missing."""
    raise NotImplementedError
