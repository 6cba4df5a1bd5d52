"""``ivdseg benchmark``: runs the measurements and writes the result page."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import sys
import tempfile
from functools import partial
from math import prod
from pathlib import Path

import numpy as np

from .. import __version__
from ..formatting import times

FORWARD_TARGET_S, WARM_TARGET_S, COLD_TARGET_S, MEMORY_TARGET_GB = 0.3, 2.0, 6.0, 1.0
REAL_WINDOWS = "14 validation scans: 3-8 windows, 0.05-0.18 million"
"""With model 2.1.0."""
SCALING_SIDES = (152, 216, 304, 432)
"""j and i of the four sizes of the time-against-voxels table; k is 40."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default="default", metavar="NAME|FILE", help="model to measure (default: bundled)")
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="threads for every network (default: 2)")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="counted runs of each measurement (default: 5)")
    parser.add_argument("--real", metavar="FOLDER", help="folder of real cases: also compare the times of its validation scans")
    parser.add_argument("--no-peers", action="store_true", help="leave out other networks, even if installed")
    parser.add_argument("--output", metavar="FILE", help="also write the page there (Markdown)")


def run(args: argparse.Namespace) -> int:
    page = measure(args.model, args.threads, args.runs, not args.no_peers, Path(args.real) if args.real else None)
    print(page)
    if args.output:
        Path(args.output).write_text(page + "\n", encoding="utf-8")
    return 0


def measure(model: str, threads: int, runs: int, peers: bool, real: Path | None = None) -> str:
    """All measurements as a Markdown page; ``real``: a folder of real cases."""
    import torch

    from ..segmentation.pipeline import Segmenter

    segmenter = Segmenter(model, "cpu", threads)
    torch.set_num_threads(segmenter.threads)  # for the bare forward passes and the peers
    lines = ["# Speed", "", f"Made by `ivdseg benchmark --threads {threads} --runs {runs}`.", "", *_machine(segmenter), ""]
    lines += ["| what | median (range) | target |", "|---|---|---|"]
    lines += _forward_rows(segmenter, runs) + _file_rows(segmenter, model, threads, runs) + [""]
    lines += _scaling(segmenter, runs) + [""]
    if real is not None:
        from .scans import scan_rows

        _print_progress("real scans ...")
        lines += [*scan_rows(segmenter, real, runs), ""]
    if peers:
        lines += _peers(segmenter, max(1, runs // 3))
    return "\n".join(lines).rstrip()


def _print_progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def processor_name() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _machine(segmenter) -> list[str]:
    import torch

    return [
        f"{datetime.date.today()}, version {__version__}, model {segmenter.info.name} {segmenter.info.version} "
        f"({segmenter.info.sha256[:12]}).",
        f"Machine: {processor_name()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}; Python "
        f"{platform.python_version()}, torch {torch.__version__} ({torch.backends.cpu.get_cpu_capability()}), "
        f"{segmenter.threads} threads.",
    ]


def _forward_rows(segmenter, runs: int) -> list[str]:
    from ..segmentation.infer import infer
    from .timing import timed
    from .volumes import PAPER_SIZE, phantom_of_size

    _print_progress("forward pass of 40 x 304 x 304 ...")
    image = phantom_of_size(PAPER_SIZE).array
    ours = timed(lambda: infer(segmenter.network, image), runs, warm_up=2)
    everything = timed(lambda: infer(segmenter.network, image, whole=True), max(1, runs // 2))
    return [
        f"| forward pass of 40 x 304 x 304, spine phantom | {ours} | <= {FORWARD_TARGET_S} s |",
        *_arithmetic_rows(segmenter.network, image, ours.median, runs),
        f"| the same with the fine stage on every voxel (no windows) | {everything} | |",
    ]


def _arithmetic_rows(network, image: np.ndarray, seconds: float, runs: int) -> list[str]:
    """What the forward pass computes, and which share of the machine's peak it reaches."""
    import torch

    from ..network.discnet import DiscNet
    from ..segmentation.infer import infer
    from .arithmetic import counted, peak_flops

    if not isinstance(network, DiscNet):
        return []
    with counted(network) as count:
        infer(network, image)
    voxels = sum(prod(window) for window in count.windows) / 1e6
    kinds = {"coarse": next(network.stem.parameters()).dtype, "fine": network.fine_head.weight.dtype}
    peaks = {kind: peak_flops(kind, runs) for kind in dict.fromkeys([torch.float32, *kinds.values()])}
    at_peak_s = count.coarse_flop / peaks[kinds["coarse"]] + count.fine_flop / peaks[kinds["fine"]]
    shown = ", ".join(f"{peak / 1e12:.2f} in {str(kind).split('.')[-1]}" for kind, peak in peaks.items())
    return [
        f"| windows of its fine stage | {len(count.windows)} of together {voxels:.2f} million voxels | {REAL_WINDOWS} |",
        f"| its arithmetic, coarse + fine stage | {count.coarse_flop / 1e9:.1f} + {count.fine_flop / 1e9:.1f} GFLOP | |",
        f"| peak of the machine: convolution 3 x 3 x 3, 32 channels, channels_last | {shown} TFLOP/s | |",
        f"| share of the peak that the forward pass reaches | {100 * at_peak_s / seconds:.0f} % | |",
    ]


def _file_rows(segmenter, model: str, threads: int, runs: int) -> list[str]:
    from ..synthesis import sample_phantom
    from ..volume.write import write_volume
    from .files import cold, warm

    _print_progress("file to files ...")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample.nii.gz"
        phantom = sample_phantom().image
        write_volume(phantom, path)
        warm_time = warm(segmenter, path, Path(folder) / "warm", runs)
        cold_time, peak = cold(path, Path(folder) / "cold", threads, model, max(2, runs // 2))
    above = (peak - phantom.array.nbytes) / 1e9
    size = times(phantom.array.shape)
    return [
        f"| file to files, warm ({size} phantom) | {warm_time} | <= {WARM_TARGET_S:g} s |",
        f"| file to files, cold start | {cold_time} | <= {COLD_TARGET_S:g} s |",
        f"| peak memory of the cold process above the input | {above:.2f} GB | <= {MEMORY_TARGET_GB:g} GB |",
    ]


def _scaling(segmenter, runs: int) -> list[str]:
    from ..segmentation.options import Options
    from .timing import timed
    from .volumes import phantom_of_size

    lines = ["## Time against voxels", ""]
    lines += [
        "Whole job without files, 2 x 1.25 x 1.25 mm, the phantom repeated so that the spine grows too; without the second "
        "look at scans with doubtful levels, which repeated spines have.",
        "",
    ]
    lines += ["| size (k x j x i) | million voxels | seconds | seconds per million |", "|---|---|---|---|"]
    voxels, seconds = [], []
    for side in SCALING_SIDES:
        _print_progress(f"40 x {side} x {side} ...")
        volume = phantom_of_size((40, side, side), mirrored=True)
        time = timed(partial(segmenter.segment, volume, Options(check_orientation=False)), max(2, runs // 2)).median
        voxels.append(volume.array.size / 1e6)
        seconds.append(time)
        lines.append(f"| 40 x {side} x {side} | {voxels[-1]:.2f} | {time:.3f} | {time / voxels[-1]:.3f} |")
    slope, start = np.polyfit(voxels, seconds, 1)
    fit = 1 - np.var(np.array(seconds) - (slope * np.array(voxels) + start)) / np.var(seconds)
    lines += ["", f"Straight line: {start:.3f} s + {slope:.3f} s per million voxels, R2 = {fit:.3f}."]
    return lines


def _peers(segmenter, runs: int) -> list[str]:
    from ..segmentation.infer import infer
    from .peers import installed_peers
    from .timing import timed
    from .volumes import PAPER_SIZE, phantom_of_size

    image = phantom_of_size(PAPER_SIZE).array
    own = timed(lambda: infer(segmenter.network, image), max(3, runs)).median
    lines = ["## Other networks, same volume (40 x 304 x 304), same threads", ""]
    lines += ["| network | seconds | times ours |", "|---|---|---|", f"| ours | {own:.3f} | 1 |"]
    for name, task in installed_peers():
        _print_progress(name)
        seconds = timed(partial(task, image), runs, warm_up=0).median
        lines.append(f"| {name} | {seconds:.2f} | {seconds / own:.0f} |")
    return lines if len(lines) > 5 else ["No other network is installed: `pip install monai dynamic-network-architectures`."]
