"""Undo and redo of changes to results."""

from __future__ import annotations

from .nodes import ResultNodes


def save_for_undo(nodes: ResultNodes, name: str = "") -> None:
    """Remember the present state as one undo step. Call it before a change."""
    raise NotImplementedError


def undo(nodes: ResultNodes) -> str | None:
    """Take the last step back; its name, or None where there was none."""
    raise NotImplementedError


def redo(nodes: ResultNodes) -> str | None:
    """Take the last undone step again; its name, or None where there was none."""
    raise NotImplementedError


def can_undo(nodes: ResultNodes) -> bool:
    raise NotImplementedError


def can_redo(nodes: ResultNodes) -> bool:
    raise NotImplementedError
