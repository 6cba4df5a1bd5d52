"""A second run never takes edits away unasked."""

from __future__ import annotations

import pytest

from .conftest import add_volume, run_model, wait_for


class Answer:
    """Answers instead of the user and counts the questions."""

    def __init__(self, decision) -> None:
        self.decision, self.asked = decision, []

    def about_edited_result(self, name: str):
        self.asked.append(name)
        return self.decision


@pytest.fixture
def segmented(tab):
    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    run_model(tab, "quick")
    wait_for(lambda: not tab.job.running)
    return tab


def answer(tab, name: str) -> Answer:
    from IVDSegmentationLib.panels.shared.questions import Decision

    tab.job._questions = Answer(Decision[name])
    return tab.job._questions


def results(tab) -> list:
    from IVDSegmentationLib.scene.nodes import existing_results

    return existing_results(tab.session.volume)


def edit(tab) -> None:
    """Move a centre, as a user would drag it."""
    tab.session.nodes.centres.SetNthControlPointPosition(0, 1.0, 2.0, 3.0)


def test_an_unedited_result_is_replaced_unasked(segmented):
    questions, before = answer(segmented, "CANCEL"), segmented.session.nodes
    run_model(segmented, "quick")
    wait_for(lambda: not segmented.job.running)
    assert questions.asked == [] and len(results(segmented)) == 1
    assert segmented.session.nodes.segmentation is before.segmentation


@pytest.mark.parametrize(("decision", "count"), [("KEEP_BOTH", 2), ("REPLACE", 1)])
def test_an_edited_result_is_asked_about(segmented, decision, count):
    questions = answer(segmented, decision)
    edit(segmented)
    run_model(segmented, "quick")
    wait_for(lambda: not segmented.job.running)
    assert questions.asked == ["T2 sagittal"] and len(results(segmented)) == count
    assert segmented.session.nodes.segmentation is results(segmented)[-1].segmentation


def test_cancelling_the_question_starts_nothing(segmented):
    answer(segmented, "CANCEL")
    edit(segmented)
    run_model(segmented, "quick")
    assert not segmented.job.running and segmented.ui.segmentButton.text == "Segment discs"
    assert len(results(segmented)) == 1


def test_an_edit_made_during_the_run_is_kept(segmented):
    questions = answer(segmented, "CANCEL")
    run_model(segmented, "quick")
    edit(segmented)
    wait_for(lambda: not segmented.job.running)
    assert questions.asked == [] and len(results(segmented)) == 2


def test_choosing_another_volume_shows_its_own_result(segmented):
    first = segmented.session.nodes
    other = add_volume("T1")
    segmented.ui.volumeSelector.setCurrentNode(other)
    assert segmented.session.result is None and segmented.ui.resultFrame.isHidden()
    segmented.ui.volumeSelector.setCurrentNode(first.volume)
    assert segmented.session.nodes.segmentation is first.segmentation and len(segmented.list.labels) == 3


def test_the_probability_map_can_be_kept(segmented):
    import slicer

    segmented._parameters.keepProbability = True
    run_model(segmented, "quick")
    wait_for(lambda: not segmented.job.running)
    node = slicer.util.getNode("T2 sagittal disc probability")
    assert slicer.util.arrayFromVolume(node).max() == 1.0


def test_the_window_stays_alive_while_a_result_is_written(tab):
    """The nodes are made in many turns of the event loop. Also those of a second run."""
    import qt

    volume = add_volume(shape=(40, 200, 160))
    wait_for(lambda: tab.session.volume is volume)
    for _turn in range(2):
        ticks: list[None] = []
        clock = qt.QTimer()
        clock.setInterval(0)
        clock.connect("timeout()", lambda ticks=ticks: ticks.append(None))
        tab.session.writing_changed.connect(lambda writing, clock=clock: clock.start() if writing else clock.stop())
        run_model(tab, "quick")
        wait_for(lambda: not tab.job.running)
        clock.stop()
        assert len(ticks) >= 6, "one turn for each disc, one for the centres, the table, the undo step"
    assert len(tab.list.labels) == 3


@pytest.mark.parametrize("second", [False, True])
def test_cancel_while_the_result_is_written_leaves_the_scene_as_it_was(tab, second):
    import slicer
    from IVDSegmentationLib.scene.result import result_of_nodes

    from .test_segment_tab import ids_in_scene

    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    if second:
        run_model(tab, "quick")
        wait_for(lambda: not tab.job.running)
    before, result = ids_in_scene(), tab.session.result
    steps = []
    tab.session.writing_changed.connect(lambda writing: steps.append(writing))
    run_model(tab, "quick")
    wait_for(lambda: bool(steps))
    for _ in range(4):
        slicer.app.processEvents()  # a step each
    assert steps == [True]
    tab.ui.segmentButton.click()
    assert not tab.job.running and steps == [True, False]
    assert tab.messages.text == "Cancelled. The scene was not changed." and ids_in_scene() == before
    if second:
        now = result_of_nodes(tab.session.nodes)
        assert (now.labels.array == result.labels.array).all() and len(now.discs) == len(result.discs)


def test_a_volume_chosen_while_its_result_is_written_shows_what_is_there_in_the_end(tab):
    import slicer
    from IVDSegmentationLib.panels.shared.questions import Decision
    from IVDSegmentationLib.scene.result import result_of_nodes

    volume, other = add_volume(), add_volume("other")
    tab._parameters.volume = volume
    wait_for(lambda: tab.session.volume is volume)
    run_model(tab, "quick")
    wait_for(lambda: not tab.job.running)
    first = tab.session.nodes.segmentation.GetSegmentation()
    first.RemoveSegment("disc_1")
    wait_for(lambda: len(tab.session.result.discs) == 2)
    tab.job._questions = Answer(Decision.REPLACE)
    run_model(tab, "quick")
    wait_for(lambda: tab.session.writing)
    wait_for(lambda: first.GetNumberOfSegments() == 3)
    tab.job._writing._timer.stop()
    for node in (other, volume):
        tab._parameters.volume = node
        slicer.app.processEvents()
    assert tab.session.writing and len(tab.session.result.discs) == 3
    tab.ui.segmentButton.click()
    assert len(result_of_nodes(tab.session.nodes).discs) == len(tab.session.result.discs) == len(tab.list.labels) == 2


def test_a_scene_closed_while_the_result_is_written(tab):
    import slicer

    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    steps = []
    tab.session.writing_changed.connect(lambda writing: steps.append(writing))
    run_model(tab, "quick")
    wait_for(lambda: bool(slicer.util.getNodesByClass("vtkMRMLSegmentationNode")))
    slicer.mrmlScene.Clear(0)
    wait_for(lambda: not tab.job.running)
    assert slicer.util.getNodesByClass("vtkMRMLSegmentationNode") == [] and tab.messages.text == ""
