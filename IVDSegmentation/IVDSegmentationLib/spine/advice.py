"""What the reader is told about the chain of discs: a code and the discs it is about.

Advice follows from the discs as they are. It is never kept: after a correction it is computed anew, so it cannot grow old.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from ..anatomy import DISC_LEVELS, LEVEL_BY_LABEL, LEVEL_BY_NAME
from .chain import HIGHEST_LABEL, from_below, neighbours_at, steps_of
from .disc import LOW_PROBABILITY, Disc, Flag

HIGHEST_VALIDATED = LEVEL_BY_NAME["T9-T10"].label
"""The highest disc that real labelled scans hold: above, the bundled model has learned from generated scans only."""


class AdviceCode(str, Enum):
    NO_LEVELS = "no_levels"
    COUNTED = "counted"
    LEVELS_UNCERTAIN = "levels_uncertain"
    LOW_PROBABILITY = "low_probability"
    GENERATED_ONLY = "generated_only"
    LOWEST = "lowest"
    WRONG_ORDER = "wrong_order"
    MISSING = "missing"
    SKIPPED_WITH_ROOM = "skipped_with_room"
    SKIPPED_WITHOUT_ROOM = "skipped_without_room"
    BELOW_TABLE = "below_table"
    ABOVE_TABLE = "above_table"
    EXTRA = "extra"
    UNNAMED = "unnamed"

    def __str__(self) -> str:
        return self.value


TEMPLATES: dict[AdviceCode, str] = {
    AdviceCode.NO_LEVELS: (
        "No disc has a level: levels are counted from the sacrum, which may lie outside of the image. Set the level of one "
        "disc and let the others follow."
    ),
    AdviceCode.COUNTED: (
        "The model knows no levels: discs are counted from the lowest one, as if it were L5-S1. If it is another, set the "
        "level of one disc and let the others follow."
    ),
    AdviceCode.LEVELS_UNCERTAIN: (
        "All levels are uncertain. Check one of them; if it is wrong, set it and let the others follow."
    ),
    AdviceCode.LOW_PROBABILITY: (
        "The network is unsure of every disc: this scan differs from those that it has learned from. Check all outlines."
    ),
    AdviceCode.GENERATED_ONLY: (
        "The model has learned discs above T9-T10 from generated scans only. Check their levels and outlines."
    ),
    AdviceCode.LOWEST: "The lowest disc found is {0}: discs below it are not in view.",
    AdviceCode.WRONG_ORDER: "{1} lies above {0}, which is the wrong order. Set the level of one of them.",
    AdviceCode.MISSING: "A disc seems to be missing between {0} and {1}. Add it with one point.",
    AdviceCode.SKIPPED_WITH_ROOM: (
        "No disc is named {2}, between {0} and {1}. There is room for a disc that was missed: add it with one point."
    ),
    AdviceCode.SKIPPED_WITHOUT_ROOM: (
        "No disc is named {2}, between {0} and {1}. There is no room for another disc: set the level of one of them."
    ),
    AdviceCode.BELOW_TABLE: (
        f"The disc '{{0}}' lies below {DISC_LEVELS[0].name}: six lumbar vertebrae (L6), a remnant disc S1-S2, or levels that "
        "are too low by one. It has no level in the table."
    ),
    AdviceCode.ABOVE_TABLE: f"The disc '{{0}}' lies above {DISC_LEVELS[-1].name}, where the table of levels ends.",
    AdviceCode.EXTRA: (
        "The disc '{2}' lies between {0} and {1}, which leave no level for it: an additional vertebra, or a false disc. "
        "Delete it, or set the level of a neighbour and let the others follow."
    ),
    AdviceCode.UNNAMED: "The disc '{0}' has no level. Set it, or delete the disc if it is a false one.",
}


@dataclass(frozen=True)
class Advice:
    """``discs``: names of the discs it is about, in the order of the placeholders of its template."""

    code: AdviceCode
    discs: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return TEMPLATES[self.code].format(*self.discs)


def advice_of(discs: Iterable[Disc]) -> tuple[Advice, ...]:
    """What does not fit in a chain of discs, from below."""
    ordered = from_below(discs)
    if not ordered:
        return ()
    unsure = [Advice(AdviceCode.LOW_PROBABILITY)] if _hold_all(disc.probability < LOW_PROBABILITY for disc in ordered) else []
    if not any(disc.has_level for disc in ordered):
        return (Advice(AdviceCode.NO_LEVELS), *unsure)
    known = [disc for disc in ordered if disc.has_level]
    found = []
    if all(Flag.COUNTED_FROM_LOWEST in disc.flags for disc in known):
        found.append(Advice(AdviceCode.COUNTED))
    elif _hold_all(not disc.is_level_sure for disc in ordered):
        found.append(Advice(AdviceCode.LEVELS_UNCERTAIN))
    found += unsure
    if any(disc.label > HIGHEST_VALIDATED and not disc.is_edited for disc in known):
        found.append(Advice(AdviceCode.GENERATED_ONLY))
    if ordered[0].has_level and ordered[0].label > 1:
        found.append(Advice(AdviceCode.LOWEST, (ordered[0].name,)))
    for low, high, step in zip(ordered, ordered[1:], steps_of(ordered)):
        pair = (low.name, high.name)
        if low.has_level and high.has_level and step.named is None:
            found.append(Advice(AdviceCode.WRONG_ORDER, pair))
        elif step.named is not None and step.named > 1:
            skipped = ", ".join(LEVEL_BY_LABEL[label].name for label in range(low.label + 1, high.label))
            code = AdviceCode.SKIPPED_WITH_ROOM if step.is_long else AdviceCode.SKIPPED_WITHOUT_ROOM
            found.append(Advice(code, (*pair, skipped)))
        elif step.is_long:
            found.append(Advice(AdviceCode.MISSING, pair))
    found += [_about_unknown(disc, known) for disc in ordered if not disc.has_level]
    return tuple(found)


def _hold_all(found: Iterable[bool]) -> bool:
    """Whether something holds for every disc of two or more: of one disc it is a flag. See ``chain.OF_THE_SCAN``."""
    every = list(found)
    return len(every) > 1 and all(every)


def _about_unknown(disc: Disc, known: list[Disc]) -> Advice:
    low, high = neighbours_at(known, disc.centre_mm_lps)
    if low is None and high is not None and high.label == 1:
        return Advice(AdviceCode.BELOW_TABLE, (disc.name,))
    if high is None and low is not None and low.label == HIGHEST_LABEL:
        return Advice(AdviceCode.ABOVE_TABLE, (disc.name,))
    if low is not None and high is not None and high.label == low.label + 1:
        return Advice(AdviceCode.EXTRA, (low.name, high.name, disc.name))
    return Advice(AdviceCode.UNNAMED, (disc.name,))
