"""Which Python runs the worker, in Slicer and elsewhere."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest


@pytest.fixture
def interpreter(host):
    from IVDSegmentationLib.panels.shared import interpreter

    return interpreter


def make(folder: Path, name: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    return str(path)


def test_python_slicer_on_the_path(interpreter, tmp_path):
    launcher = make(tmp_path, "bin/PythonSlicer")
    assert interpreter.find_python(lambda name: launcher, "/elsewhere/Slicer", False) == (launcher, True)


def test_python_slicer_beside_the_application(interpreter, tmp_path):
    application, launcher = make(tmp_path, "bin/SlicerApp-real"), make(tmp_path, "bin/PythonSlicer")
    assert interpreter.find_python(lambda name: None, application, False) == (launcher, True)


def test_windows_calls_the_python_behind_the_launcher(interpreter, tmp_path):
    launcher, real = make(tmp_path, "bin/PythonSlicer.exe"), make(tmp_path, "bin/python-real.exe")
    assert interpreter.find_python(lambda name: launcher, "", True) == (real, True)


def test_an_ordinary_python_elsewhere(interpreter):
    assert interpreter.find_python(lambda name: None) == (sys.executable, False)


def test_none_at_all_is_said_in_words(interpreter):
    with pytest.raises(interpreter.NoInterpreter, match="PythonSlicer"):
        interpreter.find_python(lambda name: None, "/opt/Slicer/Slicer", False)


def test_the_library_comes_first_on_the_path(interpreter):
    command = interpreter.worker_command(("/x/PythonSlicer", True), {"PYTHONPATH": "/theirs", "HOME": "/home/x"})
    first, second = command.environment["PYTHONPATH"].split(os.pathsep)
    assert (Path(first) / "IVDSegmentationLib").is_dir() and second == "/theirs"
    assert command.environment["HOME"] == "/home/x"
    assert (command.program, command.arguments) == ("/x/PythonSlicer", ("-m", "IVDSegmentationLib.worker"))


def test_numpy_has_one_thread_unless_the_user_chose_more(interpreter):
    of = lambda own: interpreter.worker_command(("/x/PythonSlicer", True), own).environment["OPENBLAS_NUM_THREADS"]  # noqa: E731
    assert (of({}), of({"OPENBLAS_NUM_THREADS": "4"})) == ("1", "4")


def test_no_python_is_told_in_the_panel(tab):
    from IVDSegmentationLib.panels.shared.interpreter import NoInterpreter

    from .conftest import add_volume, run_model, wait_for

    def no_command():
        raise NoInterpreter("PythonSlicer was not found.")

    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    tab.session.worker._command = no_command
    run_model(tab, "quick")
    assert tab.messages.text == "PythonSlicer was not found." and tab.ui.segmentButton.enabled


def test_a_program_that_cannot_be_started_is_told(tab):
    from IVDSegmentationLib.panels.shared.interpreter import Command

    from .conftest import add_volume, run_model, wait_for

    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    tab.session.worker._command = lambda: Command("/no/such/python", (), {})
    run_model(tab, "quick")
    wait_for(lambda: not tab.job.running)
    assert "could not be started" in tab.messages.text and tab.ui.segmentButton.enabled
