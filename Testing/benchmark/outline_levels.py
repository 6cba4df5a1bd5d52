"""Where to draw outlines: bias of heights, widths and volumes at several levels of the probability, on training scans.

    python Testing/benchmark/outline_levels.py REAL_DATA --sets SPIDER
    python Testing/benchmark/outline_levels.py REAL_DATA --sets VB

Each of ``network.discnet.OUTLINE_LEVELS`` is that at which its own measure has no bias: the middle height and the AP width of
the discs drawn by hand (SPIDER), and the lateral width of the derived ones (VB1 and VB2). Validation scans are left out. The
network runs once a scan.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "IVDSegmentation"))

import numpy as np  # noqa: E402
from IVDSegmentationLib.cases import load_real_case  # noqa: E402
from IVDSegmentationLib.evaluation.agreement import Pair, agreements  # noqa: E402
from IVDSegmentationLib.network.discnet import OUTLINE_LEVELS  # noqa: E402
from IVDSegmentationLib.network.outline_levels import OutlineLevels  # noqa: E402
from IVDSegmentationLib.reporting.agreement import measurement_pairs  # noqa: E402
from IVDSegmentationLib.segmentation.pipeline import Segmenter  # noqa: E402
from thresholds import labels_by_outline  # noqa: E402

TRIED = (
    OutlineLevels(0.5, 0.5, 0.5),
    OutlineLevels(0.65, 0.65, 0.65),
    OutlineLevels(0.65, 0.5, 0.5),
    OutlineLevels(0.65, 0.4, 0.3),
    OUTLINE_LEVELS,
)
SHOWN = ("anterior_height_mm", "middle_height_mm", "posterior_height_mm", "depth_mm", "width_mm", "volume_cm3")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("real", type=Path)
    parser.add_argument("--model", default="default")
    parser.add_argument("--sets", nargs="+", default=["SPIDER"], help="first letters of the cases' names")
    args = parser.parse_args()
    segmenter = Segmenter(args.model, "cpu", 2)
    validation = json.loads((args.real / "splits.json").read_text())["validation"]
    names = sorted(path.parent.name for path in args.real.glob("*/case.json") if path.parent.name not in validation)
    pairs: list[list[Pair]] = [[] for _ in TRIED]
    scores: list[list[tuple[float, float]]] = [[] for _ in TRIED]
    for name in (name for name in names if name.startswith(tuple(args.sets))):
        case = load_real_case(args.real / name)
        valid = None if case.valid is None else case.valid.array
        for n, labels in enumerate(labels_by_outline(segmenter, case, [(levels, 0.5) for levels in TRIED])):
            pairs[n] += measurement_pairs(case.labels, labels, valid=valid, incomplete=case.incomplete_discs, case=name)
            scores[n] += [(disc.dice, disc.surface_mm) for disc in case.score(labels).found]
        print(name, file=sys.stderr, flush=True)
    print(
        "| plates | front and back | sides | discs | Dice | surface mm | " + " | ".join(f"{key} bias" for key in SHOWN) + " |"
    )
    print("|---" * (6 + len(SHOWN)) + "|")
    for levels, own, scored in zip(TRIED, pairs, scores):
        dice, surface = np.mean(scored, axis=0)
        found = agreements(own)
        biases = " | ".join(_bias(found[key]["all"], key) if key in found else "-" for key in SHOWN)
        heads = f"| {levels.plates:g} | {levels.front_and_back:g} | {levels.sides:g} "
        print(f"{heads}| {len(scored)} | {dice:.4f} | {surface:.3f} | {biases} |")


def _bias(one, key: str) -> str:
    return f"{100 * one.bias / one.mean:+.1f} %" if key == "volume_cm3" else f"{one.bias:+.2f}"


if __name__ == "__main__":
    main()
