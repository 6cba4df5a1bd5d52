"""The nodes that one result consists of, and how they are found again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import slicer
import slicer.util

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


def subject_hierarchy() -> Any:
    return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)


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


def charts_of(nodes: ResultNodes) -> list[Any]:
    """The plot charts that belong to a result."""
    count = nodes.segmentation.GetNumberOfNodeReferences(CHARTS_ROLE)
    charts = (nodes.segmentation.GetNthNodeReference(CHARTS_ROLE, n) for n in range(count))
    return [chart for chart in charts if chart is not None]


def remove_result(nodes: ResultNodes) -> None:
    """Delete the nodes, what hangs on them, and their folder if nothing else lies in it."""
    hierarchy, folder = subject_hierarchy(), nodes.folder
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
