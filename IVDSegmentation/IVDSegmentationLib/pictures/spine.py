"""Pictures of a spine with its discs: the sagittal preview, the coronal one, and thumbnails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..anatomy import colour_of_label
from ..spine import disc_regions
from ..volume import Volume
from .canvas import Canvas
from .cut import CORONAL, SpineCut
from .palette import CENTRE, DIM, OUTLINE, WHITE

PREVIEW_PIXELS = 1100
"""Longer side of the sagittal picture."""
CORONAL_PIXELS_PER_MM = 2.4
THUMBNAIL_PIXELS = 96


@dataclass(frozen=True)
class DiscMark:
    """A disc to draw: its value in the label map, what is written beside it, and where its centre is."""

    label: int
    text: str
    centre_mm_lps: tuple[float, float, float]


def sagittal_picture(image: Volume, labels: Volume, marks: Sequence[DiscMark]) -> np.ndarray:
    """Outlines, centres and names of the discs along the spine, uint8, rows x columns x 3: front to the left, head up."""
    cut = SpineCut.through(image, [mark.centre_mm_lps for mark in marks], long_side=PREVIEW_PIXELS)
    canvas = Canvas(cut.grey())
    size = max(16, canvas.rows // 46)
    ends = [_outline(canvas, cut, labels, mark.label, width=2.6) for mark in marks]
    for mark, end in zip(marks, ends):
        row, column = cut.pixel(mark.centre_mm_lps)
        canvas.cross((row, column), 9.0, CENTRE, 2.2)
        canvas.text(mark.text, (row, (column if end is None else end) + 12), size, WHITE)
    rows, columns, small = canvas.rows, canvas.columns, max(14, size - 4)
    canvas.text("H", (4, columns / 2), small, DIM, anchor="mt")
    canvas.text("F", (rows - 4, columns / 2), small, DIM, anchor="mb")
    canvas.text("A", (rows / 2, 5), small, DIM)
    canvas.text("P", (rows / 2, columns - 5), small, DIM, anchor="rm")
    return canvas.array()


def coronal_picture(image: Volume, labels: Volume, marks: Sequence[DiscMark]) -> np.ndarray:
    """Outlines and centres in a cut that follows the discs from front to back, uint8, rows x columns x 3: head up, the
    patient's right to the left."""
    centres = [mark.centre_mm_lps for mark in marks]
    cut = SpineCut.through(image, centres, plane=CORONAL, pixels_per_mm=CORONAL_PIXELS_PER_MM)
    canvas = Canvas(cut.grey())
    for mark in marks:
        _outline(canvas, cut, labels, mark.label, width=2.0)
    for mark in marks:
        canvas.cross(cut.pixel(mark.centre_mm_lps), 6.0, CENTRE, 1.8)
    canvas.text("R", (canvas.rows / 2, 4), 16, DIM)
    canvas.text("L", (canvas.rows / 2, canvas.columns - 4), 16, DIM, anchor="rm")
    return canvas.array()


def thumbnail(image: Volume, labels: Volume, long_side: int = THUMBNAIL_PIXELS) -> np.ndarray:
    """A small sagittal picture through the discs, outlined in the colours of their levels. uint8, rows x columns x 3."""
    discs = disc_regions(labels)
    cut = SpineCut.through(image, [disc.centre for disc in discs.values()], long_side=long_side)
    canvas = Canvas(cut.grey())
    for label in discs:
        _outline(canvas, cut, labels, label, colour=colour_of_label(label), width=1.3)
    return canvas.array()


def _outline(
    canvas: Canvas, cut: SpineCut, labels: Volume, label: int, *, width: float, colour: tuple[int, int, int] = OUTLINE
) -> float | None:
    """Draws the outline of a label; returns the column of its right end, None where the cut misses it."""
    found = cut.field(labels, label)
    if found is None:
        return None
    (rows, columns), field = found
    canvas.outline(field, colour, width, (rows.start, columns.start))
    inside = np.flatnonzero((field > 0.5).any(axis=0))
    return float(columns.start + inside[-1]) if len(inside) else None
