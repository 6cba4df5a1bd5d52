"""Read a DICOM series, with its geometry checked: no slice missing, none doubled, no tilted gantry, one contrast."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..errors import InputError
from .checks import check_extent
from .dicom_frames import Frame, frames_of
from .dicom_pixels import PixelReader
from .dicom_series import MINIMUM_SLICES, DicomSeries, choose_series, list_series
from .dicom_slice import Slice, Unusable, read_dicom_header
from .image import check_right_angles, choose_frame
from .volume import Volume

SPACING_TOLERANCE = 0.05
"""Slice distances may differ by this part of their median; more means that slices are missing."""
ROUNDING_MM = 0.02
"""Slice distances may differ by this much in any case: positions are written with two digits at least."""
SIDEWAYS_MM = 0.5
"""How far a slice may lie beside the line through the first and the last one: half a voxel."""


def read_dicom_folder(
    folder: Path,
    *,
    frame: int | None = None,
    series: str | None = None,
    note: Callable[[str], None] | None = None,
    nested: bool = True,
) -> Volume:
    """Chooses a series of a folder (and its subfolders) and reads it."""
    found = list_series(folder, nested=nested)
    chosen = choose_series(found, folder, series)
    if note is not None and len(found) > 1:
        note(f"Series {chosen.text()} (one of {len(found)})")
    return read_series(chosen, frame)


def read_dicom_file(
    path: Path, *, frame: int | None = None, series: str | None = None, note: Callable[[str], None] | None = None
) -> Volume:
    """The whole series that one DICOM file belongs to, from the files beside it."""
    header = read_dicom_header(path)
    if isinstance(header, Unusable):
        raise InputError(f"{path} is damaged or of an unknown encoding: {header.reason}. Copy or export it again.")
    if header is None:
        raise InputError(f"{path} is a DICOM file without a picture. Give the folder with the slices.")
    if header[0].layout.is_colour:
        raise InputError(f"{path} is a colour picture. Give the grey-scale MR series.")
    own = [one for one in list_series(path.parent, nested=False) if any(item.path == path for item in one.slices)]
    if not own:
        raise InputError(
            f"{path} is a 2D picture: fewer than {MINIMUM_SLICES} slices of its series lie in its folder. "
            "Give the folder with all slices."
        )
    return read_series(own[0] if len(own) == 1 else choose_series(own, path, series), frame)


def read_series(series: DicomSeries, frame: int | None = None) -> Volume:
    """Reads the slices of one series. Raises ``InputError`` for missing slices, a tilted gantry, unclear frames."""
    name = Path(series.description or series.uid or "without a name")
    title = f"The DICOM series '{name}'"
    _check_complete(series, title)
    frames = frames_of(series, title)
    chosen = frames[choose_frame(len(frames), frame, title, [one.name for one in frames])]
    slices = chosen.slices
    spacing_ij = slices[0].spacing_ij
    assert spacing_ij is not None and slices[0].position_mm is not None
    doubts = (*series.left_out, *(_may_be_missing(one) for one in series.unusable))
    step = _slice_step(slices, title, doubts)
    spacing = (*spacing_ij, step)
    check_extent((*slices[0].size_ij, len(slices)), spacing, title)
    warnings = (*doubts, *_mixed_contrasts(chosen, title))
    parts = next((one.body_parts for one in series.slices if one.body_parts), ())
    origin = tuple(slices[0].position_mm)
    return Volume(_voxels(slices), spacing, origin, slices[0].direction, warnings, body_parts=parts)  # type: ignore[arg-type]


def _check_complete(series: DicomSeries, title: str) -> None:
    """Each slice has what is needed to place it, and no file of the series is damaged."""
    damaged = [one for one in series.unusable if one.uid and one.uid == series.uid]
    if damaged:
        names = ", ".join(one.path.name for one in damaged[:5])
        raise InputError(
            f"{title} cannot be read whole: {names} is damaged ({damaged[0].reason}). Copy or export the series again."
        )
    if not series.has_place:
        raise InputError(
            f"{title} does not say where its images lie: they give no position or orientation in the patient (tags 0020,0032 "
            "and 0020,0037). Export the original series, not screenshots or a converted copy."
        )
    if series.slices[0].spacing_ij is None:
        raise InputError(
            f"{title} gives no pixel spacing, or one that cannot be (tag 0028,0030), so nothing can be measured. "
            "Export it again with its true spacing."
        )


def _may_be_missing(one: Unusable) -> str:
    return f"{one.path.name} was left out: {one.reason}. If it belongs to the series, one of its slices is missing."


def _mixed_contrasts(frame: Frame, title: str) -> tuple[str, ...]:
    """A warning where the slices of one volume were not taken alike."""
    for name in ("description", "echo time", "b-value"):
        values = sorted({dict(one.contrast)[name] for one in frame.slices})
        if len(values) > 1:
            return (f"{title}: its slices differ in {name} ({', '.join(values[:5])}). Are they of one scan?",)
    return ()


def _slice_step(slices: list[Slice], title: str, doubts: tuple[str, ...]) -> float:
    """Distance of the slices in mm."""
    if len(slices) < MINIMUM_SLICES:
        raise InputError(f"{title} has {len(slices)} slice position(s): not a volume. Choose another series.")
    origins = np.array([one.position_mm for one in slices])
    direction = slices[0].direction
    assert direction is not None
    steps = np.diff(origins @ direction[:, 2])
    usual = float(np.median(steps))
    if np.any(np.abs(steps - usual) > max(SPACING_TOLERANCE * usual, ROUNDING_MM)):
        raise InputError(
            f"{title} has gaps: its slices are {steps.min():.1f} to {steps.max():.1f} mm apart. "
            f"Slices are missing; export the series again with all of them. {' '.join(doubts)}".rstrip()
        )
    along = (origins[-1] - origins[0]) / np.linalg.norm(origins[-1] - origins[0])
    check_right_angles(np.column_stack([direction[:, :2], along]), title)
    beside = origins - origins[0] - np.outer((origins - origins[0]) @ along, along)
    if np.linalg.norm(beside, axis=1).max() > SIDEWAYS_MM:
        raise InputError(
            f"{title} has slices that are shifted sideways by up to {np.linalg.norm(beside, axis=1).max():.1f} mm: it is no "
            "regular volume. Export the original series."
        )
    return float(steps.mean())


def _voxels(slices: list[Slice]) -> np.ndarray:
    """The slices' values, (k, j, i): as stored where they are not scaled, else scaled slice by slice."""
    dtype = _common_type(slices)
    columns, rows = slices[0].size_ij
    array = np.empty((len(slices), rows, columns), dtype)
    reader = PixelReader()
    for k, one in enumerate(slices):
        stored = reader.stored_values(one.path, one.layout, one.frame)
        if one.scale == (1, 0):
            array[k] = stored
        else:
            np.multiply(stored, one.scale[0], out=array[k], casting="unsafe")
            array[k] += np.asarray(one.scale[1], dtype)
    return array


def _common_type(slices: list[Slice]) -> np.dtype:
    """The smallest type that holds the values of all slices: float32 unless all are scaled by whole numbers."""
    if any(one.scale[0] != int(one.scale[0]) or one.scale[1] != int(one.scale[1]) for one in slices):
        return np.dtype(np.float32)
    low, high = 0.0, 0.0
    for one in slices:
        bits = one.layout.bits_stored - one.layout.signed
        least = -(2.0**bits) if one.layout.signed else 0.0
        ends = [value * one.scale[0] + one.scale[1] for value in (least, 2.0**bits - 1)]
        low, high = min(low, *ends), max(high, *ends)
    if all(one.scale == (1, 0) for one in slices) and len({one.layout.dtype for one in slices}) == 1:
        return slices[0].layout.dtype.newbyteorder("=")
    for kind in (np.uint8, np.int16, np.uint16, np.int32):
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return np.dtype(kind)
    return np.dtype(np.float32)
