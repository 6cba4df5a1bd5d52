"""The script that completes L5-S1 for the bundled model's training, on a phantom whose L5-S1 nobody labelled."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from IVDSegmentationLib.evaluation import load_real_case
from IVDSegmentationLib.synthesis import sample_phantom
from IVDSegmentationLib.volume.write import write_volume

SCRIPT = Path(__file__).resolve().parents[1] / "benchmark" / "complete_lowest_disc.py"


@pytest.mark.slow
def test_the_lowest_disc_is_filled_in_for_training_only(tmp_path):
    phantom = sample_phantom()
    lowest = phantom.labels.array == 1
    assert lowest.any()
    labels = np.where(lowest, 0, phantom.labels.array).astype(np.uint8)
    for name in ("one", "judged"):
        folder = tmp_path / "cases" / name
        folder.mkdir(parents=True)
        write_volume(phantom.image, folder / "image.nii.gz")
        write_volume(phantom.labels.with_array(labels), folder / "labels.nii.gz")
        write_volume(phantom.labels.with_array((~lowest).astype(np.uint8)), folder / "valid.nii.gz")
        (folder / "case.json").write_text(json.dumps({"valid_region": {"type": "mask", "file": "valid.nii.gz"}}))
    (tmp_path / "cases" / "splits.json").write_text(json.dumps({"validation": ["judged"]}))
    subprocess.run([sys.executable, SCRIPT, tmp_path / "cases", tmp_path / "out"], check=True)
    judged, one = (load_real_case(tmp_path / "out" / name) for name in ("judged", "one"))
    assert np.array_equal(judged.labels.array, labels)
    filled = one.labels.array == 1
    assert 2 * (filled & lowest).sum() / (filled.sum() + lowest.sum()) > 0.75
    assert np.array_equal(one.labels.array[~filled], labels[~filled])
    assert (one.valid.array[filled] == 1).all() and one.info["self_labelled"] == ["L5-S1"]
