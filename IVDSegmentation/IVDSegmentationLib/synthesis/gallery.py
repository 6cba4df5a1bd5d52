"""The gallery picture of the manual: mid-sagittal slices of many phantoms, some with their labels outlined."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..anatomy import CANAL_LABEL, LEVEL_BY_LABEL, S1_LABEL, SACRUM_LABEL
from ..pictures import Canvas, SpineCut, write_png
from ..pictures.palette import WHITE
from .phantom import synthesize
from .settings import Phantom, PhantomSettings

TILE = (270, 180)
"""height and width of a tile, pixels"""

TITLE_HEIGHT = 20

TILES: tuple[tuple[int, str, PhantomSettings], ...] = (
    (20, "T2, healthy", PhantomSettings("T2", "healthy", slab=False, sacrum_in_view=True)),
    (7, "T2, degenerated", PhantomSettings("T2", "degenerated", slab=False, sacrum_in_view=True)),
    (6, "T2, slip at L4-L5", PhantomSettings("T2", "rare", slab=False, sacrum_in_view=True)),
    (31, "T2, slab", PhantomSettings("T2", "degenerated", slab=True)),
    (12, "T2 fat-suppressed", PhantomSettings("T2fs", slab=False)),
    (14, "STIR", PhantomSettings("STIR", slab=False)),
    (15, "T1", PhantomSettings("T1", "healthy", slab=False)),
    (26, "T1, fractures", PhantomSettings("T1", "rare", slab=False, sacrum_in_view=True, top_level=8)),
    (17, "water", PhantomSettings("water", slab=False)),
    (18, "fat", PhantomSettings("fat", slab=False)),
    (19, "random contrast", PhantomSettings("random", slab=False)),
    (22, "no sacrum in view", PhantomSettings("T2", sacrum_in_view=False)),
)
COLUMNS = 6


def gallery(path: str | Path) -> Path:
    """Writes the gallery as a PNG: every second tile has its labels outlined."""
    height, width = TILE[0] + TITLE_HEIGHT, TILE[1] + 1
    page = Canvas.blank(height * -(-len(TILES) // COLUMNS), width * COLUMNS, (0, 0, 0))
    for n, (seed, title, settings) in enumerate(TILES):
        top, left = n // COLUMNS * height, n % COLUMNS * width
        page.paste(_tile(synthesize(seed, settings), outlined=n % 2 == 1), (top + TITLE_HEIGHT, left))
        page.text(title, (top + TITLE_HEIGHT / 2, left + 5), 13, WHITE, rim=False)
    write_png(path, page.array())
    return Path(path)


def _tile(phantom: Phantom, outlined: bool) -> Canvas:
    """A slice that fills a tile, cut where it is too wide."""
    image, labels = phantom.image, phantom.labels
    extent = (image.size_ijk[1] * image.spacing_mm[1], image.size_ijk[0] * image.spacing_mm[0])
    pixels_per_mm = max(tile / mm for tile, mm in zip(TILE, extent))
    discs = np.argwhere((labels.array > 0) & (labels.array < SACRUM_LABEL))
    middle = (discs.mean(axis=0) if len(discs) else np.array(labels.array.shape) / 2)[::-1]
    middle[2] = round(middle[2])
    centre = image.lps_of_ijk(middle)
    cut = SpineCut.through(image, [centre], pixels_per_mm=pixels_per_mm)
    canvas = Canvas(cut.grey())
    for value in np.unique(labels.array[labels.array > 0]) if outlined else ():
        found = cut.field(labels, int(value))
        if found is not None:
            (rows, columns), field = found
            canvas.outline(field, _colour(int(value)), 1.2, (rows.start, columns.start))
    top, left = (
        int(np.clip(at - tile / 2, 0, max(0, size - tile))) for at, tile, size in zip(cut.pixel(centre), TILE, cut.size)
    )
    return Canvas(canvas.array()[top : top + TILE[0], left : left + TILE[1]])


def _colour(value: int) -> tuple[int, int, int]:
    if value in LEVEL_BY_LABEL:
        return LEVEL_BY_LABEL[value].colour
    if value == CANAL_LABEL:
        return (120, 220, 120)
    return (90, 200, 220) if value >= S1_LABEL else (200, 200, 90)
