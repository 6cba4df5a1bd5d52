"""Small volumes, results and DICOM folders for the tests of files and of the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from IVDSegmentationLib.segmentation.result import ModelInfo, SegmentationResult
from IVDSegmentationLib.spine import Disc, Flag
from IVDSegmentationLib.synthesis import sample_phantom
from IVDSegmentationLib.volume import Volume

SAGITTAL = np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
"""Columns: LPS directions of i (to posterior), j (to inferior), k (to right)."""
DISC_VALUE = 900


def rotation(degrees: tuple[float, float, float]) -> np.ndarray:
    """Rotation about x, then y, then z."""
    a, b, c = np.radians(degrees)
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def noise_volume(size_kji=(5, 7, 9), dtype=np.int16, seed: int = 0) -> Volume:
    """No two voxels alike in their neighbourhood, spacing and origin crooked, oblique."""
    array = np.random.default_rng(seed).integers(1, 250, size_kji).astype(dtype)
    return Volume(array, (0.75, 1.25, 3.3), (-12.5, 40.25, 7.75), rotation((10, -15, 25)) @ SAGITTAL)


def spine(labels: tuple[int, ...] = (1, 2, 3, 4), *, direction: np.ndarray = SAGITTAL, bend_mm: float = 0.0) -> Volume:
    """A label map with one ellipsoid disc for each value, 30 mm apart, the first at the bottom; 2 x 1 x 1 mm.

    ``bend_mm``: how far the uppermost disc lies to the side of the lowest.
    """
    size = (24, 60 + 30 * len(labels), 90)
    k, j, i = np.mgrid[: size[0], : size[1], : size[2]].astype(float)
    array = np.zeros(size, np.uint8)
    for n, label in enumerate(labels):
        side = (k - 11.5) * 2 - bend_mm * n / max(len(labels) - 1, 1)
        up = j - (size[1] - 40 - 30 * n)
        array[(side / 20) ** 2 + (up / 5) ** 2 + ((i - 45) / 17) ** 2 < 1] = label
    return Volume(array, (1.0, 1.0, 2.0), (10.0, -20.0, 30.0), direction)


@cache
def phantom() -> Volume:
    """The sample spine, in which the bundled model finds discs: ellipsoids are no spine to it."""
    return sample_phantom().image


def image_of(labels: Volume) -> Volume:
    """An MR-like volume in which the discs of a label map have the value ``DISC_VALUE``."""
    grey = np.random.default_rng(1).integers(80, 160, labels.array.shape).astype(np.int16)
    grey[labels.array > 0] = DISC_VALUE
    return labels.with_array(grey)


def result_of(labels: Volume, **changes) -> SegmentationResult:
    """What a segmenter would give for a label map."""
    discs = []
    for label in np.unique(labels.array[labels.array > 0]).tolist():
        voxels = np.argwhere(labels.array == label)
        centre = tuple(labels.lps_of_ijk(voxels.mean(axis=0)[::-1]).tolist())
        volume = len(voxels) * labels.voxel_mm3
        discs.append(Disc(label, centre, volume, 0.9, 0.95, (Flag.THIN,) if label == 3 else ()))
    fields = {
        "labels": labels,
        "discs": tuple(discs),
        "probability": labels.with_array(np.zeros(labels.array.shape, np.float16)),
        "model": ModelInfo("test-model", "1.2", "ab" * 32),
        "device": "cpu",
        "threads": 2,
        "seconds": {"prepare": 0.25, "network": 1.5, "postprocess": 0.125, "total": 1.875},
        "peak_memory_bytes": 123456789,
    }
    return SegmentationResult(**(fields | changes))


def write_dicom(
    folder: Path,
    volume: Volume,
    uid: str = "1.2.3.4.1",
    description: str = "t2_tse_sag",
    *,
    number: int = 1,
    echo_ms: float = 100,
    repetition_ms: float = 4000,
    skip: tuple[int, ...] = (),
    first_instance: int = 1,
    shear_mm: float = 0.0,
    modality: str = "MR",
    patient: str = "",
) -> None:
    """One DICOM series, a file a slice. ``skip``: slices left out. ``shear_mm``: sideways shift from slice to slice."""
    folder.mkdir(parents=True, exist_ok=True)
    writer = sitk.ImageFileWriter()
    writer.KeepOriginalImageUIDOn()
    for k in range(volume.array.shape[0]):
        if k in skip:
            continue
        image = sitk.GetImageFromArray(volume.array[k : k + 1])
        image.SetSpacing(volume.spacing_mm)
        origin = volume.lps_of_ijk(np.array([0, 0, k])) + shear_mm * k * volume.direction[:, 0]
        instance = first_instance + k
        tags = {
            "0008|0005": "ISO_IR 192",
            "0008|0018": f"{uid}.{instance}",
            "0008|0060": modality,
            "0008|103e": description,
            "0010|0020": patient,
            "0018|0050": str(volume.spacing_mm[2]),
            "0018|0080": str(repetition_ms),
            "0018|0081": str(echo_ms),
            "0020|000d": "1.2.3.4",
            "0020|000e": uid,
            "0020|0011": str(number),
            "0020|0013": str(instance),
            "0020|0032": "\\".join(f"{x:.6f}" for x in origin),
            "0020|0037": "\\".join(f"{x:.8f}" for x in volume.direction[:, :2].T.ravel()),
        }
        for key, value in tags.items():
            image.SetMetaData(key, value)
        # file names say nothing about the order of the slices
        writer.SetFileName(str(folder / f"{uid[-3:]}_{(instance * 7) % 101:03d}.dcm"))
        writer.Execute(image)


PEAK = """
import resource, sys
from IVDSegmentationLib.errors import InputError
from IVDSegmentationLib.volume.read import read_volume
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    voxels = read_volume(sys.argv[1]).array.nbytes
except InputError as error:
    voxels, text = 0, str(error)
else:
    text = ""
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before * 1024, voxels, text, sep="|")
"""


def memory_to_read(path: Path) -> tuple[int, int, str]:
    """(bytes that reading a file adds to the peak of a fresh process, bytes of voxels, error)."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run([sys.executable, "-c", PEAK, str(path)], capture_output=True, text=True, env=environment, check=True)
    added, voxels, text = run.stdout.split("|", 2)
    return int(added), int(voxels), text.strip()
