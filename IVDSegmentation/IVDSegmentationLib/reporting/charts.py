"""The charts of the measurements by level: the same ones on the report page and in Slicer's plot view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..measurement import COLUMNS, DiscMeasurements
from ..pictures import Chart, Series
from ..pictures.palette import BLUE, BROWN, GREEN, ORANGE, PURPLE, Colour

_COLUMN = {column.key: column for column in COLUMNS}


@dataclass(frozen=True)
class ChartSeries:
    """``key``: a column of ``measurement.COLUMNS``."""

    key: str
    name: str
    colour: Colour

    @property
    def column_title(self) -> str:
        return _COLUMN[self.key].title


@dataclass(frozen=True)
class MeasurementChart:
    """``subject``: what is shown, for Slicer's titles."""

    title: str
    unit: str
    subject: str
    series: tuple[ChartSeries, ...]

    @property
    def heading(self) -> str:
        return self.chart([]).heading

    @property
    def slicer_title(self) -> str:
        return f"Disc {self.subject} by level"

    def chart(self, measured: Sequence[DiscMeasurements]) -> Chart:
        """The chart of a result's discs, from below."""
        series = [
            Series(one.name, one.colour, [_number(_COLUMN[one.key].value(disc)) for disc in measured]) for one in self.series
        ]
        return Chart(self.title, series, self.unit, [disc.level for disc in measured])


HEIGHT = MeasurementChart(
    "Height",
    "mm",
    "height",
    (
        ChartSeries("anterior_height_mm", "anterior", BLUE),
        ChartSeries("middle_height_mm", "middle", GREEN),
        ChartSeries("posterior_height_mm", "posterior", ORANGE),
    ),
)
SIGNAL_TO_CSF = MeasurementChart("Signal / CSF", "", "signal", (ChartSeries("signal_to_csf", "signal", PURPLE),))
SIGNAL = MeasurementChart(
    "Signal (no cerebrospinal fluid to compare with)", "", "signal", (ChartSeries("signal_mean", "signal", PURPLE),)
)
VOLUME = MeasurementChart("Volume", "cm³", "volume", (ChartSeries("volume_cm3", "volume", BROWN),))


def charts_of(measured: Sequence[DiscMeasurements]) -> list[Chart]:
    """Height, signal and volume by level; the signal itself where no fluid was found to compare it with."""
    compared = any(disc.signal_to_csf is not None for disc in measured)
    return [one.chart(measured) for one in (HEIGHT, SIGNAL_TO_CSF if compared else SIGNAL, VOLUME)]


def _number(value: float | str | None) -> float | None:
    return None if value is None else float(value)
