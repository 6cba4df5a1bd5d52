"""The tab Review from the user's side: real module file, real .ui, real MRML nodes."""

from __future__ import annotations

from .review_cases import NAMES, choose, in_the_scene, shown_levels


def test_nothing_to_review_is_said(stub_panel):
    (review,) = (one for one in stub_panel.tabs if one.title == "Review")
    assert review.ui.contents.isHidden() and not review.ui.emptyLabel.isHidden()
    for button in (review.ui.undoButton, review.ui.deleteButton, review.ui.layoutButton, review.ui.snapshotButton):
        button.click()  # nothing happens


def test_the_list(tab):
    from IVDSegmentationLib.measurement import measure_discs
    from IVDSegmentationLib.measurement.repeatability import SMALLEST_DETECTABLE

    error = SMALLEST_DETECTABLE["middle_height_mm"].any
    assert shown_levels(tab) == NAMES == in_the_scene(tab)
    result = tab.session.result
    (measured,) = measure_discs(result.labels, only=[1])
    bottom = tab.list.row_of_label(1)
    texts = [tab.ui.discTable.item(bottom, column).text() for column in range(2, 5)]
    assert texts == [f"{measured.middle_height_mm:.1f} ± {error:.1f}", f"{result.discs[0].volume_mm3 / 1000:.1f}", "98 %"]
    assert "Lordosis L1-S1: " in tab.ui.lordosisLabel.text and tab.ui.lordosisLabel.text.endswith(" ± 2°")
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
    from IVDSegmentationLib.scene.nodes import is_reviewed

    choose(tab, 1)
    tab.ui.acceptButton.click()
    assert is_reviewed(tab.session.nodes, 1) and tab.list.current == 2
    assert tab.ui.discTable.item(tab.list.row_of_label(1), 6).text() == "✓"
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
    from PySide6.QtGui import QShortcut

    tab.ui.discTable.item(tab.list.row_of_label(2), 0).setCheckState(qt.Qt.Unchecked)
    assert not is_visible(tab.session.nodes, 2) and is_visible(tab.session.nodes, 3)
    choose(tab, 2)
    keys = {one.key.toString(): one for one in tab.ui.discTable.findChildren(QShortcut)}
    keys["Space"].activated.emit()
    assert is_visible(tab.session.nodes, 2) and is_visible(tab.session.nodes, 3)


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
    choose(tab, 3)
    combo = tab.ui.levelComboBox
    combo.setCurrentIndex(combo.findText("L4-L5"))
    tab.ui.setLevelButton.click()
    assert in_the_scene(tab) == ["unknown", *NAMES[:5]]
    tab.ui.undoButton.click()
    choose(tab, 6)
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


def test_closing_the_scene_lets_go_of_everything(tab, stub_panel):
    import slicer

    choose(tab, 2)
    tab.ui.editorButton.collapsed = False
    tab.ui.includeButton.checked = True
    centres = tab.session.nodes.centres
    assert centres.HasObserver(centres.PointEndInteractionEvent)
    slicer.mrmlScene.Clear(0)
    assert tab.session.result is None and tab.ui.contents.isHidden()
    assert not tab.ui.includeButton.checked and tab.list.labels == []
    assert not centres.HasObserver(centres.PointEndInteractionEvent)
    for button in (tab.ui.deleteButton, tab.ui.undoButton, tab.ui.addButton):
        button.click()
        assert tab.session.result is None and tab.list.labels == [] and tab.ui.contents.isHidden()


def test_a_mouse_click_on_a_row_chooses_its_disc_once(tab, stub_panel):
    """A real click both selects and clicks: the views jump once. A second click on the same row jumps again."""
    import slicer
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    panel = stub_panel.parent
    panel.resize(390, 900)
    panel.show()
    slicer.app.processEvents()
    chosen, table = [], tab.ui.discTable
    tab.list.chosen.connect(chosen.append)

    def click(label):
        place = table.visualItemRect(table.item(tab.list.row_of_label(label), 1)).center()
        QTest.mouseClick(table.viewport(), Qt.LeftButton, Qt.NoModifier, QPoint(place.x(), place.y()))
        slicer.app.processEvents()

    click(3)
    assert chosen == [3] and tab.list.current == 3
    click(3)
    click(5)
    assert chosen == [3, 3, 5] and tab.list.current == 5
    QTest.keyClick(table, Qt.Key_Down)
    assert chosen == [3, 3, 5, 4] and tab.list.current == 4
    panel.hide()


def with_outlines(tab):
    """The outlines of L4-L5 and L1-L2 are in doubt, the latter more."""
    from dataclasses import replace

    from IVDSegmentationLib.scene.write import add_result
    from IVDSegmentationLib.spine import Grade, Outline

    grades = {2: Outline(Grade.LOOK, 0.82, 0.6), 5: Outline(Grade.POOR, 0.6, 1.4)}
    result, nodes = tab.session.result, tab.session.nodes
    good = Outline(Grade.GOOD, 0.91, 0.4)
    discs = tuple(replace(disc, outline=grades.get(disc.label, good)) for disc in result.discs)
    result = replace(result, discs=discs)
    tab.session.set_result(add_result(nodes.volume, result), result)


def press(tab, key: str) -> None:
    (shortcut,) = (one for one in tab.list._shortcuts if one.key.toString() == key)
    shortcut.activated.emit()


def test_the_outline_is_a_column_with_its_estimate_on_hover(tab):
    with_outlines(tab)
    cells = {label: tab.ui.discTable.item(tab.list.row_of_label(label), 5) for label in range(1, 7)}
    assert [cell.text() for cell in cells.values()] == ["good", "look", "good", "good", "poor", "good"]
    assert "Dice about 0.82, surfaces about 0.6 mm" in cells[2].toolTip()
    tab.actions.move(2, tab.session.result.discs[1].centre_mm_lps)
    cell = tab.ui.discTable.item(tab.list.row_of_label(2), 5)
    assert cell.text() == "edited" and "edited by you" in cell.toolTip(), "the estimate is for the model's outlines"
    others = [tab.ui.discTable.item(tab.list.row_of_label(label), 5).text() for label in (1, 3, 4, 5, 6)]
    assert others == ["good", "good", "good", "poor", "good"], "the others keep theirs"


def test_the_next_doubtful_disc_comes_by_key_and_accepted_ones_step_back(tab):
    with_outlines(tab)
    press(tab, "N")
    assert tab.list.current == 5, "the worst first"
    press(tab, "N")
    assert tab.list.current == 2
    press(tab, "N")
    assert tab.list.current == 5, "around"
    tab.ui.acceptButton.click()
    tab.list.select(1)
    press(tab, "N")
    press(tab, "N")
    assert tab.list.current == 2, "an accepted disc is in doubt no more"
    tab.ui.acceptButton.click()
    tab.list.select(1)
    press(tab, "N")
    assert tab.list.current == 1, "nothing is left to look at"


def test_the_list_is_sorted_by_doubt_and_back(tab):
    with_outlines(tab)
    header = tab.ui.discTable.horizontalHeader()
    header.sectionClicked.emit(5)
    assert tab.list.labels == [5, 2, 6, 4, 3, 1]
    choose(tab, 5)
    tab.ui.acceptButton.click()
    assert tab.list.labels == [2, 6, 4, 3, 1, 5] and tab.list.current == 2, "accepted: last, and on to the next in doubt"
    header.sectionClicked.emit(5)
    assert tab.list.labels == [6, 5, 4, 3, 2, 1]


def test_doubtful_discs_look_provisional_until_they_are_accepted(tab):
    def opacities() -> list[tuple[float, float]]:
        display, labels = tab.session.nodes.segmentation.GetDisplayNode(), range(1, 7)
        ids = [segment_of_label(tab.session.nodes, label) for label in labels]
        return [(display.GetSegmentOpacity2DFill(one), display.GetSegmentOpacity3D(one)) for one in ids]

    from IVDSegmentationLib.scene.nodes import segment_of_label

    with_outlines(tab)
    sure, doubtful = (1.0, 1.0), (0.0, 0.4)
    assert opacities() == [sure, doubtful, sure, sure, doubtful, sure]
    choose(tab, 2)
    tab.ui.acceptButton.click()
    assert opacities() == [sure, sure, sure, sure, doubtful, sure]
