"""A real scan with its reference labels through the scene and back."""

from __future__ import annotations

import numpy as np
import pytest
import slicer.util
from IVDSegmentationLib.anatomy import is_disc_label
from IVDSegmentationLib.scene import nodes, snapshot, table, volumes, write
from IVDSegmentationLib.scene import result as scene_result
from IVDSegmentationLib.volume.read import read_volume
from scene_cases import result_of

pytestmark = pytest.mark.real


@pytest.fixture
def case(real_data):
    folder = real_data / "SPIDER_005"
    image, labels = read_volume(folder / "image.nii.gz"), read_volume(folder / "labels.nii.gz")
    discs = np.where(np.vectorize(is_disc_label, otypes=[bool])(np.arange(256))[labels.array], labels.array, 0)
    return image, result_of(labels.with_array(discs.astype(np.uint8)))


def test_a_real_scan_survives_the_scene_file(case, host, tmp_path):
    image, result = case
    made = write.add_result(volumes.add_volume(image, "Scan"), result)
    heights = table.column_values(made.table, "Middle height (mm)")
    assert len(heights) == 7 and all(4 < height < 16 for height in heights)
    before = snapshot.snapshot_picture(made)
    path = str(tmp_path / "scan.mrb")
    assert host.scene.WriteToMRB(path, None)
    host.reset()
    assert host.scene.ReadFromMRB(path, True)
    loaded = nodes.existing_result(slicer.util.getNode("Scan"))
    back = scene_result.result_of_nodes(loaded)
    assert np.array_equal(back.labels.array, result.labels.array)
    assert [disc.level for disc in back.discs] == [disc.level for disc in result.discs]
    assert table.column_values(loaded.table, "Middle height (mm)") == pytest.approx(heights)
    assert not scene_result.is_edited(loaded)
    assert (snapshot.snapshot_picture(loaded) != before).mean() < 1e-3
