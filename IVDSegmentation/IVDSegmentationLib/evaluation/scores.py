"""Scores of one case: each disc against its reference, discs missed, discs that are none, wrong levels."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from ..anatomy import UNKNOWN_LEVEL
from ..errors import InputError
from ..formatting import times
from ..volume import Volume
from .matching import DiscMask, discs_of_labels, match_discs, overlap_voxels
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

    @property
    def reference_count(self) -> int:
        return len(self.found) + len(self.missed)


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
    references = discs_of_labels(reference, known)
    predictions = discs_of_labels(prediction, known)
    partners = dict(match_discs(references, predictions))

    found: list[DiscScore] = []
    missed: list[str] = []
    skipped: list[DiscMask] = []
    ignored: list[str] = []
    for index, disc in enumerate(references):
        partner = predictions[partners[index]] if index in partners else None
        if disc.level in incomplete or disc.inside < COMPLETE_FRACTION:
            skipped.append(disc)
            if partner is not None:
                ignored.append(partner.level)
        elif partner is None:
            missed.append(disc.level)
        else:
            found.append(_score_disc(disc, partner, known, reference, levels_certain))
    false = []
    for index, disc in enumerate(predictions):
        if index in partners.values():
            continue
        if disc.inside < FALSE_FRACTION or any(overlap_voxels(disc, other) for other in skipped):
            ignored.append(disc.level)
        else:
            centre = tuple(float(x) for x in disc.centre_mm_lps)
            false.append(FalseDisc(disc.level, centre, disc.volume_mm3))  # type: ignore[arg-type]
    return CaseScore(
        name=name,
        found=tuple(found),
        missed=tuple(missed),
        false=tuple(false),
        skipped=tuple(disc.level for disc in skipped),
        ignored=tuple(ignored),
    )


def _score_disc(
    reference: DiscMask, prediction: DiscMask, valid: np.ndarray, grid: Volume, levels_certain: bool
) -> DiscScore:
    first = np.minimum(reference.first_kji, prediction.first_kji)
    last = np.maximum(
        np.add(reference.first_kji, reference.mask.shape), np.add(prediction.first_kji, prediction.mask.shape)
    )
    # one voxel more on each side, as far as there is one: it tells a surface from the border of the image
    first, last = np.maximum(first - 1, 0), np.minimum(last + 1, valid.shape)
    masks = []
    for disc in (reference, prediction):
        mask = np.zeros(last - first, bool)
        mask[tuple(slice(f - s, f - s + n) for f, s, n in zip(disc.first_kji, first, disc.mask.shape))] = disc.mask
        masks.append(mask)
    box = tuple(slice(f, n) for f, n in zip(first, last))
    spacing = np.array(grid.spacing_mm[::-1])
    both = np.count_nonzero(masks[0] & masks[1])
    judged = levels_certain and UNKNOWN_LEVEL not in (reference.level, prediction.level)
    return DiscScore(
        level=reference.level,
        predicted_level=prediction.level,
        level_correct=reference.level == prediction.level if judged else None,
        distance_mm=float(np.linalg.norm(reference.centre_mm_lps - prediction.centre_mm_lps)),
        dice=float(2 * both / (np.count_nonzero(masks[0]) + np.count_nonzero(masks[1]))),
        surface_mm=mean_surface_distance_mm(masks[0], masks[1], valid[box], spacing),
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
