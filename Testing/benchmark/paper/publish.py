"""Turns the weights that ``run_all.py`` bundled into the two models that the extension brings for comparison.

python Testing/benchmark/paper/publish.py BUNDLE --version 1.0.0
"""

from __future__ import annotations

import argparse
import datetime
import io
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[2] / "IVDSegmentation")]

import numpy as np  # noqa: E402
import torch  # noqa: E402
from IVDSegmentationLib.evaluation import CaseScore, summarise  # noqa: E402
from IVDSegmentationLib.network.weights import ENDING, ModelCard, save_model  # noqa: E402
from torch import nn  # noqa: E402

from paper.recipe import Recipe  # noqa: E402
from paper.scoring import Bundle, read_scores  # noqa: E402
from paper.train import first_network  # noqa: E402

MODELS = HERE.parents[2] / "IVDSegmentation" / "Resources" / "Models"
FILES = {"paper-fcn3d": "weights_3d.zip", "paper-fcn2d": "weights_others.zip"}
SUBJECTS = {
    "paper-fcn3d": "The 3D FCN of Chen, Dou et al. 2016: the method of 2016, for comparison",
    "paper-fcn2d": "The 2D FCN of Chen, Dou et al. 2016 (three adjacent slices in, the middle one out): the method of 2016, "
    "for comparison",
}
LIMITS = (
    "Finds discs and nothing else: no vertebral bodies, no levels. Discs are counted from the lowest one found, as if it were "
    "L5-S1. Trained on few scans of four kinds; see Testing/benchmark/PAPER.md for its figures beside the default model's."
)
CITATIONS = (
    "Method: Chen H, Dou Q, Wang X, Qin J, Cheng JCY, Heng PA. 3D Fully Convolutional Networks for Intervertebral Disc "
    "Localization and Segmentation. MIAR 2016.",
    "SPIDER: van der Graaf JW et al. Sci Data 2024, doi 10.1038/s41597-024-03090-w, CC BY 4.0.",
    "VB2: Chu C et al. PLoS ONE 2015;10(11):e0143327. Upstream licence not verified.",
    "VB1: Zukic D et al. Computer Graphics Forum 2014;33:190-204, doi 10.1111/cgf.12343. Upstream licence not verified.",
    "VB3: Burian E et al. BMC Musculoskelet Disord 2019;20:152, doi 10.1186/s12891-019-2528-x. Upstream licence not verified.",
)


def trained_network(bundle: Path, file: str, run: str, recipe: Recipe) -> nn.Module:
    """The network of a run with its bundled weights, in evaluation mode."""
    with zipfile.ZipFile(bundle / file) as archive:
        stored = io.BytesIO(archive.read(f"{run}.npz"))
    network = first_network(recipe)
    with np.load(stored, allow_pickle=False) as arrays:
        state = {name: torch.from_numpy(arrays[name]) for name in arrays.files}
    network.load_state_dict({n: v.float() if v.is_floating_point() else v for n, v in state.items()})
    return network.eval()


def figures(cases: list[CaseScore]) -> dict[str, float | int | None]:
    s = summarise(cases)
    return {
        "cases": len(cases),
        "discs": s.discs,
        "dice": _rounded(s.dice.mean),
        "mean_localization_distance_mm": _rounded(s.localization_mm.mean),
        "within_2mm": _rounded(s.success_rate),
        "surface_distance_mm": _rounded(s.surface_mm.mean),
        "missed": s.missed,
        "false": s.false,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--version", required=True)
    parser.add_argument("--scores", type=Path, help="scores that tables.py kept (default: in the bundle)")
    args = parser.parse_args()
    bundle = Bundle(args.bundle)
    scores = read_scores(args.scores or args.bundle / "scores.json")
    for name, file in FILES.items():
        recipe, run = Recipe.read(name), bundle.runs[f"{name}-all"]
        counts = {group: sum(n.startswith(group) for n in run["settings"]["fold"]["training"]) for group in recipe.data}
        data = ", ".join(f"{group} {count}" for group, count in counts.items())
        card = ModelCard(
            name=name,
            version=args.version,
            network=recipe.network,
            arguments=recipe.arguments,
            classes=("background", "disc"),
            training_data=f"{sum(counts.values())} real sagittal MR volumes ({data}); no phantoms.",
            metrics={
                "training_steps": run["summary"]["best_step"],
                "validation": figures(list(scores[f"{name}-all"].values())),
                "note": "the paper's post-processing; see Testing/benchmark/PAPER.md for each set",
            },
            licence="Apache-2.0 for the weights as made here; see the citations for the terms of the training data",
            citations=CITATIONS,
            intended_use=f"{SUBJECTS[name]}. Research use. Not a medical device.",
            limits=LIMITS,
            created=str(datetime.date.today()),
        )
        path = MODELS / (name + ENDING)
        card = save_model(trained_network(args.bundle, file, f"{name}-all", recipe), card, path)
        print(f"{path.name}: version {card.version}, {path.stat().st_size / 1e6:.2f} MB, SHA-256 {card.sha256}")


if __name__ == "__main__":
    main()
