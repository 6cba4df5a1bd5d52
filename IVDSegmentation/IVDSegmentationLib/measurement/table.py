"""The measurements as a table: the same columns in the CSV file, in Slicer's table and in the report."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..files import write_text
from ..spine import Outline
from .discs import DiscMeasurements, lordosis_l1_s1_deg
from .repeatability import LORDOSIS_KEY, SMALLEST_DETECTABLE, smallest_detectable


@dataclass(frozen=True)
class Column:
    """``key`` heads the CSV column, ``heading`` is what a person reads, ``tip`` explains it in one sentence; ``why_empty``:
    why there may be no value, as the second half of a sentence."""

    key: str
    heading: str
    unit: str
    digits: int
    tip: str
    value: Callable[[DiscMeasurements], float | str | None]
    why_empty: str = "too little of the disc is there"

    @property
    def title(self) -> str:
        return f"{self.heading} ({self.unit})" if self.unit else self.heading

    def text(self, disc: DiscMeasurements) -> str:
        """The value as written; empty where it could not be measured."""
        value = self.value(disc)
        if value is None:
            return ""
        return value if isinstance(value, str) else f"{value:.{self.digits}f}"

    def error(self, disc: DiscMeasurements, outline: Outline | None = None) -> float | None:
        """The smallest detectable change, in the column's unit; None where nothing was measured or the measure has none."""
        return smallest_detectable(self.key, self.value(disc), outline)

    def text_with_error(self, disc: DiscMeasurements, outline: Outline | None = None, unit: bool = False) -> str:
        """'8.2 ± 0.9': the value and its smallest detectable change, where it has one; empty where nothing was measured.
        ``unit``: '8.2 ± 0.9 mm'."""
        error, text = self.error(disc, outline), self.text(disc)
        if error is not None:
            text = f"{text} ± {error:.{self.digits}f}"
        return f"{text} {self.unit}" if unit and text and self.unit else text


def _attribute(name: str, scale: float = 1.0) -> Callable[[DiscMeasurements], float | str | None]:
    def value(disc: DiscMeasurements) -> float | str | None:
        found = getattr(disc, name)
        return found * scale if isinstance(found, float) else found

    return value


_OUTSIDE = "the disc lies outside of the image"
COLUMNS: tuple[Column, ...] = (
    Column("level", "Level", "", 0, "Upper and lower vertebra of the disc.", _attribute("level")),
    Column("volume_cm3", "Volume", "cm³", 2, "Volume of the disc inside the image.", _attribute("volume_mm3", 1e-3)),
    Column(
        "anterior_height_mm",
        "Anterior height",
        "mm",
        1,
        "Mean thickness over 8-20 % of the depth from the front, within 5 mm of the mid-sagittal plane.",
        _attribute("anterior_height_mm"),
    ),
    Column(
        "middle_height_mm",
        "Middle height",
        "mm",
        1,
        "The same over 42-58 % of the depth.",
        _attribute("middle_height_mm"),
    ),
    Column(
        "posterior_height_mm",
        "Posterior height",
        "mm",
        1,
        "The same over 80-92 % of the depth.",
        _attribute("posterior_height_mm"),
    ),
    Column(
        "depth_mm",
        "AP width",
        "mm",
        1,
        "Antero-posterior width in the mid-sagittal band, along the endplates. Empty where the image cuts the disc.",
        _attribute("depth_mm"),
        "the border of the image cuts the disc at its front or back",
    ),
    Column(
        "width_mm",
        "Lateral width",
        "mm",
        1,
        "Largest width from left to right. Empty where the image cuts the disc.",
        _attribute("width_mm"),
        "the border of the image cuts the disc at its sides",
    ),
    Column(
        "height_index",
        "Height index",
        "",
        3,
        "Mean of the three heights divided by the antero-posterior width of the same disc.",
        _attribute("height_index"),
        "there is no AP width to divide by",
    ),
    Column(
        "wedge_deg",
        "Wedge angle",
        "°",
        1,
        "Angle between both endplates, + open to the front.",
        _attribute("wedge_deg"),
    ),
    Column("signal_mean", "Signal mean", "", 1, "Mean signal inside the disc.", _attribute("signal_mean"), _OUTSIDE),
    Column("signal_spread", "Signal spread", "", 1, "Standard deviation of the signal.", _attribute("signal_spread"), _OUTSIDE),
    Column(
        "signal_to_csf",
        "Signal / CSF",
        "",
        3,
        "Mean signal divided by that of the cerebrospinal fluid behind the disc. Empty where no fluid was found.",
        _attribute("signal_to_csf"),
        "no cerebrospinal fluid was found behind the disc (it is dark in T1), or it is out of view",
    ),
    Column("centre_x_mm_lps", "Centre x (LPS)", "mm", 2, "Centroid, to the left.", lambda disc: disc.centre_mm_lps[0]),
    Column("centre_y_mm_lps", "Centre y (LPS)", "mm", 2, "Centroid, to the back.", lambda disc: disc.centre_mm_lps[1]),
    Column("centre_z_mm_lps", "Centre z (LPS)", "mm", 2, "Centroid, upwards.", lambda disc: disc.centre_mm_lps[2]),
)
"""Columns in their order."""


MEASURES: tuple[Column, ...] = tuple(c for c in COLUMNS if c.key != "level" and not c.key.startswith("centre_"))
"""The columns that hold measurements, which may be missing."""
NOT_MEASURED_KEY = "not_measured"
"""Key of the column that says why others are empty."""
WHY_NO_LORDOSIS = "T12-L1 and L5-S1 are not both in view"


def error_key(key: str) -> str:
    """Key of the column with the error of a measure."""
    return f"{key}_error"


ERROR_KEYS: tuple[str, ...] = tuple(error_key(key) for key in SMALLEST_DETECTABLE)
CSV_KEYS: tuple[str, ...] = (*(column.key for column in COLUMNS), LORDOSIS_KEY, *ERROR_KEYS, NOT_MEASURED_KEY)


def measurement_rows(
    discs: Sequence[DiscMeasurements], outlines: Mapping[int, Outline | None] | None = None
) -> list[dict[str, str]]:
    """One dictionary a disc, key -> text, as in the CSV: ``CSV_KEYS``. The lordosis stands in every row. What could not be
    measured is empty, and so is its error. ``outlines``: label value -> estimate of the outline, which the errors depend on."""
    angle = lordosis_l1_s1_deg(discs)
    lordosis = {LORDOSIS_KEY: "", error_key(LORDOSIS_KEY): ""}
    if angle is not None:
        error = smallest_detectable(LORDOSIS_KEY, angle)
        lordosis = {LORDOSIS_KEY: f"{angle:.1f}", error_key(LORDOSIS_KEY): "" if error is None else f"{error:.1f}"}
    rows = []
    for disc in discs:
        outline = (outlines or {}).get(disc.label)
        row = {column.key: column.text(disc) for column in COLUMNS} | lordosis
        for column in MEASURES:
            if column.key in SMALLEST_DETECTABLE:
                error = column.error(disc, outline)
                row[error_key(column.key)] = "" if error is None else f"{error:.{column.digits}f}"
        missing = not_measured(disc) | ({LORDOSIS_KEY: WHY_NO_LORDOSIS} if angle is None else {})
        row[NOT_MEASURED_KEY] = "; ".join(f"{key}: {why}" for key, why in missing.items())
        rows.append(row)
    return rows


def not_measured(disc: DiscMeasurements) -> dict[str, str]:
    """Key -> why the disc has no such value."""
    return {column.key: column.why_empty for column in MEASURES if column.value(disc) is None}


def csv_text(discs: Sequence[DiscMeasurements]) -> str:
    """The CSV file as text, with one heading line."""
    out = io.StringIO()
    writer = csv.DictWriter(out, CSV_KEYS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(measurement_rows(discs))
    return out.getvalue()


def write_csv(discs: Sequence[DiscMeasurements], path: str | Path) -> None:
    """Writes the table, whole or not at all. Raises ``OutputError`` where the place cannot be written."""
    write_text(path, csv_text(discs))
