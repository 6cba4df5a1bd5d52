"""Measurements of every disc in a label map."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from ..anatomy import level_of_label
from ..spine import Region, disc_regions
from ..volume import Volume
from .disc_frame import DiscFrame, fit_frame, sample_columns
from .shape import DiscShape, Endplate, measure_shape
from .signal import csf_behind, measure_signal

_LEAST_VOXELS = 8
"""Fewer have no shape."""
_CSF_RANGE = (0.5, 1.7)
"""Fluid beside the mean of both neighbours: more difference than the fall-off of a coil explains is a mistake."""
_FURTHEST_NEIGHBOUR_MM = 50.0
"""A disc further away is not the next one: one was missed between."""


@dataclass(frozen=True)
class DiscMeasurements:
    """One disc. Lengths in mm, volume in mm3, angles in degrees, signal in the image's own units; None where it could
    not be measured (cut by the edge of the image, no image, no fluid found)."""

    level: str
    label: int
    centre_mm_lps: tuple[float, float, float]
    volume_mm3: float
    anterior_height_mm: float | None
    middle_height_mm: float | None
    posterior_height_mm: float | None
    mean_height_mm: float | None
    depth_mm: float | None
    width_mm: float | None
    height_index: float | None
    wedge_deg: float | None
    tilt_deg: float | None
    signal_mean: float | None = None
    signal_spread: float | None = None
    csf_signal: float | None = None
    signal_to_csf: float | None = None
    frame: DiscFrame | None = None
    upper_endplate: Endplate | None = None
    lower_endplate: Endplate | None = None


def measure_discs(labels: Volume, image: Volume | None = None, only: Iterable[int] | None = None) -> list[DiscMeasurements]:
    """Measurements of the discs in a label map, ordered from below.

    ``image`` (any grid) adds the signal. ``only``: these label values. Every grid, axis order and obliqueness gives the
    same numbers, since all is measured in millimetres in the patient.
    """
    wanted = None if only is None else set(only)
    discs = list(disc_regions(labels).values())
    measured = {n: _measure(disc) for n, disc in enumerate(discs) if wanted is None or disc.label in wanted}
    if image is None:
        return list(measured.values())
    # the fluid of a level asks for its neighbours' frames: those that were measured are at hand
    frames = {n: one.frame for n, one in measured.items()}
    fluid = _Fluid(discs, labels, image, frames)
    return [_with_signal(one, discs[n], image, fluid.at(n)) for n, one in measured.items()]


def lordosis_l1_s1_deg(discs: Iterable[DiscMeasurements]) -> float | None:
    """Cobb angle between the upper plates of L1 and S1, + for a lordosis; None where one of both is not in view.

    The upper plate of L1 is the lower face of T12-L1, that of S1 the lower face of L5-S1.
    """
    by_level = {disc.level: disc for disc in discs}
    top, bottom = by_level.get("T12-L1"), by_level.get("L5-S1")
    if top is None or bottom is None or top.lower_endplate is None or bottom.lower_endplate is None:
        return None
    assert top.frame is not None and bottom.frame is not None
    left = top.frame.left + bottom.frame.left
    left = left / np.linalg.norm(left)
    flat = [plate.direction - left * (plate.direction @ left) for plate in (top.lower_endplate, bottom.lower_endplate)]
    upper, lower = (direction / np.linalg.norm(direction) for direction in flat)
    # turning forward and down about the patient's left axis is positive
    return float(np.degrees(np.arctan2(np.cross(upper, lower) @ left, upper @ lower)))


def _measure(disc: Region) -> DiscMeasurements:
    shape = measure_shape(disc) if disc.voxels >= _LEAST_VOXELS else None
    base = DiscMeasurements(
        level=level_of_label(disc.label),
        label=disc.label,
        centre_mm_lps=disc.centre,
        volume_mm3=disc.volume_mm3,
        anterior_height_mm=None,
        middle_height_mm=None,
        posterior_height_mm=None,
        mean_height_mm=None,
        depth_mm=None,
        width_mm=None,
        height_index=None,
        wedge_deg=None,
        tilt_deg=None,
    )
    if shape is None:
        return base
    return replace(
        base,
        anterior_height_mm=shape.anterior_height_mm,
        middle_height_mm=shape.middle_height_mm,
        posterior_height_mm=shape.posterior_height_mm,
        mean_height_mm=shape.mean_height_mm,
        depth_mm=shape.depth_mm,
        width_mm=shape.width_mm,
        height_index=_height_index(shape),
        wedge_deg=shape.wedge_deg,
        tilt_deg=shape.tilt_deg,
        frame=shape.frame,
        upper_endplate=shape.upper_endplate,
        lower_endplate=shape.lower_endplate,
    )


def _height_index(shape: DiscShape) -> float | None:
    if not shape.depth_mm:
        return None
    return (shape.anterior_height_mm + shape.middle_height_mm + shape.posterior_height_mm) / 3 / shape.depth_mm


def _with_signal(measured: DiscMeasurements, disc: Region, image: Volume, fluid: float | None) -> DiscMeasurements:
    signal = measure_signal(disc, image)
    if signal is None:
        return measured
    return replace(
        measured,
        signal_mean=signal.mean,
        signal_spread=signal.spread,
        csf_signal=fluid,
        signal_to_csf=signal.mean / fluid if fluid else None,
    )


@dataclass
class _Fluid:
    """The fluid behind each disc of a chain (from below). What is found at one level depends on it and the two next to
    it only, so that measuring one disc anew gives what measuring all would give."""

    discs: list[Region]
    labels: Volume
    image: Volume
    frames: dict[int, DiscFrame | None] = field(default_factory=dict)
    _found: dict[int, float | None] = field(default_factory=dict)

    def at(self, n: int) -> float | None:
        """The level's own. Where there is none, or it differs from both neighbours by more than the fall-off of a coil
        explains, the mean of both. One neighbour alone says nothing: where the coil ends, the signal halves from level to
        level (docs/MEASUREMENTS.md)."""
        own = self._search(n)
        near = [self._search(n - 1), self._search(n + 1)]
        if near[0] is None or near[1] is None:
            return own
        mean = (near[0] + near[1]) / 2
        if own is None or not _CSF_RANGE[0] * mean <= own <= _CSF_RANGE[1] * mean:
            return mean
        return own

    def _search(self, n: int) -> float | None:
        if not 0 <= n < len(self.discs):
            return None
        if n not in self._found:
            disc = self.discs[n]
            if n not in self.frames:
                self.frames[n] = fit_frame(disc) if disc.voxels >= _LEAST_VOXELS else None
            frame = self.frames[n]
            self._found[n] = None if frame is None else self._behind(n, disc, frame)
        return self._found[n]

    def _behind(self, n: int, disc: Region, frame: DiscFrame) -> float | None:
        above = self.discs[n + 1].centre_mm_lps if n + 1 < len(self.discs) else None
        if above is not None and np.linalg.norm(above - disc.centre_mm_lps) > _FURTHEST_NEIGHBOUR_MM:
            above = None
        back, _ = sample_columns(disc, frame, 1.0).ends_mm
        return csf_behind(self.image, self.labels, frame, back, above)
