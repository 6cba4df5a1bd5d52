"""Which scans a source offers, and why the rest is left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from IVDSegmentationLib.cohort.command import Cohort
from IVDSegmentationLib.cohort.inputs import checksum_of, files_of, fingerprint_of
from IVDSegmentationLib.cohort.scans import Status
from IVDSegmentationLib.cohort.settings import Settings
from IVDSegmentationLib.cohort.sources import Choice, find_scans
from IVDSegmentationLib.errors import InputError
from IVDSegmentationLib.volume import Volume, dicom_series
from IVDSegmentationLib.volume.dicom_series import list_series
from sample_files import SAGITTAL, noise_volume, write_dicom

AXIAL = Volume(noise_volume().array, (1, 1, 3), (0, 0, 0))


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"volume")
    return path


def names(found) -> list[str]:
    return [scan.name for scan in found.scans]


def test_a_folder_gives_its_volumes_and_leaves_out_label_maps_and_its_own_results(tmp_path):
    for name in ("a/t2.nii.gz", "b/t2.mha", "b/t2_seg.nii.gz", "b/labels.nii.gz", "out/scans/x/labels.nii.gz", ".hidden.nii"):
        touch(tmp_path / name)
    found = find_scans(tmp_path, Choice(tmp_path / "out", path_names=True))
    assert names(found) == ["a_t2", "b_t2"]
    assert names(find_scans(tmp_path, Choice(tmp_path / "out"))) == ["t2", "t2"], "no folder's name unless asked"
    assert {Path(one.path).name: one.reason for one in found.left_out} == {
        "t2_seg.nii.gz": "a label map, by its name",
        "labels.nii.gz": "a label map, by its name",
    }
    assert names(find_scans(tmp_path, Choice(tmp_path / "out", "a/*", path_names=True))) == ["a_t2"]


def test_of_each_dicom_study_the_sagittal_spine_series_is_taken(tmp_path):
    sagittal = noise_volume()
    sagittal = Volume(sagittal.array, sagittal.spacing_mm, sagittal.origin_mm_lps, SAGITTAL)
    write_dicom(tmp_path / "p1", sagittal, "1.2.3.4.101", "t1_tse_sag", number=1, echo_ms=10, repetition_ms=600)
    write_dicom(tmp_path / "p1", sagittal, "1.2.3.4.102", "t2_tse_sag", number=2)
    write_dicom(tmp_path / "p1", sagittal, "1.2.3.4.103", "t2_stir_sag", number=3)
    write_dicom(tmp_path / "p1", AXIAL, "1.2.3.4.104", "t2_tse_tra", number=4)
    write_dicom(tmp_path / "p1", sagittal, "1.2.3.4.105", "localizer", number=5)
    found = find_scans(tmp_path, Choice(path_names=True))
    assert [(scan.name, scan.series) for scan in found.scans] == [("p1_2", "1.2.3.4.102")]
    reasons = sorted(one.reason for one in found.left_out)
    assert reasons[0] == "a scout"
    assert reasons[1].startswith("another sagittal series of this study was chosen: 2: t2_tse_sag")
    assert reasons[-1] == "axial slices"
    neutral = find_scans(tmp_path).scans[0].name
    assert neutral.startswith("study-") and "p1" not in neutral


def test_the_headers_of_a_dicom_folder_are_read_once_at_a_start(tmp_path, monkeypatch):
    source = tmp_path / "source"
    write_dicom(source / "p1", Volume(noise_volume().array, (1, 1, 3), (0, 0, 0), SAGITTAL))
    with Cohort(tmp_path / "study", Settings()) as cohort:
        cohort.prepare(source)
        scan = cohort.state.records()[0]
        files = files_of(scan.source)
        cohort.state.store(
            replace(scan, status=Status.DONE, fingerprint=fingerprint_of(files), checksum=checksum_of(files))
        )
        listed = []
        monkeypatch.setattr(dicom_series, "list_series", lambda *a, **b: listed.append(a) or list_series(*a, **b))
        assert cohort.prepare(source).again == []
        monkeypatch.undo()
    assert len(listed) == 1


def test_a_bids_data_set_gives_one_image_a_session(tmp_path):
    (tmp_path / "dataset_description.json").write_text('{"Name": "x", "BIDSVersion": "1.9.0"}')
    for name in (
        "sub-01/anat/sub-01_T2w.nii.gz",
        "sub-01/anat/sub-01_T1w.nii.gz",
        "sub-02/ses-a/anat/sub-02_ses-a_acq-sag_T1w.nii.gz",
        "sub-02/ses-a/anat/sub-02_ses-a_angio.nii.gz",
    ):
        touch(tmp_path / name)
    found = find_scans(tmp_path)
    assert [(scan.name, scan.subject, scan.session) for scan in found.scans] == [
        ("sub-01_T2w", "01", ""),
        ("sub-02_ses-a_acq-sag_T1w", "02", "a"),
    ]
    assert sorted(Path(one.path).name for one in found.left_out) == ["sub-01_T1w.nii.gz", "sub-02_ses-a_angio.nii.gz"]


@pytest.mark.parametrize(("ending", "separator"), [("csv", ","), ("tsv", "\t")])
def test_a_list_names_the_scans(tmp_path, ending, separator):
    touch(tmp_path / "data" / "one.nii.gz")
    rows = [("path", "id", "frame"), ("data/one.nii.gz", "Müller 1", "2"), ("data/missing.nii", "", ""), ("", "", "")]
    path = tmp_path / f"list.{ending}"
    path.write_text("\n".join(separator.join(row) for row in rows), encoding="utf-8-sig")
    found = find_scans(path)
    assert [(scan.name, scan.frame) for scan in found.scans] == [("Müller_1", 2)]
    assert [one.reason for one in found.left_out] == ["line 3 of the list: it does not exist"]


@pytest.mark.parametrize(
    ("text", "error"), [("file\nx.nii\n", "no column 'path'"), ("path,frame\nlist.csv,first\n", "frame 'first' is not")]
)
def test_a_list_that_cannot_be_understood_is_refused(tmp_path, text, error):
    path = tmp_path / "list.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=error):
        find_scans(path)


def test_a_source_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        find_scans(tmp_path / "nothing")


def test_a_list_may_name_dicom_studies(tmp_path):
    """As Slicer's tab writes it: the folders of a study's files, which may hold another study's as well."""
    sagittal = noise_volume((4, 6, 5))
    sagittal = Volume(sagittal.array, sagittal.spacing_mm, sagittal.origin_mm_lps, SAGITTAL)
    write_dicom(tmp_path / "a", sagittal, "1.2.3.4.101", "t1_tse_sag", number=1, echo_ms=10, repetition_ms=600)
    write_dicom(tmp_path / "b", sagittal, "1.2.3.4.102", "t2_tse_sag", number=2)
    study = list_series(tmp_path / "a")[0].study
    listed = tmp_path / "studies.csv"
    listed.write_text(f"path,study\na,{study}\nb,{study}\na,9.9.9\n")
    found = find_scans(listed)
    assert [(Path(scan.path).name, scan.series) for scan in found.scans] == [("b", "1.2.3.4.102")]
    reasons = [one.reason for one in found.left_out]
    assert any("another sagittal series" in reason for reason in reasons)
    assert any("were not found" in reason for reason in reasons)
