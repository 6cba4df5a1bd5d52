"""Pictures: what is drawn lies where it belongs, and charts break where nothing was measured."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest
import SimpleITK as sitk
from IVDSegmentationLib.anatomy import colour_of_label
from IVDSegmentationLib.pictures import (
    Canvas,
    Chart,
    DiscMark,
    Series,
    chart_picture,
    chart_svg,
    coronal_picture,
    thumbnail,
    write_png,
)
from IVDSegmentationLib.pictures.palette import CENTRE, OUTLINE, RED
from IVDSegmentationLib.pictures.window import grey, grey_window
from sample_files import image_of, result_of, spine


def near(picture: np.ndarray, colour: tuple[int, int, int], tolerance: int = 60) -> np.ndarray:
    return np.argwhere(np.abs(picture.astype(int) - colour).max(axis=2) < tolerance)


def test_png_files_come_back_pixel_by_pixel(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (17, 31, 3)).astype(np.uint8)
    write_png(tmp_path / "p.png", picture)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "p.png"))), picture)


def test_text_stays_inside_the_picture_or_is_left_out():
    canvas = Canvas(np.zeros((60, 120)))
    canvas.text("L4-L5", (5, 110), 20, (255, 255, 255))
    lit = np.argwhere(canvas.array()[..., 0] > 128)
    assert len(lit) > 50
    assert lit.min() >= 0 and lit[:, 1].max() < 119 and lit[:, 1].min() > 50
    before = canvas.array()
    canvas.text("far too long for this picture", (5, 0), 20, (255, 255, 255))
    np.testing.assert_array_equal(canvas.array(), before)


def test_lines_and_outlines_have_their_width_and_place():
    canvas = Canvas(np.zeros((40, 60)))
    canvas.line([(20, 10), (20, 50)], (255, 255, 255), 4.0)
    profile = canvas.array()[:, 30, 0] / 255
    assert profile.sum() == pytest.approx(4, abs=0.5)
    assert np.average(np.arange(40), weights=profile) == pytest.approx(20, abs=0.3)
    rows, columns = np.mgrid[:60, :60]
    disc = np.clip(20 - np.hypot(rows - 30, columns - 30) + 0.5, 0, 1)
    canvas = Canvas(np.zeros((80, 80)))
    canvas.outline(disc, (255, 255, 255), 2.0, at=(10, 10))
    lit = np.argwhere(canvas.array()[..., 0] > 128)
    assert np.hypot(*(lit - 40).T) == pytest.approx(20, abs=2)


def test_black_and_white_come_from_the_tissue():
    tissue = np.random.default_rng(0).uniform(100, 200, (50, 50))
    low, high = grey_window(tissue)
    padded = np.full((100, 100), -1024.0)
    padded[:50, :50] = tissue
    assert grey_window(padded) == pytest.approx((low, high), abs=0.1)
    values = grey(np.array([[low, high, -1024.0, 1e6]]), (low, high))
    assert values.tolist() == [[0.0, 255.0, 0.0, 255.0]]
    assert np.isfinite(grey(np.ones((3, 3)), grey_window(np.ones((3, 3))))).all()


def test_the_coronal_picture_has_the_patients_right_to_the_left():
    labels = spine((1, 2))
    image = image_of(labels)
    centre = result_of(labels).discs[0].centre_mm_lps
    beside = (centre[0] - 20, centre[1], centre[2])  # LPS: to the patient's right
    picture = coronal_picture(image, labels, [DiscMark(1, "L5-S1", beside)])
    cross = near(picture, CENTRE)
    outline = near(picture, OUTLINE)
    assert cross[:, 1].mean() < outline[:, 1].mean() - 20
    k, j, i = np.indices(image.array.shape)
    x = image.lps_of_ijk(np.stack([i, j, k], axis=-1))[..., 0]
    bright_right = image.with_array(np.where(x < centre[0], 900, 100) + image.array % 7)
    picture = coronal_picture(bright_right, labels, []).mean(axis=(0, 2))
    assert picture[: len(picture) // 3].mean() > picture[-len(picture) // 3 :].mean() + 60, "the image as well as the marks"


def test_thumbnails_show_each_level_in_its_colour_also_where_the_spine_bends():
    labels = spine((1, 2, 3), bend_mm=16)
    picture = thumbnail(image_of(labels), labels)
    assert max(picture.shape) == 96
    for label in (1, 2, 3):
        assert len(near(picture, colour_of_label(label), 80)) > 10, label
    nothing = labels.with_array(labels.array * 0)
    assert max(thumbnail(image_of(labels), nothing).shape) == 96


def test_charts_break_where_nothing_was_measured():
    chart = Chart("Signal <x>", [Series("s", RED, [1.0, None, 2.0])], categories=["a", "b", "c"])
    svg = chart_svg(chart)
    ElementTree.fromstring(svg)
    coloured = svg.count('stroke="#d62728"')
    assert coloured == 2 and svg.count("<circle") == 2 and "Signal &lt;x&gt;" in svg
    assert chart_svg(Chart("Signal", [Series("s", RED, [None])], categories=["a"])) == ""
    assert len(near(chart_picture(chart), RED)) > 20


def test_a_chart_shows_its_values_at_their_height():
    chart = Chart("n", [Series("n", RED, [0.0, 10.0], x=[0, 10])], y_range=(0.0, 10.0))
    lit = near(chart_picture(chart, 400, 220), RED)
    first, last = lit[lit[:, 1].argmin()], lit[lit[:, 1].argmax()]
    assert first[0] > last[0] + 140 and last[1] - first[1] > 330
