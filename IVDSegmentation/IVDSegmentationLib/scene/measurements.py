"""Measurements of the discs as they are now. Only discs whose voxels changed are measured anew.

The worker measures the discs that it finds; afterwards one disc takes some hundredths of a second.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..errors import InputError
from ..measurement import DiscMeasurements, measure_discs
from ..segmentation.result import SegmentationResult
from ..volume import Volume
from .nodes import PerResult, ResultNodes
from .result import snapshot_of
from .volumes import volume_of_node


@dataclass
class _Cache:
    """``measured``: hash of a disc's voxels -> its measurements, valid for one image in one place."""

    image_key: tuple = ()
    measured: dict[str, DiscMeasurements] = field(default_factory=dict)


_caches: PerResult[_Cache] = PerResult(_Cache)


def measure(
    nodes: ResultNodes, result: SegmentationResult, given: Iterable[DiscMeasurements] | None = None
) -> dict[int, DiscMeasurements]:
    """Label value -> measurements of every disc of a result that lies in these nodes, from below.

    ``given``: measurements of these very labels in this volume; only what they lack is computed. Without a usable
    volume (deleted since) the signal is missing.
    """
    snapshot = snapshot_of(nodes)
    hashes, cache, key = snapshot.voxels, _caches.of(nodes), _image_key(nodes.volume, snapshot.labels)
    if cache.image_key != key:
        cache.image_key, cache.measured = key, {}
    for one in given or ():
        if one.label in hashes:
            cache.measured[hashes[one.label]] = one
    missing = {disc.label for disc in result.discs if hashes.get(disc.label, "") not in cache.measured}
    if missing & hashes.keys():
        for one in measure_discs(snapshot.labels, _image(nodes.volume), only=missing):
            cache.measured[hashes[one.label]] = one
    found = {}
    for disc in result.discs:
        measured = cache.measured.get(hashes.get(disc.label, ""))
        if measured is not None:
            found[disc.label] = replace(measured, level=disc.level, label=disc.label)
    return found


def _image(volume_node: Any) -> Volume | None:
    if volume_node is None:
        return None
    try:
        return volume_of_node(volume_node)
    except InputError:
        return None


def _image_key(volume_node: Any, labels: Volume) -> tuple:
    image = volume_node.GetImageData() if volume_node is not None else None
    place = tuple((np.round(labels.ijk_to_lps, 3) + 0.0).ravel())  # reading back may differ in the last bits
    return (image.GetMTime() if image is not None else 0, place)
