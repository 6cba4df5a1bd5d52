"""What a training will cost, measured by doing a few steps."""

from __future__ import annotations

import time
from pathlib import Path

import torch

from ..cases.store import TRAINING, VALIDATION
from ..memory import peak_memory_bytes
from ..runs.estimate import BYTES_PER_CASE, Estimate, total_seconds
from ..runs.plan import TrainingPlan
from ..synthesis import synthesize
from .batches import BatchMaker
from .cases import make_case
from .loop import Trainer
from .start import load_cases, start_network


def measured_estimate(plan: TrainingPlan, folder: Path) -> Estimate:
    """By doing three steps of each kind of batch with the plan's own network on one of its cases."""
    records = plan.records()
    training = [r for r in records if r.role == TRAINING]
    validation = sum(r.role == VALIDATION for r in records)
    earlier = len(plan.earlier_records(TRAINING))
    config = plan.config(len(training), earlier)
    cases = load_cases(training[:2]) if training else []
    if not cases:
        phantom = synthesize(1)
        cases = [make_case("phantom", "phantom", phantom.image, phantom.labels.array)]
    config.device = "cpu" if plan.device == "auto" and not torch.cuda.is_available() else plan.device.replace("auto", "cuda")
    torch.set_num_threads(config.threads)
    maker = BatchMaker(cases, config)
    trainer = Trainer(start_network(plan, config.seed)[0], maker, config, folder)
    share, config.slab_share = config.slab_share, 0.0
    seconds = []
    for slab in (0.0, 1.0):
        config.slab_share = slab
        times = []
        for step in range(3):
            begun = time.perf_counter()
            trainer.train_step(maker.make(step).to(config.device))
            times.append(time.perf_counter() - begun)
        seconds.append(min(times[1:]))
    config.slab_share = share
    per_step = (1 - share) * seconds[0] + share * seconds[1]
    others = len(training) + earlier + validation + plan.phantom_count - len(cases)
    memory = peak_memory_bytes() + BYTES_PER_CASE * max(0, others)
    return Estimate(total_seconds(plan, config, per_step, validation), int(memory), config.steps, per_step, True)
