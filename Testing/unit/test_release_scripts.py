"""The scripts by which the bundled model is made: L5-S1 completed where nobody labelled it, the fine stage widened."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from IVDSegmentationLib.cases import load_real_case
from IVDSegmentationLib.synthesis import sample_phantom
from IVDSegmentationLib.volume.write import write_volume
from tiny_training import make_model

SCRIPTS = Path(__file__).resolve().parents[1] / "benchmark"


@pytest.mark.slow
def test_the_lowest_disc_is_filled_in_for_training_only(tmp_path):
    pytest.importorskip("torch")
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
    subprocess.run([sys.executable, SCRIPTS / "complete_lowest_disc.py", tmp_path / "cases", tmp_path / "out"], check=True)
    judged, one = (load_real_case(tmp_path / "out" / name) for name in ("judged", "one"))
    assert np.array_equal(judged.labels.array, labels)
    filled = one.labels.array == 1
    assert 2 * (filled & lowest).sum() / (filled.sum() + lowest.sum()) > 0.75
    assert np.array_equal(one.labels.array[~filled], labels[~filled])
    assert (one.valid.array[filled] == 1).all() and one.info["self_labelled"] == ["L5-S1"]


@pytest.mark.slow
def test_a_wider_fine_stage_says_the_same_and_all_of_it_learns(tmp_path):
    torch = pytest.importorskip("torch")
    from IVDSegmentationLib.network.weights import load_model

    narrow_file, wide_file = make_model(tmp_path / "narrow.safetensors"), tmp_path / "wide.safetensors"
    sizes = ("--fine-width", "24", "--detail-width", "12")
    subprocess.run([sys.executable, SCRIPTS / "widen_fine_stage.py", narrow_file, wide_file, *sizes], check=True)
    (narrow, _), (wide, card) = load_model(narrow_file), load_model(wide_file)
    assert card.arguments["fine_width"] == 24 and card.arguments["detail_width"] == 12
    assert wide.fine_up[0].weight.shape[:2] == (24, 12)
    x = torch.randn(1, 1, 8, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(wide(x), narrow(x), atol=2e-3, rtol=2e-3)  # stored as float16
    wide.train()
    for _ in range(2):  # the new channels are heard after the first step only
        wide.zero_grad()
        wide(x).square().mean().backward()
        with torch.no_grad():
            for weights in wide.parameters():
                if weights.grad is not None:
                    weights -= 0.01 * weights.grad
    assert wide.fine_stem.weight.grad[8:].abs().sum() > 0 and wide.fine[0].first[0].weight.grad[8:].abs().sum() > 0
