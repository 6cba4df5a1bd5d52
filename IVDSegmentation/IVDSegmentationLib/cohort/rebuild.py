"""The state made again from the result folders, and the states of an array job brought together."""

from __future__ import annotations

import csv
import json
import time
from dataclasses import replace
from pathlib import Path

from ..errors import InputError
from ..output.folder import REPORT
from .doubt import doubt_of, message_of
from .layout import PART_PREFIX, SCAN_TABLE, SCANS, SOURCE_FILE
from .marks import MARKS
from .scans import FINISHED, Record, Source, Status
from .state import FILE_NAME, State


def rebuild(folder: Path) -> int:
    """Makes the state again from the result folders; the damaged file is kept under another name. Returns the number of scans.

    Scans that had failed or were waiting are found again when the cohort is started with its source.
    """
    results = sorted(path.parent for path in (folder / SCANS).glob(f"*/{REPORT}"))
    if not results:
        raise InputError(f"{folder} holds no results ({SCANS}/…/{REPORT}). Give the output folder of a cohort.")
    old = folder / FILE_NAME
    if old.exists():
        kept = old.with_name(f"{old.stem}-damaged-{time.strftime('%Y%m%d-%H%M%S')}{old.suffix}")
        for ending in ("", "-wal", "-shm"):
            part = Path(f"{old}{ending}")
            if part.exists():
                part.rename(f"{kept}{ending}")
    count = 0
    with State(old) as state:
        for result in results:
            record = _record_of(result)
            if record is not None:
                state.add([record.source])
                state.store(record)
                count += 1
        _marks_from_table(folder / f"{SCAN_TABLE}.csv", state)
    return count


def _marks_from_table(path: Path, state: State) -> None:
    """The readers' marks as scans.csv has them."""
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    except (OSError, ValueError):
        return
    known = {record.id for record in state.records()}
    for row in rows:
        if row.get("id") in known and row.get("mark") in MARKS:
            state.mark(row["id"], row["mark"], row.get("marked_by") or "", row.get("marked_at") or "")


def _record_of(result: Path) -> Record | None:
    """None for a folder that cannot be understood: it is segmented again."""
    try:
        report = json.loads((result / REPORT).read_text(encoding="utf-8"))
        origin = json.loads((result / SOURCE_FILE).read_text(encoding="utf-8"))
        source = Source(name=result.name, **origin["source"])
        return Record(
            result.name,
            source,
            Status.DONE if report["discs"] else Status.NO_SPINE,
            checksum=origin["checksum"],
            fingerprint=origin["fingerprint"],
            model=report["model"]["sha256"],
            options=origin["options"],
            software=origin["software"],
            seconds=float(report["seconds"]["total"]),
            doubt=doubt_of(report),
            message=message_of(report),
            summary=report,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def merge(folder: Path) -> int:
    """Brings the states of all shards in a folder together into one; returns the number of scans. Can be done again."""
    shards = sorted(folder.glob(f"{PART_PREFIX}*.sqlite"))
    if not shards:
        raise InputError(f"{folder} holds no shards ({PART_PREFIX}….sqlite). Run the array job first.")
    with State(folder / FILE_NAME) as whole:
        for path in shards:
            with State(path, create=False) as shard:
                records, marks = shard.records(), shard.marks()
                whole.add([replace(record.source, name=record.id) for record in records], shard.left_out())
                for record in records:
                    known = whole.record(record.id)
                    if known is not None and (record.status in FINISHED or known.status not in FINISHED):
                        queued = record.status is Status.RUNNING
                        whole.store(replace(record, status=Status.QUEUED) if queued else record)
                for scan, (mark, who, at) in marks.items():
                    whole.mark(scan, mark, who, at)
        return sum(whole.counts().values())
