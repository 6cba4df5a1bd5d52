"""The paper's 2D baseline: three adjacent slices in, the middle slice out."""

from __future__ import annotations

import torch
from torch import nn

from .fcn3d import draw_paper_weights


def adjacent_slices(x: torch.Tensor) -> torch.Tensor:
    """(N, 1, k, j, i) -> (N * k, 3, j, i): each slice between its neighbours; the border slices are repeated."""
    padded = torch.cat([x[:, :, :1], x, x[:, :, -1:]], 2)
    stacked = torch.stack([padded[:, 0, n : n + x.shape[2]] for n in range(3)], 2)
    return stacked.flatten(0, 1)


class FCN2D(nn.Module):
    """(N, 1, k, j, i) -> disc logits (N, 2, k, j, i), slice by slice; j and i must be multiples of 4. ``normalised`` as in
    ``FCN3D``."""

    size_multiple = (1, 4, 4)
    halo = (1, 24, 24)

    def __init__(self, width: int = 32, normalised: bool = False) -> None:
        super().__init__()

        def stage(channels_in: int, channels_out: int) -> list[nn.Module]:
            layers: list[nn.Module] = []
            for first in (channels_in, channels_out):
                layers.append(nn.Conv2d(first, channels_out, 3, padding=1, bias=not normalised))
                layers += [nn.BatchNorm2d(channels_out)] if normalised else []
                layers.append(nn.ReLU(inplace=True))
            return layers

        def up(channels_in: int, channels_out: int) -> list[nn.Module]:
            return [nn.Conv2d(channels_in, 4 * channels_out, 3, padding=1), nn.PixelShuffle(2), nn.ReLU(inplace=True)]

        w = width
        self.layers = nn.Sequential(
            *stage(3, w),
            nn.MaxPool2d(2),
            *stage(w, 2 * w),
            nn.MaxPool2d(2),
            *stage(2 * w, 4 * w),
            *up(4 * w, 2 * w),
            *up(2 * w, w),
            nn.Conv2d(w, 2, 1),
        )
        if not normalised:
            draw_paper_weights(self)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, _, k = x.shape[:3]
        slices = adjacent_slices(x).contiguous(memory_format=torch.channels_last)
        return self.layers(slices).unflatten(0, (n, k)).transpose(1, 2)
