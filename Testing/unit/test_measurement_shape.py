"""Sizes of discs of known shape, on every kind of grid: error at most 0.3 mm or 3 %."""

from __future__ import annotations

import numpy as np
import pytest
from IVDSegmentationLib.measurement import lordosis_l1_s1_deg, measure_discs
from known_disc import AXIAL, CORONAL, LEFT_HANDED, SAGITTAL, KnownDisc, draw, empty_grid, rotation, spine

LENGTHS = ("anterior_height_mm", "middle_height_mm", "posterior_height_mm", "depth_mm", "width_mm")
GRIDS = {
    "1 mm": ((1.0, 1.0, 1.0), SAGITTAL),
    "4 mm slices": ((0.6, 0.6, 4.0), SAGITTAL),
    "3.3 mm slices, oblique": ((0.9, 0.9, 3.3), rotation((1, 2, 3), 12) @ SAGITTAL),
    "left-handed": ((1.0, 1.0, 3.0), LEFT_HANDED),
    "fine, oblique": ((0.7, 0.7, 0.7), rotation((3, 1, 2), 30) @ AXIAL),
}
DISCS = {
    "middle": KnownDisc(),
    "thin": KnownDisc(height=3.0, dome=0.5, wedge_deg=2.0, tilt_deg=-10.0),
    "lumbosacral": KnownDisc(height=11.0, wedge_deg=14.0, tilt_deg=38.0),
    "steep": KnownDisc(height=11.0, wedge_deg=14.0, tilt_deg=53.0),
    "scoliotic": KnownDisc(coronal_deg=8.0, axial_deg=10.0),
}


def measured(disc: KnownDisc, spacing, direction):
    labels = empty_grid(spacing, direction, (-40, -45, -25), (45, 35, 45))
    draw(labels, disc, 3)
    (found,) = measure_discs(labels)
    return found


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("shape", DISCS)
def test_sizes_within_three_percent(grid: str, shape: str) -> None:
    disc = DISCS[shape]
    found, truth = measured(disc, *GRIDS[grid]), disc.truth()
    assert found.level == "L3-L4"
    assert found.volume_mm3 == pytest.approx(truth["volume_mm3"], rel=0.03)
    for name in LENGTHS:
        assert getattr(found, name) == pytest.approx(truth[name], abs=max(0.3, 0.03 * truth[name])), name
    assert found.wedge_deg == pytest.approx(truth["wedge_deg"], abs=1.0)
    assert found.tilt_deg == pytest.approx(truth["tilt_deg"], abs=1.0)
    assert np.allclose(found.centre_mm_lps, disc.centroid, atol=0.3)
    mean = sum(truth[name] for name in LENGTHS[:3]) / 3
    assert found.height_index == pytest.approx(mean / truth["depth_mm"], rel=0.06)


@pytest.mark.parametrize("spacing, direction", [((1.0, 1.0, 2.0), CORONAL), ((0.8, 0.8, 2.0), AXIAL)])
def test_voxels_of_2_mm_along_the_spine_cost_half_a_millimetre(spacing, direction) -> None:
    """Slices across the spine sample the height itself: no label map holds more than about a third of a slice."""
    disc = DISCS["middle"]
    found, truth = measured(disc, spacing, direction), disc.truth()
    for name in LENGTHS[:3]:
        assert getattr(found, name) == pytest.approx(truth[name], abs=0.6), name


def test_the_same_numbers_for_all_48_axis_orders() -> None:
    from itertools import permutations, product

    from IVDSegmentationLib.volume.frame import AxisOrder

    labels = empty_grid((0.8, 0.8, 3.0), SAGITTAL, (-30, -30, -20), (34, 26, 34))
    draw(labels, KnownDisc((2.0, -3.0, 5.0)), 1)
    (first,) = measure_discs(labels)
    for axes, flips in product(permutations(range(3)), product([False, True], repeat=3)):
        (found,) = measure_discs(AxisOrder(axes, flips).apply(labels))
        for name in (*LENGTHS, "wedge_deg", "volume_mm3"):
            assert getattr(found, name) == pytest.approx(getattr(first, name), abs=0.02, rel=1e-3), (name, axes, flips)


def test_a_slab_of_12_mm_gives_heights_but_no_width() -> None:
    disc = KnownDisc((0.0, -7.0, 10.0))
    labels = empty_grid((0.94, 0.94, 0.9), SAGITTAL, (-6, -45, -25), (6, 35, 45))
    draw(labels, disc, 2)
    (found,) = measure_discs(labels)
    assert found.width_mm is None
    truth = disc.truth()
    for name in ("anterior_height_mm", "middle_height_mm", "posterior_height_mm", "depth_mm"):
        assert getattr(found, name) == pytest.approx(truth[name], abs=max(0.3, 0.03 * truth[name])), name


def test_lordosis_between_the_upper_plates_of_l1_and_s1() -> None:
    discs = spine()
    labels = empty_grid((0.9, 0.9, 3.0), SAGITTAL, (-28, -80, -30), (30, 40, 220))
    for label, disc in discs.items():
        draw(labels, disc, label)
    found = measure_discs(labels)
    assert [disc.level for disc in found] == ["L5-S1", "L4-L5", "L3-L4", "L2-L3", "L1-L2", "T12-L1"]
    # the lower face of a disc leans by half its wedge more than the disc
    lower = {n: discs[n].tilt_deg + discs[n].truth()["wedge_deg"] / 2 for n in (1, 6)}
    assert lordosis_l1_s1_deg(found) == pytest.approx(lower[1] - lower[6], abs=1.0)
    assert lordosis_l1_s1_deg(found[:5]) is None


def test_fragments_and_emptiness_do_not_fail() -> None:
    labels = empty_grid((1, 1, 1), SAGITTAL, (-5, -5, -5), (5, 5, 5))
    assert measure_discs(labels) == []
    labels.array[3, 4, 5] = 1
    labels.array[4:7, 2:5, 2:5] = 51
    one, cube = sorted(measure_discs(labels), key=lambda disc: disc.label)
    assert one.volume_mm3 == pytest.approx(1.0)
    assert one.middle_height_mm is None
    assert cube.level == "unknown"
    assert cube.volume_mm3 == pytest.approx(27.0)
    assert measure_discs(labels, only=[51])[0].label == 51


@pytest.mark.parametrize("shape", ["box", "ellipse"])
@pytest.mark.parametrize("spacing, tilt", [((1.0, 1.0, 2.0), 7.0), ((0.7, 0.7, 4.0), 20.0)])
def test_stack_of_known_size(shape: str, spacing, tilt: float) -> None:
    """The phantoms of the synthesis: flat plates, the wedge all in the plates, bodies labelled too."""
    from IVDSegmentationLib.synthesis.exact import phantom_of_known_size

    width = 47.0
    _, labels, truth = phantom_of_known_size(
        (9.0, 6.0), width_mm=width, wedge_deg=5.0, tilt_deg=tilt, spacing_mm=spacing, shape=shape
    )
    for found, known in zip(measure_discs(labels), truth):
        front, middle, back = known.height_mm
        expected = {part: front + (back - front) * part for part in (0.14, 0.5, 0.86)}
        heights = (found.anterior_height_mm, found.middle_height_mm, found.posterior_height_mm)
        for height, value in zip(heights, expected.values()):
            assert height == pytest.approx(value, abs=0.3)
        assert middle == pytest.approx(found.middle_height_mm, abs=0.3)
        assert found.volume_mm3 == pytest.approx(known.volume_mm3, rel=0.04)
        assert found.depth_mm == pytest.approx(known.ap_mm, rel=0.03)
        assert found.wedge_deg == pytest.approx(known.wedge_deg, abs=1.0)
        # a box does not show where between two slices it ends
        assert found.width_mm == pytest.approx(width, abs=0.03 * width if shape == "ellipse" else spacing[2] / 2)
