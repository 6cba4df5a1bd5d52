"""Write a volume to a file: whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ..errors import InputError, OutputError
from ..files import atomic_file, has_plain_name
from .image import image_of_volume, storable
from .nifti import open_nifti
from .nifti_write import write_nifti
from .quiet import quiet_itk
from .volume import Volume

WRITABLE = (".nii.gz", ".nii", ".nrrd", ".mha")


def write_volume(volume: Volume, path: str | Path) -> None:
    """Writes NIfTI (``.nii``, ``.nii.gz``), NRRD or MHA, by the name's ending, compressed where the format can be.

    A volume that was read from NIfTI, or a label map on its grid, gets the input's own sform and qform in NIfTI. Raises
    ``OutputError`` where it cannot be written; then nothing new is left under the final name.
    """
    path = Path(path)
    if not path.name.lower().endswith((".nii", ".nii.gz")):
        write_image(image_of_volume(volume), path)
        return
    _check_name(path)
    volume = volume.with_array(storable(volume.array))
    with atomic_file(path) as temporary:
        write_nifti(volume, temporary)
        try:
            complete = np.array_equal(open_nifti(temporary).read_volume().array, volume.array, equal_nan=True)
        except InputError:
            complete = False
        if not complete:  # a disk that fills up is not always noticed when it is written to
            raise OutputError(f"{path} could not be written whole. {_ADVICE}")


def write_image(image: sitk.Image, path: str | Path) -> None:
    """Writes a SimpleITK image (NRRD, MHA) as ``write_volume`` does; keeps its metadata."""
    path = Path(path)
    _check_name(path)
    with atomic_file(path) as temporary:
        temporary.touch()  # a folder that is missing or closed: the system says so better than ITK
        try:
            with quiet_itk():
                sitk.WriteImage(image, str(temporary), useCompression=not path.name.lower().endswith(".nii"))
                complete = _holds(temporary, image)
        except RuntimeError as error:
            raise OutputError(f"{path} could not be written. {_ADVICE}") from error
        if not complete:
            raise OutputError(f"{path} could not be written whole. {_ADVICE}")


def _check_name(path: Path) -> None:
    if not path.name.lower().endswith(WRITABLE):
        raise OutputError(f"{path.name} has an ending that cannot be written. Use one of {', '.join(WRITABLE)}.")
    if not has_plain_name(path):
        raise OutputError(f"{path} has letters in its name that are not valid text (UTF-8). Choose another folder.")


_ADVICE = "The disk may be full: free some space or choose another folder."


def _holds(path: Path, image: sitk.Image) -> bool:
    """Whether the file has the image's voxels: ITK does not notice a disk that fills up while it writes."""
    written = sitk.ReadImage(str(path))
    return written.GetSize() == image.GetSize() and np.array_equal(
        sitk.GetArrayViewFromImage(written), sitk.GetArrayViewFromImage(image), equal_nan=image.GetPixelID() >= 8
    )
