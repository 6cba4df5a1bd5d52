"""SegmentationResult -> nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import slicer

from ..errors import InputError
from ..measurement import DiscMeasurements
from ..segmentation.result import SegmentationResult
from . import undo
from .centres import make_centres, sync_centres
from .edits import mark_unedited, remember_voxels, voxels_of_nodes
from .geometry import cropped_image, ijk_to_ras_of_node
from .measurements import measure
from .names import CENTRES_ROLE, OWNER_ROLE, TABLE_ROLE, VOLUME_ROLE
from .nodes import ResultNodes, remove_result, subject_hierarchy
from .run_record import write_run
from .segments import write_disc
from .table import make_table, write_table

FILL_OPACITY = 0.25
OUTLINE_OPACITY = 1.0


def add_result(
    volume_node: Any, result: SegmentationResult, measurements: Sequence[DiscMeasurements] | None = None
) -> ResultNodes:
    """Make the nodes of a result, in a folder under the volume, beside results that are there already ("keep both").

    ``measurements`` of these labels in this volume, where they were made already, spare measuring again. To replace an
    result use ``update.replace_result``. Raises ``InputError`` where the volume is no longer the one that was
    segmented.
    """
    check_grid(volume_node, result)
    scene, volume_name = slicer.mrmlScene, volume_node.GetName()
    name = scene.GenerateUniqueName(f"{volume_name} discs")
    suffix = name.removeprefix(f"{volume_name} discs")  # "_1" for the second result of a volume
    segmentation = _make_segmentation(volume_node, result, name)
    centres = make_centres(f"{volume_name} S1 to T11{suffix}")
    table = make_table(f"{volume_name} disc table{suffix}")
    nodes = ResultNodes(segmentation, centres, table)
    try:
        _fill(nodes, volume_node, result, measurements)
        _put_into_folder(volume_node, nodes, name)
    except BaseException:
        remove_result(nodes)  # never half a result
        raise
    undo.record(nodes, "")
    return nodes


def _fill(
    nodes: ResultNodes,
    volume_node: Any,
    result: SegmentationResult,
    measurements: Sequence[DiscMeasurements] | None,
) -> None:
    """Tie the nodes to each other and to the volume; write everything but the segments into them."""
    segmentation, centres, table = nodes.segmentation, nodes.centres, nodes.table
    for role, node in ((VOLUME_ROLE, volume_node), (CENTRES_ROLE, centres), (TABLE_ROLE, table)):
        segmentation.SetNodeReferenceID(role, node.GetID())
    for node in (centres, table):
        node.SetNodeReferenceID(OWNER_ROLE, segmentation.GetID())
    transform = volume_node.GetParentTransformNode()
    if transform is not None:
        centres.SetAndObserveTransformNodeID(transform.GetID())
    write_run(segmentation, result)
    sync_centres(segmentation, centres, {segment_id_of(disc.label): disc.centre_mm_lps for disc in result.discs})
    write_table(table, result.discs, measure(nodes, result, measurements))
    segmentation.CreateClosedSurfaceRepresentation()
    voxels = voxels_of_nodes(nodes)
    remember_voxels(nodes, voxels)
    mark_unedited(nodes, voxels)


def check_grid(volume_node: Any, result: SegmentationResult) -> None:
    """Raise ``InputError`` where a result does not lie on the grid of a volume."""
    image = volume_node.GetImageData() if volume_node is not None else None
    if image is None or image.GetDimensions() != result.labels.size_ijk:
        name = volume_node.GetName() if volume_node is not None else "?"
        raise InputError(f"The volume '{name}' was changed while its discs were being found. Segment it again.")


def segment_id_of(label: int) -> str:
    """ID of the segment made for a label value. It stays when the level changes: ask ``segments`` for the level."""
    return f"disc_{label}"


def _make_segmentation(volume_node: Any, result: SegmentationResult, name: str) -> Any:
    """Segments of all discs on one shared layer, in the geometry and under the transform of the volume."""
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    node.CreateDefaultDisplayNodes()
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume_node)
    display = node.GetDisplayNode()
    display.SetOpacity2DFill(FILL_OPACITY)
    display.SetOpacity2DOutline(OUTLINE_OPACITY)
    segmentation = node.GetSegmentation()
    segmentation.SetSourceRepresentationName(slicer.vtkSegmentationConverter.GetBinaryLabelmapRepresentationName())
    discs = [disc.label for disc in result.discs]
    array = np.where(np.isin(result.labels.array, discs), result.labels.array, 0).astype(np.uint8)
    image = cropped_image(array, ijk_to_ras_of_node(volume_node))
    for disc in result.discs:
        segment = slicer.vtkSegment()
        segment.SetLabelValue(disc.label)
        segment.AddRepresentation(segmentation.GetSourceRepresentationName(), image)
        write_disc(segment, disc)
        segmentation.AddSegment(segment, segment_id_of(disc.label))
    transform = volume_node.GetParentTransformNode()
    if transform is not None:
        node.SetAndObserveTransformNodeID(transform.GetID())
    return node


def _put_into_folder(volume_node: Any, nodes: ResultNodes, name: str) -> None:
    """One folder under the volume's item, and so under its study, which DICOM export asks for."""
    hierarchy = subject_hierarchy()
    volume_item = item_of(volume_node)
    folder = hierarchy.CreateFolderItem(volume_item, name)
    for node in (nodes.segmentation, nodes.centres, nodes.table):
        hierarchy.SetItemParent(item_of(node), folder)


def item_of(node: Any) -> int:
    """Subject-hierarchy item of a node. Slicer makes one for every node; without its Qt part we do."""
    hierarchy = subject_hierarchy()
    return hierarchy.GetItemByDataNode(node) or hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)
