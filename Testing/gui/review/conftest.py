"""The tab Review with a result of six discs, for all tests of it."""

from __future__ import annotations

import pytest
from IVDSegmentationLib.measurement import measure_discs

from .review_cases import filled_review_tab, spine_scan


@pytest.fixture(scope="session")
def scan():
    return spine_scan((1.5, 1.5, 4.0))


@pytest.fixture(scope="session")
def measured(scan):
    result, image = scan
    return measure_discs(result.labels, image)


@pytest.fixture
def tab(stub_panel, scan, measured, tmp_path):
    """The tab with a result of six discs."""
    return filled_review_tab(stub_panel, scan, tmp_path, measured)
