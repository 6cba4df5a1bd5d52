"""Values with their smallest detectable change, and empty cells with their reason."""

from __future__ import annotations

from dataclasses import replace

import pytest
from IVDSegmentationLib.measurement import COLUMNS, measure_discs
from IVDSegmentationLib.measurement.repeatability import LORDOSIS_KEY, SMALLEST_DETECTABLE, Detectable, smallest_detectable
from IVDSegmentationLib.reporting import report_page
from IVDSegmentationLib.spine import Grade, Outline
from known_result import spine_scan

GOOD, POOR = Outline(Grade.GOOD, 0.9, 0.4), Outline(Grade.POOR, 0.5, 2.0)
COLUMN = {column.key: column for column in COLUMNS}


@pytest.fixture(scope="module")
def scan():
    return spine_scan()


def test_an_error_in_the_unit_or_as_a_share_and_larger_where_the_outline_is_in_doubt():
    fixed, share = Detectable(0.8, 0.6, 1.5), Detectable(0.1, 0.05, 0.2, relative=True)
    assert [fixed.of(8.0, outline) for outline in (None, GOOD, POOR)] == [0.8, 0.6, 1.5]
    assert [share.of(-8.0, outline) for outline in (None, GOOD, POOR)] == pytest.approx([0.8, 0.4, 1.6])


def test_every_error_belongs_to_a_column_and_is_possible():
    assert set(SMALLEST_DETECTABLE) <= {*COLUMN, LORDOSIS_KEY}
    for one in SMALLEST_DETECTABLE.values():
        assert min(one.any, one.good, one.doubtful) > 0 and (not one.relative or max(one.any, one.doubtful) < 1)


def test_no_value_and_no_known_error_give_none():
    assert smallest_detectable("middle_height_mm", None) is None
    assert smallest_detectable("signal_spread", 3.0) is None
    assert smallest_detectable("level", "L4-L5") is None


def test_a_value_is_written_with_its_error(scan):
    result, image = scan
    one = measure_discs(result.labels, image)[1]
    column = COLUMN["middle_height_mm"]
    error = SMALLEST_DETECTABLE["middle_height_mm"].good
    assert column.text_with_error(one, GOOD) == f"{one.middle_height_mm:.1f} ± {error:.1f}"
    assert column.text_with_error(replace(one, middle_height_mm=None), GOOD) == ""
    assert COLUMN["level"].text_with_error(one) == "L4-L5"


def test_the_report_shows_errors_and_says_why_a_cell_is_empty(scan):
    result, image = scan
    discs = tuple(replace(disc, outline=GOOD) for disc in result.discs)
    page = report_page(replace(result, discs=discs), image)
    assert page.count("<span>± ") >= 6 * 7
    cut = [replace(one, width_mm=None) for one in measure_discs(result.labels, image)]
    page = report_page(result, image, cut)
    assert page.count('<td title="Not measured: the border of the image cuts the disc at its sides.">–</td>') == 6
