"""SegmentationResult -> nodes: new ones, or those that are there already. Each change is one undo step.

A change reads the nodes once before (mostly that is known already) and once after, see ``result.snapshot_of``. A disc
whose outline changed after a person accepted it is to be reviewed again; another level alone is no reason to.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import slicer
import slicer.util

from ..correction import recompute
from ..errors import InputError
from ..measurement import DiscMeasurements
from ..segmentation.result import SegmentationResult
from ..spine import Disc
from ..spine.chain import named_by_hand
from . import history
from .centres import make_centres, point_of_segment, sync_centres
from .geometry import cropped_image, ijk_to_ras, parent_to_world
from .measurements import measure
from .names import CENTRES_ROLE, LABEL_TAG, OWNER_ROLE, TABLE_ROLE, VOLUME_ROLE
from .nodes import ResultNodes, put_into_folder, remove_result, set_reviewed
from .result import changed_segments, mark_unedited, note_snapshot, note_voxels, result_of_nodes, snapshot_of
from .run_record import write_run
from .segments import add_segments, get_tag, labels_of_segments, make_segmentation, segment_id_of, write_disc
from .table import make_table, write_table

Steps = Generator[None, None, ResultNodes]
"""A change of the scene in steps of some hundredths of a second, so that the window stays alive between them. Closing the
generator before its end leaves the scene as it was."""


def complete(steps: Steps) -> ResultNodes:
    """All steps at once."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def add_result(
    volume_node: Any, result: SegmentationResult, measurements: Sequence[DiscMeasurements] | None = None
) -> ResultNodes:
    """Make the nodes of a result, in a folder under the volume, beside results that are there already ("keep both").

    ``measurements`` of these labels in this volume, where they were made already, spare measuring again. To replace a
    result use ``replace_result``. Raises ``InputError`` where the volume is no longer the one that was
    segmented.
    """
    return complete(adding_result(volume_node, result, measurements))


def adding_result(
    volume_node: Any, result: SegmentationResult, measurements: Sequence[DiscMeasurements] | None = None
) -> Steps:
    """``add_result`` in steps. The result is found by ``existing_result`` only when it is whole."""
    check_grid(volume_node, result)
    scene, volume_name = slicer.mrmlScene, volume_node.GetName()
    name = scene.GenerateUniqueName(f"{volume_name} discs")
    suffix = name.removeprefix(f"{volume_name} discs")  # "_1" for the second result of a volume
    segmentation = make_segmentation(volume_node, name)
    centres = make_centres(f"{volume_name} S1 to T11{suffix}")
    table = make_table(f"{volume_name} disc table{suffix}")
    nodes = ResultNodes(segmentation, centres, table)
    try:
        _link(nodes, volume_node)
        known = [disc.label for disc in result.discs]
        array = np.where(np.isin(result.labels.array, known), result.labels.array, 0).astype(np.uint8)
        yield
        yield from add_segments(segmentation, volume_node, result.discs, array)
        with slicer.util.NodeModify(centres):
            positions = {segment_id_of(disc.label): disc.centre_mm_lps for disc in result.discs}
            sync_centres(segmentation, centres, positions)
        yield
        note_snapshot(nodes, array)
        yield from _measuring(nodes, result, measurements)
        write_table(table, result.discs, measure(nodes, result, measurements))
        yield
        write_run(segmentation, result)
        note_voxels(nodes)
        mark_unedited(nodes)
        put_into_folder(nodes)
        yield
        history.record(nodes, "")
    except BaseException:
        remove_result(nodes)  # never half a result
        raise
    return nodes


def apply_result(nodes: ResultNodes, result: SegmentationResult, name: str = "Correction") -> bool:
    """Bring segments, centres, table, codes and colours to ``result`` as one undo step called ``name``.

    A disc keeps its segment, whatever its level becomes: segments are matched by their voxels. Segments that are no
    disc of ours are left alone. Edits that were not recorded yet become a step of their own first. Returns False where
    nothing was different.
    """
    if nodes.volume is not None:
        check_grid(nodes.volume, result)
    history.record(nodes)
    _write(nodes, result)
    return history.record(nodes, name)


def replace_result(
    nodes: ResultNodes, result: SegmentationResult, measurements: Sequence[DiscMeasurements] | None = None
) -> None:
    """As ``apply_result`` for a new run of the network: afterwards the result counts as not edited.

    ``measurements`` of these labels in the volume, where they were made already, spare measuring again.
    """
    complete(replacing_result(nodes, result, measurements))


def replacing_result(
    nodes: ResultNodes, result: SegmentationResult, measurements: Sequence[DiscMeasurements] | None = None
) -> Steps:
    """``replace_result`` in steps."""
    history.record(nodes)
    if nodes.volume is not None:
        check_grid(nodes.volume, result)
    try:
        yield
        yield from _writing(nodes, result, measurements)
        write_run(nodes.segmentation, result)
        mark_unedited(nodes)
        yield
    except BaseException:
        if nodes.in_scene:
            history.restore(nodes)
        raise
    history.record(nodes, "Segment discs")
    return nodes


def refresh(nodes: ResultNodes, name: str = history.BY_HAND) -> SegmentationResult:
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
    result = result.with_discs(
        result.labels, (named_by_hand(disc, disc.label) if disc.label in renamed else disc for disc in result.discs)
    )
    discs = {disc.label: disc for disc in result.discs}
    positions: dict[str, tuple[float, float, float] | None] = {}
    for segment_id, label in segments.items():
        if label not in discs:
            positions[segment_id] = None
        elif segment_id in changed or point_of_segment(segment_id, nodes.centres) is None:
            positions[segment_id] = discs[label].centre_mm_lps
    with slicer.util.NodeModify(nodes.segmentation), slicer.util.NodeModify(nodes.centres):
        for segment_id, label in segments.items():
            if label in discs:
                write_disc(segmentation.GetSegment(segment_id), discs[label])
            if segment_id in changed:
                set_reviewed(nodes, label, False)
        sync_centres(nodes.segmentation, nodes.centres, positions)
        write_table(nodes.table, result.discs, measure(nodes, result))
        nodes.segmentation.CreateClosedSurfaceRepresentation()
        note_voxels(nodes)
        write_run(nodes.segmentation, result, probability=False)
    history.record(nodes, name)
    return result


def check_grid(volume_node: Any, result: SegmentationResult) -> None:
    """Raise ``InputError`` where a result does not lie on the grid of a volume."""
    image = volume_node.GetImageData() if volume_node is not None else None
    if image is None or image.GetDimensions() != result.labels.size_ijk:
        name = volume_node.GetName() if volume_node is not None else "?"
        raise InputError(f"The volume '{name}' was changed while its discs were being found. Segment it again.")


# ------------------------------------------------------------------ a new result
def _link(nodes: ResultNodes, volume_node: Any) -> None:
    """Tie the nodes to each other and to the volume."""
    segmentation, centres, table = nodes.segmentation, nodes.centres, nodes.table
    for role, node in ((VOLUME_ROLE, volume_node), (CENTRES_ROLE, centres), (TABLE_ROLE, table)):
        segmentation.SetNodeReferenceID(role, node.GetID())
    for node in (centres, table):
        node.SetNodeReferenceID(OWNER_ROLE, segmentation.GetID())
    transform = volume_node.GetParentTransformNode()
    if transform is not None:
        centres.SetAndObserveTransformNodeID(transform.GetID())


# --------------------------------------------------------- nodes that are there
def _write(nodes: ResultNodes, result: SegmentationResult) -> None:
    """Write a result into the nodes."""
    for _step in _writing(nodes, result):
        pass


def _writing(
    nodes: ResultNodes, result: SegmentationResult, measurements: Sequence[DiscMeasurements] | None = None
) -> Iterator[None]:
    """``_write`` in steps."""
    segmentation, before = nodes.segmentation.GetSegmentation(), snapshot_of(nodes)
    if before.labels.array.shape != result.labels.array.shape:
        raise ValueError(f"labels of shape {result.labels.array.shape} do not fit the grid {before.labels.array.shape}")
    segments, outlines = before.segments, set(before.voxels.values())
    overlap = _overlap(before.labels.array, result.labels.array)
    match = _match(segments, result.discs, overlap)
    yield
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
        for _label in _paint(nodes.segmentation, result, repaint):
            yield
        for label, outline in snapshot_of(nodes).voxels.items():
            if outline not in outlines:
                set_reviewed(nodes, label, False)
        yield from _measuring(nodes, result, measurements)
        sync_centres(nodes.segmentation, nodes.centres, {match[disc.label]: disc.centre_mm_lps for disc in result.discs})
        write_table(nodes.table, result.discs, measure(nodes, result, measurements))
        yield
        nodes.segmentation.CreateClosedSurfaceRepresentation()
        note_voxels(nodes)
        write_run(nodes.segmentation, result, probability=False)


def _measuring(nodes: ResultNodes, result: SegmentationResult, given: Sequence[DiscMeasurements] | None) -> Iterator[None]:
    """Measure what was not given, one disc at each step; ``measure`` keeps it."""
    for disc in result.discs:
        measure(nodes, replace(result, discs=(disc,)), given)
        yield


def _overlap(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Matrix 256 x 256: number of voxels with each pair of values (before, after)."""
    pairs = before.ravel().astype(np.uint16) * np.uint16(256) + after.ravel().astype(np.uint16)
    return np.bincount(pairs, minlength=65536).reshape(256, 256)


def _same_voxels(overlap: np.ndarray, before: int, after: int) -> bool:
    return before > 0 and overlap[before, after] == overlap[before].sum() == overlap[:, after].sum()


def _match(segments: dict[str, int], discs: tuple[Disc, ...], overlap: np.ndarray) -> dict[int, str]:
    """New label value -> segment ID: the segment that shares most voxels, else a new one."""
    pairs = sorted(
        ((int(overlap[label, disc.label]), segment_id, disc.label) for segment_id, label in segments.items() for disc in discs),
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


def _paint(segmentation_node: Any, result: SegmentationResult, segment_ids: dict[int, str]) -> Iterator[int]:
    """Give segments their voxels, one after the other."""
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    local = np.linalg.inv(parent_to_world(segmentation_node)) @ ijk_to_ras(result.labels)
    for label, segment_id in segment_ids.items():
        mask = cropped_image((result.labels.array == label).astype(np.uint8), local)
        logic.SetBinaryLabelmapToSegment(mask, segmentation_node, segment_id, logic.MODE_REPLACE)
        yield label
