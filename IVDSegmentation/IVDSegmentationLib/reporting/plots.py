"""Line plots by level as SVG text, drawn by hand: nothing to install, sharp in print."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

_WIDTH, _HEIGHT = 460, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 10, 30, 26


@dataclass(frozen=True)
class Series:
    """``values``: one a level, None where it could not be measured (the line is broken there)."""

    name: str
    colour: str
    values: Sequence[float | None]


def line_plot(title: str, unit: str, levels: Sequence[str], series: Sequence[Series]) -> str:
    """An SVG element; '' where there is no value at all."""
    values = [value for one in series for value in one.values if value is not None]
    if not values:
        return ""
    step = _nice_step(max(max(values), 1e-9) / 4)
    top = step * math.ceil(max(values) / step + 1e-9)
    inner_width, inner_height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def x(n: int) -> float:
        return _LEFT + inner_width * (n + 0.5) / len(levels)

    def y(value: float) -> float:
        return _TOP + inner_height * (1 - value / top)

    label = html.escape(f"{title} ({unit})" if unit else title)
    out = [f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">']
    out.append(f'<text x="4" y="13" class="title">{label}</text>')
    for n in range(round(top / step) + 1):
        at = y(n * step)
        out.append(f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{at:.1f}" y2="{at:.1f}" class="grid"/>')
        out.append(f'<text x="{_LEFT - 5}" y="{at + 3.5:.1f}" text-anchor="end">{n * step:.4g}</text>')
    for n, level in enumerate(levels):
        out.append(f'<text x="{x(n):.1f}" y="{_HEIGHT - 9}" text-anchor="middle">{html.escape(level)}</text>')
    if len(series) > 1:
        out += _legend(series)
    for one in series:
        for run in _runs(one.values):
            points = " ".join(f"{x(n):.1f},{y(value):.1f}" for n, value in run)
            out.append(f'<polyline points="{points}" fill="none" stroke="{one.colour}" stroke-width="2"/>')
            out += [f'<circle cx="{x(n):.1f}" cy="{y(value):.1f}" r="3" fill="{one.colour}"/>' for n, value in run]
    return "".join([*out, "</svg>"])


def _legend(series: Sequence[Series]) -> list[str]:
    out, at = [], _WIDTH - _RIGHT
    for one in reversed(series):
        at -= 6 * len(one.name) + 24
        out.append(f'<rect x="{at}" y="6" width="10" height="3" fill="{one.colour}"/>')
        out.append(f'<text x="{at + 14}" y="11">{html.escape(one.name)}</text>')
    return out


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    runs: list[list[tuple[int, float]]] = [[]]
    for n, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((n, value))
    return [run for run in runs if run]


def _nice_step(least: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not below ``least``."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= least * (1 - 1e-9))
