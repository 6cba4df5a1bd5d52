"""The paper's figure of a result in the scene: mid-sagittal slice, red outlines, green crosses, levels."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import InputError
from ..output import preview_picture
from ..pictures import write_png
from .nodes import ResultNodes
from .result import result_of_nodes
from .volumes import volume_of_node


def snapshot_picture(nodes: ResultNodes) -> np.ndarray:
    """The picture (rows x columns x 3, uint8) of the discs as they are now. Raises ``InputError`` without a volume."""
    if nodes.volume is None:
        raise InputError("The volume of this result was deleted, so there is nothing to draw the discs on.")
    return preview_picture(result_of_nodes(nodes), volume_of_node(nodes.volume))


def snapshot(nodes: ResultNodes, path: str | Path) -> Path:
    """Write the picture as PNG. Raises ``OutputError`` where the place cannot be written."""
    write_png(path, snapshot_picture(nodes))
    return Path(path)
