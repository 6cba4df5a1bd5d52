"""measurements.csv: one row a disc, with what the segmentation knows of it and what was measured."""

from __future__ import annotations

import csv
import io

from ..measurement import measure_discs, measurement_rows
from ..measurement.table import CSV_KEYS
from ..segmentation.result import SegmentationResult
from ..spine import Disc
from ..volume import Volume

_OWN = ("level", "label", "centre_x_mm_lps", "centre_y_mm_lps", "centre_z_mm_lps", "volume_mm3", "confidence", "flags")
_OUTLINE = ("outline", "outline_dice", "outline_surface_mm")
"""Empty where the model has no estimate; the first is 'edited' where a person drew or changed the outline."""


def measurements_csv(result: SegmentationResult, image: Volume | None) -> str:
    """The table as text. What could not be measured is empty, and the last column says why; several flags are parted by
    blanks."""
    measured = measure_discs(result.labels, image)
    outlines = {disc.label: disc.outline for disc in result.discs}
    rows = dict(zip((one.label for one in measured), measurement_rows(measured, outlines)))
    keys = [key for key in CSV_KEYS if key not in _OWN]
    out = io.StringIO()
    writer = csv.DictWriter(out, [*_OWN, *_OUTLINE, *keys], extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for disc in result.discs:
        writer.writerow(rows.get(disc.label, {}) | _own_columns(disc))
    return out.getvalue()


def _own_columns(disc: Disc) -> dict[str, str]:
    x, y, z = disc.centre_mm_lps
    return {
        "level": disc.level,
        "label": str(disc.label),
        "centre_x_mm_lps": f"{x:.3f}",
        "centre_y_mm_lps": f"{y:.3f}",
        "centre_z_mm_lps": f"{z:.3f}",
        "volume_mm3": f"{disc.volume_mm3:.1f}",
        "confidence": f"{disc.confidence:.4f}",
        "flags": " ".join(disc.flags),
        **dict(zip(_OUTLINE, _outline_columns(disc))),
    }


def _outline_columns(disc: Disc) -> tuple[str, str, str]:
    if disc.outline is None:
        return ("edited" if disc.is_edited else "", "", "")
    return (disc.outline.grade.value, f"{disc.outline.dice:.2f}", f"{disc.outline.surface_distance_mm:.2f}")
