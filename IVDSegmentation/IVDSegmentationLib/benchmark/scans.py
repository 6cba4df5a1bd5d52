"""Real scans: whether one of them takes much longer than its size explains."""

from __future__ import annotations

import json
import statistics
from functools import partial
from pathlib import Path

from ..errors import InputError
from ..segmentation.pipeline import Segmenter
from ..volume import NetworkFrame
from ..volume.read import read_volume
from .timing import timed

SLOWEST_TARGET = 1.5


def scan_rows(segmenter: Segmenter, folder: Path, runs: int) -> list[str]:
    """Lines of Markdown: the time of each validation scan of a folder of cases (of all, where nothing says which these are) per
    million voxels of the network's frame. Raises ``InputError`` where there is none."""
    paths = _scans(folder)
    lines = ["## Real scans", "", "Whole job without files; voxels of the network's frame.", ""]
    lines += ["| scan | million voxels | seconds | seconds per million |", "|---|---|---|---|"]
    rates = {}
    for number, path in enumerate(paths, 1):
        volume = read_volume(path)
        voxels = NetworkFrame.of(volume).to_network().array.size / 1e6
        seconds = timed(partial(segmenter.segment, volume), runs).median
        rates[f"{number}"] = seconds / voxels
        lines.append(f"| {number} | {voxels:.2f} | {seconds:.3f} | {rates[f'{number}']:.3f} |")
    median, slowest = statistics.median(rates.values()), max(rates.values())
    lines += ["", f"Slowest: {slowest / median:.2f} times the median per million voxels (target {SLOWEST_TARGET:g})."]
    return lines


def _scans(folder: Path) -> list[Path]:
    try:
        names = json.loads((folder / "splits.json").read_text(encoding="utf-8"))["validation"]
    except (OSError, ValueError, KeyError):
        names = sorted(path.parent.name for path in folder.glob("*/image.nii.gz"))
    paths = [path for name in names if (path := folder / name / "image.nii.gz").is_file()]
    if not paths:
        raise InputError(f"{folder} holds no cases (<name>/image.nii.gz). Give the folder of the real scans.")
    return paths
