"""A picture to draw on: outlines, crosses, lines and text, anti-aliased by Pillow, and PNG files."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..files import write_bytes
from .palette import Colour

Point = tuple[float, float]
"""(row, column) in pixels; (0, 0) is the middle of the first one."""

_FINER = 4
"""Lines are drawn on a mask so many times finer and averaged down: Pillow itself does not smooth them."""
_RIM_SHARE = 0.6
"""How dark the rim of a cross is, so that it shows on bright tissue."""


class Canvas:
    """Draws on an RGB picture. ``picture``: rows x columns (grey) or rows x columns x 3, 0 … 255."""

    def __init__(self, picture: np.ndarray) -> None:
        pixels = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
        if pixels.ndim == 2:
            pixels = np.repeat(pixels[..., None], 3, axis=2)
        self._image = Image.fromarray(np.ascontiguousarray(pixels))
        self._draw = ImageDraw.Draw(self._image)

    @classmethod
    def blank(cls, rows: int, columns: int, colour: Colour) -> Canvas:
        return cls(np.full((rows, columns, 3), colour, np.uint8))

    @property
    def rows(self) -> int:
        return self._image.height

    @property
    def columns(self) -> int:
        return self._image.width

    def array(self) -> np.ndarray:
        """The picture, uint8, rows x columns x 3."""
        return np.array(self._image)

    def outline(self, field: np.ndarray, colour: Colour, width: float, at: tuple[int, int] = (0, 0)) -> None:
        """A line along the 0.5 level of a smooth field of 0 … 1 whose first pixel lies at (row, column) ``at``."""
        if min(field.shape) < 2:
            return
        slope = np.hypot(*np.gradient(field))
        # distance to the level in pixels, to first order; flat parts are nowhere near it
        distance = np.abs(field - 0.5) / np.maximum(slope, 1e-4)
        self._paint(np.clip(width / 2 + 0.5 - distance, 0.0, 1.0), colour, at)

    def line(self, points: Sequence[Point], colour: Colour, width: float, share: float = 1.0) -> None:
        """A line with round ends through points; a single point becomes a dot. ``share``: how much it covers, 0 … 1."""
        if not points:
            return
        margin = width / 2 + 1
        rows, columns = zip(*points)
        top, left = int(np.floor(min(rows) - margin)), int(np.floor(min(columns) - margin))
        size = (int(np.ceil(max(rows) + margin)) - top + 1, int(np.ceil(max(columns) + margin)) - left + 1)
        mask = Image.new("L", (size[1] * _FINER, size[0] * _FINER))
        draw = ImageDraw.Draw(mask)
        xy = [((c - left + 0.5) * _FINER, (r - top + 0.5) * _FINER) for r, c in points]
        draw.line(xy, fill=255, width=max(1, round(width * _FINER)), joint="curve")
        radius = width * _FINER / 2
        for x, y in (xy[0], xy[-1]):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
        cover = np.asarray(mask.resize((size[1], size[0]), Image.Resampling.BOX), np.float32) / 255
        self._paint(cover * share, colour, (top, left))

    def dot(self, centre: Point, colour: Colour, diameter: float) -> None:
        self.line([centre], colour, diameter)

    def cross(self, centre: Point, reach: float, colour: Colour, width: float) -> None:
        """An upright cross with a thin dark rim."""
        row, column = centre
        arms = [[(row - reach, column), (row + reach, column)], [(row, column - reach), (row, column + reach)]]
        for arm in arms:
            self.line(arm, (0, 0, 0), width + 2, _RIM_SHARE)
        for arm in arms:
            self.line(arm, colour, width)

    def text(
        self, text: str, at: Point, size: float, colour: Colour, *, anchor: str = "lm", rim: bool = True, bold: bool = False
    ) -> None:
        """A line of text. ``at``: the point that ``anchor`` names (Pillow's letters: l, m, r across; t, m, s, b down).
        Moved so that it lies inside the picture; left out where it does not fit. ``rim``: dark, for bright tissue."""
        font = _font(round(size))
        stroke = max(1, round(size / 12)) if rim else int(bold)
        left, top, right, bottom = self._draw.textbbox((0, 0), text, font, anchor=anchor, stroke_width=stroke)
        if right - left > self.columns or bottom - top > self.rows:
            return
        x = min(max(at[1], -left), self.columns - right)
        y = min(max(at[0], -top), self.rows - bottom)
        if rim:
            self._draw.text((x, y), text, (0, 0, 0), font, anchor, stroke_width=stroke)
        # a stroke of a fraction of a pixel makes the letters as heavy as they must be on a scan
        self._draw.text((x, y), text, colour, font, anchor, stroke_width=0.4 if rim else stroke * 0.3)

    def paste(self, other: Canvas, at: tuple[int, int]) -> None:
        """Puts another picture into this one, its first pixel at (row, column)."""
        self._image.paste(other._image, (at[1], at[0]))

    def _paint(self, cover: np.ndarray, colour: Colour, at: tuple[int, int]) -> None:
        mask = Image.fromarray(np.rint(cover * 255).astype(np.uint8))
        self._image.paste(colour, (at[1], at[0]), mask)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own typeface, so that pictures look the same on every machine."""
    return ImageFont.load_default(size)


def png_bytes(picture: np.ndarray) -> bytes:
    """A picture (rows x columns x 3, 0 … 255) as an 8-bit RGB PNG."""
    out = io.BytesIO()
    image = Image.fromarray(np.clip(np.rint(picture), 0, 255).astype(np.uint8))
    image.save(out, "PNG", compress_level=4)  # 6 takes three times as long for a tenth
    return out.getvalue()


def write_png(path: str | Path, picture: np.ndarray) -> None:
    """Writes a picture (rows x columns x 3, 0 … 255) as an 8-bit RGB PNG, complete or not at all."""
    write_bytes(path, png_bytes(picture))
