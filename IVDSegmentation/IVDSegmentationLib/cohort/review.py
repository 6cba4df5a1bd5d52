"""What a reader's review needs of a cohort's files: a scan with its result, corrections, tables, and cases to learn from.

Everything here reads and writes voxels or thousands of files, so Slicer lets its worker process do it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from .. import __version__
from ..cases.store import NewCase, add_case, checksum, existing_cases
from ..errors import InputError, IVDError
from ..output import write_outputs
from ..output.folder import LABELS, REPORT
from ..segmentation.result import ModelInfo, SegmentationResult
from ..spine import Disc
from ..volume import Volume
from ..volume.read import read_volume
from .doubt import doubt_of, message_of
from .inputs import files_of
from .layout import scan_folder
from .marks import CORRECTED, REVIEWED
from .overview import write_overview
from .scans import Record, Status
from .state import FILE_NAME, State
from .thumbnail import write_thumbnail
from .worklist import marked

_GRID_TOLERANCE_MM = 0.01
"""NIfTI keeps places as 32-bit numbers: off by some micrometres at half a metre from the origin."""


def open_state(folder: str | Path) -> State:
    """The state of a cohort folder that exists. Raises ``InputError``, ``OutputError``."""
    return State(Path(folder) / FILE_NAME, create=False)


def read_scan(folder: str | Path, scan_id: str) -> tuple[Volume, SegmentationResult | None]:
    """The voxels of a scan and its result, None where it has none (yet).

    The probability, which the files do not keep, is that of the label map: 0 or 1. Raises ``InputError``.
    """
    with open_state(folder) as state:
        record = _record(state, scan_id)
    source = record.source
    volume = read_volume(source.path, frame=source.frame, series=source.series)
    if record.status not in (Status.DONE, Status.NO_SPINE):
        return volume, None
    return volume, _read_result(scan_folder(Path(folder), scan_id), volume)


def _read_result(folder: Path, volume: Volume) -> SegmentationResult:
    labels = read_volume(folder / LABELS)
    if labels.array.shape != volume.array.shape or not labels.same_grid(volume, _GRID_TOLERANCE_MM):
        raise InputError(
            f"The scan has changed since {folder} was written: its grid is another. Mark the scan 'redo' and start "
            "the cohort again."
        )
    array = labels.array.astype(np.uint8)
    try:
        report = json.loads((folder / REPORT).read_text(encoding="utf-8"))
        result = SegmentationResult(
            labels=volume.with_array(array),
            discs=tuple(Disc.of_plain(item) for item in report["discs"]),
            probability=volume.with_array((array > 0).astype(np.float16)),
            model=ModelInfo(**report["model"]),
            device=report["device"],
            threads=report["threads"],
            seconds=report["seconds"],
            peak_memory_bytes=report["peak_memory_bytes"],
            body_parts=tuple(report.get("body_parts", ())),
        )
        return replace(result, notes=tuple(text for text in report["warnings"] if text not in result.warnings))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{folder / REPORT} cannot be read ({error}). Mark the scan 'redo' and start the cohort again."
        ) from error


def save_corrections(folder: str | Path, scan_id: str, result: SegmentationResult, image: Volume, who: str) -> None:
    """Writes a corrected result over that of the run: all six files and the thumbnail, then state and mark.

    Raises ``OutputError`` where it cannot be written; the files are as they were then.
    """
    target = scan_folder(Path(folder), scan_id)
    with open_state(folder) as state:
        record = _record(state, scan_id)
        report = write_outputs(
            result,
            image,
            target,
            input_name=record.summary.get("input") or Path(record.source.path).name,
            input_id=record.summary.get("input_id", ""),
        )
        write_thumbnail(target)
        found = bool(report["discs"])
        state.store(
            replace(
                _record(state, scan_id),
                status=Status.DONE if found else Status.NO_SPINE,
                message=message_of(report),
                software=__version__,
                doubt=doubt_of(report),
                summary=report,
            )
        )
        state.mark(scan_id, CORRECTED, who)


def write_cohort_files(folder: str | Path) -> None:
    """discs.csv, scans.csv and the page, after marks and corrections."""
    with open_state(folder) as state:
        write_overview(Path(folder), state)


@dataclass(frozen=True)
class Added:
    """What became of the reviewed scans: names of cases added, number of those known before, sentences of refusals."""

    cases: tuple[str, ...]
    known: int
    refused: tuple[str, ...]


def add_reviewed_cases(
    folder: str | Path, training: str | Path, progress: Callable[[float], None], stop: Callable[[], bool]
) -> Added:
    """Adds every accepted and corrected scan to a training set; those that are in it already are left as they are.

    ``progress`` gets 0 … 1. Raises ``IVDError`` where the cohort or the training set cannot be used at all.
    """
    with open_state(folder) as state:
        records = [_record(state, scan_id) for scan_id in marked(state, REVIEWED)]
        marks = state.marks()
    known = {record.sha256 for record in existing_cases(training)} if Path(training).is_dir() else set()
    names, refused, skipped = [], [], 0
    for number, record in enumerate(records):
        if stop():
            break
        progress(number / len(records))
        try:
            volume, result = read_scan(folder, record.id)
            if checksum(volume) in known:
                skipped += 1
                continue
            names.append(_add(record, volume, result, marks[record.id], training))
        except IVDError as error:
            refused.append(f"{record.id}: {error}")
    return Added(tuple(names), skipped, tuple(refused))


def _add(record: Record, volume: Volume, result: SegmentationResult | None, mark: Sequence[str], training: str | Path) -> str:
    if result is None or not result.discs:
        raise InputError("it has no discs to learn from.")
    provenance = {
        "made_by": "reviewed in a cohort",
        "mark": mark[0],
        "model": {"name": result.model.name, "version": result.model.version, "sha256": result.model.sha256},
    }
    certain = all(disc.is_level_sure for disc in result.discs)
    case = NewCase(volume, result.labels, patient=_patient(record), levels_certain=certain, provenance=provenance)
    return add_case(training, case).id


def _patient(record: Record) -> str:
    """What tells the scan's patient apart, so that all scans of a patient are on one side of training and validation: the
    subject of BIDS or of the list, else DICOM's patient ID; empty where neither is there."""
    from ..volume.dicom_header import patient_id_of

    source = record.source
    if source.subject or source.series is None:
        return source.subject
    return patient_id_of(files_of(source)[0])


def _record(state: State, scan_id: str) -> Record:
    record = state.record(scan_id)
    if record is None:
        raise InputError(f"The cohort has no scan '{scan_id}'. Open the cohort's folder again.")
    return record
