"""The training loop: one step after another, a log line each while, a checkpoint each minute."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from ..errors import OutputError
from ..network.blocks import channels_last
from ..network.discnet import FINE_STAGE, DiscNet
from ..runs.config import TrainingConfig
from .average import WeightAverage
from .batches import Batch, BatchMaker
from .checkpoint import load_checkpoint, save_checkpoint
from .distributed import ALONE, ProcessGroup, share_normalisation
from .loader import batches_ahead, worker_count
from .objectives import Objective

LARGEST_GRADIENT = 5.0
"""Norm to which larger gradients are scaled down."""
RETRY_SECONDS = 5.0
"""A checkpoint that cannot be written is tried again after this long."""


def learning_rate(step: int, config: TrainingConfig) -> float:
    """Linear warm-up, then half a cosine down to 1 %."""
    if step < config.warm_up_steps:
        return config.learning_rate * (step + 1) / config.warm_up_steps
    done = (step - config.warm_up_steps) / max(1, config.steps - config.warm_up_steps)
    return config.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


@dataclass
class Callbacks:
    """What a training asks of its surroundings and reports to them.

    ``validate`` is called with the network (averaged weights loaded, in evaluation mode) and returns named figures; the best
    by ``dice`` is kept. ``report`` receives each line of the log. ``should_stop`` is asked after each step and may wait,
    which is a pause; before it waits it should save. ``on_write_error``: a checkpoint could not be written; True gives up,
    otherwise training waits until it can be, so that no more than ``checkpoint_seconds`` are ever at stake.
    ``check_owner`` raises where another process has taken the folder over; nothing is written then.
    """

    validate: Callable[[nn.Module], dict[str, float]] | None = None
    report: Callable[[dict], None] | None = None
    should_stop: Callable[[], bool] = lambda: False
    on_write_error: Callable[[OutputError], bool] = lambda error: True
    check_owner: Callable[[], None] = lambda: None


class Trainer:
    """Trains one network in one folder: ``checkpoint.pt``, ``best.pt``, ``log.jsonl``."""

    def __init__(
        self,
        network: nn.Module,
        batches: BatchMaker,
        config: TrainingConfig,
        folder: Path,
        callbacks: Callbacks | None = None,
        group: ProcessGroup = ALONE,
    ) -> None:
        self.network = channels_last(network.to(config.device))
        self.batches, self.config, self.folder = batches, config, folder
        self.callbacks, self.group = callbacks or Callbacks(), group
        self._on_gpu = config.device.startswith("cuda")
        group.check_batch(config.full_batch, config.slab_batch)
        for module in self._frozen():
            module.requires_grad_(False)
        if not config.freeze_normalisation:
            share_normalisation(self.network, group)
        self.objective = group.parallel(Objective(self.network, config.half_precision), config.device)
        self.optimizer = torch.optim.AdamW(
            network.parameters(),
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
            betas=(0.9, 0.99),
            fused=self._on_gpu,
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
        for settings in state["optimizer"]["param_groups"]:
            settings["fused"] = self._on_gpu  # whatever device the checkpoint comes from
        self.optimizer.load_state_dict(state["optimizer"])
        self.average.values = {name: value.to(self.config.device) for name, value in state["average"].items()}
        self.step, self.best, self.seconds = state["step"], state["best"], state["seconds"]
        return True

    def save(self) -> None:
        """Writes the checkpoint; waits where the disk refuses it (see ``Callbacks.on_write_error``)."""
        if not self.group.is_first:
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
                save_checkpoint(state, path, self.callbacks.check_owner)
                return
            except OutputError as error:
                if self.callbacks.on_write_error(error):
                    raise
                time.sleep(RETRY_SECONDS)

    def run(self) -> None:
        """Trains to ``config.steps`` or until ``should_stop``; the checkpoint then holds where it stopped."""
        config, group = self.config, self.group
        torch.set_num_threads(config.threads)
        torch.backends.cudnn.benchmark = self._on_gpu  # there are two sizes of batches only
        started, saved, before = time.monotonic(), time.monotonic(), self.seconds
        sums, count = None, 0
        workers = worker_count(config, group.size_here)
        batches = batches_ahead(
            self.batches, self.step, config.steps, group.rank, group.size, workers, pin=self._on_gpu and config.half_precision
        )
        for step, batch in batches:
            losses = self.train_step(batch.to(config.device))
            values = torch.stack(list(losses.values())).double()  # they stay on the device until they are logged
            sums, count = values if sums is None else sums + values, count + 1
            self.step = step + 1
            self.seconds = before + time.monotonic() - started
            if self.step % config.log_every == 0 or self.step == config.steps:
                means = group.mean(dict(zip(losses, (sums / count).tolist())))
                self._log({"event": "train", "lr": learning_rate(step, config)} | means)
                sums, count = None, 0
            if self.callbacks.validate and (self.step % config.validate_every == 0 or self.step == config.steps):
                self.take_figures()
            waiting = time.monotonic()
            stop = group.broadcast(group.is_first and self.callbacks.should_stop())
            started += time.monotonic() - waiting  # a pause is no training time
            if stop or self.step == config.steps or time.monotonic() - saved > config.checkpoint_seconds:
                self.save()
                saved = time.monotonic()
            if stop:
                return

    def _frozen(self) -> list[nn.Module]:
        """Parts of the network that stay as they are."""
        if not (self.config.freeze_coarse and isinstance(self.network, DiscNet)):
            return []
        return [module for name, module in self.network.named_children() if name not in FINE_STAGE]

    def train_step(self, batch: Batch) -> dict[str, torch.Tensor]:
        """One step of the optimizer; returns the loss and its parts, on the device."""
        self.network.train()
        if self.config.freeze_normalisation:
            for module in self.network.modules():
                if isinstance(module, nn.modules.batchnorm._BatchNorm):
                    module.eval()
        for module in self._frozen():
            module.eval()
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.step, self.config)
        statistics = self._statistics()
        loss, parts = self.objective(batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), LARGEST_GRADIENT)
        self._update(torch.isfinite(norm), statistics)
        return {"loss": loss.detach()} | parts

    def _statistics(self) -> torch.Tensor:
        """Means and variances of all batch normalisation, one after another."""
        nothing = torch.empty(0, device=self.config.device)
        return torch.cat([nothing, *(values.flatten() for values in self._float_buffers())])

    def _float_buffers(self) -> list[torch.Tensor]:
        return [values for values in self.network.buffers() if values.is_floating_point()]

    def _update(self, finite: torch.Tensor, statistics: torch.Tensor) -> None:
        """Applies the gradients where they are finite: one bad batch must spoil neither the weights nor the statistics."""
        if self._on_gpu:  # decided on the device, so that the host need not wait; the fused optimizer skips such a step
            self.optimizer.found_inf = (~finite).float()  # type: ignore[attr-defined]
            self._restore(torch.where(finite, self._statistics(), statistics))
        elif not finite:
            self._restore(statistics)
            return
        self.optimizer.step()
        self.average.update(self.network, self.step)

    def _restore(self, statistics: torch.Tensor) -> None:
        buffers = self._float_buffers()
        for values, kept in zip(buffers, statistics.split([values.numel() for values in buffers])):
            values.copy_(kept.view_as(values))

    def take_figures(self) -> None:
        """Validates the averaged weights; keeps them where they are the best so far."""
        if not self.group.is_first:
            return
        own = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.network.load_state_dict(self.average.values)
        self.network.eval()
        try:
            figures = self.callbacks.validate(self.network)  # type: ignore[misc]
        finally:
            self.network.load_state_dict(own)
        if figures.get("dice", 0.0) > self.best:
            self.best = figures["dice"]
            self._write({"network": self.average.values, "step": self.step}, self.folder / "best.pt")
        self._log({"event": "validation"} | figures)

    def _log(self, entry: dict) -> None:
        if not self.group.is_first:
            return
        entry = {"step": self.step, "seconds": round(self.seconds, 1)} | {
            k: round(v, 6) if isinstance(v, float) else v for k, v in entry.items()
        }
        try:
            with open(self.folder / "log.jsonl", "a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")
        except OSError:
            pass  # a full disk: the checkpoint will tell; a line of the log is not worth the run
        if self.callbacks.report:
            self.callbacks.report(entry)
