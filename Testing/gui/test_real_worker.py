"""The whole job as a user does it: the sample, the button, the bundled network in the shipped worker."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

from .conftest import wait_for

pytestmark = pytest.mark.slow

def ids_in_scene() -> set[str]:
    import slicer

    return {slicer.mrmlScene.GetNthNode(n).GetID() for n in range(slicer.mrmlScene.GetNumberOfNodes())}


def test_the_sample_from_click_to_discs(panel):
    """Segment, warm second click, Cancel in mid-network, kill -9 in mid-network, and once more."""
    import slicer
    from IVDSegmentationLib.synthesis import sample_phantom

    tab = panel.tabs[0]
    tab.ui.sampleButton.click()
    assert tab.session.volume is not None and tab.ui.segmentButton.enabled
    stages = []
    tab.job.progressed.connect(lambda stage, fraction: stages.append((stage, tab.ui.progressBar.value)))

    tab.ui.segmentButton.click()
    wait_for(lambda: not tab.job.running)
    assert tab.session.result is not None, tab.messages.text
    assert [stage for stage, _ in stages] == sorted([stage for stage, _ in stages], key=_order)
    assert {"load", "prepare", "network", "postprocess"} <= {stage for stage, _ in stages}
    assert [value for _, value in stages] == sorted(value for _, value in stages)
    assert tab.ui.summaryLabel.text.startswith(f"{len(tab.list.labels)} discs, ")

    found = np.array([disc.centre_mm_lps for disc in tab.session.result.discs])
    truth = sample_phantom().labels
    for label in range(2, 8):  # levels are the business of the module's own test
        centre = truth.lps_of_ijk(np.argwhere(truth.array == label).mean(axis=0)[::-1])
        assert np.linalg.norm(found - centre, axis=1).min() < 3.0, label
    labels = tab.list.labels

    pid = tab.session.worker.pid
    tab.ui.discTable.selectRow(0)  # jumps all slice views: nothing may fail
    stages.clear()
    tab.ui.segmentButton.click()
    wait_for(lambda: not tab.job.running)
    assert tab.session.worker.pid == pid
    assert "load" not in {stage for stage, _ in stages}  # still warm: nothing was imported or loaded again
    before = ids_in_scene()

    at_the_network(tab, tab.ui.segmentButton.click)
    tab.ui.segmentButton.click()
    wait_for(lambda: not tab.job.running)
    assert ids_in_scene() == before and tab.messages.text.startswith("Cancelled")

    if hasattr(signal, "SIGKILL"):
        at_the_network(tab, lambda: os.kill(tab.session.worker.pid, signal.SIGKILL))
        tab.ui.segmentButton.click()
        wait_for(lambda: not tab.job.running)
        assert ids_in_scene() == before and "ended unexpectedly" in tab.messages.text
        tab.ui.segmentButton.click()
        wait_for(lambda: not tab.job.running)
        assert tab.list.labels == labels
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 1


def at_the_network(tab, act) -> None:
    """``act`` as soon as the next run is said to have come to its network, before anything else of it is heard."""

    def listen(stage: str, _fraction: float) -> None:
        if stage == "network":
            tab.job.progressed.disconnect(listen)
            act()

    tab.job.progressed.connect(listen)


def test_a_volume_without_a_spine_adds_nothing_to_the_scene(panel):
    """Through the panel's button and the shipped worker with the bundled network."""
    from IVDSegmentationLib.scene.volumes import add_volume
    from IVDSegmentationLib.synthesis.negatives import synthesize_negative

    tab = panel.tabs[0]
    node = add_volume(synthesize_negative(9_702_001, "joint").image, "joint")
    wait_for(lambda: tab.session.volume is node)
    before = ids_in_scene()
    tab.ui.segmentButton.click()
    wait_for(lambda: not tab.job.running)
    assert tab.messages.text.startswith("No spine was found in this volume")
    assert ids_in_scene() == before
    assert tab.session.result is None and tab.ui.resultFrame.isHidden()


def _order(stage: str) -> int:
    return ["start", "load", "prepare", "network", "postprocess"].index(stage)


def test_the_modules_own_test(host):
    """What Slicer runs as the module's self test."""
    from .conftest import MODULE

    loaded = host.load_module(MODULE)
    loaded.instance.runTest(msec=1)
