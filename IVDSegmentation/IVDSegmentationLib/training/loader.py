"""Batches made ahead of the training: by a thread, or by several processes where more cores are there.

Which process makes a batch changes nothing: it depends on the seed and the step alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from math import prod

from ..runs.config import TrainingConfig
from ..runs.plan import cores
from .batches import Batch, BatchMaker
from .packing import PackedBatch, packed
from .workers import AHEAD, made_ahead

CORES_PER_CPU_WORKER = 8
"""On the CPU the training itself takes the cores; a step of eight cores takes about as long as one core needs for its batch."""
MOST_WORKERS = 16
SHARED_MEMORY = "/dev/shm"
"""Where Linux keeps what processes hand to each other; containers often have 64 MB there."""


def worker_count(config: TrainingConfig, processes: int = 1) -> int:
    """Processes that make batches; 0: a thread does. ``processes``: how many of a process group share this machine."""
    if config.workers is not None:
        return config.workers
    own = cores() // processes
    wanted = own - 1 if config.device.startswith("cuda") else own // CORES_PER_CPU_WORKER
    return max(0, min(wanted, MOST_WORKERS, _most_that_fit(config) // processes))


def _most_that_fit(config: TrainingConfig) -> int:
    try:
        free = shutil.disk_usage(SHARED_MEMORY).free
    except OSError:
        return MOST_WORKERS
    return int(free // ((AHEAD + 1) * batch_bytes(config)))


def batch_bytes(config: TrainingConfig) -> int:
    """Size of the larger kind of batch, at most: 5 bytes a voxel of the patch, 17 a voxel of the fine stage's box."""
    kinds = (
        (config.full_patch, config.full_fine, config.full_batch),
        (config.slab_patch, config.slab_fine, config.slab_batch),
    )
    return max(count * (5 * prod(patch) + 17 * prod(box)) for patch, box, count in kinds)


def batches_ahead(
    maker: BatchMaker, first: int, last: int, part: int = 0, parts: int = 1, workers: int = 0, pin: bool = False
) -> Iterator[tuple[int, Batch | PackedBatch]]:
    """(step, batch) for the steps first … last - 1. ``pin``: packed, in memory that a GPU reads without waiting."""
    steps = range(first, last)
    make = partial(_made, maker, part, parts, pin)
    return zip(steps, made_ahead(make, steps, workers, pin=pin))


def _made(maker: BatchMaker, part: int, parts: int, pack: bool, step: int) -> Batch | PackedBatch:
    batch = maker.make(step, part, parts)
    return packed(batch) if pack else batch
