"""The nodes that one result consists of, and how they are found again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import slicer
import slicer.util
import vtk

from .names import CENTRES_ROLE, CHARTS_ROLE, OWNER_ROLE, PROBABILITY_ROLE, RUN_ATTRIBUTE, TABLE_ROLE, VOLUME_ROLE
from .segments import labels_of_segments


@dataclass(frozen=True)
class ResultNodes:
    """Nodes of one result."""

    segmentation: Any
    centres: Any
    table: Any

    @property
    def volume(self) -> Any | None:
        """The volume node that was segmented; None where it was deleted."""
        return self.segmentation.GetNodeReference(VOLUME_ROLE)

    @property
    def folder(self) -> int:
        """Subject-hierarchy item that holds the three."""
        hierarchy = subject_hierarchy()
        return hierarchy.GetItemParent(hierarchy.GetItemByDataNode(self.segmentation))

    @property
    def in_scene(self) -> bool:
        """False as soon as one of the three was deleted."""
        return all(node.GetScene() is not None for node in (self.segmentation, self.centres, self.table))


Kept = TypeVar("Kept")


class PerResult(Generic[Kept]):
    """Something that is kept for each result of the scene and forgotten with its segmentation.

    Node IDs return when a scene is closed and another opened, nodes do not.
    """

    def __init__(self, make: Callable[[], Kept]) -> None:
        self._make = make
        self._kept: dict[str, tuple[vtk.vtkWeakReference, Kept]] = {}

    def of(self, nodes: ResultNodes) -> Kept:
        """What is kept for this result; made on the first call."""
        for node_id in [node_id for node_id, (node, _) in self._kept.items() if node.Get() is None]:
            del self._kept[node_id]
        node_id = nodes.segmentation.GetID()
        if node_id not in self._kept or self._kept[node_id][0].Get() is not nodes.segmentation:
            reference = vtk.vtkWeakReference()
            reference.Set(nodes.segmentation)
            self._kept[node_id] = (reference, self._make())
        return self._kept[node_id][1]


def subject_hierarchy() -> Any:
    return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)


def item_of(node: Any) -> int:
    """Subject-hierarchy item of a node. Slicer makes one for every node; without its Qt part we do."""
    hierarchy = subject_hierarchy()
    return hierarchy.GetItemByDataNode(node) or hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)


def put_into_folder(nodes: ResultNodes) -> None:
    """One folder for what lies at the top of the hierarchy, under the volume's item, and so under its study, which DICOM
    export asks for. What the user has put elsewhere stays there.

    Also called after a scene was read: Slicer puts a node whose item it cannot match at the top.
    """
    hierarchy = subject_hierarchy()
    top = hierarchy.GetSceneItemID()
    volume_item = item_of(nodes.volume) if nodes.volume is not None else top
    parents = {node: hierarchy.GetItemParent(item_of(node)) for node in (nodes.segmentation, nodes.centres, nodes.table)}
    folder = next((parent for parent in parents.values() if parent not in (0, top, volume_item)), 0)
    if not folder:
        folder = hierarchy.CreateFolderItem(volume_item, nodes.segmentation.GetName())
    elif hierarchy.GetItemParent(folder) in (0, top):
        hierarchy.SetItemParent(folder, volume_item)
    for node, parent in parents.items():
        if parent in (0, top):
            hierarchy.SetItemParent(item_of(node), folder)


def nodes_of_segmentation(segmentation: Any) -> ResultNodes | None:
    """The result that a segmentation node belongs to; None where it is not ours, a copy, or a part was deleted."""
    if segmentation is None or segmentation.GetAttribute(RUN_ATTRIBUTE) is None:
        return None
    centres, table = segmentation.GetNodeReference(CENTRES_ROLE), segmentation.GetNodeReference(TABLE_ROLE)
    if any(node is None or node.GetNodeReference(OWNER_ROLE) is not segmentation for node in (centres, table)):
        return None
    return ResultNodes(segmentation, centres, table)


def existing_results(volume_node: Any) -> list[ResultNodes]:
    """All results of a volume, oldest first; of the whole scene for None."""
    found = (nodes_of_segmentation(node) for node in slicer.util.getNodesByClass("vtkMRMLSegmentationNode"))
    return [nodes for nodes in found if nodes and (volume_node is None or nodes.volume is volume_node)]


def existing_result(volume_node: Any) -> ResultNodes | None:
    """The latest result of a volume."""
    results = existing_results(volume_node) if volume_node is not None else []
    return results[-1] if results else None


def segment_of_label(nodes: ResultNodes, label: int) -> str | None:
    """Segment ID of the disc with this label value (1 L5-S1 …, 51 … unknown)."""
    labels = labels_of_segments(nodes.segmentation)
    return next((segment_id for segment_id, value in labels.items() if value == label), None)


def is_reviewed(nodes: ResultNodes, label: int) -> bool:
    """Whether a person has accepted this disc: Slicer's own segment status, so the Segment Editor shows it too."""
    segment, logic = _segment(nodes, label), slicer.vtkSlicerSegmentationsModuleLogic
    return segment is not None and logic.GetSegmentStatus(segment) == logic.Completed


def set_reviewed(nodes: ResultNodes, label: int, reviewed: bool) -> None:
    segment, logic = _segment(nodes, label), slicer.vtkSlicerSegmentationsModuleLogic
    if segment is not None and is_reviewed(nodes, label) != reviewed:
        logic.SetSegmentStatus(segment, logic.Completed if reviewed else logic.NotStarted)


def _segment(nodes: ResultNodes, label: int) -> Any | None:
    segment_id = segment_of_label(nodes, label)
    return None if segment_id is None else nodes.segmentation.GetSegmentation().GetSegment(segment_id)


def charts_of(nodes: ResultNodes) -> list[Any]:
    """The plot charts that belong to a result."""
    count = nodes.segmentation.GetNumberOfNodeReferences(CHARTS_ROLE)
    charts = (nodes.segmentation.GetNthNodeReference(CHARTS_ROLE, n) for n in range(count))
    return [chart for chart in charts if chart is not None]


def remove_result(nodes: ResultNodes) -> None:
    """Delete the nodes, what hangs on them, and their folder if nothing else lies in it."""
    hierarchy = subject_hierarchy()
    folder = nodes.folder if nodes.segmentation.GetScene() is not None else 0
    extra = [nodes.segmentation.GetNodeReference(PROBABILITY_ROLE)]
    for chart in charts_of(nodes):
        extra += [chart.GetNthPlotSeriesNode(n) for n in range(chart.GetNumberOfPlotSeriesNodes())] + [chart]
    for node in (*extra, nodes.table, nodes.centres, nodes.segmentation):
        if node is None or node.GetScene() is None:
            continue
        slicer.mrmlScene.RemoveNode(node)
        item = hierarchy.GetItemByDataNode(node)
        if item:  # Slicer's Qt part takes it away with the node; without Qt we do
            hierarchy.RemoveItem(item, False, False)
    if folder and folder != hierarchy.GetSceneItemID() and hierarchy.GetNumberOfItemChildren(folder) == 0:
        hierarchy.RemoveItem(folder)
