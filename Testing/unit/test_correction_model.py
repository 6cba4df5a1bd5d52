"""Corrections of the network's own result on real scans: one point brings a disc back, three marks repair a border."""

from __future__ import annotations

import numpy as np
import pytest
from IVDSegmentationLib.correction import add_disc_at, move_centre, recompute, refine_border, remove_disc
from IVDSegmentationLib.measurement import measure_discs
from IVDSegmentationLib.spine import Grade
from IVDSegmentationLib.volume.read import read_volume
from known_result import dice, spoiled, three_marks

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture(scope="module", params=["SPIDER_011", "VB3_07"])
def case(request):
    from conftest import real_data_folder
    from IVDSegmentationLib.segmentation.pipeline import Segmenter

    pytest.importorskip("torch")
    folder = real_data_folder()
    if folder is None or not (folder / request.param).is_dir():
        pytest.skip("no real scans: set IVD_REAL_DATA")
    image = read_volume(folder / request.param / "image.nii.gz")
    result = Segmenter(device="cpu", threads=1).segment(image)
    sure = [disc for disc in result.discs if disc.outline is not None and disc.outline.grade is not Grade.POOR]
    assert len(sure) >= 3
    return result, image, sure


def test_remove_one_disc_and_bring_it_back_with_one_point(case) -> None:
    result, image, sure = case
    for disc in sure:
        truth = result.labels.array == disc.label
        again = add_disc_at(remove_disc(result, disc.label), np.add(disc.centre_mm_lps, (1.0, 3.0, 1.0)), image)
        assert dice(again.labels.array == disc.label, truth) >= 0.9, disc.level
        moved = move_centre(result, disc.label, np.add(disc.centre_mm_lps, (1.0, -3.0, 1.0)), image)
        assert dice(moved.labels.array == disc.label, truth) >= 0.9, disc.level


@pytest.mark.parametrize("face, grow", [("top", False), ("top", True), ("front", False), ("front", True)])
def test_spoil_a_border_by_4_mm_and_repair_it_with_three_marks(case, face: str, grow: bool) -> None:
    result, image, sure = case
    for disc in sure[1:3]:
        truth = result.labels.array == disc.label
        (measured,) = measure_discs(result.labels, only=[disc.label])
        out = measured.frame.up if face == "top" else measured.frame.front
        bad = spoiled(result, disc.label, 4.0 * out, grow)
        array = np.where(truth, 0, result.labels.array).astype(np.uint8)
        array[bad] = disc.label
        wrong = recompute(result, result.labels.with_array(array))
        marks = three_marks(result, disc.label, truth ^ bad, "front" if face == "top" else "left")
        fixed = refine_border(wrong, disc.label, image, **({"exclude": marks} if grow else {"include": marks}))
        assert dice(bad, truth) < dice(fixed.labels.array == disc.label, truth) >= 0.9, disc.level
