"""Runs over many scans: crashes, hangs, kills, full disks, and starting again."""

from __future__ import annotations

import ast
import csv
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cohort_work import scripted_work
from IVDSegmentationLib.cohort.command import Cohort
from IVDSegmentationLib.cohort.engine import LocalEngine
from IVDSegmentationLib.cohort.pool import Pool
from IVDSegmentationLib.cohort.run import PAUSE, Run
from IVDSegmentationLib.cohort.scans import Source, Status
from IVDSegmentationLib.cohort.settings import Settings, Shard
from IVDSegmentationLib.cohort.state import FILE_NAME, State
from IVDSegmentationLib.errors import InputError, OutputError
from IVDSegmentationLib.volume import Volume
from IVDSegmentationLib.volume.write import write_volume
from sample_files import phantom, spine


def run_scripted(folder: Path, *names: str, time_limit: float = 60.0, report=lambda progress: None, jobs: int = 2):
    """A run in which each scan does what its name says; returns the run and the records by name."""
    state = State(folder / FILE_NAME)
    state.add([Source(f"/scans/{n}/{name}", f"{name}_{n}") for n, name in enumerate(names)])
    engine = LocalEngine(jobs, time_limit, threads=1)
    engine._pool = Pool(jobs, time_limit, scripted_work)
    run = Run(folder, state, Settings(), engine, report)
    try:
        run.run()
    finally:
        engine.close()
    return run, {record.id.rsplit("_", 1)[0]: record for record in state.records()}


def processes(folder: Path, name: str) -> list[int]:
    """Ids of the processes that have tried a scan."""
    path = next((folder / "scans").glob(f"{name}_*/attempts.txt"))
    return [int(line) for line in path.read_text(encoding="utf-8").splitlines()]


def attempts(folder: Path, name: str) -> int:
    return len(processes(folder, name))


def test_a_crash_costs_one_attempt_and_no_other_scan(tmp_path):
    _, records = run_scripted(tmp_path, "good", "crash", "crash-once", "fine", "bad")
    assert {name: record.status for name, record in records.items()} == {
        "good": Status.DONE,
        "crash": Status.FAILED,
        "crash-once": Status.DONE,
        "fine": Status.DONE,
        "bad": Status.FAILED,
    }
    assert "given up after 3 attempts" in records["crash"].message and "signal 9" in records["crash"].message
    assert records["bad"].message == "It cannot be read."
    assert (attempts(tmp_path, "crash"), attempts(tmp_path, "crash-once"), attempts(tmp_path, "bad")) == (3, 2, 1)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the processes are not forked from another one")
def test_the_end_of_the_process_that_workers_are_forked_from_costs_an_attempt(tmp_path):
    _, records = run_scripted(tmp_path, "good", "kill-parent-once", "fine", jobs=1)
    assert all(record.status is Status.DONE for record in records.values())
    first, _second = processes(tmp_path, "kill-parent-once")
    status = Path(f"/proc/{first}/stat")
    assert not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] == "Z", "a scan has one writer"


def test_a_worker_has_the_threads_it_was_given_and_the_modules_it_needs(tmp_path):
    program = (
        "from pathlib import Path\n"
        "from cohort_work import described_process\n"
        "from IVDSegmentationLib.cohort.pool import Pool\n"
        "from IVDSegmentationLib.cohort.scans import Source\n"
        "from IVDSegmentationLib.cohort.task import Task\n"
        "if __name__ == '__main__':\n"
        "    tasks = [Task('one', Source('/one', 'one'), '/nowhere')]\n"
        "    with Pool(1, 60, described_process, threads=3, imports=['colorsys']) as pool:\n"
        "        for outcome in pool.run(lambda worker: tasks.pop() if tasks else None):\n"
        "            print(outcome.summary)\n"
    )
    (tmp_path / "program.py").write_text(program)
    paths = [str(Path(__file__).resolve().parents[2] / "IVDSegmentation"), str(Path(__file__).resolve().parent)]
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_THREADS")}
    environment |= {"PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "2"}
    done = subprocess.run([sys.executable, tmp_path / "program.py"], env=environment, capture_output=True, text=True)
    seen = ast.literal_eval(done.stdout.strip())
    assert seen["threads"] == {"OMP_NUM_THREADS": "2", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "3"}, done.stderr
    assert seen["imported"] is (sys.platform == "linux")


@pytest.mark.slow
def test_a_scan_that_hangs_is_ended_at_its_time_limit(tmp_path):
    _, records = run_scripted(tmp_path, "hang", "good", time_limit=2.0)
    assert records["good"].status is Status.DONE
    assert records["hang"].status is Status.FAILED
    assert "longer than 2 s" in records["hang"].message


def test_a_full_disk_ends_the_run_and_fails_no_scan(tmp_path):
    run, records = run_scripted(tmp_path, "full", *["good"] * 20, jobs=1)
    assert run.trouble == "The disk is full. Free some space."
    assert records["full"].status is Status.QUEUED
    assert run.state.counts()[Status.FAILED] == 0
    assert run.state.counts()[Status.QUEUED] >= 20


def test_a_pause_ends_the_run_after_the_scans_at_work(tmp_path):
    state_path = tmp_path / FILE_NAME

    def pause(progress):
        if progress.done == 2:
            with State(state_path) as other:  # Slicer's tab, in another process
                other.set("request", PAUSE)

    run, _ = run_scripted(tmp_path, *["good"] * 12, report=pause, jobs=1)
    counts = run.state.counts()
    assert counts[Status.RUNNING] == 0
    assert 2 <= counts[Status.DONE] <= 3
    run_again, _ = run_scripted(tmp_path)
    assert run_again.state.counts()[Status.DONE] == 12


def test_progress_tells_how_many_and_how_long(tmp_path):
    seen = []
    run_scripted(tmp_path, "good", "bad", "good", report=seen.append)
    assert (seen[0].total, seen[0].done, seen[0].seconds_left, seen[0].last) == (3, 0, None, None)
    last = seen[-1]
    assert (last.done, last.failed, last.seconds_left) == (2, 1, 0)
    assert last.per_minute > 0


# ------------------------------------------------------------------ the real program on real files
@pytest.fixture
def source(tmp_path) -> Path:
    """Three volumes of a spine, a file that is no volume, and a label map."""
    folder = tmp_path / "source"
    for n in range(3):
        write_volume(phantom(), make(folder / f"exam{n}") / "t2.nii.gz")
    write_volume(spine((1, 2)), folder / "exam0" / "t2_labels.nii.gz")
    (folder / "broken.nii.gz").write_bytes(b"no volume")
    return folder


def changed(volume: Volume) -> Volume:
    """The volume with one other voxel."""
    array = volume.array.copy()
    array[0, 0, 0] += 1
    return volume.with_array(array)


def make(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def cohort_rows(folder: Path) -> dict[str, dict[str, str]]:
    with open(folder / "scans.csv", encoding="utf-8") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def run_cohort(source: Path, folder: Path, **preparation):
    with Cohort(folder, Settings(jobs=1, threads=1)) as cohort:
        plan = cohort.prepare(source, path_names=True, **preparation)
        cohort.run(lambda progress: None)
        return plan, cohort.state.records()


@pytest.mark.slow
def test_a_second_start_does_only_what_changed(source, tmp_path):
    folder = tmp_path / "cohort"
    plan, records = run_cohort(source, folder)
    assert (plan.queued, plan.left_out) == (4, 1)
    rows = cohort_rows(folder)
    assert rows["broken"]["status"] == "failed" and "broken.nii.gz" in rows["broken"]["message"]
    assert rows["t2_labels.nii.gz"]["status"] == "left out"
    assert all(rows[f"exam{n}_t2"]["input_sha256"] for n in range(3))

    plan, _ = run_cohort(source, folder)
    assert (plan.queued, plan.skipped) == (0, 4)

    os.utime(source / "exam0" / "t2.nii.gz")  # touched, the same content
    write_volume(changed(phantom()), source / "exam1" / "t2.nii.gz")
    plan, _ = run_cohort(source, folder)
    assert [record.id for record in plan.again] == ["exam1_t2"]

    plan, _ = run_cohort(source, folder, retry_failed=True)
    assert [record.id for record in plan.again] == ["broken"]


@pytest.mark.slow
def test_ctrl_c_and_a_kill_lose_nothing(source, tmp_path):
    folder = tmp_path / "cohort"
    options = ["--jobs", "1", "--json", "--path-names"]
    command = [sys.executable, "-m", "IVDSegmentationLib", "cohort", str(source), "-o", str(folder), *options]
    library = Path(__file__).resolve().parents[2] / "IVDSegmentation"
    for ending in (signal.SIGINT, signal.SIGKILL):
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(library)}
        )
        assert '"plan"' in process.stdout.readline()
        process.stdout.readline()  # the first scan
        process.send_signal(ending)
        _, errors = process.communicate(timeout=300)
        assert process.returncode in (130, -signal.SIGKILL, 0, 3)
        assert "Traceback" not in errors
    _, records = run_cohort(source, folder)
    assert sorted(record.status.value for record in records) == ["done", "done", "done", "failed"]


def test_two_runs_cannot_share_a_folder(source, tmp_path):
    with (
        Cohort(tmp_path / "cohort", Settings()),
        pytest.raises(OutputError, match="Another run is working"),
        Cohort(tmp_path / "cohort", Settings()),
    ):
        pass


@pytest.mark.slow
def test_shards_share_the_scans_out_and_merge(source, tmp_path):
    from IVDSegmentationLib.cohort.rebuild import merge

    folder = tmp_path / "cohort"
    seen = []
    for number in (1, 2, 3):
        with Cohort(folder, Settings(jobs=1, threads=1), Shard(number, 3)) as cohort:
            cohort.prepare(source)
            seen.append({record.id for record in cohort.state.records()})
            cohort.run(lambda progress: None)
    assert [len(part) for part in seen] == [2, 1, 1]
    assert merge(folder) == len(set.union(*seen)) == 4
    with State(folder / FILE_NAME) as state:
        assert state.counts()[Status.DONE] == 3
    assert merge(folder) == 4  # can be done again


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", ""])
def test_a_shard_that_cannot_be_is_refused(text):
    with pytest.raises(InputError, match="is not a shard"):
        Shard.of(text)


def test_a_vanished_source_folder_ends_the_run(source, tmp_path):
    import shutil

    folder = tmp_path / "cohort"
    with Cohort(folder, Settings(jobs=1, threads=1)) as cohort:
        cohort.prepare(source)
        shutil.rmtree(source)
        with pytest.raises(OutputError, match="does not exist any more"):
            cohort.run(lambda progress: None)
        assert cohort.state.counts()[Status.QUEUED] == 4


@pytest.mark.slow
def test_a_dask_cluster_does_the_same_and_survives_the_loss_of_a_worker(source, tmp_path):
    distributed = pytest.importorskip("distributed")
    folder = tmp_path / "cohort"
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster:
        killed = []

        def kill_one(progress):
            if progress.last is not None and not killed:
                killed.append(next(iter(cluster.workers.values())).pid)
                os.kill(killed[0], signal.SIGKILL)

        with Cohort(folder, Settings(threads=1), scheduler=cluster.scheduler_address) as cohort:
            cohort.prepare(source, path_names=True)
            cohort.run(kill_one)
            records = cohort.state.records()
    assert killed
    assert sorted(record.status.value for record in records) == ["done", "done", "done", "failed"]
    assert all((folder / "scans" / f"exam{n}_t2" / "labels.nii.gz").is_file() for n in range(3))


def test_a_scheduler_that_does_not_answer_is_a_sentence(tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("IVDSegmentationLib.cohort.engine._CONNECT_SECONDS", 0.5)
    with (
        Cohort(tmp_path, Settings(), scheduler="tcp://127.0.0.1:9") as cohort,
        pytest.raises(InputError, match="No Dask scheduler answers at tcp://127.0.0.1:9"),
    ):
        cohort.run(lambda progress: None)
