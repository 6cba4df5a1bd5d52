"""Values that are no image: what resampling, padding and broken voxels leave in a volume (65535, -32768, 4095, -1024 …).

They lie far from the patient's values, so percentiles, means and deviations that include them turn the patient grey. They are
found by three signs together: many voxels with exactly one value, none of the patient's values near it, and a place in the
corners, or at the end of the range and either at the border or scattered.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .box import Box, bounding_box
from .volume import Volume

LEAST_SHARE = 1e-4
"""Of the voxels, for a value at the end of the range: fewer (a vessel, a spike of noise) move no percentile that is used."""
LEAST_CORNER_SHARE = 5e-3
"""Of the voxels, for a value in the corners: a margin of one voxel around a large volume has more."""
NEARBY = 0.1
"""A value within this part of the patient's range (0.1st to 99.9th percentile) is near."""
NEARBY_SHARE = 0.05
"""A fill has at most this many voxels near it, as a part of its own. A saturated image has as many below its highest value as
at it: on 52 real scans at least 0.6. (Seven others have a margin with a fill of 255, and a part of 0.01.)"""
HARMLESS_SHARE = 0.03
HARMLESS_DISTANCE = 1.5
"""A fill of few voxels, that is no further above the patient's values than this part of their range, is left where it is: it
moves the centres of discs by less than 1 mm (salt of 0.2 %, and seven real scans with up to 2.6 % at a distance of 0.9)."""
_AIR_PERCENTILE = 5.0
"""Of the patient: a value in the corners that is not above is the air around the patient."""
_SAMPLE = 250_000
"""Voxels that percentiles are taken from: 250 of them lie beyond the 0.1st, and it takes 3 ms."""
_ROUNDS = 3
"""Different fill values that are looked for."""
_FAINT = 1e-3
"""Volumes whose values span less than this are scaled up to a span of ``_USUAL``: further on, small constants that keep
divisions from failing would count."""
_USUAL = 1000.0


@dataclass(frozen=True)
class Patient:
    """The part of a volume that shows the patient. ``volume`` has no fill any more: margins are cut off, other areas have the
    patient's low value, isolated voxels the median of their neighbours. ``box`` is its place in the source (k, j, i)."""

    source: Volume
    volume: Volume
    box: Box
    warnings: tuple[str, ...]

    def on_source(self, part: Volume) -> Volume:
        """A label map of ``volume`` on the grid of the source."""
        if self.volume is self.source:
            return part
        whole = np.zeros(self.source.array.shape, part.array.dtype)
        whole[self.box] = part.array
        return self.source.with_array(whole)


def patient_of(volume: Volume) -> Patient:
    """What of a volume shows the patient: the volume itself where it holds no fill and its values have a usual span."""
    array = np.asarray(volume.array)
    mask, values, warnings = _fill(array)
    k, j, i = (slice(0, n) for n in array.shape)
    box = (k, j, i)
    cleaned = volume
    if mask is not None:
        box = bounding_box(~mask) or box
        part, fill = array[box], mask[box]
        if fill.any():
            part = _replaced(part, fill, values)
        origin = volume.lps_of_ijk(np.array([one.start for one in reversed(box)]))
        cleaned = Volume(np.ascontiguousarray(part), volume.spacing_mm, tuple(origin), volume.direction)
    if 0 < values.span < _FAINT:
        scaled = np.asarray(cleaned.array, np.float64) * (_USUAL / values.span)
        cleaned = cleaned.with_array(scaled.astype(np.float32))
    return Patient(volume, cleaned, box, warnings)


@dataclass(frozen=True)
class _Values:
    """Percentiles of the values that are no fill."""

    low: float
    air: float
    high: float

    @property
    def span(self) -> float:
        return self.high - self.low


def _fill(array: np.ndarray) -> tuple[np.ndarray | None, _Values, tuple[str, ...]]:
    """(where the fill is; None where there is none, the patient's values, warnings that name the fill)."""
    mask: np.ndarray | None = None
    lowest, highest = float(array.min()), float(array.max())
    values = _Values(lowest, lowest, highest)
    warnings: list[str] = []
    for _ in range(_ROUNDS):
        found = _fill_value(array, mask)
        if found is None:
            break
        value, here, values = found
        mask = here if mask is None else mask | here
        warnings.append(
            f"{100 * np.count_nonzero(here) / array.size:.2g} % of the voxels have the value {value:g}, far from all others: "
            "taken for fill (as resampling or padding leaves it), not for tissue."
        )
    return mask, values, tuple(warnings)


def _values(array: np.ndarray, mask: np.ndarray | None) -> _Values:
    """Percentiles of a sample of the values outside of ``mask``."""
    step = max(1, array.size // _SAMPLE)
    sample = array.reshape(-1)[::step]
    if mask is not None:
        sample = sample[~mask.reshape(-1)[::step]]
    if not sample.size:
        return _Values(0.0, 0.0, 0.0)
    low, air, high = np.percentile(sample, [0.1, _AIR_PERCENTILE, 99.9])
    return _Values(float(low), float(air), float(high))


def _fill_value(array: np.ndarray, known: np.ndarray | None) -> tuple[float, np.ndarray, _Values] | None:
    """(value, where it is, the others' values) of a fill beside those that are ``known`` already."""
    others = array if known is None else array[~known]
    highest, lowest = others.max().item(), others.min().item()
    corners = array[np.ix_(*[(0, n - 1) for n in array.shape])].reshape(-1).tolist()
    repeated = sorted({value for value in corners if corners.count(value) >= 2})
    ends = [(value, LEAST_SHARE) for value in (highest, lowest)]
    for value, least in [*ends, *((value, LEAST_CORNER_SHARE) for value in repeated)]:
        if value == 0 == lowest:
            continue  # air that was set to zero is as good as air
        here = array == value
        count = np.count_nonzero(here)
        if count < least * array.size or (known is not None and known[here].any()):
            continue
        values = _values(array, here if known is None else known | here)
        if values.span <= 0 or (least == LEAST_CORNER_SHARE and values.low <= value <= values.air):
            continue
        width = NEARBY * values.span
        near = np.count_nonzero((others > value - width) & (others < value + width)) - count
        above = (value - values.high) / values.span
        harmless = count < HARMLESS_SHARE * array.size and -NEARBY <= above <= HARMLESS_DISTANCE
        if near <= NEARBY_SHARE * count and not harmless and (_reaches_border(here) or _is_scattered(here)):
            return float(value), here, values
    return None


def _reaches_border(mask: np.ndarray) -> bool:
    return any(np.take(mask, end, axis).any() for axis in range(3) for end in (0, -1))


def _is_scattered(mask: np.ndarray) -> bool:
    """Whether most voxels stand alone. A compact area within the patient may be anything bright."""
    return bool(np.count_nonzero(mask & (_share_around(mask) < 0.5)) > np.count_nonzero(mask) / 2)


def _share_around(mask: np.ndarray) -> np.ndarray:
    """Of each voxel and its 26 neighbours, the part that is true."""
    from scipy import ndimage

    return ndimage.uniform_filter(mask.astype(np.float32), 3, mode="nearest")


def _replaced(array: np.ndarray, mask: np.ndarray, values: _Values) -> np.ndarray:
    """The array with the fill replaced: areas by the patient's low value, isolated voxels by their neighbours' median."""
    whole_numbers = np.issubdtype(array.dtype, np.integer)
    result = array.copy()
    result[mask] = np.rint(values.low) if whole_numbers else values.low
    isolated = np.argwhere(mask & (_share_around(mask) < 0.5))
    for start in range(0, len(isolated), 100_000):  # 27 neighbours each: 20 MB a time
        at = isolated[start : start + 100_000]
        around = [
            tuple(np.clip(at[:, axis] + step[axis] - 1, 0, array.shape[axis] - 1) for axis in range(3))
            for step in np.ndindex(3, 3, 3)
        ]
        neighbours = np.stack([np.where(mask[one], np.nan, array[one].astype(np.float64)) for one in around])
        median = np.nanmedian(neighbours, axis=0)
        result[tuple(at.T)] = np.rint(median) if whole_numbers else median
    return result
