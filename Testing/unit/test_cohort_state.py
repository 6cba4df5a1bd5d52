"""The state file: damaged, locked, of a newer version, made again; and the tables and marks that hang on it."""

from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from IVDSegmentationLib.cohort.contents import read_contents
from IVDSegmentationLib.cohort.doubt import doubt_of
from IVDSegmentationLib.cohort.layout import scan_folder
from IVDSegmentationLib.cohort.marks import read_marks
from IVDSegmentationLib.cohort.rebuild import rebuild
from IVDSegmentationLib.cohort.scans import LeftOut, Source, Status, with_distinct_names
from IVDSegmentationLib.cohort.state import FILE_NAME, State
from IVDSegmentationLib.cohort.tables import write_tables
from IVDSegmentationLib.errors import InputError
from IVDSegmentationLib.output import write_outputs
from sample_files import image_of, result_of, spine


@pytest.fixture
def state(tmp_path):
    with State(tmp_path / FILE_NAME) as state:
        yield state


def finished(state: State, folder: Path, name: str = "scan") -> None:
    """A scan with real result files."""
    labels = spine((1, 2, 3))
    report = write_outputs(result_of(labels), image_of(labels), scan_folder(folder, name), input_name=f"{name}.nii.gz")
    state.add([Source(f"/data/{name}.nii.gz", name)])
    record = state.record(name)
    origin = {"source": {"path": f"/data/{name}.nii.gz"}, "checksum": "c1", "fingerprint": "f1", "options": "", "software": "x"}
    (scan_folder(folder, name) / "source.json").write_text(json.dumps(origin), "utf-8")
    state.store(
        replace(
            record,
            status=Status.DONE,
            checksum="c1",
            fingerprint="f1",
            model=report["model"]["sha256"],
            software="x",
            doubt=doubt_of(report),
            summary=report,
        )
    )


def test_scans_of_one_name_get_names_of_their_own():
    sources = [Source("/a/t2.nii", "t2"), Source("/b/T2.nii", "T2"), Source("/c/t1.nii", "t1")]
    names = [source.name for source in with_distinct_names(sources)]
    assert names[2] == "t1"
    assert len({name.casefold() for name in names}) == 3
    # whatever else is there, a source keeps its name
    assert with_distinct_names([sources[1], sources[0]])[1].name == names[0]


def test_adding_again_keeps_what_is_known(state):
    assert state.add([Source("/a", "a"), Source("/b", "b")], [LeftOut("/c", "a scout")]) == 2
    state.store(replace(state.claim("w"), status=Status.DONE))
    assert state.add([Source("/a", "a"), Source("/b", "b"), Source("/d", "A")]) == 1
    assert [record.status for record in state.records()] == [Status.DONE, Status.QUEUED, Status.QUEUED]
    assert len({record.id.casefold() for record in state.records()}) == 3
    assert state.left_out() == []


def test_what_was_running_is_queued_again(state):
    state.add([Source("/a", "a")])
    assert state.claim("w").status is Status.RUNNING
    assert state.claim("w") is None
    assert state.requeue_running() == 1
    assert state.claim("w").attempts == 2


def test_a_damaged_state_says_how_to_rebuild_it_and_rebuilding_does(state, tmp_path):
    finished(state, tmp_path)
    before = state.record("scan")
    state.close()
    for ending in ("-wal", "-shm"):
        Path(f"{state.path}{ending}").unlink(missing_ok=True)
    state.path.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    with pytest.raises(InputError, match=r"cohort rebuild"), State(state.path):
        pass
    assert rebuild(tmp_path) == 1
    with State(state.path) as again:
        after = again.record("scan")
    assert replace(after, seconds=0) == replace(before, seconds=0)
    assert list(tmp_path.glob("cohort-damaged-*.sqlite")), "the damaged file is kept"


def test_a_new_state_is_whole_when_it_appears(tmp_path, monkeypatch):
    """Slicer's tab looks into the folder while the run that it has started makes the file."""
    connect, path, seen = sqlite3.connect, tmp_path / FILE_NAME, []

    class Watched(sqlite3.Connection):
        def execute(self, *arguments):
            if path.is_file():
                with closing(connect(path)) as other:
                    seen.append({name for (name,) in other.execute("SELECT name FROM sqlite_master WHERE type='table'")})
            return super().execute(*arguments)

    monkeypatch.setattr(sqlite3, "connect", lambda *arguments, **more: connect(*arguments, **more, factory=Watched))
    with State(path) as state:
        state.add([Source("/a", "a")])
    assert seen and all({"meta", "scan", "mark", "left_out"} <= tables for tables in seen)


def test_a_foreign_database_is_not_taken_for_a_state(tmp_path):
    with sqlite3.connect(tmp_path / FILE_NAME) as other:
        other.execute("CREATE TABLE patients (name TEXT)")
    with pytest.raises(InputError, match="rebuild"):
        State(tmp_path / FILE_NAME)


def test_a_newer_state_is_refused(state):
    state.set("schema", "99")
    with pytest.raises(InputError, match="newer version"):
        State(state.path)


def test_a_locked_state_is_a_sentence(state, monkeypatch):
    monkeypatch.setattr("IVDSegmentationLib.cohort.state.BUSY_SECONDS", 0.1)
    other = sqlite3.connect(state.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with State(state.path) as second, pytest.raises(InputError, match="in use by another program"):
        second.set("request", "pause")
    other.close()


def test_tables_have_a_row_for_each_disc_and_scan_and_a_definition_for_each_column(state, tmp_path):
    finished(state, tmp_path, "first")
    finished(state, tmp_path, "second")
    state.add([Source("/data/third.nii.gz", "third")], [LeftOut("/data/scout", "a scout")])
    state.mark("second", "exclude", "reader")
    write_tables(read_contents(tmp_path, state))
    scans = list(csv.DictReader((tmp_path / "scans.csv").read_text("utf-8").splitlines()))
    assert [(row["id"], row["status"], row["mark"]) for row in scans] == [
        ("first", "done", ""),
        ("second", "done", "exclude"),
        ("third", "queued", ""),
        ("scout", "left out", ""),
    ]
    discs = list(csv.DictReader((tmp_path / "discs.csv").read_text("utf-8").splitlines()))
    assert [(row["id"], row["level"]) for row in discs] == [("first", "L5-S1"), ("first", "L4-L5"), ("first", "L3-L4")]
    assert float(discs[0]["volume_mm3"]) > 1000 and discs[2]["flags"] == "thin"
    dictionary = json.loads((tmp_path / "data_dictionary.json").read_text("utf-8"))
    assert list(dictionary["discs.csv"]) == list(discs[0])
    assert list(dictionary["scans.csv"]) == list(scans[0])
    assert all(entry["definition"] and "See docs" not in entry["definition"] for entry in dictionary["discs.csv"].values())


@pytest.mark.parametrize(
    ("changes", "doubt"),
    [
        ({}, 0.05),
        ({"confidence": 0.4}, 0.6),
        ({"level": "unknown"}, 0.8),
        ({"flags": ["thin"]}, 0.3),
        ({"flags": ["edited"]}, 0.05),
        ({"outline": {"grade": "poor", "dice": 0.5}}, 1.0),
        ({"outline": {"grade": "look", "dice": 0.8}}, 0.5),
    ],
)
def test_doubt_of_a_scan_is_mostly_that_of_its_worst_disc(changes, doubt):
    good, other = {"level": "L4-L5", "confidence": 0.99, "flags": []}, {"level": "L5-S1", "confidence": 0.95, "flags": []}
    assert 0.9 * doubt <= doubt_of({"discs": [good, other | changes]}) <= doubt
    assert doubt_of({"discs": [other | changes]}) == pytest.approx(doubt)
    assert doubt_of({"discs": []}) == 0.0


def test_of_two_scans_with_the_same_worst_disc_the_one_whose_others_are_doubtful_too_comes_first():
    good, thin = {"level": "L4-L5", "confidence": 0.99, "flags": []}, {"level": "L3-L4", "confidence": 0.99, "flags": ["thin"]}
    poor = {"level": "L5-S1", "confidence": 0.95, "flags": [], "outline": {"grade": "poor", "dice": 0.5}}
    assert doubt_of({"discs": [poor, good, thin]}) > doubt_of({"discs": [poor, good, good]}) > doubt_of({"discs": [thin, thin]})


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("name,what\na,good\n", "no columns"),
        ("id,mark\nstranger,good\n", "no scan 'stranger'"),
        ("id,mark\na,excellent\n", "not a mark"),
    ],
)
def test_marks_that_do_not_fit_name_their_line(tmp_path, text, error):
    path = tmp_path / "marks.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=error):
        read_marks(path, {"a", "b"})


def test_marks_are_read_as_they_were_exported(tmp_path):
    path = tmp_path / "marks.csv"
    path.write_text("\ufeffid,mark,who\na,Redo,Dr Q\nb,,\n", "utf-8")
    assert read_marks(path, {"a", "b"}) == {"a": ("redo", "Dr Q"), "b": ("", "")}
