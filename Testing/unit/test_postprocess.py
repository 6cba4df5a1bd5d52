"""From a probability to discs: parted, joined, cleaned, ordered."""

from __future__ import annotations

import numpy as np
import pytest
from IVDSegmentationLib.segmentation.postprocess import LOG_ODDS_LIMIT, find_discs, log_odds, smoothed
from IVDSegmentationLib.volume import Volume

SPACING = (2.0, 1.25, 1.25)
SHAPE = (26, 96, 80)
SAGITTAL = np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
MIDDLE = np.array([26.0, 60.0, 50.0])
"""Middle of the volume in mm (k, j, i)."""


def grid_mm() -> np.ndarray:
    return np.stack(np.meshgrid(*(np.arange(n) * s for n, s in zip(SHAPE, SPACING)), indexing="ij"), -1)


def ellipsoid(centre_mm, radii_mm=(20.0, 5.0, 16.0), tilt_degrees: float = 0.0, edge: float = 8.0) -> np.ndarray:
    """Probability that falls through 0.5 at the surface; tilted forward about the left-right axis."""
    a = np.radians(tilt_degrees)
    rotation = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    at = (grid_mm() - np.asarray(centre_mm)) @ rotation / np.asarray(radii_mm)
    return 1 / (1 + np.exp(edge * (np.linalg.norm(at, axis=-1) - 1)))


def discs_of(probability, least_mm3: float = 250.0, size: float = 1.0):
    """``size``: of the discs there, as a share of lumbar ones."""
    grid = Volume(probability.astype(np.float32), SPACING[::-1], direction=SAGITTAL)
    whole = tuple(slice(0, n) for n in probability.shape)
    return find_discs(grid.array, whole, grid, 0.5, least_mm3, lambda points_kji: size)


def mm(piece) -> np.ndarray:
    return piece.centre_kji * SPACING


def test_nothing_there():
    assert discs_of(np.zeros(SHAPE)) == []
    assert discs_of(np.full(SHAPE, 0.49)) == []


def test_one_disc():
    (disc,) = discs_of(ellipsoid(MIDDLE))
    np.testing.assert_allclose(mm(disc), MIDDLE, atol=0.3)
    assert disc.voxels * np.prod(SPACING) == pytest.approx(4 / 3 * np.pi * 20 * 5 * 16, rel=0.08)


def test_discs_come_from_below():
    probability = np.maximum(ellipsoid(MIDDLE - [0, 34, 0]), ellipsoid(MIDDLE + [0, 34, 0], radii_mm=(16, 4, 13)))
    lower, upper = discs_of(probability)
    assert lower.centre_kji[1] > upper.centre_kji[1] and lower.voxels < upper.voxels


@pytest.mark.parametrize("distance_mm", [14.0, 18.0, 24.0])
@pytest.mark.parametrize("tilt", [0.0, 30.0])
def test_discs_that_touch_are_parted(distance_mm, tilt):
    """A bridge of doubtful voxels between two discs, as over a collapsed or fractured body."""
    step = np.array([0, distance_mm / 2, 0])
    discs = [ellipsoid(MIDDLE - step, (20, 4.5, 16), tilt), ellipsoid(MIDDLE + step, (20, 4.5, 16), tilt)]
    bridge = 0.7 * ellipsoid(MIDDLE, (6, distance_mm / 2, 5))
    lower, upper = discs_of(np.maximum(np.maximum(*discs), bridge))
    np.testing.assert_allclose(mm(lower), MIDDLE + step, atol=2.0)
    np.testing.assert_allclose(mm(upper), MIDDLE - step, atol=2.0)


def test_three_discs_in_one_component():
    centres = [MIDDLE + [0, d, 0] for d in (-26, 0, 26)]
    probability = np.max([ellipsoid(c) for c in centres] + [0.7 * ellipsoid(MIDDLE, (6, 30, 5))], axis=0)
    found = discs_of(probability)
    np.testing.assert_allclose([mm(disc) for disc in found], centres[::-1], atol=2.0)


@pytest.mark.parametrize("tilt", [0.0, 35.0])
@pytest.mark.parametrize("axis", [0, 2], ids=["left and right", "front and back"])
def test_a_disc_in_two_pieces_is_joined(axis, tilt):
    """A cleft, a metal void or a crack of low probability through the disc."""
    probability = ellipsoid(MIDDLE, tilt_degrees=tilt)
    away = np.abs(grid_mm()[..., axis] - MIDDLE[axis])
    probability[away < 3] = 0.1
    (disc,) = discs_of(probability)
    np.testing.assert_allclose(mm(disc), MIDDLE, atol=1.0)


def test_neighbours_are_not_joined():
    for distance in (20.0, 34.0):
        step = np.array([0, distance, 0])
        assert len(discs_of(np.maximum(ellipsoid(MIDDLE, tilt_degrees=30), ellipsoid(MIDDLE + step, tilt_degrees=10)))) == 2


def test_small_discs_in_a_kyphosis_are_not_joined():
    """Upper thoracic discs, 18 mm apart in a spine that leans forward by 44 degrees: they lie in one plane, as the halves of
    a lumbar disc do."""
    step = 18.0 * np.array([0, np.cos(np.radians(44)), np.sin(np.radians(44))])
    discs = [ellipsoid(MIDDLE + step * n, (9, 2.5, 7), 35.0) for n in (-1, 0, 1)]
    assert len(discs_of(np.max(discs, axis=0), size=0.5)) == 3


def test_a_small_disc_of_the_neck_is_kept_and_a_speck_there_is_not():
    disc, speck = ellipsoid(MIDDLE, (7, 1.9, 4)), ellipsoid(MIDDLE, (4, 1.5, 3))
    assert len(discs_of(disc, size=0.36)) == 1 and not discs_of(disc) and not discs_of(speck, size=0.36)


def test_specks_are_removed():
    probability = ellipsoid(MIDDLE)
    probability[2:4, 5:8, 5:8] = 0.95
    probability[20, 90, 70] = 0.95
    assert len(discs_of(probability)) == 1
    assert len(discs_of(probability, least_mm3=0.0)) > 1


def test_nothing_but_specks():
    """Single voxels have no plane; they must not stop the program."""
    probability = np.zeros(SHAPE)
    for k, j, i in ((3, 10, 10), (9, 50, 40), (20, 80, 70), (20, 80, 71)):
        probability[k, j, i] = 0.99
    assert discs_of(probability) == []


def test_every_voxel_is_likely():
    """An absurd network output must not stop the program."""
    assert len(discs_of(np.ones(SHAPE))) <= 1


def test_a_disc_cut_by_the_border():
    (disc,) = discs_of(ellipsoid((0.0, 60.0, 50.0)))
    assert disc.is_cut_off and disc.touches_border(2)


def test_smoothing_is_in_plane_and_keeps_the_mean():
    spike = np.zeros((5, 9, 9), np.float32)
    spike[2, 4, 4] = 1
    smooth = smoothed(spike)
    assert smooth.sum() == pytest.approx(1) and not smooth[1].any() and not smooth[3].any()
    np.testing.assert_allclose(smoothed(np.full((3, 4, 5), 0.25, np.float32)), 0.25, rtol=1e-6)


@pytest.mark.parametrize("tilt", [0.0, 30.0])
def test_thickness(tilt):
    (thick,) = discs_of(ellipsoid(MIDDLE, (20, 5, 16), tilt))
    (thin,) = discs_of(ellipsoid(MIDDLE, (20, 1.6, 16), tilt))
    assert thick.thickness_mm == pytest.approx(2 / 3 * 10, rel=0.2)
    assert thin.is_thin and not thick.is_thin


def test_log_odds_run_straight_across_a_border():
    at = np.linspace(-4, 4, 9)
    probability = 1 / (1 + np.exp(-at))
    np.testing.assert_allclose(log_odds(probability), at, atol=1e-5)
    assert log_odds(0.5) == 0 and log_odds(np.float32(1)) == LOG_ODDS_LIMIT and log_odds(0.0) == -LOG_ODDS_LIMIT
