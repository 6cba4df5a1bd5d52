"""Views, plots, exports, sample data and the snapshot, without windows."""

from __future__ import annotations

import csv
import json
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import slicer
import slicer.util
from IVDSegmentationLib.errors import InputError, OutputError
from IVDSegmentationLib.scene import export, nodes, plots, sample, snapshot, table, views, volumes, write
from IVDSegmentationLib.scene.geometry import array_of_matrix, matrix_of_array
from IVDSegmentationLib.scene.spine_frame import spine_frame
from IVDSegmentationLib.volume.read import read_volume
from scene_cases import box_labels, result_of, small_volume

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))


@pytest.fixture
def made(scene):
    node = volumes.add_volume(small_volume(), "Spine")
    return write.add_result(node, result_of(box_labels(small_volume())))


def slice_nodes():
    manager = slicer.app.layoutManager()
    return {name: manager.sliceWidget(name).mrmlSliceNode() for name in ("Red", "Yellow", "Green")}


def centre_of_view(node):
    return np.array([node.GetSliceToRAS().GetElement(row, 3) for row in range(3)])


def test_jumping_centres_all_views_on_the_disc(made):
    views_ = slice_nodes()
    assert views.jump_to(made, 2)
    wanted = made.centres.GetNthControlPointPositionWorld(1)
    for node in views_.values():
        assert centre_of_view(node) == pytest.approx(tuple(wanted), abs=1e-3)
    selected = [made.centres.GetNthControlPointSelected(index) for index in range(4)]
    assert selected == [False, True, False, False]
    assert not views.jump_to(made, 9)


def test_jumping_selects_the_segment_in_the_editor(made, scene):
    editor = scene.AddNewNodeByClass("vtkMRMLSegmentEditorNode")
    editor.SetAndObserveSegmentationNode(made.segmentation)
    views.jump_to(made, 3)
    assert editor.GetSelectedSegmentID() == nodes.segment_of_label(made, 3)


def test_the_layout_follows_the_spine(made):
    views_ = slice_nodes()
    views.spine_layout(made)
    assert slicer.app.layoutManager().layout == views.SPINE_LAYOUT_ID
    _, centres = views.centres_ras(made)
    normal = array_of_matrix(views_["Yellow"].GetSliceToRAS())[:3, 2]
    assert abs((centres - centres.mean(0)) @ normal).max() < 3.0  # all centres near the one sagittal slice
    views.jump_to(made, 2, follow=True)
    labels, centres = views.centres_ras(made)
    along = centres[2] - centres[0]
    axial = array_of_matrix(views_["Red"].GetSliceToRAS())[:3, 2]
    assert axial @ along / np.linalg.norm(along) == pytest.approx(1.0, abs=1e-6)
    for node in views_.values():
        matrix = array_of_matrix(node.GetSliceToRAS())[:3, :3]
        assert np.allclose(matrix.T @ matrix, np.eye(3), atol=1e-9)


def test_a_straight_spine_gives_slicers_own_orientations(scene):
    views_ = slice_nodes()
    before = {}
    for name, orientation in (("Red", "Axial"), ("Yellow", "Sagittal"), ("Green", "Coronal")):
        views_[name].SetOrientation(orientation)
        before[name] = array_of_matrix(views_[name].GetSliceToRAS())[:3, :3]
    views.turn_slices(spine_frame(np.array([[1.0, 2, 0], [1, 2, 30], [1, 2, 60]])))
    for name, node in views_.items():
        assert np.allclose(array_of_matrix(node.GetSliceToRAS())[:3, :3], before[name])


def test_a_disc_is_hidden_with_its_point(made):
    assert views.set_visible(made, 2, False)
    assert not views.is_visible(made, 2) and views.is_visible(made, 1)
    assert not made.centres.GetNthControlPointVisibility(1)
    views.set_visible(made, 2, True)
    assert views.is_visible(made, 2)


def test_a_new_result_is_on_the_screen(made, scene, monkeypatch):
    """Slices at the spine with the volume in them, the 3D view reset, results of other volumes hidden."""
    resets = []
    monkeypatch.setattr(type(slicer.app.layoutManager()), "resetThreeDViews", lambda manager: resets.append(1))
    slices = slice_nodes()
    other_volume = volumes.add_volume(small_volume(), "Another")
    other = write.add_result(other_volume, result_of(box_labels(small_volume())))
    slicer.util.setSliceViewerLayers(background=other_volume)
    views.jump_to_ras((500.0, 500.0, 500.0))
    views.show_result(made)
    assert made.segmentation.GetDisplayVisibility() and made.centres.GetDisplayVisibility()
    assert not other.segmentation.GetDisplayVisibility() and not other.centres.GetDisplayVisibility()
    _labels, centres = views.centres_ras(made)
    for node in slices.values():
        place = array_of_matrix(node.GetSliceToRAS())
        normal = place[:3, 2]
        assert abs((centres.mean(0) - place[:3, 3]) @ normal) < 0.6, node.GetName()
    composites = slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode")
    assert {node.GetBackgroundVolumeID() for node in composites} == {made.volume.GetID()}
    assert resets == [1]
    views.show_result(other)
    assert other.segmentation.GetDisplayVisibility() and not made.segmentation.GetDisplayVisibility()


def test_plots_read_the_table(made, scene):
    height, signal = plots.make_plots(made)
    assert plots.make_plots(made) == [height, signal]
    for chart in (height, signal):
        for n in range(chart.GetNumberOfPlotSeriesNodes()):
            series = chart.GetNthPlotSeriesNode(n)
            assert series.GetTableNode() is made.table
            assert series.GetYColumnName() in table.column_titles(made.table)
            assert series.GetLabelColumnName() == "Level"
    assert height.GetNumberOfPlotSeriesNodes() == 3
    plots.show_plot(height)
    assert slicer.app.applicationLogic().GetSelectionNode().GetActivePlotChartID() == height.GetID()
    nodes.remove_result(made)
    assert slicer.util.getNodesByClass("vtkMRMLPlotChartNode") == []
    assert slicer.util.getNodesByClass("vtkMRMLPlotSeriesNode") == []


def test_a_chart_that_lost_series_is_completed(made, scene):
    """A chart that is on the screen while a scene is saved comes back from the file with one series."""
    height, _signal = plots.make_plots(made)
    kept, lost, removed = (height.GetNthPlotSeriesNode(n) for n in range(3))
    height.RemovePlotSeriesNodeID(lost.GetID())
    scene.RemoveNode(removed)
    assert height.GetNumberOfPlotSeriesNodes() == 1
    assert plots.make_plots(made)[0] is height
    series = [height.GetNthPlotSeriesNode(n) for n in range(height.GetNumberOfPlotSeriesNodes())]
    assert {one.GetYColumnName() for one in series} == {f"{place} height (mm)" for place in ("Anterior", "Middle", "Posterior")}
    assert kept in series and lost in series, "no series is made twice"
    assert all(one.GetTableNode() is made.table for one in series)
    assert len(slicer.util.getNodesByClass("vtkMRMLPlotSeriesNode")) == 4


def test_the_axis_says_which_number_is_which_level(made):
    height, signal = plots.make_plots(made)
    assert height.GetXAxisTitle() == signal.GetXAxisTitle() == "Level (0 = L5-S1, 1 = L4-L5, 2 = L3-L4, 3 = unknown 1)"
    assert plots.axis_title(["L5-S1", "L4-L5", "L3-L4", "L2-L3"]) == "Level (0 = L5-S1 … 3 = L2-L3)"
    assert plots.axis_title(["L5-S1", "L3-L4", "L2-L3"]) == "Level (0 = L5-S1, 1 = L3-L4, 2 = L2-L3)"
    assert plots.axis_title([]) == "Level"


def test_files_are_written_and_right(made, tmp_path):
    result = result_of(box_labels(small_volume()))
    labels = read_volume(export.export_label_map(made, tmp_path / "Bandscheiben ä.nii.gz"))
    assert np.array_equal(labels.array, result.labels.array)
    assert labels.same_grid(result.labels, 1e-3)
    markups = json.loads(export.export_centres(made, tmp_path / "c.mrk.json").read_text(encoding="utf-8"))
    points = markups["markups"][0]["controlPoints"]
    assert [point["label"] for point in points] == ["L5-S1", "L4-L5", "L3-L4", "unknown 1"]
    assert points[1]["position"] == pytest.approx(result.discs[1].centre_mm_lps, abs=1e-3)
    with open(export.export_csv(made, tmp_path / "m.csv"), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["level"] for row in rows] == ["L5-S1", "L4-L5", "L3-L4", "unknown"]
    assert float(rows[0]["volume_mm3"]) == pytest.approx(result.discs[0].volume_mm3, abs=0.1)
    assert export.export_segmentation(made, tmp_path / "s.seg.nrrd").stat().st_size > 100
    with pytest.raises(OutputError):
        export.export_csv(made, tmp_path / "missing" / "m.csv")


class DicomDatabase:
    """The calls of Slicer's DICOM database that the export makes."""

    isOpen = True

    def __init__(self, files: dict[str, str]) -> None:
        self.files, self.inserted = files, []

    def fileForInstance(self, uid: str) -> str:
        return self.files.get(uid, "")

    def insert(self, path: str) -> None:
        self.inserted.append(path)


def test_dicom_seg_says_what_is_missing(made, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "highdicom_is_installed", lambda: False)
    assert "slicer.util.pip_install('highdicom')" in export.why_no_dicom_seg(made), "5.12 and newer bring it along"
    monkeypatch.setattr(type(slicer.app), "minorVersion", 10)
    with pytest.raises(OutputError, match="QuantitativeReporting"):
        export.export_dicom_seg(made, tmp_path)
    monkeypatch.setattr(export, "highdicom_is_installed", lambda: True)
    with pytest.raises(OutputError, match="not loaded from DICOM"):
        export.export_dicom_seg(made, tmp_path)


def test_dicom_seg_by_highdicom(made, tmp_path, monkeypatch):
    """Also under a transform: the segments of the file lie where the slices lie."""
    highdicom, pydicom = pytest.importorskip("highdicom"), pytest.importorskip("pydicom")
    from sample_files import write_dicom

    image = small_volume()
    write_dicom(tmp_path / "series", image)
    files = {}
    for file in (tmp_path / "series").iterdir():
        dataset = pydicom.dcmread(file)
        dataset.FrameOfReferenceUID = "1.2.3.4.9"
        dataset.PatientName, dataset.PatientID = "Doe^Jane", "4711"
        dataset.save_as(file)
        files[dataset.SOPInstanceUID] = str(file)
    database = DicomDatabase(files)
    monkeypatch.setattr(slicer, "dicomDatabase", database, raising=False)
    made.volume.SetAttribute("DICOM.instanceUIDs", " ".join(files))
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTransformNode")
    turned = np.array([[0, -1, 0, 5], [1, 0, 0, 7], [0, 0, 1, -9], [0, 0, 0, 1.0]])
    transform.SetMatrixTransformToParent(matrix_of_array(turned))
    for node in (made.volume, made.segmentation, made.centres):
        node.SetAndObserveTransformNodeID(transform.GetID())
    (path,) = export.export_dicom_seg(made, tmp_path / "new")
    assert database.inserted == [str(path)]
    seg = highdicom.seg.segread(path)
    assert [seg.get_segment_description(n).segment_label for n in seg.segment_numbers] == [
        "L5-S1",
        "L4-L5",
        "L3-L4",
        "unknown 1",
    ]
    read = seg.get_volume(segment_numbers=[1], combine_segments=True)
    places = np.argwhere(np.asarray(read.array)) @ read.affine[:3, :3].T + read.affine[:3, 3]
    indices = image.ijk_of_lps(places).round().astype(int)
    assert {tuple(index) for index in indices} == {tuple(k[::-1]) for k in np.argwhere(box_labels(image).array == 1)}
    assert len(export.export_dicom_seg(made, tmp_path / "new")) == 1 and len(list((tmp_path / "new").iterdir())) == 2
    database.files.popitem()
    with pytest.raises(OutputError, match="no longer in the DICOM database"):
        export.export_dicom_seg(made, tmp_path / "new")


def test_dicom_seg_goes_through_slicers_exporter(made, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(export, "highdicom_is_installed", lambda: False)
    _install_exporter(monkeypatch, asked)
    made.volume.SetAttribute("DICOM.instanceUIDs", "1.2.3 1.2.4")
    files = export.export_dicom_seg(made, tmp_path / "new")
    assert [file.name for file in files] == ["seg.dcm"]
    assert asked == [nodes.item_of(made.segmentation)]


def _install_exporter(monkeypatch, asked):
    """The calls that QuantitativeReporting's plug-in takes."""

    class Exportable:
        directory = ""

    class DICOMSegmentationPluginClass:
        def examineForExport(self, item):
            asked.append(item)
            return [Exportable()]

        def export(self, exportables):
            with open(exportables[0].directory + "/seg.dcm", "wb") as file:
                file.write(b"DICM")
            return ""

    module = types.ModuleType("DICOMSegmentationPlugin")
    module.DICOMSegmentationPluginClass = DICOMSegmentationPluginClass
    module.__spec__ = types.SimpleNamespace(name="DICOMSegmentationPlugin")
    monkeypatch.setitem(sys.modules, "DICOMSegmentationPlugin", module)


def test_segments_carry_what_the_dicom_exporter_reads(made):
    segment = made.segmentation.GetSegmentation().GetSegment("disc_2")
    image = segment.GetRepresentation("Binary labelmap")
    assert image.GetPointData().GetArray("ImageScalars").GetValueRange()[1] > 0
    from IVDSegmentationLib.scene.segments import get_tag

    assert get_tag(segment, "DICOM.SegmentAlgorithmType") == "AUTOMATIC"
    assert get_tag(segment, "DICOM.SegmentAlgorithmName")


def test_the_snapshot_is_the_papers_figure(made, tmp_path):
    picture = snapshot.snapshot_picture(made)
    red = (picture[..., 0] > 200) & (picture[..., 1] < 110) & (picture[..., 2] < 110)
    green = (picture[..., 1] > 200) & (picture[..., 0] < 120)
    assert red.sum() > 200 and green.sum() > 50
    assert snapshot.snapshot(made, tmp_path / "s.png").read_bytes().startswith(b"\x89PNG")
    slicer.mrmlScene.RemoveNode(made.volume)
    with pytest.raises(InputError, match="deleted"):
        snapshot.snapshot(made, tmp_path / "t.png")


def test_the_sample_is_a_volume_to_segment(scene):
    node = sample.add_sample()
    assert volumes.default_volume_node() is node
    volume = volumes.volume_of_node(node)
    assert min(volume.array.shape) > 8 and node.GetName() == sample.SAMPLE_NAME


def test_sample_data_is_registered_once(scene, monkeypatch):
    assert not sample.register_sample_data()  # the module is not there
    sources = []

    class SampleDataLogic:
        @staticmethod
        def sampleDataSourcesByCategory(category):
            return [source for source in sources if source.category == category]

        @staticmethod
        def registerCustomSampleDataSource(**source):
            sources.append(types.SimpleNamespace(**source))

    module = types.ModuleType("SampleData")
    module.SampleDataLogic = SampleDataLogic
    monkeypatch.setitem(sys.modules, "SampleData", module)
    assert sample.register_sample_data("icon.png") and sample.register_sample_data("icon.png")
    assert len(sources) == 1
    (node,) = sources[0].customDownloader(sources[0])
    assert node.GetName() == sample.SAMPLE_NAME
