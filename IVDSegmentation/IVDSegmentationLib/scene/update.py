"""SegmentationResult -> the nodes that are there already, in place. Each call is one undo step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import slicer
import slicer.util

from .. import anatomy
from ..correction import recompute
from ..measurement import DiscMeasurements
from ..segmentation.result import SegmentationResult
from ..spine import Disc, Flag
from . import undo
from .centres import sync_centres
from .create import check_grid, segment_id_of
from .edits import changed_segments, mark_unedited, remember_voxels
from .geometry import cropped_image, ijk_to_ras, parent_to_world
from .measurements import measure
from .names import LABEL_TAG
from .nodes import ResultNodes
from .readback import labels_of_nodes, result_of_nodes
from .run_record import write_run
from .segments import get_tag, labels_of_segments, point_of_segment, write_disc
from .table import write_table


def apply_result(nodes: ResultNodes, result: SegmentationResult, name: str = "Correction") -> bool:
    """Bring segments, centres, table, codes and colours to ``result`` as one undo step called ``name``.

    A disc keeps its segment, whatever its level becomes: segments are matched by their voxels. Segments that are no
    disc of ours are left alone. Edits that were not recorded yet become a step of their own first. Returns False where
    nothing was different.
    """
    if nodes.volume is not None:
        check_grid(nodes.volume, result)
    undo.record(nodes)
    _bring(nodes, result)
    return undo.record(nodes, name)


def replace_result(
    nodes: ResultNodes, result: SegmentationResult, measurements: Sequence[DiscMeasurements] | None = None
) -> None:
    """As ``apply_result`` for a new run of the network: afterwards the result counts as not edited.

    ``measurements`` of these labels in the volume, where they were made already, spare measuring again.
    """
    undo.record(nodes)
    if nodes.volume is not None:
        check_grid(nodes.volume, result)
    _bring(nodes, result, measurements)
    write_run(nodes.segmentation, result)
    mark_unedited(nodes)
    undo.record(nodes, "Segment discs")


def refresh(nodes: ResultNodes, name: str = undo.BY_HAND) -> SegmentationResult:
    """After the user painted in segments, renamed, added or deleted some: everything else follows them.

    Discs whose voxels changed get a new centre and the flag 'edited', renamed ones the confidence of a person. Names
    are brought to the form 'L4-L5'. The whole is one undo step called ``name``. Returns the present result.
    """
    changed = changed_segments(nodes)
    segments = labels_of_segments(nodes.segmentation)
    segmentation = nodes.segmentation.GetSegmentation()
    result = result_of_nodes(nodes)
    result = recompute(result, result.labels, {segments[segment_id] for segment_id in changed})
    tags = {segment_id: get_tag(segmentation.GetSegment(segment_id), LABEL_TAG) for segment_id in segments}
    renamed = {label for segment_id, label in segments.items() if tags[segment_id] not in ("", str(label))}
    discs = {disc.label: _renamed(disc) if disc.label in renamed else disc for disc in result.discs}
    result = replace(result, discs=tuple(discs.values()))
    positions: dict[str, tuple[float, float, float] | None] = {}
    for segment_id, label in segments.items():
        if label not in discs:
            positions[segment_id] = None
        elif segment_id in changed or point_of_segment(segmentation.GetSegment(segment_id), nodes.centres) is None:
            positions[segment_id] = discs[label].centre_mm_lps
    with slicer.util.NodeModify(nodes.segmentation), slicer.util.NodeModify(nodes.centres):
        for segment_id, label in segments.items():
            if label in discs:
                write_disc(segmentation.GetSegment(segment_id), discs[label])
        sync_centres(nodes.segmentation, nodes.centres, positions)
        write_table(nodes.table, result.discs, measure(nodes, result))
        nodes.segmentation.CreateClosedSurfaceRepresentation()
        remember_voxels(nodes)
        write_run(nodes.segmentation, result, probability=False)
    undo.record(nodes, name)
    return result


def _renamed(disc: Disc) -> Disc:
    """A disc whose level a person has set."""
    sure = 0.0 if anatomy.is_unknown_label(disc.label) else 1.0
    flags = tuple(dict.fromkeys([*(flag for flag in disc.flags if flag is not Flag.LEVEL_UNCERTAIN), Flag.EDITED]))
    return replace(disc, confidence=sure, flags=flags)


def _bring(
    nodes: ResultNodes, result: SegmentationResult, measurements: Sequence[DiscMeasurements] | None = None
) -> None:
    """Write a result into the nodes."""
    segmentation = nodes.segmentation.GetSegmentation()
    before = labels_of_nodes(nodes)
    if before.array.shape != result.labels.array.shape:
        raise ValueError(f"labels of shape {result.labels.array.shape} do not fit the grid {before.array.shape}")
    segments = labels_of_segments(nodes.segmentation)
    overlap = _overlap(before.array, result.labels.array)
    match = _match(segments, result.discs, overlap)
    with slicer.util.NodeModify(nodes.segmentation), slicer.util.NodeModify(nodes.centres):
        for segment_id in set(segments) - set(match.values()):
            segmentation.RemoveSegment(segment_id)
        repaint = {
            label: segment_id
            for label, segment_id in match.items()
            if not _same_voxels(overlap, segments.get(segment_id, 0), label)
        }
        _clear(nodes.segmentation, [segment_id for segment_id in repaint.values() if segment_id in segments])
        for disc in result.discs:
            if segmentation.GetSegment(match[disc.label]) is None:
                segmentation.AddEmptySegment(match[disc.label])
            write_disc(segmentation.GetSegment(match[disc.label]), disc)
        _paint(nodes.segmentation, result, repaint)
        sync_centres(nodes.segmentation, nodes.centres, {match[disc.label]: disc.centre_mm_lps for disc in result.discs})
        write_table(nodes.table, result.discs, measure(nodes, result, measurements))
        nodes.segmentation.CreateClosedSurfaceRepresentation()
        remember_voxels(nodes)
        write_run(nodes.segmentation, result, probability=False)


def _overlap(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Matrix 256 x 256: number of voxels with each pair of values (before, after)."""
    pairs = before.ravel().astype(np.uint16) * np.uint16(256) + after.ravel().astype(np.uint16)
    return np.bincount(pairs, minlength=65536).reshape(256, 256)


def _same_voxels(overlap: np.ndarray, before: int, after: int) -> bool:
    return before > 0 and overlap[before, after] == overlap[before].sum() == overlap[:, after].sum()


def _match(segments: dict[str, int], discs: tuple[Disc, ...], overlap: np.ndarray) -> dict[int, str]:
    """New label value -> segment ID: the segment that shares most voxels, else a new one."""
    pairs = sorted(
        (
            (int(overlap[label, disc.label]), segment_id, disc.label)
            for segment_id, label in segments.items()
            for disc in discs
        ),
        key=lambda pair: -pair[0],
    )
    match: dict[int, str] = {}
    for count, segment_id, label in pairs:
        if count and label not in match and segment_id not in match.values():
            match[label] = segment_id
    taken = set(segments) | set(match.values())
    for disc in discs:
        if disc.label not in match:
            wanted = [segment_id_of(disc.label), *(f"{segment_id_of(disc.label)}_{n}" for n in range(2, 1000))]
            match[disc.label] = next(segment_id for segment_id in wanted if segment_id not in taken)
            taken.add(match[disc.label])
    return match


def _clear(segmentation_node: Any, segment_ids: list[str]) -> None:
    """Empty all segments that get other voxels before the first is painted, so that none gets into another's way."""
    for segment_id in segment_ids:
        slicer.vtkSlicerSegmentationsModuleLogic.ClearSegment(segmentation_node, segment_id)


def _paint(segmentation_node: Any, result: SegmentationResult, segment_ids: dict[int, str]) -> None:
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    local = np.linalg.inv(parent_to_world(segmentation_node)) @ ijk_to_ras(result.labels)
    for label, segment_id in segment_ids.items():
        mask = cropped_image((result.labels.array == label).astype(np.uint8), local)
        logic.SetBinaryLabelmapToSegment(mask, segmentation_node, segment_id, logic.MODE_REPLACE)
