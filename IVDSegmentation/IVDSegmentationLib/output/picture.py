"""A small painter: anti-aliased lines, crosses and text on an RGB array, and PNG files. No window, no OpenGL."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from scipy import ndimage

from ..files import atomic_file

Colour = tuple[int, int, int]
Point = tuple[float, float]
"""(row, column)"""


def blend(picture: np.ndarray, cover: np.ndarray, colour: Colour) -> None:
    """Paints a colour where ``cover`` (0 … 1, shape of the picture) says, in place.

    ``picture``: float32, rows x columns x 3, 0 … 255.
    """
    picture += cover[..., None] * (np.asarray(colour, np.float32) - picture)


def contour_cover(field: np.ndarray, width: float) -> np.ndarray:
    """Cover of a line of this width (pixels) along the 0.5 level of a smooth field of 0 … 1."""
    down, across = np.gradient(field)
    slope = np.hypot(down, across)
    # distance to the level in pixels, to first order; flat parts are nowhere near it
    distance = np.abs(field - 0.5) / np.maximum(slope, 1e-4)
    return np.clip(width / 2 + 0.5 - distance, 0.0, 1.0)


def line_cover(shape: tuple[int, int], start: Point, end: Point, width: float) -> np.ndarray:
    """Cover of a straight line with round ends between two points."""
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    along = np.subtract(end, start)
    length = max(float(np.hypot(*along)), 1e-6)
    at = ((rows - start[0]) * along[0] + (columns - start[1]) * along[1]) / length**2
    at = np.clip(at, 0.0, 1.0)
    distance = np.hypot(rows - start[0] - at * along[0], columns - start[1] - at * along[1])
    return np.clip(width / 2 + 0.5 - distance, 0.0, 1.0)


def draw_cross(picture: np.ndarray, centre: Point, size: float, width: float, colour: Colour) -> None:
    """An upright cross at (row, column), with a thin dark rim so that it shows on bright ground."""
    reach = int(np.ceil(size + width + 3))
    top, left = int(centre[0]) - reach, int(centre[1]) - reach
    rows = slice(max(top, 0), max(min(top + 2 * reach + 1, picture.shape[0]), 0))
    columns = slice(max(left, 0), max(min(left + 2 * reach + 1, picture.shape[1]), 0))
    part = picture[rows, columns]
    if part.size == 0:
        return
    r, c = centre[0] - rows.start, centre[1] - columns.start
    arms = (((r - size, c), (r + size, c)), ((r, c - size), (r, c + size)))
    for extra, paint in ((2.0, (0, 0, 0)), (0.0, colour)):
        cover = np.maximum(*(line_cover(part.shape[:2], *arm, width + extra) for arm in arms))
        blend(part, cover * (0.6 if extra else 1.0), paint)


def text_cover(text: str, height: int) -> np.ndarray:
    """Cover of a line of text, about ``height`` pixels tall, cut to its ink. VTK's FreeType draws it, no window."""
    import vtkmodules.vtkRenderingFreeType  # noqa: F401  (without it there is no text renderer)
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkRenderingCore import vtkTextProperty, vtkTextRenderer

    style = vtkTextProperty()
    style.SetFontFamilyToArial()
    style.BoldOn()
    style.SetFontSize(height)
    style.SetColor(1.0, 1.0, 1.0)
    data = vtkImageData()
    size = [0, 0]
    vtkTextRenderer.GetInstance().RenderString(style, text, data, size, 72)
    columns, rows, _ = data.GetDimensions()
    rgba = vtk_to_numpy(data.GetPointData().GetScalars()).reshape(rows, columns, -1)
    cover = rgba[::-1, :, 3].astype(np.float32) / 255.0
    inked = np.argwhere(cover > 0)
    (top, left), (bottom, right) = inked.min(axis=0), inked.max(axis=0)
    return cover[top : bottom + 1, left : right + 1]


def draw_text(picture: np.ndarray, text: str, at: Point, height: int, colour: Colour) -> None:
    """Text whose left end lies at (row of its middle, column), with a soft dark rim; moved inside the picture."""
    ink = np.pad(text_cover(text, height), 4)
    rows, columns = ink.shape
    if rows > picture.shape[0] or columns > picture.shape[1]:
        return
    top = int(np.clip(round(at[0] - rows / 2), 0, picture.shape[0] - rows))
    left = int(np.clip(round(at[1]), 0, picture.shape[1] - columns))
    part = picture[top : top + rows, left : left + columns]
    rim = np.clip(ndimage.gaussian_filter(ndimage.grey_dilation(ink, 3), 1.2) * 1.3, 0, 1)
    blend(part, 0.75 * rim, (0, 0, 0))
    blend(part, ink, colour)


def png_bytes(picture: np.ndarray) -> bytes:
    """An array (rows x columns x 3, 0 … 255) as an 8-bit RGB PNG."""
    pixels = picture if picture.dtype == np.uint8 else np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    rows, columns, _ = pixels.shape
    # every row is led by its filter: 2, the difference to the row above, packs pictures well
    above = np.vstack([np.zeros((1, columns, 3), np.uint8), pixels[:-1]])
    lines = np.concatenate([np.full((rows, 1), 2, np.uint8), (pixels - above).reshape(rows, -1)], axis=1)

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(lines.tobytes(), 4))  # 6 takes three times as long for a tenth
        + chunk(b"IEND", b"")
    )


def write_png(path: str | Path, picture: np.ndarray) -> None:
    """Writes an array (rows x columns x 3, 0 … 255) as an 8-bit RGB PNG, whole or not at all."""
    content = png_bytes(picture)
    with atomic_file(path) as temporary:
        temporary.write_bytes(content)
