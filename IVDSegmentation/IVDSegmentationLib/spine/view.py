"""What part of the spine discs show, in a sentence for the reader."""

from __future__ import annotations

from collections.abc import Iterable

from ..anatomy import LEVEL_BY_LABEL
from .chain import from_below
from .disc import Disc

NO_SPINE = "No spine was found in this volume."
_REGIONS = {"C": "cervical", "T": "thoracic", "L": "lumbar"}


def field_of_view(discs: Iterable[Disc]) -> str:
    """'Lumbar spine: T11 to S1', from the vertebra above the highest named disc to that below the lowest; what can be said
    where no disc has a level, or where there is none."""
    ordered = from_below(discs)
    if not ordered:
        return NO_SPINE
    named = [LEVEL_BY_LABEL[disc.label] for disc in ordered if disc.has_level]
    if not named:
        count = "1 disc" if len(ordered) == 1 else f"{len(ordered)} discs"
        return f"Part of a spine: {count}, levels unknown"
    # a disc between two regions belongs to that of the vertebra above it; two discs beyond a region do not make another
    letters = [level.upper_vertebra[0] for level in named]
    regions = [text for letter, text in _REGIONS.items() if letters.count(letter) > (2 if len(named) > 3 else 0)]
    spine = "Whole spine" if len(regions) == 3 else f"{' and '.join(regions).capitalize()} spine"
    return f"{spine}: {named[-1].upper_vertebra} to {named[0].lower_vertebra}"
