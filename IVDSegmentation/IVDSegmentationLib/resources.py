"""Where files lie: those shipped with the extension (beside the library in Slicer, inside it in a pip installation), and the
user's own."""

from __future__ import annotations

from pathlib import Path

_LIBRARY = Path(__file__).resolve().parent


def resource_path(*parts: str) -> Path:
    """Path of a file or folder under ``Resources``; it need not exist."""
    beside = _LIBRARY.parent / "Resources"
    inside = _LIBRARY / "Resources"
    return (inside if inside.is_dir() else beside).joinpath(*parts)


def user_folder() -> Path:
    """The folder of what belongs to this user alone; it need not exist."""
    return Path.home() / ".ivdsegmentation"
