"""Whether an image and a label map can be used for training, and what is wrong with them."""

from __future__ import annotations

import numpy as np

from ..anatomy import (
    CANAL_LABEL,
    DISC_LEVELS,
    S1_LABEL,
    SACRUM_LABEL,
    UNKNOWN_LEVEL,
    VERTEBRA_LABELS,
    is_disc_label,
    level_of_label,
)
from ..errors import InputError
from ..formatting import times
from ..spine import disc_regions
from ..volume import Volume
from ..volume.checks import check_volume
from .regions import is_cut_by_border, runs_of

SMALLEST_DISC_MM3 = 150.0
LARGEST_DISC_MM3 = 45_000.0
FINEST_MM, COARSEST_MM = 0.2, 8.0
"""Spacings outside are no spine MR."""
_NOTABLE_PART = 0.1
"""A second part with this share of the larger one's voxels is reported."""
_OTHERS = {SACRUM_LABEL, S1_LABEL, CANAL_LABEL, *VERTEBRA_LABELS.values()}


def check_pair(image: Volume, labels: Volume) -> tuple[str, ...]:
    """What to know about the case. Raises ``InputError`` where it cannot be used for training."""
    check_grid(image, labels)
    warnings = list(check_volume(image))
    spacing = sorted(image.spacing_mm)
    if spacing[0] < FINEST_MM or spacing[2] > COARSEST_MM:
        words = _spacing(image)
        raise InputError(
            f"The voxels of the image are stated to be {words} mm, which is not possible for a spine MR scan. Correct the "
            "spacing of the file."
        )
    check_values(labels)
    discs = list(disc_regions(labels).values())
    if not discs:
        raise InputError(
            "No disc is labelled, so the case cannot be used for training. Add a segmentation with at least one disc."
        )
    for lower, upper in zip(discs, discs[1:]):
        names = level_of_label(lower.label), level_of_label(upper.label)
        if UNKNOWN_LEVEL not in names and upper.label < lower.label:
            raise InputError(
                f"The levels are out of order: {names[1]} lies above {names[0]}. Is the volume upside down, or are the "
                "levels wrong? Correct them first."
            )
    for disc in discs:
        name, volume = level_of_label(disc.label), disc.volume_mm3
        if not SMALLEST_DISC_MM3 <= volume <= LARGEST_DISC_MM3:
            warnings.append(f"{name} has {volume / 1000:.1f} cm³, which is unusual for a disc.")
        if is_cut_by_border(disc):
            warnings.append(f"{name} is cut by the field of view.")
        if len(disc.components(_NOTABLE_PART)) > 1:
            warnings.append(f"{name} consists of several parts.")
    for lower_run, upper_run in zip(runs_of(discs), runs_of(discs)[1:]):
        names = level_of_label(lower_run[-1].label), level_of_label(upper_run[0].label)
        warnings.append(f"Between {names[0]} and {names[1]} a disc is not annotated; the place is not learned from.")
    return tuple(warnings)


def check_grid(image: Volume, labels: Volume) -> None:
    """Raises ``InputError`` where the label map does not lie on the image's grid."""
    if image.same_grid(labels, tolerance_mm=0.05):
        return
    if image.size_ijk != labels.size_ijk:
        what = f"it has {_size(labels)} voxels, the image {_size(image)}"
    elif not np.allclose(image.spacing_mm, labels.spacing_mm, atol=1e-3):
        what = f"its voxels are {_spacing(labels)} mm, those of the image {_spacing(image)} mm"
    else:
        what = "its position or orientation differs"
    raise InputError(
        f"The label map lies on another grid than the image: {what}. Give the label map that was drawn on this image, or "
        "resample it onto the image."
    )


def check_values(labels: Volume) -> None:
    """Raises ``InputError`` for values without a meaning."""
    if np.issubdtype(labels.array.dtype, np.floating) and not np.array_equal(labels.array, np.rint(labels.array)):
        raise InputError("The label map holds fractions, so it is an image. Give the label map.")
    values = [int(v) for v in np.unique(labels.array)]
    strange = [v for v in values if v and not is_disc_label(v) and v not in _OTHERS]
    if strange:
        words = ", ".join(str(v) for v in strange[:6]) + (" …" if len(strange) > 6 else "")
        raise InputError(
            f"The label map holds values that stand for no structure: {words}. Discs are 1 (L5-S1), 2 (L4-L5) … "
            f"{DISC_LEVELS[-1].label} ({DISC_LEVELS[-1].name}), 51 … where the level is unknown. "
            "Name the values or the segments."
        )


def _size(volume: Volume) -> str:
    return times(volume.size_ijk)


def _spacing(volume: Volume) -> str:
    return times(volume.spacing_mm)
