"""Trains the model of the whole spine on one GPU, within a given time.

    python Testing/benchmark/whole_spine_model.py pack CASES pack.npz
    python Testing/benchmark/whole_spine_model.py train pack.npz MODEL.safetensors OUT --seconds 560 --workers 16
    python Testing/benchmark/whole_spine_model.py model OUT/average_fine.pt MODEL.safetensors NEW.safetensors

``pack`` puts the real cases (completed by ``complete_lowest_disc.py``) into one file, as the training sees them. ``train``
draws phantoms of every part of the spine and volumes without one on all cores, starts from a model's weights and writes
``OUT/average_all.pt`` and ``average_fine.pt`` (weights after each stage), ``OUT/log.jsonl``. Two stages: everything, then the
fine stage alone with the coarse one frozen. It needs torch, numpy, scipy and Pillow only, and stops by itself when the time is
up. Patches are drawn on the GPU.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import training_machine  # noqa: F401
from device_batches import DeviceCase
from device_drawer import Drawer
from IVDSegmentationLib.network.blocks import channels_last
from IVDSegmentationLib.network.classes import COARSE_CLASSES, DISC_CLASSES
from IVDSegmentationLib.network.discnet import FINE_STAGE, DiscNet
from IVDSegmentationLib.network.registry import build_network
from IVDSegmentationLib.network.weights import load_model, save_model
from IVDSegmentationLib.training.average import WeightAverage
from IVDSegmentationLib.training.cases import TrainingCase
from IVDSegmentationLib.training.objectives import discnet_loss
from phantom_supply import Factory
from spine_pack import device_case, pack, read_pack, real_negatives, unpacked

ARGUMENTS = {"fine_width": 32, "detail_width": 16, "coarse_classes": len(COARSE_CLASSES), "context_blocks": 2}
FIRST_SEED = 2_000_000
CHECK_SEED = 9_500_000
GROUP_SHARES = {"SPIDER": 0.19, "VB2": 0.09, "VB1": 0.07, "VB3": 0.06, "real negative": 0.05, "none": 0.19}
"""What is not named shares the rest evenly: the phantoms."""
FINE_GROUP_SHARES = {"SPIDER": 0.34, "VB2": 0.17, "VB1": 0.10, "VB3": 0.09, "real negative": 0.02, "none": 0.04}


def network_from(path: Path) -> DiscNet:
    """A network of ``ARGUMENTS`` with the weights of an older model; new classes start as unlikely."""
    old, _ = load_model(path)
    network = build_network("discnet", ARGUMENTS)
    state, had = network.state_dict(), old.state_dict()
    for name, value in had.items():
        if not name.startswith("coarse_head"):
            state[name] = value
    classes = had["coarse_head.bias"].shape[0] - 2
    for part in ("weight", "bias"):
        new, own = state[f"coarse_head.{part}"], had[f"coarse_head.{part}"]
        new[:classes], new[-2:] = own[:classes], own[classes:]
        for more in range(classes, len(COARSE_CLASSES)):
            like = 1 if more in DISC_CLASSES else 3
            new[more] = own[like] - (2.0 if part == "bias" else 0.0)
    network.load_state_dict(state)
    return network  # type: ignore[return-value]


@torch.no_grad()
def judged(network: DiscNet, items: list[TrainingCase], device: str) -> dict[str, float]:
    """Figures on whole volumes in the network's frame: Dice of discs, level errors, disc voxels where no spine is."""
    from IVDSegmentationLib.segmentation.infer import standardised
    from IVDSegmentationLib.volume.frame import NETWORK_SPACING_MM

    network.eval()
    sums: dict[str, list[float]] = {}
    for case in items:
        size = [max(8, round(n * s / t)) for n, s, t in zip(case.image.shape, case.spacing_mm[::-1], NETWORK_SPACING_MM[::-1])]
        if np.prod(size) > 8e6:
            continue
        image = torch.nn.functional.interpolate(case.image.float()[None, None], size=size, mode="trilinear")
        labels = torch.nn.functional.interpolate(case.labels.float()[None, None], size=size, mode="nearest")[0, 0]
        valid = torch.nn.functional.interpolate(case.valid.float()[None, None], size=size, mode="nearest")[0, 0] > 0
        x = torch.from_numpy(standardised(image[0, 0].cpu().numpy()))[None, None].to(device)
        pads = [(-n) % m for n, m in zip(size, (8, 32, 32))]
        x = torch.nn.functional.pad(x, (0, pads[2], 0, pads[1], 0, pads[0]), mode="replicate")
        with torch.autocast(device, torch.bfloat16):
            coarse = network.coarse(x.contiguous(memory_format=torch.channels_last_3d))
            p = network.refined(x, coarse.features).float().softmax(1)[0, 1, : size[0], : size[1], : size[2]]
        likely = coarse.logits.float().softmax(1)[0, list(DISC_CLASSES)].sum(0)

        def enlarged(coarse_map: torch.Tensor, size: list[int] = size) -> torch.Tensor:
            full = torch.nn.functional.interpolate(coarse_map[None, None], scale_factor=(2.0, 4.0, 4.0))[0, 0]
            return full[: size[0], : size[1], : size[2]]

        found = (p > 0.5) & (enlarged(likely) > 0.2)
        truth = (labels > 0) & (labels < 51)
        if not truth.any():
            sums.setdefault(f"{case.group} volumes with disc", []).append(float((found.sum() * 3.125e-3) > 0.3))
            continue
        both = (found & truth & valid).sum()
        dice = 2 * both / ((found & valid).sum() + (truth & valid).sum()).clamp(min=1)
        sums.setdefault(f"{case.group} dice", []).append(float(dice))
        if case.has_levels:
            level = enlarged(coarse.level[0].float())
            wrong = [
                abs(float(level[labels == v].median()) - float(v)) for v in labels[truth].unique() if (labels == v).sum() > 200
            ]
            if wrong:
                sums.setdefault(f"{case.group} level error", []).append(float(np.mean(wrong)))
    network.train()
    return {name: round(float(np.mean(values)), 4) for name, values in sorted(sums.items())}


def train(args: argparse.Namespace) -> None:
    begun = time.monotonic()
    device, out = args.device, args.output
    out.mkdir(parents=True, exist_ok=True)

    def left() -> float:
        return args.seconds - (time.monotonic() - begun)

    def log(entry: dict) -> None:
        entry = {"t": round(time.monotonic() - begun, 1)} | entry
        print(json.dumps(entry), flush=True)
        with open(out / "log.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")

    os.environ["OMP_NUM_THREADS"] = "1"
    torch.set_num_threads(1)
    factory = Factory(args.workers, FIRST_SEED)
    check_factory = Factory(2, CHECK_SEED)
    items = read_pack(args.pack)
    raw = [item for item in items if item["card"]["role"] == "training"]
    negatives = [negative for item in raw for negative in real_negatives(item)]
    cases = [device_case(item, device) for item in raw + negatives]
    checks = [unpacked(item, device) for item in items if item["card"]["role"] == "validation"]
    log({"event": "real cases", "training": len(raw), "negatives": len(negatives), "validation": len(checks)})
    problems, made, check_made = [], 0, 0
    generate_until = time.monotonic() + args.generate_seconds
    while time.monotonic() < generate_until:
        item = factory.take(0.2)
        if item is not None and "error" in item:
            problems.append(item["error"])
        elif item is not None:
            cases.append(device_case(item, device))
            made += 1
        if check_made < args.checks and (item := check_factory.take(0.0)) is not None and "error" not in item:
            checks.append(unpacked(item, device))
            check_made += 1
            if check_made == args.checks:
                check_factory.stop()
    check_factory.stop()
    voxels = sum(case.image.numel() for case in cases)
    log({"event": "volumes", "made": made, "checks": check_made, "Gvoxels": round(voxels / 1e9, 2), "errors": problems[:5]})

    network = channels_last(network_from(args.model).to(device))
    torch.backends.cudnn.benchmark, torch.backends.cudnn.benchmark_limit = True, 5
    for stage, share, rate, groups, gentle in (
        ("all", args.joint_share, args.rate, GROUP_SHARES, 0.1),
        ("fine", 1 - args.joint_share, args.rate * 0.7, FINE_GROUP_SHARES, 0.35),
    ):
        reserve = 14.0 if device == "cuda" else 4.0
        seconds = left() - reserve if stage == "fine" else (left() - reserve) * share
        supply = factory if stage == "all" else None
        average = run_stage(network, cases, stage, seconds, rate, groups, gentle, device, log, args.small, supply)
        if stage == "all":
            factory.stop()
        network.load_state_dict(average.values)
        torch.save({"network": {n: v.half().cpu() for n, v in average.values.items()}}, out / f"average_{stage}.pt")
        log({"event": "check", "stage": stage} | judged(network, checks, device))
    log({"event": "done"})
    sys.stdout.flush()
    os._exit(0)  # worker processes and threads must not hold up the end


def run_stage(
    network: DiscNet,
    cases: list[DeviceCase],
    stage: str,
    seconds: float,
    rate: float,
    groups: dict[str, float],
    gentle: float,
    device: str,
    log: Callable[[dict], None],
    small: bool,
    supply: Factory | None,
) -> WeightAverage:
    """Trains for some seconds: everything, or in the stage 'fine' the fine stage alone. Volumes that ``supply`` has ready are
    added to the cases meanwhile."""
    network.train().requires_grad_(True)
    frozen = [m for name, m in network.named_children() if name not in FINE_STAGE] if stage == "fine" else []
    for module in frozen:
        module.requires_grad_(False)
    parameters = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=1e-4, betas=(0.9, 0.99), fused=device == "cuda")
    average = WeightAverage(network, 0.998)
    if device == "cuda":
        torch.cuda.synchronize()
    drawer = Drawer(cases, groups, gentle, device, small, supply)
    started, step, count, waited = time.monotonic(), 0, 0, 0.0
    sums: dict[str, float] = {}
    batches = iter(drawer)
    while (gone := time.monotonic() - started) < seconds:
        before = time.monotonic()
        batch = next(batches)
        waited += time.monotonic() - before
        network.train()
        for module in frozen:
            module.eval()
        done = gone / seconds
        warm = min(1.0, (step + 1) / 100)
        for group in optimizer.param_groups:
            group["lr"] = rate * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
        loss, parts = discnet_loss(network, batch, half_precision=True)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        gradients = [p.grad for p in parameters if p.grad is not None]
        for gradient in gradients:  # a bad batch must not spoil the weights; asking whether it is bad would wait for the GPU
            gradient.nan_to_num_(0.0, 0.0, 0.0)
        torch.nn.utils.clip_grad_norm_(parameters, 5.0)
        optimizer.step()
        average.update(network, step)
        step += 1
        count += 1
        for key, value in ({"loss": loss.detach()} | parts).items():
            sums[key] = sums.get(key, 0.0) + value
        if step % 100 == 0:
            entry = {k: round(float(v) / count, 4) for k, v in sums.items()}
            log({"event": "train", "stage": stage, "step": step, "waited": round(waited, 1)} | entry)
            sums, count, waited = {}, 0, 0.0
    drawer.stop()
    log(
        {"event": "stage", "stage": stage, "steps": step, "seconds": round(time.monotonic() - started, 1), "added": drawer.made}
    )
    return average


def write_model(args: argparse.Namespace) -> None:
    """The weights of a run as a model file, with the card of the model that it started from."""
    state = torch.load(args.average, weights_only=True)["network"]
    network = build_network("discnet", ARGUMENTS)
    network.load_state_dict({n: v.float() if v.is_floating_point() else v for n, v in state.items()})
    _, card = load_model(args.model)
    card = save_model(network.eval(), replace(card, arguments=ARGUMENTS), args.output)
    print(f"{args.output.name}: {args.output.stat().st_size / 1e6:.2f} MB, SHA-256 {card.sha256}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    part = commands.add_parser("pack")
    part.add_argument("cases", type=Path)
    part.add_argument("output", type=Path)
    part.set_defaults(run=lambda args: pack(args.cases, args.output))
    part = commands.add_parser("train")
    part.add_argument("pack", type=Path)
    part.add_argument("model", type=Path)
    part.add_argument("output", type=Path)
    part.add_argument("--seconds", type=float, default=560)
    part.add_argument("--generate-seconds", type=float, default=45)
    part.add_argument("--checks", type=int, default=24, help="generated volumes to judge by")
    part.add_argument("--joint-share", type=float, default=0.8, help="of the time: everything, then the fine stage alone")
    part.add_argument("--rate", type=float, default=2e-3)
    part.add_argument("--workers", type=int, default=16)
    part.add_argument("--device", default="cuda")
    part.add_argument("--small", action="store_true", help="tiny patches, to try the script out")
    part.set_defaults(run=train)
    part = commands.add_parser("model")
    part.add_argument("average", type=Path, help="OUT/average_fine.pt of the training")
    part.add_argument("model", type=Path, help="the model that it started from")
    part.add_argument("output", type=Path)
    part.set_defaults(run=write_model)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
