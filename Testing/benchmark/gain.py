"""What a department gains: a model that has never seen water/fat scans, fine-tuned on four of them in a quarter of an hour.

    python Testing/benchmark/gain.py --base BASE.safetensors --output runs/gain [--minutes 14] [--threads 2] [--earlier]

BASE must have been trained without any VB3 case. Four VB3 cases are trained on and two choose the weights; the table is
about the other six, which nothing has seen, and about the validation cases of SPIDER and VB2, which must not get worse.
With ``--earlier``, the training cases of SPIDER and VB2 are given as earlier cases, so that they are learned from again.
The real scans are found as in the tests: IVD_REAL_DATA, else shared/data/train beside the checkout.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "IVDSegmentation"))

from IVDSegmentationLib.cases import load_real_case  # noqa: E402
from IVDSegmentationLib.cases.store import LEFT_OUT, TRAINING, VALIDATION, list_cases  # noqa: E402
from IVDSegmentationLib.runs.plan import TrainingPlan  # noqa: E402
from IVDSegmentationLib.training.judge import as_json, as_text, judge  # noqa: E402

SET = "VB3"
TRAINED_ON, CHOOSING = 4, 2
WATCHED_SETS = ("SPIDER", "VB2")
EARLIER_SHARE = 0.6
OVERHEAD_SECONDS = 150.0
"""Reading, phantoms, validations."""


def real_data() -> Path:
    named = os.environ.get("IVD_REAL_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data" / "train"
    if not folder.is_dir():
        sys.exit("No real scans: set IVD_REAL_DATA to their folder.")
    return folder


def roles_of(data: Path) -> dict[str, str]:
    """Role of every case: of the set, the validation cases of the split are never trained on."""
    records = list_cases(data)
    ours = [r for r in records if r.group == SET]
    free = [r.id for r in ours if r.role == TRAINING]
    chosen = {name: TRAINING for name in free[:TRAINED_ON]}
    chosen |= {name: VALIDATION for name in free[TRAINED_ON : TRAINED_ON + CHOOSING]}
    return {r.id: chosen.get(r.id, LEFT_OUT) for r in records}


def folder_of_earlier_cases(data: Path, output: Path) -> Path:
    """A folder of links to training cases of the sets that must not get worse, equally many of each."""
    folder = output / "earlier"
    folder.mkdir(parents=True, exist_ok=True)
    free = [r for r in list_cases(data) if r.role == TRAINING]
    sets = [[r for r in free if r.group == name] for name in WATCHED_SETS]
    for record in (r for records in sets for r in records[: min(map(len, sets))]):
        link = folder / record.id
        if not link.exists():
            link.symlink_to(record.folder.resolve())
    return folder


def make_plan(data: Path, base: str, output: Path, threads: int, steps: int, earlier: list[Path]) -> TrainingPlan:
    return TrainingPlan.from_dict(
        {
            "cases": [str(data)],
            "folder": str(output / "run"),
            "model_name": "vb3-adapted",
            "start_from": base,
            "preset": "quick",
            "phantom_share": 0.3,
            "check_phantoms": 3,
            "roles": roles_of(data),
            "earlier_cases": [str(folder) for folder in earlier],
            "earlier_share": EARLIER_SHARE,
            "threads": threads,
            "device": "cpu",
            "advanced": {"steps": steps, "validate_every": max(25, steps // 5)},
        }
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True, help="model that was trained without any VB3 case")
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--minutes", type=float, default=14.0, help="for the whole fine-tuning (default: 14)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, help="instead of as many as fit into the minutes")
    parser.add_argument("--earlier", action="store_true", help="learn from SPIDER and VB2 training cases again")
    args = parser.parse_args()
    from IVDSegmentationLib.training.measure import measured_estimate
    from IVDSegmentationLib.training.run import TrainingRun

    data, base = real_data(), str(Path(args.base).resolve())
    args.output.mkdir(parents=True, exist_ok=True)
    earlier = [folder_of_earlier_cases(data, args.output)] if args.earlier else []
    steps = args.steps
    if steps is None:
        plan = make_plan(data, base, args.output, args.threads, 100, earlier)
        per_step = measured_estimate(plan, args.output / "estimate").seconds_per_step
        steps = int(min(600, max(40, (60 * args.minutes - OVERHEAD_SECONDS) / per_step)))
        print(f"{per_step:.2f} s a step: {steps} steps", flush=True)
    plan = make_plan(data, base, args.output, args.threads, steps, earlier)
    begun = time.monotonic()
    run = TrainingRun(plan, report=lambda entry: print(json.dumps(entry, default=float), flush=True))
    run.run()
    minutes = (time.monotonic() - begun) / 60

    records = list_cases(data)
    sets = {f"{SET}, never seen": [r for r in records if r.group == SET and plan.roles[r.id] == LEFT_OUT]}
    for name in WATCHED_SETS:
        sets[f"{name}, validation"] = [r for r in records if r.group == name and r.role == VALIDATION]
    loaders = {name: [lambda path=r.folder: load_real_case(path) for r in found] for name, found in sets.items()}
    result = judge(
        base, run.folder.model, loaders, names=("before", "after"), device="cpu", threads=args.threads,
        pictures=args.output / "pictures",
    )  # fmt: skip
    trained = [name for name, role in plan.roles.items() if role == TRAINING]
    head = f"Fine-tuned on {', '.join(trained)}: {steps} steps, {minutes:.1f} minutes on {args.threads} threads.\n\n"
    (args.output / "gain.txt").write_text(head + as_text(result), encoding="utf-8")
    content = as_json(result) | {"minutes": minutes, "steps": steps, "roles": plan.roles}
    (args.output / "gain.json").write_text(json.dumps(content, indent=1), encoding="utf-8")
    print(head + as_text(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
