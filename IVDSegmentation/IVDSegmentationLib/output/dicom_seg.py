"""DICOM Segmentation (SEG): the discs as a DICOM object that refers to the slices they were found in.

Written with highdicom, which is part of Slicer from 5.12 on. Each disc is one binary segment, coded after CID 7604.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..anatomy import CATEGORY_CODE, code_of_label, colour_of_label
from ..errors import InputError, OutputError
from ..files import atomic_file
from ..segmentation.result import SegmentationResult
from ..spine import Disc

if TYPE_CHECKING:
    from ..volume import Volume

MANUFACTURER = "IVDSegmentation"
SERIES_NUMBER_OFFSET = 100
"""Added to the number of the source series, as Slicer's own exporter does."""
_ALGORITHM_FAMILY = ("DCM", "123110", "Artificial Intelligence")
"""The code of CID 7162 for neural networks: scheme, value, meaning."""


def highdicom_is_installed() -> bool:
    """Whether :func:`write_dicom_seg` can be used. Nothing is imported."""
    return all(importlib.util.find_spec(name) is not None for name in ("highdicom", "pydicom"))


def write_dicom_seg(
    result: SegmentationResult, source_files: Sequence[str | Path], path: str | Path, description: str = "Disc segmentation"
) -> Path:
    """Writes the discs of a result as a DICOM SEG object; patient and study are those of the source files.

    ``source_files``: the DICOM files of the volume that was segmented; the label map may lie on another grid in the same
    frame of reference. Raises ``InputError`` where a source file cannot be read or there is no disc, ``OutputError``
    where the object cannot be made or written.
    """
    import highdicom
    import pydicom

    if not result.discs:
        raise InputError("There is no disc to export.")
    try:
        sources = [pydicom.dcmread(file, stop_before_pixels=True) for file in source_files]
    except (OSError, pydicom.errors.InvalidDicomError) as error:
        raise InputError(
            f"A DICOM file of the volume cannot be read: {error}. Import the series into the DICOM database again."
        ) from error
    if not sources:
        raise InputError("The DICOM files of the volume were not found. Import the series into the DICOM database again.")
    try:
        segmentation = highdicom.seg.Segmentation(
            source_images=sources,
            pixel_array=_segment_numbers(result, sources[0].get("FrameOfReferenceUID")),
            segmentation_type=highdicom.seg.SegmentationTypeValues.BINARY,
            segment_descriptions=_descriptions(result),
            series_instance_uid=highdicom.UID(),
            series_number=int(sources[0].get("SeriesNumber") or 0) + SERIES_NUMBER_OFFSET,
            sop_instance_uid=highdicom.UID(),
            instance_number=1,
            manufacturer=MANUFACTURER,
            manufacturer_model_name=result.model.name,
            software_versions=result.model.version,
            device_serial_number="0",
            content_label="DISCS",
            series_description=description[:64],
        )
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise OutputError(f"DICOM SEG could not be made from these DICOM files: {error}") from error
    with atomic_file(path) as temporary:
        segmentation.save_as(temporary)
    return Path(path)


def _segment_numbers(result: SegmentationResult, frame_of_reference: str | None) -> Any:
    """The label map with values 1, 2, … in the order of the discs, as highdicom's volume: axes (k, j, i)."""
    import highdicom

    numbers = np.zeros(256, np.uint8)
    for number, disc in enumerate(result.discs, start=1):
        numbers[disc.label] = number
    return highdicom.Volume(
        numbers[np.asarray(result.labels.array)],
        _index_to_lps(result.labels),
        coordinate_system="PATIENT",
        frame_of_reference_uid=frame_of_reference,
    )


def _index_to_lps(labels: Volume) -> np.ndarray:
    """4 x 4 matrix from array indices (k, j, i, 1) to LPS millimetres."""
    return labels.ijk_to_lps[:, [2, 1, 0, 3]]


def _descriptions(result: SegmentationResult) -> list[Any]:
    """One segment description for each disc, from below."""
    return [_description(result, number, disc) for number, disc in enumerate(result.discs, start=1)]


def _description(result: SegmentationResult, number: int, disc: Disc) -> Any:
    import highdicom

    kinds = highdicom.seg.SegmentAlgorithmTypeValues
    red, green, blue = colour_of_label(disc.label)
    return highdicom.seg.SegmentDescription(
        segment_number=number,
        segment_label=disc.name,
        segmented_property_category=_code(*CATEGORY_CODE),
        segmented_property_type=_code(*code_of_label(disc.label)),
        algorithm_type=kinds.SEMIAUTOMATIC if disc.is_edited else kinds.AUTOMATIC,
        algorithm_identification=highdicom.AlgorithmIdentificationSequence(
            name=f"{MANUFACTURER} {result.model.name}",
            family=_code(*_ALGORITHM_FAMILY),
            version=result.model.version,
        ),
        tracking_uid=highdicom.UID(),
        tracking_id=f"Disc {disc.name}",
        display_color=highdicom.color.CIELabColor.from_rgb(red, green, blue),
    )


def _code(scheme: str, value: str, meaning: str) -> Any:
    from highdicom.sr import CodedConcept

    return CodedConcept(value=value, scheme_designator=scheme, meaning=meaning)
