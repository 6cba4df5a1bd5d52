"""The tab Review from the user's side: real module file, real .ui, real MRML nodes, corrections in this process."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from .conftest import wait_for

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
from known_result import dice, spine_scan, spoiled, three_marks  # noqa: E402

NAMES = ["L5-S1", "L4-L5", "L3-L4", "L2-L3", "L1-L2", "T12-L1"]


class Answers:
    """Stands for the dialogs."""

    def __init__(self, folder: Path) -> None:
        self.root, self.choice = folder, None

    def save_as(self, title: str, name: str, kinds: str) -> str:
        return str(self.root / name) if self.root else ""

    def folder(self, title: str, start: str) -> str:
        return str(self.root / "training") if self.root else ""

    def export(self, why_no_dicom: str):
        self.why_no_dicom = why_no_dicom
        return self.choice


@pytest.fixture(scope="module")
def scan():
    return spine_scan((1.5, 1.5, 4.0))


@pytest.fixture
def tab(stub_panel, scan, tmp_path):
    """The tab with a result of six discs."""
    from IVDSegmentationLib.scene.create import add_result
    from IVDSegmentationLib.scene.volumes import add_volume

    result, image = scan
    volume = add_volume(image, "T2 sagittal")
    wait_for(lambda: stub_panel.session.volume is volume)
    nodes = add_result(volume, result)
    stub_panel.session.set_result(nodes, result)
    (review,) = (one for one in stub_panel.tabs if one.title == "Review")
    review.files.asker = review.teacher._asker = Answers(tmp_path)
    stub_panel.ui.tabWidget.currentIndex = stub_panel.tabs.index(review)
    return review


def shown_levels(tab) -> list[str]:
    """Levels in the list, from below."""
    table = tab.ui.discTable
    rows = [tab.list.row_of_label(label) for label in reversed(tab.list.labels)]
    return [table.item(row, 1).text().removesuffix(" ✎") for row in rows]


def in_the_scene(tab) -> list[str]:
    """Levels of the segments from below; centres, table, codes and colours must agree with them."""
    from IVDSegmentationLib.anatomy import code_of_label, colour_of_label
    from IVDSegmentationLib.scene.readback import result_of_nodes
    from IVDSegmentationLib.scene.segments import get_tag, labels_of_segments, point_of_segment
    from IVDSegmentationLib.scene.table import column_values

    nodes = tab.session.nodes
    result = result_of_nodes(nodes)
    segmentation = nodes.segmentation.GetSegmentation()
    for segment_id, label in labels_of_segments(nodes.segmentation).items():
        segment = segmentation.GetSegment(segment_id)
        assert np.allclose(np.array(segment.GetColor()) * 255, colour_of_label(label), atol=0.6)
        assert code_of_label(label)[1] in get_tag(segment, "TerminologyEntry")
        index = point_of_segment(segment, nodes.centres)
        assert nodes.centres.GetNthControlPointLabel(index) == segment.GetName()
    names = [disc.level for disc in result.discs]
    assert [name.split(" ")[0] for name in column_values(nodes.table, "Level")] == names
    assert [disc.level for disc in tab.session.result.discs] == names == shown_levels(tab)
    return names


def place(tab, point_lps) -> None:
    """What a click into a view does while place mode is on."""
    import slicer

    selection = slicer.app.applicationLogic().GetSelectionNode()
    node = slicer.mrmlScene.GetNodeByID(selection.GetActivePlaceNodeID())
    node.AddControlPointWorld([-point_lps[0], -point_lps[1], point_lps[2]])


def test_nothing_to_review_is_said(stub_panel):
    (review,) = (one for one in stub_panel.tabs if one.title == "Review")
    assert review.ui.contents.isHidden() and not review.ui.emptyLabel.isHidden()
    for button in (review.ui.undoButton, review.ui.deleteButton, review.ui.layoutButton, review.ui.snapshotButton):
        button.click()  # nothing happens


def test_the_list(tab):
    from IVDSegmentationLib.measurement import measure_discs

    assert shown_levels(tab) == NAMES == in_the_scene(tab)
    result = tab.session.result
    (measured,) = measure_discs(result.labels, only=[1])
    bottom = tab.list.row_of_label(1)
    texts = [tab.ui.discTable.item(bottom, column).text() for column in range(2, 5)]
    assert texts == [f"{measured.middle_height_mm:.1f}", f"{result.discs[0].volume_mm3 / 1000:.1f}", "98 %"]
    assert "Lordosis L1-S1: " in tab.ui.lordosisLabel.text and tab.ui.lordosisLabel.text.endswith("°")
    assert tab.ui.tableView.mrmlTableNode() is tab.session.nodes.table


def test_a_click_jumps_and_selects(tab, monkeypatch):
    from IVDSegmentationLib.scene import views

    heard, jumps = [], []
    jump_to = views.jump_to
    monkeypatch.setattr(views, "jump_to", lambda *a, **k: jumps.append((a[1], k["follow"], jump_to(*a, **k))))
    tab.session.disc_selected.connect(heard.append)
    tab.ui.discTable.selectRow(tab.list.row_of_label(3))
    assert heard == [3] and tab.list.current == 3 and jumps == [(3, True, True)]
    assert tab.ui.levelComboBox.currentText == "L3-L4"
    tab.ui.followCheckBox.checked = False
    tab.ui.nextButton.click()
    tab.ui.nextButton.click()
    tab.ui.previousButton.click()
    assert heard == [3, 4, 5, 4] and tab.list.current == 4 and jumps[-1] == (4, False, True)
    tab.session.disc_selected.emit(1)
    assert tab.list.current == 1, "chosen in another tab"


def test_accept_goes_on_and_an_edit_asks_again(tab):
    from IVDSegmentationLib.scene.reviewed import is_reviewed

    tab._choose(1)
    tab.ui.acceptButton.click()
    assert is_reviewed(tab.session.nodes, 1) and tab.list.current == 2
    assert tab.ui.discTable.item(tab.list.row_of_label(1), 5).text() == "✓"
    tab.list.select(1)
    tab.ui.acceptButton.click()
    assert not is_reviewed(tab.session.nodes, 1)
    tab.actions.accept(1)
    tab.actions.accept(3)
    result = tab.session.result
    tab.actions.move(1, result.discs[0].centre_mm_lps)
    assert not is_reviewed(tab.session.nodes, 1) and is_reviewed(tab.session.nodes, 3)
    assert not tab.watch.pending, "accepting is no edit"


def test_show_and_hide(tab):
    import qt
    from IVDSegmentationLib.scene.views import is_visible

    tab.ui.discTable.item(tab.list.row_of_label(2), 0).setCheckState(qt.Qt.Unchecked)
    assert not is_visible(tab.session.nodes, 2) and is_visible(tab.session.nodes, 3)
    tab._choose(2)
    tab.list._toggle_seen()
    assert is_visible(tab.session.nodes, 2)


def test_levels_are_one_step_each(tab):
    tab.ui.shiftUpButton.click()
    assert in_the_scene(tab) == ["L4-L5", "L3-L4", "L2-L3", "L1-L2", "T12-L1", "T11-T12"]
    tab.ui.shiftDownButton.click()
    tab.ui.shiftDownButton.click()
    assert in_the_scene(tab) == ["unknown", *NAMES[:5]]
    assert "six lumbar" in tab.messages.text
    for _ in range(3):
        tab.ui.undoButton.click()
    assert in_the_scene(tab) == NAMES and not tab.ui.undoButton.enabled
    tab.ui.redoButton.click()
    assert in_the_scene(tab)[0] == "L4-L5"


def test_set_one_level(tab):
    tab._choose(3)
    combo = tab.ui.levelComboBox
    combo.setCurrentIndex(combo.findText("L4-L5"))
    tab.ui.setLevelButton.click()
    assert in_the_scene(tab) == ["unknown", *NAMES[:5]]
    tab.ui.undoButton.click()
    tab._choose(6)
    combo.setCurrentIndex(combo.findText("unknown"))
    tab.ui.othersFollowCheckBox.checked = False
    tab.ui.setLevelButton.click()
    assert in_the_scene(tab) == [*NAMES[:5], "unknown"]


def test_without_a_selection_the_user_is_told(tab):
    for button in (tab.ui.deleteButton, tab.ui.setLevelButton, tab.ui.acceptButton):
        tab.messages.clear()
        button.click()
        assert tab.messages.text == "Select a disc in the list first."
    tab.ui.includeButton.checked = True
    assert not tab.ui.includeButton.checked
    assert in_the_scene(tab) == NAMES


def test_delete_and_bring_back_with_one_point(tab, scan):
    import slicer

    before = tab.session.result
    tab._choose(3)
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
    tab._choose(2)
    button = tab.ui.excludeButton if grow else tab.ui.includeButton
    button.checked = True
    quality = []
    for mark in three_marks(good, 2, truth ^ bad, "front"):
        place(tab, mark)
        quality.append(dice(tab.session.result.labels.array == 2, truth))
    assert quality[-1] >= 0.9 > dice(bad, truth) and len(tab.modes.marks.points(not grow)) == 3
    assert in_the_scene(tab) == NAMES
    while "Mark border" in tab.ui.undoButton.toolTip:  # a mark that changed nothing is no step
        tab.ui.undoButton.click()
    assert np.array_equal(tab.session.result.labels.array == 2, bad)
    assert tab.modes.marks.points(not grow) == [], "marks that were undone do not come back with the next one"
    assert button.checked, "marking goes on"
    tab.exit()
    assert not button.checked


def test_marks_are_for_one_disc(tab):
    tab._choose(2)
    tab.ui.excludeButton.checked = True
    i, j, k = np.argwhere(tab.session.result.labels.array == 2)[0][::-1]
    place(tab, tab.session.result.labels.lps_of_ijk(np.array([i, j, k])))
    assert tab.modes.marks.disc == 2
    tab._choose(3)
    assert tab.modes.marks.disc is None and tab.ui.excludeButton.checked


def test_a_dragged_centre_outlines_again(tab, scan):
    nodes, before = tab.session.nodes, tab.session.result
    assert nodes.centres.GetLocked()
    tab.ui.dragButton.checked = True
    assert not nodes.centres.GetLocked()
    index = next(n for n in range(6) if nodes.centres.GetNthControlPointLabel(n) == "L3-L4")

    def drag_to(point) -> None:
        nodes.centres.SetNthControlPointPositionWorld(index, [-point[0], -point[1], point[2]])
        nodes.centres.InvokeEvent(nodes.centres.PointEndInteractionEvent, index)

    drag_to(np.add(before.discs[2].centre_mm_lps, (0, 4, 0)))
    after = tab.session.result
    assert after is not before and "edited" in after.discs[2].flags
    assert dice(after.labels.array == 3, before.labels.array == 3) >= 0.9
    assert np.allclose(after.discs[2].centre_mm_lps, before.discs[2].centre_mm_lps, atol=0.5)
    drag_to(before.discs[4].centre_mm_lps)
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

    tab._choose(2)
    tab.ui.editorButton.collapsed = False
    editor = tab.editor.widget
    assert editor.segmentationNode() is tab.session.nodes.segmentation
    assert editor.sourceVolumeNode() is tab.session.nodes.volume
    node = editor.mrmlSegmentEditorNode()
    assert node.GetMaskMode() == slicer.vtkMRMLSegmentationNode.EditAllowedOutsideAllSegments
    from IVDSegmentationLib.scene.nodes import segment_of_label

    assert node.GetSelectedSegmentID() == segment_of_label(tab.session.nodes, 2)
    tab._choose(3)
    assert node.GetSelectedSegmentID() == segment_of_label(tab.session.nodes, 3)
    tab.ui.addButton.checked = True
    assert ("setActiveEffectByName", "") in editor.calls(), "two tools must not want the same click"
    tab.ui.editorButton.collapsed = True
    assert editor.segmentationNode() is None


def test_views_and_plots(tab, monkeypatch):
    import slicer

    shown = []
    monkeypatch.setattr("IVDSegmentationLib.scene.plots.show_plot", shown.append)
    tab.ui.layoutButton.click()
    assert slicer.app.layoutManager().layout == 28301
    tab.ui.heightPlotButton.click()
    tab.ui.signalPlotButton.click()
    assert [chart.GetTitle() for chart in shown] == ["Disc height by level", "Disc signal by level"]


def test_snapshot_report_and_export(tab, tmp_path):
    from IVDSegmentationLib.panels.review_files import ExportChoice

    tab.ui.snapshotButton.click()
    assert (tmp_path / "discs.png").stat().st_size > 1000 and "snapshot was saved" in tab.messages.text
    tab.ui.reportButton.click()
    assert "L5-S1" in (tmp_path / "discs.html").read_text(encoding="utf-8")
    tab.ui.patientCheckBox.checked = True
    tab.ui.reportButton.click()
    assert "without patient data, since the volume carries none" in tab.messages.text
    answers = tab.files.asker
    answers.choice = ExportChoice(str(tmp_path / "out"), labels=True, segmentation=True, centres=True, csv=True)
    (tmp_path / "out").mkdir()
    tab.ui.exportButton.click()
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["centres.mrk.json", "labels.nii.gz", "measurements.csv", "segmentation.seg.nrrd"]
    assert "QuantitativeReporting" in answers.why_no_dicom
    answers.choice = ExportChoice(str(tmp_path / "out"), dicom=True, csv=True)
    tab.ui.exportButton.click()
    assert "QuantitativeReporting" in tab.messages.text and "Saved: measurements." in tab.messages.text
    answers.choice = None
    tab.ui.exportButton.click()
    assert tab.messages.text == ""


def test_the_export_form(tab):
    from IVDSegmentationLib.panels.review_files import ExportForm

    form = ExportForm("No exporter here.")
    assert not form.ui.dicomCheckBox.enabled and not form.choice.dicom
    assert form.ui.dicomLabel.text == "No exporter here."
    form.ui.csvCheckBox.checked = False
    assert form.choice.labels and not form.choice.csv and form.choice.folder


def test_patient_data_from_the_hierarchy(tab, tmp_path):
    from IVDSegmentationLib.scene.create import item_of
    from IVDSegmentationLib.scene.nodes import subject_hierarchy

    hierarchy = subject_hierarchy()
    patient = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), "Döe")  # no letters of base64: pictures are
    hierarchy.SetItemAttribute(patient, "DICOM.PatientName", "Döe^Jane")
    hierarchy.SetItemParent(item_of(tab.session.nodes.volume), patient)
    tab.ui.reportButton.click()
    assert "Döe" not in (tmp_path / "discs.html").read_text(encoding="utf-8")
    tab.ui.patientCheckBox.checked = True
    tab.ui.reportButton.click()
    assert "Döe^Jane" in (tmp_path / "discs.html").read_text(encoding="utf-8")


def test_add_to_the_training_set(tab, tmp_path):
    assert tab.teacher.available and not tab.ui.teachButton.isHidden()
    tab.ui.teachButton.click()
    assert "Added to the training set" in tab.messages.text
    assert len(list((tmp_path / "training").rglob("labels.nii.gz"))) == 1
    tab.ui.teachButton.click()
    assert "in the training set already" in tab.messages.text


def test_closing_the_scene_lets_go_of_everything(tab, stub_panel):
    import slicer

    tab._choose(2)
    tab.ui.editorButton.collapsed = False
    tab.ui.includeButton.checked = True
    slicer.mrmlScene.Clear(0)
    assert tab.session.result is None and tab.ui.contents.isHidden()
    assert not tab.ui.includeButton.checked and tab.list.labels == []
    assert tab.watch._observations == []
    for button in (tab.ui.deleteButton, tab.ui.undoButton, tab.ui.addButton):
        button.click()


def test_corrections_take_less_than_a_second(stub_panel, tab, scan):
    """On a small scan; see the benchmark for a large one."""
    import time

    tab._choose(3)
    start = time.perf_counter()
    tab.ui.deleteButton.click()
    assert time.perf_counter() - start < 1.0
