"""What the coarse stage alone tells, before the fine stage has drawn anything: whether a spine can be in view at all.

Both questions are weaker than what ``found`` asks of the whole result, so that a yes costs time and a no never costs a disc.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..network.classes import BODY_CLASSES, CANAL_CLASS, POSITION_CLASSES, SACRUM_CLASS
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
    return output.count(CANAL_CLASS) >= CANAL_VOXELS * discs and output.count(*BODY_CLASSES) >= discs


def may_name_levels(output: NetworkOutput) -> bool:
    """Whether a vertebra that levels are counted from is in view: the sacrum or C2."""
    if output.coarse is None or output.position is None:
        return True
    return output.count(SACRUM_CLASS) >= SACRUM_VOXELS or bool((output.position.argmax(0) == POSITION_CLASSES - 1).any())
