#!/usr/bin/env python3
"""A cohort of thousands under load: throughput, memory, and what kills -9 of workers and of the whole run cost.

    python Testing/benchmark/cohort_load.py FOLDER                  2,000 scans, 20 kills of workers, 3 of the whole run
    python Testing/benchmark/cohort_load.py FOLDER --scans 200      a rehearsal, with as many kills in proportion

Makes the scans (small phantoms with noise of their own) in FOLDER, measures one process on some of them before and after, and
between runs the cohort while it kills processes at random times. Prints a table in Markdown. All that happens is logged in
FOLDER/log.jsonl, so that the same command goes on where it was ended. Linux only: it finds the processes in /proc.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy is loaded: threads that wait for each other slow a busy machine

import numpy as np  # noqa: E402
from IVDSegmentationLib.cohort.scans import Status  # noqa: E402
from IVDSegmentationLib.cohort.state import FILE_NAME, State  # noqa: E402
from IVDSegmentationLib.synthesis import synthesize  # noqa: E402
from IVDSegmentationLib.volume import Volume  # noqa: E402
from IVDSegmentationLib.volume.write import write_volume  # noqa: E402

BASES = 6
"""Different spines; each scan is one of them with noise of its own."""
STEP_KJI = (2, 2, 2)
"""Every second voxel: 2 x 2 x 2 mm, about 85 x 148 x 31 voxels."""
MOST_ROUNDS, LEAST_ROUNDS = 10, 2
"""One process alone is timed on so many scans of each spine: the most where there are 500 scans or more in all."""
WORKER_KILLS, RUN_KILLS, OF_SCANS = 20, 3, 2000
SAMPLE_SECONDS = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scans", type=int, default=OF_SCANS)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--worker-kills", type=int)
    parser.add_argument("--run-kills", type=int)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.worker_kills is None:
        args.worker_kills = max(1, round(WORKER_KILLS * args.scans / OF_SCANS))
    if args.run_kills is None:
        args.run_kills = max(1, round(RUN_KILLS * args.scans / OF_SCANS))
    source = args.folder / "source"
    make_scans(source, args.scans)
    log = Log(args.folder / "log.jsonl")
    few = args.folder / "some.csv"
    count = BASES * max(LEAST_ROUNDS, min(MOST_ROUNDS, args.scans // 50))
    few.write_text("path\n" + "\n".join(str(path.absolute()) for path in sorted(source.iterdir())[:count]) + "\n")
    for part in ("before", "after"):
        if part == "after":
            under_load(source, args.folder / "cohort", args, log)
        if not log.of(part, "end"):
            log.drop(part)
            segment(part, few, args.folder / f"single-{part}-{time.time():.0f}", 1, log)
    print_table(args, log, args.folder / "cohort")


def make_scans(folder: Path, count: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    bases = [synthesize(seed).image for seed in range(1, BASES + 1)]
    for n in range(count):
        path = folder / f"scan{n:05d}.nii"
        if path.exists():
            continue
        base = bases[n % BASES]
        part = base.array[tuple(slice(None, None, step) for step in STEP_KJI)].astype(np.float32)
        noisy = part + np.random.default_rng(n).normal(0, 0.02 * part.std(), part.shape)
        spacing = tuple(s * step for s, step in zip(base.spacing_mm, STEP_KJI[::-1]))
        write_volume(Volume(np.rint(noisy).astype(np.int16), spacing, base.origin_mm_lps, base.direction), path)


class Log:
    """What happened, a line each: ``part`` (before, load, after), ``what`` and the time; kept in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self.lines: list[dict[str, Any]] = []
        if path.exists():
            self.lines = [json.loads(line) for line in path.read_text().splitlines() if line.endswith("}")]

    def add(self, part: str, what: str, **more: Any) -> None:
        with self._lock, open(self._path, "a") as file:
            self.lines.append({"part": part, "what": what, "at": round(time.time(), 3), **more})
            file.write(json.dumps(self.lines[-1]) + "\n")

    def drop(self, part: str) -> None:
        """What a part has left that was not ended."""
        self.lines = [line for line in self.lines if line["part"] != part]
        self._path.write_text("".join(json.dumps(line) + "\n" for line in self.lines))

    def of(self, part: str, *kinds: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["part"] == part and (not kinds or line["what"] in kinds)]

    def starts(self, part: str) -> list[list[dict[str, Any]]]:
        """The lines of each start of the program."""
        parts: list[list[dict[str, Any]]] = []
        for line in self.of(part):
            if line["what"] == "start":
                parts.append([])
            parts[-1].append(line)
        return parts


# ----------------------------------------------------------------------------------------- running
def segment(part: str, source: Path, folder: Path, jobs: int, log: Log, on_scan: Any = lambda process, done: None) -> int:
    """Runs ``ivdseg cohort`` once; returns its exit code. ``on_scan(process, scans done)`` is called after each scan."""
    words = [sys.executable, "-m", "IVDSegmentationLib", "cohort", str(source), "-o", str(folder), "--json"]
    log.add(part, "start")
    process = subprocess.Popen(
        [*words, "--jobs", str(jobs), "--threads", "1"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    stop = threading.Event()
    watcher = threading.Thread(target=_watch, args=(part, process.pid, log, stop))
    watcher.start()
    try:
        for line in process.stdout or ():
            event = json.loads(line)
            if event["event"] == "scan":
                log.add(part, "scan", id=event["id"], status=event["status"])
                on_scan(process, event["done"] + event["failed"])
        code = process.wait()
    finally:
        process.kill()
        stop.set()
        watcher.join()
    log.add(part, "end" if code != -signal.SIGKILL else "run killed", code=code)
    return code


def under_load(source: Path, folder: Path, args: argparse.Namespace, log: Log) -> None:
    """Runs the cohort to its end; each killed run is started again."""
    rng = random.Random(args.seed)
    worker_kills = sorted(rng.sample(range(args.scans // 20, args.scans - args.scans // 20), args.worker_kills))
    run_kills = sorted(rng.sample(range(args.scans // 6, args.scans - args.scans // 6), args.run_kills))

    def kill(process: subprocess.Popen[str], done: int) -> None:
        killed = len(log.of("load", "run killed"))
        if killed < len(run_kills) and done >= run_kills[killed]:
            process.kill()
            return
        killed = len(log.of("load", "worker killed"))
        workers = workers_of(process.pid)
        if workers and killed < len(worker_kills) and done >= worker_kills[killed]:
            os.kill(rng.choice(workers), signal.SIGKILL)
            log.add("load", "worker killed")

    while not log.of("load", "end"):
        segment("load", source, folder, args.jobs, log, kill)


def _watch(part: str, process: int, log: Log, stop: threading.Event) -> None:
    """Notes memory and processor time of all processes together once a second."""
    seconds: dict[int, float] = {}
    while not stop.wait(SAMPLE_SECONDS):
        family = [process, *descendants(process)]
        seconds |= {one: used for one in family if (used := seconds_of(one))}
        log.add(part, "sample", memory=sum(map(memory_of, family)), seconds=round(sum(seconds.values()), 2))


def descendants(parent: int) -> Iterator[int]:
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = status.read_text()
        except OSError:
            continue
        if int(text.rsplit(")", 1)[1].split()[1]) == parent:
            child = int(status.parent.name)
            yield child
            yield from descendants(child)


def workers_of(run: int) -> list[int]:
    """The processes that segment: forked from the one that a run keeps for this, and which has the same command line."""
    servers = [child for child in descendants(run) if "forkserver" in words_of(child)]
    return [child for server in servers[:1] for child in descendants(server)]


def words_of(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def memory_of(process: int) -> int:
    """Bytes of a process's own; what forked processes share counts by its share."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def seconds_of(process: int) -> float:
    """Processor time of a process."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# --------------------------------------------------------------------------------------- the table
def steady_speed(lines: list[dict[str, Any]]) -> float:
    """Scans a second from the first to the last one."""
    times = [line["at"] for line in lines if line["what"] == "scan"]
    return (len(times) - 1) / (times[-1] - times[0])


def seconds_used(log: Log, part: str) -> float:
    return sum(
        max((line["seconds"] for line in lines if line["what"] == "sample"), default=0.0) for lines in log.starts(part)
    )


def print_table(args: argparse.Namespace, log: Log, folder: Path) -> None:
    with State(folder / FILE_NAME) as state:
        counts = {status.value: number for status, number in state.counts().items() if number}
        records = state.records()
    results = sum((folder / "scans" / record.id / "labels.nii.gz").is_file() for record in records)
    finished = [line["id"] for line in log.of("load", "scan") if line["status"] not in (Status.QUEUED, Status.RUNNING)]
    singles = [steady_speed(log.of(part, "scan")) for part in ("before", "after")]
    single = sum(singles) / 2
    used = [seconds_used(log, part) / len(log.of(part, "scan")) for part in ("before", "after")]
    starts = log.starts("load")
    in_all = sum(lines[-1]["at"] - lines[0]["at"] for lines in starts)
    # with the time from each start to the first scan, and after the last one
    working = sum(max(times) - min(times) for lines in starts if (times := [x["at"] for x in lines if x["what"] == "scan"]))
    memory = [line["memory"] / 1e9 for line in log.of("load", "sample")]
    tenth, third = len(memory) // 10, len(memory) // 3

    def share(seconds: float) -> str:
        speed = args.scans / seconds
        return f"{speed:.2f} scans/s = {100 * speed / (args.jobs * single):.0f} % of {args.jobs} x one"

    rows = [
        ("scans", f"{args.scans:,}"),
        (
            "workers killed (-9) / whole runs killed (-9)",
            f"{len(log.of('load', 'worker killed'))} / {len(log.of('load', 'run killed'))}",
        ),
        ("starts needed, last exit code", f"{len(starts)}, {starts[-1][-1].get('code')}"),
        ("scans by status at the end", ", ".join(f"{name} {number:,}" for name, number in counts.items())),
        ("result folders", f"{results:,}"),
        ("scans reported done twice", sum(times > 1 for times in Counter(finished).values())),
        ("one process, one thread: before / after the run", " / ".join(f"{one:.2f}" for one in singles) + " scans/s"),
        (f"{args.jobs} processes, from the first to the last scan of each start", share(working)),
        (f"{args.jobs} processes, everything included (starts, tables and page at the end)", share(in_all)),
        (
            "processor time a scan: one process before / after, the run (everything included)",
            f"{used[0]:.2f} / {used[1]:.2f}, {seconds_used(log, 'load') / args.scans:.2f} s",
        ),
        (
            "memory of all processes, early / late (median)",
            f"{np.median(memory[tenth:third]):.2f} / {np.median(memory[-third:]):.2f} GB",
        ),
        ("memory of all processes, peak", f"{max(memory):.2f} GB"),
        ("time, everything included", f"{in_all / 60:.1f} min"),
    ]
    print("\n| what | measured |\n|---|---|")
    print("\n".join(f"| {name} | {value} |" for name, value in rows))


if __name__ == "__main__":
    main()
