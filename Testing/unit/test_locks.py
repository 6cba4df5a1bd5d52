"""One process at a time in a folder, and no lock survives the process that held it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from IVDSegmentationLib import locks
from IVDSegmentationLib.errors import OutputError
from IVDSegmentationLib.locks import LOCK_NAME, FolderLock, is_held

HOLD = """
import sys
from IVDSegmentationLib.locks import FolderLock
with FolderLock(sys.argv[1], "taken"):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(folder):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_refused_until_the_first_was_killed(tmp_path):
    other = holder(tmp_path)
    try:
        with pytest.raises(OutputError, match="Another run works here"), FolderLock(tmp_path, "Another run works here."):
            pass
    finally:
        other.kill()
        other.communicate()
    with FolderLock(tmp_path, "Another run works here.") as lock:
        assert lock.still_ours


@pytest.mark.skipif(os.name == "nt", reason="locks of POSIX")
def test_a_process_that_only_asks_is_waited_for_though_it_is_slow(tmp_path, monkeypatch):
    """The one that asks has the lock for a moment, which is longer where the machine gives it no time."""
    import fcntl

    with FolderLock(tmp_path, "taken"):
        pass
    asking, waits = os.open(tmp_path / LOCK_NAME, os.O_RDWR), []
    fcntl.flock(asking, fcntl.LOCK_EX)

    def sleep(seconds):
        waits.append(seconds)
        if len(waits) == 5:
            os.close(asking)

    monkeypatch.setattr(locks.time, "sleep", sleep)
    with FolderLock(tmp_path, "taken"):
        assert len(waits) == 5


def test_a_lock_file_that_was_removed_is_noticed(tmp_path):
    with FolderLock(tmp_path, "taken") as lock:
        (tmp_path / LOCK_NAME).unlink()
        assert not lock.still_ours


def test_a_folder_that_may_not_be_written_is_a_sentence(tmp_path):
    with pytest.raises(OutputError, match="does not exist"), FolderLock(tmp_path / "missing", "taken"):
        pass


def test_asking_whether_a_folder_is_held_does_not_hold_it(tmp_path):
    assert not is_held(tmp_path), "nobody has ever held it"
    other = holder(tmp_path)
    try:
        assert is_held(tmp_path)
    finally:
        other.kill()
        other.communicate()
    assert not is_held(tmp_path)
    with FolderLock(tmp_path, "taken"):
        assert is_held(tmp_path)
