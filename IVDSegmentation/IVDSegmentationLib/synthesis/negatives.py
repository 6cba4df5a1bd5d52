"""Volumes without a spine: random anatomy, heads, joints, breasts, the body beside the spine, test objects, noise.

A network that has only seen spines finds one everywhere. These volumes teach it that most of what lies in a scanner is none.
``shapes`` follows SynthSeg (Billot et al. 2023, Med Image Anal 86:102789): random forms in random contrasts, so that nothing
hangs on how a tissue looks in one sequence. All have sagittal axes, and labels that are 0 everywhere.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..volume import Volume
from ..volume.frame import SAGITTAL_LPS
from .acquisition import add_noise, grey_values
from .grid import Grid, apply_weights, axis_weights
from .negative_forms import (
    beside_the_spine,
    breast,
    head_alone,
    joint,
    noise,
    nothing_but_air,
    physics_phantom,
    random_shapes,
    shading,
)
from .settings import CONTRASTS, Phantom
from .tissue import Tissues, draw_tissues

_MOST_VOXELS = 1.6e6


def synthesize_negative(seed: int, kind: str | None = None) -> Phantom:
    """A volume without a spine. ``kind``: one of ``NEGATIVES``; by chance where it is None. Same seed, same voxels."""
    rng = np.random.default_rng([seed, 29])
    names = list(NEGATIVES)
    shares = np.array([share for share, _, _ in NEGATIVES.values()])
    drawn = str(rng.choice(names, p=shares / shares.sum()))
    kind = kind or drawn
    if kind not in NEGATIVES:
        raise ValueError(f"kind '{kind}' is unknown; choose one of {', '.join(names)}")
    _, paint, size = NEGATIVES[kind]
    contrast = "random" if rng.random() < 0.3 else str(rng.choice([c for c in CONTRASTS if c != "random"]))
    grid, scan_grid = _grids(rng, size)
    image = paint(rng, grid, draw_tissues(rng, contrast))
    weights = [axis_weights(grid, scan_grid, n, scan_grid.step[n] * rng.uniform(0.8, 1.2)) for n in range(3)]
    scan = np.maximum(apply_weights(image.astype(np.float32), weights), 0)
    if kind not in ("noise", "air"):
        scan *= shading(rng, scan.shape)
        scan = add_noise(rng, scan)
    scan = grey_values(rng, scan, False)
    spacing = scan_grid.step[::-1]
    origin = tuple(SAGITTAL_LPS @ np.array(scan_grid.origin[::-1]))
    make = (spacing, origin, SAGITTAL_LPS)
    description = {
        "seed": int(seed), "kind": kind, "contrast": contrast, "region": "none", "discs_in_view": [], "levels_in_view": [],
        "whole_discs": [], "spacing_mm": [round(float(s), 4) for s in spacing], "size_ijk": list(scan.shape[::-1]),
    }  # fmt: skip
    return Phantom(Volume(scan, *make), Volume(np.zeros(scan.shape, np.uint8), *make), description)  # type: ignore[arg-type]


def _grids(rng: np.random.Generator, size_mm: tuple[tuple[float, float], ...]) -> tuple[Grid, Grid]:
    """(grid to paint on, grid of the scan) around the origin; slices in any of the three planes, or cubes."""
    length = [float(rng.uniform(*size_mm[n])) for n in range(3)]
    in_plane = float(np.exp(rng.uniform(np.log(0.5), np.log(1.6))))
    step = [in_plane] * 3
    if rng.random() < 0.8:
        step[int(rng.choice([0, 1, 2], p=[0.5, 0.3, 0.2]))] = float(rng.uniform(1.5, 7.0))
    step = [max(s, n / 400) for s, n in zip(step, length)]

    def grid(steps: list[float]) -> Grid:
        count = [max(4, int(round(n / s))) for n, s in zip(length, steps)]
        return Grid(tuple(count), tuple(steps), tuple(-(c - 1) / 2 * s for c, s in zip(count, steps)))  # type: ignore[arg-type]

    fine = [min(s, 2.5) for s in step]
    factor = float(np.prod([n / f for n, f in zip(length, fine)])) / _MOST_VOXELS
    if factor > 1:
        fine = [f * factor ** (1 / 3) for f in fine]
    return grid(fine), grid(step)


Painting = Callable[[np.random.Generator, Grid, Tissues], np.ndarray]
_SMALL = ((60.0, 180.0), (120.0, 260.0), (120.0, 260.0))
_HEAD = ((110.0, 180.0), (90.0, 200.0), (170.0, 250.0))
NEGATIVES: dict[str, tuple[float, Painting, tuple[tuple[float, float], ...]]] = {
    "shapes": (0.22, random_shapes, _SMALL),
    "head": (0.18, head_alone, _HEAD),
    "joint": (0.22, joint, ((50.0, 170.0), (110.0, 240.0), (110.0, 200.0))),
    "breast": (0.04, breast, ((150.0, 340.0), (100.0, 200.0), (120.0, 240.0))),
    "beside": (0.18, beside_the_spine, _SMALL),
    "physics phantom": (0.08, physics_phantom, _SMALL),
    "noise": (0.05, noise, _SMALL),
    "air": (0.03, nothing_but_air, _SMALL),
}
"""Kind -> its share, what paints it, and the sizes of its field of view in mm (right, down, back)."""
