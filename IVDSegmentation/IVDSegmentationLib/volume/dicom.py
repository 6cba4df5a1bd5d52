"""Read a DICOM series, with its geometry checked: no slice missing, none doubled, no tilted gantry."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ..errors import InputError
from .dicom_series import MINIMUM_SLICES, DicomSeries, Slice, choose_series, list_series, read_header
from .image import check_right_angles, choose_frame, volume_of_image
from .quiet import quiet_itk
from .volume import Volume

SAME_PLACE_MM = 0.01
"""Slices nearer than this lie at the same position: frames of a series in time or echo."""
SPACING_TOLERANCE = 0.05
"""Slice distances may differ by this part of their median; more means that slices are missing."""


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
    with quiet_itk():
        header = read_header(path)
    if header is None:
        raise InputError(f"{path} is a DICOM file without a picture, or damaged. Give the folder with the slices.")
    if header.colour:
        raise InputError(f"{path} is a colour picture. Give the grey-scale MR series.")
    beside = list_series(path.parent, nested=False)
    own = [one for one in beside if any(item.path == path for item in one.slices)]
    if not own:
        raise InputError(
            f"{path} is a 2D picture: fewer than {MINIMUM_SLICES} slices of its series lie in its folder. "
            "Give the folder with all slices."
        )
    return read_series(own[0], frame)


def read_series(series: DicomSeries, frame: int | None = None) -> Volume:
    """Reads the slices of one series. Raises ``InputError`` for missing slices, a tilted gantry, unclear frames."""
    name = Path(series.description or series.uid)
    try:
        with quiet_itk():
            if series.slices[0].count > 1:
                choose_frame(1, frame, series.slices[0].path)
                return volume_of_image(sitk.ReadImage(str(series.slices[0].path)), series.slices[0].path)
            slices = _slices_of_frame(series, frame, name)
            step = _slice_step(slices, name)
            if any(_ends_too_early(one) for one in slices):
                raise RuntimeError("a file ends before its last voxel")
            reader = sitk.ImageSeriesReader()
            reader.SetFileNames([str(one.path) for one in slices])
            image = reader.Execute()
    except RuntimeError as error:
        raise InputError(
            f"The DICOM series '{name}' cannot be read: one of its files is damaged or of an unknown encoding. "
            "Export the series again."
        ) from error
    if image.GetNumberOfComponentsPerPixel() > 1:
        raise InputError(f"The DICOM series '{name}' is in colour. Give the grey-scale MR series.")
    spacing = (*image.GetSpacing()[:2], step)
    return Volume(
        sitk.GetArrayFromImage(image), spacing, tuple(slices[0].origin_mm_lps), slices[0].direction
    )  # the header's own geometry: ITK takes the slice distance of the first two slices only


def _ends_too_early(one: Slice) -> bool:
    """Whether the file is shorter than its uncompressed voxels. GDCM before SimpleITK 2.5.5 fills the rest with zeros."""
    content = one.path.read_bytes()
    for bytes_per_voxel in (2, 1, 4):
        count = one.size_ij[0] * one.size_ij[1] * bytes_per_voxel
        count += count % 2
        for kind in (b"OW\0\0", b"OB\0\0", b""):  # explicit and implicit value representation
            head = b"\xe0\x7f\x10\x00" + kind + count.to_bytes(4, "little")
            start = content.find(head)
            if start >= 0:
                return start + len(head) + count > len(content)
    return False


def _slices_of_frame(series: DicomSeries, frame: int | None, name: Path) -> list[Slice]:
    """One slice a position; where positions repeat, those of the frame asked for."""
    positions: list[list[Slice]] = []
    for one in series.slices:
        if positions and abs(one.height_mm - positions[-1][0].height_mm) < SAME_PLACE_MM:
            positions[-1].append(one)
        else:
            positions.append([one])
    counts = {len(group) for group in positions}
    if len(counts) > 1:
        raise InputError(
            f"The DICOM series '{name}' has {min(counts)} to {max(counts)} images a slice position: "
            "files are missing or doubled. Export the series again."
        )
    chosen = choose_frame(counts.pop(), frame, name)
    return [sorted(group, key=lambda one: one.instance)[chosen] for group in positions]


def _slice_step(slices: list[Slice], name: Path) -> float:
    """Distance of the slices in mm."""
    if len(slices) < MINIMUM_SLICES:
        raise InputError(
            f"The DICOM series '{name}' has {len(slices)} slice position(s): not a volume. Choose another series."
        )
    origins = np.array([one.origin_mm_lps for one in slices])
    steps = np.diff(origins @ slices[0].direction[:, 2])
    usual = float(np.median(steps))
    if np.any(np.abs(steps - usual) > max(SPACING_TOLERANCE * usual, 0.02)):
        raise InputError(
            f"The DICOM series '{name}' has gaps: its slices are {steps.min():.1f} to {steps.max():.1f} mm apart. "
            "Slices are missing; export the series again with all of them."
        )
    along = (origins[-1] - origins[0]) / np.linalg.norm(origins[-1] - origins[0])
    check_right_angles(np.column_stack([slices[0].direction[:, :2], along]), f"The DICOM series '{name}'")
    return float(steps.mean())
