"""Several processes that train one network together, started by ``torchrun``; alone, everything here does nothing.

The batch is split, gradients are averaged (DistributedDataParallel: gloo on CPUs, nccl on GPUs), and batch normalisation
sees the whole batch. So two processes do what one does with the same settings, and the number of processes may change
between a stop and the next start.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import nn

from ..errors import InputError

GROUP_TIMEOUT = timedelta(hours=3)
"""How long the others wait for the first process: it judges, and writes phantoms, alone."""


@dataclass(frozen=True)
class ProcessGroup:
    """The processes. The first one, of rank 0, alone writes files, validates and reports."""

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    @property
    def size_here(self) -> int:
        """Processes of the group on this machine."""
        return int(os.environ.get("LOCAL_WORLD_SIZE", "1")) if self.size > 1 else 1

    def parallel(self, objective: nn.Module, device: str) -> nn.Module:
        """The objective with gradients averaged over the group."""
        if self.size == 1:
            return objective
        devices = [torch.cuda.current_device()] if device.startswith("cuda") else None
        return nn.parallel.DistributedDataParallel(objective, device_ids=devices, broadcast_buffers=False)

    def broadcast(self, flag: bool) -> bool:
        """The first process's flag, for all."""
        if self.size == 1:
            return flag
        flags = [flag]
        dist.broadcast_object_list(flags, src=0)
        return bool(flags[0])

    def mean(self, values: dict[str, float]) -> dict[str, float]:
        """Mean of named figures over the group."""
        if self.size == 1:
            return values
        device = "cuda" if dist.get_backend() == "nccl" else "cpu"
        tensor = torch.tensor(list(values.values()), dtype=torch.float64, device=device)
        dist.all_reduce(tensor)
        return dict(zip(values, (tensor / self.size).tolist()))

    def barrier(self) -> None:
        """Waits until all are here."""
        if self.size > 1:
            dist.barrier()

    def check_batch(self, *counts: int) -> None:
        """Raises ``InputError`` where a batch cannot be split evenly."""
        for count in counts:
            if count % self.size:
                raise InputError(
                    f"A batch of {count} patches cannot be split evenly among {self.size} processes. Choose batch sizes "
                    f"that are multiples of {self.size} (full_batch and slab_batch in the settings)."
                )


ALONE = ProcessGroup()


def started_by_torchrun() -> bool:
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


@contextmanager
def joined_group(device: str) -> Iterator[tuple[ProcessGroup, str]]:
    """The group of this process and the device it is to use: 'cuda:1' for the second process on a machine with GPUs."""
    if not started_by_torchrun():
        yield ALONE, device
        return
    if device.startswith("cuda"):
        local = int(os.environ.get("LOCAL_RANK", "0"))
        torch.cuda.set_device(local)
        device = f"cuda:{local}"
    dist.init_process_group("nccl" if device.startswith("cuda") else "gloo", timeout=GROUP_TIMEOUT)
    try:
        yield ProcessGroup(dist.get_rank(), dist.get_world_size()), device
    finally:
        dist.destroy_process_group()


def share_normalisation(network: nn.Module, group: ProcessGroup) -> None:
    """Lets every batch normalisation see the batch of the whole group. PyTorch's own SyncBatchNorm knows GPUs only. Weights
    and their names stay, so checkpoints fit either way."""
    if group.size == 1:
        return
    for module in network.modules():
        if type(module) is nn.BatchNorm3d:
            module.__class__ = SharedBatchNorm3d


class SharedBatchNorm3d(nn.BatchNorm3d):
    """Batch normalisation over the patches of all processes, of which each must have equally many."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return super().forward(x)
        from torch.distributed.nn.functional import all_reduce  # its gradient is summed over the processes, too

        size = dist.get_world_size()
        wide = x.float()
        dims = (0, 2, 3, 4)
        moments = torch.stack([wide.mean(dims), (wide * wide).mean(dims)])
        mean, square = all_reduce(moments) / size
        variance = (square - mean * mean).clamp(min=0)
        assert self.running_mean is not None and self.running_var is not None and self.num_batches_tracked is not None
        momentum = 0.0 if self.momentum is None else self.momentum
        with torch.no_grad():
            count = size * x.numel() / x.shape[1]
            self.running_mean.lerp_(mean, momentum)
            self.running_var.lerp_(variance * count / max(1.0, count - 1), momentum)
            self.num_batches_tracked += 1
        scale = self.weight * torch.rsqrt(variance + self.eps)
        shift = self.bias - mean * scale
        form = (1, -1, 1, 1, 1)
        return (wide * scale.view(form) + shift.view(form)).to(x.dtype)
