"""Volume nodes: geometry to the last bit, all axis orders, transforms, and what is refused."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
import slicer.util
import vtk
from IVDSegmentationLib.errors import InputError
from IVDSegmentationLib.scene import nodes, volumes, write
from IVDSegmentationLib.scene import result as scene_result
from IVDSegmentationLib.scene.geometry import RAS_LPS, matrix_of_array
from IVDSegmentationLib.volume import Volume
from scene_cases import box_labels, result_of, small_volume

ORDERS = list(product(permutations(range(3)), product((1, -1), repeat=3)))


@pytest.mark.parametrize(("axes", "signs"), ORDERS)
def test_all_axis_orders_are_exact(scene, axes, signs):
    direction = np.eye(3)[:, list(axes)] * signs
    volume = Volume(np.arange(4 * 5 * 6, dtype=np.int16).reshape(4, 5, 6), (0.7, 1.3, 4.1), (11.25, -7.1, 3.3), direction)
    node = volumes.add_volume(volume, "v")
    back = volumes.volume_of_node(node)
    assert np.array_equal(back.array, volume.array) and back.array.dtype == volume.array.dtype
    assert np.array_equal(back.direction, volume.direction)
    assert back.origin_mm_lps == volume.origin_mm_lps
    assert np.allclose(back.spacing_mm, volume.spacing_mm, rtol=1e-15)
    labels = np.zeros((4, 5, 6), np.uint8)
    labels[1:3, 1:4, 2:5] = 2
    labels[1, 0, 1:3] = 1
    made = write.add_result(node, result_of(volume.with_array(labels)))
    read = scene_result.result_of_nodes(made)
    assert np.array_equal(read.labels.array, labels)
    assert read.labels.same_grid(volume, 1e-9)


def transform_node(matrix, name="T"):
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", name)
    node.SetMatrixTransformToParent(matrix_of_array(matrix))
    return node


def rigid():
    angle = np.deg2rad(25.0)
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    matrix[:3, 3] = [12.0, -40.0, 7.5]
    return matrix


def test_a_linear_transform_is_folded_in(scene):
    volume = small_volume()
    node = volumes.add_volume(volume, "v")
    outer = transform_node(rigid(), "outer")
    shift = np.eye(4)
    shift[:3, 3] = [0, 0, 100.0]
    inner = transform_node(shift, "inner")
    inner.SetAndObserveTransformNodeID(outer.GetID())
    node.SetAndObserveTransformNodeID(inner.GetID())
    world = volumes.volume_of_node(node)
    expected = RAS_LPS @ rigid() @ shift @ RAS_LPS @ volume.ijk_to_lps
    assert np.allclose(world.ijk_to_lps, expected, atol=1e-9)


def test_results_of_a_transformed_volume_lie_under_its_transform(scene):
    node = volumes.add_volume(small_volume(), "v")
    transform = transform_node(rigid())
    node.SetAndObserveTransformNodeID(transform.GetID())
    world = volumes.volume_of_node(node)
    result = result_of(box_labels(world))
    made = write.add_result(node, result)
    assert made.segmentation.GetParentTransformNode() is transform
    assert made.centres.GetParentTransformNode() is transform
    back = scene_result.result_of_nodes(made)
    assert np.array_equal(back.labels.array, result.labels.array)
    for one, other in zip(back.discs, result.discs, strict=True):
        assert one.centre_mm_lps == pytest.approx(other.centre_mm_lps, abs=1e-6)
    assert back.probability.same_grid(result.probability, 1e-6)
    transform.SetMatrixTransformToParent(vtk.vtkMatrix4x4())  # all move together
    moved = scene_result.result_of_nodes(made)
    untouched = result_of(box_labels(small_volume()))
    assert np.array_equal(moved.labels.array, untouched.labels.array)
    for one, other in zip(moved.discs, untouched.discs, strict=True):
        assert one.centre_mm_lps == pytest.approx(other.centre_mm_lps, abs=1e-6)


def test_a_non_linear_transform_is_refused_in_words(scene):
    node = volumes.add_volume(small_volume(), "v")
    grid = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLGridTransformNode", "Warp")
    points = vtk.vtkPoints()
    for n in range(5):
        points.InsertNextPoint(n * n, n, 3 * n)
    spline = vtk.vtkThinPlateSplineTransform()
    spline.SetSourceLandmarks(points)
    spline.SetTargetLandmarks(points)
    spline.SetBasisToR()
    warp = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTransformNode", "Warp")
    warp.SetAndObserveTransformToParent(spline)
    slicer.mrmlScene.RemoveNode(grid)
    node.SetAndObserveTransformNodeID(warp.GetID())
    with pytest.raises(InputError, match="non-linear transform 'Warp'. Harden"):
        volumes.volume_of_node(node)


def test_a_shear_is_refused_in_words(scene):
    node = volumes.add_volume(small_volume(), "v")
    matrix = np.eye(4)
    matrix[0, 2] = 0.3
    node.SetAndObserveTransformNodeID(transform_node(matrix).GetID())
    with pytest.raises(InputError, match="sheared"):
        volumes.volume_of_node(node)


def test_unfit_nodes_are_refused_in_words(scene):
    with pytest.raises(InputError, match="No volume is chosen"):
        volumes.volume_of_node(None)
    empty = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Empty")
    with pytest.raises(InputError, match="'Empty' has no voxels"):
        volumes.volume_of_node(empty)
    flat = volumes.add_volume(Volume(np.zeros((1, 8, 8), np.int16)), "Flat")
    with pytest.raises(InputError, match="'Flat' is a single slice"):
        volumes.volume_of_node(flat)
    colour = scene.AddNewNodeByClass("vtkMRMLVectorVolumeNode", "Colour")
    slicer.util.updateVolumeFromArray(colour, np.zeros((4, 5, 6, 3), np.uint8))
    with pytest.raises(InputError, match="3 values in each voxel"):
        volumes.volume_of_node(colour)
    labels = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "Labels")
    slicer.util.updateVolumeFromArray(labels, np.zeros((4, 5, 6), np.uint8))
    with pytest.raises(InputError, match="label map"):
        volumes.volume_of_node(labels)
    assert volumes.default_volume_node() is None


def test_the_default_volume_is_the_first_mr(scene):
    first = volumes.add_volume(small_volume(), "unknown modality")
    assert volumes.default_volume_node() is first
    ct, mr = volumes.add_volume(small_volume(), "ct"), volumes.add_volume(small_volume(), "mr")
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    hierarchy.SetItemAttribute(nodes.item_of(ct), "DICOM.Modality", "CT")
    hierarchy.SetItemAttribute(nodes.item_of(mr), "DICOM.Modality", "MR")
    assert volumes.default_volume_node() is mr
    scene.RemoveNode(mr)
    assert volumes.default_volume_node() is first


class Database:
    """Slicer's DICOM database, as far as headers are asked for."""

    isOpen = True

    def __init__(self, **values: str) -> None:
        self.values = values

    def instanceValue(self, uid: str, tag: str) -> str:
        return self.values.get(tag.replace(",", "_"), "") if uid == "1.2.3.1" else ""


def test_the_body_part_that_a_dicom_header_names(scene, monkeypatch):
    node = volumes.add_volume(small_volume(), "4: t2_tse_sag")
    monkeypatch.setattr(slicer, "dicomDatabase", Database(**{"0018_0015": "CSPINE"}), raising=False)
    assert volumes.body_parts_of_node(node) == (), "not from DICOM"
    node.SetAttribute(volumes.DICOM_UIDS, "1.2.3.1 1.2.3.2")
    assert volumes.body_parts_of_node(node) == ("cervical spine",)
    monkeypatch.setattr(slicer, "dicomDatabase", None)
    assert volumes.body_parts_of_node(node) == ()
    hierarchy = nodes.subject_hierarchy()
    study = hierarchy.CreateStudyItem(hierarchy.GetSceneItemID(), "1.2")
    hierarchy.SetItemAttribute(study, "DICOM.StudyDescription", "MR knee right")
    hierarchy.SetItemParent(nodes.item_of(node), study)
    assert volumes.body_parts_of_node(node) == ("knee",), "from the subject hierarchy"
