"""Where to draw outlines: bias of heights and volumes at several levels of the probability, on training scans.

    python Testing/benchmark/outline_level.py REAL_DATA --sets SPIDER

The level at which the middle heights of the discs drawn by hand have no bias is ``network.discnet.OUTLINE_LEVEL``. Validation
scans are left out. The network runs once a scan.
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
from IVDSegmentationLib.reporting.agreement import measurement_pairs  # noqa: E402
from IVDSegmentationLib.segmentation.pipeline import Segmenter  # noqa: E402
from thresholds import labels_by_threshold  # noqa: E402

LEVELS = (0.5, 0.55, 0.6, 0.65, 0.7)
SHOWN = ("anterior_height_mm", "middle_height_mm", "posterior_height_mm", "depth_mm", "volume_cm3")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("real", type=Path)
    parser.add_argument("--model", default="default")
    parser.add_argument("--sets", nargs="+", default=["SPIDER"], help="first letters of the cases' names")
    args = parser.parse_args()
    segmenter = Segmenter(args.model, "cpu", 2)
    validation = json.loads((args.real / "splits.json").read_text())["validation"]
    names = sorted(path.parent.name for path in args.real.glob("*/case.json") if path.parent.name not in validation)
    pairs: dict[float, list[Pair]] = {level: [] for level in LEVELS}
    scores: dict[float, list[tuple[float, float]]] = {level: [] for level in LEVELS}
    for name in (name for name in names if name.startswith(tuple(args.sets))):
        case = load_real_case(args.real / name)
        valid = None if case.valid is None else case.valid.array
        for level, labels in labels_by_threshold(segmenter, case, LEVELS):
            pairs[level] += measurement_pairs(case.labels, labels, valid=valid, incomplete=case.incomplete_discs, case=name)
            scores[level] += [(disc.dice, disc.surface_mm) for disc in case.score(labels).found]
        print(name, file=sys.stderr, flush=True)
    print("| level | discs | Dice | surface mm | " + " | ".join(f"{key} bias" for key in SHOWN) + " |")
    print("|---" * (4 + len(SHOWN)) + "|")
    for level in LEVELS:
        dice, surface = np.mean(scores[level], axis=0)
        found = agreements(pairs[level])
        biases = " | ".join(f"{found[key]['all'].bias:+.2f}" for key in SHOWN)
        print(f"| {level:g} | {len(scores[level])} | {dice:.4f} | {surface:.3f} | {biases} |")


if __name__ == "__main__":
    main()
