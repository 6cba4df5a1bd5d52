"""The log of a run as curves, and the curves as a PNG; no plotting package."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..pictures import Chart, Series, chart_picture, write_png
from ..pictures.palette import BLUE, GREEN, RED, Colour

LOSS, DICE, DISTANCE = "loss", "dice", "distance_mm"
TITLES = {LOSS: "Loss", DICE: "Dice (validation)", DISTANCE: "Localization distance, mm (validation)"}
COLOURS: dict[str, Colour] = {LOSS: RED, DICE: BLUE, DISTANCE: GREEN}


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
        self._at = 0

    def update(self) -> bool:
        """True where there was something new. A log that was begun anew is read anew."""
        try:
            size = self.path.stat().st_size
            if size < self._at:
                self._at, self.curves = 0, Curves()
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


def read_curves(path: Path) -> Curves:
    reader = LogReader(path)
    reader.update()
    return reader.curves


def write_curves_png(curves: Curves, path: Path, size: tuple[int, int] = (220, 400)) -> None:
    """Loss, Dice and distance below each other; ``size`` is rows x columns of one of them."""
    rows, columns = size
    charts = [curve_chart(curves, name) for name in (LOSS, DICE, DISTANCE) if curves.of(name)[0]]
    if charts:
        write_png(path, np.concatenate([chart_picture(chart, columns, rows) for chart in charts]))


def curve_chart(curves: Curves, name: str) -> Chart:
    """The chart of one curve, its last value in the title."""
    steps, values = curves.of(name)
    finite = [value if np.isfinite(value) else None for value in values]
    shown = np.array([value for value in finite if value is not None] or [0.0])
    title = f"{TITLES[name]}   {values[-1]:.3f}"
    return Chart(title, [Series(name, COLOURS[name], finite, steps)], y_range=_axis_range(shown, name))


def _axis_range(values: np.ndarray, name: str) -> tuple[float, float]:
    low, high = float(np.min(values)), float(np.max(values))
    if name == DICE:
        low, high = min(low, 0.9 * high), min(1.0, high + 0.05)
    else:
        low, high = 0.0, float(np.percentile(values, 99)) if len(values) > 20 else high
    return (low, high) if high > low else (low, low + 1.0)
