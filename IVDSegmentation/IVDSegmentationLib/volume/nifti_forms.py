"""The two places that a NIfTI file can give its voxels: the sform (a matrix) and the qform (a rotation)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True)
class NiftiForms:
    """Both forms as the header has them, so that a label map can be given the same ones.

    Programs differ in which form they take (nibabel the sform, ITK and 3D Slicer often the qform). A label map with the
    input's own forms and codes lies on the scan in each of them.
    """

    qform_code: int
    sform_code: int
    pixdim: tuple[float, ...]
    """qfac and the spacing of i, j, k."""
    quaternion: tuple[float, float, float]
    """b, c, d; a follows from them."""
    qoffset: tuple[float, float, float]
    srow: tuple[tuple[float, ...], ...]
    """Three rows of four numbers."""
    units: int

    def sform(self) -> np.ndarray:
        """4 x 4, from voxel indices to RAS, in the file's own unit."""
        return np.vstack([np.array(self.srow, float).reshape(3, 4), [0, 0, 0, 1]])

    def qform(self) -> np.ndarray:
        """4 x 4, from voxel indices to RAS, in the file's own unit (nifti1.h, method 2)."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.rotation() * np.array(self.pixdim[1:4])
        matrix[:3, 3] = self.qoffset
        return matrix

    def rotation(self) -> np.ndarray:
        """3 x 3, columns are the RAS directions of i, j, k."""
        b, c, d = self.quaternion
        square = b * b + c * c + d * d
        if square > 1 - 1e-7:  # rounding: a rotation by 180 degrees, as nifticlib has it
            b, c, d = (value / np.sqrt(square) for value in (b, c, d))
            a = 0.0
        else:
            a = np.sqrt(1 - square)
        rotation = np.array(
            [
                [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
                [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
                [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
            ]
        )
        if self.pixdim[0] < 0:
            rotation[:, 2] *= -1
        return rotation


def quaternion_of(rotation: np.ndarray) -> tuple[float, float, float, float]:
    """(qfac, b, c, d) of a 3 x 3 matrix whose columns are the RAS directions of i, j, k; qfac is -1 for left-handed axes."""
    from scipy.spatial.transform import Rotation

    right = np.array(rotation, float)
    qfac = 1.0 if np.linalg.det(right) > 0 else -1.0
    right[:, 2] *= qfac
    b, c, d, a = Rotation.from_matrix(right).as_quat()
    if a < 0:
        b, c, d = -b, -c, -d
    return qfac, float(b), float(c), float(d)
