"""Small made-up volumes and results for the scene tests: boxes in place of discs, placed by hand."""

from __future__ import annotations

import numpy as np
from IVDSegmentationLib import anatomy
from IVDSegmentationLib.segmentation.result import ModelInfo, SegmentationResult
from IVDSegmentationLib.spine import Disc, Flag
from IVDSegmentationLib.volume import Volume

SAGITTAL = np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
"""Axes i, j, k to posterior, inferior, right."""


def small_volume() -> Volume:
    """12 sagittal slices of 60 x 40, oblique, with an odd origin."""
    angle = np.deg2rad(9.0)
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    array = np.random.default_rng(3).integers(0, 900, (12, 60, 40)).astype(np.int16)
    return Volume(array, (1.1, 1.3, 3.9), (21.5, -31.25, 140.125), turn @ SAGITTAL)


def box_labels(volume: Volume, labels: tuple[int, ...] = (1, 2, 3, 51)) -> Volume:
    """One box for each label value, from below; a little askew so that no two look the same."""
    array = np.zeros(volume.array.shape, np.uint8)
    for n, label in enumerate(labels):
        top = array.shape[1] - 10 - 12 * n
        array[3 : 9 - n % 2, top : top + 4, 10 + n : 26 + n] = label
    return volume.with_array(array)


def result_of(labels: Volume, flags: dict[int, tuple[str, ...]] | None = None) -> SegmentationResult:
    """The result that has these labels: exact centroids and volumes, probabilities as if the network were sure."""
    discs = []
    for label in (int(value) for value in np.unique(labels.array) if anatomy.is_disc_label(int(value))):
        kji = np.argwhere(labels.array == label)
        centre = labels.lps_of_ijk(kji.mean(0)[::-1])
        volume_mm3 = len(kji) * labels.voxel_mm3
        confidence = 0.5 if anatomy.is_unknown_label(label) else 0.9
        own = tuple(Flag(flag) for flag in (flags or {}).get(label, ()))
        discs.append(Disc(label, tuple(map(float, centre)), volume_mm3, confidence, 0.95, own))
    return SegmentationResult(
        labels=labels,
        discs=tuple(sorted(discs, key=lambda disc: disc.centre_mm_lps[2])),
        probability=labels.with_array((labels.array > 0).astype(np.float16)),
        model=ModelInfo("made up", "1.0", "0" * 64),
        device="cpu",
        threads=2,
        seconds={"network": 0.25},
        notes=("a warning with ümläuts",),
    )
