"""What every painting step needs: canvas, spine, tissues, textures and chance."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas
from .grid import Box
from .spine import Spine
from .texture import Texture
from .tissue import Tissues


class Painter:
    """What every painting step needs."""

    def __init__(self, rng: np.random.Generator, canvas: Canvas, spine: Spine, tissues: Tissues) -> None:
        self.rng, self.canvas, self.spine, self.tissues = rng, canvas, spine, tissues
        self.fine = Texture(rng, float(rng.uniform(0.6, 1.4)), cells=48)
        self.slow = Texture(rng, float(rng.uniform(3.0, 5.0)), cells=32)
        self.fibre = Texture(rng, 1.2, cells=64, stretch=5.0)
        """streaks along the body, as muscle and bowel fat have them"""
        self.grain = float(rng.uniform(0.05, 0.2))
        """SD of the marrow's texture as a share of its mean"""
        self.chemical_shift = float(rng.uniform(-0.7, 0.7)) if rng.random() < 0.5 else 0.0
        """mm by which fat-bearing marrow is displaced up the spine"""
        self.blobs = float(rng.uniform(0.02, 0.08))
        self.back_mm, self.back_fat_mm = 45.0, 12.0
        """depth of the muscles behind the canal and of the fat under the skin there, as the belly's rows have drawn them"""


def marrow(p: Painter, box: Box, factor: float) -> np.ndarray:
    grid = p.canvas.grid
    texture = 1 + p.grain * p.fine.on(grid, box) + p.blobs * p.slow.on(grid, box)
    return p.tissues["marrow"] * factor * np.maximum(texture, 0.2)
