"""The training loop: one step after another, a log line each while, a checkpoint each minute."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from ..network.blocks import channels_last
from ..network.discnet import FINE_STAGE, DiscNet
from ..runs.config import TrainingConfig
from .average import WeightAverage
from .batches import Batch, BatchMaker, prefetched
from .checkpoint import load_checkpoint, save_checkpoint
from .distributed import ALONE, Team, share_normalisation
from .objectives import Objective

LOG_EVERY = 20
RETRY_SECONDS = 5.0
"""A checkpoint that cannot be written is tried again after this long."""


def learning_rate(step: int, config: TrainingConfig) -> float:
    """Linear warm-up, then half a cosine down to 1 %."""
    if step < config.warm_up_steps:
        return config.learning_rate * (step + 1) / config.warm_up_steps
    done = (step - config.warm_up_steps) / max(1, config.steps - config.warm_up_steps)
    return config.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


class Trainer:
    """Trains one network in one folder: ``checkpoint.pt``, ``log.jsonl``.

    ``validate`` is called with the network (averaged weights loaded, in evaluation mode) and returns named figures;
    the best by ``dice`` is kept as ``best.pt``. ``should_stop`` is asked after each step and may wait, which is a pause;
    before it waits it should call ``save``. ``on_trouble`` hears that a checkpoint could not be written; training waits
    until it can be, so that no more than a minute is ever at stake.
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
        team: Team = ALONE,
        on_trouble: Callable[[OSError], bool] | None = None,
        log_every: int = LOG_EVERY,
    ) -> None:
        self.network = channels_last(network.to(config.device))
        self.batches, self.config, self.folder = batches, config, folder
        self.validate, self.report, self.should_stop = validate, report, should_stop
        self.team, self.on_trouble, self.log_every = team, on_trouble, log_every
        team.check_batch(config.full_batch, config.slab_batch)
        for module in self._frozen():
            module.requires_grad_(False)
        if not config.freeze_normalisation:
            share_normalisation(self.network, team)
        self.objective = team.together(Objective(self.network, config.half_precision), config.device)
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
        """Writes the checkpoint; waits where the disk refuses it (see ``on_trouble``)."""
        if not self.team.leads:
            return
        state = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average.values,
            "step": self.step,
            "best": self.best,
            "seconds": self.seconds,
        }
        self._write(state, self.checkpoint_path)

    def _write(self, state: dict, path: Path) -> None:
        while True:
            try:
                save_checkpoint(state, path)
                return
            except (OSError, RuntimeError) as error:  # PyTorch tells some full disks as a RuntimeError
                trouble = error if isinstance(error, OSError) else OSError(str(error))
                if self.on_trouble is None or self.on_trouble(trouble):
                    raise trouble from error
                time.sleep(RETRY_SECONDS)

    def run(self) -> None:
        """Trains to ``config.steps`` or until ``should_stop``; the checkpoint then holds where it stopped."""
        torch.set_num_threads(self.config.threads)
        started, saved, before = time.monotonic(), time.monotonic(), self.seconds
        sums: dict[str, float] = {}
        count = 0
        team = self.team
        for step, batch in prefetched(self.batches, self.step, self.config.steps, team.rank, team.size):
            for name, value in self.train_step(batch.to(self.config.device)).items():
                sums[name] = sums.get(name, 0.0) + value
            count += 1
            self.step = step + 1
            self.seconds = before + time.monotonic() - started
            if self.step % self.log_every == 0 or self.step == self.config.steps:
                means = team.mean({name: value / count for name, value in sums.items()})
                self._log({"event": "train", "lr": learning_rate(step, self.config)} | means)
                sums, count = {}, 0
            if self.validate and (self.step % self.config.validate_every == 0 or self.step == self.config.steps):
                self.take_figures()
            waiting = time.monotonic()
            stop = team.decide(self.should_stop() if team.leads else False)
            waited = time.monotonic() - waiting
            started += waited  # a pause is no training time
            if stop or self.step == self.config.steps or time.monotonic() - saved > self.config.checkpoint_seconds:
                self.save()
                saved = time.monotonic()
            if stop:
                return

    def _frozen(self) -> list[nn.Module]:
        """Parts of the network that stay as they are."""
        if not (self.config.freeze_coarse and isinstance(self.network, DiscNet)):
            return []
        return [module for name, module in self.network.named_children() if name not in FINE_STAGE]

    def train_step(self, batch: Batch) -> dict[str, float]:
        """One step of the optimizer; returns the loss and its parts."""
        self.network.train()
        if self.config.freeze_normalisation:
            for module in self.network.modules():
                if isinstance(module, nn.modules.batchnorm._BatchNorm):
                    module.eval()
        for module in self._frozen():
            module.eval()
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.step, self.config)
        loss, parts = self.objective(batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        if torch.isfinite(norm):  # one bad batch must not spoil the weights
            self.optimizer.step()
            self.average.update(self.network, self.step)
        return {"loss": float(loss.detach())} | parts

    def take_figures(self) -> None:
        """Validates the averaged weights; keeps them where they are the best so far."""
        if not self.team.leads:
            return
        own = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.network.load_state_dict(self.average.values)
        self.network.eval()
        try:
            figures = self.validate(self.network)  # type: ignore[misc]
        finally:
            self.network.load_state_dict(own)
        if figures.get("dice", 0.0) > self.best:
            self.best = figures["dice"]
            self._write({"network": self.average.values, "step": self.step}, self.folder / "best.pt")
        self._log({"event": "validation"} | figures)

    def _log(self, entry: dict) -> None:
        if not self.team.leads:
            return
        entry = {"step": self.step, "seconds": round(self.seconds, 1)} | {
            k: round(v, 6) if isinstance(v, float) else v for k, v in entry.items()
        }
        try:
            with open(self.folder / "log.jsonl", "a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")
        except OSError:
            pass  # a full disk: the checkpoint will tell; a line of the log is not worth the run
        if self.report:
            self.report(entry)
