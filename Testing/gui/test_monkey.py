"""Every button of all four tabs, clicks, drags and edits by hand in a random order; nothing may break at any step."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .cohort_cases import make_cohort
from .conftest import use_stub, wait_for
from .review.review_cases import Answers, spine_scan
from .stub_training import write_package


@pytest.fixture(scope="module")
def scan():
    return spine_scan((2.5, 2.5, 5.0))


class RandomAnswers(Answers):
    """Stands for the dialogs and questions; cancels now and then."""

    def __init__(self, folder: Path, random) -> None:
        super().__init__(folder)
        self.random = random

    def save_as(self, title: str, name: str, kinds: str) -> str:
        return str(self.root / name) if self.random.random() < 0.7 else ""

    def folder(self, title: str, start: str) -> str:
        return str(self.root / "training") if self.random.random() < 0.7 else ""

    def open_file(self, title: str, kinds: str) -> str:
        return ""

    def about_unsaved_scan(self, name: str):
        from IVDSegmentationLib.panels.shared.questions import Unsaved

        return self.random.choice(list(Unsaved))

    def export(self, why_no_dicom: str):
        from IVDSegmentationLib.panels.shared.file_dialogs import ExportChoice

        return self.random.choice([None, ExportChoice(str(self.root / "export"), labels=True, centres=True, csv=True)])

    def about_edited_result(self, name: str):
        from IVDSegmentationLib.panels.shared.questions import Decision

        return self.random.choice(list(Decision))

    def about_long_training(self, duration: str) -> bool:
        return self.random.random() < 0.5


@pytest.fixture
def cage(host, scan, tmp_path, monkeypatch):
    """A panel with two volumes, a result on each, a worker and a training that are stand-ins."""
    import qt
    from IVDSegmentationLib.panels.shared.file_dialogs import FOLDER_SETTING
    from IVDSegmentationLib.panels.shared.interpreter import Command, worker_command
    from IVDSegmentationLib.scene.volumes import add_volume
    from IVDSegmentationLib.scene.write import add_result

    from .conftest import MODULE

    monkeypatch.setenv("IVDSEG_MODELS", str(tmp_path / "home" / "models"))
    before = qt.QSettings().value(FOLDER_SETTING)
    qt.QSettings().setValue(FOLDER_SETTING, "")
    panel = host.load_module(MODULE).widget
    use_stub(panel)
    train = next(tab for tab in panel.tabs if tab.title == "Train")
    stub = write_package(tmp_path / "stub")
    real = worker_command()
    cohort = next(tab for tab in panel.tabs if tab.title == "Cohort")
    for process in (train.process, cohort.run):
        process._command = lambda: Command(real.program, (), {**real.environment, "PYTHONPATH": str(stub)})
    result, image = scan
    for name in ("first", "second"):
        volume = add_volume(image, name)
        add_result(volume, result)
    panel.tabs[0].ui.volumeSelector.setCurrentNode(volume)
    wait_for(lambda: panel.session.nodes is not None)
    yield panel
    if train.process.works:
        train.process.stop()
        wait_for(lambda: not train.process.works)
    qt.QSettings().setValue(FOLDER_SETTING, before or "")


def release(panel, host, tmp_path, seed: int, steps: int) -> list[str]:
    """Let the monkey go; its log, also in the file that IVD_MONKEY_LOG names."""
    from .monkey import Monkey

    monkey = Monkey(panel, host, seed)
    answers = RandomAnswers(tmp_path, monkey.random)
    segment, review, train, cohort = panel.tabs
    segment.job._questions = panel.session.questions = answers
    review.files.dialogs = review.training_set._dialogs = answers
    train.dialogs = train.cases._dialogs = train.outcome._dialogs = answers
    train.outcome.ask_model_file = lambda: ""
    cohort.dialogs = cohort.run_section.dialogs = cohort.training.dialogs = answers
    cohort.open_file = lambda path: None
    cohort.run_section.attach(
        make_cohort(tmp_path / "cohort", {"calm": 0.1, "odd": 0.9, "so-so": 0.4}, {"bad": "It is no image."})
    )
    try:
        monkey.run(steps)
    finally:
        if path := os.environ.get("IVD_MONKEY_LOG"):
            Path(path).write_text("\n".join(monkey.log) + "\n", "utf-8")
    return monkey.log


def test_sixty_random_steps(cage, host, tmp_path):
    assert len(release(cage, host, tmp_path, seed=1, steps=60)) == 60


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_five_hundred_random_steps(cage, host, tmp_path, seed):
    log = release(cage, host, tmp_path, seed=seed, steps=500)
    pressed = {line.split()[1] for line in log if "." in line.split()[1]}
    assert len(pressed) >= 40, "most buttons of all tabs were pressed"
