"""Between SimpleITK images and volumes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ..errors import InputError
from .volume import Volume

ORTHOGONAL_TOLERANCE = 2e-3
"""How far the directions' dot products may be from a right angle's 0 (about 0.1 degree: rounded headers)."""

NOT_AT_RIGHT_ANGLES = (
    "has axes that are not at right angles (sheared, as with a tilted gantry). "
    "Resample it to a regular grid first, in Slicer with 'Resample Scalar Volume'."
)


def image_of_volume(volume: Volume) -> sitk.Image:
    """A SimpleITK image with the volume's voxels and geometry. Booleans become uint8, float16 becomes float32."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(storable(volume.array)))
    image.SetSpacing(volume.spacing_mm)
    image.SetOrigin(volume.origin_mm_lps)
    image.SetDirection(volume.direction.ravel().tolist())
    return image


def storable(array: np.ndarray) -> np.ndarray:
    """The array in a type that files know: booleans as uint8, float16 as float32."""
    array = np.asarray(array)
    return array.astype({"bool": np.uint8, "float16": np.float32}.get(array.dtype.name, array.dtype), copy=False)


def choose_frame(frames: int, frame: int | None, path: Path | str, names: Sequence[str] = ()) -> int:
    """The frame to read, of ``frames``. A 4D volume without a choice is an error that says how to choose; ``names`` tell
    what the frames are."""
    if frame is None:
        if frames > 1:
            which = "".join(f"\n  {number}: {name}" for number, name in enumerate(names))
            raise InputError(
                f"{path} is 4D: it has {frames} frames, 0 to {frames - 1}. Choose one of them (--frame 0 for the first).{which}"
            )
        return 0
    if not 0 <= frame < frames:
        has = "only one frame, 0" if frames == 1 else f"frames 0 to {frames - 1}"
        raise InputError(f"{path} has {has}; frame {frame} does not exist. Choose another one.")
    return frame


def volume_of_image(image: sitk.Image, path: Path | str = "The volume") -> Volume:
    """A 3D scalar SimpleITK image as a volume. Raises ``InputError`` where its axes are not at right angles."""
    direction = np.reshape(image.GetDirection(), (3, 3))
    check_right_angles(direction, path)
    return Volume(sitk.GetArrayFromImage(image), image.GetSpacing(), image.GetOrigin(), direction)


def check_right_angles(direction: np.ndarray, path: Path | str) -> None:
    if not np.allclose(direction.T @ direction, np.eye(3), atol=ORTHOGONAL_TOLERANCE):
        raise InputError(f"{path} {NOT_AT_RIGHT_ANGLES}")
