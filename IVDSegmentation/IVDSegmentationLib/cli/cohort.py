"""``ivdseg cohort``: many scans in one run that can be ended and started again at any time."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from . import exit_codes
from .arguments import add_model_arguments, add_output_arguments, count

if TYPE_CHECKING:
    from ..cohort.command import Plan
    from ..cohort.run import Progress

_EPILOG = """\
SOURCE is a folder of volumes, a tree of DICOM studies (the sagittal spine series of each study is taken), a list (.csv or
.tsv with the column 'path'; 'id', 'series', 'frame', 'subject', 'session' where wanted), or a BIDS data set. Nothing is
copied, and nothing is written into it.

DIR receives
  scans/<id>/             what 'ivdseg segment' writes for each scan
  discs.csv, scans.csv    one row a disc, one row a scan; as .parquet too where pyarrow is installed
  data_dictionary.json    unit and definition of each column
  index.html              the scans with their pictures, sorted by doubt, to look at and to mark
  sources.csv             which file each id is (readable by you alone)
  cohort.sqlite           how far each scan is

The run can be ended at any time (Ctrl-C, power cut) and started again with the same command: it goes on where it stopped.
Scans that are done are skipped, unless their input, the model or the options have changed.

Exit code: 0 all done; 2 the run could not go on; 3 at least one scan failed (see scans.csv); 130 interrupted.

examples:
  ivdseg cohort /data/spines --output study
  ivdseg cohort study.csv --output study --jobs 4
  ivdseg cohort /data/spines --output study --dry-run
  ivdseg cohort /data/bids --output study --scheduler tcp://node1:8786
  ivdseg cohort /data/spines --output study --shard 3/40      one job of an array; then: ivdseg cohort merge study
  ivdseg cohort rebuild study                                 makes a lost or damaged cohort.sqlite again
  ivdseg cohort tables study                                  writes discs.csv, scans.csv and index.html again
"""
REBUILD, MERGE, TABLES = "rebuild", "merge", "tables"
_EVERY_SECONDS = 0.5
"""A terminal's progress line is rewritten at most this often."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    parser.usage = "ivdseg cohort SOURCE --output DIR [options] | ivdseg cohort rebuild|merge|tables DIR"
    parser.add_argument("source", nargs="+", metavar="SOURCE", help="where the scans are")
    parser.add_argument("-o", "--output", metavar="DIR", help="folder of the cohort's results; created if missing")
    what = parser.add_argument_group("what is done")
    what.add_argument("--include", metavar="PATTERN", help="only volume files whose name or path fits, for instance '*T2*'")
    what.add_argument(
        "--path-names",
        action="store_true",
        help="call the results after the path of their scan; without it after the file alone, as folders may be called after "
        "patients (sources.csv lists the file of each id)",
    )
    what.add_argument("--retry-failed", action="store_true", help="do the scans that failed again")
    what.add_argument("--dry-run", action="store_true", help="only show what would be done, how long, and how much disk")
    what.add_argument("--marks", type=Path, metavar="FILE", help="a reader's marks (good, redo, exclude), exported by the page")
    where = parser.add_argument_group("where it is done")
    where.add_argument("--jobs", type=count, metavar="N", help="scans at a time (default: by cores and memory)")
    where.add_argument("--scheduler", metavar="ADDRESS", help="a Dask scheduler, for instance tcp://node1:8786")
    where.add_argument("--shard", metavar="N/COUNT", help="only part N of COUNT, for array jobs")
    where.add_argument(
        "--time-limit", type=count, metavar="SECONDS", help="longest time for one scan (default: 600; not on a Dask cluster)"
    )
    add_model_arguments(parser)
    add_output_arguments(parser, json="print one JSON object a line on stdout: the plan, then each scan")


def run(args: argparse.Namespace) -> int:
    if args.source[0] in (REBUILD, MERGE, TABLES) and len(args.source) == 2:
        return _maintain(args.source[0], Path(args.source[1]))
    if len(args.source) != 1:
        raise InputError("Give one SOURCE: a folder, or a list (.csv) that names the scans.")
    if not args.output:
        raise InputError("Give the folder for the results: --output DIR.")
    from ..cohort.command import Cohort
    from ..cohort.settings import TIME_LIMIT_SECONDS, Settings, Shard

    settings = Settings(args.model, args.device, args.jobs, args.threads, float(args.time_limit or TIME_LIMIT_SECONDS))
    shard = Shard.of(args.shard) if args.shard else None
    with Cohort(Path(args.output), settings, shard, args.scheduler) as cohort:
        plan = cohort.prepare(
            args.source[0],
            include=args.include,
            path_names=args.path_names,
            retry_failed=args.retry_failed,
            marks=args.marks,
        )
        printer = Printer(args.quiet, args.json)
        printer.plan(plan, Path(args.output))
        if args.dry_run:
            return exit_codes.SUCCESS
        progress = cohort.run(printer.progress)
        printer.end(progress, Path(args.output))
    return exit_codes.NO_DISC if progress.failed else exit_codes.SUCCESS


def _maintain(verb: str, folder: Path) -> int:
    from ..cohort.rebuild import merge, rebuild
    from ..cohort.state import FILE_NAME, State

    if verb == TABLES:
        with State(folder / FILE_NAME, create=False) as state:
            scans = sum(state.counts().values())
    else:
        scans = rebuild(folder) if verb == REBUILD else merge(folder)
    from ..cohort.command import Cohort
    from ..cohort.settings import Settings

    with Cohort(folder, Settings()) as cohort:
        cohort.write_overview()
    print(f"{scans} scan{'s' if scans != 1 else ''} in {folder / 'cohort.sqlite'}")
    return exit_codes.SUCCESS


class Printer:
    """Progress as one line that rewrites itself, as lines where there is no terminal, or as JSON."""

    def __init__(self, quiet: bool, as_json: bool) -> None:
        self._json = as_json
        self._quiet = quiet or as_json
        self._terminal = not self._quiet and sys.stderr.isatty()
        self._last = 0.0

    def plan(self, plan: Plan, folder: Path) -> None:
        free = shutil.disk_usage(folder).free
        if self._json:
            self._print_json(
                event="plan",
                queued=plan.queued,
                again=[record.id for record in plan.again],
                skipped=plan.skipped,
                left_out=plan.left_out,
                seconds=plan.seconds,
                disk_bytes=plan.size_bytes,
                free_bytes=free,
            )
        if self._quiet:
            return
        lines = [f"{plan.queued} scans to do, {plan.skipped} done before"]
        if plan.again:
            lines.append(f"{len(plan.again)} of them again: input, model or options changed, or asked for")
        if plan.left_out:
            lines.append(f"{plan.left_out} left out, see scans.csv for the reasons")
        if plan.seconds is not None and plan.size_bytes is not None:
            need = f"about {_duration(plan.seconds)} and {plan.size_bytes / 1e6:.0f} MB of disk"
        else:
            need = "time and disk space are known when the first scan is done"
        lines.append(f"{need} ({free / 1e9:.0f} GB are free)")
        print("\n".join(lines), file=sys.stderr, flush=True)

    def progress(self, progress: Progress) -> None:
        record = progress.last
        if self._json and record is not None:
            self._print_json(
                event="scan",
                id=record.id,
                status=record.status.value,
                message=record.message,
                seconds=record.seconds,
                done=progress.done,
                failed=progress.failed,
                total=progress.total,
                per_minute=round(progress.per_minute, 2),
                seconds_left=None if progress.seconds_left is None else round(progress.seconds_left),
            )
        if self._quiet:
            return
        if record is not None and record.message and record.status.value == "failed":
            self._clear()
            print(f"ivdseg: {record.id}: {record.message}", file=sys.stderr, flush=True)
        if self._terminal:
            if time.monotonic() - self._last > _EVERY_SECONDS:
                print(f"\r\x1b[K{_line(progress)}", end="", file=sys.stderr, flush=True)
                self._last = time.monotonic()
        elif record is not None:
            print(_line(progress), file=sys.stderr, flush=True)

    def end(self, progress: Progress, folder: Path) -> None:
        if self._quiet:
            return
        self._clear()
        print(f"{_line(progress)}. Results: {folder}", flush=True)

    def _clear(self) -> None:
        if self._terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    @staticmethod
    def _print_json(**content: object) -> None:
        print(json.dumps(content, ensure_ascii=False), flush=True)


def _line(progress: Progress) -> str:
    left = "" if progress.seconds_left is None else f", {_duration(progress.seconds_left)} left"
    return f"{progress.done} of {progress.total} done, {progress.failed} failed, {progress.per_minute:.0f} a minute{left}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
