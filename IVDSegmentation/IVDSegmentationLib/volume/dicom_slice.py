"""The frames of one DICOM file: geometry, grey values and what tells them apart, as the header gives them.

Headers are read with pydicom, which takes the tags as they are; GDCM (ITK's reader) guesses from the kind of object that a
file says it is, and so gives origin 0 and spacing 1 for classic slices that call themselves Enhanced MR.
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from .body_part import DICOM_KEYWORDS, REGION_SEQUENCE, body_parts_of
from .dicom_header import NotReadable, header_of
from .dicom_pixels import PixelLayout, layout_problem
from .dicom_values import first_item, number_of, numbers_of, plain_text, text_of, value_in_groups

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

UNIT_TOLERANCE = 1e-2
"""How far the directions' lengths and dot products may be from 1 and 0: rounded headers."""
_CLASSES_WITHOUT_IMAGE = (
    *("1.2.840.10008.1.3.10", "1.2.840.10008.5.1.4.1.1.4.2", "1.2.840.10008.5.1.4.34", "1.2.840.10008.5.1.4.38"),
    *(f"1.2.840.10008.5.1.4.1.1.{number}" for number in (9, 11, 66, 67, 78, 79, 80, 88, 104, 200, 481)),
)
"""Directories, spectroscopy, waveforms, presentation states, raw data, reports, documents, radiotherapy …: such files have no
size of an image. Any other file without one is cut off or damaged."""


@dataclass(frozen=True)
class Slice:
    """One frame of a file. ``direction``: columns are the LPS directions of i, j and the normal. ``position_mm`` and
    ``direction`` are None where the header does not give them, ``spacing_ij`` where it gives none or one that cannot be."""

    path: Path
    frame: int
    layout: PixelLayout
    uid: str
    """Of the series; with the file's own name where one file is a volume by itself."""
    study: str
    sop_uid: str
    number: float
    description: str
    instance: float | None
    position_mm: np.ndarray | None
    direction: np.ndarray | None
    spacing_ij: tuple[float, float] | None
    scale: tuple[float, float]
    echo_ms: float | None
    repetition_ms: float | None
    contrast: tuple[tuple[str, str], ...]
    """What tells images at one position apart: (name, value), the values as text."""
    own_file: str = ""
    """The file or concatenation that the frame belongs to; empty for classic slices."""
    body_parts: tuple[str, ...] = ()
    """Keys of ``body_part.PARTS``; the same for all frames of a file, kept with the first one."""

    @property
    def size_ij(self) -> tuple[int, int]:
        return self.layout.columns, self.layout.rows

    @property
    def has_place(self) -> bool:
        return self.position_mm is not None and self.direction is not None

    @property
    def height_mm(self) -> float:
        """Place along the normal."""
        assert self.position_mm is not None and self.direction is not None
        return float(self.position_mm @ self.direction[:, 2])


@dataclass(frozen=True)
class Unusable:
    """A DICOM file that holds an image, but cannot be used. ``uid``: of its series, where that could be read."""

    path: Path
    reason: str
    uid: str = ""


def read_dicom_header(path: Path) -> list[Slice] | Unusable | None:
    """The frames of a file; None where it holds no image (reports, presentation states)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's about values that break DICOM's rules
        try:
            return _frames(path)
        except NotReadable as error:
            return Unusable(path, str(error), error.uid)
        except (OSError, MemoryError, InputError):
            raise
        except Exception as error:  # whatever pydicom meets in a damaged file
            return Unusable(path, f"its header is damaged ({type(error).__name__})")


def _frames(path: Path) -> list[Slice] | None:
    dataset, layout = header_of(path)
    uid = text_of(dataset, "SeriesInstanceUID")
    if layout is None:
        if "Rows" not in dataset or "Columns" not in dataset:
            kind = text_of(dataset, "SOPClassUID")
            if any(kind == one or kind.startswith(one + ".") for one in _CLASSES_WITHOUT_IMAGE):
                return None
            raise NotReadable("its header is damaged or ends too early", uid)
        raise NotReadable("it ends before its voxels", uid)
    problem = layout_problem(layout, os.path.getsize(path))
    if problem:
        raise NotReadable(problem, uid)
    shared = first_item(dataset, "SharedFunctionalGroupsSequence")
    groups = list(dataset.get("PerFrameFunctionalGroupsSequence") or [])
    if groups and len(groups) != layout.frames:
        raise NotReadable(f"it describes {len(groups)} frames and holds {layout.frames}", uid)
    own = "" if layout.frames == 1 and not groups else text_of(dataset, "ConcatenationUID") or str(path)
    frames = []
    for number in range(layout.frames):
        sources = [dataset]
        if groups:
            sources = [groups[number], *([shared] if shared is not None else []), dataset]
        frames.append(_slice(path, number, layout, uid, own, sources))
    return frames


def _slice(path: Path, frame: int, layout: PixelLayout, uid: str, own: str, sources: Sequence[Dataset]) -> Slice:
    """``sources``: where values are looked for, in this order: the frame's groups, the shared groups, the file."""
    top = sources[-1]
    inner = layout.frames > 1 or len(sources) > 1
    position = numbers_of(value_in_groups(sources, "PlanePositionSequence", "ImagePositionPatient", inner))
    orientation = numbers_of(value_in_groups(sources, "PlaneOrientationSequence", "ImageOrientationPatient", inner))
    spacing = numbers_of(value_in_groups(sources, "PixelMeasuresSequence", "PixelSpacing", inner))
    slope = value_in_groups(sources, "PixelValueTransformationSequence", "RescaleSlope", inner)
    intercept = value_in_groups(sources, "PixelValueTransformationSequence", "RescaleIntercept", inner)
    scale = numbers_of([1 if slope in (None, "") else slope, 0 if intercept in (None, "") else intercept])
    if len(scale) != 2 or not all(map(math.isfinite, scale)) or scale[0] == 0:
        raise NotReadable(f"its values are scaled by {slope} and {intercept}", uid)
    echo = number_of(value_in_groups(sources, "MREchoSequence", "EffectiveEchoTime", inner))
    repetition = number_of(value_in_groups(sources, "MRTimingAndRelatedParametersSequence", "RepetitionTime", inner))
    instance: float | None
    if len(sources) > 1:
        time_index = value_in_groups(sources, "FrameContentSequence", "TemporalPositionIndex", True)
        instance = (number_of(time_index) or 0.0) * len(sources[-1].PerFrameFunctionalGroupsSequence) + frame
    else:
        instance = number_of(top.get("TemporalPositionIdentifier"))
        instance = number_of(top.get("InstanceNumber")) if instance is None else instance
    return Slice(
        path,
        frame,
        layout,
        uid,
        text_of(top, "StudyInstanceUID"),
        text_of(top, "SOPInstanceUID"),
        number_of(top.get("SeriesNumber")) or 0.0,
        text_of(top, "SeriesDescription"),
        instance,
        np.array(position) if len(position) == 3 and all(map(math.isfinite, position)) else None,
        _direction(orientation),
        (spacing[1], spacing[0]) if len(spacing) == 2 and all(0 < s < math.inf for s in spacing) else None,
        (scale[0], scale[1]),
        number_of(top.get("EchoTime")) if echo is None else echo,
        repetition,
        _contrast(sources, inner, echo, repetition),
        own,
        _body_parts(sources, inner) if frame == 0 else (),
    )


def _body_parts(sources: Sequence[Dataset], inner: bool) -> tuple[str, ...]:
    texts = [text_of(sources[-1], keyword) for keyword in DICOM_KEYWORDS]
    regions = value_in_groups(sources, "FrameAnatomySequence", REGION_SEQUENCE, inner)
    return body_parts_of([*texts, *(text_of(region, "CodeMeaning") for region in regions or [])])


def _contrast(
    sources: Sequence[Dataset], inner: bool, echo: float | None, repetition: float | None
) -> tuple[tuple[str, str], ...]:
    top = sources[-1]
    frame_type = value_in_groups(sources, "MRImageFrameTypeSequence", "FrameType", inner)
    echo = number_of(top.get("EchoTime")) if echo is None else echo
    values = {
        "description": text_of(top, "SeriesDescription"),
        "echo time": f"{echo:.4g} ms" if echo is not None else "",
        "echo": plain_text(top.get("EchoNumbers")),
        "b-value": plain_text(value_in_groups(sources, "MRDiffusionSequence", "DiffusionBValue", inner)),
        "type": plain_text(frame_type or top.get("ImageType")),
        "component": plain_text(value_in_groups(sources, "MRImageFrameTypeSequence", "ComplexImageComponent", inner)),
        "sequence": plain_text(top.get("SequenceName")),
        "repetition time": f"{repetition:.4g} ms" if repetition is not None else "",
        "inversion time": plain_text(top.get("InversionTime")),
        "stack": plain_text(value_in_groups(sources, "FrameContentSequence", "StackID", inner)),
    }
    return tuple(values.items())


def _direction(numbers: Sequence[float]) -> np.ndarray | None:
    if len(numbers) != 6 or not all(map(math.isfinite, numbers)):
        return None
    along_i, along_j = np.array(numbers[:3]), np.array(numbers[3:])
    lengths = np.linalg.norm(along_i), np.linalg.norm(along_j)
    if max(abs(lengths[0] - 1), abs(lengths[1] - 1), abs(along_i @ along_j)) > UNIT_TOLERANCE:
        return None
    along_i, along_j = along_i / lengths[0], along_j / lengths[1]
    return np.column_stack([along_i, along_j, np.cross(along_i, along_j)])
