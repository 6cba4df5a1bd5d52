"""Shapes laid one over the other in a volume, with soft edges."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Size = Sequence[float] | np.ndarray


class Layers:
    """A volume that shapes are laid over, one upon the other. Coordinates (a, b, s) in mm: to the back, to the right, up."""

    def __init__(self, image: np.ndarray, a: np.ndarray, b: np.ndarray, s: np.ndarray) -> None:
        self.image, self.a, self.b, self.s = image, a, b, s

    def put(self, distance: np.ndarray, value: np.ndarray | float, soft: float = 1.8) -> None:
        """Lays ``value`` over the inside of a surface (signed distance in mm, negative inside)."""
        self.image += np.clip(0.5 - distance / np.float32(soft), 0, 1) * (value - self.image)

    def ellipsoid(self, centre: Size, half: Size, turn: float = 0.0, grow: float = 0.0) -> np.ndarray:
        """Distance to an ellipsoid whose long axes are turned by ``turn`` degrees in the sagittal plane (+ is front down)."""
        t = np.deg2rad(turn)
        a, s = self.a - np.float32(centre[0]), self.s - np.float32(centre[2])
        c, n = np.float32(np.cos(t)), np.float32(np.sin(t))
        q = np.sqrt(
            ((c * a + n * s) / np.float32(half[0] + grow)) ** 2
            + ((self.b - np.float32(centre[1])) / np.float32(half[1] + grow)) ** 2
            + ((c * s - n * a) / np.float32(half[2] + grow)) ** 2
        )
        return (q - 1) * np.float32(min(half) + grow)
