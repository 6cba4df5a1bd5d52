"""What a disc is, where its voxels lie, how discs form a chain, and what the reader is told about them.

``disc``    Disc, its flags, and how sure a level must be
``region``  the voxels of a label: crop, centroid, volume, border, normal, thickness
``chain``   order, steps, gaps and names of discs; NamedChain, the discs of a spine before they are drawn
``doubt``   which discs a reader should look at
``advice``  what does not fit in the chain, computed from the discs as they are
``view``    what part of the spine they show, and whether the file's header says the same
"""

from .advice import Advice, AdviceCode, advice_of
from .chain import NamedChain, from_below, with_flags
from .disc import KNOWN_CONFIDENCE, SURE_CONFIDENCE, Disc, Flag, Grade, Outline, shown_flags
from .doubt import discs_to_look_at, doubt_of
from .region import Region, disc_regions, region_of
from .view import NO_SPINE, disagreement, field_of_view

__all__ = [
    "KNOWN_CONFIDENCE",
    "NO_SPINE",
    "SURE_CONFIDENCE",
    "Advice",
    "AdviceCode",
    "Disc",
    "Flag",
    "Grade",
    "NamedChain",
    "Outline",
    "Region",
    "advice_of",
    "disagreement",
    "disc_regions",
    "discs_to_look_at",
    "doubt_of",
    "field_of_view",
    "from_below",
    "region_of",
    "shown_flags",
    "with_flags",
]
