"""What a user may set about a segmentation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """``smooth``: average the probability over a small disk first (the paper). ``tile_voxels``: largest box that the fine
    stage looks at in one go."""

    threshold: float = 0.5
    smooth: bool = True
    minimum_volume_mm3: float = 250.0
    tile_voxels: int | None = None
