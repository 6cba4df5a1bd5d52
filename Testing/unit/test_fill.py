"""Fill values and faint values change no result: the patient decides how a volume is scaled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from IVDSegmentationLib.segmentation.pipeline import Segmenter
from IVDSegmentationLib.synthesis.phantom import synthesize
from IVDSegmentationLib.volume import Volume
from IVDSegmentationLib.volume.checks import check_volume
from IVDSegmentationLib.volume.fill import patient_of
from sample_files import SAGITTAL

FILLS = [65535, -32768, 4095, -1024]


def scan() -> Volume:
    """Grey values as MR has them: dark air, a long tail of bright voxels."""
    values = np.random.default_rng(0).gamma(2.0, 90.0, (16, 90, 80))
    return Volume(values.astype(np.float32), (1.2, 1.2, 3.0), (10, 20, 30), SAGITTAL)


def padded(volume: Volume, value: float, widths: tuple[tuple[int, int], ...]) -> Volume:
    """``widths``: voxels before and after along k, j, i."""
    array = np.pad(volume.array.astype(np.float32), widths, constant_values=value)
    first = np.array([-before for before, _ in reversed(widths)])
    return Volume(array, volume.spacing_mm, tuple(volume.lps_of_ijk(first)), volume.direction)


AROUND, BESIDE, ABOVE = ((2, 2), (20, 20), (15, 15)), ((0, 0), (0, 0), (0, 40)), ((0, 0), (60, 0), (0, 0))


def salted(volume: Volume, value: float, share: float = 0.002) -> Volume:
    array = volume.array.astype(np.float32)
    array[np.random.default_rng(1).random(array.shape) < share] = value
    return replace(volume, array=array)


@pytest.mark.parametrize("value", FILLS)
@pytest.mark.parametrize("widths", [AROUND, BESIDE, ABOVE])
def test_a_margin_is_cut_off_and_named(value, widths):
    source = padded(scan(), value, widths)
    patient = patient_of(source)
    np.testing.assert_array_equal(patient.volume.array, scan().array)
    assert patient.volume.same_grid(scan())
    (warning,) = check_volume(source)
    assert f"have the value {value}" in warning
    labels = patient.on_source(patient.volume.with_array(np.ones(patient.volume.array.shape, np.uint8)))
    assert labels.same_grid(source)
    np.testing.assert_array_equal(labels.array, source.array != value)


@pytest.mark.parametrize("value", [*FILLS, 1e6])
def test_salt_is_replaced_by_what_lies_around_it(value):
    source = salted(scan(), value)
    patient = patient_of(source)
    there = source.array == value
    np.testing.assert_array_equal(patient.volume.array[~there], scan().array[~there])
    assert 20 < np.median(patient.volume.array[there]) < 300
    assert patient.volume.array[there].max() < 1000
    assert len(patient.warnings) == 1


def test_corners_of_a_turned_image_and_salt_together():
    array = scan().array.astype(np.int32)
    k, j, i = np.indices(array.shape)
    outside = np.abs(j - 45) + np.abs(i - 40) > 70
    array[outside] = -1024
    array[np.random.default_rng(2).random(array.shape) < 0.002] = 65535
    patient = patient_of(replace(scan(), array=array))
    assert patient.volume.array.min() >= 0
    assert patient.volume.array.max() < 3000
    assert len(patient.warnings) == 2


@pytest.mark.parametrize(
    "array",
    [
        scan().array,
        np.minimum(scan().array, 400),  # saturated
        np.where(scan().array < 60, 0, scan().array),  # air set to zero
        (np.minimum(scan().array, 500) / 500 * 255).astype(np.uint8),
        (scan().array - scan().array.mean()) / scan().array.std(),
        np.pad(scan().array, ((0, 0), (20, 20), (20, 20))),  # zeros around it
    ],
)
def test_ordinary_values_are_left_alone(array):
    source = replace(scan(), array=array)
    patient = patient_of(source)
    assert patient.volume is source
    assert patient.on_source(source) is source
    assert patient.warnings == ()


@pytest.mark.parametrize("factor", [1e-30, 1e-10, 1e-7])
def test_faint_values_are_scaled_up(factor):
    source = replace(scan(), array=scan().array.astype(np.float64) * factor)
    values = patient_of(source).volume.array
    np.testing.assert_allclose(values / values.max(), scan().array / scan().array.max(), rtol=1e-5)
    assert values.max() > 100  # far above the constants that keep divisions from failing


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return Segmenter(device="cpu", threads=1)


@pytest.fixture(scope="module")
def phantom() -> Volume:
    return synthesize(3).image


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["around", "beside", "salt", "faint"])
@pytest.mark.parametrize("value", FILLS)
def test_the_discs_are_the_same(segmenter, phantom, kind, value):
    changed = {
        "around": lambda: padded(phantom, value, AROUND),
        "beside": lambda: padded(phantom, value, BESIDE),
        "salt": lambda: salted(phantom, value),
        "faint": lambda: replace(phantom, array=phantom.array * 1e-30),
    }[kind]()
    if kind == "faint" and value != FILLS[0]:
        return
    wanted, found = segmenter.segment(phantom), segmenter.segment(changed)
    assert found.labels.same_grid(changed)
    assert [disc.level for disc in found.discs] == [disc.level for disc in wanted.discs]
    for one, other in zip(found.discs, wanted.discs):
        assert np.linalg.norm(np.subtract(one.centre_mm_lps, other.centre_mm_lps)) < 0.5
    if kind != "faint":
        assert any(f"have the value {value}" in warning for warning in found.warnings) == (changed.array == value).any()
