"""The page: every table of the paper's reproduction, from what ``run_all.py`` bundled.

    python Testing/benchmark/paper/tables.py REAL_DATA BUNDLE... --output Testing/benchmark/PAPER.md

``text.md`` beside this file is the page without its tables; ``{{name}}`` stands for one of them. Scores take minutes the first
time and are kept in the first bundle.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[2] / "IVDSegmentation")]

import torch  # noqa: E402
from IVDSegmentationLib.evaluation import CaseScore, summarise  # noqa: E402
from IVDSegmentationLib.files import write_text  # noqa: E402
from IVDSegmentationLib.network.patch_cnn import PATCH_SIZE, PatchCNN  # noqa: E402
from torch import nn  # noqa: E402

from paper.compare import FIGURES, interval, paired  # noqa: E402
from paper.forward_times import multiply_adds  # noqa: E402
from paper.recipe import Recipe  # noqa: E402
from paper.scoring import OURS, Bundle, Scores, scored  # noqa: E402
from paper.train import first_network  # noqa: E402

VOLUME = (40, 304, 304)
STEPS = {
    "fcn3d_as_written": "as written",
    "fcn3d_deviation": "+ standard deviation 1",
    "fcn3d_he": "+ He",
    "fcn3d_weighted": "+ class weights",
    "fcn3d_normalised": "+ batch normalisation (without class weights)",
}
METHODS = {"3D FCN": "fcn3d_normalised", "2D FCN": "fcn2d_normalised", "sliding window": "patch_cnn_normalised"}
ALL_SETS = {"paper-fcn3d": "3D FCN", "paper-fcn2d": "2D FCN", "patch_cnn_all": "sliding window", OURS: "ours"}
PAPER = {"MLD mm": 0.91, "P(2.0 mm) %": 94.3, "Dice": 0.884, "MAAD mm": 1.27}
BEGUN_DICE = 0.1
"""From here on a network has begun to learn: a constant output has 0.01 to 0.05."""
SETS = ("VB2", "SPIDER", "VB1", "VB3")
HEAD = "| scans | discs | MLD mm | P(2.0 mm) % | Dice | MAAD mm | missed / false | level wrong |"


class Tables:
    """``subject``: case -> person."""

    def __init__(self, bundle: Bundle, scores: Scores, subject: Callable[[str], str]) -> None:
        self.bundle, self.scores, self.subject = bundle, scores, subject

    def folds(self, row: str) -> dict[str, CaseScore]:
        """The row's scores on the scans held out, over all folds that were trained."""
        found: dict[str, CaseScore] = {}
        for run, cases in self.scores.items():
            if re.fullmatch(re.escape(row) + r"-\d", run):
                found |= cases
        return found

    def steps(self) -> str:
        """Fold 0 of the recipes."""
        lines = ["| recipe | steps | Dice 0.1 after steps | Dice of the validation scan " + HEAD, "|" + "---|" * 12]
        for row, title in STEPS.items():
            run = self.bundle.runs.get(f"{row}-0")
            if run is None:
                continue
            begun = [entry["step"] for entry in run["log"] if entry.get("dice", 0.0) > BEGUN_DICE]
            summary, start = run["summary"], str(begun[0]) if begun else "never"
            figures = _figures(list(self.scores.get(f"{row}-0", {}).values()))
            lines.append(f"| {title} | {summary['steps']} | {start} | {summary['validation_dice']:.3f} " + figures)
        return "\n".join(lines)

    def folds_table(self) -> str:
        """All folds: figures over the discs, their intervals below."""
        lines = ["| " + HEAD, "|" + "---|" * 9]
        for title, row in METHODS.items():
            cases = self.folds(row)
            if not cases:
                continue
            lines.append(f"| {title} " + _figures(list(cases.values())))
            people: dict[str, list[CaseScore]] = {}
            for name, score in cases.items():
                people.setdefault(self.subject(name), []).append(score)
            spans = " | ".join(interval(people, figure) for figure in FIGURES.values())
            lines.append(f"| 95 % interval | | | {spans} | | |")
        lines.append("| the paper's 3D FCN | | | " + " | ".join(str(v) for v in PAPER.values()) + " | | |")
        return "\n".join(lines)

    def fold0(self) -> str:
        lines = ["| " + HEAD, "|" + "---|" * 9]
        ours = {name: score for name, score in self.scores.get(OURS, {}).items() if name.startswith("VB2")}
        rows = [(title, self.folds(row)) for title, row in METHODS.items()]
        rows += [(f"{title}, all sets", self.scores.get(f"{row}-all", {})) for row, title in ALL_SETS.items()]
        for title, cases in [*rows, ("ours", ours)]:
            own = [score for name, score in cases.items() if name in ours]
            if own:
                lines.append(f"| {title} " + _figures(own))
        return "\n".join(lines)

    def sets(self) -> str:
        lines = ["| set | method " + HEAD, "|" + "---|" * 10]
        for group in SETS:
            for row, title in ALL_SETS.items():
                cases = self.scores.get(row if row == OURS else f"{row}-all", {})
                own = [score for name, score in cases.items() if name.startswith(group)]
                if own:
                    lines.append(f"| {group} | {title} " + _figures(own))
        return "\n".join(lines)

    def paired(self) -> str:
        lines = [
            "| scans | figure | mean difference, 3D less 2D | 3D better for | p (Wilcoxon, people) |",
            "|---|---|---|---|---|",
        ]
        pairs = [("VB2, all folds", self.folds(METHODS["3D FCN"]), self.folds(METHODS["2D FCN"]))]
        pairs.append(("validation, all sets", self.scores.get("paper-fcn3d-all", {}), self.scores.get("paper-fcn2d-all", {})))
        for where, first, second in pairs:
            if not first or not second:
                continue
            for title, key in (("Dice", "dice"), ("MLD mm", "distance_mm"), ("MAAD mm", "surface_mm")):
                found = paired(first, second, self.subject, key, higher=key == "dice")
                better = f"{found.better} of {found.people}"
                lines.append(f"| {where} | {title} | {found.difference:+.3f} | {better} | {found.p:.3g} |")
        return "\n".join(lines)

    def training(self) -> str:
        head = "| row | fold | steps | best at | seconds | Dice of the validation scan | threshold | ended |"
        lines = [head, "|" + "---|" * 8]
        for name, run in sorted(self.bundle.runs.items()):
            s = run["summary"]
            steps = run["settings"]["steps"]
            ended = "plateau" if s["stopped_early"] else "all steps" if s["steps"] >= steps else "time was up"
            row, fold = name.rsplit("-", 1)
            lines.append(
                f"| {row} | {fold} | {s['steps']} | {s['best_step']} | {s['seconds']:.0f} | {s['validation_dice']:.3f} "
                f"| {s['threshold']:g} | {ended} |"
            )
        return "\n".join(lines)

    def times(self) -> str:
        """Seconds of a forward pass, and multiplications and additions as counted from the layers."""
        machines = {name: entry for name, entry in self.bundle.times.items() if "seconds" in entry}
        counts = operations() | {name: n for entry in machines.values() for name, n in entry.get("operations", {}).items()}
        columns = [(name, kind) for name, entry in machines.items() for kind in next(iter(entry["seconds"].values()))]
        heads = [f"{machines[name]['device']}, {kind}, s" for name, kind in columns]
        lines = ["| " + " | ".join(["network", "10^9 multiply-adds", *heads]) + " |", "|" + "---|" * (len(columns) + 2)]
        names = list(dict.fromkeys(network for entry in machines.values() for network in entry["seconds"]))
        for network in names:
            cells = [machines[n]["seconds"].get(network, {}).get(k) for n, k in columns]
            texts = ["-" if cell is None else f"{cell:.4f}" if cell < 0.1 else f"{cell:.2f}" for cell in cells]
            count = counts.get(network)
            lines.append(f"| {network} | {'' if count is None else f'{count:.0f}'} | " + " | ".join(texts) + " |")
        every = counts["sliding window, every voxel"]
        lines.append(f"| sliding window, every voxel | {every:.0f} |" + " - |" * len(columns))
        return "\n".join(lines)


def operations() -> dict[str, float]:
    """Network -> 10^9 multiply-adds for the paper's volume."""
    found = {
        title: _without_data(first_network(Recipe.read(row)), nn.Module.__call__, (1, 1, *VOLUME))
        for title, row in METHODS.items()
        if title != "sliding window"
    }
    window = first_network(Recipe.read("patch_cnn_normalised"))
    assert isinstance(window, PatchCNN)
    one = _without_data(window, PatchCNN.classify, (1, 1, *PATCH_SIZE))
    voxels = VOLUME[0] * VOLUME[1] * VOLUME[2]
    k, j, i = window.stride
    return found | {"sliding window": one * voxels / (k * j * i), "sliding window, every voxel": one * voxels}


def _without_data(network: nn.Module, work: Callable[..., object], shape: Sequence[int]) -> float:
    x = torch.empty(tuple(shape), device="meta")
    return multiply_adds(network.eval().to("meta"), lambda one: work(one, x))


def _figures(cases: Sequence[CaseScore]) -> str:
    s = summarise(cases)
    rate = "-" if s.success_rate is None else f"{100 * s.success_rate:.1f}"
    return (
        f"| {len(cases)} | {s.discs} | {s.localization_mm.text()} | {rate} | {s.dice.text(3)} | {s.surface_mm.text()} "
        f"| {s.missed} / {s.false} | {s.level_errors} of {s.levels_judged} |"
    )


def subjects(real: Path, names: Sequence[str]) -> Mapping[str, str]:
    """Case -> person."""
    return {n: str(json.loads((real / n / "case.json").read_text()).get("subject", n)) for n in names}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("real", type=Path)
    parser.add_argument("bundles", type=Path, nargs="+")
    parser.add_argument("--scores", type=Path, help="file that keeps the scores (default: in the first bundle)")
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    bundle = Bundle(*args.bundles)
    scores = scored(bundle, args.real, args.scores or args.bundles[0] / "scores.json")
    people = subjects(args.real, sorted({name for cases in scores.values() for name in cases}))
    tables = Tables(bundle, scores, people.__getitem__)
    found = {name: getattr(tables, name)() for name in ("steps", "folds_table", "fold0", "sets", "paired", "training", "times")}
    page = (HERE / "text.md").read_text(encoding="utf-8")
    for name, table in found.items():
        page = page.replace("{{" + name + "}}", table)
    print(page)
    if args.output:
        write_text(args.output, page)


if __name__ == "__main__":
    main()
