"""Every file operation may fail: afterwards all is old or all is new, never mixed, with a sentence and nothing lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from file_faults import try_every_fault
from IVDSegmentationLib.cases import case_folders, load_real_case, store
from IVDSegmentationLib.cases.importing import import_folder
from IVDSegmentationLib.cases.store import NewCase
from IVDSegmentationLib.locks import LOCK_NAME
from IVDSegmentationLib.measurement import measure_discs
from IVDSegmentationLib.measurement.table import write_csv
from IVDSegmentationLib.network.tensors import read_tensors, write_tensors
from IVDSegmentationLib.output import write_outputs
from IVDSegmentationLib.output.segmentation import write_segmentation
from IVDSegmentationLib.reporting import write_report_page
from IVDSegmentationLib.volume import Volume
from IVDSegmentationLib.volume.write import write_volume
from sample_files import SAGITTAL, image_of, result_of, spine


def visible(folder: Path) -> dict[str, bytes]:
    """What a user sees: files without the hidden ones."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    parts = ((path, path.relative_to(folder).parts) for path in paths)
    return {"/".join(names): path.read_bytes() for path, names in parts if not any(name[0] == "." for name in names)}


def hidden(folder: Path) -> list[str]:
    return [str(path) for path in folder.rglob(".*") if path.name != LOCK_NAME]


def results(labels: tuple[int, ...]) -> tuple:
    grid = spine(labels)
    return result_of(grid), image_of(grid)


def write_results(folder: Path, labels: tuple[int, ...]) -> None:
    result, image = results(labels)
    write_outputs(result, image, folder / "scan", input_name=f"{len(labels)}.nii.gz")


@pytest.mark.slow
@pytest.mark.parametrize("swaps", [True, False], ids=["names are swapped", "names are renamed"])
def test_results_of_a_scan(tmp_path, monkeypatch, swaps):
    from IVDSegmentationLib.files import exchange

    if not swaps:
        monkeypatch.setattr(exchange, "_swap", lambda: exchange._not_there)
    small = np.zeros((8, 8, 3), np.uint8)  # drawing takes long and touches no file
    monkeypatch.setattr("IVDSegmentationLib.output.folder.preview_picture", lambda result, image: small + len(result.discs))
    result, image = results((1, 2, 3))
    write_results(tmp_path / "first", (1, 2))
    (tmp_path / "first" / "scan" / "notes.txt").write_text("mine")
    old = visible(tmp_path / "first")

    def make(number: int) -> Path:
        return Path(shutil.copytree(tmp_path / "first", tmp_path / f"{number}"))

    def check(folder: Path, succeeded: bool) -> None:
        now = visible(folder)
        if not now:  # the disk was lost between two renames: the next run finds both folders under hidden names
            assert not swaps and not succeeded
        elif now != old:  # the seconds of report.json differ from run to run, the rest must be new as a whole
            assert now.keys() == old.keys()
            assert b"3.nii.gz" in now["scan/report.json"] and now["scan/notes.txt"] == b"mine"
            assert all(now[name] != old[name] for name in old if not name.endswith(("report.json", "notes.txt")))
        assert succeeded == (now not in ({}, old))
        write_outputs(result, image, folder / "scan", input_name="again.nii.gz")
        now = visible(folder)
        assert b"again.nii.gz" in now["scan/report.json"] and now["scan/notes.txt"] == b"mine" and not hidden(folder)
        shutil.rmtree(folder)

    def act(folder: Path) -> None:
        write_outputs(result, image, folder / "scan", input_name="3.nii.gz")

    assert try_every_fault(make, act, check) > 40


EXPORTED = (
    *("labels.nii.gz", "segmentation.seg.nrrd", "measurements.csv", "model.safetensors"),
    pytest.param("report.html", marks=pytest.mark.slow),  # drawn anew for every fault
)


@pytest.mark.parametrize("name", EXPORTED)
def test_files_that_are_exported_one_by_one(tmp_path, name):
    result, image = results((1, 2))
    measured = measure_discs(result.labels, image)
    tensors = {"weight": np.arange(6, dtype=np.float32)}
    writers = {
        "labels.nii.gz": lambda path: write_volume(result.labels, path),
        "segmentation.seg.nrrd": lambda path: write_segmentation(result, path),
        "report.html": lambda path: write_report_page(path, result, image),
        "measurements.csv": lambda path: write_csv(measured, path),
        "model.safetensors": lambda path: write_tensors(tensors, {"card": "{}"}, path),
    }
    writers[name](tmp_path / name)
    new = (tmp_path / name).read_bytes()

    def make(number: int) -> Path:
        folder = tmp_path / f"{number}"
        folder.mkdir()
        (folder / name).write_bytes(b"old")
        return folder

    def check(folder: Path, succeeded: bool) -> None:
        content = (folder / name).read_bytes()
        # a file of ITK holds the date, so that only its length is the same
        assert content == b"old" if not succeeded else len(content) == len(new)
        writers[name](folder / name)
        assert [path.name for path in folder.iterdir()] == [name]

    assert try_every_fault(make, lambda folder: writers[name](folder / name), check) >= 6
    if name == "model.safetensors":
        assert read_tensors(tmp_path / name)[0]["weight"].tolist() == list(range(6))


def small_scan(seed: int) -> tuple[Volume, Volume]:
    """Two boxes as discs, 36 mm apart: image and labels."""
    labels = np.zeros((8, 100, 50), np.uint8)
    labels[2:6, 70:77, 12:38] = 1
    labels[2:6, 41:48, 12:38] = 2
    values = np.random.default_rng(seed).normal(200, 20, labels.shape) + 400 * (labels > 0)
    grid = Volume(values.astype(np.int16), (1.25, 1.25, 4.0), direction=SAGITTAL)
    return grid, grid.with_array(labels)


def listed(folder: Path) -> dict[str, tuple]:
    """The cases as the program lists them; each must load."""
    if not folder.is_dir():
        return {}
    for path in case_folders(folder):
        case = load_real_case(path)
        assert case.image is not None and case.labels.array.any() and (path / "valid.nii.gz").is_file()
    return {one.id: (one.role, one.discs, one.sha256, one.patient) for one in store.existing_cases(folder)}


@pytest.fixture(autouse=True)
def own_models(tmp_path, monkeypatch):
    monkeypatch.setenv("IVDSEG_MODELS", str(tmp_path / "home" / "models"))


@pytest.mark.slow
def test_a_case_that_is_added(tmp_path):
    store.add_case(tmp_path / "first", NewCase(*small_scan(0), patient="Doe"), store.VALIDATION)
    old = listed(tmp_path / "first")
    image, labels = small_scan(1)

    def make(number: int) -> Path:
        return Path(shutil.copytree(tmp_path / "first", tmp_path / f"{number}"))

    def act(folder: Path) -> None:
        store.add_case(folder, NewCase(image, labels, patient="Doe"))

    def check(folder: Path, succeeded: bool) -> None:
        now = listed(folder)
        assert {name: now[name] for name in old} == old
        assert len(now) == len(old) + succeeded
        assert all(role == store.VALIDATION for role, *_ in now.values())  # a patient is never on both sides
        if not succeeded:
            act(folder)
            assert len(listed(folder)) == 2
        assert not hidden(folder)
        shutil.rmtree(folder)

    assert try_every_fault(make, act, check) > 20


@pytest.mark.slow
def test_cases_that_are_imported(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    for number in range(2):
        image, labels = small_scan(number)
        write_volume(image, source / f"s{number}.nii.gz")
        write_volume(labels, source / f"s{number}_labels.nii.gz")

    def make(number: int) -> Path:
        folder = tmp_path / f"{number}"
        shutil.copytree(source, folder / "source")
        return folder

    def act(folder: Path) -> None:
        report = import_folder(folder / "source", folder / "cases", keep_names=True)
        act.added = {record.id for record in report.added}
        assert all(reason.endswith(".") for _, reason in report.refused)

    def check(folder: Path, succeeded: bool) -> None:
        now = listed(folder / "cases")
        if succeeded:
            assert set(now) == act.added  # what it says is what is there
        assert set(now) <= {"s0", "s1"}
        import_folder(folder / "source", folder / "cases", keep_names=True)
        assert set(listed(folder / "cases")) == {"s0", "s1"} and not hidden(folder)
        shutil.rmtree(folder)

    assert try_every_fault(make, act, check) > 40


def test_a_role_that_is_given(tmp_path):
    for seed in (0, 1):
        store.add_case(tmp_path / "first", NewCase(*small_scan(seed)))
    old = listed(tmp_path / "first")

    def make(number: int) -> Path:
        return Path(shutil.copytree(tmp_path / "first", tmp_path / f"{number}"))

    def act(folder: Path) -> None:
        store.set_role(store.existing_cases(folder), "case-001", store.VALIDATION)

    def check(folder: Path, succeeded: bool) -> None:
        now = listed(folder)
        assert (now["case-001"][0] == store.VALIDATION) == succeeded
        assert now["case-002"] == old["case-002"]
        act(folder)
        assert not hidden(folder)

    assert try_every_fault(make, act, check) >= 6
