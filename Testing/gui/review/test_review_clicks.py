"""Clicks and drags in a real slice view: Slicer's own widgets and interactor style drive the tab Review."""

from __future__ import annotations

import numpy as np
import pytest

from .review_cases import NAMES, choose, drag, in_the_scene, place, sagittal_view


def marks_in_the_scene() -> list[str]:
    import slicer.util

    nodes = slicer.util.getNodesByClass("vtkMRMLMarkupsFiducialNode")
    return sorted(node.GetName() for node in nodes if node.GetName() in ("Missed disc", "Include", "Exclude"))


def test_the_node_of_a_missed_disc_outlives_its_own_event(tab):
    """Removing it inside PointPositionDefinedEvent killed Slicer, see vtkSlicerMarkupsWidget::PlacePoint."""
    import slicer

    choose(tab, 3)
    tab.ui.deleteButton.click()
    centre = np.add(tab.session.result.discs[1].centre_mm_lps, tab.session.result.discs[2].centre_mm_lps) / 2
    tab.ui.addButton.checked = True
    view = sagittal_view()
    view.click((-centre[0], -centre[1], centre[2]))
    assert marks_in_the_scene() == ["Missed disc"], "nothing happens inside the event"
    view.leave()
    slicer.app.processEvents()
    assert marks_in_the_scene() == [] and in_the_scene(tab) == NAMES


def test_a_mark_after_the_disc_became_unknown(tab):
    """The selection follows the disc; where it cannot, the marks are taken back after the event, not inside it."""
    choose(tab, 6)
    tab.ui.includeButton.checked = True
    combo = tab.ui.levelComboBox
    combo.setCurrentIndex(combo.findText("unknown"))
    tab.ui.othersFollowCheckBox.checked = False
    tab.ui.setLevelButton.click()
    assert tab.ui.includeButton.checked and tab.list.current == 51
    disc = next(disc for disc in tab.session.result.discs if disc.label == 51)
    place(tab, disc.centre_mm_lps)
    assert tab.modes.marks.disc == 51 and "'unknown 1' has no level" in tab.messages.text


def test_a_mark_without_a_selected_disc_is_refused_after_the_event(tab):
    choose(tab, 6)
    centre = tab.session.result.discs[5].centre_mm_lps
    tab.ui.includeButton.checked = True
    tab.ui.discTable.clearSelection()
    place(tab, centre)
    assert "Select" in tab.messages.text and tab.modes.marks.points(True) == []
    assert tab.ui.includeButton.checked and in_the_scene(tab) == NAMES


def test_escape_and_right_click_end_placing(tab):
    import slicer

    interaction = slicer.app.applicationLogic().GetInteractionNode()
    for button in (tab.ui.addButton, tab.ui.includeButton):
        choose(tab, 2)
        button.checked = True
        interaction.SwitchToViewTransformMode()
        slicer.app.processEvents()
        assert not button.checked
    assert "Missed disc" not in marks_in_the_scene()


def test_points_placed_before_the_panel_gets_its_turn_count_once_each(tab):
    """Two clicks in one turn of the event loop: both marks count, one correction."""
    import slicer

    choose(tab, 2)
    tab.ui.includeButton.checked = True
    view, disc = sagittal_view(), tab.session.result.discs[1]
    x, y, z = disc.centre_mm_lps
    for shift in (0, 8):
        view.click((-x, -y + shift, z))
    slicer.app.processEvents()
    assert len(tab.modes.marks.points(True)) == 2 and in_the_scene(tab) == NAMES


def test_a_locked_centre_cannot_be_dragged(tab):
    before = tab.session.result
    centre = before.discs[2].centre_mm_lps
    drag(tab, centre, np.add(centre, (0, 8, 0)))
    assert tab.session.result is before
    nodes = tab.session.nodes
    assert nodes.centres.GetNthControlPointPositionWorld(2) == pytest.approx((-centre[0], -centre[1], centre[2]))


def test_a_click_on_a_centre_is_no_drag(tab):
    """Slicer ends an 'interaction' after a mere click on a point, too."""
    tab.ui.dragButton.checked = True
    before = tab.session.result
    place(tab, before.discs[2].centre_mm_lps)
    assert tab.session.result is before and in_the_scene(tab) == NAMES


def test_every_shift_keeps_the_selected_disc(tab):
    choose(tab, 3)
    disc = tab.session.result.discs[2].volume_mm3
    for button in (tab.ui.shiftUpButton, tab.ui.shiftUpButton, tab.ui.shiftDownButton, tab.ui.undoButton):
        button.click()
        selected = next(one for one in tab.session.result.discs if one.label == tab.list.current)
        assert selected.volume_mm3 == pytest.approx(disc)
        assert tab.ui.levelComboBox.currentText == selected.level
    tab.ui.deleteButton.click()
    assert tab.list.current is None, "the disc is gone: no neighbour takes its place"
    assert disc not in [one.volume_mm3 for one in tab.session.result.discs]


def test_an_error_in_an_observer_reaches_the_message_area(tab, host, monkeypatch):
    def fail(*_arguments):
        raise ZeroDivisionError("made up")

    tab.ui.dragButton.checked = True
    monkeypatch.setattr(tab.actions, "move", fail)
    centre = tab.session.result.discs[2].centre_mm_lps
    drag(tab, centre, np.add(centre, (0, 4, 0)))
    assert tab.messages.text == "An unexpected error occurred: ZeroDivisionError: made up"
    tab.ui.detailsButton.click()
    assert "Traceback" in tab.ui.detailsText.plainText and len(host.take_failures()) == 1
    monkeypatch.setattr(tab.actions, "delete", fail)
    tab.messages.clear()
    choose(tab, 2)
    tab.ui.deleteButton.click()
    assert "made up" in tab.messages.text and len(host.take_failures()) == 1


def second_result(tab, scan):
    from IVDSegmentationLib.scene.volumes import add_volume
    from IVDSegmentationLib.scene.write import add_result

    result, image = scan
    return add_result(add_volume(image, "another"), result)


@pytest.mark.parametrize("mode", ["dragButton", "addButton", "includeButton"])
def test_another_result_ends_what_clicks_do(tab, scan, mode):
    """Dragging stayed on: the centres of the result before could be moved, those shown could not."""
    first, second = tab.session.nodes, second_result(tab, scan)
    choose(tab, 2)
    button = getattr(tab.ui, mode)
    button.checked = True
    tab.session.set_result(second, scan[0])
    assert not button.checked and first.centres.GetLocked() and second.centres.GetLocked()
    assert "Missed disc" not in marks_in_the_scene() and tab.modes.marks.disc is None


def test_edits_by_hand_are_taken_up_before_another_result_is_shown(tab, scan):
    """And those made while no panel watched, when the result is shown again."""
    from IVDSegmentationLib.scene.nodes import segment_of_label
    from IVDSegmentationLib.scene.result import is_behind, result_of_nodes

    from ..conftest import wait_for

    def remove(nodes, label):
        nodes.segmentation.GetSegmentation().RemoveSegment(segment_of_label(nodes, label))

    first, second = tab.session.nodes, second_result(tab, scan)
    remove(first, 3)
    tab.session.set_result(second, scan[0])
    assert first.table.GetNumberOfRows() == 5 and not is_behind(first)
    assert in_the_scene(tab) == NAMES
    assert tab.session.writing_turn.take("a test")
    remove(first, 2)
    tab.session.set_result(first, result_of_nodes(first))
    tab.session.set_result(second, scan[0])
    assert is_behind(first), "not while another result is being written"
    tab.session.writing_turn.release("a test")
    assert not is_behind(first) and first.table.GetNumberOfRows() == 4
    remove(first, 1)
    tab.session.set_result(first, result_of_nodes(first))
    wait_for(lambda: not tab.watch.pending)
    assert in_the_scene(tab) == ["L2-L3", "L1-L2", "T12-L1"] and first.table.GetNumberOfRows() == 3


def test_no_click_is_taken_while_a_result_is_being_written(tab):
    import slicer

    choose(tab, 2)
    tab.ui.includeButton.checked = True
    assert tab.session.writing_turn.take("a test")
    interaction = slicer.app.applicationLogic().GetInteractionNode()
    assert not tab.ui.includeButton.checked and interaction.GetCurrentInteractionMode() != interaction.Place
    tab.session.writing_turn.release("a test")
    assert in_the_scene(tab) == NAMES
