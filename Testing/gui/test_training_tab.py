"""The tab Train from the user's side: real module file, real .ui, real training of a tiny network in a real process."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))
from tiny_training import ADVANCED, ARGUMENTS, make_cases, make_model, spine  # noqa: E402

from .conftest import wait_for  # noqa: E402


class Answers:
    """Answers what dialogs would ask."""

    def __init__(self) -> None:
        self.folders: list[str] = []
        self.file = ""

    def folder(self, title: str, start: str) -> str:
        return self.folders.pop(0) if self.folders else ""

    def save_as(self, title: str, name: str, kinds: str) -> str:
        return self.file


@pytest.fixture
def tab(tmp_path, monkeypatch, host):
    import qt
    from IVDSegmentationLib.panels.shared.file_dialogs import FOLDER_SETTING

    from .conftest import MODULE

    monkeypatch.setenv("IVDSEG_MODELS", str(tmp_path / "home" / "models"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    before = qt.QSettings().value(FOLDER_SETTING)
    qt.QSettings().setValue(FOLDER_SETTING, "")
    make_model(tmp_path / "home" / "models" / "tiny.safetensors")
    panel = host.load_module(MODULE).widget
    tab = next(tab for tab in panel.tabs if tab.title == "Train")
    answers = Answers()
    tab.dialogs = tab.cases._dialogs = tab.outcome._dialogs = answers
    tab.answers, tab.panel = answers, panel
    tab.settings._extra = {"check_phantoms": 0, "network_arguments": ARGUMENTS, "advanced": ADVANCED}
    yield tab
    if tab.process.works:
        tab.process.stop()
        wait_for(lambda: not tab.process.works)
    qt.QSettings().setValue(FOLDER_SETTING, before or "")


def open_cases(tab, folder: Path) -> None:
    tab.answers.folders = [str(folder)]
    tab.ui.folderButton.click()


def prepare(tab, folder: Path, **advanced) -> None:
    """A tiny training on the cases, starting from the tiny model."""
    open_cases(tab, folder)
    tab.ui.phantomSlider.value = 0
    assert tab.settings._start.choose("tiny")
    tab.ui.nameEdit.text = "clinic"
    tab.settings._extra["advanced"] = ADVANCED | advanced


def run_to_end(tab) -> None:
    wait_for(lambda: not tab.process.works)


def test_the_empty_tab_says_what_to_do(tab):
    assert "Choose a folder for your cases" in tab.ui.casesEmptyLabel.text
    assert tab.ui.caseTable.isHidden() and tab.ui.outcomeButton.isHidden() and tab.ui.progressFrame.isHidden()
    assert tab.ui.advancedButton.collapsed and "min" in tab.ui.estimateLabel.text
    tab.ui.phantomSlider.value = 0
    tab.ui.startButton.click()
    assert "no training data" in tab.messages.text


def test_cases_have_pictures_and_roles(tab, tmp_path):
    open_cases(tab, make_cases(tmp_path / "cases"))
    table = tab.ui.caseTable
    assert table.rowCount == 3 and table.item(0, 2).text() == "4: L5-S1 … L2-L3"
    assert tab.ui.casesCountLabel.text == "2 for training, 1 for validation, 0 left out"
    wait_for(lambda: not table.item(2, 0).icon().isNull())
    tab.cases._roles[0]._box.currentIndex = 2
    assert tab.ui.casesCountLabel.text == "1 for training, 1 for validation, 1 left out"
    assert tab.cases.records[0].role == "left out"
    tab.cases.refresh()
    assert tab.cases.records[0].role == "left out"  # written down


def test_scans_are_imported_and_refused_in_words(tab, tmp_path):
    from IVDSegmentationLib.volume.write import write_volume

    source = tmp_path / "source"
    source.mkdir()
    for seed, name in enumerate(("a", "b")):
        image, labels = spine(seed=seed)
        write_volume(image, source / f"{name}.nii.gz")
        write_volume(labels.with_array(labels.array * (name == "a")), source / f"{name}_labels.nii.gz")
    tab.answers.folders = [str(source), str(tmp_path / "cases")]
    tab.ui.importButton.click()
    assert tab.ui.caseTable.rowCount == 1
    assert "1 added, 1 refused" in tab.messages.text and "b was refused: No disc is labelled" in tab.messages.text
    tab.ui.caseTable.selectRow(0)
    tab.ui.removeButton.click()
    assert tab.ui.caseTable.rowCount == 0


def test_discs_of_the_open_scene_are_added(tab, tmp_path):
    """A segmentation that somebody drew, its segments named by level; the volume's name is kept only when ticked."""
    import slicer
    from IVDSegmentationLib.scene.volumes import add_volume

    image, labels = spine((2, 3))
    node = add_volume(image, "Jane Doe")
    wait_for(lambda: tab.session.volume is node)
    assert not tab.ui.addButton.enabled
    segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    segmentation.CreateDefaultDisplayNodes()
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(node)
    for label, name in ((2, "L4-L5"), (3, "L3/L4 disc")):
        segment_id = segmentation.GetSegmentation().AddEmptySegment("", name)
        mask = (labels.array == label).astype("uint8")
        slicer.util.updateSegmentBinaryLabelmapFromArray(mask, segmentation, segment_id, node)
    tab.enter()
    assert tab.ui.addButton.enabled
    tab.answers.folders = [str(tmp_path / "cases")]
    tab.ui.addButton.click()
    assert tab.ui.caseTable.item(0, 1).text() == "case-001", tab.messages.text
    assert tab.cases.records[0].discs == ("L4-L5", "L3-L4")
    tab.ui.addButton.click()
    assert "already, as case-001" in tab.messages.text


@pytest.mark.slow
def test_train_judge_and_use(tab, tmp_path):
    """From the button to a model in the list of the tab Segment; closing the panel in between changes nothing."""
    import slicer
    from IVDSegmentationLib.network.weights import available_models

    prepare(tab, make_cases(tmp_path / "cases"), steps=30, validate_every=10)
    tab.ui.startButton.click()
    assert not tab.ui.startButton.enabled and not tab.ui.modelButtonContents.enabled
    run_to_end(tab)
    assert tab.process.state.state == "done", tab.process.last_output()
    steps, losses = tab.process.reader.curves.of("loss")
    assert steps[-1] == 30 and sum(losses[-5:]) < sum(losses[:5])
    charts = [n.GetName() for n in slicer.util.getNodesByClass("vtkMRMLPlotChartNode")]
    assert {"Training: Loss", "Training: Dice"} <= set(charts)
    table = slicer.util.getNode("Training: Loss (table)")
    tab.ui.lossButton.click()
    assert table.GetNumberOfRows() == 30
    assert not tab.ui.validationPicture.isHidden() and not tab.ui.outcomeButton.isHidden()
    table = tab.ui.judgeTable
    lines = [table.item(row, 0).text().strip() for row in range(table.rowCount)]
    assert lines[:5] == ["validation cases (4 discs)", "MLD mm", "within 2 mm", "Dice", "MAAD mm"]
    assert table.horizontalHeaderItem(2).text() == "clinic" and "validation cases" in tab.ui.verdictLabel.text
    tab.ui.useButton.click()
    wait_for(lambda: tab.ui.useButton.enabled)
    assert "clinic" in tab.messages.text and "clinic" in [card.name for card in available_models()]
    assert tab.panel.tabs[0]._model.choose("clinic")  # the tab Segment offers it at once
    tab.answers.file = str(tmp_path / "gift.safetensors")
    tab.ui.exportButton.click()
    assert (tmp_path / "gift.safetensors").is_file() and "Exported to" in tab.messages.text
    (tmp_path / "bad.safetensors").write_bytes(b"something else")
    tab.outcome.ask_model_file = lambda: str(tmp_path / "bad.safetensors")
    tab.ui.importModelButton.click()
    wait_for(lambda: tab.ui.importModelButton.enabled)
    assert "is not a model of this extension" in tab.messages.text


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill")
@pytest.mark.slow
def test_pause_kill_resume_and_stop(tab, tmp_path):
    from IVDSegmentationLib.panels.train.process import TrainingProcess

    prepare(tab, make_cases(tmp_path / "cases"), steps=5000, validate_every=2000)
    tab.ui.startButton.click()
    wait_for(lambda: tab.process.state.state == "training" and tab.process.state.step > 1)
    tab.ui.pauseButton.click()
    wait_for(lambda: tab.process.state.state == "paused")
    assert tab.ui.pauseButton.text == "Resume" and tab.ui.stateLabel.text.startswith("Paused")
    step = tab.process.state.step
    tab.ui.pauseButton.click()
    wait_for(lambda: tab.process.state.state == "training" and tab.process.state.step > step)

    other = TrainingProcess()  # a panel that was closed and opened again finds the run
    other.attach(tab.process.folder.path)
    assert other.works and other.state.pid == tab.process.state.pid
    other.forget()

    os.kill(tab.process.state.pid, signal.SIGKILL)
    wait_for(lambda: not tab.process.works)
    assert tab.ui.pauseButton.text == "Resume" and tab.ui.pauseButton.enabled
    tab.ui.pauseButton.click()
    wait_for(lambda: tab.process.state.state == "training" and tab.process.state.step > step)
    tab.ui.stopButton.click()
    run_to_end(tab)
    assert tab.process.state.state == "stopped" and tab.process.folder.model.is_file()
    assert not tab.ui.outcomeButton.isHidden()


@pytest.mark.slow
def test_a_broken_case_is_told(tab, tmp_path):
    from IVDSegmentationLib.volume.write import write_volume

    cases = make_cases(tmp_path / "cases")
    image, labels = spine(seed=1)
    write_volume(labels.with_array(labels.array * 0), cases / "case-002" / "labels.nii.gz")
    prepare(tab, cases)
    tab.ui.startButton.click()
    run_to_end(tab)
    assert "case-002 cannot be used: No disc is labelled" in tab.messages.text
    wait_for(lambda: tab.ui.startButton.enabled)  # when the panel has seen that the process is gone
    assert tab.ui.pauseButton.text == "Resume"


@pytest.mark.slow
def test_measured_estimate(tab, tmp_path):
    prepare(tab, make_cases(tmp_path / "cases"))
    tab.ui.measureButton.click()
    wait_for(lambda: tab.ui.measureButton.enabled)
    assert tab.ui.estimateLabel.text.startswith("Measured:"), tab.messages.text
