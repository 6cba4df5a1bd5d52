"""A file that turns the patient the wrong way is told as such, and a right one is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from IVDSegmentationLib.cases import load_real_case
from IVDSegmentationLib.errors import Cancelled, DeviceError
from IVDSegmentationLib.segmentation.orientation import Finding, wrong_way_round
from IVDSegmentationLib.synthesis import sample_phantom
from IVDSegmentationLib.volume import Volume

CLEAR, UNCLEAR = Finding(8, 0.99), Finding(9, 0.3)
TURNS = {  # what the file says L, P, S are, as matrices from the truth
    "upside down": np.diag([1, 1, -1]),
    "back to front": np.diag([1, -1, 1]),
    "upside down and back to front": np.diag([1, -1, -1]),
    "axes seem to be mixed up": np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]]),
}


def scan(height_mm: float = 300.0) -> Volume:
    """Sagittal, 12 slices of 4 mm, 200 mm deep."""
    direction = np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    return Volume(np.zeros((12, int(height_mm / 2), 100), np.uint8), (2.0, 2.0, 4.0), (0, 0, 0), direction)


def turned(volume: Volume, turn: np.ndarray) -> Volume:
    return replace(volume, direction=turn @ volume.direction)


def looker(truth: Volume):
    """Sees a clear spine in ``truth`` and in its mirror image, an unclear one along the same line, nothing across."""
    seen = []

    def look(volume: Volume, for_levels: bool) -> Finding:
        seen.append(volume)
        same = np.abs(volume.direction[1:] - truth.direction[1:]).max() < 1e-6
        along = np.abs(np.abs(volume.direction[2]) - np.abs(truth.direction[2])).max() < 1e-6
        return CLEAR if same else UNCLEAR if along else Finding(0, 0.0)

    return look, seen


@pytest.mark.parametrize("words", TURNS)
def test_each_way_round_is_told_from_the_others(words):
    truth = scan()
    look, _ = looker(truth)
    wrong = turned(truth, TURNS[words])
    sentence = wrong_way_round(wrong, look(wrong, False), look)
    assert sentence and f" {words}." in sentence


def test_a_clear_result_is_not_looked_at_again():
    look, seen = looker(scan())
    assert wrong_way_round(scan(), CLEAR, look) is None and not seen


def test_what_has_no_clear_levels_either_way_is_left_alone():
    assert wrong_way_round(scan(), UNCLEAR, lambda volume, for_levels: replace(UNCLEAR, confidence=0.89)) is None
    assert wrong_way_round(scan(), Finding(0, 0.0), lambda volume, for_levels: Finding(0, 0.0)) is None


def test_a_scan_of_something_else_is_looked_at_in_its_middle_and_along_its_long_axes_only():
    """Of a head each look shows 100 mm from left to right; a slab of 48 mm is never taken for the length of a spine."""
    seen = []

    def look(volume: Volume, for_levels: bool) -> Finding:
        seen.append(np.abs(volume.direction) @ (np.array(volume.size_ijk) * volume.spacing_mm))
        return Finding(0, 0.0)

    assert wrong_way_round(scan(), Finding(0, 0.0), look) is None
    assert len(seen) == 3
    head = Volume(np.zeros((100, 125, 120), np.uint8), (2.0, 2.0, 2.0), direction=scan().direction)
    assert wrong_way_round(head, Finding(0, 0.0), look) is None
    assert len(seen) == 3 + 5
    assert all(extent[0] <= 100 and extent[2] >= 120 for extent in seen)


def test_the_middle_of_a_volume_stays_in_its_place():
    """A bright voxel lies where it would lie in the whole volume with the same axes."""
    at_ijk = np.array([60, 62, 50])
    array = np.zeros((100, 125, 120), np.uint8)
    array[tuple(at_ijk[::-1])] = 1
    head = Volume(array, (2.0, 2.1, 2.2), (5.0, -3.0, 8.0), scan().direction)
    sizes = []

    def look(volume: Volume, for_levels: bool) -> Finding:
        here = volume.lps_of_ijk(np.argwhere(volume.array)[0][::-1])
        np.testing.assert_allclose(here, replace(head, direction=volume.direction).lps_of_ijk(at_ijk))
        sizes.append(volume.array.size)
        return Finding(0, 0.0)

    wrong_way_round(head, Finding(0, 0.0), look)
    assert max(sizes) < array.size / 2


def test_two_sure_discs_in_a_low_field_of_view_are_no_reason_to_doubt():
    look, seen = looker(scan())
    assert wrong_way_round(scan(height_mm=100), Finding(2, 0.99), look) is None and not seen


@pytest.mark.slow
@pytest.mark.parametrize("words", TURNS)
def test_a_wrong_file_is_told_with_the_result(segmenter, words):
    image = turned(sample_phantom().image, TURNS[words])
    warnings = " ".join(segmenter.segment(image).warnings)
    assert f" {words}." in warnings


@pytest.mark.real
@pytest.mark.slow
def test_discs_without_a_canal_behind_them_are_a_reason_to_look_the_other_way_round(segmenter, real_data):
    """Seen back to front no canal runs behind the discs, so that none is believed."""
    image = load_real_case(real_data / "SPIDER_220").image
    assert image is not None
    result = segmenter.segment(turned(image, TURNS["back to front"]))
    assert not result.discs and any(" back to front." in warning for warning in result.warnings)


@pytest.mark.slow
@pytest.mark.parametrize("part", [slice(None), slice(None, 0.55), slice(0.3, 0.7), slice(0.7, None)], ids=str)
def test_a_right_file_is_not_blamed(segmenter, part):
    image = sample_phantom().image
    rows = image.array.shape[1]
    first, last = int((part.start or 0) * rows), int((part.stop or 1) * rows)
    half = replace(image, array=image.array[:, first:last], origin_mm_lps=tuple(image.lps_of_ijk((0, first, 0))))
    assert not any("wrong way" in warning for warning in segmenter.segment(half).warnings)


@pytest.mark.slow
def test_cancel_works_while_other_ways_are_tried(segmenter):
    image = turned(sample_phantom().image, TURNS["upside down"])
    asked = []

    def cancelled() -> bool:
        return asked.count("postprocess") > 2

    with pytest.raises(Cancelled):
        segmenter.segment(image, progress=lambda stage, fraction: asked.append(stage), cancelled=cancelled)


@pytest.mark.slow
def test_no_memory_for_a_second_look_costs_no_result(segmenter, monkeypatch):
    first = segmenter._infer
    calls = []

    def infer(*arguments):
        calls.append(1)
        if len(calls) > 1:
            raise DeviceError("There is not enough memory for this volume.")
        return first(*arguments)

    monkeypatch.setattr(segmenter, "_infer", infer)
    result = segmenter.segment(turned(sample_phantom().image, TURNS["upside down"]))
    assert len(calls) == 2 and len(result.discs) >= 5


@pytest.fixture(scope="module")
def segmenter():
    pytest.importorskip("torch")
    from IVDSegmentationLib.segmentation.pipeline import Segmenter

    return Segmenter(device="cpu")
