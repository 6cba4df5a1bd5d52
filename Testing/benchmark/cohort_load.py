#!/usr/bin/env python3
"""A cohort of thousands under load: throughput, memory, and what kills -9 of workers and of the whole run cost.

    python Testing/benchmark/cohort_load.py FOLDER --scans 2000 --jobs 2 --worker-kills 20 --run-kills 3

Makes the scans (small phantoms with noise of their own) in FOLDER, measures one process on some of them, then runs the
cohort while it kills processes at random times, and prints a table in Markdown. Linux only: it finds the processes in /proc.
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
from pathlib import Path

import numpy as np
from IVDSegmentationLib.cohort.scans import Status
from IVDSegmentationLib.cohort.state import FILE_NAME, State
from IVDSegmentationLib.synthesis import synthesize
from IVDSegmentationLib.volume import Volume
from IVDSegmentationLib.volume.write import write_volume

BASES = 12
"""Different spines; each scan is one of them with noise of its own."""
STEP_KJI = (2, 2, 2)
"""Every second voxel: 2 x 1.5 x 1.5 mm or so, as fast to read as the small scans of many archives."""
SINGLE_SCANS = 60
"""Scans on which one process alone is timed."""
SAMPLE_SECONDS = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scans", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--worker-kills", type=int, default=20)
    parser.add_argument("--run-kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    source = args.folder / "source"
    make_scans(source, args.scans)
    single = single_speed(source, args.folder / "single")
    figures = under_load(source, args.folder / "cohort", args)
    print_table(args, single, figures)


def make_scans(folder: Path, count: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    bases = [synthesize(seed).image for seed in range(1, BASES + 1)]
    for n in range(count):
        path = folder / f"scan{n:05d}.nii.gz"
        if path.exists():
            continue
        base = bases[n % BASES]
        part = base.array[tuple(slice(None, None, step) for step in STEP_KJI)].astype(np.float32)
        noisy = part + np.random.default_rng(n).normal(0, 0.02 * part.std(), part.shape)
        spacing = tuple(s * step for s, step in zip(base.spacing_mm, STEP_KJI[::-1]))
        write_volume(Volume(np.rint(noisy).astype(np.int16), spacing, base.origin_mm_lps, base.direction), path)


def command(source: Path | str, folder: Path, jobs: int, *more: str) -> list[str]:
    words = [sys.executable, "-m", "IVDSegmentationLib", "cohort", str(source), "-o", str(folder), "--json"]
    return [*words, "--jobs", str(jobs), "--threads", "1", *more]


def start(words: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def single_speed(source: Path, folder: Path) -> float:
    """Scans a second of one process with one thread, without its start."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = folder / "list.csv"
    listed.write_text("path\n" + "\n".join(str(path) for path in sorted(source.iterdir())[:SINGLE_SCANS]) + "\n")
    process = start(command(listed, folder / "cohort", 1))
    ended = [time.monotonic() for line in process.stdout if json.loads(line)["event"] == "scan"]  # type: ignore[union-attr]
    process.wait()
    return (len(ended) - 1) / (ended[-1] - ended[0])


def children_of(parent: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = status.read_text()
        except OSError:
            continue
        if int(text.rsplit(")", 1)[1].split()[1]) == parent and "resource_tracker" not in _words(status.parent):
            found.append(int(status.parent.name))
    return found


def _words(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def memory_of(processes: list[int]) -> int:
    total = 0
    for process in processes:
        try:
            total += int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:
            continue
    return total


def under_load(source: Path, folder: Path, args: argparse.Namespace) -> dict[str, object]:
    """Runs the cohort to its end; each killed run is started again."""
    rng = random.Random(args.seed)
    total = args.scans
    worker_kills = sorted(rng.sample(range(20, total - 20), args.worker_kills))
    run_kills = sorted(rng.sample(range(total // 6, total - total // 6), args.run_kills))
    killed_workers = killed_runs = starts = 0
    memory: list[tuple[int, int]] = []
    seen: dict[str, int] = {}
    working = 0.0
    done = [0]
    while True:
        starts += 1
        process = start(command(source, folder, args.jobs))
        stop = threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, memory, done, stop))
        watcher.start()
        first = last = 0.0
        for line in process.stdout:  # type: ignore[union-attr]
            event = json.loads(line)
            if event["event"] != "scan":
                continue
            last = time.monotonic()
            first = first or last
            done[0] = event["done"] + event["failed"]
            if event["status"] not in (Status.QUEUED.value, Status.RUNNING.value):
                seen[event["id"]] = seen.get(event["id"], 0) + 1
            if run_kills and done[0] >= run_kills[0]:
                run_kills.pop(0)
                process.send_signal(signal.SIGKILL)
                killed_runs += 1
                break
            if worker_kills and done[0] >= worker_kills[0]:
                worker_kills.pop(0)
                children = children_of(process.pid)
                if children:
                    os.kill(rng.choice(children), signal.SIGKILL)
                    killed_workers += 1
        process.stdout.close()  # type: ignore[union-attr]
        code = process.wait()
        stop.set()
        watcher.join()
        working += last - first
        if code != -signal.SIGKILL:
            break
    with State(folder / FILE_NAME) as state:
        counts = {status.value: number for status, number in state.counts().items() if number}
        records = state.records()
    results = sum((folder / "scans" / record.id / "labels.nii.gz").is_file() for record in records)
    thirds = [[m for d, m in memory if a <= d < b] for a, b in ((total // 10, total // 3), (2 * total // 3, total))]
    return {
        "exit code": code,
        "starts": starts,
        "killed workers": killed_workers,
        "killed runs": killed_runs,
        "counts": counts,
        "results": results,
        "reported twice": sum(times > 1 for times in seen.values()),
        "speed": total / working,
        "memory": [float(np.median(part)) / 1e9 if part else float("nan") for part in thirds],
        "peak": max(m for _, m in memory) / 1e9,
    }


def _watch(process: int, memory: list[tuple[int, int]], done: list[int], stop: threading.Event) -> None:
    """Notes (scans done, bytes of all processes) once a second."""
    while not stop.wait(SAMPLE_SECONDS):
        memory.append((done[0], memory_of([process, *children_of(process)])))


def print_table(args: argparse.Namespace, single: float, figures: dict) -> None:
    share = figures["speed"] / (args.jobs * single)
    early, late = figures["memory"]
    rows = [
        ("scans", args.scans),
        ("workers killed (-9) / whole runs killed (-9)", f"{figures['killed workers']} / {figures['killed runs']}"),
        ("starts needed, last exit code", f"{figures['starts']}, {figures['exit code']}"),
        ("scans by status at the end", ", ".join(f"{name} {number}" for name, number in figures["counts"].items())),
        ("result folders", figures["results"]),
        ("scans reported done twice", figures["reported twice"]),
        ("one process, one thread", f"{single:.2f} scans/s"),
        (f"{args.jobs} processes", f"{figures['speed']:.2f} scans/s = {100 * share:.0f} % of {args.jobs} x one"),
        ("memory of all processes, early / late (median)", f"{early:.2f} / {late:.2f} GB"),
        ("memory of all processes, peak", f"{figures['peak']:.2f} GB"),
    ]
    print("\n| what | measured |\n|---|---|")
    print("\n".join(f"| {name} | {value} |" for name, value in rows))


if __name__ == "__main__":
    main()
