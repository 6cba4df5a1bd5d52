"""From file to files: with everything loaded, and from a cold start in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from ..output.folder import write_outputs
from ..segmentation.pipeline import Segmenter
from ..volume.read import read_volume
from .timing import Timing, timed

_LIBRARY_PARENT = Path(__file__).resolve().parents[2]


def warm(segmenter: Segmenter, path: Path, folder: Path, runs: int) -> Timing:
    """Reading, segmenting and writing all files with the model already loaded."""

    def job() -> None:
        volume = read_volume(path)
        write_outputs(segmenter.segment(volume), volume, folder, input_name=path.name)

    return timed(job, runs)


def cold(path: Path, folder: Path, threads: int, model: str, runs: int) -> tuple[Timing, int]:
    """(seconds, peak memory in bytes) of ``ivdseg segment`` started anew each time."""
    seconds, peak = [], 0
    command = [sys.executable, "-m", "IVDSegmentationLib", "segment", str(path), "--output", str(folder), "--json"]
    command += ["--device", "cpu", "--threads", str(threads), "--model", model, "--quiet"]
    for _ in range(runs):
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, cwd=_LIBRARY_PARENT, check=True)
        seconds.append(time.perf_counter() - start)
        peak = max(peak, int(json.loads(done.stdout)[0]["peak_memory_bytes"]))
    return Timing(tuple(seconds)), peak
