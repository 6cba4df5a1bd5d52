"""A labelled volume to learn from, held in the sagittal frame at its own spacing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ..cases.folder import OWN_GROUP, PHANTOM_GROUP, RealCase
from ..cases.folder import load_real_case as read_real_case
from ..errors import InputError
from ..network.classes import COARSE_OF_STRUCTURE
from ..network.intensity import scaled
from ..spine import disc_regions
from ..volume import Volume
from ..volume.frame import resample_array, sagittal_axis_order

ALL_STRUCTURES = frozenset(COARSE_OF_STRUCTURE)
FINEST_SPACING_MM = (0.9, 0.9, 2.0)
"""(i, j, k): finer volumes are averaged down to about this once, when they are read: the network sees 1.25 x 1.25 x 2."""

LEAST_DISC_VOXELS = 20
"""Patches are not placed at a disc of fewer voxels: that is a slip of the pen, or the rim of a disc that was cut off."""


@dataclass
class TrainingCase:
    """``image`` float16, ``labels`` and ``valid`` uint8: tensors with axes (k, j, i) of the sagittal frame.

    ``valid`` is 1 where the labels are complete; elsewhere 0 means 'not annotated', not 'background'. ``structures``
    names what was annotated at all. ``image`` is scaled as ``network.intensity.scaled`` does.
    ``has_levels`` is False where the numbering of the discs is doubtful.
    """

    name: str
    group: str
    image: torch.Tensor
    labels: torch.Tensor
    valid: torch.Tensor
    spacing_mm: tuple[float, float, float]
    structures: frozenset[str] = ALL_STRUCTURES
    has_levels: bool = True
    disc_centres_kji: list[np.ndarray] | None = None
    """Centre of each disc in voxels; found in the labels where it is not given."""

    def __post_init__(self) -> None:
        if self.disc_centres_kji is not None:
            return
        labels = Volume(self.labels.cpu().numpy(), self.spacing_mm)
        self.disc_centres_kji = [
            disc.centre_kji for _, disc in sorted(disc_regions(labels).items()) if disc.voxels > LEAST_DISC_VOXELS
        ]


def make_case(
    name: str,
    group: str,
    image: Volume,
    labels: np.ndarray,
    valid: np.ndarray | None = None,
    structures: frozenset[str] = ALL_STRUCTURES,
    has_levels: bool = True,
) -> TrainingCase:
    """Turns an image and its label map (same grid, axes k, j, i) into a case in the sagittal frame."""
    order = sagittal_axis_order(image.direction)
    sagittal = order.apply(image)
    maps = [order.apply(image.with_array(a)).array for a in (labels, np.ones_like(labels) if valid is None else valid)]
    array, spacing = sagittal.array.astype(np.float32), sagittal.spacing_mm
    i, j, k = (s if s > 0.75 * f else f for s, f in zip(spacing, FINEST_SPACING_MM))
    target = (i, j, k)
    if target != spacing:
        columns, rows, slices = (max(1, round(n * s / t)) for n, s, t in zip(sagittal.size_ijk, spacing, target))
        size = (columns, rows, slices)
        array = resample_array(array, spacing, size, target)
        maps = [_nearest(m, spacing, size, target) for m in maps]
        spacing = target
    return TrainingCase(
        name,
        group,
        torch.from_numpy(np.ascontiguousarray(scaled(array), np.float16)),
        torch.from_numpy(np.ascontiguousarray(maps[0], np.uint8)),
        torch.from_numpy(np.ascontiguousarray(maps[1], np.uint8)),
        spacing,
        structures,
        has_levels,
    )


def _nearest(array: np.ndarray, spacing: tuple[float, ...], size: tuple[int, ...], target: tuple[float, ...]) -> np.ndarray:
    """Nearest-neighbour counterpart of ``resample_array`` for label maps."""
    for axis in range(3):
        centre_in, centre_out = (array.shape[2 - axis] - 1) / 2, (size[axis] - 1) / 2
        index = np.rint((np.arange(size[axis]) - centre_out) * target[axis] / spacing[axis] + centre_in).astype(int)
        array = np.take(array, index.clip(0, array.shape[2 - axis] - 1), axis=2 - axis)
    return array


def structures_of(annotated: str) -> frozenset[str]:
    """Structures named in a real case's ``annotated`` words."""
    return frozenset(
        structure for structure, word in (("disc", "disc"), ("body", "vertebrae"), ("canal", "canal")) if word in annotated
    )


def load_real_case(folder: Path) -> TrainingCase:
    """A case on disk (see ``evaluation.load_real_case``): image, labels, valid region and ``case.json`` in one folder."""
    return training_case_of(read_real_case(folder))


def training_case_of(case: RealCase) -> TrainingCase:
    """A reference case as one to learn from."""
    if case.image is None:
        raise InputError(f"The case {case.name} has no image, so it cannot be used for training.")
    group = str(case.info.get("set", OWN_GROUP))
    annotated = case.info.get("annotated")
    if annotated is not None:
        structures = structures_of("|".join(annotated))
    else:
        structures = ALL_STRUCTURES if group == PHANTOM_GROUP else frozenset({"disc"})
    valid = None if case.valid is None else case.valid.array
    return make_case(case.name, group, case.image, case.labels.array, valid, structures, case.levels_certain)
