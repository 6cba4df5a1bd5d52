"""Work for the pool's processes in the tests of cohorts: scans that are done, that crash, that hang."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from IVDSegmentationLib.cohort.scans import Status
from IVDSegmentationLib.cohort.task import Outcome, Task


def scripted_work(task: Task) -> Outcome:
    """Does what the scan's path says. Each attempt leaves a line in the task's folder."""
    folder = Path(task.folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "attempts.txt", "a", encoding="utf-8") as file:
        file.write(f"{os.getpid()}\n")
    attempts = len((folder / "attempts.txt").read_text(encoding="utf-8").splitlines())
    what = Path(task.source.path).name
    if what == "crash" or (what == "crash-once" and attempts == 1):
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "kill-parent-once" and attempts == 1:
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(60)  # unless it is ended before
    if what == "hang":
        time.sleep(3600)
    if what == "full":
        return Outcome(task.id, Status.FAILED, "The disk is full. Free some space.", is_general=True)
    if what == "bad":
        return Outcome(task.id, Status.FAILED, "It cannot be read.")
    return Outcome(task.id, Status.DONE, checksum="c", fingerprint="f", model="m", seconds=0.01, summary={"discs": []})


def described_process(task: Task) -> Outcome:
    """Tells about the process it runs in."""
    threads = {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS")}
    return Outcome(task.id, Status.DONE, summary={"threads": threads, "imported": "colorsys" in sys.modules})
