"""Line charts: laid out once, drawn as SVG for pages and as pixels for PNG files."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from .canvas import Canvas
from .palette import AXIS, DARK, GRID, WHITE, Colour, hexadecimal

_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 30, 26
"""Margins in pixels: room for the numbers, the title and the names below."""
_MOST_TICKS = 6
_MOST_DOTS = 40
"""A line through more points than this has no dots on it."""


@dataclass(frozen=True)
class Series:
    """``values``: None where there is none; the line is broken there. ``x``: a place for each value; without it they lie at
    the chart's categories. ``dots``: the values are single dots, without a line between them."""

    name: str
    colour: Colour
    values: Sequence[float | None]
    x: Sequence[float] = ()
    dots: bool = False


@dataclass(frozen=True)
class Chart:
    """``categories``: names along the bottom (levels); without them the series' own ``x`` are numbers there.
    ``y_range``: lowest and highest value shown; without it from 0 to a round number above the highest value. ``x_range``: the
    same along the bottom; without it from 0, or less, to the highest value."""

    title: str
    series: Sequence[Series]
    unit: str = ""
    categories: Sequence[str] = ()
    y_range: tuple[float, float] | None = None
    x_range: tuple[float, float] | None = None

    @property
    def heading(self) -> str:
        return f"{self.title} ({self.unit})" if self.unit else self.title

    @property
    def is_empty(self) -> bool:
        return all(value is None for one in self.series for value in one.values)


@dataclass
class _Layout:
    """What a chart consists of, in pixels: lines as points (x, y), texts as (text, x, y, anchor, bold)."""

    lines: list[tuple[list[tuple[float, float]], Colour, float]] = field(default_factory=list)
    dots: list[tuple[float, float, Colour]] = field(default_factory=list)
    texts: list[tuple[str, float, float, str, bool]] = field(default_factory=list)


def chart_svg(chart: Chart, width: int = 460, height: int = 200) -> str:
    """The chart as an SVG element; '' where there is no value at all."""
    if chart.is_empty:
        return ""
    layout = _laid_out(chart, width, height)
    out = [f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{html.escape(chart.heading)}">']
    for points, colour, thickness in layout.lines:
        text = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        out.append(f'<polyline points="{text}" fill="none" stroke="{hexadecimal(colour)}" stroke-width="{thickness:g}"/>')
    out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{hexadecimal(colour)}"/>' for x, y, colour in layout.dots]
    anchors = {"l": "start", "m": "middle", "r": "end"}
    for text, x, y, anchor, bold in layout.texts:
        weight = ' class="title"' if bold else ""
        out.append(f'<text x="{x:.1f}" y="{y + 3.5:.1f}" text-anchor="{anchors[anchor]}"{weight}>{html.escape(text)}</text>')
    return "".join([*out, "</svg>"])


def chart_picture(chart: Chart, width: int = 400, height: int = 220) -> np.ndarray:
    """The chart as a picture, uint8, rows x columns x 3, dark on white."""
    canvas = Canvas.blank(height, width, WHITE)
    layout = _laid_out(chart, width, height)
    for points, colour, thickness in layout.lines:
        canvas.line([(y, x) for x, y in points], colour, thickness)
    for x, y, colour in layout.dots:
        canvas.dot((y, x), colour, 6)
    for text, x, y, anchor, bold in layout.texts:
        canvas.text(text, (y, x), 13 if bold else 11, DARK, anchor=f"{anchor}m", rim=False, bold=bold)
    return canvas.array()


def _laid_out(chart: Chart, width: int, height: int) -> _Layout:
    top, bottom, left, right = _TOP, height - _BOTTOM, _LEFT, width - _RIGHT
    values = [value for one in chart.series for value in one.values if value is not None]
    low, high = chart.y_range or (0.0, _round_top(max(values, default=1.0)))
    xs = [x for one in chart.series for x in one.x]
    first, last = chart.x_range or (min([0.0, *xs]), max([1.0, *xs]))

    def x_of(series: Series, number: int) -> float:
        if chart.categories:
            return left + (right - left) * (number + 0.5) / len(chart.categories)
        return left + (right - left) * (series.x[number] - first) / (last - first)

    def y_of(value: float) -> float:
        return bottom - (min(max(value, low), high) - low) / (high - low) * (bottom - top)

    out = _Layout()
    out.texts.append((chart.heading, 6, 12, "l", True))
    for tick in _ticks(low, high):
        out.lines.append(([(left, y_of(tick)), (right, y_of(tick))], GRID, 1.0))
        out.texts.append((f"{tick:.4g}", left - 6, y_of(tick), "r", False))
    if chart.categories:
        for number, name in enumerate(chart.categories):
            out.texts.append((name, left + (right - left) * (number + 0.5) / len(chart.categories), height - 12, "m", False))
    else:
        for tick in _ticks(first, last):
            out.texts.append((f"{tick:g}", left + (right - left) * (tick - first) / (last - first), height - 12, "m", False))
        out.lines.append(([(left, top), (left, bottom), (right, bottom)], AXIS, 1.0))
    if len(chart.series) > 1:
        _add_legend(out, chart.series, right)
    for one in chart.series:
        for run in _runs(one.values):
            points = [(x_of(one, number), y_of(value)) for number, value in run]
            if not one.dots:
                out.lines.append((points, one.colour, 2.0))
            if one.dots or (len(one.values) <= _MOST_DOTS and not chart.x_range):
                out.dots += [(x, y, one.colour) for x, y in points]
    return out


def _add_legend(out: _Layout, series: Sequence[Series], right: float) -> None:
    at = right
    for one in reversed([one for one in series if one.name]):
        at -= 6 * len(one.name) + 26  # 6 pixels a letter
        out.lines.append(([(at, 12), (at + 10, 12)], one.colour, 3.0))
        out.texts.append((one.name, at + 15, 12, "l", False))


def _runs(values: Sequence[float | None]) -> Iterable[list[tuple[int, float]]]:
    """(number, value) of the values between those that are missing."""
    run: list[tuple[int, float]] = []
    for number, value in enumerate([*values, None]):
        if value is not None:
            run.append((number, value))
        elif run:
            yield run
            run = []


def _step(span: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that makes at most ``_MOST_TICKS`` steps."""
    least = max(span, 1e-9) / _MOST_TICKS
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= least * (1 - 1e-9))


def _round_top(highest: float) -> float:
    step = _step(highest)
    return step * max(1, math.ceil(highest / step - 1e-9))


def _ticks(low: float, high: float) -> list[float]:
    step = _step(high - low)
    return [step * number for number in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]
