"""Several images at one position: water and fat, echoes, magnitude and phase, points of time. Which belong together?"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from .dicom_pixels import PixelReader
from .dicom_series import MINIMUM_SLICES, DicomSeries
from .dicom_slice import Slice

SAME_PLACE_MM = 0.01
"""Slices nearer than this lie at the same position: frames of a series in time or echo."""
SAME_STATION_MM = 1.0
"""Slices at one height whose corners are further apart are of different stations (upper and lower spine)."""


@dataclass(frozen=True)
class Frame:
    """One image a position, along the normal. ``name``: what tells it from the other frames; '' where there is one."""

    name: str
    slices: list[Slice]


def frames_of(series: DicomSeries, title: str) -> list[Frame]:
    """The volumes that the images of a series make up. Raises ``InputError`` where they cannot be told apart."""
    slices = _without_copies(list(series.slices))
    if _highest_count(slices) == 1:
        return [Frame("", slices)]
    properties = {name: _by_contrast(name) for name, _ in slices[0].contrast} | {"place": _by_station(slices)}
    telling = [name for name, of in properties.items() if _splits_evenly(slices, of)]
    groups = _grouped(slices, [properties[name] for name in telling])
    if _highest_count(slices) > len(groups) and any(_highest_count(group) > 1 for group in groups):
        differing = [name for name, of in properties.items() if len({of(one) for one in slices}) > 1]
        apart = _grouped(slices, [properties[name] for name in differing])
        if all(len(group) >= MINIMUM_SLICES and _highest_count(group) == 1 for group in apart):
            telling, groups = differing, apart
    frames = []
    for group in groups:
        name = ", ".join(f"{name} {properties[name](group[0]) or 'none'}" for name in telling)
        frames += _by_time(group, name, title)
    return frames


def _positions(slices: Sequence[Slice]) -> list[list[Slice]]:
    positions: list[list[Slice]] = []
    for one in slices:
        if positions and abs(one.height_mm - positions[-1][0].height_mm) < SAME_PLACE_MM:
            positions[-1].append(one)
        else:
            positions.append([one])
    return positions


def _highest_count(slices: Sequence[Slice]) -> int:
    return max(len(position) for position in _positions(slices))


def _without_copies(slices: list[Slice]) -> list[Slice]:
    """An image that was exported twice counts once: same place, contrast and voxels, and no different instance UID. (UIDs
    alone do not tell: some anonymizers give all slices the same.)"""
    reader = PixelReader()
    kept = []
    for position in _positions(slices):
        seen = set()
        for one in position:
            if len({other.sop_uid for other in position}) < len(position) or not one.sop_uid:
                voxels = reader.stored_values(one.path, one.layout, one.frame)
                key = (one.sop_uid, one.contrast, one.scale, hashlib.sha256(voxels.tobytes()).digest())
                if key in seen:
                    continue
                seen.add(key)
            kept.append(one)
    return kept


def _by_contrast(name: str) -> Callable[[Slice], str]:
    return lambda one: dict(one.contrast)[name]


def _by_station(slices: Sequence[Slice]) -> Callable[[Slice], str]:
    """Which of the stacks that lie beside each other a slice belongs to, as text."""
    corners: list[np.ndarray] = []
    for one in slices:
        assert one.position_mm is not None and one.direction is not None
        corner = one.position_mm - one.height_mm * one.direction[:, 2]
        if all(np.linalg.norm(corner - other) > SAME_STATION_MM for other in corners):
            corners.append(corner)

    def station(one: Slice) -> str:
        assert one.position_mm is not None and one.direction is not None
        corner = one.position_mm - one.height_mm * one.direction[:, 2]
        nearest = corners[int(np.argmin([np.linalg.norm(corner - other) for other in corners]))]
        return "({:.0f}, {:.0f}, {:.0f}) mm".format(*nearest)

    return station


def _splits_evenly(slices: Sequence[Slice], of: Callable[[Slice], Hashable]) -> bool:
    """Whether each value of a property is there at each position, equally often. What varies from slice to slice tells no
    volumes apart."""
    counts: set[int] = set()
    values = {of(one) for one in slices}
    for position in _positions(slices):
        here = [of(one) for one in position]
        counts |= {here.count(value) for value in values}
    return len(values) > 1 and len(counts) == 1


def _grouped(slices: Sequence[Slice], properties: Sequence[Callable[[Slice], Hashable]]) -> list[list[Slice]]:
    groups: dict[tuple, list[Slice]] = defaultdict(list)
    for one in slices:
        groups[tuple(of(one) for of in properties)].append(one)
    return list(groups.values())


def _by_time(slices: list[Slice], name: str, title: str) -> list[Frame]:
    """Images that nothing but their number in time tells apart."""
    positions = _positions(slices)
    counts = {len(position) for position in positions}
    if counts == {1}:
        return [Frame(name, slices)]
    if len(counts) > 1:
        raise InputError(
            f"{title} has {min(counts)} to {max(counts)} images a slice position: files are missing or doubled. "
            "Export the series again."
        )
    for position in positions:
        numbers = [one.instance for one in position]
        if None in numbers or len(set(numbers)) < len(numbers):
            raise InputError(
                f"{title} has {len(position)} images at each position, and nothing in their headers tells which belong "
                "together. Export each contrast or point of time as a series of its own."
            )
    ordered = [sorted(position, key=lambda one: one.instance or 0.0) for position in positions]
    count = counts.pop()
    before = f"{name}, " if name else ""
    return [Frame(f"{before}image {n + 1} of {count}", [position[n] for position in ordered]) for n in range(count)]
