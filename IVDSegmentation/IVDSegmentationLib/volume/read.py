"""Read a volume from a file (NIfTI, NRRD, MHA, MHD) or a DICOM folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import SimpleITK as sitk

from ..errors import InputError
from .dicom import read_dicom_file, read_dicom_folder
from .dicom_series import check_name, is_dicom_file
from .image import NOT_AT_RIGHT_ANGLES, choose_frame, volume_of_image
from .nifti import check_nifti, is_nifti
from .quiet import quiet_itk
from .volume import Volume

_HEADER_BYTES = 20_000


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
        return _read_file(path, frame)
    except PermissionError as error:
        raise InputError(f"{error.filename or path} may not be read. Change its permissions.") from error
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"{path} cannot be read: {reason}. Check the disk or copy it again.") from error
    except MemoryError as error:
        raise InputError(f"{path} does not fit into memory. Close other programs or crop the volume.") from error


def _read_file(path: Path, frame: int | None) -> Volume:
    with open(path, "rb"):
        pass  # no permission: the system says so better than ITK
    if is_nifti(path):
        check_nifti(path)
    try:
        with quiet_itk():
            return _read_with_itk(path, frame)
    except RuntimeError as error:
        raise InputError(_sentence_of(error, path)) from error


def _read_with_itk(path: Path, frame: int | None) -> Volume:
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    reader.ReadImageInformation()
    size = reader.GetSize()
    sequence = _is_nrrd_sequence(reader, path)
    _check_voxel_type(reader, sequence, path)
    if len(size) < 3:
        raise InputError(
            f"{path} is a 2D picture ({' x '.join(str(n) for n in size)} pixels), not a volume. "
            "Give the whole scan: a volume file or the folder with all DICOM slices."
        )
    if len(size) > 4 and any(n > 1 for n in size[4:]):
        raise InputError(f"{path} has {len(size)} dimensions. Export one 3D volume of it.")
    frames = reader.GetNumberOfComponents() if sequence else (size[3] if len(size) > 3 else 1)
    chosen = choose_frame(frames, frame, path)
    if sequence:
        return volume_of_image(sitk.VectorIndexSelectionCast(reader.Execute(), chosen), path)
    if len(size) > 3:
        reader.SetExtractIndex([0, 0, 0, chosen] + [0] * (len(size) - 4))
        reader.SetExtractSize(list(size[:3]) + [0] * (len(size) - 3))
    return volume_of_image(reader.Execute(), path)


def _is_nrrd_sequence(reader: sitk.ImageFileReader, path: Path) -> bool:
    """Whether several components are frames (Slicer's .seq.nrrd), not a colour or a vector."""
    key = "NRRD_kinds[pixel]"
    if reader.HasMetaDataKey(key):
        return reader.GetMetaData(key) in ("list", "time", "space")
    if reader.GetNumberOfComponents() == 1 or path.suffix.lower() not in (".nrrd", ".nhdr"):
        return False
    with open(path, "rb") as file:  # Slicer 5.10's SimpleITK (2.5.2) does not tell the kind of that axis
        header = file.read(_HEADER_BYTES).split(b"\n\n")[0].decode("ascii", "replace")
    return any(line.startswith("kinds:") and "list" in line.split() for line in header.splitlines())


def _check_voxel_type(reader: sitk.ImageFileReader, sequence: bool, path: Path) -> None:
    kind = sitk.GetPixelIDValueAsString(reader.GetPixelID())
    if "complex" in kind:
        raise InputError(f"{path} holds complex numbers. Export the magnitude image.")
    if "label map" not in kind and reader.GetNumberOfComponents() > 1 and not sequence:
        raise InputError(
            f"{path} is a colour or vector image ({reader.GetNumberOfComponents()} values a voxel). "
            "Give the grey-scale MR volume."
        )


def _sentence_of(error: RuntimeError, path: Path) -> str:
    """ITK's message in our words."""
    text = str(error)
    if "orthonormal" in text:
        return f"{path} {NOT_AT_RIGHT_ANGLES}"
    if "Zero-valued spacing" in text or "existance of all space vector" in text:
        return f"{path} gives a voxel spacing of 0 mm or none at all. Export it again with its true spacing."
    if "determine ImageIO" in text:
        return (
            f"{path} is not a volume that can be read. Give a NIfTI (.nii, .nii.gz), NRRD, MHA or MHD file, "
            "or a folder with DICOM images."
        )
    if "fread got only" in text or "bytes but received" in text or "File cannot be read" in text:
        return f"{path} ends too early or its data file is missing: the copy is not complete. Copy or export it again."
    if "bad_alloc" in text or "allocate memory" in text.lower():
        return f"{path} does not fit into memory. Close other programs or crop the volume."
    last = next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "unknown reason")
    return f"{path} cannot be read ({last}). Open it in another viewer to check it, or export it again."
