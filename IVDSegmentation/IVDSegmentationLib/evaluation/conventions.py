"""Label maps of other programs and data sets: recognised by their values and converted to ours.

Sources of the tables:
- SPIDER: van der Graaf et al. 2024, Lumbar spine segmentation in MR images (doi 10.1038/s41597-024-03090-w), and the
  challenge's page: vertebrae 1-25 from below (L5 is 1), 101-125 where only partly visible, canal 100, discs 201-225
  (L5-S1 is 201).
- SPINEPS (github.com/Hendrik-code/spineps, README, and its package TPTBox, ``vert_constants.py``): in 'seg-vert' masks
  vertebra X is C1 1 ... L5 24, L6 25, S1 26; the disc below it 100 + X, its endplate 200 + X. In 'seg-spine' masks all
  discs are 100, beside 26, 41-50 and 60-64 for other structures.
- TotalSpineSeg (github.com/neuropoly/totalspineseg, README, list of classes): discs C2-C3 63 ... C6-C7 67, C7-T1 71 ...
  T11-T12 82, T12-L1 91 ... L4-L5 95, L5-S 100; its first versions (2024): discs from L5-S 202 upwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..anatomy import (
    CANAL_LABEL,
    DISC_LEVELS,
    LEVEL_BY_NAME,
    S1_LABEL,
    SACRUM_LABEL,
    UNKNOWN_LABEL_FIRST,
    VERTEBRA_LABELS,
    is_disc_label,
    is_unknown_label,
)
from ..errors import InputError
from ..spine import Region, region_of
from ..volume import Volume

AUTO, OURS, BINARY = "auto", "ours", "binary"
_MOST_LABELS = 100
"""An image has more different values than any label map of a spine (SPINEPS: three for each of 33 vertebrae)."""
_NOTABLE_PART = 0.05
"""Of the largest component: smaller ones are fragments of a mask, not discs."""
_LARGEST_DISC_MM3 = 35_000.0
"""Lumbar discs have up to 25 cm³; a vertebra with its arch has 50 and more."""
_UNKNOWN = -1
"""In the tables: a disc whose value does not give its level."""


@dataclass(frozen=True)
class Convention:
    """``values``: their value -> ours (``_UNKNOWN`` for discs without a level); ``others``: values of structures that we
    have none for. ``name``: as on the command line; ``title``: as a reader knows it."""

    name: str
    title: str
    values: Mapping[int, int]
    others: frozenset[int] = frozenset()

    def discs_in(self, found: set[int]) -> set[int]:
        return {value for value in found if self.values.get(value) == _UNKNOWN or is_disc_label(self.values.get(value, 0))}

    def fits(self, found: set[int]) -> bool:
        """Whether these values of a label map are all known to the convention, and some are discs."""
        return found <= self.values.keys() | self.others and bool(self.discs_in(found)) and self._is_typical(found)

    def _is_typical(self, found: set[int]) -> bool:
        """SPIDER and SPINEPS use the same numbers: a vertebra is X or, cut off, 100 + X in the one; in the other X always
        comes with its disc, 100 + X."""
        both = {x for x in found if 1 <= x <= 25 and 100 + x in found}
        if self is SPIDER:
            return not both
        if self is SPINEPS:
            vertebrae = {x for x in found if 1 <= x <= 25}
            return not vertebrae or 2 * len(both) >= len(self.discs_in(found))
        return True


def _levels_upwards(first: int) -> dict[int, int]:
    """Discs numbered from L5-S1 upwards."""
    return {first + level.label - 1: level.label for level in DISC_LEVELS}


def _numbered(discs: Mapping[int, str], vertebrae: Mapping[int, str]) -> dict[int, int]:
    """value -> name, as value -> our label; names that we have no label for are left out."""
    found = {value: LEVEL_BY_NAME[name].label for value, name in discs.items() if name in LEVEL_BY_NAME}
    return found | {value: VERTEBRA_LABELS[name] for value, name in vertebrae.items() if name in VERTEBRA_LABELS}


_NAMES = [*(f"C{n}" for n in range(1, 8)), *(f"T{n}" for n in range(1, 13)), *(f"L{n}" for n in range(1, 6)), "S1"]
"""Vertebrae from above."""
_BELOW = dict(zip(_NAMES, _NAMES[1:]))


def _section(first: int, names: list[str]) -> dict[int, str]:
    return dict(enumerate(names, first))


def _discs(vertebrae: Mapping[int, str], offset: int = 0) -> dict[int, str]:
    """The disc below each vertebra, under the vertebra's value + ``offset``."""
    return {value + offset: f"{name}-{_BELOW[name]}" for value, name in vertebrae.items() if name in _BELOW}


SPIDER = Convention(
    "spider",
    "SPIDER",
    _levels_upwards(201)
    | {value + partly: S1_LABEL + value for value in range(1, len(DISC_LEVELS) + 1) for partly in (0, 100)}
    | {100: CANAL_LABEL},
    frozenset({24, 25, 124, 125, 224, 225}),
)
_SPINEPS_VERTEBRAE = _section(1, _NAMES)  # S1 would be 25 here, but is 26: 25 is L6
_SPINEPS_VERTEBRAE[26] = _SPINEPS_VERTEBRAE.pop(25)
SPINEPS = Convention(
    "spineps",
    "SPINEPS (vertebra mask)",
    _numbered(_discs(_SPINEPS_VERTEBRAE, 100), _SPINEPS_VERTEBRAE) | {125: _UNKNOWN, 128: _UNKNOWN},
    frozenset({1, 25, 101, *range(27, 34), *range(201, 234)}),
)
SPINEPS_REGIONS = Convention(
    "spineps",
    "SPINEPS (region mask, without levels)",
    {100: _UNKNOWN, 26: SACRUM_LABEL, 61: CANAL_LABEL},
    frozenset({*range(40, 54), 58, 59, 60, 62, 63, 64}),
)
_TSS_VERTEBRAE = _section(11, _NAMES[:7]) | _section(21, _NAMES[7:19]) | _section(41, _NAMES[19:24])
_TSS_DISCS = (
    _section(63, [f"{name}-{_BELOW[name]}" for name in _NAMES[1:6]])
    | _section(71, [f"{name}-{_BELOW[name]}" for name in _NAMES[6:18]])
    | _section(91, [f"{name}-{_BELOW[name]}" for name in _NAMES[18:23]])
    | {100: "L5-S1"}
)
TOTALSPINESEG = Convention(
    "totalspineseg",
    "TotalSpineSeg",
    _numbered(_TSS_DISCS, _TSS_VERTEBRAE) | {2: CANAL_LABEL, 50: SACRUM_LABEL},
    frozenset({1, 11}),
)
TOTALSPINESEG_2024 = Convention(
    "totalspineseg",
    "TotalSpineSeg (2024)",
    _levels_upwards(202)
    | _numbered({}, dict(zip(range(18, 42), reversed(_NAMES[:24]))))
    | {92: SACRUM_LABEL, 201: CANAL_LABEL},
    frozenset({41, 200}),
)
CONVENTIONS = (SPIDER, SPINEPS, SPINEPS_REGIONS, TOTALSPINESEG, TOTALSPINESEG_2024)
NAMES = (AUTO, "spider", "spineps", "totalspineseg", BINARY, OURS)
"""What ``--convention`` takes."""


@dataclass(frozen=True)
class LabelMap:
    """``labels`` have our values. ``title``: the convention that they were converted from, '' for ours. ``doubts``:
    sentences on what is odd about them."""

    labels: Volume
    title: str = ""
    doubts: tuple[str, ...] = ()


def with_our_values(labels: Volume, convention: str = AUTO, name: str = "The label map") -> LabelMap:
    """A label map of whole numbers as one with our values. ``convention``: one of ``NAMES``; ``name``: of the file, for
    messages. Raises ``InputError`` where the values do not fit, or fit more than one convention."""
    values = {int(value) for value in np.unique(labels.array)} - {0}
    if not values:
        return LabelMap(labels, "", (f"{name} is empty: it holds no label at all.",))
    chosen = _recognised(labels, values, name) if convention == AUTO else _asked_for(values, convention, name)
    if chosen == OURS:
        converted = LabelMap(labels)
    elif chosen == BINARY:
        title = "one value for all discs, so without levels"
        converted = LabelMap(labels.with_array(_numbered_from_below(labels, labels.array != 0)), title)
    else:
        assert isinstance(chosen, Convention)
        converted = LabelMap(labels.with_array(_converted(labels, chosen)), chosen.title)
    doubt = _size_doubt(converted.labels, name)
    return LabelMap(converted.labels, converted.title, (doubt,) if doubt else ())


def _recognised(labels: Volume, values: set[int], name: str) -> Convention | str:
    if len(values) == 1 and (len(_parts(labels, labels.array != 0)) > 1 or not _fits_ours(values)):
        return BINARY
    if _fits_ours(values):
        return OURS
    fitting = [one for one in CONVENTIONS if one.fits(values)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        titles = " and ".join(one.title for one in fitting)
        raise InputError(f"The values of {name} ({_text(values)}) fit {titles}. Say which one it is with --convention.")
    if len(values) > _MOST_LABELS or min(values) < 0:
        raise InputError(f"{name} has {len(values)} different values: this looks like an image. Give the label map.")
    raise InputError(
        f"The values of {name} ({_text(values)}) are neither ours (discs 1 L5-S1, 2 L4-L5, ... upwards, 51 ... level unknown) "
        "nor those of SPIDER, SPINEPS or TotalSpineSeg. Convert them, or name the convention with --convention."
    )


def _asked_for(values: set[int], convention: str, name: str) -> Convention | str:
    if convention in (OURS, BINARY):
        return convention
    known = [one for one in CONVENTIONS if one.name == convention]
    fitting = [one for one in known if one.fits(values)]
    if not fitting:
        raise InputError(f"The values of {name} ({_text(values)}) are not those of {known[0].title}. Check --convention.")
    return fitting[0]


def _fits_ours(values: set[int]) -> bool:
    """Our unknown discs are counted from 51 on; a map with, say, 91 to 95 alone is somebody else's."""
    known = {level.label for level in DISC_LEVELS} | set(VERTEBRA_LABELS.values()) | {SACRUM_LABEL, CANAL_LABEL}
    unknown = {value for value in values if is_unknown_label(value)}
    counted = not unknown or min(unknown) < UNKNOWN_LABEL_FIRST + len(DISC_LEVELS) // 2
    return counted and values <= known | unknown


def _converted(labels: Volume, convention: Convention) -> np.ndarray:
    array = np.asarray(labels.array)
    result = np.zeros(array.shape, np.uint8)
    for theirs, ours in convention.values.items():
        if ours != _UNKNOWN:
            result[array == theirs] = ours
    unknown = [theirs for theirs, ours in convention.values.items() if ours == _UNKNOWN]
    without_level = np.isin(array, unknown)
    if without_level.any():
        result = np.where(without_level, _numbered_from_below(labels, without_level), result)
    return result


def _numbered_from_below(labels: Volume, mask: np.ndarray) -> np.ndarray:
    """Each component of a mask as a disc of unknown level: 51, 52, ... from below; smaller fragments are left out."""
    parts = _parts(labels, mask)
    if len(parts) > SACRUM_LABEL - UNKNOWN_LABEL_FIRST:
        raise InputError(f"The mask has {len(parts)} separate parts, more than a spine has discs. Check the label map.")
    numbered = np.zeros(mask.shape, np.uint8)
    for number, part in enumerate(parts, UNKNOWN_LABEL_FIRST):
        numbered[part.box][part.mask] = number
    return numbered


def _parts(labels: Volume, mask: np.ndarray) -> list[Region]:
    region = region_of(labels.with_array(mask.astype(np.uint8)), 1)
    return region.components(_NOTABLE_PART) if region else []


def _size_doubt(labels: Volume, name: str) -> str:
    counts = np.bincount(np.clip(labels.array, 0, 255).astype(np.uint8).ravel(), minlength=256)
    sizes = [count * labels.voxel_mm3 for value, count in enumerate(counts) if count and is_disc_label(value)]
    if not sizes:
        return f"{name} holds no disc, only other structures."
    if np.median(sizes) > _LARGEST_DISC_MM3:
        return f"The discs of {name} have {np.median(sizes) / 1000:.0f} cm3 (median), more than discs have. Are they vertebrae?"
    return ""


def _text(values: set[int]) -> str:
    """'1-7, 100, 201-207'."""
    runs: list[list[int]] = []
    for value in sorted(values):
        if runs and value == runs[-1][1] + 1:
            runs[-1][1] = value
        else:
            runs.append([value, value])
    shown = [str(first) if first == last else f"{first}-{last}" for first, last in runs]
    return ", ".join(shown[:12]) + (", ..." if len(shown) > 12 else "")
