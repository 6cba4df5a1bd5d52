"""Corrections on real scans, from their labels; with the network's own result in test_correction_model.py."""

from __future__ import annotations

import numpy as np
import pytest
from IVDSegmentationLib.correction import add_disc_at, recompute, refine_border, remove_disc
from IVDSegmentationLib.measurement import measure_discs
from IVDSegmentationLib.volume.read import read_volume
from known_result import dice, result_of_labels, spoiled, three_marks

pytestmark = pytest.mark.real


@pytest.fixture(scope="module", params=["SPIDER_005", pytest.param("VB2_02", marks=pytest.mark.slow)])
def case(request):
    from conftest import real_data_folder

    folder = real_data_folder()
    if folder is None or not (folder / request.param).is_dir():
        pytest.skip("no real scans: set IVD_REAL_DATA")
    labels = read_volume(folder / request.param / "labels.nii.gz")
    return result_of_labels(labels), read_volume(folder / request.param / "image.nii.gz")


def test_remove_one_disc_and_bring_it_back(case) -> None:
    result, image = case
    for disc in result.discs:
        again = add_disc_at(remove_disc(result, disc.label), np.add(disc.centre_mm_lps, (1.0, 3.0, 1.5)), image)
        assert dice(again.labels.array == disc.label, result.labels.array == disc.label) >= 0.9, disc.level


@pytest.mark.parametrize("face, grow", [("top", False), ("top", True), ("front", False), ("front", True)])
def test_spoil_a_border_and_repair_it(case, face: str, grow: bool) -> None:
    result, image = case
    for label in (2, 3, 4):
        truth = result.labels.array == label
        (measured,) = measure_discs(result.labels, only=[label])
        out = measured.frame.up if face == "top" else measured.frame.front
        bad = spoiled(result, label, 4.0 * out, grow)
        array = np.where(truth, 0, result.labels.array).astype(np.uint8)
        array[bad] = label
        wrong = recompute(result, result.labels.with_array(array))
        marks = three_marks(result, label, truth ^ bad, "front" if face == "top" else "left")
        fixed = refine_border(wrong, label, image, **({"exclude": marks} if grow else {"include": marks}))
        assert dice(bad, truth) < dice(fixed.labels.array == label, truth) >= 0.9, (label, dice(bad, truth))
