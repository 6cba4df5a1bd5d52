"""What the header of an image file declares, checked; and the voxels that belong to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..errors import InputError
from .checks import check_extent
from .image import check_right_angles, choose_frame
from .nifti_forms import NiftiForms
from .volume import Volume
from .voxel_stream import Part, VoxelStream

_BLOCK_BYTES = 1 << 22
"""Voxels that have to be converted are read in blocks of about this size, so that no second array is needed."""


@dataclass(frozen=True)
class ImageFile:
    """A header. ``sizes`` are (i, j, k) and whatever axes follow. ``dtype`` is the stored one with its byte order.

    ``values_first``: how many values lie at each voxel (frames of a Slicer sequence, layers of a segmentation);
    ``colour``: whether they are a colour or a vector;
    ``scale``: (slope, intercept) that the stored values are to be multiplied by and raised.
    """

    path: Path
    sizes: tuple[int, ...]
    dtype: np.dtype
    parts: tuple[Part, ...]
    spacing_mm: tuple[float, float, float]
    origin_mm_lps: tuple[float, float, float]
    direction: np.ndarray
    values_first: int = 1
    colour: bool = False
    scale: tuple[float, float] | None = None
    forms: NiftiForms | None = None
    warnings: tuple[str, ...] = ()
    fields: dict[str, str] = field(default_factory=dict)
    """Further fields of the header, as they stand there (NRRD)."""

    def __post_init__(self) -> None:
        geometry = (*self.spacing_mm, *self.origin_mm_lps, *np.ravel(self.direction))
        if not all(math.isfinite(number) for number in geometry):
            raise InputError(f"{self.path} gives a position, direction or spacing that is not a number. Export it again.")
        if min(self.spacing_mm) == 0:
            raise InputError(
                f"{self.path} gives a voxel spacing of 0 mm, so nothing can be measured. Export it again with its true spacing."
            )
        if min(self.spacing_mm) < 0:
            raise InputError(f"{self.path} gives a negative voxel spacing. Export it again with its true spacing.")
        if min(self.sizes) < 1:
            raise InputError(f"{self.path} gives a size of {' x '.join(map(str, self.sizes))} voxels. Export it again.")
        check_extent(self.sizes[:3], self.spacing_mm, str(self.path))

    @property
    def frames(self) -> int:
        return math.prod(self.sizes[3:]) * self.values_first

    def read_volume(self, frame: int | None = None) -> Volume:
        """The volume, or one frame of it. Raises ``InputError`` where the voxels are not as the header says."""
        check_dimensions(self.path, self.sizes, self.frames if self.colour else 1)
        check_right_angles(self.direction, self.path)
        chosen = choose_frame(self.frames, frame, self.path)
        return self._volume(self._read(chosen))

    def read_layers(self) -> list[np.ndarray]:
        """The arrays (k, j, i) of all values that lie at a voxel: the layers of a segmentation."""
        return [self._read(number) for number in range(self.frames)]

    def _volume(self, array: np.ndarray) -> Volume:
        return Volume(array, self.spacing_mm, self.origin_mm_lps, self.direction, warnings=self.warnings, forms=self.forms)

    def _read(self, frame: int) -> np.ndarray:
        shape = tuple(reversed(self.sizes[:3]))
        frame_bytes = math.prod(shape) * self.dtype.itemsize
        with VoxelStream(self.parts, self.frames * frame_bytes // len(self.parts)) as stream:
            array = np.empty(shape, self._result_type())
            if self.values_first > 1:
                _read_converted(stream, array, self.dtype, self.values_first, frame)
            else:
                stream.skip(frame * frame_bytes)
                if self.scale is None:
                    stream.read_into(array.reshape(-1).view(np.uint8).data)
                    if not self.dtype.isnative:
                        array.byteswap(inplace=True)
                else:
                    _read_converted(stream, array, self.dtype)
                    _apply_scale(array, *self.scale)
                stream.skip((self.frames - 1 - frame) * frame_bytes)
            stream.finish()
        return array

    def _result_type(self) -> np.dtype:
        native = self.dtype.newbyteorder("=")
        if self.scale is None or native == np.float64:
            return native
        return np.dtype(np.float32)


def _read_converted(stream: VoxelStream, array: np.ndarray, dtype: np.dtype, values_first: int = 1, value: int = 0) -> None:
    """Reads ``array`` in blocks; of ``values_first`` values at each voxel the one numbered ``value``."""
    flat = array.reshape(-1)
    step = max(1, _BLOCK_BYTES // (dtype.itemsize * values_first))
    for start in range(0, flat.size, step):
        count = min(step, flat.size - start)
        block = np.empty(count * values_first, dtype)
        stream.read_into(block.view(np.uint8).data)
        flat[start : start + count] = block[value::values_first]


def _apply_scale(array: np.ndarray, slope: float, intercept: float) -> None:
    with np.errstate(over="ignore", invalid="ignore"):  # values that leave the range are refused by the checks
        array *= slope
        array += intercept


def check_dimensions(path: Path, sizes: Sequence[int], values: int = 1, complex_numbers: bool = False) -> None:
    """Raises ``InputError`` for pictures, colours, complex numbers and volumes of more than four dimensions."""
    if complex_numbers:
        raise InputError(f"{path} holds complex numbers. Export the magnitude image.")
    if values > 1:
        raise InputError(f"{path} is a colour or vector image ({values} values a voxel). Give the grey-scale MR volume.")
    if len(sizes) < 3:
        raise InputError(
            f"{path} is a 2D picture ({' x '.join(str(n) for n in sizes)} pixels), not a volume. "
            "Give the whole scan: a volume file or the folder with all DICOM slices."
        )
    if any(n > 1 for n in sizes[4:]):
        raise InputError(f"{path} has {len(sizes)} dimensions. Export one 3D volume of it.")
