"""From a network to log-odds of disc in a whole scan, their Dice, and how they are stored."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from IVDSegmentationLib.network.patch_cnn import PatchCNN
from torch import nn

from paper.data import DeviceCase, network_input
from paper.recipe import Recipe

THRESHOLDS = np.array([0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98])
WINDOW_STRIDES = {"cpu": (2, 4, 4), "cuda": (1, 2, 2)}
"""Of the sliding window where it is judged, by device: outlines gain from more places, which on a CPU take minutes a scan."""
LOG_ODDS_LIMIT = 6.0
"""As far as the product's log-odds go; kept in 255 steps of 0.05."""


@torch.no_grad()
def log_odds_of(network: nn.Module, case: DeviceCase, recipe: Recipe) -> torch.Tensor:
    """Log-odds of disc in every voxel of a case, (k, j, i) float32; the network in evaluation mode."""
    grey = case.grey()
    x = network_input(grey, recipe)[None, None]
    pads = [(-n) % m for n, m in zip(x.shape[2:], network.size_multiple)]  # type: ignore[arg-type]
    x = F.pad(x, (0, pads[2], 0, pads[1], 0, pads[0]), mode="replicate")
    with torch.autocast(x.device.type, torch.bfloat16, enabled=recipe.half_precision):
        if isinstance(network, PatchCNN):
            logits = _slid(network, x)
        else:
            logits = network(x.contiguous(memory_format=torch.channels_last_3d)).float()
    k, j, i = grey.shape
    return (logits[0, 1] - logits[0, 0])[:k, :j, :i]


def _slid(network: PatchCNN, x: torch.Tensor) -> torch.Tensor:
    """The sliding window in slabs along j, so that its windows fit into memory."""
    halo = -(-network.halo[1] // network.size_multiple[1]) * network.size_multiple[1]
    rows = max(network.size_multiple[1], 400_000 // (x.shape[2] * x.shape[4]) // 4 * 4)
    parts = []
    for start in range(0, x.shape[3], rows):
        low, high = max(0, start - halo), min(x.shape[3], start + rows + halo)
        part = network(x[:, :, :, low:high]).float()
        parts.append(part[:, :, :, start - low : start - low + rows])
    return torch.cat(parts, 3)


@torch.no_grad()
def validation_dice(network: nn.Module, cases: Sequence[DeviceCase], recipe: Recipe) -> np.ndarray:
    """Dice of the voxels at each of ``THRESHOLDS``, a mean over the cases, as far as their labels are complete."""
    network.eval()
    limits = torch.from_numpy(np.log(THRESHOLDS / (1 - THRESHOLDS))).float()
    rows = []
    for case in cases:
        disc, known = case.maps[1] > 0.5, case.maps[2] > 0.99
        odds = log_odds_of(network, case, recipe)[known]
        inside = disc[known]
        found = [odds > limit for limit in limits.to(odds.device)]
        rows.append(torch.stack([2 * (f & inside).sum() / (f.sum() + inside.sum()).clamp(min=1) for f in found]))
    return torch.stack(rows).mean(0).double().cpu().numpy()


def quantised(log_odds: torch.Tensor) -> np.ndarray:
    """-6 ... 6 as 0 ... 254; what lies below every threshold is 0, so that it packs well."""
    log_odds = log_odds.masked_fill(log_odds < -4, -LOG_ODDS_LIMIT)
    scaled = (log_odds.clamp(-LOG_ODDS_LIMIT, LOG_ODDS_LIMIT) / LOG_ODDS_LIMIT + 1) * 127
    return scaled.round().to(torch.uint8).cpu().numpy()


def probability(stored: np.ndarray) -> np.ndarray:
    """What ``quantised`` stored, as float32 probabilities."""
    return (1 / (1 + np.exp(-(stored.astype(np.float32) / 127 - 1) * LOG_ODDS_LIMIT))).astype(np.float32)
