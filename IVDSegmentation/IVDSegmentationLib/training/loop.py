"""The training loop: one step after another, a log line each while, a checkpoint each minute."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from .average import WeightAverage
from .batches import BatchMaker, prefetched
from .checkpoint import load_checkpoint, save_checkpoint
from .config import TrainingConfig
from .objectives import loss_of

LOG_EVERY = 20


def learning_rate(step: int, config: TrainingConfig) -> float:
    """Linear warm-up, then half a cosine down to 1 %."""
    if step < config.warm_up_steps:
        return config.learning_rate * (step + 1) / config.warm_up_steps
    done = (step - config.warm_up_steps) / max(1, config.steps - config.warm_up_steps)
    return config.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


class Trainer:
    """Trains one network in one folder: ``checkpoint.pt``, ``log.jsonl``.

    ``validate`` is called with the network (averaged weights loaded, in evaluation mode) and returns named figures;
    the best by ``dice`` is kept as ``best.pt``.
    """

    def __init__(
        self,
        network: nn.Module,
        batches: BatchMaker,
        config: TrainingConfig,
        folder: Path,
        validate: Callable[[nn.Module], dict[str, float]] | None = None,
        report: Callable[[dict], None] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self.network = network.to(config.device, memory_format=torch.channels_last_3d)
        self.batches, self.config, self.folder = batches, config, folder
        self.validate, self.report, self.should_stop = validate, report, should_stop
        self.optimizer = torch.optim.AdamW(
            network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, betas=(0.9, 0.99)
        )
        self.average = WeightAverage(network, config.average_decay)
        self.step, self.best, self.seconds = 0, -1.0, 0.0
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def checkpoint_path(self) -> Path:
        return self.folder / "checkpoint.pt"

    def resume(self) -> bool:
        """Goes on from the folder's checkpoint, if there is one."""
        if not self.checkpoint_path.exists():
            return False
        state = load_checkpoint(self.checkpoint_path)
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.average.values = {name: value.to(self.config.device) for name, value in state["average"].items()}
        self.step, self.best, self.seconds = state["step"], state["best"], state["seconds"]
        return True

    def save(self) -> None:
        state = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average.values,
            "step": self.step,
            "best": self.best,
            "seconds": self.seconds,
        }
        save_checkpoint(state, self.checkpoint_path)

    def run(self) -> None:
        """Trains to ``config.steps`` or until ``should_stop``; the checkpoint then holds where it stopped."""
        torch.set_num_threads(self.config.threads)
        started, saved, before = time.monotonic(), time.monotonic(), self.seconds
        sums: dict[str, float] = {}
        for step, batch in prefetched(self.batches, self.step, self.config.steps):
            for name, value in self._train(batch.to(self.config.device)).items():
                sums[name] = sums.get(name, 0.0) + value / LOG_EVERY
            self.step = step + 1
            self.seconds = before + time.monotonic() - started
            if self.step % LOG_EVERY == 0:
                self._log({"event": "train", "lr": learning_rate(step, self.config)} | sums)
                sums = {}
            if self.validate and (self.step % self.config.validate_every == 0 or self.step == self.config.steps):
                self._validate()
            stop = self.should_stop()
            if stop or self.step == self.config.steps or time.monotonic() - saved > self.config.checkpoint_seconds:
                self.save()
                saved = time.monotonic()
            if stop:
                return

    def _train(self, batch) -> dict[str, float]:
        self.network.train()
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.step, self.config)
        loss, parts = loss_of(self.network, batch, self.config.half_precision)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        if torch.isfinite(norm):  # one bad batch must not spoil the weights
            self.optimizer.step()
            self.average.update(self.network, self.step)
        return {"loss": float(loss.detach())} | parts

    def _validate(self) -> None:
        own = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.network.load_state_dict(self.average.values)
        self.network.eval()
        try:
            figures = self.validate(self.network)  # type: ignore[misc]
        finally:
            self.network.load_state_dict(own)
        if figures.get("dice", 0.0) > self.best:
            self.best = figures["dice"]
            save_checkpoint({"network": self.average.values, "step": self.step}, self.folder / "best.pt")
        self._log({"event": "validation"} | figures)

    def _log(self, entry: dict) -> None:
        entry = {"step": self.step, "seconds": round(self.seconds, 1)} | {
            k: round(v, 6) if isinstance(v, float) else v for k, v in entry.items()
        }
        with open(self.folder / "log.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
        if self.report:
            self.report(entry)
