"""The command line with the bundled model on real scans: the whole way, file to files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import IVDSegmentationLib
import pytest
from IVDSegmentationLib.cli import main
from IVDSegmentationLib.network.weights import available_models
from IVDSegmentationLib.volume.read import read_volume

LIBRARY = IVDSegmentationLib.__name__
FOLDER = Path(IVDSegmentationLib.__file__).resolve().parents[1]

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.mark.parametrize("name", ["SPIDER_055", "VB2_12", "VB3_07"])
def test_a_real_scan_file_to_files(real_data, tmp_path, capsys, name):
    pytest.importorskip("torch")
    if not available_models():
        pytest.skip("no bundled model")
    scan = real_data / name / "image.nii.gz"
    command = ["segment", str(scan), "--output", str(tmp_path), "-q", "--device", "cpu", "--json"]
    # a process of its own, or the peak memory would be that of all tests so far
    done = subprocess.run([sys.executable, "-m", LIBRARY, *command], cwd=FOLDER, capture_output=True, text=True, check=True)
    (report,) = json.loads(done.stdout)
    assert len(report["discs"]) >= 4
    assert report["peak_memory_bytes"] < 1.5e9
    labels = tmp_path / "image" / "labels.nii.gz"
    assert read_volume(labels).same_grid(read_volume(scan))
    assert main(["evaluate", str(labels), str(real_data / name), "-q", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)["all"]
    assert figures["missed"] == 0
    assert figures["dice"]["mean"] > 0.75
    assert figures["localization_mm"]["mean"] < 3.0
