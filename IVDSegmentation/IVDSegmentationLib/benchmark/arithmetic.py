"""How much arithmetic a forward pass is, and how much of it this machine could do in that time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod

import torch
from torch import nn

from ..network.discnet import FINE_STAGE
from .timing import timed

PEAK_CHANNELS, PEAK_SIZE = 32, (34, 144, 40)
"""The convolution that the machine's peak is measured with: that of the fine stage, on as many voxels (k, j, i) as there."""
LAYERS = (nn.Conv2d, nn.Conv3d, nn.ConvTranspose3d, nn.Linear)


@dataclass
class Arithmetic:
    """Floating-point operations of convolutions and linear layers (a multiplication and an addition are two), and the voxels
    (k, j, i) of the windows that the fine stage looked at. Networks other than ours have no fine stage."""

    coarse_flop: float = 0.0
    fine_flop: float = 0.0
    windows: tuple[tuple[int, ...], ...] = ()


@contextmanager
def counted(network: nn.Module) -> Iterator[Arithmetic]:
    """Counts what a network's layers do while the context lasts."""
    count = Arithmetic()
    handles = []
    for name, module in network.named_modules():
        if isinstance(module, LAYERS):
            handles.append(module.register_forward_hook(_adder(count, name.split(".")[0])))
    try:
        yield count
    finally:
        for handle in handles:
            handle.remove()


def _adder(count: Arithmetic, part: str):
    def add(module: nn.Module, inputs: tuple[torch.Tensor], output: torch.Tensor) -> None:
        weight: torch.Tensor = module.weight  # type: ignore[assignment]
        # a transposed convolution uses each weight once for each voxel that goes in, others for each that comes out
        voxels = (inputs[0] if isinstance(module, nn.ConvTranspose3d) else output).numel() / weight.shape[0]
        flop = 2.0 * voxels * weight.numel()
        if part in FINE_STAGE:
            count.fine_flop += flop
        else:
            count.coarse_flop += flop
        if part == "fine_head":
            count.windows += (tuple(output.shape[2:]),)

    return add


def peak_flops(numbers: torch.dtype, runs: int) -> float:
    """Operations a second of a 3 x 3 x 3 convolution of ``PEAK_CHANNELS`` channels in channels_last, the best of the runs."""
    convolution = nn.Conv3d(PEAK_CHANNELS, PEAK_CHANNELS, 3, padding=1, bias=False)
    convolution = convolution.to(numbers, memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
    x = torch.randn(1, PEAK_CHANNELS, *PEAK_SIZE).to(numbers).contiguous(memory_format=torch.channels_last_3d)
    with torch.inference_mode():
        best = min(timed(lambda: convolution(x), max(10, runs), warm_up=3).runs)
    return 2.0 * 27 * PEAK_CHANNELS**2 * prod(PEAK_SIZE) / best
