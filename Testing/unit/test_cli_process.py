"""The program as a process: interrupted, terminated, killed, and with an input that crashes it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from IVDSegmentationLib.output import OUTPUT_NAMES
from IVDSegmentationLib.volume.write import write_volume
from sample_files import image_of, spine

pytestmark = pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
TESTING = Path(__file__).resolve().parents[1]
LIBRARY = TESTING.parent / "IVDSegmentation"
HANG_GUARD_S = 300

STAND_IN = """
import ctypes, os, signal, sys, time

class Finder:  # acts at the moment a module is imported
    def find_spec(self, name, path=None, target=None):
        if name == os.environ.get("INTERRUPT_AT_IMPORT_OF"):
            os.kill(int(os.environ.get("INTERRUPTED", 0)) or os.getpid(), signal.SIGINT)
            if "INTERRUPTED" in os.environ:
                time.sleep(600)
        return None

sys.meta_path.insert(0, Finder())

if os.environ.get("IVDSEG_JOURNAL") and "INTERRUPT_AT_IMPORT_OF" not in os.environ:
    import numpy as np
    from IVDSegmentationLib.output import folder
    from IVDSegmentationLib.segmentation import pipeline
    from sample_files import DISC_VALUE, result_of

    class Segmenter:
        def __init__(self, *arguments):
            pass

        def segment(self, volume, options=None, progress=None, cancelled=None):
            largest = volume.array.max()
            if largest == 7000:
                os.kill(os.getpid(), signal.SIGSEGV)
            if largest == 8000:
                print("working", flush=True)
                ctypes.PyDLL(None).sleep(600)  # C code that keeps Python's lock: no handler of a signal can run
            return result_of(volume.with_array((volume.array == DISC_VALUE).astype(np.uint8)))

    pipeline.Segmenter = Segmenter
    if os.environ.get("STOP_WHILE_WRITING"):
        def stop(*arguments):
            print("writing", flush=True)
            time.sleep(600)
        folder.write_segmentation = stop
"""


@pytest.fixture
def program(tmp_path):
    """Starts ``ivdseg`` with a stand-in for the network; arguments as on the command line, environment as keywords."""
    (tmp_path / "stand_in").mkdir()
    (tmp_path / "stand_in" / "sitecustomize.py").write_text(STAND_IN)
    paths = [tmp_path / "stand_in", LIBRARY, TESTING / "unit", TESTING]
    started = []

    def start(*arguments: object, **environment: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-m", "IVDSegmentationLib", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths))} | environment,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def scan(path: Path, largest: int = 0) -> Path:
    image = image_of(spine((1,)))
    array = image.array.copy()
    if largest:
        array[0, 0, 0] = largest
    write_volume(image.with_array(array.astype(np.int16)), path)
    return path


def wait_for(process: subprocess.Popen, line: str) -> None:
    assert process.stdout.readline().strip() == line, process.communicate()


def test_an_input_that_crashes_the_process_does_not_end_the_batch(program, tmp_path):
    inputs = [scan(tmp_path / "a.nii"), scan(tmp_path / "crash.nii", 7000), scan(tmp_path / "b.nii")]
    process = program("segment", *inputs, "-o", tmp_path / "out", "--json", "-q")
    out, errors = process.communicate(timeout=HANG_GUARD_S)
    assert process.returncode == 2
    assert sorted(os.listdir(tmp_path / "out")) == ["a", "b"]
    assert [bool(report.get("discs")) for report in json.loads(out)] == [True, False, True]
    assert "crash.nii could not be segmented" in errors and "SIGSEGV" in errors and "Traceback" not in errors


def test_ctrl_c_works_while_a_library_does_not_answer(program, tmp_path):
    process = program("segment", scan(tmp_path / "hang.nii", 8000), "-o", tmp_path / "out", "-q")
    wait_for(process, "working")
    os.killpg(process.pid, signal.SIGINT)  # as a terminal sends it, to the whole group
    out, errors = process.communicate(timeout=HANG_GUARD_S)
    assert process.returncode == 130
    assert errors == "ivdseg: Interrupted. No result was left incomplete.\n"
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_run_that_is_ended_while_it_writes_leaves_nothing(program, tmp_path, number, code):
    process = program("segment", scan(tmp_path / "a.nii"), "-o", tmp_path / "out", "-q", STOP_WHILE_WRITING="1")
    wait_for(process, "writing")
    assert len(os.listdir(tmp_path / "out")) == 1
    process.send_signal(number)
    out, errors = process.communicate(timeout=HANG_GUARD_S)
    assert (process.returncode, os.listdir(tmp_path / "out")) == (code, [])
    assert errors == "ivdseg: Interrupted. No result was left incomplete.\n"


def test_what_a_killed_run_leaves_is_removed_by_the_next(program, tmp_path):
    first = program("segment", scan(tmp_path / "a.nii"), "-o", tmp_path / "out", "-q", STOP_WHILE_WRITING="1")
    wait_for(first, "writing")
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate(timeout=HANG_GUARD_S)
    (left,) = os.listdir(tmp_path / "out")
    assert left.startswith(".ivdseg-")
    second = program("segment", scan(tmp_path / "b.nii"), "-o", tmp_path / "out", "-q")
    second.communicate(timeout=HANG_GUARD_S)
    assert second.returncode == 0
    assert os.listdir(tmp_path / "out") == ["b"]
    assert sorted(os.listdir(tmp_path / "out" / "b")) == sorted(OUTPUT_NAMES)


def test_the_worker_ends_with_the_program_that_watches_it(program, tmp_path):
    process = program("segment", scan(tmp_path / "a.nii"), "-o", tmp_path / "out", "-q", STOP_WHILE_WRITING="1")
    wait_for(process, "writing")
    process.kill()
    process.communicate(timeout=HANG_GUARD_S)  # its output is closed when the worker has gone, too
    with pytest.raises(ProcessLookupError):
        for _ in range(HANG_GUARD_S * 10):
            os.killpg(process.pid, 0)
            time.sleep(0.1)


@pytest.mark.parametrize("module", ["IVDSegmentationLib.cli", "IVDSegmentationLib.files"])
def test_ctrl_c_at_the_start_prints_no_traceback(program, tmp_path, module):
    process = program("segment", "a.nii", "-o", tmp_path / "out", INTERRUPT_AT_IMPORT_OF=module)
    out, errors = process.communicate(timeout=HANG_GUARD_S)
    assert (process.returncode, out, errors) == (-signal.SIGINT, "", "")
    process = program("models", INTERRUPT_AT_IMPORT_OF="IVDSegmentationLib.cli.models")
    out, errors = process.communicate(timeout=HANG_GUARD_S)
    assert (process.returncode, errors) == (130, "ivdseg: Interrupted. No result was left incomplete.\n")


def test_ctrl_c_before_the_work_has_begun_is_no_error(monkeypatch):
    from IVDSegmentationLib.cli import supervisor

    def interrupted(*arguments, **keywords):
        raise KeyboardInterrupt

    monkeypatch.setattr(supervisor, "make_scratch_folder", interrupted)
    assert supervisor.supervise(["segment", "a.nii", "-o", "out"]) == 130
