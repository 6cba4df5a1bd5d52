"""Scores of one case: each disc against its reference, discs missed, discs that are none, wrong levels."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from ..anatomy import UNKNOWN_LEVEL, level_of_label
from ..errors import InputError
from ..formatting import times
from ..spine import Region, disc_regions
from ..volume import Volume
from .matching import match_discs
from .surface import mean_surface_distance_mm

COMPLETE_FRACTION = 0.98
"""A reference disc counts as whole when this part of it lies in the valid region."""
FALSE_FRACTION = 0.5
"""A predicted disc without a partner is false when this part of it lies in the valid region; with less, the reference
has no say."""


@dataclass(frozen=True)
class DiscScore:
    """One disc that was found. ``level`` is the reference's. ``level_correct`` is None where the prediction says
    'unknown' or the reference itself is not certain."""

    level: str
    predicted_level: str
    level_correct: bool | None
    distance_mm: float
    dice: float
    surface_mm: float
    volume_mm3: float
    reference_volume_mm3: float


@dataclass(frozen=True)
class FalseDisc:
    level: str
    centre_mm_lps: tuple[float, float, float]
    volume_mm3: float


@dataclass(frozen=True)
class CaseScore:
    """``missed``: levels of reference discs that nothing was found for. ``skipped``: reference levels left out, because
    they are marked incomplete or lie partly outside the valid region. ``ignored``: predicted levels that touch only
    skipped discs or unknown territory; they are neither found nor false."""

    name: str
    found: tuple[DiscScore, ...]
    missed: tuple[str, ...] = ()
    false: tuple[FalseDisc, ...] = ()
    skipped: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


def score_case(
    reference: Volume,
    prediction: Volume,
    *,
    valid: Volume | np.ndarray | None = None,
    incomplete: Collection[str] = (),
    levels_certain: bool = True,
    name: str = "",
) -> CaseScore:
    """Scores a predicted label map against a reference one on the same grid.

    ``valid``: non-zero where the reference is complete; voxels elsewhere count for nothing. ``incomplete``: levels of
    reference discs that are not whole. ``levels_certain``: False where the reference's numbering is itself in doubt.
    """
    if not reference.same_grid(prediction, tolerance_mm=0.05):
        raise InputError(
            f"The predicted label map {name} ({_size_text(prediction)}) does not lie on the grid of its reference "
            f"({_size_text(reference)}). Give the label map of the very volume that the reference was drawn on."
        )
    known = np.ones(reference.array.shape, bool) if valid is None else _mask_of(valid, reference)
    references, predictions = (
        [disc.within(known) for disc in disc_regions(labels).values()] for labels in (reference, prediction)
    )
    partners = dict(match_discs(references, predictions))

    found: list[DiscScore] = []
    missed: list[str] = []
    skipped: list[Region] = []
    ignored: list[str] = []
    for index, disc in enumerate(references):
        partner = predictions[partners[index]] if index in partners else None
        if level_of_label(disc.label) in incomplete or disc.share < COMPLETE_FRACTION:
            skipped.append(disc)
            if partner is not None:
                ignored.append(level_of_label(partner.label))
        elif partner is None:
            missed.append(level_of_label(disc.label))
        else:
            found.append(_score_disc(disc, partner, known, reference, levels_certain))
    false = []
    for index, disc in enumerate(predictions):
        if index in partners.values():
            continue
        level = level_of_label(disc.label)
        if disc.share < FALSE_FRACTION or any(disc.overlap(other) for other in skipped):
            ignored.append(level)
        else:
            false.append(FalseDisc(level, disc.centre, disc.volume_mm3))
    return CaseScore(
        name=name,
        found=tuple(found),
        missed=tuple(missed),
        false=tuple(false),
        skipped=tuple(level_of_label(disc.label) for disc in skipped),
        ignored=tuple(ignored),
    )


def _score_disc(reference: Region, prediction: Region, valid: np.ndarray, grid: Volume, levels_certain: bool) -> DiscScore:
    # one voxel more on each side, as far as there is one: it distinguishes a surface from the border of the image
    box = tuple(
        slice(max(0, min(one.start, two.start) - 1), min(size, max(one.stop, two.stop) + 1))
        for one, two, size in zip(reference.box, prediction.box, valid.shape)
    )
    masks = [disc.mask_in(box) for disc in (reference, prediction)]  # type: ignore[arg-type]
    level, predicted = level_of_label(reference.label), level_of_label(prediction.label)
    judged = levels_certain and UNKNOWN_LEVEL not in (level, predicted)
    return DiscScore(
        level=level,
        predicted_level=predicted,
        level_correct=level == predicted if judged else None,
        distance_mm=float(np.linalg.norm(reference.centre_mm_lps - prediction.centre_mm_lps)),
        dice=float(2 * reference.overlap(prediction) / (reference.voxels + prediction.voxels)),
        surface_mm=mean_surface_distance_mm(masks[0], masks[1], valid[box], np.array(grid.spacing_mm[::-1])),
        volume_mm3=prediction.volume_mm3,
        reference_volume_mm3=reference.volume_mm3,
    )


def _mask_of(valid: Volume | np.ndarray, grid: Volume) -> np.ndarray:
    array = np.asarray(valid.array if isinstance(valid, Volume) else valid) != 0
    if array.shape != grid.array.shape:
        raise InputError("The valid region has another size than its reference label map. Give one on the same grid.")
    return array


def _size_text(volume: Volume) -> str:
    return times(volume.size_ijk) + " voxels"
