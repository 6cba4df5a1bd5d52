"""The list of centres: one control point a disc, labelled with its level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import slicer

from .geometry import flip_ras_lps
from .names import POINT_TAG
from .segments import labels_of_segments, point_of_segment

GLYPH_MM = 5.0
TEXT_SCALE = 3.0
COLOUR = (0.1, 0.85, 0.2)
"""The paper's green cross."""
SELECTED_COLOUR = (1.0, 0.85, 0.1)


def make_centres(name: str) -> Any:
    """An empty list with the look that fits radiology: small crosses of fixed size, labels, seen near their slice.

    It is locked, so that nobody drags a centre while scrolling; corrections unlock it.
    """
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", name)
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetGlyphTypeFromString("Cross2D")
    display.SetUseGlyphScale(False)  # a size in millimetres, whatever the zoom
    display.SetGlyphSize(GLYPH_MM)
    display.SetTextScale(TEXT_SCALE)
    display.SetColor(*COLOUR)
    display.SetSelectedColor(*SELECTED_COLOUR)
    display.SetPointLabelsVisibility(True)
    display.SetPropertiesLabelVisibility(False)
    display.SetOccludedVisibility(True)  # else the 3D view hides the centres inside the discs
    node.SetLocked(True)
    return node


def sync_centres(
    segmentation_node: Any, centres: Any, positions_lps: Mapping[str, tuple[float, float, float] | None]
) -> None:
    """Bring the list to the segments: names follow, points of removed segments go, missing points are made.

    ``positions_lps``: segment ID -> world position of its centre, for the segments whose point shall be (re)placed;
    None takes the point away. A segment that has no point and none here gets none. Points that the user placed for
    herself are left alone.
    """
    segmentation = segmentation_node.GetSegmentation()
    labels = labels_of_segments(segmentation_node)
    for segment_id in labels:
        segment = segmentation.GetSegment(segment_id)
        if segment_id in positions_lps and positions_lps[segment_id] is None:
            segment.RemoveTag(POINT_TAG)
        index = point_of_segment(segment, centres)
        position = positions_lps.get(segment_id)
        if index is None and position is not None:
            index = centres.AddControlPointWorld(flip_ras_lps(position), segment.GetName())
            centres.SetNthControlPointSelected(index, False)
            segment.SetTag(POINT_TAG, centres.GetNthControlPointID(index))
        elif index is not None and position is not None:
            centres.SetNthControlPointPositionWorld(index, flip_ras_lps(position))
        if index is not None:
            centres.SetNthControlPointLabel(index, segment.GetName())
            # The segment's ID marks the point as ours, also after the segment is gone.
            centres.SetNthControlPointDescription(index, segment_id)
    for index in reversed(range(centres.GetNumberOfControlPoints())):
        owner = centres.GetNthControlPointDescription(index)
        if owner and (owner not in labels or point_of_segment(segmentation.GetSegment(owner), centres) != index):
            centres.RemoveNthControlPoint(index)


def centre_of_segment(segmentation_node: Any, centres: Any, segment_id: str) -> tuple[float, float, float] | None:
    """World position (LPS, mm) of a segment's point; None without one."""
    index = point_of_segment(segmentation_node.GetSegmentation().GetSegment(segment_id), centres)
    if index is None:
        return None
    position = [0.0, 0.0, 0.0]
    centres.GetNthControlPointPositionWorld(index, position)
    return flip_ras_lps(position)
