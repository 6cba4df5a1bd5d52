"""The folder of a run: nobody else's files are touched, and one training at a time works in it."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from IVDSegmentationLib.errors import InputError, OutputError
from IVDSegmentationLib.files import write_json
from IVDSegmentationLib.locks import LOCK_NAME
from IVDSegmentationLib.runs.folder import RunFolder, RunState, TakenOver
from IVDSegmentationLib.runs.plan import TrainingPlan
from tiny_training import ROOT

posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def run_of(folder: Path, **state) -> RunFolder:
    """A folder in which a training was started once."""
    run = RunFolder(folder)
    folder.mkdir(exist_ok=True)
    TrainingPlan().write(run.settings)
    run.write_state(RunState(**state))
    return run


@pytest.mark.parametrize(
    "names",
    [
        ["pictures/holiday.png"],
        ["best.pt"],
        ["checkpoint.pt", "log.jsonl"],
        ["settings.json"],  # of another program
        ["state.json"],
        ["model.safetensors", "curves.png"],
    ],
    ids=str,
)
def test_a_folder_that_never_was_a_run_is_not_touched(tmp_path, names):
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text('{"editor.fontSize": 14}')
    before = contents(tmp_path)
    with pytest.raises(InputError, match="holds other files"), RunFolder(tmp_path).occupied():
        pytest.fail("it was taken")
    assert contents(tmp_path) == before


def test_the_users_home_and_the_root_of_a_disk_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for folder in (tmp_path, Path("~"), Path(tmp_path.anchor)):  # even where they are empty
        with pytest.raises(InputError, match="cannot hold a training"):
            RunFolder(folder).check_usable()
    assert list(tmp_path.iterdir()) == []


def test_new_and_empty_folders_and_earlier_runs_are_taken(tmp_path):
    (tmp_path / "empty").mkdir()
    started = tmp_path / "started"  # as the tab leaves it: settings, and what the process prints
    started.mkdir()
    TrainingPlan().write(started / "settings.json")
    (started / "output.txt").write_text("")
    earlier = run_of(tmp_path / "earlier", state="interrupted").path
    (earlier / "notes.txt").write_text("mine")
    for folder in (tmp_path / "new", tmp_path / "empty", started, earlier):
        with RunFolder(folder).occupied():
            assert RunFolder(folder).is_alive()
    assert (earlier / "notes.txt").read_text() == "mine"


def test_starting_anew_removes_the_runs_own_files_only(tmp_path):
    run = run_of(tmp_path, state="done")
    own = ["checkpoint.pt", "best.pt", "log.jsonl", "pictures/validation_000100.png", "pictures/worst_a.png"]
    others = ["pictures/holiday.png", "phantoms/phantom_1/case.json", "notes.txt"]
    for name in own + others:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    run.forget_progress()
    assert not any((tmp_path / name).exists() for name in own)
    assert all((tmp_path / name).exists() for name in others)


def test_a_heartbeat_of_the_future_blocks_nobody(tmp_path):
    """As a battery that was empty, or another time zone, leaves it."""
    run = run_of(tmp_path, state="training")
    (tmp_path / "alive").write_text("token of a process that is gone")
    os.utime(tmp_path / "alive", (time.time() + 86_400,) * 2)
    assert run.state().state == "interrupted"
    with run.occupied():
        assert run.is_alive()


def test_a_run_on_another_machine_is_not_disturbed(tmp_path):
    run = run_of(tmp_path, state="training")
    state = {**vars(RunState("training")), "host": platform.node() + "-other", "pid": 1}
    write_json(tmp_path / "state.json", state)
    (tmp_path / "alive").write_text("its token")
    with pytest.raises(OutputError, match="running in"), run.occupied():
        pytest.fail("it was taken")
    assert (tmp_path / "alive").read_text() == "its token"


def test_what_another_process_has_taken_over_is_left_to_it(tmp_path):
    """A lock on a network drive may lapse while a laptop sleeps; whoever begins then writes another token."""
    for change in (lambda: (tmp_path / "alive").write_text("another token"), (tmp_path / LOCK_NAME).unlink):
        run = RunFolder(tmp_path)
        with run.occupied():
            run.write_state(RunState("training", step=5))
            run.check_owner()
            change()
            run.write_state(RunState("training", step=99))
            assert run.state().step == 5
            with pytest.raises(TakenOver, match="Another training has begun"):
                run.check_owner()
        (tmp_path / "alive").unlink(missing_ok=True)


HOLDER = """
import os, sys, time
from IVDSegmentationLib.runs.folder import RunFolder, RunState
run = RunFolder(sys.argv[1])
with run.occupied():
    run.write_state(RunState("training"))
    if len(sys.argv) > 2 and os.fork() == 0:
        time.sleep(20)  # as a process that prepares batches
        os._exit(0)
    print("holds", flush=True)
    while run.command() != "quit":
        run.check_owner()
        time.sleep(0.02)
"""


def holder(folder: Path, *more: str) -> subprocess.Popen:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "IVDSegmentation")}
    line = [sys.executable, "-c", HOLDER, str(folder), *more]
    process = subprocess.Popen(line, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "holds\n"
    return process


@posix
def test_a_sleeping_training_keeps_its_folder(tmp_path):
    """SIGSTOP is what a laptop's sleep is to a process: its heart stops, but it will go on."""
    process = holder(tmp_path)
    try:
        process.send_signal(signal.SIGSTOP)
        os.waitpid(process.pid, os.WUNTRACED)  # it has stopped
        os.utime(tmp_path / "alive", (time.time() - 3600,) * 2)
        assert not RunFolder(tmp_path).is_alive()
        with pytest.raises(OutputError, match="running in"), RunFolder(tmp_path).occupied():
            pytest.fail("two trainings work in one folder")
        process.send_signal(signal.SIGCONT)
        RunFolder(tmp_path).send("quit")
        assert process.wait(300) == 0
    finally:
        process.kill()
    with RunFolder(tmp_path).occupied():
        pass


@posix
def test_a_killed_training_leaves_its_folder_at_once(tmp_path):
    """Although a child of it still lives, which has the lock's file open."""
    process = holder(tmp_path, "with a child")
    process.kill()
    process.wait()
    assert RunFolder(tmp_path).state().state == "interrupted"
    with RunFolder(tmp_path).occupied():
        pass
