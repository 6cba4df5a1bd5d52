"""Corrections: pure functions from a result to a new result. Nothing here needs the network or torch.

``levels``     shift all, set one and let the others follow, rename one
``regrow``     a missed disc from one point; a disc again from a dragged centre
``border``     a border that follows include and exclude marks
``recompute``  everything that follows an edited label map; deleting; keeping edits over a new run
"""

from .border import refine_border
from .levels import relabel, rename_disc, set_level, shift_levels
from .recompute import edited_discs, keep_edited, recompute, remove_disc
from .regrow import add_disc_at, move_centre

__all__ = [
    "add_disc_at",
    "edited_discs",
    "keep_edited",
    "move_centre",
    "recompute",
    "refine_border",
    "relabel",
    "remove_disc",
    "rename_disc",
    "set_level",
    "shift_levels",
]
