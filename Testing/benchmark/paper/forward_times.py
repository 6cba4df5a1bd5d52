"""Seconds of one forward pass over 40 x 304 x 304 for the paper's networks and ours, on one device.

    python Testing/benchmark/paper/forward_times.py cases.zip --device cuda --output times.json

The volume is a VB2 scan, so that ours finds discs to look at closely; its time includes what lies between the two stages, and
the way to the device and back. The times are the least of several passes; the sliding window looks at every 2nd, 4th and 4th
voxel. bfloat16 is left out on a processor without units for it.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[2] / "IVDSegmentation")]

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from IVDSegmentationLib.benchmark.arithmetic import counted  # noqa: E402
from IVDSegmentationLib.benchmark.command import processor_name  # noqa: E402
from IVDSegmentationLib.files import write_text  # noqa: E402
from IVDSegmentationLib.network.blocks import channels_last  # noqa: E402
from IVDSegmentationLib.network.fuse import fused  # noqa: E402
from IVDSegmentationLib.network.patch_cnn import PatchCNN  # noqa: E402
from IVDSegmentationLib.network.precision import processor_has_bfloat16, with_fast_numbers  # noqa: E402
from IVDSegmentationLib.network.weights import load_model  # noqa: E402
from IVDSegmentationLib.segmentation.infer import infer_standardised  # noqa: E402
from torch import nn  # noqa: E402

from paper.data import DeviceCase, network_input  # noqa: E402
from paper.inference import WINDOW_STRIDES  # noqa: E402
from paper.pack import read_pack  # noqa: E402
from paper.recipe import Recipe  # noqa: E402
from paper.train import first_network  # noqa: E402

SIZE = (40, 304, 304)
NETWORKS = {"3D FCN": "fcn3d_normalised", "2D FCN": "fcn2d_normalised", "sliding window": "patch_cnn_normalised"}
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
PASSES, LEAST_SECONDS, MOST_SECONDS = 4, 1.0, 60.0


def measured(work: Callable[[], object], device: str) -> float:
    """The least time of several passes, the first one, which warms up, left out."""
    seconds: list[float] = []
    while len(seconds) < 2 or (len(seconds) < PASSES and sum(seconds) < MOST_SECONDS) or sum(seconds) < LEAST_SECONDS:
        if device == "cuda":
            torch.cuda.synchronize()
        start = time.perf_counter()
        work()
        if device == "cuda":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return min(seconds[1:])


def volume(pack: Path) -> torch.Tensor:
    case = read_pack(pack, ["VB2_05"])[0]
    x = network_input(DeviceCase.of(case, "cpu").grey(), Recipe("", ""))[None, None]
    x = x[:, :, : SIZE[0], : SIZE[1], : SIZE[2]]
    k, j, i = (n - have for n, have in zip(SIZE, x.shape[2:]))
    return F.pad(x, (0, i, 0, j, 0, k), mode="replicate")


def ours(model: str, x: torch.Tensor, numbers: torch.dtype, device: str) -> tuple[Callable[[], object], nn.Module]:
    """The work of our network as the product runs it, looking closely only where discs are likely; and the network."""
    network = fused(load_model(model)[0]).to(device)
    if numbers is torch.bfloat16:
        network = network.to(numbers) if device == "cuda" else with_fast_numbers(network, device)
    network = channels_last(network)
    return partial(infer_standardised, network, x[0, 0].numpy(), device), network


def rival(row: str, x: torch.Tensor, numbers: torch.dtype, device: str) -> Callable[[], object]:
    """The work of a row's network; speed does not depend on weights."""
    network = channels_last(fused(first_network(Recipe.read(row)).eval()).to(device, numbers))
    if isinstance(network, PatchCNN):
        network.stride = WINDOW_STRIDES["cpu"]
    return partial(network, x.to(device, numbers))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pack", type=Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--model", default="default", help="ours, by name or file")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.backends.cudnn.benchmark = True
    device = args.device
    x = volume(args.pack).contiguous(memory_format=torch.channels_last_3d)
    table: dict[str, dict[str, float]] = {}
    with torch.inference_mode():
        work, network = ours(args.model, x, torch.float32, device)
        with counted(network) as count:
            work()
        for name, numbers in PRECISIONS.items():
            if numbers is torch.bfloat16 and device == "cpu" and not processor_has_bfloat16():
                continue
            tasks = {"ours": ours(args.model, x, numbers, device)[0]}
            tasks |= {title: rival(row, x, numbers, device) for title, row in NETWORKS.items()}
            for title, task in tasks.items():
                table.setdefault(title, {})[name] = round(measured(task, device), 5)
                print(title, name, table[title][name], flush=True)
    machine = torch.cuda.get_device_name() if device == "cuda" else f"{processor_name()}, {args.threads} threads"
    operations = {"ours": (count.coarse_flop + count.fine_flop) / 2e9}
    found = {"device": machine, "torch": torch.__version__, "seconds": table, "operations": operations}
    if args.output:
        write_text(args.output, json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
