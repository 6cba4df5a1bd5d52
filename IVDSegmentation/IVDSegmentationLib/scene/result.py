"""What the nodes of a result hold now, whatever the user edited, and whether that is still what the network gave.

The voxels are read by merging the segments into a label map, and told apart by a hash for each disc. Both are slow enough
to be done once for a state: everything here and in ``history``, ``write`` and ``measurements`` asks for ``snapshot_of``.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import slicer
import vtk

from ..segmentation.result import SegmentationResult
from ..spine import Region, disc_regions
from ..volume import Volume
from .centres import CENTRE_TOLERANCE_MM, centre_of_segment, point_of_segment
from .geometry import (
    array_of_image,
    array_of_matrix,
    ijk_to_ras,
    ijk_to_ras_of_node,
    oriented_image,
    parent_to_world,
    volume_from_ras,
)
from .names import LABEL_TAG, ORIGINAL_ATTRIBUTE, VOXELS_TAG
from .nodes import PerResult, ResultNodes
from .run_record import read_probability, read_run
from .segments import get_tag, labels_of_segments, read_disc
from .volumes import volume_of_node

Fingerprint = tuple[str, tuple[float, ...]]
"""Hash of the voxels; the point's position without its parent transform (RAS, mm), empty where there is no point."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The voxels of a result at one moment. ``labels`` (uint8, values of anatomy) lies on the grid of the volume;
    ``segments``: segment ID -> label value, without segments that are no disc."""

    labels: Volume
    segments: dict[str, int]

    @cached_property
    def voxels(self) -> dict[int, str]:
        """Label value -> hash of the places of its voxels."""
        flat = self.labels.array.ravel()
        places = np.flatnonzero(flat != 0)  # of booleans: four times as fast
        values = flat[places]
        return {
            int(label): hashlib.blake2b(places[values == label].tobytes(), digest_size=12).hexdigest()
            for label in np.unique(values)
        }

    @cached_property
    def regions(self) -> dict[int, Region]:
        """Label value -> voxels of the disc, from below. Empty segments are left out."""
        return disc_regions(self.labels)


@dataclass
class _Latest:
    stamp: tuple = ()
    snapshot: Snapshot | None = None


_latest: PerResult[_Latest] = PerResult(_Latest)


def snapshot_of(nodes: ResultNodes) -> Snapshot:
    """The present voxels. As long as nothing was painted, moved or renamed, the same object comes back.

    Where segments overlap the later one wins. Raises ``InputError`` where the volume cannot be used any more.
    """
    latest, stamp = _latest.of(nodes), _stamp(nodes)
    if latest.snapshot is None or latest.stamp != stamp:
        segments = labels_of_segments(nodes.segmentation)
        latest.stamp, latest.snapshot = stamp, Snapshot(_merged(nodes, segments), segments)
    return latest.snapshot


def note_snapshot(nodes: ResultNodes, array: np.ndarray) -> None:
    """Take this label map, on the grid of the volume, for what the segments hold: right after they were made from it, it
    need not be read back."""
    latest, segments = _latest.of(nodes), labels_of_segments(nodes.segmentation)
    latest.stamp, latest.snapshot = _stamp(nodes), Snapshot(_grid(nodes).with_array(array), segments)


def labels_of_nodes(nodes: ResultNodes) -> Volume:
    """Label map (uint8, values of anatomy) on the grid of the volume."""
    return snapshot_of(nodes).labels


def result_of_nodes(nodes: ResultNodes) -> SegmentationResult:
    """The present result: voxels and levels of the segments, centres as the points lie, flags and model of the run.

    A disc without a point has the centroid of its voxels as its centre. Empty segments are left out.
    """
    snapshot = snapshot_of(nodes)
    segmentation = nodes.segmentation.GetSegmentation()
    discs = []
    for segment_id, label in snapshot.segments.items():
        region = snapshot.regions.get(label)
        if region is not None:
            centre = centre_of_segment(nodes.centres, segment_id) or region.centre
            discs.append(read_disc(segmentation.GetSegment(segment_id), label, centre, region.volume_mm3))
    labels, probability = snapshot.labels, read_probability(nodes.segmentation)
    if probability is None:  # deleted by the user: corrections still have the present border to start from
        probability = labels.with_array((labels.array > 0).astype(np.float16))
    return SegmentationResult(
        labels=labels,
        discs=tuple(sorted(discs, key=lambda disc: disc.centre_mm_lps[2])),
        probability=probability,
        **read_run(nodes.segmentation),
    )


# ------------------------------------------------------------------------- edits
def is_edited(nodes: ResultNodes) -> bool:
    """True when voxels, levels or centres are not what the network gave."""
    text = nodes.segmentation.GetAttribute(ORIGINAL_ATTRIBUTE)
    if not text:
        return True
    original = {int(label): (voxels, tuple(centre)) for label, (voxels, centre) in json.loads(text).items()}
    present = fingerprints(nodes)
    return original.keys() != present.keys() or any(_differ(original[label], present[label]) for label in original)


def mark_unedited(nodes: ResultNodes) -> None:
    """Take the present content as that of the network."""
    nodes.segmentation.SetAttribute(ORIGINAL_ATTRIBUTE, json.dumps(fingerprints(nodes)))


def fingerprints(nodes: ResultNodes) -> dict[int, Fingerprint]:
    """Label value -> fingerprint of each disc."""
    snapshot = snapshot_of(nodes)
    found: dict[int, Fingerprint] = {}
    for segment_id, label in snapshot.segments.items():
        index = point_of_segment(segment_id, nodes.centres)
        position = nodes.centres.GetNthControlPointPosition(index) if index is not None else ()
        found[label] = (snapshot.voxels.get(label, ""), tuple(float(value) for value in position))
    return found


def note_voxels(nodes: ResultNodes) -> None:
    """Note in each segment what its voxels are now, so that ``changed_segments`` can tell later."""
    snapshot = snapshot_of(nodes)
    for segment_id, label in snapshot.segments.items():
        segment = nodes.segmentation.GetSegmentation().GetSegment(segment_id)
        segment.SetTag(VOXELS_TAG, snapshot.voxels.get(label, ""))


def changed_segments(nodes: ResultNodes) -> set[str]:
    """IDs of the segments whose voxels are not those last noted."""
    snapshot, segmentation = snapshot_of(nodes), nodes.segmentation.GetSegmentation()
    return {
        segment_id
        for segment_id, label in snapshot.segments.items()
        if get_tag(segmentation.GetSegment(segment_id), VOXELS_TAG) != snapshot.voxels.get(label, "")
    }


def is_behind(nodes: ResultNodes) -> bool:
    """Whether segments were painted, renamed, added or deleted and centres, table and tags do not follow yet."""
    snapshot, segmentation = snapshot_of(nodes), nodes.segmentation.GetSegmentation()
    renamed = any(
        get_tag(segmentation.GetSegment(segment_id), LABEL_TAG) != str(label)
        for segment_id, label in snapshot.segments.items()
        if label in snapshot.voxels
    )
    return renamed or bool(changed_segments(nodes)) or nodes.table.GetNumberOfRows() != len(snapshot.regions)


def _differ(one: Fingerprint, other: Fingerprint) -> bool:
    if one[0] != other[0] or len(one[1]) != len(other[1]):
        return True
    return any(abs(a - b) > CENTRE_TOLERANCE_MM for a, b in zip(one[1], other[1], strict=True))


# ----------------------------------------------------------------------- reading
def _stamp(nodes: ResultNodes) -> tuple:
    """What a snapshot depends on, cheap to read: segments and their levels, images by time of change, grid, transforms."""
    segmentation = nodes.segmentation.GetSegmentation()
    name = slicer.vtkSegmentationConverter.GetBinaryLabelmapRepresentationName()
    images = []
    for segment_id in segmentation.GetSegmentIDs():
        segment = segmentation.GetSegment(segment_id)
        image = segment.GetRepresentation(name)
        images.append((segment_id, segment.GetLabelValue(), image.GetMTime() if image is not None else 0))
    if nodes.volume is not None and nodes.volume.GetImageData() is not None:
        world = parent_to_world(nodes.volume) @ ijk_to_ras_of_node(nodes.volume)
        grid = (nodes.volume.GetImageData().GetDimensions(), world.tobytes())
    else:
        grid = (_reference_geometry(nodes), b"")
    levels = tuple(labels_of_segments(nodes.segmentation).items())
    return (tuple(images), levels, grid, parent_to_world(nodes.segmentation).tobytes())


def _merged(nodes: ResultNodes, labels: dict[str, int]) -> Volume:
    """Label map from one or several layers."""
    grid = _grid(nodes)
    if not labels:
        return grid
    ids = vtk.vtkStringArray()
    for segment_id in labels:
        ids.InsertNextValue(segment_id)
    merged = slicer.vtkOrientedImageData()
    # the grid as the segmentation sees it: without the transforms above it
    local = np.linalg.inv(parent_to_world(nodes.segmentation)) @ ijk_to_ras(grid)
    done = nodes.segmentation.GenerateMergedLabelmapForAllSegments(
        merged, slicer.vtkSegmentation.EXTENT_REFERENCE_GEOMETRY, oriented_image(grid.array, local), ids
    )
    if not done:
        raise RuntimeError("Slicer could not merge the segments into a label map.")
    values = np.array([0, *labels.values()], np.uint8)  # the merged map counts the segments from 1
    return grid.with_array(values[array_of_image(merged)])


def _grid(nodes: ResultNodes) -> Volume:
    """Empty label map on the volume's grid; where the volume is gone, on the geometry kept with the segmentation."""
    if nodes.volume is not None and nodes.volume.GetImageData() is not None:
        volume = volume_of_node(nodes.volume)
        return volume.with_array(np.zeros(volume.array.shape, np.uint8))
    image, matrix = slicer.vtkOrientedImageData(), vtk.vtkMatrix4x4()
    slicer.vtkSegmentationConverter.DeserializeImageGeometry(_reference_geometry(nodes), image, False)
    image.GetImageToWorldMatrix(matrix)
    i, j, k = image.GetDimensions()
    world = parent_to_world(nodes.segmentation) @ array_of_matrix(matrix)
    return volume_from_ras(np.zeros((k, j, i), np.uint8), world)


def _reference_geometry(nodes: ResultNodes) -> str:
    parameter = slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName()
    return nodes.segmentation.GetSegmentation().GetConversionParameter(parameter)
