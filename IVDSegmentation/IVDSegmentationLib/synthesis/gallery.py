"""The gallery picture of the manual: mid-sagittal slices of many phantoms, some with their labels outlined."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from ..anatomy import CANAL_LABEL, LEVEL_BY_LABEL, S1_LABEL, SACRUM_LABEL
from ..volume.frame import resampling_matrix
from .phantom import synthesize
from .settings import Phantom, PhantomSettings

TILE = (270, 180)
"""height and width of a tile, pixels"""

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


def gallery(path: str | os.PathLike[str]) -> Path:
    """Writes the gallery as a PNG: every second tile has its labels outlined."""
    rows = []
    for first in range(0, len(TILES), COLUMNS):
        tiles = [
            _titled(_tile(synthesize(seed, settings), outlined=n % 2 == 1), title)
            for n, (seed, title, settings) in enumerate(TILES[first : first + COLUMNS])
        ]
        rows.append(np.concatenate(tiles, axis=1))
    path = Path(path)
    _write_png(np.concatenate(rows, axis=0), path)
    return path


def mid_sagittal(phantom: Phantom) -> tuple[np.ndarray, np.ndarray]:
    """The slice (j, i) through the middle of the discs, image and labels."""
    labels = phantom.labels.array
    discs = (labels > 0) & (labels < SACRUM_LABEL)
    weight = discs.sum(axis=(1, 2))
    middle = int(round(np.average(np.arange(len(weight)), weights=weight))) if weight.any() else len(weight) // 2
    return phantom.image.array[middle], labels[middle]


def _tile(phantom: Phantom, outlined: bool) -> np.ndarray:
    """A slice that fills a tile, cut where it is too wide, RGB uint8 (row, column, 3)."""
    image, labels = mid_sagittal(phantom)
    spacing = phantom.image.spacing_mm
    extent = (image.shape[0] * spacing[1], image.shape[1] * spacing[0])
    scale = max(TILE[0] / extent[0], TILE[1] / extent[1])  # pixels per mm
    size = (max(TILE[0], round(extent[0] * scale)), max(TILE[1], round(extent[1] * scale)))
    ways = [resampling_matrix(image.shape[n], spacing[1 - n], size[n], extent[n] / size[n]) for n in (0, 1)]
    grey = ways[0] @ image.astype(np.float32) @ ways[1].T
    nearest = np.ix_(*(((np.arange(size[n]) + 0.5) / size[n] * image.shape[n]).astype(int) for n in (0, 1)))
    names = labels[nearest]
    spine = np.argwhere((names > 0) & (names < SACRUM_LABEL))
    middle = spine.mean(axis=0) if len(spine) else np.array(size) / 2
    part = tuple(
        slice(first, first + TILE[n])
        for n, first in enumerate(int(np.clip(middle[n] - TILE[n] / 2, 0, size[n] - TILE[n])) for n in (0, 1))
    )
    grey, names = grey[part], names[part]
    grey = np.clip(grey / max(1e-6, float(np.quantile(grey, 0.985))), 0, 1)
    picture = np.repeat((grey * 255).astype(np.uint8)[:, :, None], 3, axis=2)
    if outlined:
        edge = np.zeros(TILE, bool)
        edge[1:] |= names[1:] != names[:-1]
        edge[:, 1:] |= names[:, 1:] != names[:, :-1]
        for value in np.unique(names[names > 0]):
            picture[edge & (names == value)] = _colour(int(value))
    return picture


def _colour(value: int) -> tuple[int, int, int]:
    if value in LEVEL_BY_LABEL:
        return LEVEL_BY_LABEL[value].colour
    if value == CANAL_LABEL:
        return (120, 220, 120)
    return (90, 200, 220) if value >= S1_LABEL else (200, 200, 90)


def _titled(tile: np.ndarray, title: str) -> np.ndarray:
    """A tile with a line of text above it. Text is drawn by VTK: the library has no other means for it."""
    import vtkmodules.vtkRenderingFreeType  # noqa: F401  (registers the text renderer)
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkRenderingCore import vtkTextProperty, vtkTextRenderer

    look = vtkTextProperty()
    look.SetFontSize(13)
    look.SetColor(1, 1, 1)
    drawn = vtkImageData()
    vtkTextRenderer.GetInstance().RenderString(look, title, drawn, [0, 0], 72)
    width, height, _ = drawn.GetDimensions()
    text = vtk_to_numpy(drawn.GetPointData().GetScalars()).reshape(height, width, -1)[::-1]
    grey = (text[:, :, :3].astype(float) * text[:, :, 3:4] / 255).astype(np.uint8)
    strip = np.zeros((20, tile.shape[1], 3), np.uint8)
    high, wide = min(20, height), min(tile.shape[1] - 6, width)
    strip[:high, 4 : 4 + wide] = grey[:high, :wide]
    framed = np.concatenate([strip, tile], axis=0)
    framed[:, -1] = 60
    return framed


def _write_png(picture: np.ndarray, path: Path) -> None:
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkIOImage import vtkPNGWriter

    data = vtkImageData()
    data.SetDimensions(picture.shape[1], picture.shape[0], 1)
    data.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(picture[::-1]).reshape(-1, 3), deep=True))
    writer = vtkPNGWriter()
    writer.SetFileName(str(path))
    writer.SetInputData(data)
    writer.SetCompressionLevel(9)
    writer.Write()
