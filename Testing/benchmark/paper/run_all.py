"""Trains every row on every fold, the most telling first, in so many processes on one device, until a deadline.

    python Testing/benchmark/paper/run_all.py cases.zip runs/paper --device cuda --workers 2 --seconds 480 --bundle out

Each (row, fold) is what ``train.py`` does. The same command goes on where it was stopped. ``--bundle`` collects what is needed
afterwards into four files: log-odds of the scans held out, weights, logs.
"""

from __future__ import annotations

import argparse
import io
import json
import lzma
import sys
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[2] / "IVDSegmentation")]

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.multiprocessing as multiprocessing  # noqa: E402
from IVDSegmentationLib.training.checkpoint import load_checkpoint  # noqa: E402

from paper.folds import FOLDS, fold_of  # noqa: E402
from paper.pack import read_pack  # noqa: E402
from paper.recipe import ROWS, Recipe  # noqa: E402
from paper.scoring import MAP_ENDING  # noqa: E402
from paper.train import Run, finish, load_cases  # noqa: E402

FIRST = ("fcn3d_normalised", "fcn2d_normalised")
STEPWISE = ("fcn3d_as_written", "fcn3d_deviation", "fcn3d_he", "fcn3d_weighted")
SMALL = ("small_as_written", "small_lambda", "small_sgd", "small_variance", "small_variance_deviation")
ALL_SETS = ("paper-fcn3d", "paper-fcn2d", "patch_cnn_all")
RIVAL = "patch_cnn_normalised"
WEIGHTS = {"weights_3d": (FIRST[0], ALL_SETS[0]), "weights_others": (FIRST[1], RIVAL, *ALL_SETS[1:])}
MOST_BYTES = 15 * 2**20
"""Of the file of log-odds: more does not travel."""


def order() -> list[tuple[str, str]]:
    """(row, fold) by what the tables would miss most."""
    tasks = [(row, "0") for row in FIRST] + [(row, "all") for row in ALL_SETS[:2]] + [(row, "0") for row in STEPWISE]
    tasks += [(row, str(fold)) for fold in range(1, FOLDS) for row in FIRST]
    tasks += [(RIVAL, str(fold)) for fold in range(FOLDS)] + [(ALL_SETS[2], "all")] + [(row, "0") for row in SMALL]
    return tasks + [(row, str(fold)) for fold in range(1, FOLDS) for row in ("fcn3d_he", "fcn3d_weighted", *STEPWISE[:2])]


def work(place: int, args: argparse.Namespace, ends_at: float, taken: multiprocessing.Value) -> None:  # type: ignore[valid-type]
    torch.set_num_threads(1)
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    packed = [case for path in args.pack for case in read_pack(path)]
    cases = load_cases(packed, args.device)
    tasks = args.tasks
    while time.time() < ends_at:
        with taken.get_lock():
            n = taken.value
            taken.value += 1
        if n >= len(tasks):
            return
        row, name = tasks[n]
        folder = args.runs / f"{row}-{name}"
        if (folder / "summary.json").exists():
            continue
        recipe = Recipe.read(args.rows / f"{row}.json")
        try:
            run = Run(recipe, fold_of(name, packed, recipe), cases, folder, args.device)
            run.train(lambda: time.time() > ends_at)
            if run.best < 0:
                continue  # stopped before its first validation
            maps = finish(run, cases)
            np.savez(folder / "log_odds.npz", **maps)  # type: ignore[arg-type]
            ended = "early" if run.stopped_early else "at the end" if run.step == recipe.steps else "by the deadline"
            print(
                f"{place}: {row}-{name}: {run.step} steps, {run.seconds:.1f} s, Dice {run.best:.3f} at step {run.best_step}, "
                f"threshold {run.threshold}, ended {ended}",
                flush=True,
            )
        except (RuntimeError, ValueError) as error:  # one row must not cost the others
            print(f"{place}: {row}-{name}: {error}", flush=True)
            torch.cuda.empty_cache()


def bundle(runs: Path, target: Path, also: Sequence[Path] = ()) -> None:
    """maps.zip, weights_3d.zip, weights_others.zip (float16), logs.json: below 16 MiB each."""
    target.mkdir(parents=True, exist_ok=True)
    logs: dict[str, object] = {}
    for folder in sorted(path.parent for path in runs.glob("*/log.jsonl")):
        parts = {name: folder / f"{name}.json" for name in ("settings", "summary")}  # no summary: not finished
        entry = {name: json.loads(path.read_text()) for name, path in parts.items() if path.exists()}
        lines = (folder / "log.jsonl").read_text().splitlines()
        logs[folder.name] = entry | {"log": [json.loads(line) for line in lines]}
    folders = sorted(path.parent for path in runs.glob("*/summary.json"))
    logs |= {path.stem: json.loads(path.read_text()) for path in also if path.exists()}
    (target / "logs.json").write_text(json.dumps(logs))
    ranks = {f"{row}-{fold}": n for n, (row, fold) in enumerate(order())}
    last = len(ranks)
    room = MOST_BYTES
    with zipfile.ZipFile(target / "maps.zip", "w", zipfile.ZIP_STORED) as file:
        for folder in sorted(folders, key=lambda path: ranks.get(path.name, last)):
            stored = lzma.compress((folder / "log_odds.npz").read_bytes(), preset=2)
            if len(stored) > room:
                print(f"left out: the maps of {folder.name}, {len(stored) / 2**20:.1f} MiB", flush=True)
                continue
            file.writestr(folder.name + MAP_ENDING, stored)
            room -= len(stored)
    for name, wanted in WEIGHTS.items():
        with zipfile.ZipFile(target / f"{name}.zip", "w", zipfile.ZIP_STORED) as file:
            for folder in folders:
                if folder.name.rsplit("-", 1)[0] not in wanted:
                    continue
                state = load_checkpoint(folder / "checkpoint.pt")["best_weights"]
                buffer = io.BytesIO()
                half = {k: v.half().numpy() if v.is_floating_point() else v.numpy() for k, v in state.items()}
                np.savez(buffer, **half)
                file.writestr(f"{folder.name}.npz", buffer.getvalue())
    for path in sorted(target.iterdir()):
        print(f"{path.name}: {path.stat().st_size / 2**20:.1f} MiB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pack", type=Path, nargs="+")
    parser.add_argument("runs", type=Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3600.0, help="0: bundle what is there")
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--rows", type=Path, default=ROWS, help="folder of the rows' settings")
    parser.add_argument("--only", nargs="*", help="ROW-FOLD ...; all by default")
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="JSON files that go into logs.json")
    args = parser.parse_args()
    ends_at = time.time() + args.seconds
    args.tasks = order()
    if args.only:
        args.tasks = [tuple(name.rsplit("-", 1)) for name in args.only]
    context = multiprocessing.get_context("spawn")
    taken = context.Value("i", 0)
    workers = [context.Process(target=work, args=(place, args, ends_at, taken)) for place in range(args.workers)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if args.bundle:
        bundle(args.runs, args.bundle, args.also)


if __name__ == "__main__":
    main()
