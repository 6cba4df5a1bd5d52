"""Results as BIDS derivatives: file names, sidecars and descriptions as the standard wants them.

Source: Brain Imaging Data Structure, "BIDS Derivatives", sections "Common data types and metadata" and "Imaging data types /
Segmentations", version 1.10 (bids-specification.readthedocs.io).
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import __version__
from ..anatomy import colour_of_label
from ..errors import InputError
from ..files import atomic_file, make_folder, write_json, write_text
from ..output.folder import LABELS, MEASUREMENTS
from .layout import scan_folder
from .scans import Record, Status
from .tables import data_dictionary

BIDS_VERSION = "1.10.0"
COHORT = "cohort"
"""Folder of the derivatives that holds the run's own files: state, tables, page, one folder a scan. Listed in .bidsignore."""
_SUFFIX = re.compile(r"_[A-Za-z0-9]+$")


def subjects_of(root: Path, wanted: Sequence[str]) -> list[str]:
    """Labels of the subjects of a data set, or of those wanted ('sub-' may stand before them). Raises ``InputError``."""
    present = sorted(path.name.removeprefix("sub-") for path in root.glob("sub-*") if path.is_dir())
    if not present:
        raise InputError(f"{root} holds no subjects (sub-…). Give the root of a BIDS data set.")
    labels = [one.removeprefix("sub-") for one in wanted]
    missing = sorted(set(labels) - set(present))
    if missing:
        raise InputError(f"{root} has no subject {', '.join(missing)}. Check --participant-label.")
    return labels or present


def write_description(out: Path, root: Path) -> None:
    """dataset_description.json, README and .bidsignore of the derivatives."""
    description = {
        "Name": "Intervertebral discs",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [
            {
                "Name": "IVDSegmentation",
                "Version": __version__,
                "CodeURL": "https://github.com/IVDSegmentation/SlicerIVDSegmentation",
            }
        ],
        "SourceDatasets": [{"URL": Path(os.path.relpath(root.absolute(), out.absolute())).as_posix()}],
        "License": "See the source data set.",
    }
    make_folder(out)
    write_json(out / "dataset_description.json", description)
    write_text(
        out / "README.md",
        "# Intervertebral discs\n\nSegmentations of the intervertebral discs, made by IVDSegmentation. Research use; not a\n"
        "medical device. `*_dseg.tsv` names the label values and holds the measurements of each disc; `*_dseg.json`\n"
        f"describes its columns. Tables over all subjects and a page to look at lie in `{COHORT}/`.\n",
    )
    write_text(out / ".bidsignore", f"{COHORT}\n")  # the validator does not match the folder itself with '/' at the end


def export(out: Path, root: Path, records: Sequence[Record]) -> list[Path]:
    """Writes the label map, its table and its sidecar of each scan that was done; returns the label maps."""
    return [_export_one(out, root, record) for record in records if record.status is Status.DONE]


def _export_one(out: Path, root: Path, record: Record) -> Path:
    source = Path(record.source.path)
    relative = source.relative_to(root.absolute())
    stem = _SUFFIX.sub("", record.source.name)  # without the suffix of the image, such as T2w
    folder = make_folder(out / relative.parent)
    results = scan_folder(out / COHORT, record.id)
    image = folder / f"{stem}_seg-discs_dseg.nii.gz"
    with atomic_file(image) as temporary:
        temporary.write_bytes((results / LABELS).read_bytes())
    rows = list(csv.DictReader((results / MEASUREMENTS).read_text(encoding="utf-8").splitlines()))
    keys = [key for key in rows[0] if key not in ("label", "level")]
    write_text(folder / f"{stem}_seg-discs_dseg.tsv", _table(rows, keys))
    write_json(folder / f"{stem}_seg-discs_dseg.json", _sidecar(record, relative, keys))
    return image


def _table(rows: Sequence[dict[str, str]], keys: Sequence[str]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerow(["index", "name", "color", *keys])
    for row in rows:
        label = int(row["label"])
        colour = "#{:02x}{:02x}{:02x}".format(*colour_of_label(label))
        writer.writerow([label, row["level"], colour, *(row[key] or "n/a" for key in keys)])
    return out.getvalue()


def _sidecar(record: Record, relative: Path, keys: Sequence[str]) -> dict[str, Any]:
    source = f"bids:source:{relative.as_posix()}"
    columns = data_dictionary(keys)["discs.csv"]
    described = {
        key: {"Description": column["definition"]} | ({"Units": _unit(column["unit"])} if column["unit"] else {})
        for key, column in columns.items()
    }
    return {
        "Description": "Intervertebral discs, outlined and named by their levels.",
        "Manual": False,
        "SpatialReference": source,
        "Sources": [source],
        "InputSHA256": record.checksum,
        "ModelSHA256": record.model,
        "Warnings": record.summary.get("warnings", []),
        **described,
    }


def _unit(unit: str) -> str:
    """As BIDS writes units (CMIXF-12)."""
    return {"cm³": "cm^3", "mm3": "mm^3", "°": "deg", "0-1": "arbitrary"}.get(unit, unit)
