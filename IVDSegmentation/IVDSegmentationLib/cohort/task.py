"""One scan of a cohort, start to end: the same function on this machine, in a Dask cluster and in an array job."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import DeviceError, IVDError, ModelError, OutputError
from ..files import write_json
from .doubt import doubt_of, message_of
from .inputs import checksum_of, files_of, fingerprint_of
from .layout import SOURCE_FILE
from .scans import Source, Status
from .settings import options_text
from .thumbnail import write_thumbnail

_segmenters: dict[tuple[str, str, int], Any] = {}
"""The model that this process has loaded; at most one."""


@dataclass(frozen=True)
class Task:
    """What a worker process needs to know to segment one scan. ``folder`` receives the results. Can be pickled."""

    id: str
    source: Source
    folder: str
    model: str = "default"
    device: str = "auto"
    threads: int = 1
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What became of a task. ``summary`` is the report. ``is_general``: the failure would befall every scan (full disk, missing
    model), so that going on makes no sense."""

    id: str
    status: Status
    message: str = ""
    checksum: str = ""
    fingerprint: str = ""
    model: str = ""
    seconds: float = 0.0
    doubt: float = 0.0
    summary: dict[str, Any] = field(default_factory=dict)
    is_general: bool = False


def process_scan(task: Task) -> Outcome:
    """Reads, segments and writes one scan. Every error becomes a failed outcome with its sentence; nothing is raised but
    what ends the process."""
    start = time.monotonic()
    checksum = fingerprint = model = ""
    try:
        files = files_of(task.source)
        fingerprint, checksum = fingerprint_of(files), checksum_of(files)
        segmenter = _segmenter(task)
        model = segmenter.info.sha256
        report = _segment(task, segmenter, partial(_add_files, task, checksum, fingerprint))
    except Exception as error:  # one scan must not end a run of thousands
        return Outcome(
            task.id,
            Status.FAILED,
            _sentence(error),
            checksum,
            fingerprint,
            model,
            time.monotonic() - start,
            is_general=isinstance(error, (OutputError, ModelError)) or (isinstance(error, DeviceError) and not model),
        )
    return Outcome(
        task.id,
        Status.DONE if report["discs"] else Status.NO_SPINE,
        message_of(report),
        checksum,
        fingerprint,
        model,
        time.monotonic() - start,
        doubt_of(report),
        report,
    )


def _sentence(error: Exception) -> str:
    if isinstance(error, IVDError):
        return str(error)
    if isinstance(error, MemoryError):
        return "There is not enough memory for this scan. Run it with fewer jobs, or on a larger machine."
    return f"This program failed unexpectedly ({type(error).__name__}: {error}). Please report it."


def _add_files(task: Task, checksum: str, fingerprint: str, folder: Path) -> None:
    """The thumbnail, and where the scan came from, beside its results: ``rebuild`` makes a lost state again from it."""
    write_thumbnail(folder)
    source = asdict(task.source)
    del source["name"]
    content = {
        "source": source,
        "checksum": checksum,
        "fingerprint": fingerprint,
        "options": options_text(task.options),
        "software": __version__,
    }
    write_json(folder / SOURCE_FILE, content)


def _segmenter(task: Task) -> Any:
    """The loaded model; loaded once for each process."""
    key = (task.model, task.device, task.threads)
    if key not in _segmenters:
        from ..segmentation.pipeline import Segmenter

        _segmenters.clear()
        _segmenters[key] = Segmenter(*key)
    return _segmenters[key]


def _segment(task: Task, segmenter: Any, add_files: Callable[[Path], None]) -> dict[str, Any]:
    from ..output import write_outputs
    from ..segmentation.options import Options
    from ..volume.read import read_volume

    start = time.perf_counter()
    volume = read_volume(Path(task.source.path), frame=task.source.frame, series=task.source.series)
    seconds = time.perf_counter() - start
    result = segmenter.segment(volume, Options(**task.options))
    name = Path(task.source.path).name
    return write_outputs(result, volume, task.folder, input_name=name, read_seconds=seconds, also=add_files)
