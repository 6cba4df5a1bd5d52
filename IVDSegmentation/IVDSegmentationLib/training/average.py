"""Running average of the weights: less noisy than the last ones, which matters in short runs."""

from __future__ import annotations

import torch
from torch import nn
from torch.optim.swa_utils import get_ema_multi_avg_fn


class WeightAverage:
    """Exponential moving average of all floating-point weights and buffers (Polyak & Juditsky 1992)."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.values = {name: value.detach().clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))  # early weights are forgotten quickly
        now = network.state_dict()
        averaged = [name for name, value in now.items() if value.is_floating_point()]
        get_ema_multi_avg_fn(decay)([self.values[n] for n in averaged], [now[n] for n in averaged], None)
        for name in now.keys() - set(averaged):
            self.values[name].copy_(now[name])
