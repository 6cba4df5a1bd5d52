"""Trains each kind of network on the same cases for the same time and compares them on the validation cases.

    python Testing/benchmark/compare_networks.py REAL_DATA PHANTOMS RUNS --minutes 5 --output Testing/benchmark/NETWORKS.md

REAL_DATA: folder of real cases with splits.json. PHANTOMS: folder that ``ivdseg synthesize`` filled.
RUNS: where checkpoints and logs go.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "IVDSegmentation"))

import torch  # noqa: E402
from IVDSegmentationLib.cases import case_folders  # noqa: E402
from IVDSegmentationLib.evaluation import summarise  # noqa: E402
from IVDSegmentationLib.network.registry import build_network  # noqa: E402
from IVDSegmentationLib.network.weights import ModelCard, save_model  # noqa: E402
from IVDSegmentationLib.runs.config import TrainingConfig  # noqa: E402
from IVDSegmentationLib.segmentation.infer import infer  # noqa: E402
from IVDSegmentationLib.segmentation.pipeline import Segmenter  # noqa: E402
from IVDSegmentationLib.training import cases  # noqa: E402
from IVDSegmentationLib.training.batches import BatchMaker  # noqa: E402
from IVDSegmentationLib.training.loop import Trainer  # noqa: E402
from thresholds import scores_by_threshold  # noqa: E402

ROWS = {
    "3D FCN (the paper's, N(0, 0.01), no normalisation)": ("fcn3d", {}, 1e-3),
    "3D FCN with batch normalisation": ("fcn3d", {"normalised": True}, 2e-3),
    "2D FCN (three adjacent slices)": ("fcn2d", {"normalised": True}, 2e-3),
    "sliding-window 3D CNN": ("patch_cnn", {"normalised": True}, 1e-3),
    "ours (coarse to fine)": ("discnet", {}, 2e-3),
}

SHARES = json.loads((Path(__file__).parent / "bundled_model.json").read_text())["advanced"]["group_shares"]
"""How often each set of cases is drawn: as for the bundled model; the rest are phantoms."""

THRESHOLDS = (0.2, 0.3, 0.4, 0.5)
"""Networks trained so shortly are timid about the rare class: each gets the threshold that is best on training cases."""
CASES_FOR_THRESHOLD = ("SPIDER_005", "SPIDER_069", "VB2_06", "VB1_02")


def trained(kind: str, arguments: dict, rate: float, maker_cases: list, folder: Path, minutes: float) -> Path:
    """Trains for so many minutes; the number of steps that fit is measured first, so that the rate ends low."""
    torch.manual_seed(0)
    probe = TrainingConfig(network=kind, steps=8, learning_rate=rate, warm_up_steps=4, group_shares=SHARES)
    start = time.monotonic()
    Trainer(build_network(kind, arguments), BatchMaker(maker_cases, probe), probe, folder / "probe").run()
    seconds_a_step = (time.monotonic() - start) / probe.steps
    steps = max(30, int(minutes * 60 / seconds_a_step))
    warm_up = min(60, steps // 8)
    config = TrainingConfig(network=kind, steps=steps, learning_rate=rate, warm_up_steps=warm_up, group_shares=SHARES)
    torch.manual_seed(0)
    network = build_network(kind, arguments)
    trainer = Trainer(network, BatchMaker(maker_cases, config), config, folder)
    deadline = time.monotonic() + minutes * 60 * 1.15
    trainer.callbacks.should_stop = lambda: time.monotonic() > deadline
    trainer.run()
    network.load_state_dict(trainer.average.values)
    path = folder / "model.safetensors"
    save_model(network.eval(), ModelCard(folder.name, "0", kind, arguments), path)
    print(f"{folder.name}: {trainer.step} steps, {seconds_a_step:.2f} s each", file=sys.stderr, flush=True)
    return path


def row(name: str, model: Path, real: Path, validation: list[str]) -> str:
    segmenter = Segmenter(model, "cpu", 2)
    tried = scores_by_threshold(segmenter, [real / case for case in CASES_FOR_THRESHOLD], THRESHOLDS)
    threshold = max(THRESHOLDS, key=lambda t: summarise(tried[t]).dice_missed_as_zero or 0.0)
    scores = scores_by_threshold(segmenter, [real / case for case in validation], (threshold,))[threshold]
    from IVDSegmentationLib.benchmark.volumes import PAPER_SIZE, phantom_of_size

    image = phantom_of_size(PAPER_SIZE).array
    start = time.perf_counter()
    infer(segmenter.network, image)
    forward = time.perf_counter() - start
    s = summarise(scores)
    weights = sum(p.numel() for p in segmenter.network.parameters()) / 1e6
    return (
        f"| {name} | {weights:.2f} | {forward:.2f} | {threshold} | {s.localization_mm.text()} | {100 * s.success_rate:.1f} "
        f"| {s.dice.text(3)} | {s.surface_mm.text()} | {s.missed} / {s.false} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("real", type=Path)
    parser.add_argument("phantoms", type=Path)
    parser.add_argument("runs", type=Path)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    validation = json.loads((args.real / "splits.json").read_text())["validation"]
    names = sorted(p.name for p in args.real.iterdir() if (p / "case.json").exists() and p.name not in validation)
    maker_cases = [cases.load_real_case(args.real / name) for name in names]
    maker_cases += [cases.load_real_case(path) for path in case_folders(args.phantoms)]
    lines = [
        "# Networks compared",
        "",
        f"Each trained for {args.minutes:g} minutes on two CPU cores on the same {len(maker_cases)} cases (real "
        "and phantom), same augmentation, then run through the same pipeline on the validation split, each with the "
        "threshold that is best on four training cases. Dice and distances are over the discs that were found. Seconds: "
        "forward pass of 40 x 304 x 304, two threads.",
        "",
        "| network | million weights | forward s | threshold | MLD mm | within 2 mm % | Dice | MAAD mm | missed / false |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, (kind, arguments, rate) in ROWS.items():
        folder = args.runs / (kind + ("_plain" if kind != "discnet" and not arguments else ""))
        model = folder / "model.safetensors"
        if not model.exists():
            trained(kind, arguments, rate, maker_cases, folder, args.minutes)
        lines.append(row(name, model, args.real, validation))
        print(lines[-1], flush=True)
        if args.output:
            args.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
