"""What a disc at a place should be like, from its neighbours: level, size and tilt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..measurement.disc_frame import DiscFrame, fit_frame
from ..segmentation.result import SegmentationResult
from ..spine import Disc, region_of
from ..spine.chain import neighbours_at

USUAL_DEPTH_MM, USUAL_WIDTH_MM, USUAL_HEIGHT_MM = 34.0, 46.0, 9.0
"""Of a lumbar disc of an adult, where there is no neighbour to go by."""
LEAST_HEIGHT_MM = 4.0
"""A disc is not expected to be thinner, even beside a collapsed one."""
BOX_SHARE = 0.65
"""Share of its box that a disc fills: its outline is an oval (0.83 of a rectangle), its faces are rounded (0.8)."""
FARTHEST_NEIGHBOUR_MM = 100.0
"""Discs further away, three levels, have another tilt."""
LEAST_VOXELS = 30
"""A neighbour of fewer voxels has no axes to go by."""
REACH_MM = (5.0, 14.0)
"""How far from its centre along the spine a disc may reach: half way to the neighbour's centre, within these."""
OUTLINE_STRETCH = 1.5
"""How much longer and wider than expected the disc may be."""
_LUMBOSACRAL_TURN_DEG = {0: 0.0, 1: 21.0, 2: 10.0, 3: 7.0, 4: 3.5}
"""How much more than the next one above a disc is tilted forward, by label value (measured means); 0 further up."""


@dataclass(frozen=True)
class Expectation:
    """``frame``: axes of the disc; sizes in mm; ``reach_mm``: how far along the spine it may reach (up, down)."""

    frame: DiscFrame
    depth_mm: float
    width_mm: float
    height_mm: float
    reach_mm: tuple[float, float]

    def radii_from_centre(self, points_lps: np.ndarray) -> np.ndarray:
        """How far points lie from the centre, in radii of the expected ellipsoid: 1 on its surface."""
        front, up, left = np.moveaxis(self.frame.coordinates(points_lps), -1, 0)
        return np.sqrt((2 * front / self.depth_mm) ** 2 + (2 * left / self.width_mm) ** 2 + (2 * up / self.height_mm) ** 2)

    def in_reach(self, points_lps: np.ndarray) -> np.ndarray:
        """Points that may belong to the disc: not too far out, and nearer to it than half way to the next disc."""
        front, up, left = np.moveaxis(self.frame.coordinates(points_lps), -1, 0)
        flat = (2 * front / (OUTLINE_STRETCH * self.depth_mm)) ** 2 + (2 * left / (OUTLINE_STRETCH * self.width_mm)) ** 2
        return (flat < 1) & (up < self.reach_mm[0]) & (up > -self.reach_mm[1])

    @property
    def volume_mm3(self) -> float:
        return BOX_SHARE * self.depth_mm * self.width_mm * self.height_mm


def expect_disc(result: SegmentationResult, point_lps: np.ndarray) -> Expectation:
    """Size, tilt and reach of a disc at a point: the mean of its neighbours, or what is usual where there are none."""
    below, above = neighbours_at(result.discs, point_lps)
    frames, sizes = [], []
    for disc, is_above in ((below, False), (above, True)):
        if disc is None or _distance_mm(disc, point_lps) > FARTHEST_NEIGHBOUR_MM:
            continue
        region = region_of(result.labels, disc.label)
        if region is None or region.voxels < LEAST_VOXELS:
            continue
        frame = fit_frame(region)
        turn = _LUMBOSACRAL_TURN_DEG.get(disc.label if not is_above else disc.label - 1, 0.0)
        frames.append(_pitched(frame, turn if is_above else -turn))
        extent = np.ptp(frame.coordinates(region.points_lps), axis=0)
        sizes.append((extent[0], extent[2], region.volume_mm3 / (BOX_SHARE * extent[0] * extent[2])))
    if frames:
        up, left = sum(frame.up for frame in frames), sum(frame.left for frame in frames)
        depth, width, height = np.mean(sizes, axis=0)
    else:
        up, left = np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0])
        depth, width, height = USUAL_DEPTH_MM, USUAL_WIDTH_MM, USUAL_HEIGHT_MM
    reach = tuple(
        float(np.clip(0.5 * _distance_mm(disc, point_lps), *REACH_MM)) if disc else REACH_MM[1] for disc in (above, below)
    )
    frame = DiscFrame.from_axes(np.asarray(point_lps, float), up, left)  # type: ignore[arg-type]
    return Expectation(frame, float(depth), float(width), float(max(height, LEAST_HEIGHT_MM)), reach)  # type: ignore[arg-type]


def _pitched(frame: DiscFrame, degrees: float) -> DiscFrame:
    """A frame turned about its left axis, + brings the front edge down."""
    angle = np.radians(degrees)
    up = np.cos(angle) * frame.up + np.sin(angle) * frame.front
    return DiscFrame.from_axes(frame.centre_mm_lps, up, frame.left)


def _distance_mm(disc: Disc, point_lps: np.ndarray) -> float:
    return float(np.linalg.norm(np.subtract(disc.centre_mm_lps, point_lps)))
