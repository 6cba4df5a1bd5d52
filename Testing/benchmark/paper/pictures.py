"""The learning curves, and the paper's figure 2 on phantoms, of which pictures may be shown.

    python Testing/benchmark/paper/pictures.py BUNDLE --output Testing/benchmark/pictures

Figure 2 has a row for each phantom: the image, the 2D FCN, the 3D FCN; outlines red, centres green.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[2] / "IVDSegmentation")]

import numpy as np  # noqa: E402
from IVDSegmentationLib.pictures import (  # noqa: E402
    Canvas,
    Chart,
    DiscMark,
    Series,
    SpineCut,
    chart_picture,
    sagittal_picture,
    write_png,
)
from IVDSegmentationLib.pictures.palette import BLUE, BROWN, DARK, GREEN, ORANGE, PURPLE, WHITE  # noqa: E402
from IVDSegmentationLib.pictures.spine import PREVIEW_PIXELS  # noqa: E402
from IVDSegmentationLib.segmentation.pipeline import Segmenter  # noqa: E402
from IVDSegmentationLib.synthesis import PhantomSettings, synthesize  # noqa: E402
from IVDSegmentationLib.volume import Volume  # noqa: E402
from PIL import Image  # noqa: E402

from paper.scoring import Bundle  # noqa: E402

CURVES = {
    "paper_learning_steps": {
        "fcn3d_as_written-0": ("as written", BLUE),
        "fcn3d_deviation-0": ("+ deviation 1", ORANGE),
        "fcn3d_he-0": ("+ He", GREEN),
        "fcn3d_weighted-0": ("+ class weights", BROWN),
        "fcn3d_normalised-0": ("+ batch normalisation", PURPLE),
    },
    "paper_learning_methods": {
        "fcn3d_normalised-0": ("3D FCN", PURPLE),
        "fcn2d_normalised-0": ("2D FCN", ORANGE),
        "patch_cnn_normalised-0": ("sliding window", BLUE),
    },
}
PHANTOM_SEEDS = (7, 24)
HEADINGS = ("image", "2D FCN", "3D FCN")
MARGIN_PIXELS, HEADING_PIXELS, HEADING_SIZE = 8, 36, 26


def learning_curves(bundle: Bundle, runs: dict[str, tuple[str, tuple[int, int, int]]]) -> Chart:
    """Dice of the validation scan after each so many steps."""
    series = []
    for run, (title, colour) in runs.items():
        points = [entry for entry in bundle.runs.get(run, {}).get("log", ()) if "dice" in entry]
        series.append(Series(title, colour, [p["dice"] for p in points], [p["step"] for p in points]))
    return Chart("Dice by steps", [one for one in series if one.values], y_range=(0.0, 1.0))


def row_of(image: Volume, segmenters: list[Segmenter]) -> Canvas:
    """The image and what each network finds in it, side by side."""
    results = [segmenter.segment(image) for segmenter in segmenters]
    cut = SpineCut.through(image, [disc.centre_mm_lps for disc in results[-1].discs], long_side=PREVIEW_PIXELS)
    pictures = [Canvas(cut.grey()).array()]  # the same cut as that of the 3D FCN's discs
    for result in results:
        marks = [DiscMark(disc.label, disc.name, disc.centre_mm_lps) for disc in result.discs]
        pictures.append(sagittal_picture(image, result.labels, marks))
    return beside(pictures)


def beside(pictures: list[np.ndarray]) -> Canvas:
    rows = max(len(p) for p in pictures)
    columns = sum(p.shape[1] + MARGIN_PIXELS for p in pictures) - MARGIN_PIXELS
    canvas = Canvas.blank(rows + HEADING_PIXELS, columns, WHITE)
    left = 0
    for heading, picture in zip(HEADINGS, pictures):
        canvas.paste(Canvas(picture), (HEADING_PIXELS, left))
        middle = left + picture.shape[1] / 2
        canvas.text(heading, (HEADING_PIXELS / 2, middle), HEADING_SIZE, DARK, anchor="mm", rim=False)
        left += picture.shape[1] + MARGIN_PIXELS
    return canvas


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundles", type=Path, nargs="+")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--models", nargs=2, default=["paper-fcn2d", "paper-fcn3d"])
    args = parser.parse_args()
    args.output.mkdir(parents=True, exist_ok=True)
    bundle = Bundle(*args.bundles)
    for name, runs in CURVES.items():
        write_png(args.output / f"{name}.png", chart_picture(learning_curves(bundle, runs), 900, 300))
    segmenters = [Segmenter(model, "cpu", 2) for model in args.models]
    settings = PhantomSettings(contrast="T2", spacing_mm=(1.25, 1.25, 2.0), slab=False, artefacts=False)
    for number, seed in enumerate(PHANTOM_SEEDS, 1):
        canvas = row_of(synthesize(seed, settings).image, segmenters)
        whole = Image.fromarray(canvas.array())
        small = whole.resize((whole.width // 2, whole.height // 2), Image.Resampling.LANCZOS)
        write_png(args.output / f"paper_figure2_{number}.png", np.array(small))


if __name__ == "__main__":
    main()
