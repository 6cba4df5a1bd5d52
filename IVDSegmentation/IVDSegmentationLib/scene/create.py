"""SegmentationResult -> nodes."""

from __future__ import annotations

from typing import Any

from ..segmentation.result import SegmentationResult
from .nodes import ResultNodes


def add_result(volume_node: Any, result: SegmentationResult) -> ResultNodes:
    """Make the nodes of a result beside those that are there ("keep both").

    To replace an earlier result use ``update.replace_result``.
    """
    raise NotImplementedError
