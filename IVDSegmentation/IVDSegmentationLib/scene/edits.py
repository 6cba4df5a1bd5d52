"""Has somebody edited this result since the network made it?"""

from __future__ import annotations

from .nodes import ResultNodes


def result_is_edited(nodes: ResultNodes) -> bool:
    """True when voxels, levels or centres are not what the network gave."""
    raise NotImplementedError


def mark_unedited(nodes: ResultNodes) -> None:
    """Take the present content as that of the network."""
    raise NotImplementedError
