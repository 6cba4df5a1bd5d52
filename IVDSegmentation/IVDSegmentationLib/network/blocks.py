"""Building blocks shared by the networks."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from .shrinking import NOTHING, Beyond, cropped, shrunk


class DirectConv3d(nn.Conv3d):
    """A convolution that goes to oneDNN on a CPU, outside of training. PyTorch sends those with few channels and one sample to
    a path that unfolds the input first: ten times slower, and 27 times the input in memory."""

    def forward(self, x: torch.Tensor, padding: tuple[int, ...] | None = None) -> torch.Tensor:
        """``padding``: in place of the layer's own."""
        pads = self.padding if padding is None else padding
        direct = x.device.type == "cpu" and x.dtype == torch.float32 and torch.backends.mkldnn.is_available()
        if direct and not torch.is_grad_enabled() and not isinstance(pads, str):
            return torch.mkldnn_convolution(x, self.weight, self.bias, pads, self.stride, self.dilation, self.groups)
        return F.conv3d(x, self.weight, self.bias, self.stride, pads, self.dilation, self.groups)


def convolution(channels_in: int, channels_out: int, kernel: int = 3) -> nn.Sequential:
    """Convolution, batch normalisation, ReLU. Batch normalisation, because at inference it is a fixed scale: the result
    of a tile equals that of the whole volume, and it is folded into the convolution."""
    return nn.Sequential(
        DirectConv3d(channels_in, channels_out, kernel, padding=kernel // 2, bias=False),
        nn.BatchNorm3d(channels_out),
        nn.ReLU(inplace=True),
    )


class Residual(nn.Module):
    """Two 3 x 3 x 3 convolutions around a skip (He et al. 2016)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = convolution(channels, channels)
        self.second = nn.Sequential(DirectConv3d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm3d(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.shrunk(x, NOTHING, 0)[0]

    def shrunk(self, x: torch.Tensor, beyond: Beyond, left: int) -> tuple[torch.Tensor, Beyond]:
        """The same on a box that becomes smaller with each convolution: see ``shrinking``."""
        y, beyond_y = shrunk(self.first, x, beyond, left + 1)
        y, beyond_y = shrunk(self.second, y, beyond_y, left)
        return (y + cropped(x, beyond, left)[0]).relu_(), beyond_y


class Context(nn.Module):
    """A residual convolution of 1 x 5 x 1 voxels: it carries what is seen at one height along the spine to the others for a
    tenth of the weights of 3 x 3 x 3 ones. Without training it changes nothing."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        norm = nn.BatchNorm3d(channels)
        nn.init.zeros_(norm.weight)
        self.along = nn.Sequential(nn.Conv3d(channels, channels, (1, 5, 1), padding=(0, 2, 0), bias=False), norm)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (self.along(x) + x).relu_()


def down(channels_in: int, channels_out: int, stride: tuple[int, int, int]) -> nn.Sequential:
    """Learned down-sampling: one convolution whose windows do not overlap."""
    return nn.Sequential(
        nn.Conv3d(channels_in, channels_out, stride, stride=stride, bias=False),
        nn.BatchNorm3d(channels_out),
        nn.ReLU(inplace=True),
    )


def up(channels_in: int, channels_out: int, stride: tuple[int, int, int]) -> nn.Sequential:
    """Learned up-sampling: a transposed convolution with kernel = stride, which is a sub-pixel convolution (Shi et al.
    2016, eq. 4) without the reordering."""
    return nn.Sequential(
        nn.ConvTranspose3d(channels_in, channels_out, stride, stride=stride, bias=False), nn.BatchNorm3d(channels_out)
    )


def channels_last(network: nn.Module) -> nn.Module:
    """Lays the weights of all 3D convolutions out as oneDNN likes them, in place; returns the network. Other layers (the
    2D reference network's) cannot have this layout."""
    for module in network.modules():
        if isinstance(module, (nn.Conv3d, nn.ConvTranspose3d)):
            module.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]  # missing in the stubs
    return network
