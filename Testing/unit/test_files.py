"""Files and folders that change as a whole, what a killed process leaves, and JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from IVDSegmentationLib.errors import InputError, OutputError
from IVDSegmentationLib.files import (
    atomic_file,
    exchange,
    make_scratch_folder,
    read_json,
    remove_scratch_folder,
    whole_folder,
    write_json,
    write_text,
)
from IVDSegmentationLib.files.atomic import process_exists
from IVDSegmentationLib.formatting import text_table, times

LIBRARY = Path(__file__).resolve().parents[2] / "IVDSegmentation"


def content(folder: Path) -> dict[str, str]:
    return {str(one.relative_to(folder)): one.read_text() for one in sorted(folder.rglob("*")) if one.is_file()}


@pytest.fixture(params=["one operation", "two renames"])
def way(request, monkeypatch):
    """Disks that swap two names, and those that cannot."""
    if request.param == "two renames":
        monkeypatch.setattr(exchange, "_swap", lambda: exchange._not_there)


def test_a_folder_is_replaced_as_a_whole_and_foreign_files_stay(tmp_path, way):
    folder = tmp_path / "scan"
    with whole_folder(folder) as new:
        write_text(new / "a", "1")
        write_text(new / "b", "1")
        assert not folder.exists()
    (folder / "notes.txt").write_text("mine")
    (folder / "deeper").mkdir()
    (folder / "deeper" / "more.txt").write_text("mine too")
    with whole_folder(folder) as new:
        write_text(new / "a", "2")
        assert content(folder)["a"] == "1"
    assert content(folder) == {"a": "2", "b": "1", "notes.txt": "mine", "deeper/more.txt": "mine too"}
    assert os.listdir(tmp_path) == ["scan"]


def test_a_folder_that_another_process_creates_meanwhile_is_not_replaced(tmp_path):
    names = iter(["scan", "scan", "scan_2"])

    def choose() -> Path:
        folder = tmp_path / next(names)
        return folder

    real = exchange._renamed

    def slow(source, target):
        if target.name == "scan":  # the other process is faster
            target.mkdir()
            (target / "a").write_text("other")
        real(source, target)

    exchange._renamed = slow
    try:
        with whole_folder(choose) as new:
            write_text(new / "a", "mine")
    finally:
        exchange._renamed = real
    assert content(tmp_path) == {"scan/a": "other", "scan_2/a": "mine"}


def test_a_block_that_fails_changes_nothing(tmp_path, way):
    folder = tmp_path / "scan"
    folder.mkdir()
    (folder / "a").write_text("old")
    for error in (KeyboardInterrupt, OutputError):
        with pytest.raises(error), whole_folder(folder) as new:
            write_text(new / "a", "new")
            raise error
    assert content(tmp_path) == {"scan/a": "old"}
    assert os.listdir(tmp_path) == ["scan"]


def test_a_file_that_another_program_holds_leaves_all_as_it_was(tmp_path, monkeypatch):
    """Windows refuses to rename a folder while a file in it is open in Excel; so do the stand-ins here."""
    folder = tmp_path / "scan"
    with whole_folder(folder) as new:
        write_text(new / "labels", "old")
        write_text(new / "measurements.csv", "old")
    real_open = open

    def refuse(*_):
        raise PermissionError(13, "The process cannot access the file", str(folder))

    def held(path, mode="r", *args, **kwargs):
        if Path(path).name == "measurements.csv" and "+" in mode:
            refuse()
        return real_open(path, mode, *args, **kwargs)

    monkeypatch.setattr(exchange, "_swap", lambda: exchange._not_there)
    monkeypatch.setattr(exchange, "_renamed", refuse)
    monkeypatch.setattr("builtins.open", held)
    with pytest.raises(OutputError, match=r"measurements\.csv is open in another program"), whole_folder(folder) as new:
        write_text(new / "labels", "new")
        write_text(new / "measurements.csv", "new")
    assert content(tmp_path) == {"scan/labels": "old", "scan/measurements.csv": "old"}


def test_somebodys_folder_with_the_name_of_a_result_file_is_not_touched(tmp_path):
    (tmp_path / "scan" / "labels").mkdir(parents=True)
    (tmp_path / "scan" / "labels" / "mine").write_text("1")
    with pytest.raises(OutputError, match="is a folder where a result file belongs"), whole_folder(tmp_path / "scan") as new:
        write_text(new / "labels", "new")
    assert content(tmp_path) == {"scan/labels/mine": "1"}


KILLED = """
import os, signal, sys
from IVDSegmentationLib.files import atomic_file, exchange, whole_folder, write_text
from pathlib import Path
folder = Path(sys.argv[1])
if sys.argv[2] == "between":  # the two renames of a disk that cannot swap names
    renamed = exchange._renamed
    exchange._swap = lambda: exchange._not_there
    exchange._renamed = lambda a, b: os.kill(os.getpid(), signal.SIGKILL) if b == folder else renamed(a, b)
with atomic_file(folder.with_suffix(".txt")) as temporary, whole_folder(folder) as new:
    temporary.write_text("half")
    write_text(new / "a", "new")
    if sys.argv[2] == "while writing":
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
@pytest.mark.parametrize("moment", ["while writing", "between"])
def test_what_a_killed_process_leaves_is_removed_by_the_next_run(tmp_path, moment):
    folder = tmp_path / "scan"
    folder.mkdir()
    (folder / "a").write_text("old")
    (folder / "notes").write_text("mine")
    command = [sys.executable, "-c", KILLED, str(folder), moment]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(LIBRARY)})
    assert done.returncode == -signal.SIGKILL
    assert len(os.listdir(tmp_path)) > 1
    write_text(tmp_path / "scan.txt", "whole")
    with pytest.raises(ZeroDivisionError), whole_folder(folder):
        1 / 0  # noqa: B018
    assert content(tmp_path) == {"scan/a": "old", "scan/notes": "mine", "scan.txt": "whole"}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")
def test_a_process_that_has_ended_unnoticed_does_not_count_as_running(tmp_path):
    child = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    child.stdout.read()  # it has ended, and is a zombie until 'wait'
    try:
        while Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
            pass
        assert not process_exists(child.pid)
        assert process_exists(os.getpid())
    finally:
        child.wait()
        child.stdout.close()


def test_what_a_running_process_or_another_machine_writes_is_left_alone(tmp_path):
    with whole_folder(tmp_path / "scan") as first:
        write_text(first / "a", "1")
        with whole_folder(tmp_path / "scan") as second:
            write_text(second / "a", "2")
        assert (first / "a").is_file()
    elsewhere = tmp_path / ".ivdseg-000000-99999999-01234567-scan"
    elsewhere.mkdir()
    own = tmp_path / ".scan-20240101"
    own.mkdir()
    with whole_folder(tmp_path / "scan") as new:
        write_text(new / "a", "3")
    assert elsewhere.is_dir() and own.is_dir() and content(tmp_path) == {"scan/a": "3"}


def test_scratch_folders_are_private_and_do_not_outlive_their_process(tmp_path):
    code = "import sys; from IVDSegmentationLib.files import make_scratch_folder; make_scratch_folder(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=os.environ | {"PYTHONPATH": str(LIBRARY)}, check=True)
    (left,) = tmp_path.iterdir()
    first, second = make_scratch_folder(tmp_path), make_scratch_folder(tmp_path)
    assert not left.exists() and first.is_dir() and second.is_dir() and first != second
    if os.name != "nt":
        assert first.stat().st_mode & 0o777 == 0o700
    remove_scratch_folder(first)
    remove_scratch_folder(second)
    assert not list(tmp_path.iterdir())


def test_files_are_complete_or_as_they_were(tmp_path):
    write_text(tmp_path / "a.txt", "old")
    with pytest.raises(KeyboardInterrupt), atomic_file(tmp_path / "a.txt") as temporary:
        assert temporary.name.endswith("a.txt")
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert content(tmp_path) == {"a.txt": "old"}
    with pytest.raises(OutputError, match="Create the folder first"):
        write_text(tmp_path / "none" / "a.txt", "x")


def test_json_knows_numpy_and_no_nan(tmp_path):
    write_json(tmp_path / "a.json", {"ü": np.float32(0.5), "n": (np.int64(3), float("nan")), 1: np.arange(2), "p": tmp_path})
    assert read_json(tmp_path / "a.json") == {"ü": 0.5, "n": [3, None], "1": [0, 1], "p": str(tmp_path)}
    assert "ü" in (tmp_path / "a.json").read_text(encoding="utf-8")
    with pytest.raises(TypeError):
        write_json(tmp_path / "a.json", {"x": object()})
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["1"] == [0, 1]
    for name, text in (("cut.json", b'{"a": '), ("latin.json", b'{"a": "\xfc"}'), ("deep.json", b"[" * 100_000)):
        (tmp_path / name).write_bytes(text)
        with pytest.raises(InputError, match=name):
            read_json(tmp_path / name)
    with pytest.raises(InputError, match="does not exist"):
        read_json(tmp_path / "none.json")


def test_sizes_and_tables_as_text():
    assert times((40, 1024, np.int64(7))) == "40 x 1024 x 7"
    assert times((0.87512, 4.0), "×") == "0.875 × 4"
    assert text_table(("", "n"), [[("a", "1")], [("long", "10")]]).split("\n") == [
        "       n", "----  --", "a      1", "----  --", "long  10",
    ]  # fmt: skip
