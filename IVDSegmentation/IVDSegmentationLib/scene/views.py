"""Slice and 3D views: jump to a disc, select its segment, follow the spine."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
import slicer.util

from .centres import point_of_segment
from .geometry import matrix_of_array
from .names import PROJECTION_ATTRIBUTE
from .nodes import ResultNodes, existing_results, segment_of_label
from .segments import labels_of_segments
from .spine_frame import SpineFrame, spine_frame

SPINE_LAYOUT_ID = 28301
"""Layout number of our own; Slicer's are below 1000, other extensions choose theirs at random."""
_ORIENTATIONS = {"Red": "Axial", "Yellow": "Sagittal", "Green": "Coronal"}
SPINE_LAYOUT = """
<layout type="horizontal" split="true">
 <item splitSize="400"><view class="vtkMRMLSliceNode" singletontag="Yellow">
  <property name="orientation" action="default">Sagittal</property>
  <property name="viewlabel" action="default">Y</property>
  <property name="viewcolor" action="default">#EDD54C</property>
 </view></item>
 <item splitSize="400"><view class="vtkMRMLSliceNode" singletontag="Green">
  <property name="orientation" action="default">Coronal</property>
  <property name="viewlabel" action="default">G</property>
  <property name="viewcolor" action="default">#6EB04B</property>
 </view></item>
 <item splitSize="300"><layout type="vertical" split="true">
  <item><view class="vtkMRMLViewNode" singletontag="1">
   <property name="viewlabel" action="default">1</property>
  </view></item>
  <item><view class="vtkMRMLSliceNode" singletontag="Red">
   <property name="orientation" action="default">Axial</property>
   <property name="viewlabel" action="default">R</property>
   <property name="viewcolor" action="default">#F34A33</property>
  </view></item>
 </layout></item>
</layout>"""


def jump_to(nodes: ResultNodes, label: int, follow: bool = False) -> bool:
    """Centre all slice views on a disc, select its segment and point. False where there is no such disc.

    ``follow`` also turns the slices along the spine at that disc: axial ones lie in the disc then.
    """
    segment_id = segment_of_label(nodes, label)
    if segment_id is None:
        return False
    select_disc(nodes, label)
    index = point_of_segment(segment_id, nodes.centres)
    if index is None:
        return False
    centre = np.array(nodes.centres.GetNthControlPointPositionWorld(index))
    if follow:
        labels, centres = centres_ras(nodes)
        turn_slices(spine_frame(centres, labels.index(label)))
    jump_to_ras(tuple(centre))
    return True


def jump_to_ras(ras: tuple[float, float, float]) -> None:
    """Centre all slice views on a place (RAS, mm) and put the crosshair there."""
    node = slicer.vtkMRMLSliceNode
    node.JumpAllSlices(slicer.mrmlScene, *(float(value) for value in ras), node.CenteredJumpSlice)
    crosshair = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLCrosshairNode")
    if crosshair is not None:
        crosshair.SetCrosshairRAS([float(value) for value in ras])


def select_disc(nodes: ResultNodes, label: int) -> bool:
    """Select a disc's segment in every segment editor of this segmentation, and its point in the list of centres."""
    chosen = segment_of_label(nodes, label)
    if chosen is None:
        return False
    for editor in slicer.util.getNodesByClass("vtkMRMLSegmentEditorNode"):
        if editor.GetSegmentationNode() is nodes.segmentation:
            editor.SetSelectedSegmentID(chosen)
    for segment_id in labels_of_segments(nodes.segmentation):
        index = point_of_segment(segment_id, nodes.centres)
        if index is not None:
            nodes.centres.SetNthControlPointSelected(index, segment_id == chosen)
    return True


def set_visible(nodes: ResultNodes, label: int, visible: bool) -> bool:
    """Show or hide a disc: its segment and its point. False where there is no such disc."""
    segment_id = segment_of_label(nodes, label)
    if segment_id is None:
        return False
    nodes.segmentation.GetDisplayNode().SetSegmentVisibility(segment_id, visible)
    index = point_of_segment(segment_id, nodes.centres)
    if index is not None:
        nodes.centres.SetNthControlPointVisibility(index, visible)
    return True


def is_visible(nodes: ResultNodes, label: int) -> bool:
    segment_id = segment_of_label(nodes, label)
    return segment_id is not None and bool(nodes.segmentation.GetDisplayNode().GetSegmentVisibility(segment_id))


def show_result(nodes: ResultNodes) -> None:
    """Brings a new result on the screen, in the layout that the user has: its volume in the slice views, centred on the
    spine, the 3D view reset, and no other result shown."""
    for other in existing_results(None):
        shown = other.segmentation is nodes.segmentation
        for node in (other.segmentation, other.centres):
            node.SetDisplayVisibility(shown)
    volume = nodes.volume
    backgrounds = {composite.GetBackgroundVolumeID() for composite in slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode")}
    if volume is not None and backgrounds != {volume.GetID()}:
        slicer.util.setSliceViewerLayers(background=volume, fit=True)
    _labels, centres = centres_ras(nodes)
    if len(centres):
        jump_to_ras(tuple(spine_frame(centres).centre))
    slicer.app.layoutManager().resetThreeDViews()


def spine_layout(nodes: ResultNodes) -> None:
    """Mid-sagittal + coronal + 3D (+ axial), turned along the spine; volume shown, discs outlined, centres labelled."""
    _set_layout()
    if nodes.volume is not None:
        slicer.util.setSliceViewerLayers(background=nodes.volume, fit=True)
    nodes.segmentation.CreateClosedSurfaceRepresentation()
    for node in (nodes.segmentation, nodes.centres):
        node.GetDisplayNode().SetVisibility(True)
    _project_centres(nodes)
    labels, centres = centres_ras(nodes)
    if not labels:
        return
    frame = spine_frame(centres)
    turn_slices(frame)
    jump_to_ras(tuple(frame.centre))
    slicer.app.layoutManager().resetThreeDViews()


def turn_slices(frame: SpineFrame) -> None:
    """Give every slice view the orientation of a spine frame, by what it shows: sagittal, coronal or axial."""
    for node in slicer.util.getNodesByClass("vtkMRMLSliceNode"):
        # A turned slice no longer knows what it shows, so its name is asked first.
        orientation = _ORIENTATIONS.get(node.GetLayoutName()) or node.GetDefaultOrientation()
        axes = _view_axes(frame, orientation)
        if axes is None:
            continue
        matrix = np.eye(4)
        matrix[:3, :3] = np.column_stack(axes)
        matrix[:3, 3] = frame.centre
        node.GetSliceToRAS().DeepCopy(matrix_of_array(matrix))
        node.UpdateMatrices()


def centres_ras(nodes: ResultNodes) -> tuple[list[int], np.ndarray]:
    """Label values and world positions (RAS, mm, n x 3) of the centres, from below."""
    found = []
    for segment_id, label in labels_of_segments(nodes.segmentation).items():
        index = point_of_segment(segment_id, nodes.centres)
        if index is not None:
            found.append((label, np.array(nodes.centres.GetNthControlPointPositionWorld(index))))
    found.sort(key=lambda pair: pair[1][2])
    return [label for label, _ in found], np.array([centre for _, centre in found]).reshape(-1, 3)


def _view_axes(frame: SpineFrame, orientation: str) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Axes of a slice view (to its right, up, towards the reader), as Slicer's presets have them."""
    if orientation == "Sagittal":
        return (-frame.front, frame.up, -frame.right)
    if orientation == "Coronal":
        return (-frame.right, frame.up, frame.front)
    if orientation == "Axial":
        return (-frame.right, frame.front, frame.up)
    return None


def _project_centres(nodes: ResultNodes) -> None:
    """Show all centres in the sagittal and coronal views, also where a crooked spine leaves the slice.

    A display node of its own for these views: in axial ones all levels would be drawn on one spot.
    """
    centres = nodes.centres
    views = [
        node.GetID()
        for node in slicer.util.getNodesByClass("vtkMRMLSliceNode")
        if _ORIENTATIONS.get(node.GetLayoutName()) in ("Sagittal", "Coronal")
    ]
    displays = [centres.GetNthDisplayNode(n) for n in range(centres.GetNumberOfDisplayNodes())]
    projected = next((display for display in displays if display.GetAttribute(PROJECTION_ATTRIBUTE)), None)
    if projected is None:
        projected = slicer.mrmlScene.CreateNodeByClass("vtkMRMLMarkupsFiducialDisplayNode")
        projected.UnRegister(None)  # the Python variable owns it
        projected.CopyContent(displays[0])
        projected.SetAttribute(PROJECTION_ATTRIBUTE, "1")
        projected.SetSliceProjection(True)
        projected.SetSliceProjectionUseFiducialColor(True)
        projected.SetSliceProjectionOpacity(0.8)
        slicer.mrmlScene.AddNode(projected)
        centres.AddAndObserveDisplayNodeID(projected.GetID())
    projected.RemoveAllViewNodeIDs()
    for view in views or ["none"]:  # without a view it would be shown in all
        projected.AddViewNodeID(view)


def _set_layout() -> None:
    """Register our layout where Slicer's layout node is there, and switch to it."""
    layout_node: Any = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLLayoutNode")
    if layout_node is not None and not layout_node.IsLayoutDescription(SPINE_LAYOUT_ID):
        layout_node.AddLayoutDescription(SPINE_LAYOUT_ID, SPINE_LAYOUT)
    slicer.app.layoutManager().setLayout(SPINE_LAYOUT_ID)
