"""The small picture of a scan for lists of thousands."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from ..files import write_bytes
from ..output.folder import PREVIEW
from .layout import THUMBNAIL

HEIGHT_PIXELS = 168
"""Twice the height at which the page shows it, for screens of high resolution; some 6 kB each."""


def write_thumbnail(folder: Path) -> None:
    """Makes the thumbnail of a result folder from its preview."""
    with Image.open(folder / PREVIEW) as preview:
        width = max(1, round(preview.width * HEIGHT_PIXELS / preview.height))
        small = preview.convert("RGB").resize((width, HEIGHT_PIXELS), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=80)
    write_bytes(folder / THUMBNAIL, out.getvalue())
