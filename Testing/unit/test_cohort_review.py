"""The review of a cohort below the panel: the order of the scans, corrections, marks that last, and the worker's requests."""

from __future__ import annotations

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gui.cohort_cases import make_cohort
from IVDSegmentationLib.cases.patients import patient_key
from IVDSegmentationLib.cases.store import list_cases
from IVDSegmentationLib.cli import main
from IVDSegmentationLib.cohort import review
from IVDSegmentationLib.cohort.command import Cohort, arguments_of_last_run
from IVDSegmentationLib.cohort.layout import scan_folder
from IVDSegmentationLib.cohort.marks import apply_marks
from IVDSegmentationLib.cohort.rebuild import rebuild
from IVDSegmentationLib.cohort.run import requeue_changed
from IVDSegmentationLib.cohort.scans import Status
from IVDSegmentationLib.cohort.settings import Settings
from IVDSegmentationLib.cohort.state import FILE_NAME, State
from IVDSegmentationLib.cohort.worklist import UNMARKED, Wanted, item_of, next_doubtful, worklist
from IVDSegmentationLib.correction import remove_disc
from IVDSegmentationLib.errors import InputError, OutputError
from IVDSegmentationLib.spine import Flag, Grade, Outline
from IVDSegmentationLib.volume.read import read_volume
from IVDSegmentationLib.worker import messages as m
from IVDSegmentationLib.worker import transfer
from IVDSegmentationLib.worker.cohort_service import cohort_handlers
from known_result import spine_scan
from sample_files import write_dicom


@pytest.fixture(scope="module")
def scan():
    result, image = spine_scan((2.5, 2.5, 5.0))
    lowest = replace(result.discs[0], flags=(Flag.THIN,), confidence=0.7, outline=Outline(Grade.LOOK, 0.82, 0.6))
    return replace(result, discs=(lowest, *result.discs[1:]), notes=("The axes were turned.",)), image


@pytest.fixture
def cohort(tmp_path, scan) -> Path:
    doubts = {"calm": 0.05, "odd": 0.9, "so-so": 0.4}
    return make_cohort(tmp_path, doubts, {"broken": "broken.nii.gz cannot be read."}, scan)


def open_state(folder: Path) -> State:
    return State(folder / FILE_NAME, create=False)


class Reporter:
    """Takes the news of a request."""

    def __init__(self) -> None:
        self.fractions: list[float] = []

    def progress(self, stage: str, fraction: float) -> None:
        self.fractions.append(fraction)

    def cancelled(self) -> bool:
        return False


def do(request: m.Request) -> dict:
    return cohort_handlers()[type(request)](request, Reporter())


# -------------------------------------------------------------------------- worklist
def test_failures_come_first_then_the_most_doubtful(cohort):
    with open_state(cohort) as state:
        items, total = worklist(state, Wanted(), 10)
        assert [item.id for item in items] == ["broken", "odd", "so-so", "calm"] and total == 4
        assert items[1].levels == ("L5-S1", "L4-L5", "L3-L4", "L2-L3", "L1-L2", "T12-L1")
        items, total = worklist(state, Wanted(), 2)
        assert [item.id for item in items] == ["broken", "odd"] and total == 4


def test_filters_go_together(cohort):
    with open_state(cohort) as state:
        state.mark("odd", "accepted", "Anna", "2026-01-02T03:04:05Z")
        state.mark("calm", "exclude", "Ben")
        for wanted, expected in (
            (Wanted(Status.DONE), ["odd", "so-so", "calm"]),
            (Wanted(Status.DONE, UNMARKED), ["so-so"]),
            (Wanted(mark="exclude"), ["calm"]),
            (Wanted(text="O"), ["broken", "odd", "so-so"]),
            (Wanted(Status.FAILED, "exclude"), []),
            (Wanted(text="%"), []),
        ):
            assert [item.id for item in worklist(state, wanted, 10)[0]] == expected, wanted
        item = item_of(state, "odd")
        assert (item.mark, item.who, item.at) == ("accepted", "Anna", "2026-01-02T03:04:05Z")
        assert item_of(state, "nobody") is None


def test_the_next_doubtful_scan_has_a_result_and_no_mark(cohort):
    with open_state(cohort) as state:
        assert next_doubtful(state) == "odd"
        assert next_doubtful(state, ["odd"]) == "so-so"
        state.mark("odd", "good", "")
        state.mark("so-so", "exclude", "")
        assert next_doubtful(state) == "calm"
        assert next_doubtful(state, ["calm"]) is None


@pytest.mark.parametrize("index", ["scan_order", "scan_queue"])
def test_an_older_state_file_gets_the_index(cohort, index):
    with open_state(cohort) as state:
        state._connection.execute(f"DROP INDEX {index}")
    with open_state(cohort) as state:
        assert state.query("SELECT name FROM sqlite_master WHERE name = ?", [index])


def test_another_process_is_noticed_by_the_version(cohort):
    with open_state(cohort) as state, open_state(cohort) as other:
        before = state.version()
        assert state.version() == before
        other.mark("odd", "good", "")
        assert state.version() != before


# ------------------------------------------------------------------- scans and results
def test_a_scan_comes_back_as_it_was_written(cohort, scan):
    result, image = scan
    volume, found = review.read_scan(cohort, "calm")
    assert np.array_equal(volume.array, image.array)
    assert np.array_equal(found.labels.array, result.labels.array) and found.labels.same_grid(volume)
    assert [disc.name for disc in found.discs] == [disc.name for disc in result.discs]
    assert found.discs[0].flags == (Flag.THIN,) and found.discs[0].outline == Outline(Grade.LOOK, 0.82, 0.6)
    assert found.notes == result.notes and found.warnings == result.warnings
    assert found.model == result.model
    assert np.array_equal(found.probability.array > 0.5, result.labels.array > 0)


def test_a_failed_scan_has_a_volume_at_most(cohort, tmp_path):
    with pytest.raises(InputError, match="broken"):
        review.read_scan(cohort, "broken")
    shutil.copy(tmp_path / "scans" / "calm.nii.gz", tmp_path / "scans" / "broken.nii.gz")
    volume, result = review.read_scan(cohort, "broken")
    assert volume.array.size and result is None


@pytest.mark.parametrize("damage", ["grid", "report", "missing"])
def test_results_that_do_not_fit_are_refused_with_advice(cohort, tmp_path, damage):
    folder = scan_folder(cohort, "calm")
    if damage == "grid":
        from IVDSegmentationLib.volume.write import write_volume

        volume = read_volume(tmp_path / "scans" / "calm.nii.gz")
        write_volume(replace(volume, array=volume.array[:-1]), tmp_path / "scans" / "calm.nii.gz")
    elif damage == "report":
        (folder / "report.json").write_text('{"discs": [{}]}')
    else:
        (folder / "report.json").unlink()
    with pytest.raises(InputError, match="redo"):
        review.read_scan(cohort, "calm")


def test_corrections_replace_the_files_the_state_and_the_mark(cohort, scan):
    volume, result = review.read_scan(cohort, "odd")
    folder = scan_folder(cohort, "odd")
    before = (folder / "thumbnail.jpg").read_bytes()
    corrected = remove_disc(result, 3)
    review.save_corrections(cohort, "odd", corrected, volume, "Anna")
    assert 3 not in read_volume(folder / "labels.nii.gz").array
    assert (folder / "thumbnail.jpg").read_bytes() != before
    with open_state(cohort) as state:
        record, mark = state.record("odd"), state.marks()["odd"]
    assert record.status is Status.DONE and len(record.summary["discs"]) == 5 and mark[:2] == ("corrected", "Anna")
    assert record.summary["input"] == "odd.nii.gz" and record.model == result.model.sha256
    again = review.read_scan(cohort, "odd")[1]
    assert [disc.name for disc in again.discs] == [disc.name for disc in corrected.discs]


def test_corrections_that_cannot_be_written_change_nothing(cohort, scan):
    volume, result = review.read_scan(cohort, "odd")
    folder = scan_folder(cohort, "odd")
    shutil.rmtree(folder)
    folder.write_text("in the way")
    with pytest.raises(OutputError):
        review.save_corrections(cohort, "odd", remove_disc(result, 3), volume, "Anna")
    with open_state(cohort) as state:
        assert state.marks() == {} and len(state.record("odd").summary["discs"]) == 6


# ------------------------------------------------------------------------------ marks
def test_results_that_a_reader_stands_for_are_not_done_again(cohort):
    with open_state(cohort) as state:
        state.mark("calm", "accepted", "Anna")
        state.mark("odd", "corrected", "Anna")
        again = requeue_changed(state, Settings(), "another model", retry_failed=True)
        assert sorted(record.id for record in again) == ["broken", "so-so"]


def test_redo_does_not_queue_a_scan_that_is_at_work(cohort, tmp_path):
    (tmp_path / "marks.csv").write_text("id,mark\ncalm,redo\nodd,redo\n")
    with open_state(cohort) as state:
        state.requeue(["odd"])
        assert state.claim("worker").id == "odd"
        assert [record.id for record in apply_marks(state, tmp_path / "marks.csv")] == ["calm"]
        assert state.record("odd").status is Status.RUNNING and state.record("calm").status is Status.QUEUED


def test_rebuilding_brings_the_marks_back(cohort):
    with open_state(cohort) as state:
        state.mark("calm", "accepted", "Anna", "2026-01-02T03:04:05Z")
    review.write_cohort_files(cohort)
    for name in ("calm", "odd", "so-so"):
        _note_source(cohort, name)
    (cohort / FILE_NAME).write_bytes(b"damaged" * 1000)
    assert rebuild(cohort) == 3
    with open_state(cohort) as state:
        assert state.marks() == {"calm": ("accepted", "Anna", "2026-01-02T03:04:05Z")}


def _note_source(cohort: Path, name: str) -> None:
    from IVDSegmentationLib.cohort.layout import SOURCE_FILE
    from IVDSegmentationLib.files import write_json

    path = cohort.parent / "scans" / f"{name}.nii.gz"
    source = {"path": str(path), "series": None, "frame": None, "subject": "", "session": ""}
    content = {"source": source, "checksum": "c", "fingerprint": "f", "options": "", "software": "1"}
    write_json(scan_folder(cohort, name) / SOURCE_FILE, content)


def test_a_run_notes_how_to_start_it_again(cohort):
    with Cohort(cohort, Settings(jobs=3, threads=1)) as running:
        running.prepare(cohort.parent / "scans", include="*T2*", path_names=True)
    with open_state(cohort) as state:
        options = arguments_of_last_run(state)
    assert options[-1] == "--path-names"
    pairs = dict(zip(options[:-1:2], options[1::2]))
    assert pairs == {
        "--include": "*T2*",
        "--model": "default",
        "--device": "auto",
        "--jobs": "3",
        "--threads": "1",
        "--time-limit": "600",
    }


def test_the_command_writes_tables_and_page_again(cohort, capsys):
    with open_state(cohort) as state:
        state.mark("calm", "exclude", "Anna")
    assert main(["cohort", "tables", str(cohort)]) == 0
    with open(cohort / "discs.csv", encoding="utf-8") as file:
        assert {row["id"] for row in csv.DictReader(file)} == {"odd", "so-so"}
    assert (cohort / "index.html").is_file()
    assert main(["cohort", "tables", str(cohort / "nowhere")]) == 2


# --------------------------------------------------------------------------- requests
def test_the_worker_reads_a_scan_and_saves_its_corrections(cohort, tmp_path, scan):
    folder = tmp_path / "scratch"
    folder.mkdir()
    data = do(m.ReadScanRequest(1, str(cohort), "odd", str(folder)))
    assert data == {"folder": str(folder), "has_result": True}
    assert np.array_equal(transfer.load_volume(folder, transfer.INPUT).array, review.read_scan(cohort, "odd")[0].array)
    assert len(transfer.load_measurements(folder)) == 6
    transfer.save_result(folder, remove_disc(transfer.load_result(folder), 2))
    assert do(m.SaveScanRequest(2, str(cohort), "odd", str(folder), "Anna")) == {"discs": 5}
    do(m.CohortFilesRequest(3, str(cohort)))
    with open(cohort / "scans.csv", encoding="utf-8") as file:
        row = next(row for row in csv.DictReader(file) if row["id"] == "odd")
    assert (row["mark"], row["marked_by"], row["discs"]) == ("corrected", "Anna", "5")


def test_reviewed_scans_become_cases_once(cohort, tmp_path):
    with open_state(cohort) as state:
        for name, mark in (("calm", "accepted"), ("odd", "corrected"), ("so-so", "exclude"), ("broken", "accepted")):
            state.mark(name, mark, "Anna")
    training = tmp_path / "training"
    data = do(m.AddCasesRequest(1, str(cohort), str(training)))
    assert len(data["added"]) == 2 and data["known"] == 0
    assert len(data["refused"]) == 1 and data["refused"][0].startswith("broken: ")
    marks = {record.info["provenance"]["mark"] for record in list_cases(training)}
    assert marks == {"accepted", "corrected"}
    assert do(m.AddCasesRequest(2, str(cohort), str(training)))["known"] == 2


def test_dicom_scans_of_a_patient_stay_together_in_the_training_set(cohort, tmp_path, scan):
    """As do those that were added from the open scene, where Slicer's DICOM module gives the same patient ID."""
    with open_state(cohort) as state:
        for number, name in enumerate(("calm", "odd", "so-so")):
            folder, uid = tmp_path / "dicom" / name, f"1.2.3.{number}"
            write_dicom(folder, scan[1].with_array((scan[1].array + number).astype(np.int16)), uid, patient=f"P{number // 2}")
            state._connection.execute("UPDATE scan SET path = ?, series = ? WHERE id = ?", (str(folder), uid, name))
            state.mark(name, "accepted", "Anna")
    assert len(do(m.AddCasesRequest(1, str(cohort), str(tmp_path / "training")))["added"]) == 3
    patients = [record.patient for record in list_cases(tmp_path / "training")]
    assert sorted(patients) == sorted([patient_key("P0")] * 2 + [patient_key("P1")])
    written = [path.read_bytes() for path in cohort.iterdir() if path.is_file()]
    assert not any(b"P0" in text for text in written)
