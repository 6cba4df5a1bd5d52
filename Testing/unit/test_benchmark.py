"""What ``ivdseg benchmark`` counts and compares; how long things take is for the benchmark itself to say."""

from __future__ import annotations

import json

import numpy as np
import pytest
from IVDSegmentationLib.errors import InputError
from IVDSegmentationLib.volume import Volume
from IVDSegmentationLib.volume.write import write_volume
from sample_files import SAGITTAL

torch = pytest.importorskip("torch")

from IVDSegmentationLib.benchmark.arithmetic import counted, peak_flops  # noqa: E402
from IVDSegmentationLib.benchmark.scans import scan_rows  # noqa: E402
from IVDSegmentationLib.network.discnet import DiscNet  # noqa: E402
from IVDSegmentationLib.segmentation.infer import infer  # noqa: E402


def test_the_arithmetic_of_both_stages_is_counted_by_hand_and_by_hooks():
    network = DiscNet(widths=(2, 2, 2, 2), fine_width=2, fine_blocks=1).eval()
    image = np.random.default_rng(0).normal(size=(8, 32, 32)).astype(np.float32)
    with counted(network) as count:
        infer(network, image, whole=True)
    voxels, half, coarse = 8 * 32 * 32, 8 * 16 * 16, 4 * 8 * 8
    fine = half * 2 * 4 + half * 2 * 2 + 2 * half * 27 * 4 + voxels * 27 * 2 + voxels * 2 * 2 + voxels * 27 * 4 + voxels * 2 * 3
    assert count.fine_flop == 2 * fine
    assert count.coarse_flop > 2 * (coarse * 32 * 2 + 3 * coarse * 27 * 4)
    assert count.windows == ((8, 32, 32),)
    before = count.fine_flop
    infer(network, image, whole=True)
    assert count.fine_flop == before, "nothing is counted outside of the context"


def test_the_peak_is_measured():
    assert peak_flops(torch.float32, 1) > 1e8


def test_validation_scans_are_compared_by_their_size(tmp_path):
    class Segmenter:
        seen: list[Volume] = []

        def segment(self, volume: Volume) -> None:
            self.seen.append(volume)

    with pytest.raises(InputError, match="holds no cases"):
        scan_rows(Segmenter(), tmp_path, 1)
    for n, slices in enumerate((4, 6, 8)):
        array = np.random.default_rng(n).integers(0, 99, (slices, 40, 30)).astype(np.int16)
        (tmp_path / f"scan{n}").mkdir()
        write_volume(Volume(array, (1.25, 1.25, 2.0), direction=SAGITTAL), tmp_path / f"scan{n}" / "image.nii.gz")
    assert sum(line.startswith("| ") and line[2].isdigit() for line in scan_rows(Segmenter(), tmp_path, 1)) == 3
    (tmp_path / "splits.json").write_text(json.dumps({"validation": ["scan1", "scan2"]}), encoding="utf-8")
    lines = scan_rows(Segmenter(), tmp_path, 1)
    assert [line.split(" | ")[1] for line in lines if line.startswith(("| 1", "| 2"))] == ["0.01", "0.01"]
    assert lines[-1].startswith("Slowest: ") and "scan1" not in "".join(lines), "no name of a scan"
