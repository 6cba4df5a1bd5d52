"""Which discs a person has accepted: Slicer's own segment status, so the Segment Editor shows it too."""

from __future__ import annotations

import slicer

from .nodes import ResultNodes, segment_of_label


def is_reviewed(nodes: ResultNodes, label: int) -> bool:
    """Whether the disc with this label value was accepted."""
    segment_id = segment_of_label(nodes, label)
    if segment_id is None:
        return False
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    return logic.GetSegmentStatus(nodes.segmentation.GetSegmentation().GetSegment(segment_id)) == logic.Completed


def set_reviewed(nodes: ResultNodes, label: int, reviewed: bool) -> None:
    segment_id = segment_of_label(nodes, label)
    if segment_id is not None and is_reviewed(nodes, label) != reviewed:
        logic = slicer.vtkSlicerSegmentationsModuleLogic
        segment = nodes.segmentation.GetSegmentation().GetSegment(segment_id)
        logic.SetSegmentStatus(segment, logic.Completed if reviewed else logic.NotStarted)
