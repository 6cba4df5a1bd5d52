"""What part of the spine discs show, in a sentence for the reader, and whether that is what the file's header says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..anatomy import LEVEL_BY_LABEL
from ..volume.body_part import PARTS
from .chain import from_below
from .disc import Disc

NO_SPINE = "No spine was found in this volume."
VIEWS: dict[str, str] = {
    "C": "Cervical spine: {0} to {1}",
    "CT": "Cervical and thoracic spine: {0} to {1}",
    "T": "Thoracic spine: {0} to {1}",
    "TL": "Thoracic and lumbar spine: {0} to {1}",
    "L": "Lumbar spine: {0} to {1}",
    "CTL": "Whole spine: {0} to {1}",
}
"""First letters of the vertebrae in view -> what is said of them; {0} and {1} are the highest and the lowest vertebra."""
UNKNOWN_DISCS, UNKNOWN_DISC = "Part of a spine: {0} discs, levels unknown", "Part of a spine: 1 disc, level unknown"
FEW_DISCS = 2
"""So many discs of a neighbouring region do not make a field of view one of both: nearly every lumbar scan shows T11-T12."""


def field_of_view(discs: Iterable[Disc]) -> str:
    """'Lumbar spine: T11 to S1', from the vertebra above the highest named disc to that below the lowest; what can be said
    where no disc has a level, or where there is none."""
    ordered = from_below(discs)
    if not ordered:
        return NO_SPINE
    named = [LEVEL_BY_LABEL[disc.label] for disc in ordered if disc.has_level]
    if not named:
        return UNKNOWN_DISC if len(ordered) == 1 else UNKNOWN_DISCS.format(len(ordered))
    # a disc between two regions belongs to that of the vertebra above it
    letters = [level.upper_vertebra[0] for level in named]
    count = {letter: letters.count(letter) for letter in "CTL"}
    least = min(FEW_DISCS, max(count.values()) - 1)
    regions = "".join(letter for letter in count if count[letter] > least)
    return VIEWS["CTL" if regions == "CL" else regions].format(named[-1].upper_vertebra, named[0].lower_vertebra)


def disagreement(discs: Iterable[Disc], body_parts: Sequence[str]) -> str:
    """A sentence where what was found does not fit the ``body_parts`` (keys of ``PARTS``) that the file's header names; ''
    where it fits, or where the header names none."""
    parts = [PARTS[name] for name in body_parts if name in PARTS]
    ordered = from_below(discs)
    if not parts:
        return ""
    names = ", ".join(part.name for part in parts)
    if not ordered:
        if not all(part.is_spine for part in parts):
            return ""
        return f"The file's header names the body part '{names}', but no spine was found. Is it the right series?"
    expected = set().union(*(part.regions for part in parts))
    if not expected:
        return f"The file's header names the body part '{names}', but discs were found. Check that they are discs of a spine."
    levels = [LEVEL_BY_LABEL[disc.label] for disc in ordered if disc.has_level]
    seen = {vertebra[0] for level in levels for vertebra in (level.upper_vertebra, level.lower_vertebra)}
    if not seen or seen & expected:
        return ""
    view = f"{levels[0].name} to {levels[-1].name}"
    return f"The file's header names the body part '{names}', but the levels found are {view}. Check them."
