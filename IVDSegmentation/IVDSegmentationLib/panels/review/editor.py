"""Slicer's own Segment Editor inside the tab, set to the result: its segmentation, its volume, no overlap of discs."""

from __future__ import annotations

from typing import Any

import slicer

from ...scene.nodes import ResultNodes, segment_of_label

_TAG = "IVDSegmentationReview"


class EmbeddedEditor:
    """Made when it is first shown: the widget is large, and most results need no painting."""

    def __init__(self, layout: Any) -> None:
        self._layout = layout
        self.widget: Any | None = None

    @property
    def node(self) -> Any | None:
        """The editor's own parameter node, apart from that of the module Segment Editor."""
        return self.widget.mrmlSegmentEditorNode() if self.widget is not None else None

    def show(self, nodes: ResultNodes | None, label: int | None) -> None:
        """Edit this result, this disc. The others are masked: painting never goes over them."""
        if nodes is None:
            self.release()
            return
        if self.widget is None:
            self.widget = slicer.qMRMLSegmentEditorWidget()
            self.widget.setMRMLScene(slicer.mrmlScene)
            self._layout.addWidget(self.widget)
        node = self.node
        if node is None or node.GetScene() is None:
            node = _editor_node()
            self.widget.setMRMLSegmentEditorNode(node)
        self.widget.setSegmentationNode(nodes.segmentation)
        self.widget.setSourceVolumeNode(nodes.volume)
        node.SetMaskMode(slicer.vtkMRMLSegmentationNode.EditAllowedOutsideAllSegments)
        node.SetOverwriteMode(node.OverwriteNone)
        if label is not None:
            self.select(nodes, label)

    def select(self, nodes: ResultNodes, label: int) -> None:
        segment_id = segment_of_label(nodes, label)
        if self.widget is not None and segment_id is not None:
            self.widget.setCurrentSegmentID(segment_id)

    def release(self) -> None:
        """Put the tool down and let go of the nodes: a hidden editor must not catch clicks."""
        if self.widget is None:
            return
        self.put_down()
        self.widget.setSegmentationNode(None)
        self.widget.setSourceVolumeNode(None)

    def put_down(self) -> None:
        """No effect active."""
        if self.widget is not None:
            self.widget.setActiveEffectByName("")

    def cleanup(self) -> None:
        self.release()
        if self.widget is not None:
            self.widget.setMRMLSegmentEditorNode(None)
            self.widget.setMRMLScene(None)
            self.widget = None


def _editor_node() -> Any:
    node = slicer.mrmlScene.GetSingletonNode(_TAG, "vtkMRMLSegmentEditorNode")
    if node is None:
        node = slicer.mrmlScene.CreateNodeByClass("vtkMRMLSegmentEditorNode")
        node.UnRegister(None)  # the Python variable owns it
        node.SetSingletonTag(_TAG)
        node.SetHideFromEditors(True)
        node = slicer.mrmlScene.AddNode(node)
    return node
