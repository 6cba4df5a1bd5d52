"""Seconds of one forward pass over 40 x 304 x 304 for the paper's networks and ours, on one device.

    python Testing/benchmark/paper/forward_times.py cases.zip --device cuda --output times.json

The volume is a VB2 scan, so that ours finds discs to look at closely. The times are the least of several passes, the transfer
to the device not counted; the sliding window looks at every 2nd, 4th and 4th voxel.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[2] / "IVDSegmentation")]

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from IVDSegmentationLib.network.blocks import channels_last  # noqa: E402
from IVDSegmentationLib.network.discnet import DiscNet  # noqa: E402
from IVDSegmentationLib.network.fuse import fused  # noqa: E402
from IVDSegmentationLib.network.patch_cnn import PatchCNN  # noqa: E402
from IVDSegmentationLib.network.weights import load_model  # noqa: E402
from IVDSegmentationLib.segmentation import infer  # noqa: E402

from paper.data import DeviceCase, network_input  # noqa: E402
from paper.inference import WINDOW_STRIDES  # noqa: E402
from paper.pack import read_pack  # noqa: E402
from paper.recipe import Recipe  # noqa: E402
from paper.train import first_network  # noqa: E402

SIZE = (40, 304, 304)
NETWORKS = {"3D FCN": "fcn3d_normalised", "2D FCN": "fcn2d_normalised", "sliding window": "patch_cnn_normalised"}
PRECISIONS = {"float32": None, "bfloat16": torch.bfloat16}
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


def forward(network: torch.nn.Module, x: torch.Tensor) -> object:
    """As the product runs it: ours looks closely only where discs are likely."""
    if isinstance(network, DiscNet):
        return infer._infer_coarse_to_fine(network, x, lambda done: None, infer.TILE_VOXELS, False)
    return network(x)


def multiply_adds(network: torch.nn.Module, work: Callable[[torch.nn.Module], object]) -> float:
    """10^9 multiplications with addition in the convolutions and linear layers while ``work`` runs the network."""
    total = 0

    def count(layer: torch.nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        nonlocal total
        # a transposed convolution uses each weight once for each voxel that goes in, others for each that comes out
        transposed = isinstance(layer, torch.nn.ConvTranspose3d)
        voxels = inputs[0].numel() // inputs[0].shape[1] if transposed else output.numel() // layer.weight.shape[0]
        total += voxels * layer.weight.numel()

    layers = (torch.nn.Conv2d, torch.nn.Conv3d, torch.nn.ConvTranspose3d, torch.nn.Linear)
    for module in network.modules():
        if isinstance(module, layers):
            module.register_forward_hook(count)
    with torch.inference_mode():
        work(network)
    return total / 1e9


def volume(pack: Path, device: str) -> torch.Tensor:
    case = read_pack(pack, ["VB2_05"])[0]
    x = network_input(DeviceCase.of(case, device).grey(), Recipe("", ""))[None, None]
    x = x[:, :, : SIZE[0], : SIZE[1], : SIZE[2]]
    k, j, i = (n - have for n, have in zip(SIZE, x.shape[2:]))
    return F.pad(x, (0, i, 0, j, 0, k), mode="replicate")


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
    x = volume(args.pack, device).contiguous(memory_format=torch.channels_last_3d)
    table: dict[str, dict[str, float]] = {}
    operations = {"ours": multiply_adds(load_model(args.model)[0], partial(forward, x=x))}
    for precision, kind in PRECISIONS.items():
        if device == "cpu" and kind is not None:
            continue  # the product's networks run in float32 there
        networks = {"ours": channels_last(fused(load_model(args.model)[0]))}
        networks |= {n: channels_last(fused(first_network(Recipe.read(row)).eval())) for n, row in NETWORKS.items()}
        for name, network in networks.items():
            network = network.to(device)
            if isinstance(network, PatchCNN):
                network.stride = WINDOW_STRIDES["cpu"]
            with torch.inference_mode(), torch.autocast(device, kind or torch.bfloat16, enabled=kind is not None):
                seconds = measured(partial(forward, network, x), device)
            table.setdefault(name, {})[precision] = round(seconds, 5)
            print(name, precision, table[name][precision], flush=True)
    machine = torch.cuda.get_device_name() if device == "cuda" else f"{platform.processor()}, {args.threads} threads"
    if args.output:
        args.output.write_text(
            json.dumps({"device": machine, "torch": torch.__version__, "seconds": table, "operations": operations}, indent=1)
        )


if __name__ == "__main__":
    main()
