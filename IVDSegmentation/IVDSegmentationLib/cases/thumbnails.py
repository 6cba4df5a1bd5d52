"""Small pictures of cases, kept beside them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ..files import make_folder
from ..pictures import thumbnail, write_png
from ..resources import user_folder
from .folder import load_real_case


def thumbnail_file(case_folder: str | Path) -> Path:
    """The case's picture, made on the first call: in the case's folder, or in the user's cache where that is read-only."""
    case_folder = Path(case_folder)
    path = case_folder / "thumbnail.png"
    if not path.is_file() and not (_is_ours(case_folder)):
        path = _cache_folder() / (hashlib.sha256(str(case_folder.resolve()).encode()).hexdigest()[:24] + ".png")
    if not path.is_file():
        case = load_real_case(case_folder)
        assert case.image is not None
        make_folder(path.parent)
        write_png(path, thumbnail(case.image, case.labels))
    return path


def _is_ours(case_folder: Path) -> bool:
    """Whether the case was added by this program; into others nothing is written."""
    try:
        return '"added"' in (case_folder / "case.json").read_text(encoding="utf-8")
    except OSError:
        return False


def _cache_folder() -> Path:
    """Pictures of patients: in the user's own folder."""
    return user_folder() / "thumbnails"
