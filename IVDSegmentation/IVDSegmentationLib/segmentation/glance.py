"""What the coarse stage alone tells, before the fine stage has drawn anything: whether a spine can be in view at all.

Both questions are weaker than what ``found`` asks of the whole result, so that a yes costs time and a no never costs a disc.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..network.classes import BODY_CLASSES, COARSE_CLASSES, POSITION_CLASSES
from .found import CANAL_VOXELS, SACRUM_VOXELS

if TYPE_CHECKING:
    from .infer import NetworkOutput


def may_show_discs(output: NetworkOutput, discs: int = 1) -> bool:
    """Whether there can be so many discs: a canal long enough for them and, for each, something of a vertebral body.

    With the axes right, a lumbar scan with five discs or more has 140 coarse voxels of the canal or more; with its axes mixed
    up 0 to 40, as a rule.
    """
    if output.coarse is None or output.position is None:
        return True  # this network was not taught what is no spine
    count = np.bincount(output.classes.ravel(), minlength=len(COARSE_CLASSES))
    return bool(count[COARSE_CLASSES.index("canal")] >= CANAL_VOXELS * discs and count[list(BODY_CLASSES)].sum() >= discs)


def may_name_levels(output: NetworkOutput) -> bool:
    """Whether a vertebra that levels are counted from is in view: the sacrum or C2."""
    if output.coarse is None or output.position is None:
        return True
    sacrum = int((output.classes == COARSE_CLASSES.index("sacrum")).sum())
    return sacrum >= SACRUM_VOXELS or bool((output.position.argmax(0) == POSITION_CLASSES - 1).any())
