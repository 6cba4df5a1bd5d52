"""The estimate of outlines: it falls where an outline is wrong, belongs to its model, and goes where results go."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from IVDSegmentationLib.correction import keep_edited, recompute, set_level
from IVDSegmentationLib.errors import IVDError
from IVDSegmentationLib.network.classes import COARSE_CLASSES, COARSE_STRIDE
from IVDSegmentationLib.network.weights import available_models, find_model, read_card
from IVDSegmentationLib.output.measurements import measurements_csv
from IVDSegmentationLib.output.report import make_report
from IVDSegmentationLib.quality import OutlineModel, judge_outlines, outline_model_of
from IVDSegmentationLib.quality.estimate import ENDING
from IVDSegmentationLib.quality.features import MISSING, NAMES
from IVDSegmentationLib.quality.shapes import OutlineShape, ShapeTable
from IVDSegmentationLib.quality.trees import Trees
from IVDSegmentationLib.spine import Grade, Outline, region_of
from IVDSegmentationLib.volume import NETWORK_SPACING_MM, NetworkFrame
from IVDSegmentationLib.worker.transfer import load_result, save_result
from known_result import probability_of_labels, shifted, spine_scan
from scipy import ndimage

GOOD = Outline(Grade.GOOD, 0.9, 0.4)


@pytest.fixture(scope="module")
def bundled() -> OutlineModel:
    path = find_model("default")
    model = outline_model_of(path, read_card(path).sha256)
    assert model is not None, "the bundled model has an estimate that was fitted for its weights"
    return model


@pytest.fixture(scope="module")
def scan():
    return spine_scan()


def judged(model: OutlineModel, scan, array: np.ndarray, with_coarse: bool = True) -> dict[int, Outline]:
    """Outlines of a label map whose probabilities are as sure as those of a sound one. Vertebral bodies and what the coarse
    stage saw are those of the true discs."""
    result, image = scan
    labels = result.labels.with_array(array.astype(np.uint8))
    frame = NetworkFrame.of(image)
    sure, true = (probability_of_labels(volume).array.astype(np.float32) for volume in (labels, result.labels))
    beside = ndimage.maximum_filter1d(true, round(24 / NETWORK_SPACING_MM[1]), axis=1)
    padded = np.pad(true, [(0, -n % stride) for n, stride in zip(true.shape, COARSE_STRIDE)])
    k, j, i = (n // stride for n, stride in zip(padded.shape, COARSE_STRIDE))
    coarse = np.zeros((len(COARSE_CLASSES), k, j, i), np.float32)
    coarse[1] = padded.reshape(k, COARSE_STRIDE[0], j, COARSE_STRIDE[1], i, COARSE_STRIDE[2]).mean(axis=(1, 3, 5))
    return judge_outlines(model, frame, frame.to_network(), labels, sure, beside * (1 - true), coarse if with_coarse else None)


def test_every_bundled_estimate_belongs_to_its_model():
    path = find_model("default")
    assert json.loads(path.with_suffix(ENDING).read_text())["model_sha256"] == read_card(path).sha256
    assert len(available_models()) >= 1, "the estimate is not taken for a model"


@pytest.mark.parametrize("fault", ["shifted", "half", "swollen"])
def test_a_wrong_outline_is_worth_less_than_the_right_one(bundled, scan, fault):
    result, _ = scan
    whole = result.labels.array
    own = whole == 3
    if fault == "shifted":
        wrong = shifted(own, np.array([0.0, 3.0, 7.0]), result.labels)
    elif fault == "half":
        wrong = own & (np.arange(whole.shape[2]) < np.argwhere(own)[:, 2].mean())
    else:
        up, down = (shifted(own, np.array([0.0, 0.0, mm]), result.labels) for mm in (5.0, -5.0))
        wrong = up | down | own
    right = judged(bundled, scan, whole)
    spoilt = judged(bundled, scan, np.where(own, 0, whole) + 3 * (wrong & ((whole == 0) | own)))
    assert set(right) == set(spoilt) == {1, 2, 3, 4, 5, 6}
    assert spoilt[3].dice < right[3].dice - 0.03 and spoilt[3].surface_distance_mm > right[3].surface_distance_mm


def test_a_single_disc_is_judged_too(bundled, scan):
    """No neighbour, no coarse stage: what cannot be compared is missing, not wrong."""
    whole = scan[0].labels.array
    (found,) = judged(bundled, scan, np.where(whole == 3, 3, 0), with_coarse=False).values()
    assert 0 <= found.dice <= 1 and found.surface_distance_mm > 0 and isinstance(found.grade, Grade)


def test_no_disc_has_no_estimate(bundled, scan):
    assert judged(bundled, scan, np.zeros_like(scan[0].labels.array)) == {}


def test_grades_follow_from_the_dice(bundled):
    look, poor = bundled.look_below, bundled.poor_below
    grades = [bundled.graded(dice, 1.0).grade for dice in (poor - 0.01, poor + 0.01, look - 0.01, look + 0.01)]
    assert grades == [Grade.POOR, Grade.LOOK, Grade.LOOK, Grade.GOOD]


def test_trees_send_each_row_down_one_way():
    trees = Trees(0.5, np.array([[0, 1, 1]]), np.array([[0.0, 1.0, 2.0]]), np.array([[1.0, 2.0, 3.0, 4.0]]))
    rows = np.array([[-1.0, 0.0], [-1.0, 1.5], [1.0, 1.5], [1.0, 2.5]])
    assert trees(rows).tolist() == [1.5, 2.5, 3.5, 4.5]
    assert Trees.from_json(json.loads(json.dumps(trees.as_json())))(rows).tolist() == [1.5, 2.5, 3.5, 4.5]
    assert trees(rows[:0]).tolist() == []


def test_a_shape_is_measured_against_its_level_and_an_unknown_level_against_all(scan):
    result, _ = scan
    frame = NetworkFrame.of(result.labels)
    grid = frame.to_network()
    shape = OutlineShape.of(region_of(grid.with_array(frame.nearest_to_network(result.labels.array)), 3))
    table = ShapeTable({0: ((shape.thickness_mm - 2, 1.0), (shape.depth_mm, 1.0), (shape.flatness, 1.0)), 3: ((0.0, 0.1),) * 3})
    assert table.z_scores(shape, 51) == (pytest.approx(2.0), 0.0, 0.0)
    assert table.z_scores(shape, 3) == (6.0, 6.0, pytest.approx(shape.flatness / 0.1)), "limited"


def test_an_estimate_for_other_weights_or_other_features_is_not_used(bundled, tmp_path):
    path = tmp_path / ("own" + ENDING)
    path.write_text(json.dumps(bundled.as_json()))
    model_file = tmp_path / "own.safetensors"
    assert outline_model_of(model_file, bundled.model_sha256) is not None
    assert outline_model_of(model_file, "0" * 64) is None
    assert outline_model_of(tmp_path / "other.safetensors", bundled.model_sha256) is None
    for damage in ({"features": NAMES[:-1]}, {"dice": {"base": 1.0}}, {"look_below": 7}):
        path.write_text(json.dumps(bundled.as_json() | damage))
        with pytest.raises(IVDError):
            outline_model_of(model_file, bundled.model_sha256)


def test_missing_is_far_from_every_value(bundled, scan):
    assert MISSING < -6.0, "z-scores go down to -6"


# --------------------------------------------------------------- where it goes
@pytest.fixture(scope="module")
def with_estimates(scan):
    result, image = scan
    return replace(result, discs=tuple(replace(disc, outline=GOOD) for disc in result.discs)), image


def test_report_and_table_hold_the_estimate_and_nothing_where_there_is_none(with_estimates, scan):
    result, image = with_estimates
    discs = make_report(result, "a", "b", 0.0, 0.0)["discs"]
    assert json.loads(json.dumps(discs[0]["outline"])) == {"grade": "good", "dice": 0.9, "surface_distance_mm": 0.4}
    first, *rows = measurements_csv(result, image).splitlines()
    row = dict(zip(first.split(","), rows[0].split(",")))
    assert (row["outline"], row["outline_dice"], row["outline_surface_mm"]) == ("good", "0.90", "0.40")
    plain, _ = scan
    assert make_report(plain, "a", "b", 0.0, 0.0)["discs"][0]["outline"] is None
    assert dict(zip(first.split(","), measurements_csv(plain, image).splitlines()[1].split(",")))["outline"] == ""


def test_an_edited_outline_loses_its_estimate_and_the_others_keep_theirs(with_estimates):
    result, _ = with_estimates
    array = result.labels.array.copy()
    array[np.roll(array == 2, 1, axis=1) & (array == 0)] = 2
    edited = recompute(result, result.labels.with_array(array))
    assert [disc.outline for disc in edited.discs if disc.label == 2] == [None]
    assert all(disc.outline == GOOD for disc in edited.discs if disc.label != 2)
    again = keep_edited(result, edited)
    assert {disc.label: disc.outline for disc in again.discs} == {disc.label: disc.outline for disc in edited.discs}
    assert all(disc.outline == GOOD for disc in set_level(result, 2, "L3-L4").discs), "a name is no outline"


def test_the_estimate_passes_to_slicer(with_estimates, scan, tmp_path):
    for name, result in (("with", with_estimates[0]), ("without", scan[0])):
        (tmp_path / name).mkdir()
        save_result(tmp_path / name, result)
        assert load_result(tmp_path / name).discs == result.discs
