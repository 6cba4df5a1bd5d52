"""Volume nodes and Volumes: array and geometry with the parent transform folded in."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
import slicer.util
import vtk

from ..errors import InputError
from ..volume import Volume
from ..volume.body_part import body_parts_of
from .geometry import array_of_matrix, ijk_to_ras, ijk_to_ras_of_node, matrix_of_array, parent_to_world, volume_from_ras

DICOM_UIDS = "DICOM.instanceUIDs"
"""Attribute of a volume that was loaded from DICOM: the SOP instance UIDs of its slices, separated by blanks."""
_SHEAR_TOLERANCE = 1e-3
"""Cosine between two axes from which on a volume counts as sheared; half-hardened transforms reach 1e-6."""


def volume_of_node(node: Any) -> Volume:
    """Voxels (a view, not to be written to) and world geometry of a scalar volume node.

    Raises ``InputError`` in words: no node, no voxels, colour, 2D, label map, non-linear or shearing transform.
    """
    if node is None:
        raise InputError("No volume is chosen. Load an MR volume and choose it as the input.")
    name = node.GetName()
    _check_voxels(node, name)
    _check_transform(node, name)
    array = slicer.util.arrayFromVolume(node)
    if node.GetParentTransformNode() is None:
        volume = _local_volume(node, array)
    else:
        volume = volume_from_ras(array, parent_to_world(node) @ ijk_to_ras_of_node(node))
    axes = volume.direction
    if np.abs(axes.T @ axes - np.eye(3)).max() > _SHEAR_TOLERANCE:
        raise InputError(
            f"The volume '{name}' is sheared by its transform, so its axes are not at right angles. Harden the "
            "transform and resample the volume (Transforms and Resample modules), or take the transform off."
        )
    return volume


def default_volume_node() -> Any | None:
    """The volume to begin with: of the usable ones the first that is known to be MR, else the first of all."""
    nodes = [node for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") if is_usable(node)]
    return next((node for node in nodes if modality(node) == "MR"), None) or next(
        (node for node in nodes if modality(node) is None), nodes[0] if nodes else None
    )


def is_usable(node: Any) -> bool:
    """Whether a node is a 3D grey volume that the user may see: no label map, no colour, not hidden."""
    if node is None or not node.IsA("vtkMRMLScalarVolumeNode") or node.GetHideFromEditors():
        return False
    try:
        _check_voxels(node, node.GetName())
    except InputError:
        return False
    return True


def modality(node: Any) -> str | None:
    """DICOM modality of a volume ("MR", "CT", …); None where the volume did not come from DICOM."""
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    item = hierarchy.GetItemByDataNode(node)
    attribute = slicer.vtkMRMLSubjectHierarchyConstants.GetDICOMAttributePrefix() + "Modality"
    return (hierarchy.GetItemAttribute(item, attribute) if item else "") or None


_HEADER_TAGS = ("0018,0015", "0008,1030", "0008,103E", "0018,1030")
"""BodyPartExamined, StudyDescription, SeriesDescription, ProtocolName."""


def body_parts_of_node(node: Any) -> tuple[str, ...]:
    """Body parts (keys of ``volume.body_part.PARTS``) that the DICOM header of a volume names: from the DICOM database, and
    from the subject hierarchy where the files are no longer in it. () for a volume that did not come from DICOM."""
    uids = (node.GetAttribute(DICOM_UIDS) or "").split()
    if not uids:
        return ()
    texts = [node.GetName()]  # Slicer names a volume after its series
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    constants = slicer.vtkMRMLSubjectHierarchyConstants
    item = hierarchy.GetItemByDataNode(node)
    if item:
        study = constants.GetDICOMStudyDescriptionAttributeName()
        texts.append(hierarchy.GetAttributeFromItemAncestor(item, study, constants.GetDICOMLevelStudy()) or "")
    database = getattr(slicer, "dicomDatabase", None)
    if database is not None and database.isOpen:
        texts += [str(database.instanceValue(uids[0], tag) or "") for tag in _HEADER_TAGS]
    return body_parts_of(texts)


def add_volume(volume: Volume, name: str) -> Any:
    """Put a volume into the scene as a scalar volume node with a display node."""
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", slicer.mrmlScene.GenerateUniqueName(name))
    set_volume(node, volume)
    node.CreateDefaultDisplayNodes()
    return node


def set_volume(node: Any, volume: Volume) -> None:
    """Give a volume node other voxels and geometry, both as they are without its parent transform."""
    slicer.util.updateVolumeFromArray(node, np.ascontiguousarray(volume.array))
    node.SetIJKToRASMatrix(matrix_of_array(ijk_to_ras(volume)))


def remove_volume(node: Any) -> None:
    """Take a volume node out of the scene, with its display, its storage and its item in the hierarchy."""
    scene, hierarchy = slicer.mrmlScene, slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    display = [node.GetNthDisplayNode(n) for n in range(node.GetNumberOfDisplayNodes())]
    for one in (*display, node.GetStorageNode()):
        if one is not None and one.GetScene() is not None:
            scene.RemoveNode(one)
    scene.RemoveNode(node)
    item = hierarchy.GetItemByDataNode(node)
    if item:  # Slicer's Qt part takes it away with the node; without Qt we do
        hierarchy.RemoveItem(item, False, False)


def _local_volume(node: Any, array: np.ndarray) -> Volume:
    """Spacing and directions as the node holds them: exact, where the product of both would round."""
    directions = vtk.vtkMatrix4x4()
    node.GetIJKToRASDirectionMatrix(directions)
    x, y, z = node.GetOrigin()
    direction = np.diag([-1.0, -1.0, 1.0]) @ array_of_matrix(directions)[:3, :3]
    return Volume(array, tuple(node.GetSpacing()), (-x, -y, z), direction)


def _check_voxels(node: Any, name: str) -> None:
    if node.IsA("vtkMRMLLabelMapVolumeNode"):
        raise InputError(f"'{name}' is a label map, not an image. Choose the MR volume.")
    image = node.GetImageData()
    if image is None or 0 in image.GetDimensions() or image.GetPointData().GetScalars() is None:
        raise InputError(f"The volume '{name}' has no voxels. Load it again.")
    if image.GetNumberOfScalarComponents() != 1:
        raise InputError(
            f"The volume '{name}' has {image.GetNumberOfScalarComponents()} values in each voxel (colour or vectors). "
            "Choose a grey MR volume."
        )
    if 1 in image.GetDimensions():
        raise InputError(f"The volume '{name}' is a single slice. Discs are found in 3D volumes only.")


def _check_transform(node: Any, name: str) -> None:
    transform = node.GetParentTransformNode()
    if transform is not None and not transform.IsTransformToWorldLinear():
        raise InputError(
            f"The volume '{name}' is under the non-linear transform '{transform.GetName()}'. Harden the transform on "
            "it (Data module, right click on the transform) and segment it then."
        )
