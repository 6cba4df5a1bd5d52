"""Scores the bundled model on the validation cases, set by set, against the targets, and draws every case.

python Testing/benchmark/accuracy.py REAL_DATA --output Testing/benchmark/ACCURACY.md --pictures runs/previews
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "IVDSegmentation"))

from IVDSegmentationLib.cases import load_real_case  # noqa: E402
from IVDSegmentationLib.evaluation import CaseScore, summarise  # noqa: E402
from IVDSegmentationLib.output.preview import preview_picture  # noqa: E402
from IVDSegmentationLib.pictures import write_png  # noqa: E402
from IVDSegmentationLib.segmentation.options import Options  # noqa: E402
from IVDSegmentationLib.segmentation.pipeline import Segmenter  # noqa: E402
from thresholds import scores_by_threshold  # noqa: E402

TARGETS = {
    "SPIDER": (0.90, 0.80, 97, 0.7),
    "VB2": (0.92, 0.80, 100, 0.6),
    "VB1": (0.88, 1.0, 95, 0.8),
    "VB3": (0.87, 1.2, 92, 1.0),
}
"""Set -> Dice at least, mean localization distance at most (mm), centres within 2 mm at least (%), MAAD at most (mm)."""
L5_S1_DICE = 0.85
THRESHOLDS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98)
"""Tighter and looser outlines, to tell how much of what is missing is the annotator's tightness."""


def scored(segmenter: Segmenter, folder: Path, pictures: Path | None) -> CaseScore:
    case = load_real_case(folder)
    result = segmenter.segment(case.image)
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
        write_png(pictures / f"{case.name}.png", preview_picture(result, case.image))
    return case.score(result.labels)


def rows(scores: dict[str, CaseScore]) -> list[str]:
    lines = [
        "| set | cases | discs | Dice | MLD mm | within 2 mm % | MAAD mm | missed / false / level wrong |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for group, (dice, distance, within, surface) in TARGETS.items():
        own = [score for name, score in scores.items() if name.startswith(group)]
        if not own:
            continue
        s = summarise(own)
        lines.append(
            f"| {group} | {len(own)} | {s.discs} | {s.dice.text(3)} (>= {dice}) "
            f"| {s.localization_mm.text()} (<= {distance}) | {100 * s.success_rate:.1f} (>= {within}) "
            f"| {s.surface_mm.text()} (<= {surface}) | {s.missed} / {s.false} / {s.level_errors} (0 / 0 / 0) |"
        )
    s = summarise(list(scores.values()))
    lines.append(
        f"| all | {len(scores)} | {s.discs} | {s.dice.text(3)} | {s.localization_mm.text()} "
        f"| {100 * s.success_rate:.1f} | {s.surface_mm.text()} | {s.missed} / {s.false} / {s.level_errors} |"
    )
    first = [disc.dice for score in scores.values() for disc in score.found if disc.level == "L5-S1"]
    if first:
        lines += ["", f"L5-S1 alone: Dice {sum(first) / len(first):.3f} over {len(first)} discs (>= {L5_S1_DICE})."]
    return lines


def worst(scores: dict[str, CaseScore], count: int = 10) -> list[str]:
    discs = [(disc.dice, name, disc) for name, score in scores.items() for disc in score.found]
    lines = ["| case | level | Dice | distance mm | MAAD mm |", "|---|---|---|---|---|"]
    for dice, name, disc in sorted(discs, key=lambda row: row[0])[:count]:
        lines.append(f"| {name} | {disc.level} | {dice:.3f} | {disc.distance_mm:.2f} | {disc.surface_mm:.2f} |")
    for name, score in scores.items():
        lines += [f"| {name} | {level} | missed | | |" for level in score.missed]
        lines += [f"| {name} | {disc.level} | false | | |" for disc in score.false]
    return lines


def tightness(segmenter: Segmenter, real: Path, names: list[str]) -> list[str]:
    """Dice if somebody who knows the reference chose the threshold for each scan, or for each disc: moving the outline as a
    whole cannot gain more."""
    found: dict[str, list[tuple[float, float, float]]] = {}
    own = Options().threshold
    for name in names:
        dice: dict[str, dict[float, float]] = {}
        for threshold, score in scores_by_threshold(segmenter, real / name, THRESHOLDS).items():
            for disc in score.found:
                dice.setdefault(disc.level, {})[threshold] = disc.dice
        best = max(THRESHOLDS, key=lambda t: sum(disc.get(t, 0.0) for disc in dice.values()))
        group = next(group for group in TARGETS if name.startswith(group))
        found.setdefault(group, []).extend(
            (disc[own], disc.get(best, disc[own]), max(disc.values())) for disc in dice.values() if own in disc
        )
    lines = ["| set | as the model draws | best threshold of each scan | best threshold of each disc |", "|---|---|---|---|"]
    for group, discs in found.items():
        means = [sum(row[n] for row in discs) / len(discs) for n in range(3)]
        lines.append(f"| {group} | " + " | ".join(f"{mean:.3f}" for mean in means) + " |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("real", type=Path)
    parser.add_argument("--model", default="default")
    parser.add_argument("--output", type=Path)
    parser.add_argument("--pictures", type=Path)
    args = parser.parse_args()
    segmenter = Segmenter(args.model, "cpu", 2)
    names = json.loads((args.real / "splits.json").read_text())["validation"]
    scores = {name: scored(segmenter, args.real / name, args.pictures) for name in names}
    page = [
        "# Accuracy on the validation split",
        "",
        f"Model {segmenter.info.name} {segmenter.info.version} ({segmenter.info.sha256[:12]}); made by "
        "`python Testing/benchmark/accuracy.py`. Targets in brackets. None of these cases was trained on; the "
        "checkpoint was chosen on them.",
        "",
        *rows(scores),
        "",
        "## Worst discs",
        "",
        *worst(scores),
        "",
        "## Is it the annotators' tightness?",
        "",
        "Dice if somebody who knows the reference chose the threshold. What is missing above the last column is shape: where "
        "a reference outline leaves out part of a disc, takes in more, or is ragged.",
        "",
        *tightness(segmenter, args.real, names),
    ]
    print("\n".join(page))
    if args.output:
        args.output.write_text("\n".join(page) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
