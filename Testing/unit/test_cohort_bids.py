"""The BIDS App: derivatives that the BIDS validator accepts."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from IVDSegmentationLib.cli import main
from IVDSegmentationLib.cohort.bids import subjects_of
from IVDSegmentationLib.errors import InputError
from IVDSegmentationLib.volume.read import read_volume
from IVDSegmentationLib.volume.write import write_volume
from sample_files import phantom


@pytest.fixture(scope="module")
def data_set(tmp_path_factory) -> Path:
    """Two subjects, one of them with a session."""
    root = tmp_path_factory.mktemp("bids") / "data"
    for name in ("sub-01/anat/sub-01_T2w", "sub-02/ses-a/anat/sub-02_ses-a_acq-sag_T2w"):
        path = root / f"{name}.nii.gz"
        path.parent.mkdir(parents=True)
        write_volume(phantom(), path)
    (root / "dataset_description.json").write_text(json.dumps({"Name": "test", "BIDSVersion": "1.10.0", "License": "CC0"}))
    (root / "README.md").write_text("A data set made for a test: a generated spine, and no image of any person.\n")
    return root


@pytest.mark.slow
def test_participants_then_group(data_set, tmp_path):
    out = tmp_path / "derivatives"
    for label in ("01", "sub-02"):
        assert main(["bids", str(data_set), str(out), "participant", "--participant-label", label, "--jobs", "1", "-q"]) == 0
    assert main(["bids", str(data_set), str(out), "group", "-q"]) == 0
    stem = out / "sub-02" / "ses-a" / "anat" / "sub-02_ses-a_acq-sag_seg-discs_dseg"
    labels = read_volume(f"{stem}.nii.gz")
    table = list(csv.DictReader(Path(f"{stem}.tsv").read_text("utf-8").splitlines(), delimiter="\t"))
    assert [int(row["index"]) for row in table] == sorted(set(labels.array.ravel().tolist()) - {0})
    assert table[0].keys() >= {"index", "name", "color", "volume_mm3", "middle_height_mm"}
    sidecar = json.loads(Path(f"{stem}.json").read_text("utf-8"))
    assert sidecar["SpatialReference"] == sidecar["Sources"][0]
    assert sidecar["Sources"][0].endswith("sub-02/ses-a/anat/sub-02_ses-a_acq-sag_T2w.nii.gz")
    assert set(table[0]) - {"index", "name", "color"} <= set(sidecar)
    with open(out / "cohort" / "scans.csv", encoding="utf-8") as file:
        assert sorted((row["subject"], row["session"], row["status"]) for row in csv.DictReader(file)) == [
            ("01", "", "done"),
            ("02", "a", "done"),
        ]
    assert not [path for path in data_set.rglob("*") if "dseg" in path.name], "nothing is written into the source"

    validator = shutil.which("bids-validator-deno", path=str(Path(sys.executable).parent))
    if validator is None:
        pytest.skip("needs bids-validator-deno")
    checked = subprocess.run([validator, "--json", str(out)], capture_output=True, text=True)
    issues = json.loads(checked.stdout)["issues"]["issues"]
    assert [issue for issue in issues if issue["severity"] == "error"] == []


def test_a_subject_that_is_not_there_is_named(data_set):
    assert subjects_of(data_set, ["sub-01", "02"]) == ["01", "02"]
    with pytest.raises(InputError, match="no subject 07"):
        subjects_of(data_set, ["01", "07"])


def test_a_folder_that_is_no_data_set_is_refused(tmp_path, capsys):
    assert main(["bids", str(tmp_path), str(tmp_path / "out"), "participant"]) == 2
    assert "no dataset_description.json" in capsys.readouterr().err
