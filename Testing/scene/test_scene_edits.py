"""Changes to a result that is in the scene: levels, voxels, edits by hand, undo, second runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import slicer.util
import vtk
from IVDSegmentationLib import anatomy
from IVDSegmentationLib.scene import create, edits, nodes, readback, table, undo, update, volumes
from IVDSegmentationLib.segmentation.result import ModelInfo
from scene_cases import box_labels, result_of, small_volume


@pytest.fixture
def volume_node(scene):
    return volumes.add_volume(small_volume(), "Spine")


@pytest.fixture
def result(volume_node):
    return result_of(box_labels(small_volume()))


@pytest.fixture
def made(volume_node, result):
    return create.add_result(volume_node, result)


def names(made):
    segmentation = made.segmentation.GetSegmentation()
    return {i: segmentation.GetSegment(i).GetName() for i in segmentation.GetSegmentIDs()}


def point_labels(made):
    return [made.centres.GetNthControlPointLabel(i) for i in range(made.centres.GetNumberOfControlPoints())]


def shifted_up(result):
    """The same discs, each one level higher; the unknown one becomes L1-L2."""
    lut = np.arange(256, dtype=np.uint8)
    lut[[1, 2, 3, 51]] = [2, 3, 4, 5]
    return result_of(result.labels.with_array(lut[result.labels.array]))


def paint(made, label, mask):
    segment_id = nodes.segment_of_label(made, label)
    slicer.util.updateSegmentBinaryLabelmapFromArray(mask.astype(np.uint8), made.segmentation, segment_id, made.volume)


def surface_points(made, segment_id):
    surface = made.segmentation.GetSegmentation().GetSegment(segment_id).GetRepresentation("Closed surface")
    return surface.GetNumberOfPoints()


def test_a_level_change_moves_everything_together(made, result):
    assert update.apply_result(made, shifted_up(result), "Shift levels up")
    assert names(made) == {"disc_1": "L4-L5", "disc_2": "L3-L4", "disc_3": "L2-L3", "disc_51": "L1-L2"}
    assert point_labels(made) == ["L4-L5", "L3-L4", "L2-L3", "L1-L2"]
    assert table.column_values(made.table, "Level") == ["L4-L5", "L3-L4", "L2-L3", "L1-L2"]
    segment = made.segmentation.GetSegmentation().GetSegment("disc_1")
    tag = vtk.reference("")
    segment.GetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), tag)
    assert "84020006" in str(tag)
    assert np.allclose(segment.GetColor(), np.array(anatomy.colour_of_label(2)) / 255)
    back = readback.result_of_nodes(made)
    assert np.array_equal(back.labels.array, shifted_up(result).labels.array)
    assert made.segmentation.GetSegmentation().GetNumberOfLayers() == 1


def test_a_level_change_is_one_undo_step(made, result):
    update.apply_result(made, shifted_up(result), "Shift levels up")
    assert undo.step_name(made) == "Shift levels up"
    assert undo.undo(made) == "Shift levels up"
    assert names(made)["disc_1"] == "L5-S1" and point_labels(made) == ["L5-S1", "L4-L5", "L3-L4", "unknown 1"]
    assert table.column_values(made.table, "Level") == ["L5-S1", "L4-L5", "L3-L4", "unknown 1"]
    assert np.array_equal(readback.labels_of_nodes(made).array, result.labels.array)
    assert not edits.result_is_edited(made)
    assert undo.undo(made) is None
    assert undo.redo(made) == "Shift levels up"
    assert names(made)["disc_1"] == "L4-L5" and point_labels(made)[0] == "L4-L5"
    assert undo.redo(made) is None


def test_a_new_a_changed_and_a_removed_disc(made, result):
    array = result.labels.array.copy()
    array[array == 3] = 0  # removed
    array[array == 2] = 0
    array[3:8, 37:42, 11:28] = 2  # other border
    array[2:6, 2:6, 4:14] = 4  # new
    new = result_of(result.labels.with_array(array))
    before = surface_points(made, "disc_2")
    update.apply_result(made, new, "Correct")
    assert names(made) == {"disc_1": "L5-S1", "disc_2": "L4-L5", "disc_51": "unknown 1", "disc_4": "L2-L3"}
    assert sorted(point_labels(made)) == ["L2-L3", "L4-L5", "L5-S1", "unknown 1"]
    back = readback.result_of_nodes(made)
    assert np.array_equal(back.labels.array, array)
    for one, other in zip(back.discs, new.discs, strict=True):
        assert one.centre_mm_lps == pytest.approx(other.centre_mm_lps, abs=1e-6)
    assert surface_points(made, "disc_2") != before and surface_points(made, "disc_4") > 20
    assert made.segmentation.GetSegmentation().GetNumberOfLayers() == 1
    undo.undo(made)
    assert np.array_equal(readback.labels_of_nodes(made).array, result.labels.array)
    assert surface_points(made, "disc_2") == before and surface_points(made, "disc_3") > 20


def test_two_discs_that_change_places_keep_one_layer(made, result):
    lut = np.arange(256, dtype=np.uint8)
    lut[[1, 2]] = [2, 1]
    update.apply_result(made, result_of(result.labels.with_array(lut[result.labels.array])))
    assert names(made)["disc_1"] == "L4-L5" and names(made)["disc_2"] == "L5-S1"
    assert made.segmentation.GetSegmentation().GetNumberOfLayers() == 1


def test_applying_the_same_result_is_no_step(made, result):
    assert not update.apply_result(made, result)
    assert not undo.can_undo(made)


def test_segments_and_points_of_the_user_are_left_alone(made, result):
    made.segmentation.GetSegmentation().AddEmptySegment("canal", "Spinal canal")
    made.centres.AddControlPointWorld((1.0, 2.0, 3.0), "my point")
    update.apply_result(made, shifted_up(result))
    assert names(made)["canal"] == "Spinal canal" and "my point" in point_labels(made)
    assert len(readback.result_of_nodes(made).discs) == 4


def test_painting_is_followed_by_centre_table_and_flag(made, result):
    mask = result.labels.array == 2
    mask[:, :, 30:34] |= mask[:, :, 20:24]
    paint(made, 2, mask)
    assert edits.changed_segments(made) == {"disc_2"}
    new = update.refresh(made, "Paint")
    disc = next(disc for disc in new.discs if disc.label == 2)
    assert "edited" in disc.flags
    assert disc.volume_mm3 == pytest.approx(mask.sum() * new.labels.voxel_mm3)
    kji = np.argwhere(mask).mean(0)
    assert disc.centre_mm_lps == pytest.approx(tuple(new.labels.lps_of_ijk(kji[::-1])), abs=1e-6)
    assert "edited by hand" in table.column_values(made.table, "Flags")[1]
    assert edits.result_is_edited(made)
    assert undo.undo(made) == "Paint"
    assert not edits.result_is_edited(made)


def test_painting_without_refresh_is_noticed_and_can_be_undone(made, result):
    paint(made, 1, np.zeros(result.labels.array.shape))
    assert edits.result_is_edited(made)
    assert undo.undo(made) == undo.BY_HAND
    assert np.array_equal(readback.labels_of_nodes(made).array, result.labels.array)


def test_an_emptied_or_deleted_segment_loses_its_point(made, result):
    paint(made, 1, np.zeros(result.labels.array.shape))
    made.segmentation.GetSegmentation().RemoveSegment("disc_3")
    new = update.refresh(made)
    assert [disc.label for disc in new.discs] == [2, 51]
    assert point_labels(made) == ["L4-L5", "unknown 1"]
    assert table.column_values(made.table, "Level") == ["L4-L5", "unknown 1"]


def test_a_renamed_segment_changes_its_level(made):
    made.segmentation.GetSegmentation().GetSegment("disc_51").SetName("l2/l3 disc")
    new = update.refresh(made)
    assert [disc.level for disc in new.discs] == ["L5-S1", "L4-L5", "L3-L4", "L2-L3"]
    assert names(made)["disc_51"] == "L2-L3" and point_labels(made)[3] == "L2-L3"
    assert np.unique(new.labels.array).tolist() == [0, 1, 2, 3, 4]


def test_a_level_that_two_segments_claim_is_not_lost(made):
    made.segmentation.GetSegmentation().GetSegment("disc_3").SetName("L4-L5")
    new = update.refresh(made)
    assert [disc.level for disc in new.discs] == ["L5-S1", "L4-L5", "unknown", "unknown"]
    assert sorted(names(made).values()) == ["L4-L5", "L5-S1", "unknown 1", "unknown 2"]


def test_overlapping_layers_are_read(made, result):
    mask = result.labels.array == 2
    mask |= result.labels.array == 1
    slicer.util.updateSegmentBinaryLabelmapFromArray(
        mask.astype(np.uint8), made.segmentation, made.segmentation.GetSegmentation().AddEmptySegment("x", "L2-L3"),
        made.volume,
    )  # fmt: skip
    assert made.segmentation.GetSegmentation().GetNumberOfLayers() == 2
    assert (readback.labels_of_nodes(made).array == 4).sum() == mask.sum()


def test_a_dragged_centre_counts_as_an_edit_and_is_read_back(made, result):
    made.centres.SetNthControlPointPositionWorld(1, (5.0, 6.0, 7.0))
    assert edits.result_is_edited(made)
    disc = next(disc for disc in readback.result_of_nodes(made).discs if disc.label == 2)
    assert disc.centre_mm_lps == pytest.approx((-5.0, -6.0, 7.0))
    assert undo.undo(made) == undo.BY_HAND
    assert not edits.result_is_edited(made)


def test_a_second_run_is_kept_beside_the_first(made, result, volume_node):
    second = create.add_result(volume_node, result)
    assert nodes.existing_results(volume_node) == [made, second]
    assert nodes.existing_result(volume_node) == second
    assert second.segmentation.GetName() != made.segmentation.GetName()
    update.apply_result(second, shifted_up(result))
    assert names(made)["disc_1"] == "L5-S1" and not edits.result_is_edited(made)
    undo.undo(second)
    assert made.in_scene and not edits.result_is_edited(second)


def test_replacing_can_be_undone_with_the_edits_and_the_run(made, result):
    mask = result.labels.array == 2
    mask[:2] = mask[5]
    paint(made, 2, mask)
    update.refresh(made)
    edited = readback.result_of_nodes(made)
    new = replace(
        shifted_up(result),
        model=ModelInfo("other", "2", "1" * 64),
        probability=result.labels.with_array(np.full(result.labels.array.shape, 0.5, np.float16)),
    )
    update.replace_result(made, new)
    assert not edits.result_is_edited(made)
    assert readback.result_of_nodes(made).model.name == "other"
    undo.undo(made)
    back = readback.result_of_nodes(made)
    assert np.array_equal(back.labels.array, edited.labels.array) and back.model.name == "made up"
    assert np.allclose(back.probability.array, result.probability.array, atol=1 / 255)
    assert edits.result_is_edited(made)


def test_nodes_keep_their_ids_and_observers_through_undo(made, result):
    ids = [node.GetID() for node in (made.segmentation, made.centres, made.table)]
    seen = []
    made.centres.AddObserver(made.centres.PointModifiedEvent, lambda *_: seen.append(1))
    update.apply_result(made, shifted_up(result))
    undo.undo(made)
    seen.clear()
    made.centres.SetNthControlPointPositionWorld(0, (1, 2, 3))
    assert seen and ids == [node.GetID() for node in (made.segmentation, made.centres, made.table)]
    assert made.centres.GetLocked()


def test_the_history_is_bounded_and_forgets_closed_scenes(made, result, host):
    for n in range(undo.MOST_STEPS + 5):
        made.centres.SetNthControlPointPositionWorld(0, (n, 2.0, 3.0))
        undo.record(made, f"step {n}")
    steps = 0
    while undo.undo(made):
        steps += 1
    assert steps == undo.MOST_STEPS
    host.reset()
    node = volumes.add_volume(small_volume(), "Spine")
    again = create.add_result(node, result_of(box_labels(small_volume())))
    assert not undo.can_undo(again)


def test_corrections_run_on_what_is_read_back(made, result):
    correction = pytest.importorskip("IVDSegmentationLib.correction")
    update.apply_result(made, correction.shift_levels(readback.result_of_nodes(made), 1), "Shift levels up")
    assert names(made)["disc_1"] == "L4-L5"
    assert "edited by hand" in table.column_values(made.table, "Flags")[0]
    update.apply_result(made, correction.remove_disc(readback.result_of_nodes(made), 3), "Delete L3-L4")
    assert sorted(names(made).values()) == ["L2-L3", "L4-L5", "unknown 1"]
    assert [undo.undo(made), undo.undo(made), undo.undo(made)] == ["Delete L3-L4", "Shift levels up", None]
    back = readback.result_of_nodes(made)
    assert [disc.level for disc in back.discs] == [disc.level for disc in result.discs]
    assert back.warnings == result.warnings and not edits.result_is_edited(made)


def test_a_renamed_disc_is_sure_of_its_level(made):
    made.segmentation.GetSegmentation().GetSegment("disc_51").SetName("L2-L3")
    disc = next(disc for disc in update.refresh(made).discs if disc.label == 4)
    assert disc.confidence == 1.0 and "edited" in disc.flags


def test_a_deleted_point_of_a_living_disc_comes_back(made, result):
    made.centres.RemoveNthControlPoint(0)
    update.refresh(made)
    assert sorted(point_labels(made)) == ["L3-L4", "L4-L5", "L5-S1", "unknown 1"]


def test_a_copy_of_the_segmentation_is_no_result(made, volume_node, scene):
    copy = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "copy")
    copy.Copy(made.segmentation)
    assert nodes.existing_results(volume_node) == [made]


def test_labelmaps_stay_as_small_as_the_discs(made, result):
    def voxels():
        image = made.segmentation.GetSegmentation().GetSegment("disc_1").GetRepresentation("Binary labelmap")
        return image.GetNumberOfPoints()

    before, whole = voxels(), result.labels.array.size
    assert before < 0.5 * whole
    array = result.labels.array.copy()
    array[np.roll(array == 2, 1, 1)] = 2
    update.apply_result(made, result_of(result.labels.with_array(array)))
    assert voxels() < before * 1.2


def test_the_smallest_disc_is_no_obstacle(made, result):
    array = np.zeros_like(result.labels.array)
    array[0, 0, 0] = 1
    array[-1, -1, -1] = 2
    update.apply_result(made, result_of(result.labels.with_array(array)))
    assert np.array_equal(readback.labels_of_nodes(made).array, array)


def test_a_failure_leaves_no_half_result(volume_node, result, scene, monkeypatch):
    monkeypatch.setattr(create, "write_table", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        create.add_result(volume_node, result)
    for kind in ("vtkMRMLSegmentationNode", "vtkMRMLMarkupsFiducialNode", "vtkMRMLTableNode"):
        assert scene.GetNumberOfNodesByClass(kind) == 0
    assert scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == 1
