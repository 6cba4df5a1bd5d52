"""Volumes that cannot be segmented are refused in a sentence that names the cause."""

from __future__ import annotations

import numpy as np
import pytest
from IVDSegmentationLib.errors import InputError
from IVDSegmentationLib.volume import Volume
from IVDSegmentationLib.volume.checks import check_volume
from sample_files import SAGITTAL, image_of, spine


def scan(**changes) -> Volume:
    rng = np.random.default_rng(0)
    fields = {
        "array": rng.integers(0, 1000, (15, 100, 100)).astype(np.int16),
        "spacing_mm": (1.0, 1.0, 4.0),
        "origin_mm_lps": (0.0, 0.0, 0.0),
        "direction": SAGITTAL,
    }
    return Volume(**(fields | changes))


def with_value(value: float) -> np.ndarray:
    array = np.random.default_rng(0).random((15, 100, 100)).astype(np.float32)
    array[3, 4, 5] = value
    return array


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"array": np.zeros((0, 100, 100))}, "empty"),
        ({"array": np.zeros((15, 100, 100))}, "same value"),
        ({"array": np.full((15, 100, 100), 7, np.uint8)}, "same value"),
        ({"array": with_value(np.nan)}, "1 voxel is not a number"),
        ({"array": with_value(np.inf)}, "1 voxel is not a number or infinite"),
        ({"array": with_value(3e38)}, "too large"),
        ({"array": with_value(1e19)}, "too large"),
        ({"array": np.ones((100, 100))}, "2 dimensions"),
        ({"array": np.ones((2, 15, 100, 100))}, "4 dimensions"),
        ({"array": np.arange(10000).reshape(1, 100, 100)}, "2D or nearly so"),
        ({"array": np.arange(20000).reshape(100, 2, 100)}, "2D or nearly so"),
        ({"array": np.full((15, 100, 100), "x")}, "not numbers"),
        ({"array": np.ones((15, 100, 100), complex)}, "complex"),
        ({"spacing_mm": (1.0, 0.0, 4.0)}, "zero or negative"),
        ({"spacing_mm": (1.0, -1.0, 4.0)}, "zero or negative"),
        ({"spacing_mm": (1.0, 1.0, 20.5)}, "cannot be right"),
        ({"spacing_mm": (0.049, 1.0, 4.0)}, "cannot be right"),
        ({"spacing_mm": (1.0, np.nan, 4.0)}, "not a number"),
        ({"origin_mm_lps": (0.0, np.inf, 0.0)}, "position or direction"),
        ({"direction": np.full((3, 3), np.nan)}, "position or direction"),
        ({"direction": SAGITTAL + np.eye(3) * 0.2}, "right angles"),
        ({"spacing_mm": (0.2, 0.2, 1.0)}, "too small"),
        ({"spacing_mm": (10.0, 10.0, 4.0)}, "larger than a patient"),
    ],
)  # fmt: skip
def test_bad_volumes_are_refused(changes, words):
    with pytest.raises(InputError, match=words) as caught:
        check_volume(scan(**changes))
    text = str(caught.value)
    assert text[0].isupper() or text[0].isdigit()
    assert text.endswith(".")
    assert text.count(". ") >= 1 or "?" in text  # what happened, and what to do


def test_ordinary_volumes_pass_without_a_word():
    assert check_volume(scan()) == ()
    assert check_volume(image_of(spine())) == ()
    assert check_volume(scan(array=np.random.default_rng(0).random((15, 100, 100)))) == ()


def test_mr_volumes_whose_mean_was_subtracted_are_not_taken_for_ct():
    array = np.random.default_rng(0).gamma(2.0, 200.0, (15, 100, 100))
    assert check_volume(scan(array=(array - array.mean()).astype(np.float32))) == ()


@pytest.mark.parametrize("padding", [-1000, -2000, -3024])
def test_ct_is_warned_of(padding):
    rng = np.random.default_rng(0)
    array = rng.normal(40, 30, (15, 100, 100))
    array[:, :30] = rng.normal(-1000, 15, (15, 30, 100))
    array[:, 60:70, 40:60] = rng.normal(600, 150, (15, 10, 20))
    array[:, :5] = padding
    warnings = check_volume(scan(array=array.astype(np.int16)))
    assert len(warnings) == 1
    assert "CT" in warnings[0]


def test_a_small_field_of_view_is_warned_of():
    (warning,) = check_volume(scan(spacing_mm=(0.5, 0.5, 3.0)))
    assert "field of view is small" in warning


def test_coarse_voxels_are_warned_of():
    (warning,) = check_volume(scan(spacing_mm=(7.0, 7.0, 7.0)))
    assert "coarse" in warning


def test_views_that_are_not_contiguous_are_checked_as_well():
    array = np.full((15, 100, 100), 40.0, np.float32).transpose(2, 1, 0)
    array[50:, 3:, 2] = 100
    assert check_volume(Volume(array, (4.0, 1.0, 1.0))) == ()
