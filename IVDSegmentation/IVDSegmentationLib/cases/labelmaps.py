"""Label maps that others wrote: NIfTI, NRRD, MHA with our values or a table of values; Slicer's .seg.nrrd by its segments'
codes and names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..anatomy import (
    CANAL_LABEL,
    DISC_LEVELS,
    GENERIC_DISC_CODE,
    SACRUM_LABEL,
    UNKNOWN_LABEL_FIRST,
    VERTEBRA_LABELS,
    disc_label_of_name,
)
from ..errors import InputError
from ..volume import Volume
from ..volume.image import check_right_angles
from ..volume.nrrd import open_nrrd
from .folder import load_labels

SEGMENTATION_ENDING = ".seg.nrrd"

_BODY_NAME = re.compile(r"(?:vertebra(?:l body)?|body)?[\s_:]*([CLTS]\d{1,2})(?:[\s_]*(?:vertebra(?:l body)?|body))?", re.I)
_DISC_CODES = {level.code: level.label for level in DISC_LEVELS if level.code != GENERIC_DISC_CODE[1]}


def read_label_map(path: str | Path, image: Volume, values: Mapping[int, int] | None = None) -> Volume:
    """A label map with our values on the image's grid (uint8, or as the file has it where it is no segmentation).

    ``values``: the file's value -> ours, where they differ. A segmentation that was cropped to its segments, as Slicer
    saves them, is laid back onto the image. Raises ``InputError`` in words.
    """
    path = Path(path)
    labels = read_segmentation(path) if path.name.lower().endswith(SEGMENTATION_ENDING) else load_labels(path)
    if values:
        labels = labels.with_array(_renamed(labels.array, values))
    return laid_onto(labels, image)


def _renamed(array: np.ndarray, values: Mapping[int, int]) -> np.ndarray:
    result = np.zeros(array.shape, np.uint8)
    for theirs, ours in values.items():
        result[array == int(theirs)] = ours
    return result


def read_segmentation(path: Path) -> Volume:
    """Slicer's .seg.nrrd with our values: each segment by its name, else by its code, never by the value that Slicer gave
    it when it saved. Raises ``InputError``."""
    image = open_nrrd(path)
    segments = _segments(image.fields)
    if not segments:
        raise InputError(f"{path.name} names no segments. Save the segmentation as .seg.nrrd from Slicer.")
    check_right_angles(image.direction, path)
    layers = image.read_layers()
    result = np.zeros(layers[0].shape, np.uint8)
    unknown = UNKNOWN_LABEL_FIRST
    for name, code, layer, value in segments:
        label = label_of_segment(name, code)
        if label is None:
            continue
        if label >= UNKNOWN_LABEL_FIRST and label < SACRUM_LABEL:
            label, unknown = unknown, unknown + 1
        if layer >= len(layers):
            raise InputError(f"{path.name} is damaged: '{name}' lies in layer {layer}, it has {len(layers)}. Save it again.")
        result[layers[layer] == value] = label
    if not result.any():
        names = ", ".join(f"'{segment[0]}'" for segment in segments[:5])
        raise InputError(
            f"None of the segments in {path.name} is a disc or vertebra by its name or code ({names}). Name the discs by "
            "level, for example 'L4-L5'."
        )
    return Volume(result, image.spacing_mm, image.origin_mm_lps, image.direction)


def _segments(tags: Mapping[str, str]) -> list[tuple[str, str, int, int]]:
    """(name, SNOMED code, layer, value) of each segment of a .seg.nrrd header."""
    segments = []
    for number in range(1000):
        prefix = f"Segment{number}_"
        if prefix + "Name" not in tags and prefix + "ID" not in tags:
            break
        entry = re.search(r"TerminologyEntry:([^|]*)", tags.get(prefix + "Tags", ""))
        parts = entry.group(1).split("~") if entry else []
        code = parts[2].split("^")[1] if len(parts) > 2 and parts[2].count("^") else ""
        name = tags.get(prefix + "Name", "") or tags.get(prefix + "ID", "")
        try:
            layer, value = int(tags.get(prefix + "Layer", 0)), int(tags.get(prefix + "LabelValue", 1))
        except ValueError:
            raise InputError(f"The segment '{name}' has no readable layer or value. Save the segmentation again.") from None
        segments.append((name, code, layer, value))
    return segments


def label_of_segment(name: str, code: str = "") -> int | None:
    """Label value of a segment by its name ('L4-L5', 'disc L4/L5', 'L3', 'sacrum', 'canal', 'unknown 2'), else by the SNOMED
    code of a disc. None for what we have no value for."""
    text = name.strip()
    label = disc_label_of_name(text)
    if label is not None:
        return label
    match = _BODY_NAME.fullmatch(text)
    if match and match.group(1).upper() in VERTEBRA_LABELS:
        return VERTEBRA_LABELS[match.group(1).upper()]
    lower = text.lower()
    if lower in ("canal", "spinal canal", "vertebral canal"):
        return CANAL_LABEL
    if lower == "sacrum":
        return SACRUM_LABEL
    if code in _DISC_CODES:
        return _DISC_CODES[code]
    is_some_disc = code == GENERIC_DISC_CODE[1] or lower in ("disc", "disk", "ivd")
    return UNKNOWN_LABEL_FIRST if is_some_disc else None


def laid_onto(labels: Volume, image: Volume, tolerance: float = 0.02) -> Volume:
    """The label map on the image's grid, where it is a crop of that grid; otherwise as it is (``check_pair`` then says what
    is wrong). ``tolerance`` is a share of a voxel."""
    same_axes = np.allclose(labels.direction, image.direction, atol=1e-3) and np.allclose(
        labels.spacing_mm, image.spacing_mm, rtol=1e-3
    )
    if labels.same_grid(image, tolerance_mm=0.05) or not same_axes:
        return labels
    offset = image.ijk_of_lps(np.array(labels.origin_mm_lps))
    first = np.rint(offset).astype(int)
    if np.abs(offset - first).max() > tolerance:
        return labels
    result = np.zeros(image.array.shape, labels.array.dtype)
    inside, source = [], []
    for axis in range(3):  # i, j, k
        low, high = max(0, first[axis]), min(image.size_ijk[axis], first[axis] + labels.size_ijk[axis])
        if low >= high:
            return labels
        inside.append(slice(low, high))
        source.append(slice(low - first[axis], high - first[axis]))
    result[tuple(reversed(inside))] = labels.array[tuple(reversed(source))]
    if np.count_nonzero(result) != np.count_nonzero(labels.array):
        return labels  # part of it lies outside the image: another scan
    return image.with_array(result)
