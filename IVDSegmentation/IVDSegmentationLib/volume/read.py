"""Read a volume from a file (NIfTI, NRRD, MHA, MHD) or a DICOM folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ..errors import InputError
from . import metaimage, nifti, nrrd
from .body_part import body_parts_of_sidecar
from .dicom import read_dicom_file, read_dicom_folder
from .dicom_file import is_dicom_file
from .dicom_series import check_name
from .image_file import ImageFile
from .volume import Volume

_PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".gif", ".webp")


def read_volume(
    path: str | Path,
    *,
    frame: int | None = None,
    series: str | None = None,
    note: Callable[[str], None] | None = None,
) -> Volume:
    """Reads a file or a DICOM folder (searched with its subfolders).

    ``frame``: which one of a 4D volume, from 0. ``series``: which one of a DICOM folder: its number in the list that
    the error shows, its UID, or (part of) its description; without it the sagittal T2 is taken where there is just
    one. ``note`` receives a sentence on what was chosen. Voxels keep their type. Raises ``InputError`` in words.
    """
    path = Path(path)
    check_name(path)
    try:
        if path.is_dir():
            return read_dicom_folder(path, frame=frame, series=series, note=note)
        if not path.exists():
            raise InputError(f"{path} does not exist. Check the path.")
        if is_dicom_file(path):
            return read_dicom_file(path, frame=frame, series=series, note=note)
        return replace(open_image(path).read_volume(frame), body_parts=body_parts_of_sidecar(path))
    except PermissionError as error:
        raise InputError(f"{error.filename or path} may not be read. Change its permissions.") from error
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"{path} cannot be read: {reason}. Check the disk or copy it again.") from error
    except MemoryError as error:
        raise InputError(f"{path} does not fit into memory. Close other programs or crop the volume.") from error


def open_image(path: Path) -> ImageFile:
    """The header of a NIfTI, NRRD or MetaImage file. Raises ``InputError`` where it is none, damaged, or contradicts itself."""
    with open(path, "rb") as file:
        start = file.read(16)
    name = path.name.lower()
    if start.startswith(b"NRRD") or name.endswith(nrrd.ENDINGS):
        return nrrd.open_nrrd(path)
    if nifti.is_nifti(path):
        return nifti.open_nifti(path)
    if name.endswith(metaimage.ENDINGS):
        return metaimage.open_metaimage(path)
    if name.endswith(_PICTURES):
        raise InputError(f"{path} is a 2D picture, not a volume. Give the whole scan: a volume file or a DICOM folder.")
    raise InputError(
        f"{path} is not a volume that can be read. Give a NIfTI (.nii, .nii.gz), NRRD, MHA or MHD file, "
        "or a folder with DICOM images."
    )
