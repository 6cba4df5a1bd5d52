"""Nodes -> SegmentationResult: the present state, whatever the user edited."""

from __future__ import annotations

import numpy as np
import slicer
import vtk

from ..segmentation.result import SegmentationResult
from ..spine import disc_regions
from ..volume import Volume
from .centres import centre_of_segment
from .geometry import array_of_image, array_of_matrix, ijk_to_ras, oriented_image, parent_to_world, volume_from_ras
from .nodes import ResultNodes
from .run_record import read_probability, read_run
from .segments import labels_of_segments, read_disc
from .volumes import volume_of_node


def labels_of_nodes(nodes: ResultNodes) -> Volume:
    """Label map (uint8, values of anatomy) on the grid of the volume, from one or several layers.

    Where segments overlap the later one wins. Segments that are no disc are left out.
    """
    grid = _grid(nodes)
    labels = labels_of_segments(nodes.segmentation)
    if not labels:
        return grid
    ids = vtk.vtkStringArray()
    for segment_id in labels:
        ids.InsertNextValue(segment_id)
    merged = slicer.vtkOrientedImageData()
    done = nodes.segmentation.GenerateMergedLabelmapForAllSegments(
        merged, slicer.vtkSegmentation.EXTENT_REFERENCE_GEOMETRY, _reference(nodes, grid), ids
    )
    if not done:
        raise RuntimeError("Slicer could not merge the segments into a label map.")
    values = np.array([0, *labels.values()], np.uint8)  # the merged map counts the segments from 1
    return grid.with_array(values[array_of_image(merged)])


def result_of_nodes(nodes: ResultNodes) -> SegmentationResult:
    """The present result: voxels and levels of the segments, centres as the points lie, flags and model of the run.

    A disc without a point has the centroid of its voxels as its centre. Empty segments are left out.
    """
    labels = labels_of_nodes(nodes)
    segmentation = nodes.segmentation.GetSegmentation()
    regions = disc_regions(labels)
    discs = []
    for segment_id, label in labels_of_segments(nodes.segmentation).items():
        if label not in regions:
            continue
        centre = centre_of_segment(nodes.segmentation, nodes.centres, segment_id) or regions[label].centre
        discs.append(read_disc(segmentation.GetSegment(segment_id), label, centre, regions[label].volume_mm3))
    probability = read_probability(nodes.segmentation)
    if probability is None:  # deleted by the user: corrections still have the present border to start from
        probability = labels.with_array((labels.array > 0).astype(np.float16))
    return SegmentationResult(
        labels=labels,
        discs=tuple(sorted(discs, key=lambda disc: disc.centre_mm_lps[2])),
        probability=probability,
        **read_run(nodes.segmentation),
    )


def _grid(nodes: ResultNodes) -> Volume:
    """Empty label map on the volume's grid; where the volume is gone, on the geometry kept with the segmentation."""
    if nodes.volume is not None and nodes.volume.GetImageData() is not None:
        volume = volume_of_node(nodes.volume)
        return volume.with_array(np.zeros(volume.array.shape, np.uint8))
    image = slicer.vtkOrientedImageData()
    text = nodes.segmentation.GetSegmentation().GetConversionParameter(
        slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName()
    )
    slicer.vtkSegmentationConverter.DeserializeImageGeometry(text, image, False)
    matrix = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    i, j, k = image.GetDimensions()
    world = parent_to_world(nodes.segmentation) @ array_of_matrix(matrix)
    return volume_from_ras(np.zeros((k, j, i), np.uint8), world)


def _reference(nodes: ResultNodes, grid: Volume) -> slicer.vtkOrientedImageData:
    """The grid as the segmentation sees it: without the transforms above the segmentation."""
    local = np.linalg.inv(parent_to_world(nodes.segmentation)) @ ijk_to_ras(grid)
    return oriented_image(grid.array, local)
