"""Has somebody edited this result since the network made it?

Each disc has a fingerprint: a hash of its voxels on the volume's grid, and its centre. One set of fingerprints, that of
the network's result, is kept with the segmentation. Levels are in it because the label value is the key.
"""

from __future__ import annotations

import hashlib
import json

import numpy as np

from ..volume import Volume
from .centres import CENTRE_TOLERANCE_MM
from .names import ORIGINAL_ATTRIBUTE, VOXELS_TAG
from .nodes import ResultNodes
from .readback import labels_of_nodes
from .segments import get_tag, labels_of_segments, point_of_segment

Fingerprint = tuple[str, tuple[float, ...]]
"""Hash of the voxels; the point's position without its parent transform (RAS, mm), empty where there is no point."""


def result_is_edited(nodes: ResultNodes) -> bool:
    """True when voxels, levels or centres are not what the network gave."""
    text = nodes.segmentation.GetAttribute(ORIGINAL_ATTRIBUTE)
    if not text:
        return True
    original = {int(label): (voxels, tuple(centre)) for label, (voxels, centre) in json.loads(text).items()}
    present = fingerprints(nodes)
    return original.keys() != present.keys() or any(_differ(original[label], present[label]) for label in original)


def mark_unedited(nodes: ResultNodes, voxels: dict[int, str] | None = None) -> None:
    """Take the present content as that of the network. ``voxels``: the present ``voxels_of_nodes``, where known."""
    nodes.segmentation.SetAttribute(ORIGINAL_ATTRIBUTE, json.dumps(fingerprints(nodes, voxels)))


def fingerprints(nodes: ResultNodes, voxels: dict[int, str] | None = None) -> dict[int, Fingerprint]:
    """Label value -> fingerprint of each disc. ``voxels``: the present ``voxels_of_nodes``, where known."""
    voxels = voxels_of_nodes(nodes) if voxels is None else voxels
    segmentation = nodes.segmentation.GetSegmentation()
    found: dict[int, Fingerprint] = {}
    for segment_id, label in labels_of_segments(nodes.segmentation).items():
        index = point_of_segment(segmentation.GetSegment(segment_id), nodes.centres)
        position = nodes.centres.GetNthControlPointPosition(index) if index is not None else ()
        found[label] = (voxels.get(label, ""), tuple(float(value) for value in position))
    return found


def voxels_of_nodes(nodes: ResultNodes) -> dict[int, str]:
    """Label value -> hash of the places of its voxels, as the segments are now."""
    return voxel_hashes(labels_of_nodes(nodes))


def voxel_hashes(labels: Volume) -> dict[int, str]:
    """Label value -> hash of the places of its voxels."""
    flat = labels.array.ravel()
    places = np.flatnonzero(flat != 0)  # of booleans: four times as fast
    values = flat[places]
    return {
        int(label): hashlib.blake2b(places[values == label].tobytes(), digest_size=12).hexdigest()
        for label in np.unique(values)
    }


def remember_voxels(nodes: ResultNodes, voxels: dict[int, str] | None = None) -> None:
    """Note in each segment what its voxels are now, so that ``changed_segments`` can tell later. ``voxels``: the
    present ``voxels_of_nodes``, where known."""
    for segment_id, hashed in _hashes_by_segment(nodes, voxels).items():
        nodes.segmentation.GetSegmentation().GetSegment(segment_id).SetTag(VOXELS_TAG, hashed)


def changed_segments(nodes: ResultNodes) -> set[str]:
    """IDs of the segments whose voxels are not those last noted."""
    segmentation = nodes.segmentation.GetSegmentation()
    return {
        segment_id
        for segment_id, voxels in _hashes_by_segment(nodes).items()
        if get_tag(segmentation.GetSegment(segment_id), VOXELS_TAG) != voxels
    }


def _hashes_by_segment(nodes: ResultNodes, hashes: dict[int, str] | None = None) -> dict[str, str]:
    hashes = voxels_of_nodes(nodes) if hashes is None else hashes
    return {segment_id: hashes.get(label, "") for segment_id, label in labels_of_segments(nodes.segmentation).items()}


def _differ(one: Fingerprint, other: Fingerprint) -> bool:
    if one[0] != other[0] or len(one[1]) != len(other[1]):
        return True
    return any(abs(a - b) > CENTRE_TOLERANCE_MM for a, b in zip(one[1], other[1], strict=True))
