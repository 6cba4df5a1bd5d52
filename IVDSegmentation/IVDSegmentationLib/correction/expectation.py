"""What a disc at a place should be like, from its neighbours: level, size and tilt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..measurement.disc_frame import DiscFrame, fit_frame
from ..segmentation.result import SegmentationResult
from ..spine import Disc, region_of
from ..spine.chain import neighbours_at

_DEPTH_MM, _WIDTH_MM, _HEIGHT_MM = 34.0, 46.0, 9.0
_LUMBOSACRAL_TURN_DEG = {0: 0.0, 1: 21.0, 2: 10.0, 3: 7.0, 4: 3.5}
"""How much more than the next one above a disc is tilted forward, by label value (measured means); 0 further up."""


@dataclass(frozen=True)
class Expectation:
    """``frame``: axes of the disc; sizes in mm; ``room_mm``: how far along the spine it may reach (up, down)."""

    frame: DiscFrame
    depth_mm: float
    width_mm: float
    height_mm: float
    room_mm: tuple[float, float]

    def outside(self, points_lps: np.ndarray) -> np.ndarray:
        """How far points lie from the centre, 1 on the surface of the expected ellipsoid."""
        front, up, left = np.moveaxis(self.frame.coordinates(points_lps), -1, 0)
        return np.sqrt(
            (2 * front / self.depth_mm) ** 2 + (2 * left / self.width_mm) ** 2 + (2 * up / self.height_mm) ** 2
        )

    def in_room(self, points_lps: np.ndarray) -> np.ndarray:
        """Points that may belong to the disc: not too far out, and nearer to it than half way to the next disc."""
        front, up, left = np.moveaxis(self.frame.coordinates(points_lps), -1, 0)
        flat = (2 * front / (1.5 * self.depth_mm)) ** 2 + (2 * left / (1.5 * self.width_mm)) ** 2
        return (flat < 1) & (up < self.room_mm[0]) & (up > -self.room_mm[1])

    @property
    def volume_mm3(self) -> float:
        return 0.83 * 0.8 * self.depth_mm * self.width_mm * self.height_mm


def expect_disc(result: SegmentationResult, point_lps: np.ndarray) -> Expectation:
    """Size, tilt and room of a disc at a point: the mean of its neighbours, or what is usual where there are none."""
    below, above = neighbours_at(result.discs, point_lps)
    frames, sizes = [], []
    for disc, is_above in ((below, False), (above, True)):
        if disc is None or _distance_mm(disc, point_lps) > 100.0:
            continue
        region = region_of(result.labels, disc.label)
        if region is None or region.voxels < 30:
            continue
        frame = fit_frame(region)
        turn = _LUMBOSACRAL_TURN_DEG.get(disc.label if not is_above else disc.label - 1, 0.0)
        frames.append(_pitched(frame, turn if is_above else -turn))
        extent = np.ptp(frame.coordinates(region.points_lps), axis=0)
        sizes.append((extent[0], extent[2], region.volume_mm3 / (0.65 * extent[0] * extent[2])))
    if frames:
        up, left = sum(frame.up for frame in frames), sum(frame.left for frame in frames)
        depth, width, height = np.mean(sizes, axis=0)
    else:
        up, left = np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0])
        depth, width, height = _DEPTH_MM, _WIDTH_MM, _HEIGHT_MM
    room = tuple(
        max(5.0, min(14.0, 0.5 * _distance_mm(disc, point_lps))) if disc else 14.0
        for disc in (above, below)
    )
    frame = DiscFrame.from_axes(np.asarray(point_lps, float), up, left)  # type: ignore[arg-type]
    return Expectation(frame, float(depth), float(width), float(max(height, 4.0)), room)  # type: ignore[arg-type]


def _pitched(frame: DiscFrame, degrees: float) -> DiscFrame:
    """A frame turned about its left axis, + brings the front edge down."""
    angle = np.radians(degrees)
    up = np.cos(angle) * frame.up + np.sin(angle) * frame.front
    return DiscFrame.from_axes(frame.centre_mm_lps, up, frame.left)


def _distance_mm(disc: Disc, point_lps: np.ndarray) -> float:
    return float(np.linalg.norm(np.subtract(disc.centre_mm_lps, point_lps)))
