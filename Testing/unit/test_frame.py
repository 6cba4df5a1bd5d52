"""Into the network's frame and back: all 48 axis orders, oblique and left-handed directions, thick slices."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
import SimpleITK as sitk
from IVDSegmentationLib.volume import NetworkFrame, Volume
from IVDSegmentationLib.volume.box import bounding_box
from IVDSegmentationLib.volume.frame import resample_array, resampling_matrix, sagittal_axis_order
from sample_files import SAGITTAL, rotation
from scipy import ndimage

ORDERS = [(axes, flips) for axes in permutations(range(3)) for flips in product((False, True), repeat=3)]
OBLIQUE = rotation((12, -9, 17)) @ SAGITTAL


def smooth_volume(direction: np.ndarray = OBLIQUE, size_kji=(9, 46, 38)) -> Volume:
    noise = np.random.default_rng(3).normal(size=size_kji)
    array = ndimage.gaussian_filter(noise, 1.5).astype(np.float32)
    return Volume(array, (0.8, 1.1, 4.4), (-31.0, 12.5, 77.0), direction)


def reordered(volume: Volume, axes, flips) -> Volume:
    """The same voxels in the same places, stored in another order; done by SimpleITK, not by the code under test."""
    image = sitk.GetImageFromArray(volume.array)
    image.SetSpacing(volume.spacing_mm)
    image.SetOrigin(volume.origin_mm_lps)
    image.SetDirection(volume.direction.ravel().tolist())
    image = sitk.Flip(sitk.PermuteAxes(image, list(axes)), list(flips))
    direction = np.array(image.GetDirection()).reshape(3, 3)
    return Volume(sitk.GetArrayFromImage(image), image.GetSpacing(), image.GetOrigin(), direction)


def values_at(volume: Volume, points_lps: np.ndarray) -> np.ndarray:
    index = np.rint(volume.ijk_of_lps(points_lps)).astype(int)
    return volume.array[tuple(index[:, ::-1].T)]


def test_half_of_the_orders_are_left_handed():
    hands = [np.linalg.det(reordered(smooth_volume(), *order).direction) > 0 for order in ORDERS]
    assert len(ORDERS) == 48 and sum(hands) == 24


@pytest.mark.parametrize("direction", [SAGITTAL, OBLIQUE], ids=["straight", "oblique"])
def test_the_network_sees_the_same_in_all_48_orders(direction):
    volume = smooth_volume(direction)
    expected = NetworkFrame.of(volume).to_network()
    for order in ORDERS:
        seen = NetworkFrame.of(reordered(volume, *order)).to_network()
        assert seen.same_grid(expected), order
        np.testing.assert_allclose(seen.array, expected.array, atol=1e-5, err_msg=str(order))


def test_a_mask_comes_back_to_its_place_in_all_48_orders():
    volume = smooth_volume()
    frame = NetworkFrame.of(volume)
    map_in_frame = np.random.default_rng(4).random(frame.to_network().array.shape, np.float32)
    expected = volume.with_array(frame.to_source(map_in_frame))
    points = volume.lps_of_ijk(np.argwhere(np.ones(volume.array.shape))[::7, ::-1])
    for order in ORDERS:
        other = reordered(volume, *order)
        back = other.with_array(NetworkFrame.of(other).to_source(map_in_frame))
        np.testing.assert_allclose(values_at(back, points), values_at(expected, points), atol=1e-5, err_msg=str(order))


@pytest.mark.parametrize("order", ORDERS[::5], ids=str)
def test_undo_is_the_inverse_of_apply(order):
    volume = reordered(smooth_volume(), *order)
    axis_order = sagittal_axis_order(volume.direction)
    np.testing.assert_array_equal(axis_order.undo(axis_order.apply(volume).array), volume.array)


def test_axes_point_to_posterior_inferior_and_right():
    network = NetworkFrame.of(reordered(smooth_volume(), (2, 0, 1), (True, False, True))).to_network()
    assert network.spacing_mm == (1.25, 1.25, 2.0)
    np.testing.assert_array_equal(np.rint(network.direction), SAGITTAL)


def test_voxels_keep_their_place_in_the_patient():
    """A volume whose values are a coordinate has that coordinate in the network's frame, too."""
    grid = smooth_volume()
    index = np.argwhere(np.ones(grid.array.shape))[:, ::-1]
    height = grid.lps_of_ijk(index)[:, 2].reshape(grid.array.shape).astype(np.float32)
    network = NetworkFrame.of(grid.with_array(height)).to_network()
    inner = np.argwhere(np.ones(network.array.shape))
    inner = inner[((inner > 2) & (inner < np.array(network.array.shape) - 3)).all(axis=1)]
    truth = network.lps_of_ijk(inner[:, ::-1])[:, 2]
    np.testing.assert_allclose(network.array[tuple(inner.T)], truth, atol=0.1)


def test_thick_slices_come_back_smooth():
    """A sphere in the network's frame, carried to fine voxels, has no steps of the coarse grid."""
    fine = Volume(np.zeros((60, 60, 60), np.uint8), (0.5, 0.5, 0.5), (0, 0, 0), SAGITTAL)
    frame = NetworkFrame.of(fine)
    network = frame.to_network()
    distance = np.linalg.norm(
        network.lps_of_ijk(np.argwhere(np.ones(network.array.shape))[:, ::-1]) - fine.lps_of_ijk([29.5] * 3), axis=1
    ).reshape(network.array.shape)
    probability = np.clip(0.5 + (10 - distance) / 4, 0, 1)
    mask = frame.to_source(probability.astype(np.float32)) > 0.5
    at = np.argwhere(mask & ~ndimage.binary_erosion(mask)) * 0.5 - 14.75
    assert np.linalg.norm(at, axis=1).std() < 0.3
    assert mask.sum() * 0.125 == pytest.approx(4 / 3 * np.pi * 10**3, rel=0.03)


@pytest.mark.parametrize("order", ORDERS[::11], ids=str)
def test_a_window_equals_that_part_of_the_whole(order):
    frame = NetworkFrame.of(reordered(smooth_volume(), *order))
    shape = frame.to_network().array.shape
    rng = np.random.default_rng(5)
    window = tuple(slice(n // 4, n - n // 4) for n in shape)
    whole = np.zeros(shape, np.float32)
    whole[window] = rng.random(whole[window].shape, np.float32)
    part, region = frame.to_source_window(whole[window], window)
    expected = frame.order.apply(frame.source.with_array(frame.to_source(whole))).array
    np.testing.assert_allclose(part, expected[region], atol=1e-5)


@pytest.mark.parametrize("order", ORDERS[::11], ids=str)
def test_each_voxel_of_the_source_gets_the_nearest_label(order):
    """Compared by places in the patient, where two voxels of the network's frame are not as near as each other."""
    frame = NetworkFrame.of(reordered(smooth_volume(), *order))
    network = frame.to_network()
    window = tuple(slice(n // 4, n - n // 4) for n in network.array.shape)
    labels = np.random.default_rng(5).integers(0, 250, network.array[window].shape, dtype=np.uint8)
    found = frame.nearest_to_source_window(labels, window)
    _, region = frame.to_source_window(labels, window)
    kji = np.argwhere(np.ones(found.shape)) + [part.start for part in region]
    at = network.ijk_of_lps(frame.sagittal.lps_of_ijk(kji[:, ::-1]))[:, ::-1] - [part.start for part in window]
    clear = (np.abs(at - np.floor(at) - 0.5) > 1e-3).all(axis=1)
    nearest = np.rint(at[clear]).astype(int)
    assert clear.sum() > 100 and found.size == len(kji)
    np.testing.assert_array_equal(found.ravel()[clear], labels[tuple(nearest.T)])


def test_an_empty_window_is_no_accident():
    """Thick source slices: a window one network slice thick may hold no slice of the source."""
    frame = NetworkFrame.of(smooth_volume())
    shape = frame.to_network().array.shape
    for k in range(shape[0]):
        window = (slice(k, k + 1), slice(0, shape[1]), slice(0, shape[2]))
        part, region = frame.to_source_window(np.ones((1, *shape[1:]), np.float32), window)
        assert part.shape[0] == region[0].stop - region[0].start
        assert frame.nearest_to_source_window(np.ones((1, *shape[1:]), np.uint8), window).shape == part.shape


@pytest.mark.parametrize(("size_in", "spacing_in", "size_out", "spacing_out"), [(10, 4.0, 20, 2.0), (64, 0.5, 26, 1.25)])
def test_resampling_weights(size_in, spacing_in, size_out, spacing_out):
    matrix = resampling_matrix(size_in, spacing_in, size_out, spacing_out)
    assert matrix.shape == (size_out, size_in) and (matrix >= 0).all()
    np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-6)
    centred_in = (np.arange(size_in) - (size_in - 1) / 2) * spacing_in
    centred_out = (np.arange(size_out) - (size_out - 1) / 2) * spacing_out
    inner = slice(3, -3)
    np.testing.assert_allclose((matrix @ centred_in)[inner], centred_out[inner], atol=0.01 * spacing_out)


def test_the_same_grid_is_left_alone():
    array = np.random.default_rng(6).random((4, 5, 6), np.float32)
    np.testing.assert_array_equal(resample_array(array, (1.0, 2.0, 3.0), (6, 5, 4), (1.0, 2.0, 3.0)), array)


def test_one_voxel_along_an_axis():
    array = np.full((1, 4, 4), 7, np.int16)
    assert np.all(resample_array(array, (1.0, 1.0, 8.0), (4, 4, 4), (1.0, 1.0, 2.0)) == 7)


def test_labels_go_into_the_network_frame_as_they_come_back():
    """A label map of blocks on an oblique, flipped grid: the nearest voxel there, and back, is the one it came from."""
    spacing = (0.8, 2.0, 1.5)
    blocks = np.kron(np.arange(1, 28).reshape(3, 3, 3), np.ones((6, 8, 10), int)).astype(np.uint8)
    source = Volume(blocks, spacing, (1.0, 2.0, 3.0), np.array([[0.0, 1, 0], [0, 0, -1], [-1, 0, 0]]))
    frame = NetworkFrame.of(source)
    there = frame.nearest_to_network(blocks)
    assert there.shape == frame.to_network().array.shape and set(np.unique(there)) == set(range(1, 28))
    for label in (1, 14, 27):
        centre = source.lps_of_ijk(np.argwhere(blocks == label).mean(axis=0)[::-1])
        k, j, i = np.rint(frame.to_network().ijk_of_lps(centre)[::-1]).astype(int)
        assert there[k, j, i] == label


@pytest.mark.parametrize("stored", list(permutations(range(3))))
def test_resampling_is_one_matrix_along_each_axis_however_the_array_is_stored(stored):
    array = np.random.default_rng(6).random((37, 44, 51), np.float32)
    sizes, spacing, wanted = (60, 20, 37), (1.0, 1.0, 1.0), (0.85, 2.2, 1.0)
    i, j, k = (resampling_matrix(n, s, size, t) for n, s, size, t in zip(array.shape[::-1], spacing, sizes, wanted))
    other = np.ascontiguousarray(array.transpose(stored)).transpose(np.argsort(stored))
    found = resample_array(other, spacing, sizes, wanted)
    np.testing.assert_allclose(found, np.einsum("Kk,Jj,Ii,kji->KJI", k, j, i, array, optimize=True), atol=1e-5)
    assert found.flags.c_contiguous


def test_the_box_of_a_mask():
    mask = np.zeros((4, 5, 6), bool)
    assert bounding_box(mask) is None
    mask[1, 4, 2] = mask[2, 3, 5] = True
    assert bounding_box(mask) == (slice(1, 3), slice(3, 5), slice(2, 6))
