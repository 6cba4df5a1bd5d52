"""Where the fine stage looks: windows along the spine, from what the coarse stage finds likely. No network is run."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from IVDSegmentationLib.segmentation.windows import continuation, windows_along  # noqa: E402

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


BOX = ((4, 12), (40, 60), (30, 60))


def seen_with_disc(*disc: slice) -> np.ndarray:
    """Probabilities of disc and body where only BOX was looked at; disc in one part of it."""
    seen = np.zeros((2, *SHAPE), np.float32)
    seen[(1, *(slice(*side) for side in BOX))] = 0.9
    seen[(0, *disc)] = 0.9
    return seen


@pytest.mark.parametrize(("end", "rows", "strip"), [(0, (40, 44), (36, 40)), (1, (56, 60), (60, 64))])
def test_a_window_that_cuts_a_disc_is_continued_there(end, rows, strip):
    seen = seen_with_disc(slice(6, 10), slice(*rows), slice(40, 50))
    found = continuation(seen, BOX, 1, end)
    assert found is not None and found[1][1 - end] == strip[1 - end]
    assert found[1][0] <= strip[0] and found[1][1] >= strip[1]
    assert found[0] == (4, 12) and found[2] == (36, 54), "as wide as the disc, with a margin"
    assert continuation(seen, BOX, 1, 1 - end) is None and continuation(seen, BOX, 0, 0) is None


def test_a_window_that_a_disc_only_touches_is_not_continued():
    assert continuation(seen_with_disc(slice(6, 7), slice(40, 44), slice(40, 50)), BOX, 1, 0) is None


def test_a_window_is_not_continued_into_another_one_or_out_of_the_volume():
    seen = seen_with_disc(slice(6, 10), slice(40, 44), slice(40, 50))
    seen[1, 4:12, 36:40, 30:60] = 0.5
    assert continuation(seen, BOX, 1, 0) is None
    seen = seen_with_disc(slice(0, 4), slice(40, 44), slice(40, 50))
    assert continuation(seen, ((0, 12), (40, 60), (30, 60)), 0, 0) is None
