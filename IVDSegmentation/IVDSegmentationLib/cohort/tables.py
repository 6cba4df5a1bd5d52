"""The tables of a cohort: one row a disc, one row a scan, as CSV (and Parquet where pyarrow is installed), and what each column
means."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import OutputError
from ..files import atomic_file, write_json, write_text
from ..measurement.repeatability import LORDOSIS_KEY, SMALLEST_DETECTABLE
from ..measurement.table import COLUMNS, NOT_MEASURED_KEY, error_key
from .contents import Contents
from .layout import DICTIONARY, DISCS, SCAN_TABLE, SOURCES
from .marks import EXCLUDE
from .scans import LeftOut, Record

SCAN_COLUMNS: dict[str, tuple[str, str]] = {
    "id": ("", "Name of the scan in this cohort; its results lie in scans/<id>."),
    "subject": ("", "Subject as BIDS or the list names it; empty elsewhere."),
    "session": ("", "Session as BIDS or the list names it; empty elsewhere."),
    "status": ("", "queued, running, done, failed, no spine; left out: not segmented, see message."),
    "message": ("", "Why the scan failed or was left out, or that its header names another part of the body."),
    "discs": ("", "Number of discs found."),
    "lowest_level": ("", "Level of the lowest disc found."),
    "highest_level": ("", "Level of the highest disc found."),
    "view": ("", "Part of the spine in view, in words."),
    "doubt": ("0-1", "How much a reader should look at the scan: 0.9 x the largest and 0.1 x the mean doubt of its discs."),
    "flags": ("", "Flags of all discs together."),
    "warnings": ("", "Number of warnings in report.json."),
    "mark": ("", "Reader's mark: good, redo, exclude, accepted, corrected."),
    "marked_by": ("", "Who set the mark."),
    "marked_at": ("", "When the mark was set (UTC)."),
    "seconds": ("s", "Time the scan took, reading and writing included."),
    "input_sha256": ("", "Checksum of the input's files."),
    "model_sha256": ("", "Checksum of the model's weights."),
    "software": ("", "Version of this software."),
}
"""Column of scans.csv -> (unit, definition)."""

_OWN_DISC_COLUMNS: dict[str, tuple[str, str]] = {
    "id": ("", "Name of the scan, as in scans.csv."),
    "level": ("", "Upper and lower vertebra of the disc, or unknown."),
    "label": ("", "Value in labels.nii.gz: 1 L5-S1, 2 L4-L5, … upwards; from 51 on: level unknown."),
    "confidence": ("0-1", "Chance that the level is right."),
    "flags": ("", "Doubts about the disc, separated by blanks."),
    "outline": ("", "Estimate of the outline: good, look (at it), poor; edited: a person's; empty: the model has no estimate."),
    "outline_dice": ("0-1", "Dice that a radiologist's outline of the disc would give, as estimated."),
    "outline_surface_mm": ("mm", "Mean distance between both outlines' surfaces, as estimated."),
    "volume_mm3": ("mm3", "Volume of the disc inside the image."),
    "model": ("", "Name and version of the model."),
    "software": ("", "Version of this software."),
}


def write_tables(contents: Contents) -> list[Path]:
    """Writes discs.csv, scans.csv, their Parquet forms and the data dictionary; returns the files. An excluded scan stays in
    scans.csv with its mark, but its discs are not in discs.csv."""
    folder, records, marks = contents.folder, contents.records, contents.marks
    scan_rows = [scan_row(record, marks.get(record.id)) for record in records]
    scan_rows += [_left_out_row(one) for one in contents.left_out]
    excluded = {scan for scan, mark in marks.items() if mark[0] == EXCLUDE}
    disc_rows = [row for record in records if record.id not in excluded for row in _disc_rows(record, contents)]
    keys = list(dict.fromkeys([*_OWN_DISC_COLUMNS, *(key for row in disc_rows for key in row)]))
    written = _write_table(folder / DISCS, keys, disc_rows) + _write_table(folder / SCAN_TABLE, list(SCAN_COLUMNS), scan_rows)
    written += _write_sources(folder / SOURCES, records)
    dictionary = folder / DICTIONARY
    write_json(dictionary, data_dictionary(keys))
    return [*written, dictionary]


def scan_row(record: Record, mark: tuple[str, str, str] | None) -> dict[str, Any]:
    """A row of scans.csv."""
    discs = record.summary.get("discs", [])
    who, at = (mark[1], mark[2]) if mark else ("", "")
    return {
        "id": record.id,
        "subject": record.source.subject,
        "session": record.source.session,
        "status": record.status.value,
        "message": record.message,
        "discs": len(discs),
        "lowest_level": discs[0]["level"] if discs else "",
        "highest_level": discs[-1]["level"] if discs else "",
        "view": record.summary.get("view", ""),
        "doubt": record.doubt,
        "flags": " ".join(sorted({flag for disc in discs for flag in disc["flags"]})),
        "warnings": len(record.summary.get("warnings", [])),
        "mark": mark[0] if mark else "",
        "marked_by": who,
        "marked_at": at,
        "seconds": record.seconds,
        "input_sha256": record.checksum,
        "model_sha256": record.model,
        "software": record.software,
    }


def _write_sources(path: Path, records: Iterable[Record]) -> list[Path]:
    """Readable by the owner alone."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("id", "path", "series", "frame"))
    writer.writerows((one.id, one.source.path, one.source.series or "", one.source.frame) for one in records)
    write_text(path, out.getvalue())
    with suppress(OSError):  # a disk without permissions
        path.chmod(0o600)
    return [path]


def _left_out_row(one: LeftOut) -> dict[str, Any]:
    return dict.fromkeys(SCAN_COLUMNS, "") | {"id": Path(one.path).name, "status": "left out", "message": one.reason}


def _disc_rows(record: Record, contents: Contents) -> Iterator[dict[str, Any]]:
    """The rows of a scan's measurements.csv, with what tells them apart in the cohort."""
    model = record.summary.get("model", {})
    for row in contents.measured.get(record.id, ()):
        yield {
            "id": record.id,
            **row,
            "model": f"{model.get('name', '')} {model.get('version', '')}".strip(),
            "software": record.software,
        }


def data_dictionary(disc_keys: Sequence[str]) -> dict[str, Any]:
    """What each column of both tables means, with its unit."""
    measured = {column.key: (column.unit, column.tip) for column in COLUMNS}
    measured[LORDOSIS_KEY] = ("°", "Angle between the upper endplates of L1 and S1, + for a lordosis.")
    measured |= {
        error_key(key): (measured[key][0], f"Smallest detectable change of {key}: less may be no change.")
        for key in SMALLEST_DETECTABLE
    }
    measured[NOT_MEASURED_KEY] = ("", "Why columns of this row are empty: column, colon, reason; parted by semicolons.")
    known: Mapping[str, tuple[str, str]] = measured | _OWN_DISC_COLUMNS
    return {
        "software": f"IVDSegmentation {__version__}",
        f"{DISCS}.csv": {key: _described(known.get(key, ("", "See docs/MEASUREMENTS.md."))) for key in disc_keys},
        f"{SCAN_TABLE}.csv": {key: _described(value) for key, value in SCAN_COLUMNS.items()},
    }


def _described(value: tuple[str, str]) -> dict[str, str]:
    return {"unit": value[0], "definition": value[1]}


def _write_table(stem: Path, keys: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> list[Path]:
    rows = list(rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, keys, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path = stem.with_suffix(".csv")
    write_text(path, out.getvalue())
    parquet = stem.with_suffix(".parquet")
    try:
        import pyarrow
        from pyarrow import csv as arrow_csv
        from pyarrow import parquet as arrow_parquet
    except ImportError:
        return [path]
    try:
        table = arrow_csv.read_csv(path)
        with atomic_file(parquet) as temporary:
            arrow_parquet.write_table(table, temporary)
    except pyarrow.ArrowException as error:
        raise OutputError(f"{parquet} could not be written: {error}. Check the disk and the folder.") from error
    return [path, parquet]
