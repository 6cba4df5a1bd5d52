"""Read a volume from a file (NIfTI, NRRD, MHA, MHD) or a DICOM folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ..errors import InputError
from .volume import Volume


def read_volume(path: str | Path, *, frame: int | None = None, series: str | None = None) -> Volume:
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path} does not exist. Check the path.")
    return volume_of_image(sitk.ReadImage(str(path)))


def volume_of_image(image: sitk.Image) -> Volume:
    """A 3D scalar SimpleITK image as a volume."""
    return Volume(
        sitk.GetArrayFromImage(image), image.GetSpacing(), image.GetOrigin(), np.reshape(image.GetDirection(), (3, 3))
    )
