"""The log of a run as curves, and the curves as a PNG; no plotting package."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..output.picture import Colour, blend, draw_text, write_png

LOSS, DICE, DISTANCE = "loss", "dice", "distance_mm"
TITLES = {LOSS: "Loss", DICE: "Dice (validation)", DISTANCE: "Localization distance, mm (validation)"}
COLOURS: dict[str, Colour] = {LOSS: (200, 70, 50), DICE: (30, 120, 200), DISTANCE: (50, 150, 60)}


@dataclass
class Curves:
    """Name -> (steps, values), both of the same length."""

    series: dict[str, tuple[list[int], list[float]]] = field(default_factory=dict)

    def add(self, name: str, step: int, value: float) -> None:
        steps, values = self.series.setdefault(name, ([], []))
        while steps and steps[-1] >= step:  # a resumed run repeats the steps since its checkpoint
            steps.pop()
            values.pop()
        steps.append(step)
        values.append(value)

    def of(self, name: str) -> tuple[list[int], list[float]]:
        return self.series.get(name, ([], []))


class LogReader:
    """Reads a growing log; each ``update`` takes what came since."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.curves = Curves()
        self.events: list[dict] = []
        self._at = 0

    def update(self) -> bool:
        """True where there was something new. A log that was begun anew is read anew."""
        try:
            size = self.path.stat().st_size
            if size < self._at:
                self._at, self.curves, self.events = 0, Curves(), []
            if size == self._at:
                return False
            with open(self.path, "rb") as file:
                file.seek(self._at)
                data = file.read()
        except OSError:
            return False
        whole = data.rfind(b"\n") + 1
        self._at += whole
        for line in data[:whole].splitlines():
            self._take(line)
        return whole > 0

    def _take(self, line: bytes) -> None:
        try:
            entry = json.loads(line)
            step, event = int(entry.get("step", 0)), entry["event"]
        except (ValueError, KeyError, TypeError, AttributeError):
            return  # half a line, left by a crash
        if event == "train" and LOSS in entry:
            self.curves.add(LOSS, step, float(entry[LOSS]))
        elif event == "validation":
            for name, value in entry.items():
                if name.startswith("dice") or name == DISTANCE:
                    self.curves.add(name, step, float(value))
        else:
            self.events.append(entry)


def read_curves(path: Path) -> Curves:
    reader = LogReader(path)
    reader.update()
    return reader.curves


def write_curves_png(curves: Curves, path: Path, size: tuple[int, int] = (220, 400)) -> None:
    """Loss, Dice and distance below each other; ``size`` is rows x columns of one of them."""
    shown = [name for name in (LOSS, DICE, DISTANCE) if curves.of(name)[0]]
    if shown:
        write_png(path, np.concatenate([line_chart(curves, name, size) for name in shown]))


def line_chart(curves: Curves, name: str, size: tuple[int, int]) -> np.ndarray:
    """One chart: rows x columns x 3."""
    rows, columns = size
    steps, values = (np.array(part, float) for part in curves.of(name))
    picture = np.full((rows, columns, 3), 255, np.float32)
    top, bottom, left, right = 34, rows - 28, 52, columns - 14
    low, high = _axis_range(values, name)
    first, last = 0.0, max(float(steps.max()), 1.0)
    for tick in _ticks(low, high):
        row = bottom - (tick - low) / (high - low) * (bottom - top)
        picture[round(row), left:right] = (225, 225, 225)
        draw_dark(picture, f"{tick:g}", (row, 8), 11)
    for tick in _ticks(first, last):
        column = left + (tick - first) / (last - first) * (right - left)
        draw_dark(picture, f"{tick:g}", (rows - 14, column - 8), 11)
    picture[top:bottom, left] = picture[bottom, left:right] = (120, 120, 120)
    x = left + (steps - first) / (last - first) * (right - left)
    y = bottom - (np.clip(values, low, high) - low) / (high - low) * (bottom - top)
    blend(picture, polyline_cover((rows, columns), x, y, 1.8), COLOURS[name])
    draw_dark(picture, f"{TITLES[name]}   {values[-1]:.3f}", (16, left), 13)
    return picture


def draw_dark(picture: np.ndarray, text: str, at: tuple[float, float], height: int) -> None:
    """Dark text on white: ``draw_text`` is made for pictures and has a dark rim."""
    inverse = 255 - picture
    draw_text(inverse, text, at, height, (215, 215, 215))
    picture[:] = 255 - inverse


def polyline_cover(shape: tuple[int, int], x: np.ndarray, y: np.ndarray, width: float) -> np.ndarray:
    """Cover 0 … 1 of a line through points whose columns ``x`` rise; a single point becomes a dot."""
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    if len(x) < 2:
        return np.clip(2.5 + 0.5 - np.hypot(rows - y[0], columns - x[0]), 0, 1)
    at = np.arange(shape[1])
    inside = (at >= x[0] - 1) & (at <= x[-1] + 1)
    ends = [np.interp(at + shift, x, y) for shift in (-0.5, 0.5)]
    low, high = np.minimum(*ends), np.maximum(*ends)  # within one column the line covers these rows
    beyond = np.maximum(low[None] - rows, rows - high[None]).clip(min=0)
    return np.clip(width / 2 + 0.5 - beyond, 0, 1) * inside[None]


def _axis_range(values: np.ndarray, name: str) -> tuple[float, float]:
    low, high = float(np.min(values)), float(np.max(values))
    if name == DICE:
        low, high = min(low, 0.9 * high), min(1.0, high + 0.05)
    else:
        low, high = 0.0, float(np.percentile(values, 99)) if len(values) > 20 else high
    return (low, high) if high > low else (low, low + 1.0)


def _ticks(low: float, high: float) -> list[float]:
    step = 10.0 ** np.floor(np.log10(high - low))
    for factor in (0.2, 0.5, 1.0, 2.0):
        if (high - low) / (step * factor) <= 6:
            break
    first = np.ceil(low / (step * factor)) * step * factor
    return [round(float(v), 10) for v in np.arange(first, high + 1e-9, step * factor)]
