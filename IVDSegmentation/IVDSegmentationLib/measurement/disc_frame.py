"""A disc's own axes, and its mask sampled along them.

Columns of a binary mask are integrated rather than counted: linear interpolation keeps the integral of the mask, so the
thickness of a column has no bias, whatever the angle between the disc and the voxels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from ..spine.region import PATIENT_UP, Region, plane_normal

PATIENT_LEFT = np.array([1.0, 0.0, 0.0])
PATIENT_FRONT = np.array([0.0, -1.0, 0.0])

MID_SAGITTAL_HALF_WIDTH_MM = 5.0
"""The mid-sagittal band: heights, depth and angles are means over +-5 mm about the disc's centre."""
ENDPLATE_FROM, ENDPLATE_TO = 0.12, 0.88
"""Part of the depth, from the front, on which the endplate lines are fitted: without the rounded rims."""

_FOOTPRINT_SHARE, _FOOTPRINT_STRETCH_MM = 0.3, 2.0
"""A column belongs to the outline as far as its fullest stretch is filled: this share of the greatest thickness, at most so
many millimetres."""
_COARSE_STEP_MM, _FINE_STEP_MM = 1.0, 0.5
"""Distance of the columns while the axes are fitted, and at last."""
_ITERATIONS = 4
"""After the third the axis of 99 in 100 annotated discs moves by less than 0.2 degrees."""
_MARGIN_MM = 3.0
"""Empty space around the disc, so that its rim is seen to end."""
_LEAST_WIDTH_FOR_CORONAL_TILT_MM = 18.0
"""A narrower slab shows too little of the disc's width to tell how it is tilted sideways."""
_MOST_AXIAL_ROTATION_DEG = 25.0
"""A larger turn about the spine comes from the outline of the disc, not from the vertebrae."""
_LEAST_ELONGATION = 1.15
"""Width over depth from which on the long axis of the outline is a direction."""


@dataclass(frozen=True)
class DiscFrame:
    """Axes of one disc, LPS unit vectors: ``front`` along the mean of both endplate lines, ``up`` across the disc,
    ``left`` to the patient's left. ``centre_mm_lps`` is the centroid of the mask."""

    centre_mm_lps: np.ndarray
    front: np.ndarray
    up: np.ndarray
    left: np.ndarray

    @classmethod
    def from_axes(cls, centre: np.ndarray, up: np.ndarray, left: np.ndarray) -> DiscFrame:
        """Axes made orthogonal: ``up`` is kept, ``left`` turned to be perpendicular to it."""
        up = up / np.linalg.norm(up)
        left = left - up * (left @ up)
        left = left / np.linalg.norm(left)
        return cls(np.asarray(centre, float), np.cross(left, up), up, left)

    def tilted(self, forward_slope: float, left_slope: float) -> DiscFrame:
        """The frame whose disc plane rises by these slopes towards the front and the left of the present one."""
        up = self.up - forward_slope * self.front - left_slope * self.left
        return DiscFrame.from_axes(self.centre_mm_lps, up, self.left)

    def coordinates(self, points_lps: np.ndarray) -> np.ndarray:
        """(front, up, left) millimetres from the centre of LPS points (..., 3)."""
        return (np.asarray(points_lps, float) - self.centre_mm_lps) @ np.stack([self.front, self.up, self.left], axis=1)

    def points(self, front: np.ndarray, up: np.ndarray, left: np.ndarray) -> np.ndarray:
        """LPS points (..., 3) of broadcastable frame coordinates in millimetres."""
        front, up, left = np.broadcast_arrays(front, up, left)
        return self.centre_mm_lps + front[..., None] * self.front + up[..., None] * self.up + left[..., None] * self.left


def voxel_extent_mm(disc: Region, axis_lps: np.ndarray) -> float:
    """How far apart neighbouring voxel centres lie along a direction."""
    return float(np.max(np.abs(axis_lps @ disc.grid.direction) * np.asarray(disc.grid.spacing_mm)))


def is_cut_along(disc: Region, axis_lps: np.ndarray) -> bool:
    """Whether the disc reaches an edge of the image that lies across this direction."""
    return disc.touches_border(int(np.argmax(np.abs(axis_lps @ disc.grid.direction))))


@dataclass(frozen=True)
class Columns:
    """The mask in its disc's frame: ``occupancy`` (left, front, up), 0 … 1, at ``left``, ``front``, ``up`` mm."""

    occupancy: np.ndarray
    left: np.ndarray
    front: np.ndarray
    up: np.ndarray
    step_mm: float

    @cached_property
    def _filling(self) -> np.ndarray:
        """Sum of each column (left, front)."""
        return self.occupancy.sum(axis=2)

    @property
    def thickness_mm(self) -> np.ndarray:
        """Thickness of each column (left, front)."""
        return self._filling * self.step_mm

    @cached_property
    def middle_mm(self) -> np.ndarray:
        """Height of the middle of each column (left, front); 0 where the column is empty."""
        return (self.occupancy @ self.up) / np.maximum(self._filling, 1e-6)

    @cached_property
    def footprint(self) -> np.ndarray:
        """How far each column (left, front) belongs to the outline seen from above, 0 … 1."""
        return self._footprint_of(self.occupancy)

    @cached_property
    def ends_mm(self) -> tuple[float, float]:
        """(back, front) ends of the disc in the mid-sagittal band."""
        profile = self._footprint_of(self.occupancy[self.in_band]).mean(axis=0)
        return _soft_ends(self.front, profile, self.step_mm)

    @cached_property
    def in_band(self) -> np.ndarray:
        """Mask over ``left`` of the mid-sagittal band; the whole disc where it is narrower."""
        band = np.abs(self.left) <= MID_SAGITTAL_HALF_WIDTH_MM
        return band if band.any() else np.ones_like(band)

    def _footprint_of(self, columns: np.ndarray) -> np.ndarray:
        """The fullest stretch of a column counts, not its fullest point, which would be the luckiest voxel of the
        edge."""
        stretch = np.clip(_FOOTPRINT_SHARE * self.thickness_mm.max(), 1.0, _FOOTPRINT_STRETCH_MM)
        window = max(1, round(stretch / self.step_mm))
        return np.minimum(1.0, ndimage.uniform_filter1d(columns, window, axis=2).max(axis=2))


def sample_columns(disc: Region, frame: DiscFrame, step_mm: float = _FINE_STEP_MM) -> Columns:
    """The disc's mask on a grid along ``frame``, linearly interpolated."""
    place = frame.coordinates(disc.points_lps)
    axes, filled = [], []
    for n, axis in enumerate((frame.front, frame.up, frame.left)):
        low, high = place[:, n].min(), place[:, n].max()
        extent = voxel_extent_mm(disc, axis) + _MARGIN_MM
        at = np.arange(np.floor((low - extent) / step_mm), np.ceil((high + extent) / step_mm) + 1) * step_mm
        reach = _interpolation_reach_mm(disc, axis)
        inside = np.flatnonzero((at > low - reach) & (at < high + reach))
        axes.append(at)
        filled.append(slice(int(inside[0]), int(inside[-1]) + 1))
    front, up, left = axes
    box = (filled[2], filled[0], filled[1])
    occupancy = np.zeros((len(left), len(front), len(up)), np.float32)
    occupancy[box] = _interpolated(disc, frame, left[box[0]], front[box[1]], up[box[2]])
    return Columns(occupancy, left, front, up, step_mm)


def _interpolation_reach_mm(disc: Region, axis_lps: np.ndarray) -> float:
    """How far along a direction a voxel's centre is felt by linear interpolation."""
    return float(np.abs(axis_lps @ disc.grid.direction) @ np.asarray(disc.grid.spacing_mm))


def _interpolated(disc: Region, frame: DiscFrame, left: np.ndarray, front: np.ndarray, up: np.ndarray) -> np.ndarray:
    """The mask at a regular grid (left, front, up) of the frame, linearly interpolated, 0 outside; float32.

    ITK does it on voxel indices, twice as fast as scipy.
    """
    grid = disc.grid
    corner = np.array([part.start for part in disc.box][::-1]) - 1  # one empty voxel around the disc
    first = grid.ijk_of_lps(frame.points(front[:1], up[:1], left[:1]))[0] - corner
    step = float(up[1] - up[0]) if len(up) > 1 else 1.0
    axes = np.stack([frame.up, frame.front, frame.left], axis=1) * step  # in the order of ITK's x, y, z
    to_voxels = sitk.AffineTransform(3)
    to_voxels.SetMatrix((np.linalg.inv(grid.ijk_to_lps[:3, :3]) @ axes).ravel().tolist())
    to_voxels.SetTranslation(first.tolist())
    resample = sitk.ResampleImageFilter()
    resample.SetNumberOfThreads(1)  # a few milliseconds: not worth threads
    resample.SetSize((len(up), len(front), len(left)))
    resample.SetTransform(to_voxels)
    resample.SetInterpolator(sitk.sitkLinear)
    image = sitk.GetImageFromArray(np.pad(disc.mask, 1).astype(np.float32))  # without geometry: a place is a voxel index
    return sitk.GetArrayFromImage(resample.Execute(image))


def fit_frame(disc: Region) -> DiscFrame:
    """The axes of a disc, from its own shape.

    The start is the flattest direction of the mask in the patient's sagittal plane, which also holds for a slab of a
    few slices. Then the disc's mid-surface is fitted by a line over the middle of the depth and the frame tilted onto
    it. Where the whole width is in view the coronal tilt and the turn about the spine follow too.
    """
    up = np.array([0.0, *plane_normal(disc.points_lps[:, 1:], PATIENT_UP[1:], whole=True)])
    frame = DiscFrame.from_axes(disc.centre_mm_lps, up, PATIENT_LEFT)
    for n in range(_ITERATIONS):
        columns = sample_columns(disc, frame, _COARSE_STEP_MM if n < _ITERATIONS - 1 else _FINE_STEP_MM)
        frame = frame.tilted(*_mid_surface_slopes(columns))
        if n == 1 and not is_cut_along(disc, frame.left):
            frame = _turned_to_footprint(frame, columns)
    return frame


def _mid_surface_slopes(columns: Columns) -> tuple[float, float]:
    """(towards the front, towards the left) slopes of the disc's middle."""
    thickness, middle = columns.thickness_mm, columns.middle_mm
    weight = np.where(thickness >= 0.5 * thickness.max(), thickness, 0.0)
    front_low, front_high = depth_part(columns, ENDPLATE_FROM, ENDPLATE_TO)
    inside = (columns.front >= front_low) & (columns.front <= front_high)
    band = columns.in_band
    forward = _weighted_slope(columns.front[inside], middle[np.ix_(band, inside)], weight[np.ix_(band, inside)])
    across = weight[:, inside].sum(axis=1) > 0
    width = np.ptp(columns.left[across]) if across.any() else 0.0
    if width < _LEAST_WIDTH_FOR_CORONAL_TILT_MM:
        return forward, 0.0
    inner = np.abs(columns.left - columns.left[across].mean()) <= 0.38 * width
    block = np.ix_(inner, inside)
    # front and back slopes are taken out, so that only the slope across is left
    sideways = _weighted_slope(columns.left[inner], (middle - forward * columns.front)[block].T, weight[block].T)
    return forward, sideways


def _weighted_slope(at: np.ndarray, values: np.ndarray, weight: np.ndarray) -> float:
    """Slope of ``values`` (rows, n) over ``at`` (n,)."""
    total = weight.sum()
    if total <= 0:
        return 0.0
    at = np.broadcast_to(at, values.shape)
    mean_at, mean_value = (weight * at).sum() / total, (weight * values).sum() / total
    spread = (weight * (at - mean_at) ** 2).sum()
    return float((weight * (at - mean_at) * (values - mean_value)).sum() / spread) if spread > 0 else 0.0


def _turned_to_footprint(frame: DiscFrame, columns: Columns) -> DiscFrame:
    """The frame turned about ``up`` until ``left`` is the long axis of the footprint.

    A disc is a third wider than deep; where it is not so, or the turn is beyond what spines do, nothing is done.
    """
    footprint = columns.footprint
    left, front = np.meshgrid(columns.left, columns.front, indexing="ij")
    moments = np.cov(np.stack([left.ravel(), front.ravel()]), aweights=footprint.ravel())
    values, vectors = np.linalg.eigh(moments)
    axis = vectors[:, 1] * np.sign(vectors[0, 1] or 1.0)
    angle = np.degrees(np.arctan2(axis[1], axis[0]))
    if values[1] < _LEAST_ELONGATION**2 * values[0] or abs(angle) > _MOST_AXIAL_ROTATION_DEG:
        return frame
    return DiscFrame.from_axes(frame.centre_mm_lps, frame.up, axis[0] * frame.left + axis[1] * frame.front)


def _soft_ends(at: np.ndarray, profile: np.ndarray, step: float) -> tuple[float, float]:
    """Ends of a profile that is 1 inside and falls to 0: each half is integrated from its fullest point."""
    full = np.flatnonzero(profile >= 0.98 * profile.max())
    middle = int(full[len(full) // 2])
    scaled = np.minimum(1.0, profile / max(profile.max(), 1e-6))
    return (
        float(at[middle] - (scaled[:middle].sum() + 0.5) * step),
        float(at[middle] + (scaled[middle + 1 :].sum() + 0.5) * step),
    )


def depth_part(columns: Columns, start: float, stop: float) -> tuple[float, float]:
    """(low, high) of the front coordinate of a part of the depth, counted from the front (0) to the back (1)."""
    back, front = columns.ends_mm
    depth = front - back
    return front - stop * depth, front - start * depth
