"""Trains the coarse stage of a model on processors without a GPU, the fine stage as it is.

    python Testing/benchmark/coarse_training.py pool POOL --first 5000000 --count 800
    python Testing/benchmark/coarse_training.py train pack.npz POOL MODEL.safetensors OUT --seconds 2700
    python Testing/benchmark/coarse_training.py model OUT MODEL.safetensors NEW.safetensors

``pool`` draws phantoms and volumes without a spine into files; several processes may do so at once (``--step``, ``--offset``),
while the training already runs. ``train`` goes on from ``OUT/state.pt`` where there is one, and writes ``OUT/average.pt`` every
few minutes, which ``model`` turns into a model file. Convolutions run in bfloat16.

The fine stage is not changed, but its loss, on small boxes, goes into the coarse stage: borders are drawn from the coarse
stage's features, so these must go on to mean the same. Batch normalisation keeps its statistics, as in use.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import training_machine  # noqa: F401
from device_batches import DeviceBatches
from IVDSegmentationLib.network.blocks import channels_last
from IVDSegmentationLib.network.discnet import FINE_STAGE, DiscNet
from IVDSegmentationLib.network.weights import load_model, save_model
from IVDSegmentationLib.training.average import WeightAverage
from IVDSegmentationLib.training.batches import Batch
from IVDSegmentationLib.training.objectives import discnet_loss
from phantom_supply import drawn, synthetic
from spine_pack import device_case, read_item, read_pack, real_negatives
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

POOL_SHARES = {"lumbar": 0.14, "whole": 0.20, "cervical": 0.27, "thoracic": 0.15, "head": 0.08, "none": 0.16}
"""Of the pool: more of what the model did not know than a clinic sees."""
PATCHES = {
    "full": ((32, 192, 160), (16, 64, 64), 3, 0.25),
    "slab": ((16, 224, 160), (16, 64, 64), 4, 0.33),
    "tall": ((16, 448, 128), (16, 64, 64), 3, 0.30),
    "wide": ((56, 128, 128), (16, 64, 64), 3, 0.12),
}
"""Size of the patch and of its box for the fine stage (k, j, i), patches in a batch, and how often it is drawn."""
FINE_MARGIN = (2, 8, 8)
"""Voxels (k, j, i) at the border of that box that do not count: the fine stage does not see what lies beside them."""
GROUP_SHARES = {
    "SPIDER": 0.16, "VB2": 0.07, "VB1": 0.05, "VB3": 0.05, "real negative": 0.04, "none": 0.12,
    "phantom lumbar": 0.09, "phantom whole": 0.14, "phantom cervical": 0.15, "phantom thoracic": 0.08, "phantom head": 0.05,
}  # fmt: skip
LOSS_WEIGHTS = {"coarse_ce": 2.0, "coarse_dice": 2.0, "level": 4.0, "position": 6.0}
"""The fine stage's loss only keeps the features what they are; with equal weights the levels of the neck were hardly learnt."""
RATES = {"position_head": 4.0}
"""Factors of the learning rate; 1 for all others."""
AVERAGED_STEPS_SHARE = 0.99


def draw_pool(args: argparse.Namespace) -> None:
    args.pool.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    for seed in range(args.first + args.offset, args.first + args.count, args.step):
        path = args.pool / f"{seed}.npz"
        if path.exists():
            continue
        item = synthetic(seed, POOL_SHARES)
        arrays = {name: item[name] for name in ("image", "labels", "valid") if item[name] is not None}
        part = path.with_suffix(".part")
        with open(part, "wb") as file:
            np.savez_compressed(file, card=np.array(json.dumps(item["card"])), **arrays)
        part.rename(path)


class Batches(IterableDataset):
    """Batches without end. Each process holds every n-th volume of the pool, and reads what has been drawn meanwhile."""

    def __init__(self, pack: Path, pool: Path, seed: int) -> None:
        self.pack, self.pool, self.seed = pack, pool, seed

    def __iter__(self) -> Iterator[Batch]:
        torch.set_num_threads(1)
        info = get_worker_info()
        rank, count = (info.id, info.num_workers) if info else (0, 1)
        raw = [item for item in read_pack(self.pack) if item["card"]["role"] == "training"]
        negatives = [negative for item in raw for negative in real_negatives(item)]
        maker = DeviceBatches([device_case(item, "cpu") for item in raw + negatives], GROUP_SHARES, 0.15, "cpu")
        rng = np.random.default_rng([self.seed, rank])
        shares = {name: row[3] for name, row in PATCHES.items()}
        known: set[Path] = set()
        step = 0
        while True:
            if step % 20 == 0:
                for path in sorted(set(self.pool.glob("*.npz")) - known):
                    known.add(path)
                    if int(path.stem) % count == rank:
                        maker.add(device_case(read_item(path), "cpu"))
            step += 1
            size, fine, patches, _ = PATCHES[drawn(rng, shares)]
            batch = maker.make(rng, size, fine, patches)
            inner = (slice(None), *(slice(m, n - m) for m, n in zip(FINE_MARGIN, fine)))
            valid = torch.zeros_like(batch.fine_valid)
            valid[inner] = batch.fine_valid[inner]
            batch.fine_valid = valid
            yield batch


def frozen_as_in_use(network: DiscNet) -> list[dict]:
    """Batch normalisation as in use, the fine stage without gradients; the parameters to train, with their learning rates."""
    network.eval()
    groups: dict[float, list[torch.nn.Parameter]] = {}
    for name, module in network.named_children():
        module.requires_grad_(name not in FINE_STAGE)
        if name not in FINE_STAGE:
            groups.setdefault(RATES.get(name, 1.0), []).extend(module.parameters())
    return [{"params": parameters, "factor": factor} for factor, parameters in groups.items()]


def train(args: argparse.Namespace) -> None:
    args.output.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    network, _ = load_model(args.model)
    assert isinstance(network, DiscNet)
    channels_last(network)
    groups = frozen_as_in_use(network)
    optimizer = torch.optim.AdamW(groups, lr=args.rate, weight_decay=1e-4, betas=(0.9, 0.99))
    average = WeightAverage(network, AVERAGED_STEPS_SHARE)
    step, gone = 0, 0.0
    kept = args.output / "state.pt"
    if kept.exists():
        state = torch.load(kept, weights_only=True)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        average.values, step, gone = state["average"], state["step"], state["seconds"]
    loader = DataLoader(
        Batches(args.pack, args.pool, args.seed + step), batch_size=None, num_workers=args.workers, prefetch_factor=3
    )
    begun, saved, waited, count = time.monotonic() - gone, time.monotonic(), 0.0, 0
    sums: dict[str, float] = {}
    batches = iter(loader)
    while (gone := time.monotonic() - begun) < args.seconds:
        before = time.monotonic()
        batch = next(batches)
        waited += time.monotonic() - before
        rate = args.rate * min(1.0, (step + 1) / 30) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * gone / args.seconds)))
        for group in optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        loss, parts = discnet_loss(network, batch, True, LOSS_WEIGHTS)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_([p for g in groups for p in g["params"]], 2.0)
        if bool(torch.isfinite(norm)):
            optimizer.step()
            average.update(network, step)
        step += 1
        count += 1
        for key, value in ({"loss": loss.detach()} | parts).items():
            sums[key] = sums.get(key, 0.0) + float(value)
        if step % 20 == 0:
            entry = {"step": step, "t": round(gone, 1), "waited": round(waited, 1)}
            entry |= {k: round(v / count, 4) for k, v in sums.items()}
            print(json.dumps(entry), flush=True)
            sums, count, waited = {}, 0, 0.0
        if time.monotonic() - saved > args.save_every:
            _save(network, optimizer, average, step, gone, args.output)
            saved = time.monotonic()
    _save(network, optimizer, average, step, gone, args.output)


def _save(
    network: DiscNet, optimizer: torch.optim.Optimizer, average: WeightAverage, step: int, seconds: float, output: Path
) -> None:
    state = {
        "network": network.state_dict(),
        "optimizer": optimizer.state_dict(),
        "average": average.values,
        "step": step,
        "seconds": seconds,
    }
    for name, value in (("state.pt", state), ("average.pt", {"network": average.values})):
        torch.save(value, output / (name + ".part"))
        os.replace(output / (name + ".part"), output / name)


def write_model(args: argparse.Namespace) -> None:
    """The averaged weights as a model file, with the card of the model that the training started from."""
    network, card = load_model(args.model)
    network.load_state_dict(torch.load(args.output / "average.pt", weights_only=True)["network"])
    card = save_model(network.eval(), card, args.new)
    print(f"{args.new.name}: {args.new.stat().st_size / 1e6:.2f} MB, SHA-256 {card.sha256}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    part = commands.add_parser("pool")
    part.add_argument("pool", type=Path)
    part.add_argument("--first", type=int, default=5_000_000, help="seed of the first volume")
    part.add_argument("--count", type=int, default=800)
    part.add_argument("--step", type=int, default=1, help="draw every n-th")
    part.add_argument("--offset", type=int, default=0)
    part.set_defaults(run=draw_pool)
    part = commands.add_parser("train")
    part.add_argument("pack", type=Path)
    part.add_argument("pool", type=Path)
    part.add_argument("model", type=Path)
    part.add_argument("output", type=Path)
    part.add_argument("--seconds", type=float, default=2700)
    part.add_argument("--rate", type=float, default=8e-4)
    part.add_argument("--threads", type=int, default=1)
    part.add_argument("--workers", type=int, default=2)
    part.add_argument("--seed", type=int, default=0)
    part.add_argument("--save-every", type=float, default=240, help="seconds")
    part.set_defaults(run=train)
    part = commands.add_parser("model")
    part.add_argument("output", type=Path, help="OUT of the training")
    part.add_argument("model", help="the model that it started from")
    part.add_argument("new", type=Path)
    part.set_defaults(run=write_model)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
