"""Where the fine stage looks: windows along the spine, from what the coarse stage finds likely. No network is run."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from IVDSegmentationLib.segmentation.windows import windows_along  # noqa: E402

SHAPE = (32, 256, 128)


def likely_discs(*boxes: tuple[slice, slice, slice]) -> np.ndarray:
    likely = np.zeros((16, 64, 32), np.float32)
    for box in boxes:
        likely[box] = 0.9
    return likely


def disc(j: int, i: int = 10) -> tuple[slice, slice, slice]:
    return (slice(4, 12), slice(j, j + 2), slice(i, i + 8))


def test_every_disc_has_a_window_of_its_own_extent():
    windows = windows_along(likely_discs(disc(10, 6), disc(20, 10), disc(30, 18)), SHAPE)
    assert windows == [((7, 25), (38, 50), (22, 58)), ((7, 25), (78, 90), (38, 74)), ((7, 25), (118, 130), (70, 106))]


def test_nothing_likely_gives_no_window():
    assert windows_along(np.full((16, 64, 32), 0.04, np.float32), SHAPE) == []


def test_discs_without_a_free_row_between_them_share_a_window():
    """A disc that leans over the next one, as in scoliosis, or that has grown together with it."""
    leaning = likely_discs(disc(20), (slice(4, 12), slice(21, 25), slice(18, 22)))
    assert windows_along(leaning, SHAPE) == [((7, 25), (78, 102), (38, 90))]


def test_close_discs_share_a_window_where_that_is_less_work():
    assert len(windows_along(likely_discs(disc(20), disc(23)), SHAPE)) == 1
    assert len(windows_along(likely_discs(disc(20), disc(30)), SHAPE)) == 2


def test_a_stray_voxel_widens_no_window():
    stray = (slice(4, 5), slice(20, 21), slice(31, 32))
    windows = windows_along(likely_discs(disc(20), stray), SHAPE)
    assert windows == [((7, 25), (78, 90), (38, 74)), ((7, 11), (78, 86), (122, 128))]


def test_windows_end_with_the_volume():
    likely = np.full((16, 64, 32), 0.9, np.float32)  # the coarse stage is given more slices and rows than there are
    assert windows_along(likely, (9, 242, 100)) == [((0, 9), (0, 242), (0, 100))]
    assert windows_along(likely_discs((slice(10, 12), slice(3, 5), slice(3, 5))), (9, 242, 100)) == []
