"""A disc as every other package knows it: level, place, size, and what there is to doubt about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ..anatomy import disc_name_of_label, is_unknown_label, level_of_label

KNOWN_CONFIDENCE = 0.6
"""Below this chance of being right a level is 'unknown': a name that is wrong four times in ten helps nobody."""
SURE_CONFIDENCE = 0.9
"""Below this chance of being right a level is shown as uncertain. Scans with the sacrum in view mostly have 0.99."""

LOW_PROBABILITY = 0.80
"""Mean probability inside a disc below which it is doubtful. 4 of the 454 discs of the real scans have less."""


class Flag(str, Enum):
    """What there is to know about a disc. The value stands in files and scenes; ``text`` is what a person reads.

    ``NOT_VALIDATED`` is set no more, since advice says it of the scan; files and scenes of earlier versions have it.
    """

    CUT_OFF = "cut_off"
    THIN = "thin"
    LOW_PROBABILITY = "low_probability"
    LEVEL_UNCERTAIN = "level_uncertain"
    COUNTED_FROM_LOWEST = "counted_from_lowest"
    GAP_BELOW = "gap_below"
    GAP_ABOVE = "gap_above"
    NOT_VALIDATED = "not_validated"
    EDITED = "edited"

    def __str__(self) -> str:
        return self.value

    @property
    def text(self) -> str:
        return _TEXTS[self]


_TEXTS = {
    Flag.CUT_OFF: "cut off by the field of view",
    Flag.THIN: "very thin",
    Flag.LOW_PROBABILITY: "low probability",
    Flag.LEVEL_UNCERTAIN: "level uncertain",
    Flag.COUNTED_FROM_LOWEST: "counted from the lowest disc",
    Flag.GAP_BELOW: "a disc seems to be missing below",
    Flag.GAP_ABOVE: "a disc seems to be missing above",
    Flag.NOT_VALIDATED: "trained on generated scans only",
    Flag.EDITED: "edited by hand",
}


def shown_flags(flags: Iterable[str]) -> tuple[Flag, ...]:
    """The flags, or their values, that are written beside a disc: 'counted' says why a level is uncertain, so it stands there
    with 'level uncertain' only. Where that holds for all discs, advice says both once for the scan."""
    found = tuple(Flag(flag) for flag in flags)
    return tuple(f for f in found if f is not Flag.COUNTED_FROM_LOWEST or Flag.LEVEL_UNCERTAIN in found)


class Grade(str, Enum):
    """How much an outline needs a reader's eye."""

    GOOD = "good"
    LOOK = "look"
    POOR = "poor"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Outline:
    """How good a disc's outline is, as estimated: the Dice and the mean surface distance that a radiologist's outline of the
    same disc would give."""

    grade: Grade
    dice: float
    surface_distance_mm: float


@dataclass(frozen=True)
class Disc:
    """One disc. ``label`` is its value in the label map, which tells the level.

    ``centre_mm_lps`` is the centroid of its voxels. ``confidence`` (0 … 1) is the chance that the level is right, 0
    where it is unknown; ``probability`` the network's mean disc probability inside it. ``flags`` other than 'edited'
    follow from the disc, its region and its neighbours: see ``chain.with_flags``. ``outline``: how good its outline is; None
    where a person drew or changed it, and for a model that has no such estimate.
    """

    label: int
    centre_mm_lps: tuple[float, float, float]
    volume_mm3: float
    confidence: float
    probability: float = 1.0
    flags: tuple[Flag, ...] = ()
    outline: Outline | None = None

    @classmethod
    def of_plain(cls, item: Mapping[str, Any]) -> Disc:
        """The disc of plain data, as ``dataclasses.asdict`` gives it or report.json holds it.

        Raises ``KeyError``, ``TypeError`` or ``ValueError`` where the data are no disc.
        """
        x, y, z = (float(value) for value in item["centre_mm_lps"])
        outline = item.get("outline")
        return cls(
            label=item["label"],
            centre_mm_lps=(x, y, z),
            volume_mm3=item["volume_mm3"],
            confidence=item["confidence"],
            probability=item.get("probability", 1.0),
            flags=tuple(Flag(flag) for flag in item["flags"]),
            outline=Outline(**{**outline, "grade": Grade(outline["grade"])}) if outline else None,
        )

    @property
    def level(self) -> str:
        """'L4-L5'; 'unknown' for every disc without a level."""
        return level_of_label(self.label)

    @property
    def name(self) -> str:
        """'L4-L5'; 'unknown 2' for a disc without a level, so that discs can be told apart."""
        return disc_name_of_label(self.label)

    @property
    def has_level(self) -> bool:
        return not is_unknown_label(self.label)

    @property
    def is_level_sure(self) -> bool:
        return self.confidence >= SURE_CONFIDENCE

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader should know about it: its flags, and an outline that is not good."""
        texts = [flag.text for flag in shown_flags(self.flags)]
        if self.outline is not None and self.outline.grade != Grade.GOOD:
            texts.append(f"outline: {self.outline.grade} (Dice about {self.outline.dice:.2f})")
        return tuple(texts)

    @property
    def why_no_outline(self) -> str | None:
        """Why there is no estimate of the outline; None where there is one."""
        if self.outline is not None:
            return None
        return "edited by hand" if self.is_edited else "the model has no estimate of outlines"

    @property
    def is_edited(self) -> bool:
        """Whether a person changed or added it: a new run must ask before it replaces such a disc."""
        return Flag.EDITED in self.flags
