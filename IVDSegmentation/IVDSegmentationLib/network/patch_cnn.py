"""The sliding-window 3D CNN that the paper compares with: one small volume around a voxel in, that voxel's class out.

Every voxel (here every ``stride``-th, the rest interpolated) costs a forward pass of its own, which is what a fully
convolutional network saves.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from .fcn3d import draw_paper_weights

PATCH_SIZE = (8, 24, 24)
"""Voxels (k, j, i) of the network's frame: 16 x 30 x 30 mm."""


class PatchCNN(nn.Module):
    """``classify``: (M, 1, 8, 24, 24) -> logits (M, 2) of the middle voxel. ``forward``: (N, 1, k, j, i) -> logits
    (N, 2, k, j, i) by sliding the window. ``normalised`` as in ``FCN3D``. ``stride`` (k, j, i): voxels from one window to
    the next."""

    def __init__(self, width: int = 16, normalised: bool = False, stride: tuple[int, int, int] = (2, 4, 4)) -> None:
        super().__init__()
        self.stride = self.size_multiple = tuple(stride)
        # half a window and one block: a voxel is interpolated between the blocks around it
        self.halo = tuple(p // 2 + s for p, s in zip(PATCH_SIZE, self.stride))
        layers: list[nn.Module] = []
        for channels_in, channels_out, pool in (
            (1, width, (1, 2, 2)),
            (width, 2 * width, (2, 2, 2)),
            (2 * width, 4 * width, (2, 2, 2)),
        ):
            layers.append(nn.Conv3d(channels_in, channels_out, 3, padding=1))
            layers += [nn.BatchNorm3d(channels_out)] if normalised else []
            layers += [nn.ReLU(inplace=True), nn.MaxPool3d(pool)]
        self.features = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Linear(4 * width * 2 * 3 * 3, 128), nn.ReLU(inplace=True), nn.Linear(128, 2))
        if not normalised:
            draw_paper_weights(self)

    def classify(self, patches: torch.Tensor) -> torch.Tensor:
        return self.head(self.features(patches).flatten(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        windows = self.windows(x)
        n, k, j, i = windows.shape[:4]
        flat = windows.reshape(-1, 1, *PATCH_SIZE)
        logits = torch.cat([self.classify(part) for part in flat.split(512)])
        grid = logits.view(n, k, j, i, 2).permute(0, 4, 1, 2, 3)
        return F.interpolate(grid, size=x.shape[2:], mode="trilinear", align_corners=False)

    def windows(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 1, k, j, i) -> (N, k / stride, j / stride, i / stride, 8, 24, 24), a view on the padded input; window n is
        centred on the middle of the n-th block of ``stride`` voxels."""
        before = [p // 2 - s // 2 for p, s in zip(PATCH_SIZE, self.stride)]
        after = [p - s - b for p, s, b in zip(PATCH_SIZE, self.stride, before)]
        padded = F.pad(x, (before[2], after[2], before[1], after[1], before[0], after[0]), mode="replicate")
        view = padded[:, 0]
        for axis, (size, step) in enumerate(zip(PATCH_SIZE, self.stride), 1):
            view = view.unfold(axis, size, step)
        return view
