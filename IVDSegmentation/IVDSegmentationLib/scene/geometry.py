"""RAS and LPS, Slicer's matrices and numpy's, images and arrays. No node is changed here.

Slicer works in RAS, the library in LPS: the same axes with the first two signs turned. Turning a sign is exact, so a
point that goes there and back is the same to the last bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from ..volume import Volume

RAS_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
"""4 x 4 matrix from RAS to LPS, and back."""


def flip_ras_lps(point: Any) -> tuple[float, float, float]:
    """A point (or vector) of RAS in LPS, or of LPS in RAS."""
    x, y, z = (float(value) for value in point)
    return (-x, -y, z)


def array_of_matrix(matrix: vtk.vtkMatrix4x4) -> np.ndarray:
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


def matrix_of_array(array: np.ndarray) -> vtk.vtkMatrix4x4:
    matrix = vtk.vtkMatrix4x4()
    matrix.DeepCopy(np.asarray(array, float).ravel().tolist())
    return matrix


def ijk_to_ras_of_node(node: Any) -> np.ndarray:
    """4 x 4 matrix from voxel indices of a volume node to RAS, its parent transform left out."""
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return array_of_matrix(matrix)


def parent_to_world(node: Any) -> np.ndarray:
    """4 x 4 RAS matrix of the transforms above a node; the identity without any. They must be linear."""
    transform = node.GetParentTransformNode() if node is not None else None
    if transform is None:
        return np.eye(4)
    matrix = vtk.vtkMatrix4x4()
    transform.GetMatrixTransformToWorld(matrix)
    return array_of_matrix(matrix)


def volume_from_ras(array: np.ndarray, ijk_to_ras: np.ndarray) -> Volume:
    """A Volume from voxels (k, j, i) and a 4 x 4 matrix from indices to RAS."""
    ijk_to_lps = RAS_LPS @ ijk_to_ras
    spacing = np.linalg.norm(ijk_to_lps[:3, :3], axis=0)
    direction = ijk_to_lps[:3, :3] / np.where(spacing > 0, spacing, 1.0)
    return Volume(array, tuple(spacing), tuple(ijk_to_lps[:3, 3]), direction)


def ijk_to_ras(volume: Volume) -> np.ndarray:
    """4 x 4 matrix from voxel indices to RAS."""
    return RAS_LPS @ volume.ijk_to_lps


def oriented_image(array: np.ndarray, matrix: np.ndarray) -> slicer.vtkOrientedImageData:
    """Slicer's image with geometry from voxels (k, j, i), which are copied, and a 4 x 4 matrix from indices to RAS."""
    image = slicer.vtkOrientedImageData()
    _fill(image, array)
    image.SetImageToWorldMatrix(matrix_of_array(matrix))
    return image


def cropped_image(array: np.ndarray, matrix: np.ndarray) -> slicer.vtkOrientedImageData:
    """As ``oriented_image``, but only the box that holds the voxels above 0: a hundredth of the memory, for every undo
    step anew. Slicer enlarges the box itself when somebody paints outside."""
    places = [np.flatnonzero(array.any(axis=tuple(other for other in range(3) if other != axis))) for axis in range(3)]
    if any(len(found) == 0 for found in places):
        return oriented_image(array, matrix)
    box = [(int(found[0]), int(found[-1])) for found in places]
    image = oriented_image(array[tuple(slice(first, last + 1) for first, last in box)], matrix)
    image.SetExtent(*box[2], *box[1], *box[0])
    return image


def plain_image(array: np.ndarray) -> vtk.vtkImageData:
    """An image without geometry from voxels (k, j, i), which are copied."""
    image = vtk.vtkImageData()
    _fill(image, array)
    return image


def array_of_image(image: vtk.vtkImageData) -> np.ndarray:
    """Voxels (k, j, i) of an image: a view that lives as long as the image does."""
    i, j, k = image.GetDimensions()
    return vtk_to_numpy(image.GetPointData().GetScalars()).reshape(k, j, i)


def _fill(image: vtk.vtkImageData, array: np.ndarray) -> None:
    k, j, i = array.shape
    image.SetDimensions(i, j, k)
    scalars = numpy_to_vtk(np.ascontiguousarray(array).ravel(), deep=True)
    scalars.SetName("ImageScalars")  # the DICOM SEG exporter takes a segment without an array of this name for empty
    image.GetPointData().SetScalars(scalars)
