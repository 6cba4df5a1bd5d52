"""How far the image's signal gets through the layers, and the gradient back, in each of the 3D FCN's recipes.

    python Testing/benchmark/paper/signal_by_layer.py cases.zip --pictures Testing/benchmark/pictures

For the first weights of each recipe and one patch of a VB2 scan: the standard deviation, over the voxels, of what each
convolution puts out (a mean over its channels), and the root mean square of the gradient of its weights. Writes a table and two
charts.
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[2] / "IVDSegmentation")]

from IVDSegmentationLib.pictures import Chart, Series, chart_picture, write_png  # noqa: E402
from IVDSegmentationLib.pictures.palette import BLUE, GREEN, ORANGE, PURPLE, RED  # noqa: E402
from torch import nn  # noqa: E402

from paper.data import DeviceCase, draw_batch  # noqa: E402
from paper.pack import read_pack  # noqa: E402
from paper.recipe import Recipe  # noqa: E402
from paper.train import cross_entropy, first_network  # noqa: E402

ROWS = {
    "as written": ("fcn3d_as_written", BLUE),
    "+ deviation 1": ("fcn3d_deviation", ORANGE),
    "+ deviation 1, variance 0.01": ("small_variance_deviation", RED),
    "+ He": ("fcn3d_he", GREEN),
    "+ batch normalisation": ("fcn3d_normalised", PURPLE),
}
LAYERS = ("full 1", "full 2", "half 1", "half 2", "quarter 1", "quarter 2", "up to half", "up to full", "output")
PATCH = (28, 96, 96)
LEAST = -12.0
"""Lowest power of ten that a chart shows."""


def signals(recipe: Recipe, cases: list[DeviceCase]) -> tuple[list[float], list[float], float]:
    """(standard deviation of each layer's output, root mean square of its weights' gradient, that of the input)."""
    recipe = replace(recipe, patch=PATCH, batch=1)
    network = first_network(recipe).train()
    outputs: list[float] = []
    layers = [module for module in network.modules() if isinstance(module, nn.Conv3d)]
    for layer in layers:
        layer.register_forward_hook(lambda _, __, y: outputs.append(float(y.detach().std(dim=(0, 2, 3, 4)).mean())))
    batch = draw_batch(cases, recipe, 0)
    loss = cross_entropy(network(batch.image), batch.disc, batch.valid, recipe.disc_weight)
    loss.backward()
    gradients = [float(layer.weight.grad.square().mean().sqrt()) for layer in layers]  # type: ignore[union-attr]
    return outputs, gradients, float(batch.image.std())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pack", type=Path)
    parser.add_argument("--pictures", type=Path)
    args = parser.parse_args()
    cases = [DeviceCase.of(case, "cpu") for case in read_pack(args.pack, ["VB2_02"])]
    found = {title: signals(Recipe.read(row), cases) for title, (row, _) in ROWS.items()}
    for n, what in enumerate(("standard deviation of the output", "gradient of the weights, root mean square")):
        print(f"| {what} | input | " + " | ".join(LAYERS) + " |\n|" + "---|" * (len(LAYERS) + 2))
        for title, values in found.items():
            start = f"{values[2]:.2g}" if n == 0 else ""
            print(f"| {title} | {start} | " + " | ".join(f"{v:.1e}" for v in values[n]) + " |")
        print()
    if args.pictures:
        for n, (name, title) in enumerate((("signal", "Signal"), ("gradient", "Gradient of the weights"))):
            series = [
                Series(one, ROWS[one][1], [max(LEAST, math.log10(v)) if v > 0 else LEAST for v in values[n]])
                for one, values in found.items()
            ]
            lowest = math.floor(min(v for one in series for v in one.values if v is not None))
            highest = math.ceil(max(v for one in series for v in one.values if v is not None))
            chart = Chart(title, series, "power of ten", LAYERS, (lowest, highest))
            write_png(args.pictures / f"paper_{name}.png", chart_picture(chart, 900, 300))


if __name__ == "__main__":
    main()
