"""Corrections in the tab Review: the user's clicks and strokes in, discs as they should be out; in this process."""

from __future__ import annotations

import numpy as np
import pytest

from ..conftest import wait_for
from .review_cases import NAMES, choose, dice, drag, in_the_scene, place, spoiled, three_marks


def test_delete_and_bring_back_with_one_point(tab, scan):
    import slicer

    before = tab.session.result
    choose(tab, 3)
    tab.ui.deleteButton.click()
    assert in_the_scene(tab) == [name for name in NAMES if name != "L3-L4"]
    assert "There is room for a disc that was missed" in tab.messages.text
    tab.ui.addButton.checked = True
    interaction = slicer.app.applicationLogic().GetInteractionNode()
    assert interaction.GetCurrentInteractionMode() == interaction.Place
    assert "missed disc" in tab.ui.hintLabel.text
    place(tab, np.add(before.discs[2].centre_mm_lps, (1, 3, -1)))
    assert in_the_scene(tab) == NAMES and tab.list.current == 3 and tab.messages.text == ""
    assert not tab.ui.addButton.checked and tab.ui.hintLabel.isHidden()
    assert interaction.GetCurrentInteractionMode() != interaction.Place
    assert dice(tab.session.result.labels.array == 3, before.labels.array == 3) >= 0.9
    assert tab.session.result.discs[2].flags == ("edited",)
    tab.ui.undoButton.click()
    assert len(in_the_scene(tab)) == 5
    tab.ui.undoButton.click()
    assert in_the_scene(tab) == NAMES
    assert np.array_equal(tab.session.result.labels.array, before.labels.array)


def test_a_point_that_makes_no_sense_is_refused(tab):
    before = tab.session.result
    tab.ui.addButton.checked = True
    place(tab, before.discs[2].centre_mm_lps)
    assert "lies in L3-L4 already" in tab.messages.text
    assert tab.session.result is before and not tab.ui.addButton.checked


@pytest.mark.parametrize("grow", [False, True])
def test_a_spoiled_border_is_repaired_with_three_marks(tab, grow: bool):
    from IVDSegmentationLib.correction import recompute
    from IVDSegmentationLib.measurement import measure_discs

    good = tab.session.result
    truth = good.labels.array == 2
    (measured,) = measure_discs(good.labels, only=[2])
    bad = spoiled(good, 2, 4.0 * measured.frame.up, grow)
    array = np.where(truth, 0, good.labels.array).astype(np.uint8)
    array[bad] = 2
    tab.actions.apply("spoil", lambda result: recompute(result, result.labels.with_array(array)))
    choose(tab, 2)
    button = tab.ui.excludeButton if grow else tab.ui.includeButton
    button.checked = True
    quality = []
    for mark in three_marks(good, 2, truth ^ bad, "front"):
        place(tab, mark)
        quality.append(dice(tab.session.result.labels.array == 2, truth))
    assert quality[-1] >= 0.9 > dice(bad, truth) and len(tab.modes.marks.points(not grow)) == 3
    assert in_the_scene(tab) == NAMES
    while "Adjust outline" in tab.ui.undoButton.toolTip:  # a mark that changed nothing is no step
        tab.ui.undoButton.click()
    assert np.array_equal(tab.session.result.labels.array == 2, bad)
    assert tab.modes.marks.points(not grow) == [], "marks that were undone do not come back with the next one"
    assert button.checked, "marking goes on"
    tab.exit()
    assert not button.checked


def test_marks_are_for_one_disc(tab):
    choose(tab, 2)
    tab.ui.excludeButton.checked = True
    i, j, k = np.argwhere(tab.session.result.labels.array == 2)[0][::-1]
    place(tab, tab.session.result.labels.lps_of_ijk(np.array([i, j, k])))
    assert tab.modes.marks.disc == 2
    choose(tab, 3)
    assert tab.modes.marks.disc is None and tab.ui.excludeButton.checked


def test_a_dragged_centre_outlines_again(tab, scan):
    nodes, before = tab.session.nodes, tab.session.result
    assert nodes.centres.GetLocked()
    tab.ui.dragButton.checked = True
    assert not nodes.centres.GetLocked()
    index = next(n for n in range(6) if nodes.centres.GetNthControlPointLabel(n) == "L3-L4")
    drag(tab, before.discs[2].centre_mm_lps, np.add(before.discs[2].centre_mm_lps, (0, 4, 0)))
    after = tab.session.result
    assert after is not before and "edited" in after.discs[2].flags
    assert dice(after.labels.array == 3, before.labels.array == 3) >= 0.9
    assert np.allclose(after.discs[2].centre_mm_lps, before.discs[2].centre_mm_lps, atol=0.5)
    drag(tab, after.discs[2].centre_mm_lps, before.discs[4].centre_mm_lps)
    assert "lies in L1-L2" in tab.messages.text and tab.session.result is after
    assert in_the_scene(tab) == NAMES
    position = nodes.centres.GetNthControlPointPositionWorld(index)
    assert np.allclose(position, np.array(after.discs[2].centre_mm_lps) * (-1, -1, 1), atol=1e-3)
    tab.ui.dragButton.checked = False
    assert nodes.centres.GetLocked()


def test_painting_by_hand_is_taken_up_by_itself(tab):
    import slicer
    import slicer.util
    from IVDSegmentationLib.scene.nodes import segment_of_label

    nodes, before = tab.session.nodes, tab.session.result
    segment = segment_of_label(nodes, 4)
    array = slicer.util.arrayFromSegmentBinaryLabelmap(nodes.segmentation, segment, nodes.volume).copy()
    array[:, :, : array.shape[2] // 2] = 0
    slicer.util.updateSegmentBinaryLabelmapFromArray(array, nodes.segmentation, segment, nodes.volume)
    assert tab.watch.pending
    wait_for(lambda: tab.session.result is not before)
    disc = tab.session.result.discs[3]
    assert "edited" in disc.flags and disc.volume_mm3 < before.discs[3].volume_mm3
    assert disc.centre_mm_lps != before.discs[3].centre_mm_lps
    assert in_the_scene(tab) == NAMES and not tab.watch.pending
    tab.ui.undoButton.click()
    assert tab.session.result.discs[3].volume_mm3 == pytest.approx(before.discs[3].volume_mm3)


def test_the_segment_editor_is_set_to_this_result(tab):
    import slicer

    choose(tab, 2)
    tab.ui.editorButton.collapsed = False
    editor = tab.editor.widget
    assert editor.segmentationNode() is tab.session.nodes.segmentation
    assert editor.sourceVolumeNode() is tab.session.nodes.volume
    node = editor.mrmlSegmentEditorNode()
    assert node.GetMaskMode() == slicer.vtkMRMLSegmentationNode.EditAllowedOutsideAllSegments
    from IVDSegmentationLib.scene.nodes import segment_of_label

    assert node.GetSelectedSegmentID() == segment_of_label(tab.session.nodes, 2)
    choose(tab, 3)
    assert node.GetSelectedSegmentID() == segment_of_label(tab.session.nodes, 3)
    tab.ui.addButton.checked = True
    assert ("setActiveEffectByName", "") in editor.calls(), "two tools must not want the same click"
    tab.ui.editorButton.collapsed = True
    assert editor.segmentationNode() is None
