"""What the worker does for the review of a cohort: whatever reads or writes voxels, or many files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import OutputError
from ..files import reason_of
from .messages import AddCasesRequest, CohortFilesRequest, ReadScanRequest, SaveScanRequest
from .server import Handler, Reporter
from .transfer import INPUT, load_result, load_volume, save_measurements, save_result, save_volume

ADDING = "add-cases"
"""Stage that the progress of adding cases is reported for."""


def cohort_handlers() -> dict[type, Handler]:
    """Request -> what does it. None of them needs torch."""
    return {
        ReadScanRequest: read_scan,
        SaveScanRequest: save_scan,
        CohortFilesRequest: write_files,
        AddCasesRequest: add_cases,
    }


def read_scan(request: ReadScanRequest, reporter: Reporter) -> dict[str, Any]:
    """``has_result`` False: the scan failed, or has not been segmented yet."""
    from ..cohort import review
    from ..measurement import measure_discs

    volume, result = review.read_scan(request.cohort, request.scan)
    measured = measure_discs(result.labels, volume) if result is not None else ()
    with _handing_over():
        save_volume(request.folder, INPUT, volume)
        if result is not None:
            save_measurements(request.folder, measured)
            save_result(request.folder, result)
    return {"folder": request.folder, "has_result": result is not None}


def save_scan(request: SaveScanRequest, reporter: Reporter) -> dict[str, Any]:
    from ..cohort import review

    result, image = load_result(request.folder), load_volume(request.folder, INPUT)
    review.save_corrections(request.cohort, request.scan, result, image, request.who)
    return {"discs": len(result.discs)}


def write_files(request: CohortFilesRequest, reporter: Reporter) -> dict[str, Any]:
    from ..cohort import review

    review.write_cohort_files(request.cohort)
    return {}


def add_cases(request: AddCasesRequest, reporter: Reporter) -> dict[str, Any]:
    """``refused``: a sentence for each scan that cannot be learned from."""
    from ..cohort import review

    def progress(fraction: float) -> None:
        reporter.progress(ADDING, fraction)

    added = review.add_reviewed_cases(request.cohort, request.training, progress, reporter.cancelled)
    return {"added": list(added.cases), "known": added.known, "refused": list(added.refused)}


@contextmanager
def _handing_over() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"The scan could not be handed to Slicer: {reason_of(error)}") from error
