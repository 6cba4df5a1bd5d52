"""Signal of discs, its ratio to the fluid behind them, and the table they are written to."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from IVDSegmentationLib.anatomy import CANAL_LABEL
from IVDSegmentationLib.errors import OutputError
from IVDSegmentationLib.measurement import measure_discs, write_csv
from IVDSegmentationLib.measurement.repeatability import SMALLEST_DETECTABLE
from IVDSegmentationLib.measurement.table import CSV_KEYS, measurement_rows
from IVDSegmentationLib.volume import Volume
from known_disc import SAGITTAL, KnownDisc, draw, empty_grid, spine
from scipy import ndimage


def scan(csf: float, marrow: float, disc: float, sac: bool = True) -> tuple[Volume, Volume]:
    """(image, labels) of six discs in front of a fluid-filled tube; noise of SD 3."""
    labels = empty_grid((1.0, 1.0, 3.0), SAGITTAL, (-28, -80, -30), (30, 40, 220))
    discs = spine()
    for label, known in discs.items():
        draw(labels, known, label)
    k, j, i = np.indices(labels.array.shape)
    x, y, z = np.moveaxis(labels.lps_of_ijk(np.stack([i, j, k], axis=-1)), -1, 0)
    image = np.full(labels.array.shape, marrow, float)
    heights = [known.centre[2] for known in discs.values()]
    middle = np.interp(z, heights, [known.centre[1] for known in discs.values()])
    image[np.abs(y - middle) > 20] = marrow * 0.6
    if sac:
        image[((y - middle - 27) / 7) ** 2 + (x / 8) ** 2 < 1] = csf
    image[labels.array > 0] = disc
    image += np.random.default_rng(1).normal(0, 3, image.shape)
    return labels.with_array(image.astype(np.float32)), labels


def test_mean_spread_and_ratio() -> None:
    image, labels = scan(csf=400, marrow=150, disc=100)
    for found in measure_discs(labels, image):
        assert found.signal_mean == pytest.approx(100, abs=1)
        assert found.signal_spread == pytest.approx(3, abs=1)
        assert found.csf_signal == pytest.approx(400, rel=0.03)
        assert found.signal_to_csf == pytest.approx(0.25, rel=0.03)


def test_the_rim_of_a_disc_does_not_count() -> None:
    labels = empty_grid((1.0, 1.0, 3.0), SAGITTAL, (-30, -40, -25), (35, 30, 35))
    draw(labels, KnownDisc(), 1)
    inside = ndimage.binary_erosion(labels.array == 1)
    image = labels.with_array(np.where(inside, 100.0, 20.0).astype(np.float32))
    (found,) = measure_discs(labels, image)
    assert (found.signal_mean, found.signal_spread) == (100.0, 0.0)


def test_no_fluid_is_said_and_not_guessed() -> None:
    for image, labels in (scan(400, 150, 100, sac=False), scan(csf=60, marrow=150, disc=100)):  # T1: dark fluid
        assert all(found.csf_signal is None and found.signal_to_csf is None for found in measure_discs(labels, image))


def test_fluid_is_taken_from_between_two_levels_never_from_beyond_the_last():
    image, labels = scan(400, 150, 100)
    all_there = measure_discs(labels, image)
    heights = [disc.centre_mm_lps[2] for disc in all_there]
    k, j, i = np.indices(labels.array.shape)
    z = labels.lps_of_ijk(np.stack([i, j, k], axis=-1))[..., 2]
    for n in (2, 5):
        hidden = image.array.copy()
        hidden[(np.abs(z - heights[n]) < 14) & (image.array > 300)] = 100
        found = measure_discs(labels, image.with_array(hidden))
        assert found[1].csf_signal == pytest.approx(400, rel=0.03)
        if n == 2:
            assert found[n].csf_signal == pytest.approx((found[1].csf_signal + found[3].csf_signal) / 2)
        else:
            assert found[n].csf_signal is None and found[n].signal_to_csf is None


def test_an_empty_cell_says_why():
    image, labels = scan(csf=60, marrow=150, disc=100)
    (row, *_) = measurement_rows(measure_discs(labels, image))
    assert row["signal_to_csf"] == row["signal_to_csf_error"] == "", "no value, no error"
    assert "signal_to_csf: no cerebrospinal fluid was found behind the disc" in row["not_measured"]
    (alone,) = measurement_rows(measure_discs(labels, only=[2]))
    assert "signal_mean: " in alone["not_measured"] and "lordosis_l1_s1_deg: T12-L1 and L5-S1" in alone["not_measured"]
    assert alone["lordosis_l1_s1_deg"] == alone["lordosis_l1_s1_deg_error"] == ""


def test_a_labelled_canal_is_used() -> None:
    image, labels = scan(csf=60, marrow=150, disc=100)
    labels.array[(image.array < 75) & (labels.array == 0)] = CANAL_LABEL
    found = measure_discs(labels, image)
    assert found[2].csf_signal == pytest.approx(62, abs=5)


def test_image_on_another_grid() -> None:
    image, labels = scan(400, 150, 100)
    coarse = Volume(image.array[:, ::2, ::2], (2.0, 2.0, 3.0), image.origin_mm_lps, image.direction)
    assert measure_discs(labels, coarse)[2].signal_mean == pytest.approx(100, rel=0.05)
    elsewhere = Volume(image.array, image.spacing_mm, (5000.0, 0.0, 0.0), image.direction)
    assert measure_discs(labels, elsewhere)[2].signal_mean is None


def test_one_disc_measured_anew_gives_what_all_gave() -> None:
    image, labels = scan(400, 150, 100)
    image.array[:, 60:75] = 100  # no fluid somewhere
    for found in measure_discs(labels, image):
        (again,) = measure_discs(labels, image, only=[found.label])
        assert (again.csf_signal, again.signal_mean, again.wedge_deg) == (
            found.csf_signal,
            found.signal_mean,
            found.wedge_deg,
        )


def test_csv(tmp_path) -> None:
    image, labels = scan(400, 150, 100)
    discs = measure_discs(labels, image)
    write_csv(discs, tmp_path / "mesures_été.csv")
    with open(tmp_path / "mesures_été.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["level"] for row in rows][:2] == ["L5-S1", "L4-L5"]
    assert float(rows[0]["volume_cm3"]) == pytest.approx(discs[0].volume_mm3 / 1000, abs=0.01)
    assert tuple(rows[0]) == CSV_KEYS
    assert (
        rows[0]["middle_height_mm_error"] == f"{SMALLEST_DETECTABLE['middle_height_mm'].any:.1f}"
        and float(rows[0]["volume_cm3_error"]) > 0
    )
    assert rows[0]["not_measured"] == ""
    assert float(rows[0]["lordosis_l1_s1_deg"]) > 20
    assert len(list(tmp_path.iterdir())) == 1
    with pytest.raises(OutputError, match="could not be written"):
        write_csv(discs, tmp_path / "nowhere" / "m.csv")
