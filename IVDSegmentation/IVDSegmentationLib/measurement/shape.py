"""Heights, depth, width and angles of one disc, in its own frame. Definitions with sources: docs/MEASUREMENTS.md."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..spine import Region
from .disc_frame import (
    ENDPLATE_FROM,
    ENDPLATE_TO,
    Columns,
    DiscFrame,
    depth_part,
    fit_frame,
    is_cut_along,
    sample_columns,
    voxel_extent_mm,
)

ANTERIOR_PART = (0.08, 0.20)
MIDDLE_PART = (0.42, 0.58)
POSTERIOR_PART = (0.80, 0.92)
"""Parts of the depth, counted from the front, over which a height is the mean thickness."""
_WIDER, _RIM = 3.0, 0.06
"""A height is taken from a parabola over so many times its part of the depth, without the rounded rim at both ends."""
_LEAST_STEP_MM = 2.5
"""Distance of the three depths by which the end of a disc is followed where slices are thinner: steps of one voxel would
follow the voxels' edges."""
_OVAL = 2.4
"""Exponent of the oval that manual outlines of discs follow: 2 (an ellipse) in front, up to 4 behind."""
_THICK_MM, _NEARLY_ALONG = 1.75, 0.9
"""Slices from this thickness on, whose normal is nearly the disc's left-right axis (cosine), are measured one by one."""


@dataclass(frozen=True)
class Endplate:
    """The line along one face of a disc in its mid-sagittal band: ``direction`` is an LPS unit vector that points to
    the front, ``point`` lies on it (LPS millimetres)."""

    point: np.ndarray
    direction: np.ndarray


@dataclass(frozen=True)
class DiscShape:
    """Millimetres and degrees. A width or depth that the edge of the image cuts is None, not a short number."""

    frame: DiscFrame
    anterior_height_mm: float
    middle_height_mm: float
    posterior_height_mm: float
    mean_height_mm: float
    depth_mm: float | None
    width_mm: float | None
    wedge_deg: float
    tilt_deg: float
    upper_endplate: Endplate
    lower_endplate: Endplate


def measure_shape(disc: Region) -> DiscShape:
    """All shape measures of one disc."""
    frame = fit_frame(disc)
    columns = sample_columns(disc, frame)
    back, front = columns.ends_mm
    upper_slope, upper_height = _endplate_line(columns, +1)
    lower_slope, lower_height = _endplate_line(columns, -1)
    profile = columns.thickness_mm[columns.in_band].mean(axis=0)
    return DiscShape(
        frame=frame,
        anterior_height_mm=_mean_thickness(columns, profile, ANTERIOR_PART),
        middle_height_mm=_mean_thickness(columns, profile, MIDDLE_PART),
        posterior_height_mm=_mean_thickness(columns, profile, POSTERIOR_PART),
        mean_height_mm=float(profile.sum() * columns.step_mm / max(front - back, columns.step_mm)),
        depth_mm=None if is_cut_along(disc, frame.front) else front - back,
        width_mm=None if is_cut_along(disc, frame.left) else _width(disc, frame, columns),
        wedge_deg=float(np.degrees(np.arctan(upper_slope) - np.arctan(lower_slope))),
        tilt_deg=float(np.degrees(np.arcsin(np.clip(-frame.front[2], -1, 1)))),
        upper_endplate=_endplate(frame, upper_slope, upper_height),
        lower_endplate=_endplate(frame, lower_slope, lower_height),
    )


def _mean_thickness(columns: Columns, profile: np.ndarray, part: tuple[float, float]) -> float:
    """Mean of the thickness profile over a part of the depth.

    A face that runs at a small angle to the voxels is a flight of long steps, so the part alone may hold one step. A
    parabola through a part about three times as long evens them out, and its mean over the part is taken.
    """
    middle, half = (part[0] + part[1]) / 2, _WIDER * (part[1] - part[0]) / 2
    low, high = depth_part(columns, max(_RIM, middle - half), min(1 - _RIM, middle + half))
    inside = (columns.front >= low) & (columns.front <= high)
    if inside.sum() < 5:
        return float(profile.max())
    curve = np.polynomial.Polynomial.fit(columns.front[inside], profile[inside], 2)
    low, high = depth_part(columns, *part)
    return max(0.0, float(curve(np.linspace(low, high, 21)).mean()))


def _endplate_line(columns: Columns, side: int) -> tuple[float, float]:
    """(slope, height at the centre) of the upper (+1) or lower (-1) face in the mid-sagittal band."""
    low, high = depth_part(columns, ENDPLATE_FROM, ENDPLATE_TO)
    inside = (columns.front >= low) & (columns.front <= high)
    block = np.ix_(columns.in_band, inside)
    thickness = columns.thickness_mm[block]
    face = columns.middle_mm[block] + side * thickness / 2
    weight = (thickness > 0.25 * thickness.max()).astype(float)
    total = weight.sum(axis=0)
    used = total > 0
    if used.sum() < 3:
        return 0.0, 0.0
    line = (weight * face).sum(axis=0)[used] / total[used]
    slope, height = np.polyfit(columns.front[inside][used], line, 1)
    return float(slope), float(height)


def _endplate(frame: DiscFrame, slope: float, height: float) -> Endplate:
    direction = frame.front + slope * frame.up
    return Endplate(frame.centre_mm_lps + height * frame.up, direction / np.linalg.norm(direction))


def _width(disc: Region, frame: DiscFrame, columns: Columns) -> float:
    """Largest lateral extent.

    Slices may be 4 mm apart, so the two ends are not where the last slice is. The outline closes there like the end of
    an oval: a power of its depth is a smooth curve that falls to 0. A parabola through the last three slices is
    followed to its zero, which must lie between the last slice with the disc and the first one without.
    """
    cosines = frame.left @ disc.grid.direction
    axis = int(np.argmax(np.abs(cosines)))
    if disc.grid.spacing_mm[axis] >= _THICK_MM and abs(cosines[axis]) >= _NEARLY_ALONG:
        return _width_over_slices(disc, frame, axis)
    across = frame.coordinates(disc.points_lps)[:, 2]
    spacing = voxel_extent_mm(disc, frame.left)
    depth = columns.footprint.sum(axis=1) * columns.step_mm
    ends = []
    for side in (+1, -1):
        last = float((side * across).max())
        step = max(spacing, _LEAST_STEP_MM)
        depths = np.interp(side * (last - step * np.arange(3)), columns.left, depth)
        ends.append(last + spacing * _zero_of_parabola(depths**_OVAL, step / spacing))
    return ends[0] + ends[1]


def _width_over_slices(disc: Region, frame: DiscFrame, axis: int) -> float:
    """The same for thick slices, slice by slice: the tips are followed across the slices, then measured along the disc,
    which may be turned against them."""
    places = disc.points_kji[:, 2 - axis]
    slices = np.unique(places)
    if len(slices) < 3:
        return float(np.ptp(frame.coordinates(disc.points_lps)[:, 2])) + disc.grid.spacing_mm[axis]
    in_plane = voxel_extent_mm(disc, frame.front)
    tips = []
    for order in (slices[:3], slices[::-1][:3]):
        inside = [frame.coordinates(disc.points_lps[places == n]) for n in order]
        depths = np.array([np.ptp(points[:, 0]) + in_plane for points in inside])
        middle = [(points[:, 2].max() + points[:, 2].min()) / 2 for points in inside]
        tips.append(middle[0] + (middle[0] - middle[1]) * _zero_of_parabola(depths**_OVAL, 1.0))
    return abs(tips[0] - tips[1])


def _zero_of_parabola(values: np.ndarray, step: float) -> float:
    """Where the parabola through ``values`` at 0, -step, -2 step comes to 0, between 0 and 1; 0.5 where it does not."""
    curve = (values[0] - 2 * values[1] + values[2]) / (2 * step**2)
    slope = (values[0] - values[1]) / step + curve * step
    if slope >= 0:
        return 0.5
    curve = min(curve, 0.0)  # an oval never flattens towards its end
    roots = np.roots([curve, slope, values[0]]) if curve < 0 else np.array([-values[0] / slope])
    ahead = [float(root.real) for root in roots if root.real >= 0]
    return float(np.clip(min(ahead), 0.0, 1.0)) if ahead else 0.5
