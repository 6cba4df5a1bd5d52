"""The tab Cohort from the user's side: real module file, real .ui, real worker processes, real files."""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

import pytest

from .cohort_cases import make_cohort, many_scans
from .conftest import HANG_GUARD_S, MODULE, wait_for

DOUBTS = {"calm": 0.05, "odd": 0.9, "so-so": 0.4}


class Answers:
    """Answers what dialogs and questions would ask; notes the questions."""

    def __init__(self) -> None:
        self.folders: list[str] = []
        self.file = ""
        self.unsaved = None
        self.asked: list[str] = []

    def folder(self, title: str, start: str) -> str:
        return self.folders.pop(0) if self.folders else ""

    def open_file(self, title: str, kinds: str) -> str:
        return self.file

    def about_unsaved_scan(self, name: str):
        self.asked.append(name)
        return self.unsaved


@pytest.fixture
def tab(host, tmp_path):
    import qt
    from IVDSegmentationLib.panels.cohort.run_section import COHORT_SETTING
    from IVDSegmentationLib.panels.cohort.tab import READER_SETTING
    from IVDSegmentationLib.panels.shared.file_dialogs import FOLDER_SETTING

    names = (COHORT_SETTING, READER_SETTING, FOLDER_SETTING)
    before = {name: qt.QSettings().value(name) for name in names}
    for name in names:
        qt.QSettings().setValue(name, "")
    panel = host.load_module(MODULE).widget
    tab = next(tab for tab in panel.tabs if tab.title == "Cohort")
    answers = Answers()
    tab.dialogs = tab.run_section.dialogs = tab.training.dialogs = panel.session.questions = answers
    tab.answers, tab.panel = answers, panel
    tab.review.overview.timer.setInterval(50)
    tab.ui.readerEdit.text = "Anna"
    tab._on_reader()
    yield tab
    if tab.run.progress.works:
        tab.ui.pauseButton.click()
        wait_for(lambda: not tab.run.progress.works)
    for name, value in before.items():
        qt.QSettings().setValue(name, value or "")


@pytest.fixture
def cohort(tab, tmp_path):
    """Three scans that are done and one that failed, shown in the tab."""
    study = make_cohort(tmp_path, DOUBTS, {"broken": "broken.nii.gz cannot be read: it is no image."})
    open_study(tab, study)
    return study


def open_study(tab, study: Path) -> None:
    tab.answers.folders = [str(study)]
    tab.ui.outputButton.click()


def names(tab) -> list[str]:
    return [tab.ui.scanTable.item(row, 1).text().splitlines()[0] for row in range(tab.ui.scanTable.rowCount)]


def row_of(tab, name: str) -> int:
    return names(tab).index(name)


def opened(tab, name: str) -> None:
    review = tab.review
    wait_for(lambda: review.current is not None and review.current.scan == name)
    wait_for(lambda: not review.loading and not review.saving)


def volumes_in_scene() -> list[str]:
    import slicer.util

    nodes = slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
    return sorted(node.GetName() for node in nodes if not node.GetHideFromEditors())


def marks(study: Path) -> dict[str, tuple[str, str]]:
    from IVDSegmentationLib.cohort.state import FILE_NAME, State

    with State(study / FILE_NAME) as state:
        return {scan: mark[:2] for scan, mark in state.marks().items()}


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def scan_rows(study: Path) -> dict[str, dict[str, str]]:
    path = study / "scans.csv"
    return {row["id"]: row for row in rows(path)} if path.is_file() else {}


# ------------------------------------------------------------------------- the list
def test_the_empty_tab_says_what_to_do(tab):
    assert "Choose where the scans are" in tab.ui.countLabel.text
    assert not tab.ui.nextDoubtfulButton.isEnabled() and not tab.ui.pauseButton.isEnabled()
    tab.ui.startButton.click()
    assert "Choose a folder of scans" in tab.messages.text
    assert tab.bar.isHidden()


def test_failures_first_then_by_doubt_with_reason_and_picture(tab, cohort):
    assert names(tab) == ["broken", "odd", "so-so", "calm"]
    table = tab.ui.scanTable
    assert table.item(0, 1).text().splitlines()[1].startswith("broken.nii.gz cannot be read")
    assert "cannot be read" in table.item(0, 3).toolTip() and table.item(0, 3).text() == "failed"
    assert [table.item(1, column).text() for column in (1, 2, 3)] == ["odd\n6: L5-S1 … T12-L1", "90 %", "done"]
    wait_for(lambda: not table.item(1, 0).icon().isNull() and not table.item(3, 0).icon().isNull())
    assert tab.ui.countLabel.text == "4 scans"


def test_filters_by_status_mark_and_name(tab, cohort):
    tab.review.mark("calm", "accepted")
    choose(tab.ui.statusComboBox, "failed")
    assert names(tab) == ["broken"]
    choose(tab.ui.statusComboBox, "all scans")
    choose(tab.ui.markComboBox, "accepted")
    assert names(tab) == ["calm"]
    choose(tab.ui.markComboBox, "no mark")
    tab.ui.searchEdit.text = "SO"
    wait_for(lambda: names(tab) == ["so-so"])
    tab.ui.searchEdit.text = "nothing like it"
    wait_for(lambda: tab.ui.countLabel.text == "No scan fits these filters.")


def choose(box, text: str) -> None:
    box.currentIndex = box.findText(text)


def test_ten_thousand_scans_are_listed_in_part_and_found_by_name(tab, tmp_path):
    open_study(tab, many_scans(tmp_path / "study", 10_000))
    assert tab.ui.scanTable.rowCount == 100
    assert "The first 100 of 10,000 scans" in tab.ui.countLabel.text
    tab.ui.searchEdit.text = "scan-09999"
    wait_for(lambda: names(tab) == ["scan-09999"])


# ------------------------------------------------------------------------ the review
def test_next_doubtful_brings_scan_and_result_into_review(tab, cohort):
    tab.ui.nextDoubtfulButton.click()
    opened(tab, "odd")
    review = next(one for one in tab.panel.tabs if one.title == "Review")
    assert tab.panel.ui.tabWidget.currentIndex == tab.panel.tabs.index(review)
    assert tab.session.volume.GetName() == "odd" and len(review.list.labels) == 6
    assert not tab.bar.isHidden() and "odd" in tab.bar_ui.scanLabel.text and "90 %" in tab.bar_ui.scanLabel.text
    assert tab.list.table.selected.id == "odd"


def test_a_double_click_opens_that_scan_and_unloads_the_last(tab, cohort):
    import slicer

    before = slicer.mrmlScene.GetNumberOfNodes()
    tab.ui.nextDoubtfulButton.click()
    opened(tab, "odd")
    one_scan = slicer.mrmlScene.GetNumberOfNodes()
    tab.ui.scanTable.cellDoubleClicked.emit(row_of(tab, "calm"), 1)
    opened(tab, "calm")
    assert volumes_in_scene() == ["calm"]
    assert slicer.mrmlScene.GetNumberOfNodes() == one_scan > before, "nothing of the last scan is left"


def test_the_next_scan_is_read_ahead(tab, cohort):
    tab.ui.nextDoubtfulButton.click()
    opened(tab, "odd")
    assert tab.review._loader.ahead == "so-so"
    wait_for(lambda: tab.review._loader._fetched["so-so"].ready)
    asked = []
    request = tab.review.reader.request
    tab.review.reader.request = lambda kind, **fields: asked.append(fields["scan"]) or request(kind, **fields)
    tab.bar_ui.skipButton.click()
    assert not tab.bar_ui.acceptNextButton.isEnabled(), "the buttons wait for the scan"
    opened(tab, "so-so")
    assert asked == ["odd"], "it was there already; the next one without a mark is read ahead"


def test_one_click_accepts_a_scan_and_goes_on(tab, cohort):
    tab.ui.nextDoubtfulButton.click()
    opened(tab, "odd")
    for name in ("so-so", "calm"):
        tab.bar_ui.acceptNextButton.click()
        opened(tab, name)
    assert marks(cohort) == {"odd": ("accepted", "Anna"), "so-so": ("accepted", "Anna")}
    tab.bar_ui.acceptNextButton.click()
    assert "last scan without a mark" in tab.messages.text
    wait_for(lambda: scan_rows(cohort).get("calm", {}).get("mark") == "accepted")
    assert {row["marked_by"] for row in scan_rows(cohort).values() if row["mark"]} == {"Anna"}
    wait_for(lambda: (cohort / "index.html").is_file() and '"mark":"accepted"' in (cohort / "index.html").read_text("utf-8"))


def correct(tab) -> int:
    """Deletes a disc in the tab Review; its label."""
    review = next(one for one in tab.panel.tabs if one.title == "Review")
    review.ui.discTable.selectRow(review.list.row_of_label(3))
    review.ui.deleteButton.click()
    return 3


def test_corrections_are_written_back_as_a_whole(tab, cohort):
    from IVDSegmentationLib.volume.read import read_volume

    tab.ui.nextDoubtfulButton.click()
    opened(tab, "odd")
    label = correct(tab)
    assert tab.bar_ui.acceptNextButton.text == "Save and next" and "not saved" in tab.bar_ui.scanLabel.text
    folder = cohort / "scans" / "odd"
    pictures = (folder / "thumbnail.jpg").read_bytes()
    (folder / "notes.txt").write_text("hers")
    tab.bar_ui.acceptNextButton.click()
    opened(tab, "so-so")
    assert tab.answers.asked == [], "saving was asked for: no question"
    assert label not in read_volume(folder / "labels.nii.gz").array
    assert len(rows(folder / "measurements.csv")) == 5
    assert (folder / "thumbnail.jpg").read_bytes() != pictures and (folder / "notes.txt").read_text() == "hers"
    assert marks(cohort)["odd"] == ("corrected", "Anna")
    wait_for(lambda: (cohort / "discs.csv").is_file())
    levels = [row["level"] for row in rows(cohort / "discs.csv") if row["id"] == "odd"]
    assert len(levels) == 5 and "L3-L4" not in levels
    tab.review.open("odd")
    opened(tab, "odd")
    assert len(tab.session.result.discs) == 5


@pytest.mark.parametrize("answer", ["SAVE", "DISCARD", "CANCEL"])
def test_unsaved_corrections_are_asked_about(tab, cohort, answer):
    from IVDSegmentationLib.panels.shared.questions import Unsaved

    tab.ui.nextDoubtfulButton.click()
    opened(tab, "odd")
    correct(tab)
    tab.answers.unsaved = Unsaved[answer]
    tab.bar_ui.skipButton.click()
    assert tab.answers.asked == ["odd"]
    if answer == "CANCEL":
        assert tab.review.current.scan == "odd" and len(tab.session.result.discs) == 5 and tab.review.is_unsaved
    else:
        opened(tab, "so-so")
        assert tab.answers.asked == ["odd"], "once"
    assert marks(cohort) == ({"odd": ("corrected", "Anna")} if answer == "SAVE" else {})
    assert len(rows(cohort / "scans" / "odd" / "measurements.csv")) == (5 if answer == "SAVE" else 6)


def test_edits_made_while_the_next_scan_is_read_are_not_lost(tab, cohort):
    from IVDSegmentationLib.panels.shared.questions import Unsaved

    tab.ui.nextDoubtfulButton.click()
    opened(tab, "odd")
    tab.review.open("calm")  # not the one read ahead: it takes a moment
    assert tab.review.loading == "calm"
    correct(tab)
    tab.answers.unsaved = Unsaved.CANCEL
    wait_for(lambda: not tab.review.loading)
    assert tab.answers.asked == ["odd"] and tab.review.current.scan == "odd" and len(tab.session.result.discs) == 5


def test_a_save_that_fails_says_so_and_keeps_the_edits(tab, cohort):
    import shutil

    tab.ui.nextDoubtfulButton.click()
    opened(tab, "odd")
    correct(tab)
    shutil.rmtree(cohort / "scans" / "odd")
    (cohort / "scans" / "odd").write_text("in the way")
    tab.bar_ui.acceptNextButton.click()
    wait_for(lambda: not tab.review.saving)
    assert "could not be saved" in tab.messages.text
    assert tab.review.current.scan == "odd" and tab.review.is_unsaved and marks(cohort) == {}


def test_undoing_the_corrections_makes_the_scan_clean_again(tab, cohort):
    tab.ui.nextDoubtfulButton.click()
    opened(tab, "odd")
    correct(tab)
    next(one for one in tab.panel.tabs if one.title == "Review").ui.undoButton.click()
    assert not tab.review.is_unsaved and tab.bar_ui.acceptNextButton.text == "Accept and next"


def test_excluded_scans_leave_the_table_of_discs(tab, cohort):
    tab.ui.scanTable.selectRow(row_of(tab, "calm"))
    tab.ui.excludeButton.click()
    wait_for(lambda: scan_rows(cohort).get("calm", {}).get("mark") == "exclude")
    assert {row["id"] for row in rows(cohort / "discs.csv")} == {"odd", "so-so"}
    tab.ui.scanTable.selectRow(row_of(tab, "calm"))
    tab.ui.clearButton.click()
    assert marks(cohort) == {}
    wait_for(lambda: {row["id"] for row in rows(cohort / "discs.csv")} == {"odd", "so-so", "calm"})


def test_tables_follow_marks_when_another_cohort_is_opened_at_once(tab, cohort, tmp_path):
    tab.review.overview.timer.setInterval(60_000)
    tab.review.mark("calm", "accepted")
    open_study(tab, tmp_path / "another")
    wait_for(lambda: scan_rows(cohort).get("calm", {}).get("mark") == "accepted")


def test_a_scan_can_be_queued_again_but_not_over_corrections(tab, cohort):
    from IVDSegmentationLib.cohort.scans import Status

    tab.review.mark("calm", "accepted")
    tab.review.mark("odd", "corrected")
    for name in ("calm", "broken"):
        tab.ui.scanTable.selectRow(row_of(tab, name))
        tab.ui.redoButton.click()
        assert tab.run.state.record(name).status is Status.QUEUED
        assert "1 scan is to be done again" in tab.messages.text and tab.ui.startButton.text == "Resume"
        tab.ui.scanTable.selectRow(row_of(tab, name))
        assert not tab.ui.redoButton.isEnabled(), "it is waiting already"
    assert "calm" not in marks(cohort)
    tab.ui.scanTable.selectRow(row_of(tab, "odd"))
    assert not tab.ui.redoButton.isEnabled()
    tab.ui.clearButton.click()
    tab.ui.scanTable.selectRow(row_of(tab, "odd"))
    assert tab.ui.redoButton.isEnabled()


def test_a_failed_scan_that_cannot_be_read_says_why(tab, cohort):
    tab.review.open("broken")
    wait_for(lambda: bool(tab.messages.text))
    assert "broken could not be opened" in tab.messages.text
    assert tab.review.current is None and not tab.review.loading


def test_marks_of_the_page_are_the_same_marks(tab, cohort, tmp_path):
    from IVDSegmentationLib.cohort.scans import Status

    tab.answers.file = str(tmp_path / "marks.csv")
    Path(tab.answers.file).write_text("id,mark,who\ncalm,good,Ben\nodd,redo,\nso-so,exclude,Ben\n")
    tab.ui.importMarksButton.click()
    assert marks(cohort) == {"calm": ("good", "Ben"), "so-so": ("exclude", "Ben")}
    assert "done again" in tab.messages.text
    assert tab.run.state.record("odd").status is Status.QUEUED and tab.ui.startButton.text == "Resume"
    Path(tab.answers.file).write_text("id,mark\nnobody,good\n")
    tab.ui.importMarksButton.click()
    assert "has no scan 'nobody'" in tab.messages.text


def test_accepted_scans_become_training_cases(tab, cohort, tmp_path):
    from IVDSegmentationLib.cases.store import list_cases

    for name, mark in (("odd", "accepted"), ("calm", "corrected"), ("so-so", "exclude")):
        tab.run.state.mark(name, mark, "Anna")
    tab.answers.folders = [str(tmp_path / "training")]
    tab.ui.trainingSetButton.click()
    wait_for(lambda: not tab.training.works)
    assert "2 scans were added" in tab.messages.text
    assert len(list_cases(tmp_path / "training")) == 2
    train = next(one for one in tab.panel.tabs if one.title == "Train")
    assert train.cases.folder == str(tmp_path / "training") and len(train.cases.records) == 2, "the other tab shows them"
    tab.ui.trainingSetButton.click()
    wait_for(lambda: not tab.training.works)
    assert "0 scans were added" in tab.messages.text and "2 in it already" in tab.messages.text


def test_a_state_that_another_process_holds_is_looked_at_again(tab, tmp_path):
    """Its transactions take milliseconds, on a slow disk more: no reason to call the cohort unreadable."""
    import sqlite3

    study = make_cohort(tmp_path, DOUBTS)
    other = sqlite3.connect(study / "cohort.sqlite", isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    open_study(tab, study)
    assert tab.messages.text == "" and names(tab) == []
    other.close()
    wait_for(lambda: names(tab) == ["odd", "so-so", "calm"])
    tab.ui.nextDoubtfulButton.click()
    opened(tab, "odd")


def test_a_damaged_state_is_a_sentence(tab, tmp_path):
    study = tmp_path / "study"
    study.mkdir()
    (study / "cohort.sqlite").write_bytes(b"not a database" * 100)
    open_study(tab, study)
    assert "is damaged" in tab.messages.text and "rebuild" in tab.messages.text


def test_the_scene_may_be_closed_during_a_review(tab, cohort):
    import slicer

    tab.ui.nextDoubtfulButton.click()
    opened(tab, "odd")
    slicer.mrmlScene.Clear(0)
    assert tab.review.current is None and tab.bar.isHidden()
    tab.ui.nextDoubtfulButton.click()
    opened(tab, "odd")
    assert volumes_in_scene() == ["odd"]


# --------------------------------------------------------------------------- the run
def test_dicom_studies_become_a_list(tab, tmp_path):
    class Database:
        def selected_studies(self):
            return ["1.2.3"]

        def folders_of_study(self, study):
            return [tmp_path / "a", tmp_path / "b"]

    tab.run_section.database = Database()
    open_study(tab, tmp_path / "study")
    tab.ui.dicomButton.click()
    written = rows(Path(tab.ui.sourceEdit.text))
    assert written == [{"path": str(tmp_path / name), "study": "1.2.3"} for name in "ab"]
    Database.selected_studies = lambda self: []
    tab.ui.dicomButton.click()
    assert "No study is selected" in tab.messages.text


def test_a_run_that_cannot_start_says_why(tab, tmp_path):
    (tmp_path / "scans").mkdir()
    (tmp_path / "list.csv").write_text("file\nx\n")
    tab.answers.file = str(tmp_path / "list.csv")
    tab.ui.listButton.click()
    assert tab.ui.outputEdit.text == str(tmp_path / "list-discs")
    tab.ui.startButton.click()
    wait_for(lambda: bool(tab.messages.text))
    assert "has no column 'path'" in tab.messages.text
    assert not tab.run.progress.works and tab.ui.startButton.isEnabled()


MANY = 60


def keep_queued(state, count: int) -> int:
    """Take away what was not begun, files and rows, but for so many scans; how many are left."""
    from IVDSegmentationLib.cohort.scans import Status

    queued = list(state.records(Status.QUEUED))
    for record in queued[count:]:
        Path(record.source.path).unlink()
        state._connection.execute("DELETE FROM scan WHERE id = ?", (record.id,))
    return min(count, len(queued))


@pytest.mark.slow
def test_start_pause_close_resume(tab, host, tmp_path, monkeypatch):
    """A real run: it is paused, goes on after the panel was closed, and is watched by the next panel. More scans are there
    than any machine segments before the pause reaches the run; most are taken away before it goes on."""
    pytest.importorskip("torch")
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))
    from IVDSegmentationLib.cohort.scans import Status
    from IVDSegmentationLib.volume.write import write_volume
    from sample_files import image_of, spine

    scans = tmp_path / "scans"
    scans.mkdir()
    write_volume(image_of(spine((1, 2, 3))), tmp_path / "scan.nii.gz")
    for number in range(MANY):
        os.link(tmp_path / "scan.nii.gz", scans / f"scan-{number:03d}.nii.gz")
    (scans / "bad.nii.gz").write_bytes(b"no image")
    tab.answers.folders = [str(scans)]
    tab.ui.folderButton.click()
    tab.ui.startButton.click()
    assert tab.run.progress.works and not tab.ui.startButton.isEnabled()
    wait_for(lambda: tab.run.state is not None and any(tab.run.state.records(Status.DONE, Status.NO_SPINE)))
    tab.ui.pauseButton.click()
    wait_for(lambda: not tab.run.progress.works)
    assert tab.ui.startButton.text == "Resume" and "paused" in tab.ui.progressLabel.text
    done = tab.run.progress.done
    assert 1 <= done < MANY
    left = keep_queued(tab.run.state, 3)
    tab.ui.startButton.click()
    wait_for(lambda: tab.run.state.counts()[Status.RUNNING] > 0 or not tab.run.progress.works)
    folder = tab.run.folder
    tab.cleanup()
    again = next(one for one in host.load_module(MODULE).widget.tabs if one.title == "Cohort")
    again.run_section.attach(folder)
    wait_for(lambda: not again.run.progress.works)
    assert again.ui.startButton.text == "Start" and again.run.progress.failed == 1
    assert again.run.progress.done == done + left, "the run outlived the panel"
    assert names(again)[0] == "bad" and not again.ui.retryCheckBox.isHidden()
    assert (folder / "discs.csv").is_file() and (folder / "index.html").is_file()


def test_the_scene_may_be_closed_while_a_scan_is_put_into_it(tab, cohort):
    import slicer

    before = slicer.mrmlScene.GetNumberOfNodes()
    tab.ui.nextDoubtfulButton.click()
    wait_for(lambda: tab.review._writing.running)
    slicer.mrmlScene.Clear(0)
    assert not tab.review.loading and not tab.session.writing and tab.review.current is None
    assert slicer.mrmlScene.GetNumberOfNodes() <= before
    tab.ui.nextDoubtfulButton.click()
    opened(tab, "odd")


@pytest.mark.slow
@pytest.mark.parametrize("how", ["the scene", "the panel"])
def test_corrections_being_saved_are_saved_whatever_is_closed(tab, cohort, how, monkeypatch):
    import slicer
    from IVDSegmentationLib.panels.cohort import review

    monkeypatch.setattr(review, "SAVING_SECONDS", HANG_GUARD_S)
    tab.ui.nextDoubtfulButton.click()
    opened(tab, "odd")
    correct(tab)
    tab.bar_ui.acceptNextButton.click()
    assert tab.review.saving
    if how == "the scene":
        slicer.mrmlScene.Clear(0)
        wait_for(lambda: not tab.review.saving)
        assert tab.review.current is None and not tab.review.loading, "no scan comes into the new scene unasked"
    else:
        tab.cleanup()
    assert marks(cohort) == {"odd": ("corrected", "Anna")}
    assert len(rows(cohort / "scans" / "odd" / "measurements.csv")) == 5
