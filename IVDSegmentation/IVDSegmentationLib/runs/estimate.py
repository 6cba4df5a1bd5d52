"""What a training will cost, by rule of thumb; ``training.measure`` does a few steps instead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..cases.store import TRAINING
from .config import TrainingConfig
from .plan import TrainingPlan

SECONDS_PER_MEGAVOXEL = 0.4
"""One core, one million voxels of a batch, forward and back, the bundled network: 0.35 where the processor has bfloat16,
more elsewhere."""
BYTES_PER_VOXEL = 700
BASE_BYTES = 700_000_000
BYTES_PER_CASE = 12_000_000
SECONDS_PER_PHANTOM = 1.5
SECONDS_PER_VALIDATION_CASE = 1.5
SECONDS_PER_JUDGED_CASE = 6.0


@dataclass(frozen=True)
class Estimate:
    """``measured`` False: a rule of thumb. ``seconds`` is for everything: phantoms, training, validation, judgement."""

    seconds: float
    memory_bytes: int
    steps: int
    seconds_per_step: float
    measured: bool = False

    def text(self) -> str:
        about = "" if self.measured else "about "
        return f"{about}{duration_text(self.seconds)}, {self.memory_bytes / 1e9:.1f} GB of memory, {self.steps} steps"


def duration_text(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


def rough_estimate(plan: TrainingPlan, training: int, validation: int) -> Estimate:
    """By rule of thumb, for this many cases; needs no torch."""
    earlier = len(plan.earlier_records(TRAINING))
    config = plan.config(training, earlier)
    megavoxels = mean_voxels(config) / 1e6
    per_step = SECONDS_PER_MEGAVOXEL * megavoxels / max(1, config.threads) ** 0.9
    memory = (
        BASE_BYTES
        + BYTES_PER_VOXEL * most_voxels(config)
        + BYTES_PER_CASE * (training + earlier + validation + plan.phantom_count)
    )
    return Estimate(total_seconds(plan, config, per_step, validation), int(memory), config.steps, per_step)


def mean_voxels(config: TrainingConfig) -> float:
    full, slab = _voxels(config)
    return (1 - config.slab_share) * full + config.slab_share * slab


def most_voxels(config: TrainingConfig) -> int:
    return max(_voxels(config))


def _voxels(config: TrainingConfig) -> tuple[int, int]:
    return (
        int(np.prod(config.full_patch)) * config.full_batch,
        int(np.prod(config.slab_patch)) * config.slab_batch,
    )


def total_seconds(plan: TrainingPlan, config: TrainingConfig, per_step: float, validation: int) -> float:
    checks = plan.check_phantoms
    validations = config.steps / max(1, config.validate_every) * (validation + checks) * SECONDS_PER_VALIDATION_CASE
    judged = (validation + checks) * 2 * SECONDS_PER_JUDGED_CASE
    phantoms = (plan.phantom_count + 2 * checks) * SECONDS_PER_PHANTOM
    return per_step * config.steps + validations + judged + phantoms
