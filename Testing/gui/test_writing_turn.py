"""A scan of a cohort comes into the scene while a segmentation ends: results are made in steps, one after the other."""

from __future__ import annotations

import pytest

from .conftest import add_volume, run_model, use_stub, wait_for
from .test_cohort_tab import cohort, opened, tab, volumes_in_scene  # noqa: F401 - fixtures


@pytest.fixture
def segment(tab):  # noqa: F811
    """The tab Segment of the same panel, with a small volume chosen."""
    use_stub(tab.panel)
    volume = add_volume("other")
    tab.session.parameters.volume = volume
    wait_for(lambda: tab.session.volume is volume)
    return tab.panel.tabs[0]


def segmentations() -> list:
    import slicer.util

    return slicer.util.getNodesByClass("vtkMRMLSegmentationNode")


def complete_results() -> list[str]:
    from IVDSegmentationLib.scene.nodes import existing_results

    return sorted(nodes.segmentation.GetName() for nodes in existing_results(None))


def process_events(turns: int = 60) -> None:
    """More than the steps of a result."""
    import slicer

    for _turn in range(turns):
        slicer.app.processEvents()


def half_loaded(tab) -> None:  # noqa: F811
    """Stop where the segmentation of the next doubtful scan is there, but no result yet."""
    before = len(segmentations())
    tab.ui.nextDoubtfulButton.click()
    wait_for(lambda: len(segmentations()) > before)
    tab.review._writing._timer.stop()


def test_a_segmentation_that_ends_while_a_scan_comes_waits_for_it(tab, cohort, segment):  # noqa: F811
    review = next(one for one in tab.panel.tabs if one.title == "Review")
    half_loaded(tab)
    run_model(segment, "quick")
    wait_for(lambda: segment.job._writing.running)
    process_events()
    assert tab.session.writing and not review.ui.contents.enabled, "half of the scan's result is there"
    assert segment.job.running and complete_results() == [] and len(segmentations()) == 1
    tab.review._writing._timer.start()
    opened(tab, "odd")
    wait_for(lambda: not segment.job.running)
    assert complete_results() == ["odd discs", "other discs"] and not tab.session.writing
    assert review.ui.contents.enabled and tab.session.nodes.volume is tab.session.volume
    assert "'other' have been segmented" in segment.messages.text, "the view stays with the scan"
    tab.session.parameters.volume = tab.session.volume.GetScene().GetFirstNodeByName("other")
    wait_for(lambda: tab.session.nodes.segmentation.GetName() == "other discs")


def test_a_scan_that_comes_while_a_result_is_written_waits_for_it(tab, cohort, segment):  # noqa: F811
    run_model(segment, "quick")
    wait_for(lambda: bool(segmentations()))
    segment.job._writing._timer.stop()
    tab.ui.nextDoubtfulButton.click()
    wait_for(lambda: tab.review._writing.running)
    process_events()
    assert volumes_in_scene() == ["other"]
    segment.job._writing._timer.start()
    opened(tab, "odd")
    assert complete_results() == ["odd discs", "other discs"] and not segment.job.running


def test_a_scan_whose_result_is_being_written_is_not_saved(tab, cohort, segment):  # noqa: F811
    """The cohort's scan is segmented again: half a result is no correction of the user's."""
    from IVDSegmentationLib.panels.shared.questions import Unsaved

    tab.ui.nextDoubtfulButton.click()
    opened(tab, "odd")
    run_model(segment, "quick")
    wait_for(lambda: tab.session.writing)
    segment.job._writing._timer.stop()
    assert not tab.bar_ui.acceptNextButton.isEnabled() and not tab.bar_ui.skipButton.isEnabled()
    assert "not saved" not in tab.bar_ui.scanLabel.text
    tab.ui.nextDoubtfulButton.click()
    wait_for(lambda: tab.review._writing.running)
    assert tab.answers.asked == []
    segment.job._writing._timer.start()
    tab.answers.unsaved = Unsaved.CANCEL
    wait_for(lambda: not tab.review.loading)
    assert tab.answers.asked == ["odd"] and tab.bar_ui.acceptNextButton.text == "Save and next"
    assert tab.bar_ui.acceptNextButton.isEnabled() and tab.review.is_unsaved


def test_a_scan_whose_volume_is_deleted_while_it_comes_leaves_nothing(tab, cohort):  # noqa: F811
    import slicer
    import slicer.util

    half_loaded(tab)
    slicer.mrmlScene.RemoveNode(slicer.util.getNode("odd"))
    tab.review._writing._timer.start()
    wait_for(lambda: not tab.review.loading)
    assert "odd could not be opened" in tab.messages.text and tab.review.current is None
    assert segmentations() == [] and volumes_in_scene() == [] and not tab.session.writing
