"""The tab Train watches a run: the process is a script that writes what a training would, so that no network is needed."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from .conftest import MODULE, wait_for

SCRIPT = """#!{python}
import json, pathlib, shutil, sys, time
arguments = sys.argv[3:]  # after -m IVDSegmentationLib
folder = pathlib.Path(arguments[1]).parent
if "--use" in arguments:
    shutil.copy({model!r}, {target!r})
    print("clinic 1 can be used now: --model clinic")
    sys.exit(0)
def write(state, **more):
    import os, platform
    (folder / "alive").touch()
    content = dict(state=state, pid=os.getpid(), host=platform.node(), steps=10, **more)
    (folder / "new.json").write_text(json.dumps(content))
    (folder / "new.json").replace(folder / "state.json")
def word():
    return (folder / "control").read_text()
time.sleep(0.5)                       # PyTorch is being imported
(folder / "control").write_text("run")
write("preparing", message="Making phantoms: 1 of 2")
end = time.time() + 300
while word() == "run" and time.time() < end:
    (folder / "alive").touch()
    time.sleep(0.02)
write("paused" if word() == "pause" else "stopped")
while word() == "pause" and time.time() < end:
    (folder / "alive").touch()
    time.sleep(0.02)
write("done", improved={improved})
(folder / "model.safetensors").write_bytes(b"")
time.sleep(0.8)                       # the interpreter ends
"""


@pytest.fixture
def tab(tmp_path, monkeypatch, host):
    import qt
    from IVDSegmentationLib.panels.shared.file_dialogs import FOLDER_SETTING

    monkeypatch.setenv("IVDSEG_MODELS", str(tmp_path / "home" / "models"))
    qt.QSettings().setValue(FOLDER_SETTING, "")
    panel = host.load_module(MODULE).widget
    (tab,) = (tab for tab in panel.tabs if tab.title == "Train")
    yield tab
    tab.process.forget()


def use_script(tab, folder: Path, improved: bool = True, model: str = "", target: str = "") -> None:
    """Let the tab start the script in place of Python."""
    from IVDSegmentationLib.panels.shared.interpreter import Command

    script = folder / "python"
    text = SCRIPT.format(python=sys.executable, improved=improved, model=model, target=target)
    script.write_text(text, encoding="utf-8")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    tab.process._command = lambda: Command(str(script), (), dict(os.environ))


def states_of(tab) -> list[str]:
    states: list[str] = []
    tab.process.changed.connect(lambda state: states.append(state.state))
    return states


@pytest.mark.skipif(os.name == "nt", reason="a script as a program")
def test_pause_and_stop_work_while_phantoms_are_made(tab, tmp_path):
    """Also while PyTorch is still being imported: the word is given once the process listens."""
    use_script(tab, tmp_path)
    states = states_of(tab)
    tab.ui.startButton.click()
    assert states == ["preparing"] and tab.ui.pauseButton.enabled and tab.ui.stopButton.enabled
    tab.ui.pauseButton.click()
    wait_for(lambda: states[-1] == "paused")
    assert tab.ui.pauseButton.text == "Resume" and tab.ui.stopButton.enabled
    tab.ui.pauseButton.click()
    wait_for(lambda: not tab.process.works)
    assert states[-1] == "done"


@pytest.mark.skipif(os.name == "nt", reason="a script as a program")
def test_the_state_does_not_jump_back_while_the_process_ends(tab, tmp_path):
    use_script(tab, tmp_path)
    states, ended = states_of(tab), []
    tab.process.ended.connect(lambda state: ended.append(state.state))
    tab.ui.startButton.click()
    wait_for(lambda: tab.process.state.message.startswith("Making phantoms"))
    tab.ui.stopButton.click()
    wait_for(lambda: states[-1] == "done")
    wait_for(lambda: tab.ui.startButton.enabled)
    after = states[states.index("done") :]
    assert set(after) == {"done"}, "'Preparing' again, while the process was only ending"
    assert ended[-1] == "done" and not tab.process.works


@pytest.mark.skipif(os.name == "nt", reason="a script as a program")
@pytest.mark.parametrize("improved", [True, False])
def test_a_model_that_is_no_better_is_not_offered(tab, tmp_path, improved):
    use_script(tab, tmp_path, improved=improved)
    tab.ui.startButton.click()
    wait_for(lambda: tab.process.state.message.startswith("Making phantoms"))
    tab.ui.stopButton.click()
    wait_for(lambda: not tab.process.works)
    assert not tab.ui.outcomeButton.isHidden()
    assert tab.ui.useButton.isHidden() is not improved and tab.ui.exportButton.isHidden() is not improved
    assert ("the same as the old one" in tab.ui.verdictLabel.text) is not improved


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="a script as a program")
def test_no_words_of_the_command_line_in_the_panel(tab, tmp_path):
    pytest.importorskip("torch")
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))
    from tiny_training import make_model

    model = make_model(tmp_path / "clinic.safetensors", "clinic")
    models = tmp_path / "home" / "models"
    models.mkdir(parents=True)
    use_script(tab, tmp_path, model=str(model), target=str(models / "clinic.safetensors"))
    tab.ui.startButton.click()
    wait_for(lambda: tab.process.state.message.startswith("Making phantoms"))
    tab.ui.stopButton.click()
    wait_for(lambda: not tab.process.works)
    tab.ui.useButton.click()
    wait_for(lambda: tab.ui.useButton.enabled)
    assert "--" not in tab.messages.text and "The model clinic was added" in tab.messages.text
    tab.ui.useButton.click()
    wait_for(lambda: tab.ui.useButton.enabled)
    assert tab.messages.text == "This model is in the list of models already."


def test_one_epoch_of_phantoms_alone_is_counted_sensibly(tab):
    tab.ui.phantomSlider.value = 100
    tab.ui.epochsSpinBox.value = 1
    plan = tab.settings.plan("")
    assert 1 <= plan.config(1).steps <= plan.phantom_count
    assert plan.config(0).steps == plan.config(1).steps, "also without cases"
    tab.ui.epochsSpinBox.value = 3
    assert plan.config(1).steps < tab.settings.plan("").config(1).steps <= 3 * plan.phantom_count


def test_a_training_of_more_than_an_hour_is_asked_about(tab, monkeypatch):
    asked, started = [], []
    monkeypatch.setattr(tab.process, "start", started.append)
    monkeypatch.setattr(tab.session.questions, "about_long_training", lambda duration: asked.append(duration) and False)
    tab.ui.startButton.click()
    assert asked == [] and len(started) == 1
    tab.ui.presetComboBox.currentIndex = 1
    tab.ui.threadsSpinBox.value = 1
    tab.ui.startButton.click()
    assert len(asked) == 1 and asked[0].endswith("h") and len(started) == 1, "declined: nothing is started"
