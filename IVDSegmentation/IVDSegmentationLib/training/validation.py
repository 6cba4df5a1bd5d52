"""Voxel figures of a network on whole validation volumes, quick enough to be taken during training."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from ..anatomy import SACRUM_LABEL
from ..segmentation.infer import infer
from ..volume import NETWORK_SPACING_MM
from ..volume.frame import resample_array
from .cases import TrainingCase


class Validation:
    """Dice of the discs at threshold 0.5 within the valid region, in the network's frame."""

    def __init__(self, cases: list[TrainingCase], device: str = "cpu") -> None:
        self.device = device
        self.prepared = [(case, *_in_network_frame(case)) for case in cases]

    def __call__(self, network: nn.Module) -> dict[str, float]:
        """``dice``: mean over the cases; ``dice <group>``; ``level error``: mean error of the level coordinate."""
        groups: dict[str, list[float]] = {}
        level_errors: list[float] = []
        for case, image, disc, valid in self.prepared:
            output = infer(network, image, self.device)
            p, t = (output.disc > 0.5) & valid, (disc > 0.5) & valid
            groups.setdefault(case.group, []).append(float(2 * (p & t).sum() / max(1, p.sum() + t.sum())))
        figures = {f"dice {group}": float(np.mean(values)) for group, values in groups.items()}
        every = [value for values in groups.values() for value in values]
        return {"dice": float(np.mean(every))} | figures | ({"level error": np.mean(level_errors)} if level_errors else {})


def _in_network_frame(case: TrainingCase) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    size = tuple(
        max(1, round(n * s / t)) for n, s, t in zip(case.image.shape[::-1], case.spacing_mm, NETWORK_SPACING_MM)
    )

    def resampled(tensor: torch.Tensor) -> np.ndarray:
        return resample_array(tensor.numpy().astype(np.float32), case.spacing_mm, size, NETWORK_SPACING_MM)

    disc = (case.labels > 0) & (case.labels < SACRUM_LABEL)
    return resampled(case.image), resampled(disc), resampled(case.valid) > 0.5
