"""The paper's metrics against answers known by construction."""

from __future__ import annotations

import json

import numpy as np
import pytest
from IVDSegmentationLib.cases import load_real_case
from IVDSegmentationLib.errors import InputError
from IVDSegmentationLib.evaluation import (
    score_case,
    scores_as_json,
    scores_as_table,
    summarise,
    summarise_levels,
)
from IVDSegmentationLib.evaluation.surface import mean_surface_distance_mm
from IVDSegmentationLib.volume import Volume
from IVDSegmentationLib.volume.write import write_volume
from sample_files import SAGITTAL, rotation, spine

GRID = (30, 60, 60)
SPACING = (0.5, 1.0, 2.0)
OBLIQUE = rotation((20, 10, -30)) @ SAGITTAL


def boxes(*discs: tuple[int, tuple[slice, slice, slice]]) -> Volume:
    array = np.zeros(GRID, np.uint8)
    for label, box in discs:
        array[box] = label
    return Volume(array, SPACING, (5, 6, 7), OBLIQUE)


def box(j: int, *, i: int = 20, k: int = 10, size=(6, 5, 20)) -> tuple[slice, slice, slice]:
    return (slice(k, k + size[0]), slice(j, j + size[1]), slice(i, i + size[2]))


LOW, MIDDLE, HIGH = box(45), box(25), box(5)


def test_identical_maps_are_perfect():
    labels = spine()
    score = score_case(labels, labels)
    assert [disc.level for disc in score.found] == ["L5-S1", "L4-L5", "L3-L4", "L2-L3"]
    for disc in score.found:
        assert (disc.distance_mm, disc.dice, disc.level_correct) == (0.0, 1.0, True)
        assert disc.surface_mm == pytest.approx(0.0, abs=1e-6)
        assert disc.volume_mm3 == disc.reference_volume_mm3 > 0
    assert not score.missed and not score.false and not score.skipped and not score.ignored


@pytest.mark.parametrize(("axis", "step_mm"), [(0, 2.0), (1, 1.0), (2, 0.5)])
def test_a_shift_by_one_voxel_is_told_in_millimetres_on_an_oblique_grid(axis, step_mm):
    reference = boxes((1, LOW))
    prediction = reference.with_array(np.roll(reference.array, 1, axis))
    (disc,) = score_case(reference, prediction).found
    assert disc.distance_mm == pytest.approx(step_mm)
    n = (6, 5, 20)[axis]
    assert disc.dice == pytest.approx((n - 1) / n)


def test_surface_distance_of_parallel_plates_for_uneven_voxels():
    """Plates that fill the field of view: one face agrees, the other lies 2 mm further out."""
    one, other = np.zeros((50, 22, 200), bool), np.zeros((50, 22, 200), bool)
    one[:, 8:12] = other[:, 8:14] = True
    found = mean_surface_distance_mm(one, other, np.ones(one.shape, bool), np.array([2.0, 1.0, 0.5]))
    assert found == pytest.approx(1.0, abs=0.03)  # near the rim a distance may end on the cut


@pytest.mark.parametrize(("slice_mm", "more_mm"), [(1.0, 1.0), (1.0, 2.0), (2.0, 2.0), (4.0, 1.0), (4.0, 2.0)])
def test_surface_distance_of_concentric_balls(more_mm, slice_mm):
    k, j, i = np.mgrid[: int(60 / slice_mm), :60, :120]
    radius = np.sqrt(((k + 0.5) * slice_mm - 30) ** 2 + (j - 29.5) ** 2 + ((i - 59.5) * 0.5) ** 2)
    everywhere = np.ones(radius.shape, bool)
    spacing = np.array([slice_mm, 1.0, 0.5])
    found = mean_surface_distance_mm(radius < 20, radius < 20 + more_mm, everywhere, spacing)
    assert found == pytest.approx(more_mm, rel=0.08)


def test_surface_distance_of_an_empty_mask_is_nan():
    everywhere = np.ones((5, 5, 5), bool)
    full = np.zeros((5, 5, 5), bool)
    full[2, 2, 2] = True
    assert np.isnan(mean_surface_distance_mm(full, ~everywhere, everywhere, np.ones(3)))


def test_where_the_field_of_view_cuts_a_disc_the_cut_is_no_surface():
    reference, prediction = np.zeros((4, 20, 20), bool), np.zeros((4, 20, 20), bool)
    reference[:, 8:12, 4:16] = True
    prediction[:, 9:13, 4:16] = True
    slab = mean_surface_distance_mm(reference, prediction, np.ones(reference.shape, bool), np.ones(3))
    tall = [np.repeat(mask, 10, axis=0) for mask in (reference, prediction)]
    wide = mean_surface_distance_mm(*tall, np.ones(tall[0].shape, bool), np.ones(3))
    assert slab == pytest.approx(wide, rel=0.05)  # a cut counted as surface would halve it


def test_levels_shifted_by_one_are_level_errors_and_nothing_else():
    reference = spine((1, 2, 3, 4))
    score = score_case(reference, spine((2, 3, 4, 5)))
    figures = summarise([score])
    assert (figures.discs, figures.missed, figures.false) == (4, 0, 0)
    assert (figures.level_errors, figures.levels_judged) == (4, 4)
    assert figures.dice.mean == 1.0


def test_a_disc_without_level_is_counted_as_unknown_not_as_wrong():
    figures = summarise([score_case(spine((1, 2, 3)), spine((1, 51, 3)))])
    assert (figures.level_errors, figures.levels_judged, figures.levels_unknown) == (0, 2, 1)


def test_levels_of_an_uncertain_reference_are_not_judged():
    figures = summarise([score_case(spine((1, 2)), spine((2, 3)), levels_certain=False)])
    assert (figures.level_errors, figures.levels_judged) == (0, 0)


def test_missed_and_false_discs():
    reference, prediction = boxes((1, LOW), (2, MIDDLE)), boxes((1, LOW), (3, HIGH))
    score = score_case(reference, prediction)
    assert score.missed == ("L4-L5",)
    assert [disc.level for disc in score.false] == ["L3-L4"]
    np.testing.assert_allclose(
        score.false[0].centre_mm_lps, reference.lps_of_ijk(np.array([29.5, 7.0, 12.5])), atol=1e-6
    )
    figures = summarise([score])
    assert figures.success_rate == 0.5
    assert figures.dice.mean == 1.0
    assert figures.dice_missed_as_zero == 0.5


def test_a_prediction_over_two_discs_finds_the_one_it_covers_most():
    reference = boxes((1, box(40)), (2, box(30)))
    prediction = boxes((1, (slice(10, 16), slice(33, 45), slice(20, 40))))
    score = score_case(reference, prediction)
    assert [disc.level for disc in score.found] == ["L5-S1"]
    assert score.missed == ("L4-L5",)


def test_a_disc_in_two_pieces_is_one_found_and_one_false():
    reference = boxes((1, LOW))
    prediction = boxes((1, box(45, size=(6, 5, 14))), (2, box(45, i=35, size=(6, 5, 5))))
    score = score_case(reference, prediction)
    assert [disc.predicted_level for disc in score.found] == ["L5-S1"]
    assert len(score.false) == 1


def test_a_disc_beside_the_reference_is_found_by_its_centre():
    score = score_case(boxes((1, box(30))), boxes((1, box(35))))
    (disc,) = score.found
    assert disc.dice == 0.0
    assert disc.distance_mm == pytest.approx(5.0)
    far = score_case(boxes((1, box(30))), boxes((1, box(45))))
    assert far.missed == ("L5-S1",) and len(far.false) == 1


def test_outside_the_valid_region_nothing_is_judged():
    reference = boxes((2, MIDDLE))
    valid = np.zeros(GRID, np.uint8)
    valid[:, :40] = 1
    # a disc that the reference does not know, one that sticks out of a known one, into unknown territory
    prediction = boxes((1, LOW), (2, MIDDLE))
    score = score_case(reference, prediction, valid=valid)
    assert score.false == () and score.ignored == ("L5-S1",)
    assert score.found[0].dice == 1.0
    valid[:, :46] = 1  # one of five rows of the unknown disc
    assert score_case(reference, prediction, valid=valid).false == ()
    valid[:, :49] = 1  # four of five
    assert [disc.level for disc in score_case(reference, prediction, valid=valid).false] == ["L5-S1"]


def test_voxels_outside_the_valid_region_do_not_count_against_a_disc():
    reference = boxes((2, MIDDLE))
    valid = np.ones(GRID, bool)
    valid[16:] = False
    prediction = boxes((2, (slice(10, 22), *MIDDLE[1:])))
    (disc,) = score_case(reference, prediction, valid=valid).found
    assert (disc.dice, disc.distance_mm) == (1.0, 0.0)
    assert disc.surface_mm == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("rows, counted", [(25, True), (24, False)])
def test_a_reference_disc_counts_where_all_but_a_fiftieth_of_it_is_valid(rows, counted):
    reference = boxes((1, box(10, size=(6, 25, 20))))
    valid = np.zeros(GRID, np.uint8)
    valid[:, 10 : 10 + rows] = 1
    score = score_case(reference, reference, valid=valid)
    assert (len(score.found), score.skipped) == ((1, ()) if counted else (0, ("L5-S1",)))


@pytest.mark.parametrize("steps, success", [(3, 1.0), (5, 0.0)])
def test_a_disc_is_localised_within_two_millimetres(steps, success):
    """The paper's threshold. A step along i is 0.5 mm."""
    reference = boxes((1, LOW))
    score = score_case(reference, reference.with_array(np.roll(reference.array, steps, 2)))
    assert score.found[0].distance_mm == pytest.approx(0.5 * steps) and summarise([score]).success_rate == success


def test_reference_discs_that_are_incomplete_are_left_out_with_what_covers_them():
    reference = boxes((1, LOW), (2, MIDDLE))
    score = score_case(reference, reference, incomplete=["L5-S1"])
    assert (score.skipped, score.ignored) == (("L5-S1",), ("L5-S1",))
    assert [disc.level for disc in score.found] == ["L4-L5"]
    assert score_case(reference, boxes((2, MIDDLE)), incomplete=["L5-S1"]).missed == ()
    half = np.ones(GRID, bool)
    half[:, 47:] = False
    assert score_case(reference, reference, valid=half).skipped == ("L5-S1",)
    pieces = boxes((1, box(45, size=(6, 5, 10))), (5, box(45, i=30, size=(6, 5, 10))), (2, MIDDLE))
    assert score_case(reference, pieces, incomplete=["L5-S1"]).false == ()


def test_bodies_canal_and_sacrum_are_no_discs():
    reference = boxes((2, MIDDLE), (100, LOW), (200, HIGH))
    assert [disc.level for disc in score_case(reference, reference).found] == ["L4-L5"]


def test_wide_label_types_do_not_wrap_around():
    labels = boxes((2, MIDDLE))
    array = labels.array.astype(np.int32)
    array[LOW] = 256 + 1
    wide = labels.with_array(array)
    assert [disc.level for disc in score_case(labels, wide).found] == ["L4-L5"]
    assert score_case(labels, wide).false == ()


def test_another_grid_is_refused():
    labels = boxes((1, LOW))
    moved = Volume(labels.array, SPACING, (5, 6, 17), OBLIQUE)
    with pytest.raises(InputError, match="grid of its reference"):
        score_case(labels, moved)
    with pytest.raises(InputError, match="valid region"):
        score_case(labels, labels, valid=np.ones((3, 3, 3)))


def two_cases():
    reference = spine((1, 2, 3))
    moved = reference.with_array(np.roll(reference.array, 3, axis=1))
    return [score_case(reference, reference, name="a"), score_case(reference, moved, name="b")]


def test_a_set_is_summed_up_over_its_discs():
    cases = two_cases()
    figures = summarise(cases)
    assert figures.discs == 6
    assert figures.localization_mm.mean == pytest.approx(1.5)
    assert figures.localization_mm.sd == pytest.approx(np.std([0, 0, 0, 3, 3, 3], ddof=1))
    assert figures.success_rate == 0.5
    assert set(summarise_levels(cases)) == {"L5-S1", "L4-L5", "L3-L4"}
    assert summarise_levels(cases)["L4-L5"].discs == 2


def test_the_table_and_the_json_say_the_same():
    cases = two_cases()
    table = scores_as_table(cases)
    rows = {line.split("  ")[0].strip(): line for line in table.splitlines()}
    assert "1.50 +- 1.64" in rows["all discs"] and "50.0 %" in rows["all discs"]
    assert "within 2 mm" in table and "MAAD" in table and rows["a"] and rows["b"]
    everything = json.loads(json.dumps(scores_as_json(cases), allow_nan=False))
    assert everything["all"]["localization_mm"]["mean"] == pytest.approx(1.5)
    assert everything["cases"][1]["found"][0]["distance_mm"] == pytest.approx(3.0)


def test_a_set_without_any_disc_has_a_table_too():
    empty = boxes()
    table = scores_as_table([score_case(empty, empty, name="empty")])
    assert "all discs" in table
    json.dumps(scores_as_json([score_case(empty, empty)]), allow_nan=False)


def write_case(folder, **info) -> Volume:
    folder.mkdir()
    labels = boxes((1, LOW), (2, MIDDLE))
    write_volume(labels, folder / "labels.nii.gz")
    write_volume(labels.with_array(labels.array.astype(np.int16) + 5), folder / "image.nii.gz")
    content = {"id": "case_1", "incomplete_discs": ["L5-S1"]} | info
    (folder / "case.json").write_text(json.dumps(content), encoding="utf-8")
    return labels


def test_a_case_folder_with_a_box(tmp_path):
    write_case(tmp_path / "c", valid_region={"type": "box", "box_ijk": [[0, 59], [10, 40], [2, 29]], "inclusive": True})
    case = load_real_case(tmp_path / "c")
    assert (case.name, case.incomplete_discs, case.levels_certain) == ("case_1", ("L5-S1",), True)
    assert case.valid.array.sum() == 60 * 31 * 28
    assert case.valid.array[2, 10, 0] == 1 and case.valid.array[1, 10, 0] == 0 and case.valid.array[2, 41, 0] == 0


def test_a_case_folder_with_a_mask(tmp_path):
    labels = write_case(tmp_path / "c", valid_region={"type": "mask", "file": "valid.nii.gz"}, level_uncertain=True)
    write_volume(labels.with_array((labels.array > 0).astype(np.uint8)), tmp_path / "c" / "valid.nii.gz")
    case = load_real_case(tmp_path / "c")
    np.testing.assert_array_equal(case.valid.array, case.labels.array > 0)
    assert not case.levels_certain


def test_broken_case_folders_are_told(tmp_path):
    with pytest.raises(InputError, match=r"no case\.json"):
        load_real_case(tmp_path)
    write_case(tmp_path / "c", valid_region={"type": "cloud"})
    with pytest.raises(InputError, match="'valid_region.type' is 'cloud'"):
        load_real_case(tmp_path / "c")
    (tmp_path / "c" / "case.json").write_text("{")
    with pytest.raises(InputError, match="is not valid JSON"):
        load_real_case(tmp_path / "c")


@pytest.mark.real
def test_real_references_agree_with_themselves(real_data):
    for name in ("SPIDER_098", "VB2_05"):
        case = load_real_case(real_data / name)
        score = score_case(case.labels, case.labels, valid=case.valid, incomplete=case.incomplete_discs)
        assert {disc.level for disc in score.found} == set(case.info["labelled_levels"]) - set(case.incomplete_discs)
        assert not score.missed and not score.false
        for disc in score.found:
            assert disc.dice == 1.0 and disc.surface_mm < 1e-6
