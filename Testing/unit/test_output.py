"""The files of a result: the right content, readable by Slicer, all or none."""

from __future__ import annotations

import csv
import json
import math

import numpy as np
import pytest
import SimpleITK as sitk
from IVDSegmentationLib.errors import OutputError
from IVDSegmentationLib.output import OUTPUT_NAMES, preview_picture, write_outputs
from IVDSegmentationLib.output.segmentation import terminology_entry as entry_of_the_file
from IVDSegmentationLib.pictures.palette import CENTRE as GREEN
from IVDSegmentationLib.pictures.palette import OUTLINE as RED
from IVDSegmentationLib.scene.terminology import terminology_entry as entry_of_the_scene
from IVDSegmentationLib.volume.read import read_volume
from sample_files import SAGITTAL, image_of, result_of, rotation, spine

OBLIQUE = rotation((10, -8, 12)) @ SAGITTAL


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    labels = spine((1, 2, 3, 51), direction=OBLIQUE)
    result = result_of(labels, notes=("One thing to know.",))
    folder = tmp_path_factory.mktemp("out") / "Größe"
    report = write_outputs(result, image_of(labels), folder, input_name="scan.nii.gz", read_seconds=0.5)
    return folder, result, report


def test_the_folder_has_the_six_files_and_nothing_else(written):
    folder, _, _ = written
    assert sorted(one.name for one in folder.iterdir()) == sorted(OUTPUT_NAMES)
    assert set(OUTPUT_NAMES) == {
        "labels.nii.gz", "segmentation.seg.nrrd", "centres.mrk.json", "measurements.csv", "preview.png", "report.json",
    }  # fmt: skip
    assert [one.name for one in folder.parent.iterdir()] == [folder.name]


def test_labels_lie_on_the_inputs_grid(written):
    folder, result, _ = written
    labels = read_volume(folder / "labels.nii.gz")
    assert labels.same_grid(result.labels)
    assert labels.array.dtype == np.uint8
    np.testing.assert_array_equal(labels.array, result.labels.array)


def test_the_report_has_the_keys_that_scripts_rely_on(written):
    folder, result, returned = written
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert report == json.loads(json.dumps(returned))
    assert list(report) == [
        "input", "input_id", "model", "device", "threads", "seconds", "peak_memory_bytes", "discs", "warnings",
        "view", "body_parts", "header_disagrees", "look_at",
    ]  # fmt: skip
    assert report["input"] == "scan.nii.gz"
    assert report["model"] == {"name": "test-model", "version": "1.2", "sha256": "ab" * 32}
    assert list(report["seconds"]) == ["read", "prepare", "network", "postprocess", "write", "total"]
    seconds = report["seconds"]
    assert seconds["read"] == 0.5 and seconds["network"] == 1.5 and seconds["write"] > 0
    assert seconds["total"] == pytest.approx(sum(seconds.values()) - seconds["total"], abs=0.01)
    assert report["warnings"] == ["One thing to know.", *(advice.text for advice in result.advice)]
    assert [list(disc) for disc in report["discs"]] == [
        ["level", "label", "centre_mm_lps", "volume_mm3", "confidence", "flags", "outline", "outline_missing"]
    ] * 4
    assert report["discs"][2]["flags"] == ["thin"]
    assert report["discs"][3]["level"] == "unknown" and report["discs"][3]["label"] == 51
    np.testing.assert_allclose(report["discs"][0]["centre_mm_lps"], result.discs[0].centre_mm_lps, atol=1e-3)


def test_measurements_have_one_row_a_disc(written):
    folder, result, _ = written
    with open(folder / "measurements.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["level"] for row in rows] == ["L5-S1", "L4-L5", "L3-L4", "unknown"]
    assert [row["label"] for row in rows] == ["1", "2", "3", "51"]
    first = rows[0]
    assert float(first["volume_mm3"]) == pytest.approx(4 / 3 * math.pi * 20 * 5 * 17, rel=0.03)
    assert float(first["centre_z_mm_lps"]) == pytest.approx(result.discs[0].centre_mm_lps[2], abs=1e-3)
    assert float(first["confidence"]) == 0.9
    assert rows[2]["flags"] == "thin"
    assert float(first["middle_height_mm"]) == pytest.approx(10, abs=1.5)
    assert float(first["signal_mean"]) == pytest.approx(900, abs=60)


def test_the_segmentation_header_names_colours_and_codes_each_segment(written):
    folder, result, _ = written
    image = sitk.ReadImage(str(folder / "segmentation.seg.nrrd"))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), result.labels.array)
    fields = {key: image.GetMetaData(key) for key in image.GetMetaDataKeys()}
    assert [fields[f"Segment{n}_Name"] for n in range(4)] == ["L5-S1", "L4-L5", "L3-L4", "unknown 1"]
    assert [fields[f"Segment{n}_LabelValue"] for n in range(4)] == ["1", "2", "3", "51"]
    assert len({fields[f"Segment{n}_ID"] for n in range(4)}) == 4
    assert "SCT^715056000^L5/S1 disc" in fields["Segment0_Tags"]
    assert "SCT^360499006^Intervertebral disc" in fields["Segment3_Tags"]
    colour = [float(x) for x in fields["Segment0_Color"].split()]
    assert colour == pytest.approx([31 / 255, 119 / 255, 180 / 255], abs=1e-4)
    voxels = np.argwhere(result.labels.array == 2)[:, ::-1]
    extent = [int(x) for x in fields["Segment1_Extent"].split()]
    assert extent == np.stack([voxels.min(axis=0), voxels.max(axis=0)], axis=1).ravel().tolist()


def test_the_codes_are_those_of_the_scene():
    for label in (1, 5, 9, 12, 51):
        assert entry_of_the_file(label) == entry_of_the_scene(label)


def test_slicer_opens_the_segmentation(written, scene):
    from vtkmodules.util.numpy_support import vtk_to_numpy

    folder, result, _ = written
    storage = scene.AddNewNodeByClass("vtkMRMLSegmentationStorageNode")
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    storage.SetFileName(str(folder / "segmentation.seg.nrrd"))
    assert storage.ReadData(node)
    segmentation = node.GetSegmentation()
    segments = [segmentation.GetNthSegment(n) for n in range(segmentation.GetNumberOfSegments())]
    assert [segment.GetName() for segment in segments] == ["L5-S1", "L4-L5", "L3-L4", "unknown 1"]
    assert segments[1].GetColor() == pytest.approx((255 / 255, 127 / 255, 14 / 255), abs=1e-4)
    labelmap = segments[1].GetRepresentation("Binary labelmap")
    values = vtk_to_numpy(labelmap.GetPointData().GetScalars())
    assert np.count_nonzero(values == segments[1].GetLabelValue()) == np.count_nonzero(result.labels.array == 2)
    x, y, z = result.discs[1].centre_mm_lps
    centre = node.GetSegmentCenterRAS(segmentation.GetNthSegmentID(1))
    assert centre == pytest.approx((-x, -y, z), abs=1.5)  # middle of its box, to a voxel


def test_slicer_opens_the_centres(written, scene):
    folder, result, _ = written
    storage = scene.AddNewNodeByClass("vtkMRMLMarkupsJsonStorageNode")
    node = scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode")
    storage.SetFileName(str(folder / "centres.mrk.json"))
    assert storage.ReadData(node)
    assert [node.GetNthControlPointLabel(n) for n in range(4)] == ["L5-S1", "L4-L5", "L3-L4", "unknown 1"]
    for n, disc in enumerate(result.discs):
        x, y, z = disc.centre_mm_lps
        assert node.GetNthControlPointPosition(n) == pytest.approx((-x, -y, z), abs=1e-3)  # Slicer's RAS
    assert node.GetNthControlPointDescription(2) == "very thin"


def png_pixels(path) -> np.ndarray:
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path)))


def near(picture: np.ndarray, colour: tuple[int, int, int], tolerance: int = 60) -> np.ndarray:
    return np.argwhere(np.abs(picture.astype(int) - colour).max(axis=2) < tolerance)


def test_the_preview_shows_outlines_and_centres_front_to_the_left_head_up(written):
    folder, result, _ = written
    picture = png_pixels(folder / "preview.png")
    rows, columns = picture.shape[:2]
    size_i, size_j, _ = result.labels.size_ijk
    assert max(rows, columns) == 1100
    assert rows / columns == pytest.approx(size_j / size_i, rel=0.01)
    scale = rows / size_j
    green = near(picture, GREEN)
    for disc in result.discs:
        i, j, _ = result.labels.ijk_of_lps(np.array(disc.centre_mm_lps))
        expected = ((j + 0.5) * scale, (i + 0.5) * scale)
        cross = green[np.abs(green - expected).max(axis=1) < 15]
        assert len(cross) > 20
        np.testing.assert_allclose(cross.mean(axis=0), expected, atol=2)
        red = near(picture, RED)
        outline = red[np.abs(red[:, 0] - expected[0]) < 7 * scale]
        # half axes of the ellipsoid: 5 mm up, 17 mm to the front
        assert (outline[:, 1].max() - outline[:, 1].min()) / 2 == pytest.approx(17 * scale, abs=1.2 * scale)
        assert (outline[:, 0].max() - outline[:, 0].min()) / 2 == pytest.approx(5 * scale, abs=1.2 * scale)


@pytest.mark.parametrize("axes", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_preview_is_the_same_for_every_axis_order(axes):
    from IVDSegmentationLib.volume.frame import AxisOrder

    labels = spine((1, 2))
    image = image_of(labels)
    order = AxisOrder(axes, (True, False, True))
    turned = result_of(order.apply(labels))
    expected, found = preview_picture(result_of(labels), image), preview_picture(turned, order.apply(image))
    assert np.abs(expected.astype(int) - found).mean() < 0.5


def test_the_preview_follows_a_spine_that_bends_sideways():
    labels = spine((1, 2, 3), bend_mm=16)
    picture = preview_picture(result_of(labels), image_of(labels))
    red = near(picture, RED)
    scale = picture.shape[0] / labels.size_ijk[1]
    for n in range(3):
        row = (labels.size_ijk[1] - 40 - 30 * n + 0.5) * scale
        outline = red[np.abs(red[:, 0] - row) < 7 * scale]
        assert (outline[:, 1].max() - outline[:, 1].min()) / 2 == pytest.approx(17 * scale, abs=1.5 * scale)


def test_a_result_without_discs_is_written_too(tmp_path):
    labels = spine(())
    image = image_of(spine((1,))).array[:, : labels.array.shape[1]]
    report = write_outputs(result_of(labels), labels.with_array(image), tmp_path / "none", input_name="x")
    assert report["discs"] == []
    assert sorted(one.name for one in (tmp_path / "none").iterdir()) == sorted(OUTPUT_NAMES)
    assert (tmp_path / "none" / "measurements.csv").read_text().startswith("level,label,")


def test_a_disk_that_fills_up_leaves_the_earlier_result_whole(tmp_path):
    resource = pytest.importorskip("resource")
    folder = tmp_path / "scan"
    old = spine((1, 2))
    write_outputs(result_of(old), image_of(old), folder, input_name="old")
    before = {one.name: one.read_bytes() for one in folder.iterdir()}
    new = spine((1, 2, 3))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))  # room for all but the picture
    try:
        with pytest.raises(OutputError, match="could not be written") as caught:
            write_outputs(result_of(new), image_of(new), folder, input_name="new")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(folder / "preview.png") in str(caught.value)
    assert {one.name: one.read_bytes() for one in folder.iterdir()} == before
    assert [one.name for one in tmp_path.iterdir()] == ["scan"]


def test_files_that_are_written_along_belong_to_the_whole(tmp_path):
    labels = spine((1,))

    def write(content: str):
        def also(folder):
            assert (folder / "preview.png").is_file()
            if not content:
                raise OutputError("The disk is full.")
            (folder / "thumbnail.jpg").write_text(content)

        write_outputs(result_of(labels), image_of(labels), tmp_path / "scan", input_name=content or "none", also=also)

    write("first")
    with pytest.raises(OutputError):
        write("")
    assert (tmp_path / "scan" / "thumbnail.jpg").read_text() == "first"
    assert json.loads((tmp_path / "scan" / "report.json").read_text())["input"] == "first"
    write("second")
    assert (tmp_path / "scan" / "thumbnail.jpg").read_text() == "second"


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path):
    (tmp_path / "scan").write_text("in the way")
    labels = spine((1,))
    with pytest.raises(OutputError, match="is a file, not a folder"):
        write_outputs(result_of(labels), image_of(labels), tmp_path / "scan", input_name="x")
    assert (tmp_path / "scan").read_text() == "in the way"
    assert [one.name for one in tmp_path.iterdir()] == ["scan"]
