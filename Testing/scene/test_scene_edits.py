"""Changes to a result that is in the scene: levels, voxels, edits by hand, undo, second runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import slicer.util
import vtk
from IVDSegmentationLib import anatomy
from IVDSegmentationLib.scene import history, nodes, table, volumes, write
from IVDSegmentationLib.scene import result as scene_result
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
    return write.add_result(volume_node, result)


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
    assert write.apply_result(made, shifted_up(result), "Shift levels up")
    assert names(made) == {"disc_1": "L4-L5", "disc_2": "L3-L4", "disc_3": "L2-L3", "disc_51": "L1-L2"}
    assert point_labels(made) == ["L4-L5", "L3-L4", "L2-L3", "L1-L2"]
    assert table.column_values(made.table, "Level") == ["L4-L5", "L3-L4", "L2-L3", "L1-L2"]
    segment = made.segmentation.GetSegmentation().GetSegment("disc_1")
    tag = vtk.reference("")
    segment.GetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), tag)
    assert "84020006" in str(tag)
    assert np.allclose(segment.GetColor(), np.array(anatomy.colour_of_label(2)) / 255)
    back = scene_result.result_of_nodes(made)
    assert np.array_equal(back.labels.array, shifted_up(result).labels.array)
    assert made.segmentation.GetSegmentation().GetNumberOfLayers() == 1


def test_a_level_change_is_one_undo_step(made, result):
    write.apply_result(made, shifted_up(result), "Shift levels up")
    assert history.step_name(made) == "Shift levels up"
    assert history.undo(made) == "Shift levels up"
    assert names(made)["disc_1"] == "L5-S1" and point_labels(made) == ["L5-S1", "L4-L5", "L3-L4", "unknown 1"]
    assert table.column_values(made.table, "Level") == ["L5-S1", "L4-L5", "L3-L4", "unknown 1"]
    assert np.array_equal(scene_result.labels_of_nodes(made).array, result.labels.array)
    assert not scene_result.is_edited(made)
    assert history.undo(made) is None
    assert history.redo(made) == "Shift levels up"
    assert names(made)["disc_1"] == "L4-L5" and point_labels(made)[0] == "L4-L5"
    assert history.redo(made) is None


def test_a_new_a_changed_and_a_removed_disc(made, result):
    array = result.labels.array.copy()
    array[array == 3] = 0  # removed
    array[array == 2] = 0
    array[3:8, 37:42, 11:28] = 2  # other border
    array[2:6, 2:6, 4:14] = 4  # new
    new = result_of(result.labels.with_array(array))
    before = surface_points(made, "disc_2")
    write.apply_result(made, new, "Correct")
    assert names(made) == {"disc_1": "L5-S1", "disc_2": "L4-L5", "disc_51": "unknown 1", "disc_4": "L2-L3"}
    assert sorted(point_labels(made)) == ["L2-L3", "L4-L5", "L5-S1", "unknown 1"]
    back = scene_result.result_of_nodes(made)
    assert np.array_equal(back.labels.array, array)
    for one, other in zip(back.discs, new.discs, strict=True):
        assert one.centre_mm_lps == pytest.approx(other.centre_mm_lps, abs=1e-6)
    assert surface_points(made, "disc_2") != before and surface_points(made, "disc_4") > 20
    assert made.segmentation.GetSegmentation().GetNumberOfLayers() == 1
    history.undo(made)
    assert np.array_equal(scene_result.labels_of_nodes(made).array, result.labels.array)
    assert surface_points(made, "disc_2") == before and surface_points(made, "disc_3") > 20


def test_two_discs_that_change_places_keep_one_layer(made, result):
    lut = np.arange(256, dtype=np.uint8)
    lut[[1, 2]] = [2, 1]
    write.apply_result(made, result_of(result.labels.with_array(lut[result.labels.array])))
    assert names(made)["disc_1"] == "L4-L5" and names(made)["disc_2"] == "L5-S1"
    assert made.segmentation.GetSegmentation().GetNumberOfLayers() == 1


def test_applying_the_same_result_is_no_step(made, result):
    assert not write.apply_result(made, result)
    assert not history.can_undo(made)


def test_segments_and_points_of_the_user_are_left_alone(made, result):
    made.segmentation.GetSegmentation().AddEmptySegment("canal", "Spinal canal")
    made.centres.AddControlPointWorld((1.0, 2.0, 3.0), "my point")
    write.apply_result(made, shifted_up(result))
    assert names(made)["canal"] == "Spinal canal" and "my point" in point_labels(made)
    assert len(scene_result.result_of_nodes(made).discs) == 4


def test_painting_is_followed_by_centre_table_and_flag(made, result):
    mask = result.labels.array == 2
    mask[:, :, 30:34] |= mask[:, :, 20:24]
    paint(made, 2, mask)
    assert scene_result.changed_segments(made) == {"disc_2"}
    new = write.refresh(made, "Paint")
    disc = next(disc for disc in new.discs if disc.label == 2)
    assert "edited" in disc.flags
    assert disc.volume_mm3 == pytest.approx(mask.sum() * new.labels.voxel_mm3)
    kji = np.argwhere(mask).mean(0)
    assert disc.centre_mm_lps == pytest.approx(tuple(new.labels.lps_of_ijk(kji[::-1])), abs=1e-6)
    assert "edited by hand" in table.column_values(made.table, "Flags")[1]
    assert scene_result.is_edited(made)
    assert history.undo(made) == "Paint"
    assert not scene_result.is_edited(made)


def test_painting_without_refresh_is_noticed_and_can_be_undone(made, result):
    paint(made, 1, np.zeros(result.labels.array.shape))
    assert scene_result.is_edited(made)
    assert history.undo(made) == history.BY_HAND
    assert np.array_equal(scene_result.labels_of_nodes(made).array, result.labels.array)


def test_an_emptied_or_deleted_segment_loses_its_point(made, result):
    paint(made, 1, np.zeros(result.labels.array.shape))
    made.segmentation.GetSegmentation().RemoveSegment("disc_3")
    new = write.refresh(made)
    assert [disc.label for disc in new.discs] == [2, 51]
    assert point_labels(made) == ["L4-L5", "unknown 1"]
    assert table.column_values(made.table, "Level") == ["L4-L5", "unknown 1"]


def test_a_renamed_segment_changes_its_level(made):
    made.segmentation.GetSegmentation().GetSegment("disc_51").SetName("l2/l3 disc")
    new = write.refresh(made)
    assert [disc.level for disc in new.discs] == ["L5-S1", "L4-L5", "L3-L4", "L2-L3"]
    assert names(made)["disc_51"] == "L2-L3" and point_labels(made)[3] == "L2-L3"
    assert np.unique(new.labels.array).tolist() == [0, 1, 2, 3, 4]


def test_a_level_that_two_segments_claim_is_not_lost(made):
    made.segmentation.GetSegmentation().GetSegment("disc_3").SetName("L4-L5")
    new = write.refresh(made)
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
    assert (scene_result.labels_of_nodes(made).array == 4).sum() == mask.sum()


def test_a_dragged_centre_counts_as_an_edit_and_is_read_back(made, result):
    made.centres.SetNthControlPointPositionWorld(1, (5.0, 6.0, 7.0))
    assert scene_result.is_edited(made)
    disc = next(disc for disc in scene_result.result_of_nodes(made).discs if disc.label == 2)
    assert disc.centre_mm_lps == pytest.approx((-5.0, -6.0, 7.0))
    assert history.undo(made) == history.BY_HAND
    assert not scene_result.is_edited(made)


def test_a_second_run_is_kept_beside_the_first(made, result, volume_node):
    second = write.add_result(volume_node, result)
    assert nodes.existing_results(volume_node) == [made, second]
    assert nodes.existing_result(volume_node) == second
    assert second.segmentation.GetName() != made.segmentation.GetName()
    write.apply_result(second, shifted_up(result))
    assert names(made)["disc_1"] == "L5-S1" and not scene_result.is_edited(made)
    history.undo(second)
    assert made.in_scene and not scene_result.is_edited(second)


def test_replacing_can_be_undone_with_the_edits_and_the_run(made, result):
    mask = result.labels.array == 2
    mask[:2] = mask[5]
    paint(made, 2, mask)
    write.refresh(made)
    edited = scene_result.result_of_nodes(made)
    new = replace(
        shifted_up(result),
        model=ModelInfo("other", "2", "1" * 64),
        probability=result.labels.with_array(np.full(result.labels.array.shape, 0.5, np.float16)),
    )
    write.replace_result(made, new)
    assert not scene_result.is_edited(made)
    assert scene_result.result_of_nodes(made).model.name == "other"
    history.undo(made)
    back = scene_result.result_of_nodes(made)
    assert np.array_equal(back.labels.array, edited.labels.array) and back.model.name == "made up"
    assert np.allclose(back.probability.array, result.probability.array, atol=1 / 255)
    assert scene_result.is_edited(made)


def test_nodes_keep_their_ids_and_observers_through_undo(made, result):
    ids = [node.GetID() for node in (made.segmentation, made.centres, made.table)]
    seen = []
    made.centres.AddObserver(made.centres.PointModifiedEvent, lambda *_: seen.append(1))
    write.apply_result(made, shifted_up(result))
    history.undo(made)
    seen.clear()
    made.centres.SetNthControlPointPositionWorld(0, (1, 2, 3))
    assert seen and ids == [node.GetID() for node in (made.segmentation, made.centres, made.table)]
    assert made.centres.GetLocked()


def test_the_history_is_bounded_and_forgets_closed_scenes(made, result, host):
    for n in range(history.MOST_STEPS + 5):
        made.centres.SetNthControlPointPositionWorld(0, (n, 2.0, 3.0))
        history.record(made, f"step {n}")
    steps = 0
    while history.undo(made):
        steps += 1
    assert steps == history.MOST_STEPS
    host.reset()
    node = volumes.add_volume(small_volume(), "Spine")
    again = write.add_result(node, result_of(box_labels(small_volume())))
    assert not history.can_undo(again)


def test_corrections_run_on_what_is_read_back(made, result):
    correction = pytest.importorskip("IVDSegmentationLib.correction")
    write.apply_result(made, correction.shift_levels(scene_result.result_of_nodes(made), 1), "Shift levels up")
    assert names(made)["disc_1"] == "L4-L5"
    assert "edited by hand" in table.column_values(made.table, "Flags")[0]
    write.apply_result(made, correction.remove_disc(scene_result.result_of_nodes(made), 3), "Delete L3-L4")
    assert sorted(names(made).values()) == ["L2-L3", "L4-L5", "unknown 1"]
    assert [history.undo(made), history.undo(made), history.undo(made)] == ["Delete L3-L4", "Shift levels up", None]
    back = scene_result.result_of_nodes(made)
    assert [disc.level for disc in back.discs] == [disc.level for disc in result.discs]
    assert back.warnings == result.warnings and not scene_result.is_edited(made)


def test_a_renamed_disc_is_sure_of_its_level(made):
    made.segmentation.GetSegmentation().GetSegment("disc_51").SetName("L2-L3")
    disc = next(disc for disc in write.refresh(made).discs if disc.label == 4)
    assert disc.confidence == 1.0 and "edited" in disc.flags


def test_a_deleted_point_of_a_living_disc_comes_back(made, result):
    made.centres.RemoveNthControlPoint(0)
    write.refresh(made)
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
    write.apply_result(made, result_of(result.labels.with_array(array)))
    assert voxels() < before * 1.2


def test_the_smallest_disc_is_no_obstacle(made, result):
    array = np.zeros_like(result.labels.array)
    array[0, 0, 0] = 1
    array[-1, -1, -1] = 2
    write.apply_result(made, result_of(result.labels.with_array(array)))
    assert np.array_equal(scene_result.labels_of_nodes(made).array, array)


def test_a_failure_leaves_no_half_result(volume_node, result, scene, monkeypatch):
    monkeypatch.setattr(write, "write_table", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write.add_result(volume_node, result)
    for kind in ("vtkMRMLSegmentationNode", "vtkMRMLMarkupsFiducialNode", "vtkMRMLTableNode"):
        assert scene.GetNumberOfNodesByClass(kind) == 0
    assert scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == 1


def count_reading(made, monkeypatch) -> list[str]:
    """Notes each merge of the segments and each hash of a disc's voxels."""
    noted = []
    kind, plain = type(made.segmentation), scene_result.hashlib.blake2b

    def merge(self, *arguments):
        noted.append("merge")
        return super(kind, self).GenerateMergedLabelmapForAllSegments(*arguments)

    monkeypatch.setattr(kind, "GenerateMergedLabelmapForAllSegments", merge, raising=False)
    monkeypatch.setattr(scene_result.hashlib, "blake2b", lambda *a, **k: noted.append("hash") or plain(*a, **k))
    return noted


def test_a_correction_merges_and_hashes_the_label_map_once(made, result, monkeypatch):
    noted = count_reading(made, monkeypatch)
    once = ["merge", *["hash"] * 4]
    write.apply_result(made, shifted_up(result), "Shift levels up")
    assert noted == once
    scene_result.result_of_nodes(made), scene_result.is_edited(made), history.step_name(made)
    assert noted == once, "reading again costs nothing"
    noted.clear()
    mask = scene_result.labels_of_nodes(made).array == 2
    mask[:, :, 30:34] |= mask[:, :, 20:24]
    paint(made, 2, mask)
    noted.clear()
    write.refresh(made)
    assert noted == once
    noted.clear()
    history.undo(made)
    scene_result.result_of_nodes(made)
    assert noted == once


def test_a_new_result_is_not_read_back(volume_node, result, made, monkeypatch):
    """Its label map is known; what would be read back is the same."""
    noted = count_reading(made, monkeypatch)
    new = write.add_result(volume_node, result)
    assert noted == ["hash"] * 4
    known = scene_result.snapshot_of(new)
    scene_result._latest.of(new).stamp = ()
    read = scene_result.snapshot_of(new)
    assert read is not known and np.array_equal(read.labels.array, known.labels.array)
    assert read.labels.same_grid(known.labels) and read.segments == known.segments and read.voxels == known.voxels


@pytest.mark.parametrize("change", ["paint", "rename", "remove", "add", "move the volume", "transform", "crop"])
def test_every_change_of_the_nodes_is_noticed(made, result, change):
    before = scene_result.snapshot_of(made)
    assert scene_result.snapshot_of(made) is before
    segmentation = made.segmentation.GetSegmentation()
    if change == "paint":
        image = segmentation.GetSegment("disc_1").GetRepresentation("Binary labelmap")
        image.GetPointData().GetScalars().SetTuple1(0, 0)
        image.GetPointData().GetScalars().Modified()
    elif change == "rename":
        segmentation.GetSegment("disc_1").SetName("T11-T12")
    elif change == "remove":
        segmentation.RemoveSegment("disc_1")
    elif change == "add":
        segmentation.AddEmptySegment("mine", "L2-L3")
    elif change == "move the volume":
        made.volume.SetOrigin(1.0, 2.0, 3.0)
    elif change == "transform":
        transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
        made.segmentation.SetAndObserveTransformNodeID(transform.GetID())
        matrix = vtk.vtkMatrix4x4()
        matrix.SetElement(0, 3, 4.4)
        transform.SetMatrixTransformToParent(matrix)
    elif change == "crop":
        slicer.mrmlScene.RemoveNode(made.volume)
    assert scene_result.snapshot_of(made) is not before


def test_a_stroke_under_a_transform_keeps_what_was_accepted_elsewhere(made, result):
    """Centres and volumes differ in the last bits there; outlines do not."""
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    turn = vtk.vtkTransform()
    turn.RotateWXYZ(13.0, 0.3, 1.0, 0.2)
    turn.Translate(3.3, -7.7, 11.1)
    transform.SetMatrixTransformToParent(turn.GetMatrix())
    for node in (made.volume, made.segmentation, made.centres):
        node.SetAndObserveTransformNodeID(transform.GetID())
    for label in (1, 2, 3):
        history.accept(made, label)
    mask = result.labels.array == 2
    mask[:, :, 30:34] |= mask[:, :, 20:24]
    paint(made, 2, mask)
    write.refresh(made, "Paint")
    assert [nodes.is_reviewed(made, label) for label in (1, 2, 3)] == [True, False, True]
    history.undo(made)
    assert [nodes.is_reviewed(made, label) for label in (1, 2, 3)] == [True, True, True]
    history.accept(made, 3, False)
    history.redo(made)
    assert [nodes.is_reviewed(made, label) for label in (1, 2, 3)] == [True, False, False]


def test_another_level_is_no_reason_to_review_again(made, result):
    history.accept(made, 1)
    write.apply_result(made, shifted_up(result), "Shift levels up")
    assert nodes.is_reviewed(made, 2), "the same outline, one level higher"


def test_a_new_edit_takes_the_place_of_what_was_undone(made, result):
    write.apply_result(made, shifted_up(result), "Shift levels up")
    history.undo(made)
    made.centres.SetNthControlPointPositionWorld(0, (5.0, 6.0, 7.0))
    history.record(made, "Move")
    assert not history.can_redo(made) and history.redo(made) is None
    assert history.undo(made) == "Move" and history.undo(made) is None
    assert names(made)["disc_1"] == "L5-S1"


def test_a_disc_added_after_an_undo_has_a_point_of_its_own(made, result):
    """Slicer counts the IDs of points from 1 again once their list was replaced: two discs shared one centre."""
    made.centres.SetNthControlPointPositionWorld(3, (5.0, 6.0, 7.0))
    history.undo(made)
    array = result.labels.array.copy()
    array[2:6, 2:6, 4:14] = 4
    new = result_of(result.labels.with_array(array))
    write.apply_result(made, new, "Add")
    back = scene_result.result_of_nodes(made)
    for one, other in zip(back.discs, new.discs, strict=True):
        assert one.centre_mm_lps == pytest.approx(other.centre_mm_lps, abs=1e-6)
    ids = [made.centres.GetNthControlPointID(n) for n in range(made.centres.GetNumberOfControlPoints())]
    assert len(ids) == len(set(ids)) == 5
