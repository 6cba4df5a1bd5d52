"""How far a measurement repeats: the smallest change of one disc between two scans that is more than error.

Found by ``Testing/benchmark/repeatability.py`` on the validation scans, taken again with new noise, moved by half a voxel,
tilted by 3 degrees, and with other slice positions: 1.96 sqrt(2) times the within-disc standard deviation (Bland and Altman
1986). See Testing/benchmark/AGREEMENT.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..spine import Grade, Outline

LORDOSIS_KEY = "lordosis_l1_s1_deg"


@dataclass(frozen=True)
class Detectable:
    """Smallest detectable change of a measure: of any disc, of one whose outline is good, of one whose outline is to be
    looked at. In the measure's unit, or as a share of the value where ``relative``."""

    any: float
    good: float
    doubtful: float
    relative: bool = False

    def of(self, value: float, outline: Outline | None) -> float:
        """In the measure's unit."""
        share = self.any if outline is None else self.good if outline.grade == Grade.GOOD else self.doubtful
        return abs(value) * share if self.relative else share


SMALLEST_DETECTABLE: dict[str, Detectable] = {
    "volume_cm3": Detectable(0.09, 0.08, 0.11, relative=True),
    "anterior_height_mm": Detectable(1.0, 0.8, 1.5),
    "middle_height_mm": Detectable(0.7, 0.7, 0.7),
    "posterior_height_mm": Detectable(0.5, 0.5, 0.6),
    "depth_mm": Detectable(1.2, 0.7, 2.2),
    "width_mm": Detectable(1.1, 1.0, 1.6),
    "height_index": Detectable(0.020, 0.018, 0.024),
    "wedge_deg": Detectable(2.9, 2.6, 3.8),
    "signal_mean": Detectable(0.05, 0.03, 0.08, relative=True),
    "signal_to_csf": Detectable(0.05, 0.04, 0.07, relative=True),
    LORDOSIS_KEY: Detectable(1.9, 1.9, 1.9),
}
"""Key of a column -> its smallest detectable change, from 107 discs and 14 scans; that of a doubtful disc is at least that of a
good one. The signal's spread has none: it is mostly noise."""


def smallest_detectable(key: str, value: float | str | None, outline: Outline | None = None) -> float | None:
    """Of a measured value, in its unit; None where nothing was measured or the measure has none."""
    found = SMALLEST_DETECTABLE.get(key)
    if found is None or value is None or isinstance(value, str):
        return None
    return found.of(float(value), outline)
