"""Codes of the segments: our terminology file and the tags made from it."""

from __future__ import annotations

TERMINOLOGY_NAME = "Intervertebral discs"


def load_terminology() -> bool:
    """Load Resources/Terminologies/*.term.json into Slicer. Call it at ``startupCompleted``; False without the module."""
    raise NotImplementedError


def terminology_entry(label: int) -> str:
    """The serialised terminology tag of a disc's label value."""
    raise NotImplementedError
