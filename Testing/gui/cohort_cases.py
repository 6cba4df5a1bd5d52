"""Cohorts for the tests of the tab Cohort: result folders and a state as a run leaves them, without the network."""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
from known_result import spine_scan  # noqa: E402

_made: dict[tuple, Path] = {}
"""Cohorts that were made before: a copy takes a hundredth of the time."""


def make_cohort(root: Path, doubts: dict[str, float], failed: dict[str, str] | None = None, scan=None) -> Path:
    """A cohort in ``root/study`` of scans in ``root/scans``: name -> doubt of those done, name -> reason of those failed."""
    from IVDSegmentationLib.cohort.state import FILE_NAME, State

    key = (tuple(doubts.items()), tuple((failed or {}).items()), id(scan))
    if key not in _made:
        _made[key] = Path(tempfile.mkdtemp())
        _make(_made[key], doubts, failed or {}, scan)
    shutil.copytree(_made[key], root, dirs_exist_ok=True)
    with State(root / "study" / FILE_NAME) as state:
        state.set("source", str(root / "scans"))
        state._connection.execute("UPDATE scan SET path = replace(path, ?, ?)", (str(_made[key]), str(root)))
    return root / "study"


def _make(root: Path, doubts: dict[str, float], failed: dict[str, str], scan) -> None:
    from IVDSegmentationLib.cohort.inputs import checksum_of, files_of, fingerprint_of
    from IVDSegmentationLib.cohort.layout import scan_folder
    from IVDSegmentationLib.cohort.scans import Record, Source, Status
    from IVDSegmentationLib.cohort.state import FILE_NAME, State
    from IVDSegmentationLib.cohort.thumbnail import write_thumbnail
    from IVDSegmentationLib.output import write_outputs
    from IVDSegmentationLib.volume.write import write_volume

    result, image = scan or spine_scan((2.5, 2.5, 5.0))
    study, scans = root / "study", root / "scans"
    study.mkdir(parents=True)
    scans.mkdir()
    with State(study / FILE_NAME) as state:
        for number, name in enumerate([*doubts, *failed]):
            path = scans / f"{name}.nii.gz"
            source = Source(str(path), name)
            state.add([source])
            if name in failed:
                path.write_bytes(b"no image")
                state.store(Record(name, source, Status.FAILED, failed[name]))
                continue
            write_volume(image.with_array(image.array + number), path)
            report = write_outputs(result, image, scan_folder(study, name), input_name=path.name)
            write_thumbnail(scan_folder(study, name))
            files = files_of(source)
            record = Record(name, source, Status.DONE, "", checksum_of(files), fingerprint_of(files), doubt=doubts[name])
            state.store(replace(record, model=result.model.sha256, seconds=1.0, summary=report))


def many_scans(folder: Path, count: int) -> Path:
    """A state with this many scans and no result folders."""
    import json

    from IVDSegmentationLib.cohort.scans import Source
    from IVDSegmentationLib.cohort.state import FILE_NAME, State

    folder.mkdir(parents=True)
    disc = {"level": "L4-L5", "label": 2, "centre_mm_lps": [0, 0, 0], "volume_mm3": 1.0, "confidence": 0.9, "flags": []}
    summary = json.dumps({"discs": [disc] * 7, "warnings": [], "padding": "x" * 2000})
    with State(folder / FILE_NAME) as state:
        state.add([Source(f"/scans/scan-{n:05d}.nii.gz", f"scan-{n:05d}") for n in range(count)])
        done = "UPDATE scan SET status='done', summary=?, doubt=(rowid * 7919 % 10000) / 10000.0"
        state._connection.execute(done, (summary,))
    return folder
