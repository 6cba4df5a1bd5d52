"""The course of the canal: everything in front of and behind the spine is laid out along it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from .grid import Box, Grid
from .spine import Spine, lateral_place


@dataclass(frozen=True)
class Course:
    """Functions of height y (mm, inferior): ``x``: middle of the dural sac; ``sac``: its depth; ``wall``: back wall of the
    bodies; ``front``: their front wall (all mm, x posterior)."""

    spine: Spine
    x: PchipInterpolator
    sac: PchipInterpolator
    wall: PchipInterpolator
    front: PchipInterpolator
    y_range: tuple[float, float]
    level_y: dict[str, float]
    """height of each body's middle by name"""

    def at(self, function: PchipInterpolator, y: np.ndarray) -> np.ndarray:
        """A function continued straight beyond the last vertebrae."""
        low, high = self.y_range
        near = np.clip(y, low, high)
        ends = np.where(y < low, (y - low) * function(low, 1), np.where(y > high, (y - high) * function(high, 1), 0))
        return function(near) + (ends if function in (self.x, self.wall, self.front) else 0.0)

    def along(self, grid: Grid, box: Box = (slice(None),) * 3, smooth: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Millimetres behind the middle of the sac (square to it) and to the right of it: two float32 arrays.

        ``smooth`` follows only the great curve, as the soft tissues do."""
        z, y, x = (grid.axis(n, box[n]) for n in range(3))
        middle = self.at(self.x, y)
        if smooth:
            wide = np.linspace(y[0] - 40, y[-1] + 40, 60)
            degree = 7 if self.spine.reaches_skull and y[-1] - y[0] > 400 else 4  # a whole spine has three curves
            middle = np.polynomial.Polynomial.fit(wide, self.at(self.x, wide), degree)(y)
        slope = np.gradient(middle, y) if len(y) > 1 else np.zeros(1)
        cosine = np.clip(1 / np.sqrt(1 + slope**2), 0.35, 1.0).astype(np.float32)
        lateral = lateral_place(self.spine, y)[0].astype(np.float32)
        turn = np.deg2rad(self.spine.twist)
        c, s = np.float32(np.cos(turn)), np.float32(np.sin(turn))
        dx = (x[None, :] - middle.astype(np.float32)[:, None])[None]  # (1, j, i)
        dz = (z[:, None] - lateral[None, :])[:, :, None]  # (k, j, 1)
        behind = (c * dx + s * dz) * cosine[None, :, None]
        right = c * dz - s * dx
        return behind, right


def course_of(spine: Spine) -> Course:
    """The course through the back walls of discs and bodies, from S5 to the top."""
    rows = []  # y, x of the wall, x of the front, x of the middle of the sac, sac depth
    level_y = {}
    for n, body in enumerate(reversed(spine.sacrum)):
        rows.append(_row(body, body.ap, body.sac, 1.5 + (1.5 if n == 4 else 0)))
    for n, disc in enumerate(spine.discs):
        gap = float(spine.gap_back) + (2.5 if n == 0 else 0.0)
        if n >= len(spine.bodies):
            break
        rows.append(_row(disc, disc.ap, disc.sac, gap + max(0.0, disc.back * 0.5)))
        body = spine.bodies[n]
        rows.append(_row(body, body.ap, body.sac, float(spine.gap_back) * 0.8))
        level_y[body.name] = float(body.centre[1])
    level_y["S1"] = float(spine.sacrum[0].centre[1])
    table = np.array(rows)
    table = table[np.argsort(table[:, 0])]
    keep = np.concatenate([[True], np.diff(table[:, 0]) > 2.0])
    table = table[keep]
    y = table[:, 0]
    make = [PchipInterpolator(y, table[:, n]) for n in range(1, 5)]
    return Course(spine, make[2], make[3], make[0], make[1], (float(y[0]), float(y[-1])), level_y)


def _row(item, ap: float, sac: float, gap: float) -> tuple[float, float, float, float, float]:
    back = item.frame[0]
    wall = item.centre + back * ap / 2
    front = item.centre - back * ap / 2
    middle = wall + back * (gap + sac / 2)
    return float(middle[1]), float(wall[0]), float(front[0]), float(middle[0]), sac
