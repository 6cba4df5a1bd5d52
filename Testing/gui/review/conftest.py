"""The tab Review with a result of six discs, for all tests of it."""

from __future__ import annotations

import pytest

from .review_cases import filled_review_tab, spine_scan


@pytest.fixture(scope="module")
def scan():
    return spine_scan((1.5, 1.5, 4.0))


@pytest.fixture
def tab(stub_panel, scan, tmp_path):
    """The tab with a result of six discs."""
    return filled_review_tab(stub_panel, scan, tmp_path)
