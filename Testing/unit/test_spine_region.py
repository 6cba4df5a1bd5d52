"""The voxels of a label: place, size, border, plane and thickness; how discs are named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from IVDSegmentationLib.anatomy import SACRUM_LABEL, UNKNOWN_LABEL_FIRST, disc_label_of_name
from IVDSegmentationLib.output.markups import centres_markups
from IVDSegmentationLib.output.segmentation import segmentation_header
from IVDSegmentationLib.spine import Disc, Flag, disc_regions, region_of
from IVDSegmentationLib.spine.region import plane_normal, without_small_components
from IVDSegmentationLib.volume import Volume
from known_disc import AXIAL, LEFT_HANDED, SAGITTAL, KnownDisc, draw, empty_grid, rotation

GRIDS = {
    "sagittal": ((1.0, 1.0, 3.0), SAGITTAL),
    "fine": ((0.6, 0.6, 0.6), AXIAL),
    "oblique": ((1.0, 1.2, 2.0), rotation((1, 2, 3), 15) @ LEFT_HANDED),
}


def disc_on(grid: str, high_x: float = 40.0, **changes) -> Volume:
    spacing, direction = GRIDS[grid]
    disc = KnownDisc(centre=(0.0, 0.0, 0.0), **changes)
    labels = empty_grid(spacing, direction, (-40, -40, -30), (high_x, 40, 30))
    draw(labels, disc, 3)
    return labels


@pytest.mark.parametrize("grid", GRIDS)
def test_place_and_size_do_not_depend_on_the_grid(grid):
    region = region_of(disc_on(grid), 3)
    truth = KnownDisc(centre=(0.0, 0.0, 0.0))
    np.testing.assert_allclose(region.centre, truth.centroid, atol=0.3)
    assert region.volume_mm3 == pytest.approx(truth.truth()["volume_mm3"], rel=0.04)
    assert region.normal @ truth.axes[:, 1] > 0.98
    assert region.thickness_mm == pytest.approx(9.3, abs=0.3) and region.flags == ()
    low, high = region.extent_mm
    assert -9 < low < -3 and 3 < high < 9


@pytest.mark.parametrize("grid", GRIDS)
def test_a_thin_disc_is_thin_on_every_grid(grid):
    thin = region_of(disc_on(grid, height=2.0, dome=0.6, wedge_deg=0.0), 3)
    thick = region_of(disc_on(grid, height=3.6, dome=0.6, wedge_deg=0.0), 3)
    assert thin.flags == (Flag.THIN,) and thick.flags == ()


@pytest.mark.parametrize("grid", ["sagittal", "fine"])
def test_a_disc_is_cut_off_where_the_image_ends_in_it_and_not_where_it_just_touches(grid):
    """The same disc, 46 mm wide, in an image that ends 22, 18, 5 mm left of its middle."""
    cut = {edge: region_of(disc_on(grid, edge), 3).is_cut_off for edge in (22.0, 18.0, 5.0)}
    assert cut == {22.0: False, 18.0: cut[18.0], 5.0: True}
    lateral = 2 if grid == "sagittal" else 0
    region = region_of(disc_on(grid, 5.0), 3)
    assert [region.touches_border(axis) for axis in range(3)] == [axis == lateral for axis in range(3)]


def test_the_discs_of_a_label_map_come_from_below():
    labels = Volume(np.zeros((4, 30, 10), np.int32), (1.0, 1.0, 2.0), direction=SAGITTAL)  # j runs down
    labels.array[1:3, 2:4, 2:8] = 4
    labels.array[1:3, 12:14, 2:8] = 51
    labels.array[1:3, 22:24, 2:8] = 3
    labels.array[0, 0, 0], labels.array[0, 28, 0], labels.array[3, 28, 0] = 100, 200, 4711
    assert list(disc_regions(labels)) == [3, 51, 4]
    assert region_of(labels, 9) is None


def test_what_lies_outside_of_the_valid_region_does_not_count():
    labels = disc_on("sagittal")
    region = region_of(labels, 3)
    valid = np.zeros(labels.array.shape, bool)
    valid[: region.points_kji[:, 0].max()] = True
    part = region.within(valid)
    assert part.voxels == (valid & (labels.array == 3)).sum() and part.share == part.voxels / region.voxels
    assert region.overlap(part) == part.voxels == part.overlap(region)
    nothing = region.within(np.zeros_like(valid))
    assert nothing.voxels == 0 and nothing.share == 0


def test_the_mean_inside_is_taken_in_the_patient():
    labels = disc_on("oblique")
    spacing, direction = GRIDS["sagittal"]
    image = empty_grid(spacing, direction, (-60, -60, -60), (60, 60, 60), np.float32)
    k, j, i = np.indices(image.array.shape)
    x = image.lps_of_ijk(np.stack([i, j, k], -1))[..., 0]
    region = region_of(labels, 3)
    assert region.mean_of(image.with_array(x)) == pytest.approx(region.centre[0], abs=0.2)
    away = replace(image, origin_mm_lps=(1000.0, 0.0, 0.0))
    assert region.mean_of(away) == 0.0


def test_too_few_points_have_no_plane():
    up = np.array([0.0, 0.0, 1.0])
    np.testing.assert_array_equal(plane_normal(np.zeros((2, 3)), up), up)
    line = np.stack([np.arange(9.0), np.zeros(9), np.zeros(9)], 1)
    assert abs(plane_normal(line, up) @ up) > 0.99


def test_a_region_falls_into_components_from_below():
    labels = Volume(np.zeros((3, 30, 9), np.uint8), (1.0, 1.0, 2.0), direction=SAGITTAL)
    labels.array[:, 2:6, 2:8] = labels.array[:, 20:24, 2:8] = labels.array[1, 12, 4] = 1
    low, high = region_of(labels, 1).components(0.1)
    assert low.box[1] == slice(20, 24) and high.voxels == 72 and low.label == 1
    assert [part.voxels for part in region_of(labels, 1).components(0.0)] == [72, 1, 72]


def test_small_components_go():
    mask = np.zeros((3, 9, 9), bool)
    mask[1, 1:5, 1:5] = True
    mask[0, 8, 8] = mask[2, 8, 0] = True
    kept = without_small_components(mask, 0.1)
    assert kept.sum() == 16 and kept[1, 1:5, 1:5].all()
    assert without_small_components(mask, 0.01).sum() == 18


def test_an_unknown_disc_has_one_name_in_scenes_and_files():
    """The second unknown disc stays 'unknown 2', also where the first was named or deleted."""
    disc = Disc(UNKNOWN_LABEL_FIRST + 1, (0.0, 0.0, 0.0), 1.0, 0.0)
    labels = np.zeros((2, 2, 2), np.uint8)
    assert disc.level == "unknown" and disc.name == "unknown 2"
    assert segmentation_header([disc], labels)["Segment0_Name"] == disc.name
    assert centres_markups([disc])["markups"][0]["controlPoints"][0]["label"] == disc.name


@pytest.mark.parametrize("label", [1, 9, UNKNOWN_LABEL_FIRST, SACRUM_LABEL - 1])
def test_a_name_leads_back_to_its_label(label):
    assert disc_label_of_name(Disc(label, (0.0, 0.0, 0.0), 1.0, 1.0).name) == label


def test_flags_are_plain_words_in_files():
    assert f"{Flag.CUT_OFF}" == str(Flag.CUT_OFF) == " ".join((Flag.CUT_OFF,)) == "cut_off"
    assert len({flag.text for flag in Flag}) == len(Flag)
