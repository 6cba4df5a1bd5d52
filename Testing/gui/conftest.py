"""The real module file under the host, with a real worker process: the stub's, unless a test asks for the real one."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULE = ROOT / "IVDSegmentation" / "IVDSegmentation.py"
STUB = ROOT / "Testing" / "gui" / "stub_worker.py"


HANG_GUARD_S = 300.0
"""Longer than anything takes here on a machine that does ten other things; a test that waits for so long has failed."""


def wait_for(condition: Callable[[], bool], seconds: float = HANG_GUARD_S) -> None:
    """Run the event loop until ``condition``. Fails the test where it never comes."""
    import slicer

    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"waited {seconds} s in vain")
        slicer.app.processEvents()
        time.sleep(0.005)


def ended(pid: int) -> bool:
    """Whether a process is gone."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.fixture(autouse=True)
def no_cohort_of_an_earlier_test(host):
    """The tab Cohort opens the folder that was open last."""
    import qt
    from IVDSegmentationLib.panels.cohort.run_section import COHORT_SETTING

    before = qt.QSettings().value(COHORT_SETTING)
    qt.QSettings().setValue(COHORT_SETTING, "")
    yield
    qt.QSettings().setValue(COHORT_SETTING, before or "")


@pytest.fixture
def panel(host):
    """The module's widget with the shipped worker."""
    return host.load_module(MODULE).widget


@pytest.fixture
def stub_panel(panel):
    """The module's widget whose worker is the stub; the model's name says how it behaves."""
    use_stub(panel)
    return panel


def use_stub(panel) -> None:
    from IVDSegmentationLib.panels.shared.interpreter import Command, worker_command

    def command() -> Command:
        return Command(sys.executable, (str(STUB),), worker_command().environment)

    panel.session.worker._command = command


@pytest.fixture
def tab(stub_panel):
    """The tab Segment, talking to the stub."""
    return stub_panel.tabs[0]


def add_volume(name: str = "T2 sagittal", shape: tuple[int, int, int] = (12, 60, 50)):
    """A small sagittal volume node."""
    from IVDSegmentationLib.scene.volumes import add_volume as add
    from IVDSegmentationLib.volume import Volume

    direction = np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    array = np.random.default_rng(1).integers(50, 400, shape).astype(np.int16)
    return add(Volume(array, (2.0, 2.0, 4.0), (20.0, -50.0, 60.0), direction), name)


def run_model(tab, model: str) -> None:
    """Press the button with this model of the stub."""
    tab._parameters.model = model
    tab.ui.segmentButton.click()
