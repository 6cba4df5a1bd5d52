"""What a run of the network leaves beside the discs: model, device, times, warnings, and its probabilities.

The probabilities are kept because corrections start from them, also in a scene that was saved and loaded again: as a
hidden volume of one byte a voxel, a few hundred kilobytes in the file.
"""

from __future__ import annotations

import functools
import json
from typing import Any

import numpy as np
import slicer
import slicer.util

from ..segmentation.result import SegmentationResult, arguments_of_run
from ..volume import Volume
from .geometry import ijk_to_ras, ijk_to_ras_of_node, matrix_of_array, parent_to_world, plain_image, volume_from_ras
from .names import PROBABILITY_ROLE, RUN_ATTRIBUTE


def write_run(segmentation: Any, result: SegmentationResult, probability: bool = True) -> None:
    """Keep everything of a result but discs and labels with the segmentation node.

    ``probability`` False leaves the probabilities as they are: corrections do not change them.
    """
    segmentation.SetAttribute(RUN_ATTRIBUTE, json.dumps(result.run_record(), ensure_ascii=False))
    if probability:
        _write_probability(segmentation, result.probability)


def read_run(segmentation: Any) -> dict[str, Any]:
    """Keyword arguments of SegmentationResult: model, device, threads, seconds, peak_memory_bytes, warnings."""
    return arguments_of_run(json.loads(segmentation.GetAttribute(RUN_ATTRIBUTE)))


def read_probability(segmentation: Any) -> Volume | None:
    """The probabilities (float16, 0 … 1) in world geometry; None where the hidden volume was deleted."""
    node = segmentation.GetNodeReference(PROBABILITY_ROLE)
    if node is None or node.GetImageData() is None:
        return None
    matrix = parent_to_world(segmentation) @ ijk_to_ras_of_node(node)
    array = slicer.util.arrayFromVolume(node)
    return volume_from_ras(_probability_of_byte()[array], matrix)


def _write_probability(segmentation: Any, probability: Volume) -> None:
    """A new image each time, never the old one overwritten: undo still holds the old one."""
    node = segmentation.GetNodeReference(PROBABILITY_ROLE)
    if node is None:
        node = slicer.mrmlScene.CreateNodeByClass("vtkMRMLScalarVolumeNode")
        node.UnRegister(None)  # the Python variable owns it
        node.SetName(f"{segmentation.GetName()} probability")
        node.SetHideFromEditors(True)  # before it enters the scene: no selector may pick it up
        slicer.mrmlScene.AddNode(node)
        segmentation.SetNodeReferenceID(PROBABILITY_ROLE, node.GetID())
    halves = np.ascontiguousarray(probability.array, np.float16)
    node.SetAndObserveImageData(plain_image(_byte_of_half()[halves.view(np.uint16)]))
    local = np.linalg.inv(parent_to_world(segmentation)) @ ijk_to_ras(probability)
    node.SetIJKToRASMatrix(matrix_of_array(local))


# Tables of all values there are: a volume of 11 million voxels is converted in 0.03 s instead of 0.2 s.
@functools.cache
def _byte_of_half() -> np.ndarray:
    """Bits of a 16-bit floating point number -> probability as a byte; not a number is 0."""
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    return np.rint(np.clip(np.nan_to_num(halves.astype(np.float32)), 0, 1) * 255).astype(np.uint8)


@functools.cache
def _probability_of_byte() -> np.ndarray:
    return (np.arange(256, dtype=np.float32) / 255).astype(np.float16)
