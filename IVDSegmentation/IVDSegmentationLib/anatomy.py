"""The one table of levels: name, label value, DICOM code and colour of each disc and vertebra.

Every other file asks this one; no list of levels is written anywhere else. Label values are counted from the sacrum, which
is the landmark of a lumbar scan: 1 is L5-S1, 2 is L4-L5, and so on up to 23, C2-C3. There is no disc between C1 and C2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SCT = "SCT"
"""DICOM coding scheme designator of SNOMED CT."""

CATEGORY_CODE = (SCT, "123037004", "Anatomical Structure")
GENERIC_DISC_CODE = (SCT, "360499006", "Intervertebral disc")

UNKNOWN_LEVEL = "unknown"
"""Level of a disc whose place in the chain could not be told. Never replaced by a guess."""
UNKNOWN_LABEL_FIRST = 51
"""Label values of discs without a level: 51, 52, … counted from below. Values 1 … 50 are levels."""

SACRUM_LABEL = 99
"""The sacrum below S1 (phantoms only)."""
S1_LABEL = 100
FIRST_VERTEBRA_LABEL = 101
CANAL_LABEL = 200


@dataclass(frozen=True)
class DiscLevel:
    """One row of the table.

    ``name`` is always written with both vertebrae, the upper first ("L4-L5"). ``code`` is this disc's SNOMED CT code of
    DICOM CID 7604. ``colour`` is RGB, 0 … 255.
    """

    name: str
    label: int
    code: str
    meaning: str
    colour: tuple[int, int, int]

    @property
    def upper_vertebra(self) -> str:
        return self.name.split("-")[0]

    @property
    def lower_vertebra(self) -> str:
        return self.name.split("-")[1]


DISC_LEVELS: tuple[DiscLevel, ...] = (
    DiscLevel("L5-S1", 1, "715056000", "L5/S1 disc", (31, 119, 180)),
    DiscLevel("L4-L5", 2, "84020006", "L4/L5 disc", (255, 127, 14)),
    DiscLevel("L3-L4", 3, "62551000", "L3/L4 disc", (44, 160, 44)),
    DiscLevel("L2-L3", 4, "67459009", "L2/L3 disc", (214, 39, 40)),
    DiscLevel("L1-L2", 5, "80064006", "L1/L2 disc", (148, 103, 189)),
    DiscLevel("T12-L1", 6, "76206002", "T12/L1 disc", (140, 86, 75)),
    DiscLevel("T11-T12", 7, "1537001", "T11/T12 disc", (227, 119, 194)),
    DiscLevel("T10-T11", 8, "34959001", "T10/T11 disc", (188, 189, 34)),
    DiscLevel("T9-T10", 9, "113209001", "T9/T10 disc", (23, 190, 207)),
    DiscLevel("T8-T9", 10, "9188009", "T8/T9 disc", (174, 199, 232)),
    DiscLevel("T7-T8", 11, "28693002", "T7/T8 disc", (255, 187, 120)),
    DiscLevel("T6-T7", 12, "74401007", "T6/T7 disc", (152, 223, 138)),
    DiscLevel("T5-T6", 13, "72692000", "T5/T6 disc", (255, 152, 150)),
    DiscLevel("T4-T5", 14, "82965004", "T4/T5 disc", (197, 176, 213)),
    DiscLevel("T3-T4", 15, "2620004", "T3/T4 disc", (196, 156, 148)),
    DiscLevel("T2-T3", 16, "6004007", "T2/T3 disc", (247, 182, 210)),
    DiscLevel("T1-T2", 17, "40908007", "T1/T2 disc", (219, 219, 141)),
    DiscLevel("C7-T1", 18, "37414007", "C7/T1 disc", (158, 218, 229)),
    DiscLevel("C6-C7", 19, "75095006", "C6/C7 disc", (57, 59, 121)),
    DiscLevel("C5-C6", 20, "73959003", "C5/C6 disc", (230, 171, 2)),
    DiscLevel("C4-C5", 21, "49400002", "C4/C5 disc", (102, 166, 30)),
    DiscLevel("C3-C4", 22, "58820006", "C3/C4 disc", (231, 41, 138)),
    DiscLevel("C2-C3", 23, "1078209008", "C2/C3 disc", (0, 128, 128)),
)
"""Discs from below. ``DISC_LEVELS[n - 1].label == n``."""

UNKNOWN_COLOUR = (180, 180, 180)

LEVEL_BY_NAME: dict[str, DiscLevel] = {level.name: level for level in DISC_LEVELS}
LEVEL_BY_LABEL: dict[int, DiscLevel] = {level.label: level for level in DISC_LEVELS}

PAPER_LEVELS: tuple[DiscLevel, ...] = DISC_LEVELS[:7]
"""The seven discs of the paper's 'S1 to T11'."""

VERTEBRA_LABELS: dict[str, int] = {"S1": S1_LABEL} | {level.upper_vertebra: S1_LABEL + level.label for level in DISC_LEVELS}
"""Vertebral body name -> label value: S1 100, L5 101, L4 102, … upwards to C2 123 (with the dens)."""

TOP_LEVEL = DISC_LEVELS[-1]
"""C2-C3, the highest disc of the spine."""


def level_of_label(label: int) -> str:
    """Level name of a disc's label value; 'unknown' for the values from 51 on.

    Raises ``ValueError`` for a value that is no disc.
    """
    if label in LEVEL_BY_LABEL:
        return LEVEL_BY_LABEL[label].name
    if is_unknown_label(label):
        return UNKNOWN_LEVEL
    raise ValueError(f"{label} is not the label value of a disc.")


def disc_name_of_label(label: int) -> str:
    """How a disc is named in scenes and files: its level; 'unknown 1', 'unknown 2', … where it has none.

    The other way round: ``disc_label_of_name``. Raises ``ValueError`` for a value that is no disc.
    """
    if is_unknown_label(label):
        return f"{UNKNOWN_LEVEL} {label - UNKNOWN_LABEL_FIRST + 1}"
    return level_of_label(label)


_DISC_WORD = r"(?:disc|disk|ivd)"
_LEVEL_NAME = re.compile(
    rf"(?:{_DISC_WORD}[\s_:]*)?([CLT]\d{{1,2}})\s*[-–/_]\s*([CLTS]?)(\d{{1,2}})(?:[\s_]*{_DISC_WORD})?", re.I
)
_UNKNOWN_NAME = re.compile(rf"{UNKNOWN_LEVEL}\s*(\d*)", re.I)


def disc_label_of_name(name: str) -> int | None:
    """Label value that a written name stands for: 'L4-L5', 'L4/5', 'disc l4_l5', 'unknown 2'. None for what is no disc."""
    text = name.strip()
    if match := _LEVEL_NAME.fullmatch(text):
        upper, letter, number = (part.upper() for part in match.groups())
        level = LEVEL_BY_NAME.get(f"{upper}-{letter or upper[0]}{number}")
        return level.label if level else None
    if match := _UNKNOWN_NAME.fullmatch(text):
        label = UNKNOWN_LABEL_FIRST + (int(match.group(1)) - 1 if match.group(1) else 0)
        return label if is_unknown_label(label) else None
    return None


def is_unknown_label(label: int) -> bool:
    return UNKNOWN_LABEL_FIRST <= label < SACRUM_LABEL


def is_disc_label(label: int) -> bool:
    return label in LEVEL_BY_LABEL or is_unknown_label(label)


def colour_of_label(label: int) -> tuple[int, int, int]:
    """RGB 0 … 255 of a disc's label value; grey where the level is unknown."""
    return LEVEL_BY_LABEL[label].colour if label in LEVEL_BY_LABEL else UNKNOWN_COLOUR


def code_of_label(label: int) -> tuple[str, str, str]:
    """(coding scheme, code, meaning) of a disc's label value; the generic disc code where the level is unknown."""
    if label in LEVEL_BY_LABEL:
        level = LEVEL_BY_LABEL[label]
        return (SCT, level.code, level.meaning)
    return GENERIC_DISC_CODE
