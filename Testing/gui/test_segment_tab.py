"""The tab Segment from the user's side: real module file, real .ui, real child process (a stub without a network)."""

from __future__ import annotations

import os
import signal

import pytest

from .conftest import add_volume, ended, run_model, wait_for

LONG_MS = 60_000


def ids_in_scene() -> list[str]:
    import slicer

    return [slicer.mrmlScene.GetNthNode(n).GetID() for n in range(slicer.mrmlScene.GetNumberOfNodes())]


def test_only_tabs_with_something_in_them_are_shown(panel):
    titles = [panel.ui.tabWidget.tabText(n) for n in range(panel.ui.tabWidget.count)]
    assert titles[0] == "Segment" and len(titles) == len(panel.tabs)


def test_the_empty_panel_says_what_to_do(tab):
    assert not tab.ui.segmentButton.enabled
    assert "Load a spine MR volume" in tab.ui.emptyLabel.text
    assert tab.ui.resultFrame.isHidden() and not tab.ui.emptyFrame.isHidden()
    assert not tab.ui.sampleButton.isHidden()
    assert tab.ui.progressFrame.isHidden() and tab.ui.messageFrame.isHidden()
    assert tab.ui.advancedButton.collapsed


def test_a_loaded_volume_is_chosen_by_itself(tab):
    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    assert tab.ui.volumeSelector.currentNode() is volume
    assert tab.ui.segmentButton.enabled and tab.ui.sampleButton.isHidden()


def test_segment(tab):
    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    stages = []
    tab.job.progressed.connect(lambda stage, fraction: stages.append((stage, tab.ui.progressBar.value)))
    run_model(tab, "quick")
    assert tab.ui.segmentButton.text == "Cancel" and not tab.ui.settingsFrame.enabled
    assert not tab.ui.progressFrame.isHidden() and tab.ui.emptyFrame.isHidden()
    wait_for(lambda: not tab.job.running)
    assert [stage for stage, _ in stages] == ["start", "prepare", "network"]
    values = [value for _, value in stages]
    assert values == sorted(values) and values[-1] > 800
    assert tab.ui.segmentButton.text == "Segment discs" and tab.ui.settingsFrame.enabled
    assert tab.ui.summaryLabel.text.startswith("3 discs, L5-S1 to L3-L4: look at L5-S1 · 0.4 s on CPU")
    assert tab.ui.viewLabel.text == "Lumbar spine: L3 to S1"
    table = tab.ui.discTable
    texts = [table.item(row, 0).text() for row in range(table.rowCount)]
    assert texts == ["L3-L4", "L4-L5", "L5-S1", "⚠ very thin; level uncertain"]
    assert table.item(2, 3).text() == "55 %"
    assert tab.session.nodes.segmentation.GetSegmentation().GetNumberOfSegments() == 3
    assert tab.session.nodes.volume is volume


def test_a_header_that_names_another_body_part_is_told(tab):
    volume = add_volume("7: pd_tse_fs_sag KNEE")
    wait_for(lambda: tab.session.volume is volume)
    run_model(tab, "quick")
    wait_for(lambda: not tab.job.running)
    assert "knee" not in tab.messages.text, "the name of a volume from elsewhere is no header"
    volume.SetAttribute("DICOM.instanceUIDs", "1.2.3.1 1.2.3.2")
    run_model(tab, "quick")
    wait_for(lambda: not tab.job.running)
    assert "The file's header names the body part 'knee', but discs were found." in tab.messages.text


def test_a_click_on_a_disc_moves_the_slice_views(tab, monkeypatch):
    from IVDSegmentationLib.panels.segment import tab as segment_tab

    jumps, heard, shown = [], [], []
    monkeypatch.setattr(segment_tab.views, "show_result", shown.append)
    monkeypatch.setattr(segment_tab.views, "jump_to", lambda nodes, label: jumps.append((nodes, label)))
    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    run_model(tab, "quick")
    wait_for(lambda: not tab.job.running)
    assert jumps == [] and shown == [tab.session.nodes], "a run ends with its result on the screen"
    tab.session.disc_selected.connect(heard.append)
    tab.ui.discTable.selectRow(1)
    assert jumps == [(tab.session.nodes, 2)] and heard == [2]


def test_the_second_click_finds_the_worker_warm(tab):
    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    run_model(tab, "quick")
    wait_for(lambda: not tab.job.running)
    pid = tab.session.worker.pid
    run_model(tab, "quick")
    wait_for(lambda: not tab.job.running)
    assert tab.session.worker.pid == pid != 0


@pytest.mark.parametrize("model", ["slow", "stubborn"])
def test_cancel_and_the_scene_as_before(tab, model):
    """Long before the work would end, which takes the stub two minutes."""
    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    before = ids_in_scene()
    if model == "slow":
        tab.session.worker._grace.setInterval(LONG_MS)  # on a busy machine it may need more than the grace to listen
    run_model(tab, model)
    wait_for(lambda: tab.ui.progressBar.value > 250)
    pid = tab.session.worker.pid
    tab.ui.segmentButton.click()
    wait_for(lambda: not tab.job.running)
    assert ids_in_scene() == before
    assert tab.messages.text == "Cancelled. The scene was not changed."
    assert tab.ui.segmentButton.enabled and tab.ui.segmentButton.text == "Segment discs"
    if model == "slow":
        assert tab.session.worker.pid == pid  # it listened: still warm
    else:
        wait_for(lambda: ended(pid))
    run_model(tab, "quick")
    wait_for(lambda: not tab.job.running)
    assert len(tab.list.labels) == 3


def test_a_result_that_comes_after_the_click_on_cancel_is_not_used(tab):
    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    before = ids_in_scene()
    run_model(tab, "late")
    wait_for(lambda: tab.ui.progressBar.value > 250)
    tab.ui.segmentButton.click()
    wait_for(lambda: not tab.job.running)
    assert ids_in_scene() == before
    assert tab.messages.text == "Cancelled. The scene was not changed."


def test_a_worker_that_cannot_be_started_is_told(tab, tmp_path):
    from IVDSegmentationLib.panels.shared.interpreter import Command

    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    tab.session.worker._command = lambda: Command(str(tmp_path / "gone"), (), {})
    run_model(tab, "quick")
    wait_for(lambda: not tab.job.running)
    assert "could not be started" in tab.messages.text


def test_cancel_while_the_worker_is_being_started(tab):
    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    run_model(tab, "stubborn")
    tab.ui.segmentButton.click()
    wait_for(lambda: not tab.job.running)
    assert tab.messages.text.startswith("Cancelled")


@pytest.mark.skipif(not hasattr(os, "setpriority"), reason="POSIX")
@pytest.mark.parametrize("allowed", [True, False])
def test_the_worker_asks_for_normal_priority(tab, monkeypatch, allowed):
    """Slicer runs at nice 19 on Linux, and its children inherit that."""
    asked = []

    def setpriority(which: int, pid: int, priority: int) -> None:
        asked.append((which, pid, priority))
        if not allowed:
            raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "getpriority", lambda which, pid: 19)
    monkeypatch.setattr(os, "setpriority", setpriority)
    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    run_model(tab, "quick")
    wait_for(lambda: not tab.job.running)
    assert asked == [(os.PRIO_PROCESS, tab.session.worker.pid, 0)] and len(tab.list.labels) == 3


def test_what_the_worker_prints_is_in_slicers_log(tab, caplog):
    caplog.set_level("INFO")
    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    run_model(tab, "noisy")
    wait_for(lambda: not tab.job.running)
    wait_for(lambda: "written by C code" in caplog.text)
    run_model(tab, "memory")
    wait_for(lambda: not tab.job.running)
    assert "DeviceError: The GPU has too little memory" in caplog.text


def test_a_crash_is_survived_and_its_last_words_are_told(tab):
    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    before = ids_in_scene()
    run_model(tab, "crash")
    wait_for(lambda: not tab.job.running)
    assert "ended unexpectedly" in tab.messages.text and ids_in_scene() == before
    assert "the last words of this process" in tab.ui.detailsText.plainText
    run_model(tab, "quick")
    wait_for(lambda: not tab.job.running)
    assert tab.messages.text == "" and len(tab.list.labels) == 3


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="POSIX")
def test_a_killed_worker_is_survived(tab):
    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    run_model(tab, "stubborn")
    wait_for(lambda: tab.ui.progressBar.value > 250)
    os.kill(tab.session.worker.pid, signal.SIGKILL)
    wait_for(lambda: not tab.job.running)
    assert "memory" in tab.messages.text
    run_model(tab, "quick")
    wait_for(lambda: not tab.job.running)
    assert len(tab.list.labels) == 3


def test_an_error_is_told_in_words_with_details_folded(tab):
    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    run_model(tab, "memory")
    wait_for(lambda: not tab.job.running)
    assert tab.messages.text == "The GPU has too little memory. Choose the device 'cpu'."
    assert tab.ui.detailsText.isHidden() and not tab.ui.detailsButton.isHidden()
    tab.ui.detailsButton.click()
    assert not tab.ui.detailsText.isHidden() and "Traceback" in tab.ui.detailsText.plainText


def test_no_disc_is_an_outcome_with_a_name(tab):
    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    before = ids_in_scene()
    run_model(tab, "none")
    wait_for(lambda: not tab.job.running)
    assert tab.messages.text.startswith("No spine was found") and ids_in_scene() == before


def test_closing_the_scene_ends_the_run(tab):
    import slicer

    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    run_model(tab, "stubborn")
    wait_for(lambda: tab.ui.progressBar.value > 250)
    slicer.mrmlScene.Clear(0)
    wait_for(lambda: not tab.job.running)
    assert tab.session.volume is None and tab.ui.resultFrame.isHidden()
    assert tab.messages.text == "", "nothing to report in an empty scene"


def test_a_volume_removed_during_the_run_is_no_crash(tab):
    import slicer

    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    run_model(tab, "quick")
    slicer.mrmlScene.RemoveNode(volume)
    wait_for(lambda: not tab.job.running)
    assert "removed from the scene" in tab.messages.text


def test_the_form_and_the_parameters_agree(tab):
    parameters = tab._parameters
    tab.ui.thresholdSlider.value = 0.35
    tab.ui.threadsSpinBox.value = 2
    tab.ui.deviceComboBox.currentIndex = 2
    assert (parameters.threshold, parameters.threads, parameters.device) == (0.35, 2, "cpu")
    assert tab.settings().options["threshold"] == 0.35 and tab.settings().threads == 2
    tab.ui.defaultsButton.click()
    assert (parameters.threshold, parameters.threads, parameters.device) == (0.5, 0, "cpu")
    assert tab.ui.thresholdSlider.value == 0.5 and tab.settings().threads is None


def test_cleanup_leaves_no_process(stub_panel, host):
    tab = stub_panel.tabs[0]
    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    run_model(tab, "stubborn")
    wait_for(lambda: tab.ui.progressBar.value > 250)
    pid = tab.session.worker.pid
    host.unload_module("IVDSegmentation")
    wait_for(lambda: ended(pid))


def test_entering_the_module_warms_the_worker_up(stub_panel):
    from IVDSegmentationLib.worker.client import State

    tab = stub_panel.tabs[0]
    stub_panel.enter()
    assert tab.session.worker.state is State.STOPPED  # no volume: nothing to be warm for
    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    stub_panel.enter()
    wait_for(lambda: tab.session.worker.state is State.IDLE)
    assert tab.ui.segmentButton.text == "Segment discs" and tab.messages.text == ""


def test_a_worker_that_nobody_needs_is_sent_home(stub_panel):
    from IVDSegmentationLib.worker.client import State

    tab = stub_panel.tabs[0]
    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    run_model(tab, "stubborn")
    wait_for(lambda: tab.ui.progressBar.value > 250)
    stub_panel.exit()
    stub_panel.restWorker()
    assert tab.session.worker.state is State.BUSY  # at work: left alone
    tab.ui.segmentButton.click()
    wait_for(lambda: not tab.job.running)
    run_model(tab, "quick")
    wait_for(lambda: not tab.job.running)
    stub_panel.restWorker()
    assert tab.session.worker.state is State.STOPPED


def test_reload_drops_the_library(stub_panel, monkeypatch):
    import sys

    from host.slicer_modules.scripted_module import ScriptedLoadableModuleWidget

    kept = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "IVDSegmentationLib"}
    seen = []

    def reload(widget):
        seen.extend(name for name in sys.modules if name.split(".")[0] == "IVDSegmentationLib")

    monkeypatch.setattr(ScriptedLoadableModuleWidget, "onReload", reload, raising=False)
    try:
        stub_panel.onReload()
        assert kept and seen == []
    finally:
        sys.modules.update(kept)


def test_all_flags_are_shown_in_words(tab):
    from IVDSegmentationLib.panels.shared import texts
    from IVDSegmentationLib.spine import Disc, Flag

    disc = Disc(1, (0.0, 0.0, 0.0), 1.0, 0.5, flags=tuple(Flag))
    lines = texts.flag_lines(disc, lambda line: len(line) <= 58)
    assert all(len(line) <= 58 for line in lines) and len(lines) < len(Flag)
    assert all(flag.text in " ".join(lines) for flag in Flag)


def test_places_have_the_letters_of_the_patients_sides(tab):
    """LPS: the first axis grows to the patient's left, the second to the back, the third to the head."""
    from IVDSegmentationLib.panels.shared import texts

    assert texts.place((2.4, 34.4, 12.6)) == "L2 P34 S13"
    assert texts.place((-2.4, -34.4, -12.6)) == "R2 A34 I13"
    assert texts.exact_place((2.14, -34.0, 12.5)) == "L 2.1, A 34.0, S 12.5 mm"
