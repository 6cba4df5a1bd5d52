"""Slice and 3D views: jump to a disc, select its segment, follow the spine."""

from __future__ import annotations

from .nodes import ResultNodes


def jump_to(nodes: ResultNodes, label: int) -> bool:
    """Centre all slice views on a disc and select its segment and point. False where there is no such disc."""
    raise NotImplementedError


def spine_layout(nodes: ResultNodes) -> None:
    """Mid-sagittal + coronal + 3D, turned along the spine; volume shown, discs outlined."""
    raise NotImplementedError


def set_visible(nodes: ResultNodes, label: int, visible: bool) -> None:
    """Show or hide a disc: its segment and its point."""
    raise NotImplementedError


def snapshot(nodes: ResultNodes, path: str, label: int | None = None) -> str:
    """Write the paper's figure as PNG: mid-sagittal slice, discs in red outline, a green cross at each centre."""
    raise NotImplementedError
