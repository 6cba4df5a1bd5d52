"""The colours of pictures and charts. Those of the disc levels stand in ``anatomy``."""

from __future__ import annotations

Colour = tuple[int, int, int]
"""Red, green, blue, 0 … 255."""

OUTLINE: Colour = (255, 60, 48)
CENTRE: Colour = (70, 235, 90)
REFERENCE: Colour = CENTRE
"""Outline of a reference where both are drawn."""
WHITE: Colour = (255, 255, 255)
DIM: Colour = (170, 170, 170)
DARK: Colour = (28, 36, 48)
AXIS: Colour = (120, 120, 120)
GRID: Colour = (225, 225, 225)

BLUE: Colour = (31, 119, 180)
ORANGE: Colour = (255, 127, 14)
GREEN: Colour = (44, 160, 44)
RED: Colour = (214, 39, 40)
PURPLE: Colour = (148, 103, 189)
BROWN: Colour = (140, 86, 75)
"""Series of charts: the first of Tableau's ten, which colour-blind readers can distinguish."""


def hexadecimal(colour: Colour) -> str:
    """'#1f77b4', as HTML and SVG write it."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def fractions(colour: Colour) -> tuple[float, float, float]:
    """0 … 1 each, as VTK and Slicer have it."""
    red, green, blue = colour
    return red / 255, green / 255, blue / 255
