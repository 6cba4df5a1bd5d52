"""Nodes -> SegmentationResult: the present state, whatever the user edited."""

from __future__ import annotations

from ..segmentation.result import SegmentationResult
from ..volume import Volume
from .nodes import ResultNodes


def labels_of_nodes(nodes: ResultNodes) -> Volume:
    """Label map (uint8, values of anatomy) on the grid of the volume, from one or several layers."""
    raise NotImplementedError


def result_of_nodes(nodes: ResultNodes) -> SegmentationResult:
    """The present result: labels, centres (as the points lie), levels (as the segments are named), flags, model."""
    raise NotImplementedError
