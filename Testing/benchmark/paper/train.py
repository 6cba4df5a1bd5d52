"""Trains one row on all scans but those of one fold.

    python Testing/benchmark/paper/train.py fcn3d_normalised cases.zip runs/fcn3d_normalised-0 --fold 0

ROW is a file in ``rows``. The run's folder gets a checkpoint (the same command goes on from it), a log, the best weights by the
Dice of the fold's own validation scan, and the log-odds of the scans held out. ``--fold all`` trains on every case.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[2] / "IVDSegmentation")]

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from IVDSegmentationLib.network.blocks import channels_last  # noqa: E402
from IVDSegmentationLib.network.fcn3d import PAPER_WEIGHT_SD, draw_paper_weights  # noqa: E402
from IVDSegmentationLib.network.fuse import fused  # noqa: E402
from IVDSegmentationLib.network.patch_cnn import PATCH_SIZE, PatchCNN  # noqa: E402
from IVDSegmentationLib.network.registry import build_network  # noqa: E402
from IVDSegmentationLib.training.average import WeightAverage  # noqa: E402
from IVDSegmentationLib.training.checkpoint import load_checkpoint, save_checkpoint  # noqa: E402
from torch import nn  # noqa: E402

from paper.data import Batch, DeviceCase, draw_batch  # noqa: E402
from paper.folds import Fold, fold_of  # noqa: E402
from paper.inference import THRESHOLDS, WINDOW_STRIDES, log_odds_of, quantised, validation_dice  # noqa: E402
from paper.pack import PackedCase, read_pack  # noqa: E402
from paper.recipe import Recipe  # noqa: E402

LOG_EVERY = 20
CHECKPOINT_SECONDS = 60.0


def draw_he_weights(network: nn.Module) -> None:
    """He et al. 2015, eq. 10: N(0, 2 / fan-in), biases 0; the signal keeps its size through ReLU layers."""
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Conv3d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)


FIRST_WEIGHTS: dict[str, Callable[[nn.Module], None]] = {
    "paper": draw_paper_weights,
    "paper, as a variance": partial(draw_paper_weights, standard_deviation=PAPER_WEIGHT_SD**0.5),
    "he": draw_he_weights,
}


def first_network(recipe: Recipe) -> nn.Module:
    """The network with its first weights, drawn from the recipe's seed."""
    torch.manual_seed(recipe.seed)
    network = build_network(recipe.network, recipe.arguments)
    FIRST_WEIGHTS[recipe.first_weights](network)
    return network


def cross_entropy(logits: torch.Tensor, disc: torch.Tensor, weight: torch.Tensor, disc_weight: float) -> torch.Tensor:
    """The first term of eq. 3, a mean over the voxels that ``weight`` counts: logits (N, 2, ...), ``disc`` 0 ... 1."""
    odds = logits[:, 1] - logits[:, 0]
    loss = disc_weight * disc * F.softplus(-odds) + (1 - disc) * F.softplus(odds)
    return (loss * weight).sum() / ((disc_weight * disc + 1 - disc) * weight).sum().clamp(min=1.0)


def loss_of(network: nn.Module, batch: Batch, recipe: Recipe, step: int) -> torch.Tensor:
    if isinstance(network, PatchCNN):
        return _window_loss(network, batch, recipe, step)
    layout = torch.channels_last_3d
    with torch.autocast(batch.image.device.type, torch.bfloat16, enabled=recipe.half_precision):
        logits = network(batch.image.contiguous(memory_format=layout)).float()
    return cross_entropy(logits, batch.disc, batch.valid, recipe.disc_weight)


def _window_loss(network: PatchCNN, batch: Batch, recipe: Recipe, step: int) -> torch.Tensor:
    """Voxels classified one by one by what their window shows: a third disc, a third beside one, a third anywhere."""
    device = batch.image.device
    windows = network.windows(batch.image)
    middle = tuple(slice(s // 2, None, s) for s in network.stride)
    disc, valid = (values[(slice(None), *middle)] for values in (batch.disc, batch.valid))
    # at the patch's border a window would show repeated voxels
    margin = [-(-p // (2 * s)) for p, s in zip(PATCH_SIZE, network.stride)]
    inner = torch.zeros_like(valid)
    inner[(slice(None), *(slice(m, n - m) for m, n in zip(margin, valid.shape[1:])))] = 1
    known = valid * inner
    near = F.max_pool3d(disc[:, None], 3, 1, 1)[:, 0]
    kinds = (known * (disc > 0.5), known * ((disc <= 0.5) & (near > 0.5)), known * (near <= 0.5))
    generator = torch.Generator(device).manual_seed(recipe.seed * 1_000_003 + step)
    chosen = [torch.multinomial(kind.flatten() + 1e-12, recipe.windows // 3, True, generator=generator) for kind in kinds]
    flat = torch.cat(chosen)
    at = torch.unravel_index(flat, valid.shape)
    with torch.autocast(device.type, torch.bfloat16, enabled=recipe.half_precision):
        logits = network.classify(windows[at].reshape(-1, 1, *PATCH_SIZE)).float()
    return cross_entropy(logits, disc[at], known[at], recipe.disc_weight)


def learning_rate(step: int, recipe: Recipe) -> float:
    """Linear warm-up, then half a cosine down to 1 %."""
    if step < recipe.warm_up:
        return recipe.learning_rate * (step + 1) / recipe.warm_up
    done = (step - recipe.warm_up) / max(1, recipe.steps - recipe.warm_up)
    return recipe.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


class Run:
    """One training, from its folder's checkpoint where there is one."""

    def __init__(self, recipe: Recipe, fold: Fold, cases: dict[str, DeviceCase], folder: Path, device: str) -> None:
        self.recipe, self.fold, self.folder, self.device = recipe, fold, folder, device
        self.training = [cases[name] for name in fold.training]
        self.validation = [cases[name] for name in fold.validation]
        self.network = channels_last(first_network(recipe).to(device))
        # eq. 3's lambda / 2 ||W||^2 is part of the loss: lambda W is added to the gradient, which is what Adam's weight_decay
        # does; the biases and the scales of batch normalisation are not in W
        matrices = [p for p in self.network.parameters() if p.ndim > 1]
        others = [p for p in self.network.parameters() if p.ndim <= 1]
        groups = [{"params": matrices, "weight_decay": recipe.decay}, {"params": others, "weight_decay": 0.0}]
        if recipe.optimizer == "sgd":
            self.optimizer: torch.optim.Optimizer = torch.optim.SGD(groups, recipe.learning_rate, momentum=0.9)
        else:
            self.optimizer = torch.optim.Adam(groups, recipe.learning_rate)
        self.average = WeightAverage(self.network, recipe.average)
        self.step, self.best, self.best_step, self.threshold, self.seconds = 0, -1.0, 0, 0.5, 0.0
        self.best_weights = {name: value.clone() for name, value in self.average.values.items()}
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "settings.json").write_text(json.dumps(asdict(recipe) | {"fold": asdict(fold)}, indent=1))
        self._resume()

    def train(self, deadline: Callable[[], bool] = lambda: False) -> None:
        """To the recipe's steps, to its patience, or until ``deadline``."""
        started, before, saved = time.monotonic(), self.seconds, time.monotonic()
        losses: list[torch.Tensor] = []
        while self.step < self.recipe.steps and not self.stopped_early and not deadline():
            self.network.train()
            for group in self.optimizer.param_groups:
                group["lr"] = learning_rate(self.step, self.recipe)
            loss = loss_of(self.network, draw_batch(self.training, self.recipe, self.step), self.recipe, self.step)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
            self.optimizer.step()
            self.average.update(self.network, self.step)
            self.step += 1
            losses.append(loss.detach())
            if self.step % LOG_EVERY == 0:
                self.seconds = before + time.monotonic() - started
                self._log({"loss": float(torch.stack(losses).mean())})
                losses = []
            if self.step % self.recipe.validate_every == 0 or self.step == self.recipe.steps:
                self._validate()
                self.seconds = before + time.monotonic() - started
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                self.save()
                saved = time.monotonic()
        if self.step % self.recipe.validate_every and self.step < self.recipe.steps:
            self._validate()  # stopped by the deadline: what was learned since the last time counts, too
        self.seconds = before + time.monotonic() - started
        self.save()

    @property
    def stopped_early(self) -> bool:
        return self.step - self.best_step >= self.recipe.patience * self.recipe.validate_every

    def result(self) -> nn.Module:
        """The network with its best weights, in evaluation mode."""
        self.network.load_state_dict(self.best_weights)
        return self.network.eval()

    def _validate(self) -> None:
        gradients = {
            name: float(p.grad.norm()) for name, p in self.network.named_parameters() if p.grad is not None and p.ndim > 1
        }
        if not self.validation:
            self.best, self.best_step = 0.0, self.step
            self.best_weights = {name: value.clone() for name, value in self.average.values.items()}
            return
        own = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.network.load_state_dict(self.average.values)
        dice = validation_dice(self.network, self.validation, self.recipe)
        self.network.load_state_dict(own)
        at = int(np.argmax(dice))
        self._log({"dice": float(dice[at]), "threshold": float(THRESHOLDS[at]), "gradients": gradients})
        if dice[at] > self.best + 1e-4:
            self.best, self.best_step, self.threshold = float(dice[at]), self.step, float(THRESHOLDS[at])
            self.best_weights = {name: value.clone() for name, value in self.average.values.items()}

    def _log(self, entry: dict) -> None:
        entry = {"step": self.step, "seconds": round(self.seconds, 2)} | entry
        with open(self.folder / "log.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")

    def save(self) -> None:
        kept = ("step", "best", "best_step", "threshold", "seconds", "best_weights")
        state = {name: getattr(self, name) for name in kept}
        state |= {"network": self.network.state_dict(), "optimizer": self.optimizer.state_dict()}
        save_checkpoint(state | {"average": self.average.values}, self.folder / "checkpoint.pt")

    def _resume(self) -> None:
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return
        state = load_checkpoint(path)
        self.network.load_state_dict(state.pop("network"))
        self.optimizer.load_state_dict(state.pop("optimizer"))
        for name, value in state.pop("average").items():
            self.average.values[name].copy_(value)
        for name, value in state.items():
            setattr(self, name, value)
        self.best_weights = {name: value.to(self.device) for name, value in self.best_weights.items()}


def finish(run: Run, cases: dict[str, DeviceCase]) -> dict[str, np.ndarray]:
    """Log-odds of the scans held out, by name, and a summary beside them in the run's folder."""
    network = fused(run.result())
    if isinstance(network, PatchCNN):
        network.stride = WINDOW_STRIDES[run.device]
    maps = {name: quantised(log_odds_of(network, cases[name], run.recipe)) for name in run.fold.test}
    summary = {
        "steps": run.step,
        "seconds": round(run.seconds, 1),
        "best_step": run.best_step,
        "validation_dice": run.best,
        "threshold": run.threshold,
        "stopped_early": run.stopped_early,
        "device": torch.cuda.get_device_name() if run.device == "cuda" else "cpu",
    }
    (run.folder / "summary.json").write_text(json.dumps(summary, indent=1))
    return maps


def load_cases(packed: Sequence[PackedCase], device: str) -> dict[str, DeviceCase]:
    return {case.name: DeviceCase.of(case, device) for case in packed}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("row")
    parser.add_argument("pack", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--fold", default="0", help="0 ... 4, or 'all'")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, help="on the CPU; PyTorch's own number by default")
    parser.add_argument("--steps", type=int, help="instead of the row's; the learning rate has fallen by then")
    parser.add_argument("--seconds", type=float, help="end after so long; the same command goes on from there")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    if (args.folder / "log_odds.npz").exists():
        print(f"{args.folder} is finished: {(args.folder / 'summary.json').read_text()}")
        return
    recipe = Recipe.read(args.row)
    recipe = replace(recipe, steps=args.steps or recipe.steps)
    packed = read_pack(args.pack)
    cases = load_cases(packed, args.device)
    run = Run(recipe, fold_of(args.fold, packed, recipe), cases, args.folder, args.device)
    ends_at = math.inf if args.seconds is None else time.monotonic() + args.seconds
    run.train(lambda: time.monotonic() > ends_at)
    if run.step < recipe.steps and not run.stopped_early:
        print(f"step {run.step} of {recipe.steps}, Dice {run.best:.3f}; the same command goes on")
        return
    np.savez_compressed(args.folder / "log_odds.npz", **finish(run, cases))  # type: ignore[arg-type]
    print((args.folder / "summary.json").read_text())


if __name__ == "__main__":
    main()
