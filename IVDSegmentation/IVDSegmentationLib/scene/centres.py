"""The list of centres: one control point a disc, labelled with its level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import slicer

from ..spine import Disc
from .geometry import flip_ras_lps
from .segments import labels_of_segments

CENTRE_TOLERANCE_MM = 0.01
"""Saving and loading rounds centres by far less; no hand moves them by so little."""
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


def sync_centres(segmentation_node: Any, centres: Any, positions_lps: Mapping[str, tuple[float, float, float] | None]) -> None:
    """Bring the list to the segments: names follow, points of removed segments go, missing points are made.

    ``positions_lps``: segment ID -> world position of its centre, for the segments whose point shall be (re)placed;
    None takes the point away. A segment that has no point and none here gets none. Points that the user placed for
    herself are left alone.
    """
    segmentation = segmentation_node.GetSegmentation()
    kept: dict[str, int] = {}
    for segment_id in labels_of_segments(segmentation_node):
        index, position = point_of_segment(segment_id, centres), positions_lps.get(segment_id)
        if segment_id in positions_lps and position is None:
            continue
        if index is None and position is not None:
            index = centres.AddControlPointWorld(flip_ras_lps(position), "")
            centres.SetNthControlPointSelected(index, False)
            centres.SetNthControlPointDescription(index, segment_id)
        elif index is not None and position is not None:
            centres.SetNthControlPointPositionWorld(index, flip_ras_lps(position))
        if index is not None:
            centres.SetNthControlPointLabel(index, segmentation.GetSegment(segment_id).GetName())
            kept[segment_id] = index
    for index in reversed(range(centres.GetNumberOfControlPoints())):
        owner = centres.GetNthControlPointDescription(index)
        if owner and kept.get(owner) != index:
            centres.RemoveNthControlPoint(index)


def point_of_segment(segment_id: str, centres: Any) -> int | None:
    """Index of the control point that marks the segment's centre; None where it was removed or never placed.

    A point belongs to the segment whose ID is its description. Its own ID would not do: Slicer gives IDs out again once
    the content of a list was replaced, as undo does.
    """
    for index in range(centres.GetNumberOfControlPoints()):
        defined = centres.GetNthControlPointPositionStatus(index) == centres.PositionDefined
        if defined and centres.GetNthControlPointDescription(index) == segment_id:
            return index
    return None


def centre_of_segment(centres: Any, segment_id: str) -> tuple[float, float, float] | None:
    """World position (LPS, mm) of a segment's point; None without one."""
    index = point_of_segment(segment_id, centres)
    return None if index is None else flip_ras_lps(centres.GetNthControlPointPositionWorld(index))


def moved_centres(segmentation_node: Any, centres: Any, discs: Iterable[Disc]) -> dict[int, tuple[float, float, float]]:
    """Label value -> position (LPS, mm) of the points that do not lie at the centre of their disc: those dragged."""
    known = {disc.label: np.array(disc.centre_mm_lps) for disc in discs}
    moved = {}
    for segment_id, label in labels_of_segments(segmentation_node).items():
        position = centre_of_segment(centres, segment_id)
        if position is None or label not in known:
            continue
        if np.linalg.norm(known[label] - position) > CENTRE_TOLERANCE_MM:
            moved[label] = position
    return moved
