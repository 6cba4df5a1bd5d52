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
