"""The paper's network: 3D fully convolutional, the reference that ours is compared with.

Chen, Dou et al. 2016: 3D convolutions with ReLU, max-pooling in between, learned up-sampling back to the input's size
(sub-pixel convolution by a factor of 2, so that the result is dense), softmax; weights drawn from N(0, 0.01).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

PAPER_WEIGHT_SD = 0.01


def draw_paper_weights(network: nn.Module, standard_deviation: float = PAPER_WEIGHT_SD) -> None:
    """Weights from N(0, 0.01), biases 0 (the paper, section on training). It does not say whether 0.01 is the standard
    deviation, as frameworks of its time wrote it, or the variance."""
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Conv3d, nn.ConvTranspose2d, nn.ConvTranspose3d, nn.Linear)):
            nn.init.normal_(module.weight, 0.0, standard_deviation)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


class SubPixelUp3d(nn.Module):
    """Learned up-sampling by 2 along each axis: a convolution gives eight values a voxel, which are then laid side by
    side (Shi et al. 2016, carried to 3D)."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.convolution = nn.Conv3d(channels_in, 8 * channels_out, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.convolution(x)
        n, c, k, j, i = y.shape
        # channels stay last in memory, as the convolutions on both sides have them: one copy instead of three
        y = y.permute(0, 2, 3, 4, 1).reshape(n, k, j, i, c // 8, 2, 2, 2).permute(0, 1, 5, 2, 6, 3, 7, 4)
        return y.reshape(n, 2 * k, 2 * j, 2 * i, c // 8).permute(0, 4, 1, 2, 3)


class FCN3D(nn.Module):
    """(N, 1, k, j, i) -> disc logits (N, 2, k, j, i); sizes must be multiples of ``size_multiple``."""

    size_multiple = (4, 4, 4)
    halo = (24, 24, 24)
    """Reach of one output voxel, rounded up (k, j, i): 2 + 2 + 2 * (2 + 1) + 4 * (2 + 1) = 22."""

    def __init__(self, width: int = 16, normalised: bool = False, least_slices: int = 0) -> None:
        """``normalised`` adds batch normalisation, which the paper does not have. ``least_slices``: a volume with fewer is
        filled up with its outermost slices on both sides, as the patches were that the network was trained on: on
        mid-line slabs of 9 to 12 slices Dice is 0.06 to 0.09 lower without."""
        super().__init__()
        self.least_slices = least_slices

        def stage(channels_in: int, channels_out: int) -> list[nn.Module]:
            layers: list[nn.Module] = []
            for first in (channels_in, channels_out):
                layers.append(nn.Conv3d(first, channels_out, 3, padding=1, bias=not normalised))
                layers += [nn.BatchNorm3d(channels_out)] if normalised else []
                layers.append(nn.ReLU(inplace=True))
            return layers

        w = width
        self.layers = nn.Sequential(
            *stage(1, w),
            nn.MaxPool3d(2),
            *stage(w, 2 * w),
            nn.MaxPool3d(2),
            *stage(2 * w, 4 * w),
            SubPixelUp3d(4 * w, 2 * w),
            nn.ReLU(inplace=True),
            SubPixelUp3d(2 * w, w),
            nn.ReLU(inplace=True),
            nn.Conv3d(w, 2, 1),
        )
        if not normalised:
            draw_paper_weights(self)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        slices = x.shape[2]
        missing = max(0, self.least_slices - slices)
        if not missing:
            return self.layers(x)
        before = missing // 2
        filled = F.pad(x, (0, 0, 0, 0, before, missing - before), mode="replicate")
        return self.layers(filled)[:, :, before : before + slices]
