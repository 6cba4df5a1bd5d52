"""The cases to learn from: added, imported, checked, split by patient; unlabelled is not background."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from IVDSegmentationLib.cases import load_real_case, store
from IVDSegmentationLib.cases.importing import find_pairs, import_folder
from IVDSegmentationLib.cases.labelmaps import label_of_segment, read_label_map
from IVDSegmentationLib.cases.regions import valid_region
from IVDSegmentationLib.cases.thumbnails import thumbnail_file
from IVDSegmentationLib.errors import InputError
from IVDSegmentationLib.files import plain_json
from IVDSegmentationLib.volume import Volume
from IVDSegmentationLib.volume.write import write_volume
from tiny_training import ROOT

SAGITTAL = np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])


def spine(labels_wanted=(1, 2, 3, 4), seed: int = 0) -> tuple[Volume, Volume]:
    """A stack of flat boxes, 36 mm apart, the lowest at the bottom: image and labels, 1.25 x 1.25 x 4 mm."""
    shape = (12, 160, 60)
    labels = np.zeros(shape, np.uint8)
    for number in range(1, 5):
        j = 150 - 29 * number
        if number in labels_wanted:
            labels[3:9, j : j + 7, 18:44] = number
    rng = np.random.default_rng(seed)
    image = (rng.normal(200, 20, shape) + 400 * (labels > 0)).astype(np.int16)
    grid = Volume(image, (1.25, 1.25, 4.0), (24.0, -30.0, 90.0), SAGITTAL)
    return grid, grid.with_array(labels)


@pytest.fixture(autouse=True)
def own_models(tmp_path, monkeypatch):
    monkeypatch.setenv("IVDSEG_MODELS", str(tmp_path / "home" / "models"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")


def test_a_case_is_added_and_reads_back(tmp_path):
    image, labels = spine()
    case = store.NewCase(image, labels, patient="1234567", provenance={"source": "scene"})
    record = store.add_case(tmp_path / "cases", case)
    assert record.id == "case-001" and record.discs == ("L5-S1", "L4-L5", "L3-L4", "L2-L3")
    case = load_real_case(record.folder)
    assert np.array_equal(case.image.array, image.array) and np.array_equal(case.labels.array, labels.array)
    assert case.image.same_grid(image)
    everything = "".join(p.read_text("utf-8", "replace") for p in record.folder.rglob("*") if p.is_file())
    assert "1234567" not in everything
    assert record.info["added"]["at"] and len(record.sha256) == 64
    assert sorted(p.name for p in (tmp_path / "cases").iterdir()) == [".lock", "case-001", "roles.json"]


def test_a_name_is_kept_only_when_given(tmp_path):
    assert store.add_case(tmp_path, store.NewCase(*spine(), name="knee 7")).id == "knee_7"
    assert store.add_case(tmp_path, store.NewCase(*spine(seed=1))).id == "case-001"


def test_the_same_scan_is_not_added_twice(tmp_path):
    image, labels = spine()
    store.add_case(tmp_path, store.NewCase(image, labels))
    with pytest.raises(InputError, match="already, as case-001"):
        store.add_case(tmp_path, store.NewCase(image.with_array(image.array.astype(np.float32)), labels))


def other_grid(image: Volume, labels: Volume) -> Volume:
    return Volume(labels.array, (1.0, 1.25, 4.0), labels.origin_mm_lps, labels.direction)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda i, m: (i, m.with_array(np.zeros_like(m.array))), "No disc is labelled"),
        (
            lambda i, m: (i, m.with_array(np.where(m.array == 4, 240, m.array).astype(np.uint8))),
            "stand for no structure: 240",
        ),
        (lambda i, m: (i, other_grid(i, m)), "another grid than the image: its voxels are 1 x 1.25 x 4 mm"),
        (
            lambda i, m: (i, Volume(m.array[1:], m.spacing_mm, m.origin_mm_lps, m.direction)),
            "another grid than the image: it has",
        ),
        (lambda i, m: (i, m.with_array(m.array[:, ::-1].copy())), "out of order"),
        (lambda i, m: (Volume(i.array, (0.01, 0.01, 4.0), i.origin_mm_lps, i.direction),) * 2, "spacing|mm"),
        (lambda i, m: (i.with_array(np.full_like(i.array, 7)), m), "."),
    ],
)
def test_a_broken_case_is_refused_in_words(tmp_path, spoil, words):
    image, labels = spoil(*spine())
    with pytest.raises(InputError, match=words):
        store.add_case(tmp_path, store.NewCase(image, labels))
    assert store.existing_cases(tmp_path) == []


def test_unlabelled_is_not_background(tmp_path):
    image, labels = spine((2, 4))
    valid = valid_region(labels)
    whole = spine()[1].array
    assert valid[whole == 2].all() and valid[whole == 4].all()
    assert not valid[whole == 3].any() and not valid[whole == 1].any()  # they may be there, nobody said
    record = store.add_case(tmp_path, store.NewCase(image, labels))
    assert any("Between L4-L5 and L2-L3 a disc is not annotated" in text for text in record.warnings)
    assert valid_region(spine((2, 3))[1])[whole == 3].all()


def test_a_patient_stays_on_one_side(tmp_path):
    for seed, patient in enumerate(("A", "A", "B")):
        store.add_case(tmp_path, store.NewCase(*spine(seed=seed), patient=patient))
    records = store.list_cases(tmp_path)
    assert records[0].patient == records[1].patient != records[2].patient
    assert store.set_role(records, "case-001", store.VALIDATION) == ["case-001", "case-002"]
    records = store.list_cases(tmp_path)
    assert [r.role for r in records] == ["validation", "validation", "training"]
    assert store.split_problems(records) == []
    third = store.add_case(tmp_path, store.NewCase(*spine(seed=9), patient="a "))  # the same person once more
    assert third.role == store.VALIDATION
    store.write_roles(tmp_path, {"case-001": "training"} | {r.id: "validation" for r in records[1:]})
    assert "same patient is on both sides" in store.split_problems(store.list_cases(tmp_path))[0]


def test_pairs_are_found_and_imported(tmp_path):
    source = tmp_path / "source"
    (source / "sub").mkdir(parents=True)
    image, labels = spine()
    write_volume(image, source / "one.nii.gz")
    write_volume(labels, source / "one_labels.nii.gz")
    image2, labels2 = spine((1, 2), seed=3)
    write_volume(image2, source / "two.nrrd")
    write_volume(labels2.with_array(labels2.array * 0), source / "two-label.nrrd")
    image3, labels3 = spine(seed=4)
    write_volume(image3, source / "sub" / "image.mha")
    write_volume(labels3, source / "sub" / "labels.mha")
    assert [pair.name for pair in find_pairs(source)] == ["one", "sub", "two"]
    report = import_folder(source, tmp_path / "cases")
    assert len(report.added) == 2 and report.refused[0][0] == "two" and "No disc is labelled" in report.refused[0][1]
    assert sorted(r.role for r in store.list_cases(tmp_path / "cases")) == ["training", "validation"]
    assert "1 refused" in report.text()


def test_a_slicer_segmentation_is_understood(tmp_path):
    """Cropped to its segments and in two layers, as Slicer saves it."""
    import SimpleITK as sitk

    image, labels = spine()
    crop = (slice(2, 10), slice(30, 150), slice(15, 50))
    part = labels.array[crop]
    layers = np.stack([(part == 2) * 1, (part == 3) * 1 + (part == 4) * 2], -1).astype(np.uint8)
    stored = sitk.GetImageFromArray(layers, isVector=True)
    stored.SetSpacing(image.spacing_mm)
    stored.SetDirection(image.direction.ravel().tolist())
    stored.SetOrigin(image.lps_of_ijk(np.array([15, 30, 2])).tolist())
    entry = "Intervertebral discs~SCT^123037004^Anatomical Structure~SCT^62551000^L3/L4 disc~^^~~^^~^^"
    for number, (name, layer, value, tags) in enumerate(
        [
            ("L4/L5 disc", 0, 1, ""),
            ("Bandscheibe", 1, 1, f"TerminologyEntry:{entry}|"),
            ("L2-3", 1, 2, ""),
            ("tumour", 0, 5, ""),
        ]
    ):
        for key, text in (("Name", name), ("Layer", layer), ("LabelValue", value), ("Tags", tags)):
            stored.SetMetaData(f"Segment{number}_{key}", str(text))
    path = tmp_path / "scan.seg.nrrd"
    sitk.WriteImage(stored, str(path))
    read = read_label_map(path, image)
    assert read.same_grid(image)
    assert np.array_equal(read.array, np.where(labels.array == 1, 0, labels.array))


def test_names_of_segments():
    assert [label_of_segment(n) for n in ("L5-S1", "disc L4-L5", "T12/L1", "L5", "S1", "Sacrum", "unknown 2", "aorta")] == [
        1, 2, 6, 101, 100, 99, 52, None,
    ]  # fmt: skip


def test_values_of_others(tmp_path):
    image, labels = spine()
    write_volume(labels.with_array(labels.array + (labels.array > 0) * np.uint8(200)), tmp_path / "a.nii.gz")
    read = read_label_map(tmp_path / "a.nii.gz", image, {201: 1, 202: 2, 203: 3, 204: 4})
    assert np.array_equal(read.array, labels.array)


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    from IVDSegmentationLib.errors import OutputError

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "write_volume", full)
    with pytest.raises(OutputError, match="disk is full"):
        store.add_case(tmp_path, store.NewCase(*spine()))
    assert list(tmp_path.glob("*case*")) == []


def test_thumbnail(tmp_path):
    record = store.add_case(tmp_path, store.NewCase(*spine()))
    path = thumbnail_file(record.folder)
    assert path.parent == record.folder and path.read_bytes().startswith(b"\x89PNG")


def test_public_sets_are_listed_and_not_written_to(real_data):
    records = store.list_cases(real_data)
    splits = json.loads((real_data / "splits.json").read_text())
    assert {r.id for r in records if r.role == store.VALIDATION} == set(splits["validation"])
    assert store.split_problems(records) == []
    with pytest.raises(InputError, match="not deleted"):
        store.remove_case(records[0])
    path = thumbnail_file(records[0].folder)
    assert real_data not in path.parents


def test_a_phantom_is_a_case_like_others(tmp_path):
    from IVDSegmentationLib.cases.phantoms import phantom_case, write_phantom
    from IVDSegmentationLib.synthesis import PhantomSettings, synthesize

    phantom = synthesize(21, PhantomSettings(slab=True, spacing_mm=(2.0, 2.0, 4.0), fine_mm=2.0, kind="healthy"))
    write_phantom(phantom, tmp_path / "phantom_21")
    stored, made = load_real_case(tmp_path / "phantom_21"), phantom_case(phantom, "phantom_21")
    assert np.array_equal(stored.labels.array, phantom.labels.array) and stored.image.same_grid(phantom.image)
    assert np.array_equal(stored.image.array, phantom.image.array)
    assert stored.info == plain_json(made.info) and stored.info["seed"] == 21
    assert stored.incomplete_discs == made.incomplete_discs
    assert [path.name for path in tmp_path.iterdir()] == ["phantom_21"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"valid_region": {"type": "mask", "file": "../../x"}}, "'valid_region.file'"),
        ({"valid_region": {"type": "mask", "file": "/etc/passwd"}}, "'valid_region.file'"),
        ({"valid_region": {"type": "sphere"}}, "one of mask, box"),
        ({"valid_region": {"type": "box", "box_ijk": [[0, 1], [0, 1]]}}, "has 2 entries"),
        ({"id": "../x"}, "'id'"),
        ({"level_uncertain": "yes"}, "true or false"),
        ({"incomplete_discs": "L4-L5"}, "a list"),
        ({"spacing": [1, 0, 1]}, "more than 0"),
        ({"sha256": "short"}, "'sha256'"),
        ({"set": 3}, "a text"),
        ([], "an object"),
    ],
    ids=str,
)
def test_a_card_that_does_not_fit_is_refused_in_words(tmp_path, change, words):
    record = store.add_case(tmp_path, store.NewCase(*spine()))
    card = json.loads((record.folder / "case.json").read_text("utf-8"))
    (record.folder / "case.json").write_text(json.dumps(card | change if isinstance(change, dict) else change))
    for read in (lambda: store.list_cases(tmp_path), lambda: load_real_case(record.folder)):
        with pytest.raises(InputError, match=words):
            read()


def test_a_role_that_does_not_exist_is_refused(tmp_path):
    store.add_case(tmp_path, store.NewCase(*spine()))
    (tmp_path / "roles.json").write_text('{"case-001": "boss"}')
    with pytest.raises(InputError, match="'case-001' is 'boss'.*one of training, validation, left out"):
        store.list_cases(tmp_path)


def test_what_a_killed_program_left_is_no_case_and_is_removed(tmp_path):
    """A case under its hidden name: complete, but never finished."""
    record = store.add_case(tmp_path, store.NewCase(*spine()))
    script = (
        "import os, shutil, sys\nfrom IVDSegmentationLib.files import whole_folder\n"
        "with whole_folder(sys.argv[2]) as new:\n    shutil.copytree(sys.argv[1], new, dirs_exist_ok=True)\n    os._exit(9)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "IVDSegmentation")}
    line = [sys.executable, "-c", script, str(record.folder), str(tmp_path / "case-007")]
    assert subprocess.run(line, env=environment).returncode == 9
    (left,) = tmp_path.glob(".ivdseg-*")
    assert (left / "case.json").is_file() and [r.id for r in store.list_cases(tmp_path)] == ["case-001"]
    assert store.add_case(tmp_path, store.NewCase(*spine(seed=1))).id == "case-002"
    assert not left.exists()


def test_two_programs_do_not_add_cases_at_once(tmp_path):
    from IVDSegmentationLib.errors import OutputError
    from IVDSegmentationLib.locks import FolderLock

    with FolderLock(tmp_path, "taken"), pytest.raises(OutputError, match="Another program is adding a case"):
        store.add_case(tmp_path, store.NewCase(*spine()))
    assert store.add_case(tmp_path, store.NewCase(*spine())).id == "case-001"


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_the_secret_is_the_users_own(tmp_path, monkeypatch):
    """Not beside the models, where a department may share a folder; readable for nobody else."""
    from IVDSegmentationLib.cases.patients import patient_key

    first = patient_key("1234567")
    secret = tmp_path / "home" / ".ivdsegmentation" / "patient-secret"
    assert secret.stat().st_mode & 0o777 == 0o600 and len(secret.read_text()) == 64
    assert [path.name for path in secret.parent.iterdir()] == ["patient-secret"]
    secret.chmod(0o644)  # as earlier versions wrote it
    assert patient_key("1234567") == first and secret.stat().st_mode & 0o777 == 0o600
    earlier = tmp_path / "home" / "patient-secret"
    earlier.write_text(secret.read_text())
    secret.unlink()
    assert patient_key("1234567") == first  # patients of an earlier version are still recognised
