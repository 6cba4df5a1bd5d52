"""Volume nodes and Volumes: array and geometry with the parent transform folded in."""

from __future__ import annotations

from typing import Any

from ..volume import Volume


def volume_of_node(node: Any) -> Volume:
    """Voxels (a view, not to be written to) and world geometry of a scalar volume node.

    Raises ``InputError`` in words: no node, no voxels, colour, 2D, non-linear transform.
    """
    raise NotImplementedError


def default_volume_node() -> Any | None:
    """The volume to begin with: the first scalar volume that is no label map and not hidden, MR first."""
    raise NotImplementedError


def add_volume(volume: Volume, name: str) -> Any:
    """Put a volume into the scene as a scalar volume node with a display node."""
    raise NotImplementedError
