"""index.html: the cohort as a list with pictures, sorted by doubt, to look at and to mark. It needs no network."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..anatomy import DISC_LEVELS, UNKNOWN_LEVEL
from ..files import write_text
from ..measurement.table import COLUMNS
from ..output.folder import PREVIEW
from ..resources import resource_path
from ..spine import Flag, Grade, shown_flags
from .contents import Contents
from .layout import PAGE, SCANS, THUMBNAIL, scan_folder
from .marks import MARKS
from .scans import Record, Status

MEASURES = ("middle_height_mm", "volume_cm3", "signal_to_csf")
"""Columns of the measurements whose distributions the page shows."""
_DATA = "/*DATA*/"


def write_page(contents: Contents) -> Path:
    """Writes the page and returns its path. It names scans by their id alone: no path, no name of a patient or folder."""
    scans = [_scan(record, contents) for record in contents.records]
    present = {disc[0] for scan in scans for disc in scan["discs"]}
    columns = {column.key: column for column in COLUMNS}
    data = {
        "cohort": contents.cohort,
        "thumbnail": THUMBNAIL,
        "preview": PREVIEW,
        "levels": [name for name in (*(level.name for level in DISC_LEVELS), UNKNOWN_LEVEL) if name in present],
        "marks": MARKS,
        "measures": [
            {"key": key, "title": columns[key].heading, "unit": columns[key].unit, "digits": columns[key].digits}
            for key in MEASURES
        ],
        "scans": scans,
    }
    # '<' may not stand in a script element: a name could end it
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    template = resource_path("Pages", "cohort.html").read_text(encoding="utf-8")
    path = contents.folder / PAGE
    write_text(path, template.replace(_DATA, text))
    return path


def _scan(record: Record, contents: Contents) -> dict[str, Any]:
    discs = record.summary.get("discs", [])
    measured = {row["label"]: row for row in contents.measured.get(record.id, ())}
    thumbnail = scan_folder(contents.folder, record.id) / THUMBNAIL
    return {
        "id": record.id,
        "status": record.status.value,
        "message": record.message,
        "doubt": record.doubt,
        "seconds": record.seconds,
        "mark": contents.marks.get(record.id, ("",))[0],
        "folder": f"{SCANS}/{record.id}",
        "picture": record.status in (Status.DONE, Status.NO_SPINE) and thumbnail.is_file(),
        "flags": sorted({text for disc in discs for text in _remarks(disc)}),
        "discs": [_disc(disc, measured.get(str(disc["label"]), {})) for disc in discs],
    }


def _disc(disc: Mapping[str, Any], row: Mapping[str, str]) -> list[Any]:
    """Level, confidence, the measures, flags."""
    return [disc["level"], disc["confidence"], *_numbers(row), _remarks(disc)]


def _numbers(row: Mapping[str, str]) -> Sequence[float | None]:
    return [float(text) if (text := row.get(key, "")) else None for key in MEASURES]


def _remarks(disc: Mapping[str, Any]) -> list[str]:
    """Flags in words, and the outline's grade where it is not good."""
    grade = (disc.get("outline") or {}).get("grade", Grade.GOOD.value)
    known = {flag.value for flag in Flag}
    others = [value for value in disc["flags"] if value not in known]  # of another version, as they stand
    texts = [*(flag.text for flag in shown_flags(value for value in disc["flags"] if value in known)), *others]
    return [*texts, *([] if grade == Grade.GOOD.value else [f"outline: {grade}"])]
