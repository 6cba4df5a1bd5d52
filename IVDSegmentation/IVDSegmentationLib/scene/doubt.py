"""Discs in doubt look provisional: their outlines are not filled in slices, and their surfaces are half transparent.

Segmentations have no dashed or hatched lines: of a single segment the display node changes colour and opacities only.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..spine import Disc, discs_to_look_at
from .nodes import ResultNodes, is_reviewed, segment_of_label

DOUBTFUL_FILL, DOUBTFUL_SURFACE = 0.0, 0.4
"""Opacities of a disc in doubt, as shares of the usual ones: in slices and in 3D."""


def show_doubt(nodes: ResultNodes, discs: Iterable[Disc]) -> None:
    """Shows every disc as sure, but for those to look at that nobody has accepted yet."""
    display = nodes.segmentation.GetDisplayNode()
    if display is None:
        return
    discs = tuple(discs)
    doubtful = {disc.label for disc in discs_to_look_at(discs)}
    for disc in discs:
        segment_id = segment_of_label(nodes, disc.label)
        if segment_id is None:
            continue
        open_question = disc.label in doubtful and not is_reviewed(nodes, disc.label)
        fill, surface = (DOUBTFUL_FILL, DOUBTFUL_SURFACE) if open_question else (1.0, 1.0)
        if display.GetSegmentOpacity2DFill(segment_id) != fill:
            display.SetSegmentOpacity2DFill(segment_id, fill)
        if display.GetSegmentOpacity3D(segment_id) != surface:
            display.SetSegmentOpacity3D(segment_id, surface)
