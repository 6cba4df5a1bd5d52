"""The page: every table of the paper's reproduction, from what ``run_all.py`` bundled.

    python Testing/benchmark/paper/tables.py REAL_DATA BUNDLE... --output Testing/benchmark/PAPER.md

``text.md`` beside this file is the page without its tables and figures; ``{{name}}`` stands for one of them (``values.py``).
Scores take minutes the first time and are kept in the first bundle.
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
from IVDSegmentationLib.benchmark.arithmetic import counted  # noqa: E402
from IVDSegmentationLib.evaluation import CaseScore, summarise  # noqa: E402
from IVDSegmentationLib.files import write_text  # noqa: E402
from IVDSegmentationLib.network.patch_cnn import PATCH_SIZE, PatchCNN  # noqa: E402
from torch import nn  # noqa: E402

from paper.compare import FIGURES, Paired, interval, paired  # noqa: E402
from paper.inference import WINDOW_STRIDES  # noqa: E402
from paper.recipe import Recipe  # noqa: E402
from paper.scoring import Bundle, Scores, product_run, scored  # noqa: E402
from paper.train import first_network  # noqa: E402
from paper.values import PAPER, filled, hours, missing, order, reading, targets, texts, verdict  # noqa: E402

VOLUME = (40, 304, 304)
STEPS = {
    "fcn3d_as_written": "as written",
    "fcn3d_deviation": "+ standard deviation 1",
    "fcn3d_he": "+ He",
    "fcn3d_weighted": "+ class weights",
    "fcn3d_normalised": "+ batch normalisation (without class weights)",
}
METHODS = {"3D FCN": "fcn3d_normalised", "2D FCN": "fcn2d_normalised", "sliding window": "patch_cnn_normalised"}
ALL_SETS = {"3D FCN": "paper-fcn3d-all", "2D FCN": "paper-fcn2d-all", "sliding window": "patch_cnn_all-all"}
"""Method -> run on the training scans of all four sets."""
SMALL = {
    "small_as_written": "as written",
    "small_lambda": "as written, lambda 0.0005",
    "small_sgd": "as written, gradient descent (rate 0.01, momentum 0.9, lambda 0.0005)",
    "small_variance": "as written, 0.01 taken for the variance",
    "small_variance_deviation": "the same, + standard deviation 1",
}
SMALL_STEPS = (100, 200)
COMPARED = {"Dice": ("dice", True), "MLD mm": ("distance_mm", False), "MAAD mm": ("surface_mm", False)}
"""Title -> attribute of a disc's score, and whether more is better."""
BEGUN_DICE = 0.1
"""From here on a network has begun to learn: a constant output has 0.01 to 0.05."""
SETS = ("VB2", "SPIDER", "VB1", "VB3")
HEAD = "| scans | discs | MLD mm | P(2.0 mm) % | Dice | MAAD mm | missed / false | level wrong |"


class Tables:
    """``subject``: case -> person."""

    def __init__(self, bundle: Bundle, scores: Scores, subject: Callable[[str], str]) -> None:
        self.bundle, self.scores, self.subject = bundle, scores, subject

    def all_sets(self) -> dict[str, dict[str, CaseScore]]:
        """Method -> scores on the project's validation scans; ours as the extension runs it."""
        found = {title: self.scores.get(run, {}) for title, run in ALL_SETS.items()}
        return {title: cases for title, cases in (found | {"ours": self.product("default")}).items() if cases}

    def product(self, model: str) -> dict[str, CaseScore]:
        return self.scores.get(product_run(model), {})

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
        ours = {name for name in self.product("default") if name.startswith("VB2")}
        rows = {title: self.folds(row) for title, row in METHODS.items()}
        rows |= {title if title == "ours" else f"{title}, all sets": cases for title, cases in self.all_sets().items()}
        for title, cases in rows.items():
            own = [score for name, score in cases.items() if name in ours]
            if own:
                lines.append(f"| {title} " + _figures(own))
        return "\n".join(lines)

    def sets(self) -> str:
        lines = ["| set | method " + HEAD, "|" + "---|" * 10]
        for group in SETS:
            for title, cases in self.all_sets().items():
                own = [score for name, score in cases.items() if name.startswith(group)]
                lines.append(f"| {group} | {title} " + _figures(own))
        return "\n".join(lines)

    def comparisons(self) -> dict[tuple[str, str, str], dict[str, tuple[Paired, bool]]]:
        """(scans, first method, second method) -> figure -> comparison, and whether more of it is better."""
        folds = {title: self.folds(row) for title, row in METHODS.items()}
        sets = self.all_sets()
        pairs = {("VB2, folds", "3D", "2D"): (folds["3D FCN"], folds["2D FCN"])}
        pairs["VB2, folds", "3D", "sliding window"] = folds["3D FCN"], folds["sliding window"]
        pairs["validation, all sets", "3D", "2D"] = sets.get("3D FCN", {}), sets.get("2D FCN", {})
        return {
            names: {
                title: (paired(first, second, self.subject, key, higher), higher) for title, (key, higher) in COMPARED.items()
            }
            for names, (first, second) in pairs.items()
            if first.keys() & second.keys()
        }

    def paired(self) -> str:
        head = "| scans | figure | first | second | mean difference | first better for | p (Wilcoxon, people) | reading |"
        lines = [head, "|" + "---|" * 8]
        for (where, first, second), figures in self.comparisons().items():
            for title, (found, higher) in figures.items():
                text = reading(first, second, found.difference, found.p, higher)
                lines.append(
                    f"| {where} | {title} | {first} | {second} | {found.difference:+.3f} | {found.better} of {found.people} "
                    f"| {found.p:.3g} | {text} |"
                )
        return "\n".join(lines)

    def targets(self) -> str:
        shipped = [score for name, score in self.all_sets()["3D FCN"].items() if name.startswith("VB2")]
        rows = {"3D FCN over folds": list(self.folds(METHODS["3D FCN"]).values()), "shipped `paper-fcn3d`": shipped}
        return targets(rows | {"2D FCN over folds": list(self.folds(METHODS["2D FCN"]).values())})

    def small(self) -> str:
        """Runs on small patches that were stopped early: Dice of the validation scan on the way."""
        runs = self.bundle.unfinished | self.bundle.runs
        heads = " | ".join(f"{steps} steps" for steps in SMALL_STEPS)
        lines = [f"| recipe | row | {heads} |", "|" + "---|" * (2 + len(SMALL_STEPS))]
        for row, title in SMALL.items():
            dice = {entry["step"]: entry["dice"] for entry in runs.get(f"{row}-0", {}).get("log", ()) if "dice" in entry}
            cells = [f"{dice[steps]:.3f}" if steps in dice else "-" for steps in SMALL_STEPS]
            lines.append(f"| {title} | `{row}` | {' | '.join(cells)} |")
        return "\n".join(lines)

    def values(self) -> dict[str, str]:
        """Figures and sentences of the text."""
        folds = {title: self.folds(row) for title, row in METHODS.items()}
        found: dict[str, str] = {}
        for title, cases in folds.items():
            found |= texts("VB2 folds", title, list(cases.values()))
        for group in SETS:
            for title, cases in self.all_sets().items():
                found |= texts(group, title, [score for name, score in cases.items() if name.startswith(group)])
        for model in ("paper-fcn3d", "paper-fcn2d"):
            found |= texts("product", model, list(self.product(model).values()))
        comparisons = self.comparisons()
        counts = operations()
        return found | {
            "verdict": verdict(list(folds["3D FCN"].values())),
            "order": order(comparisons["VB2, folds", "3D", "2D"]),
            "order of the sliding window": order(comparisons["VB2, folds", "3D", "sliding window"], "3D", "sliding window"),
            "people": str(comparisons["VB2, folds", "3D", "2D"]["Dice"][0].people),
            "missing": missing(METHODS, self.bundle.runs),
            "hours": hours(self.bundle.runs),
            "window times 3D": f"{counts['sliding window'] / counts['3D FCN']:.0f}",
            "every window times 3D": f"{counts['sliding window, every voxel'] / counts['3D FCN']:.0f}",
        }

    def training(self) -> str:
        head = "| row | fold | steps | best at | device | seconds | Dice of the validation scan | threshold | ended |"
        lines = [head, "|" + "---|" * 9]
        for name, run in sorted(self.bundle.runs.items()):
            s = run["summary"]
            steps = run["settings"]["steps"]
            ended = "plateau" if s["stopped_early"] else "all steps" if s["steps"] >= steps else "time was up"
            row, fold = name.rsplit("-", 1)
            lines.append(
                f"| {row} | {fold} | {s['steps']} | {s['best_step']} | {s['device']} | {s['seconds']:.0f} "
                f"| {s['validation_dice']:.3f} | {s['threshold']:g} | {ended} |"
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
    k, j, i = WINDOW_STRIDES["cpu"]
    return found | {"sliding window": one * voxels / (k * j * i), "sliding window, every voxel": one * voxels}


def _without_data(network: nn.Module, work: Callable[..., object], shape: Sequence[int]) -> float:
    network = network.eval().to("meta")
    with counted(network) as count, torch.inference_mode():
        work(network, torch.empty(tuple(shape), device="meta"))
    return (count.coarse_flop + count.fine_flop) / 2e9


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
    names = ("steps", "small", "folds_table", "targets", "paired", "fold0", "sets", "times", "training")
    found = {name: getattr(tables, name)() for name in names} | tables.values()
    page = filled((HERE / "text.md").read_text(encoding="utf-8"), found)
    print(page)
    if args.output:
        write_text(args.output, page)


if __name__ == "__main__":
    main()
