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
    "volume_cm3": Detectable(0.09, 0.06, 0.15, relative=True),
    "anterior_height_mm": Detectable(0.8, 0.6, 1.1),
    "middle_height_mm": Detectable(0.6, 0.5, 0.7),
    "posterior_height_mm": Detectable(0.6, 0.4, 0.8),
    "depth_mm": Detectable(1.3, 0.7, 2.3),
    "width_mm": Detectable(2.2, 1.2, 3.8),
    "height_index": Detectable(0.015, 0.013, 0.019),
    "wedge_deg": Detectable(3.0, 2.5, 4.0),
    "signal_mean": Detectable(0.10, 0.03, 0.19, relative=True),
    "signal_to_csf": Detectable(0.05, 0.03, 0.08, relative=True),
    LORDOSIS_KEY: Detectable(1.8, 1.8, 1.8),
}
"""Key of a column -> its smallest detectable change, from 109 discs of 14 scans, 29 of them doubtful. The signal's spread has
none: it is mostly noise."""


def smallest_detectable(key: str, value: float | str | None, outline: Outline | None = None) -> float | None:
    """Of a measured value, in its unit; None where nothing was measured or the measure has none."""
    found = SMALLEST_DETECTABLE.get(key)
    if found is None or value is None or isinstance(value, str):
        return None
    return found.of(float(value), outline)
