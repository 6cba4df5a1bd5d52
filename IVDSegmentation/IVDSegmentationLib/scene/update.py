"""SegmentationResult -> the nodes that are there already. Each call is one undo step."""

from __future__ import annotations

from collections.abc import Iterable

from ..segmentation.result import SegmentationResult
from .nodes import ResultNodes


def apply_result(
    nodes: ResultNodes, result: SegmentationResult, changed: Iterable[int] | None = None, *, undo_name: str = ""
) -> None:
    """Bring segments, centres, table, codes and colours to ``result``, in place (node and segment IDs stay).

    ``changed``: label values (in ``result``) whose voxels may differ; None compares all. Levels are always compared.
    """
    raise NotImplementedError


def replace_result(nodes: ResultNodes, result: SegmentationResult) -> None:
    """As ``apply_result`` for a new run of the network: afterwards the result counts as not edited."""
    raise NotImplementedError


def refresh(nodes: ResultNodes, changed: Iterable[int] | None = None) -> SegmentationResult:
    """After the user painted in segments: centre, volume and table follow the present voxels. No undo step of its own.

    Returns the present result. Discs whose voxels changed get the flag 'edited'; empty segments lose their point.
    """
    raise NotImplementedError
