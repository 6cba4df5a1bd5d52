"""DICOM series made with pydicom: classic slices and Enhanced MR, with whatever a test wants to be odd about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from IVDSegmentationLib.volume import Volume
from sample_files import SAGITTAL

MR, ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.4.1"
EXPLICIT = "1.2.840.10008.1.2.1"
Change = Callable[[Any, int], Any]
"""Gets a dataset and its number; changes it. One that gives False leaves the slice out."""


def scan(seed: int = 0, direction: np.ndarray = SAGITTAL, slices: int = 6) -> Volume:
    array = np.random.default_rng(seed).integers(0, 900, (slices, 16, 20)).astype(np.uint16)
    return Volume(array, (0.9, 1.1, 4.4), (-20.0, 33.0, 120.5), direction)


def classic(
    folder: Path, volume: Volume, change: Change | None = None, *, name: str = "a", file_meta: bool = True, **tags: Any
) -> list[Path]:
    """One file a slice; ``tags`` are put into each, ``change`` may change each one further."""
    from pydicom.dataset import Dataset

    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for k, voxels in enumerate(volume.array):
        dataset = Dataset()
        position = volume.lps_of_ijk(np.array([0, 0, k]))
        values = {
            "SOPClassUID": MR,
            "SOPInstanceUID": f"1.2.3.{k + 1}",
            "Modality": "MR",
            "StudyInstanceUID": "1.2",
            "SeriesInstanceUID": "1.2.3",
            "SeriesDescription": "t2_tse_sag",
            "SeriesNumber": 1,
            "InstanceNumber": k + 1,
            "EchoTime": 100,
            "RepetitionTime": 3500,
            "ImageType": ["ORIGINAL", "PRIMARY", "M"],
            "ImagePositionPatient": [round(float(x), 6) for x in position],
            "ImageOrientationPatient": [round(float(x), 8) for x in volume.direction[:, :2].T.ravel()],
            "PixelSpacing": [volume.spacing_mm[1], volume.spacing_mm[0]],
        }
        for keyword, value in (values | tags).items():
            setattr(dataset, keyword, value)
        add_voxels(dataset, voxels)
        if change is not None and change(dataset, k) is False:
            continue
        paths.append(folder / f"{name}_{(k * 7) % 101:03d}.dcm")
        save(paths[-1], dataset, file_meta=file_meta)
    return paths


def add_voxels(dataset: Any, voxels: np.ndarray) -> None:
    """The pixel module. ``voxels``: (j, i), or (frame, j, i)."""
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = voxels.shape[-2:]
    if voxels.ndim == 3:
        dataset.NumberOfFrames = len(voxels)
    dataset.BitsAllocated = dataset.BitsStored = 8 * voxels.dtype.itemsize
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(np.issubdtype(voxels.dtype, np.signedinteger))
    dataset.PixelData = np.ascontiguousarray(voxels).tobytes()
    dataset["PixelData"].VR = "OW"


def save(path: Path, dataset: Any, *, file_meta: bool = True, media_class: str = "", syntax: str = EXPLICIT) -> None:
    """Written as it is, whatever rules it breaks."""
    from pydicom import dcmwrite
    from pydicom.dataset import FileDataset, FileMetaDataset

    meta = FileMetaDataset()
    if file_meta:
        meta.MediaStorageSOPClassUID = media_class or dataset.get("SOPClassUID", MR)
        meta.MediaStorageSOPInstanceUID = dataset.get("SOPInstanceUID") or "1.2.3"
        meta.TransferSyntaxUID = syntax
    whole = FileDataset(str(path), dataset, file_meta=meta, preamble=bytes(128) if file_meta else None)
    try:
        dcmwrite(str(path), whole, implicit_vr=False, little_endian=True, enforce_file_format=False)
    except TypeError:  # pydicom 2.4
        whole.is_little_endian, whole.is_implicit_VR = True, False
        dcmwrite(str(path), whole, write_like_original=True)


def enhanced(path: Path, frames: Sequence[dict[str, Any]], *, change: Callable[[Any], Any] | None = None) -> Path:
    """Enhanced MR. Each frame: ``voxels`` (j, i), ``position``, and optionally ``direction``, ``spacing``, ``echo``, ``type``,
    ``slope``, ``b_value``."""
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence as Items

    def item(**values: Any) -> Any:
        one = Dataset()
        for keyword, value in values.items():
            setattr(one, keyword, value)
        return one

    dataset = item(
        SOPClassUID=ENHANCED_MR,
        SOPInstanceUID="1.2.7.1",
        Modality="MR",
        StudyInstanceUID="1.2",
        SeriesInstanceUID="1.2.7",
        SeriesDescription="t2_enh",
        SeriesNumber=1,
        InstanceNumber=1,
    )
    groups = []
    for frame in frames:
        direction = np.asarray(frame.get("direction", SAGITTAL))
        group = item(
            PlanePositionSequence=Items([item(ImagePositionPatient=[round(float(x), 6) for x in frame["position"]])]),
            PlaneOrientationSequence=Items(
                [item(ImageOrientationPatient=[round(float(x), 8) for x in direction[:, :2].T.ravel()])]
            ),
            PixelMeasuresSequence=Items([item(PixelSpacing=list(frame.get("spacing", (1.1, 0.9))))]),
            MREchoSequence=Items([item(EffectiveEchoTime=float(frame.get("echo", 100)))]),
            MRImageFrameTypeSequence=Items([item(FrameType=["ORIGINAL", "PRIMARY", frame.get("type", "M"), "NONE"])]),
            PixelValueTransformationSequence=Items(
                [item(RescaleSlope=frame.get("slope", 1), RescaleIntercept=frame.get("intercept", 0), RescaleType="US")]
            ),
        )
        if "b_value" in frame:
            group.MRDiffusionSequence = Items([item(DiffusionBValue=float(frame["b_value"]))])
        groups.append(group)
    dataset.PerFrameFunctionalGroupsSequence = Items(groups)
    add_voxels(dataset, np.stack([frame["voxels"] for frame in frames]))
    if change is not None:
        change(dataset)
    path.parent.mkdir(parents=True, exist_ok=True)
    save(path, dataset)
    return path


def frames_of_volume(volume: Volume, **more: Any) -> list[dict[str, Any]]:
    """The frames of an Enhanced MR file, one a slice."""
    return [
        {"voxels": voxels, "position": volume.lps_of_ijk(np.array([0, 0, k])), "direction": volume.direction, **more}
        for k, voxels in enumerate(volume.array)
    ]


def compressed(folder: Path, volume: Volume, compressor: str) -> None:
    """A series whose voxels GDCM compressed without loss."""
    writer = sitk.ImageFileWriter()
    writer.KeepOriginalImageUIDOn()
    writer.UseCompressionOn()
    writer.SetCompressor(compressor)
    for k, voxels in enumerate(volume.array):
        image = sitk.GetImageFromArray(voxels[None])
        image.SetSpacing(volume.spacing_mm)
        position = volume.lps_of_ijk(np.array([0, 0, k]))
        image.SetMetaData("0020|0032", "\\".join(f"{x:.6f}" for x in position))
        image.SetMetaData("0020|0037", "\\".join(f"{x:.8f}" for x in volume.direction[:, :2].T.ravel()))
        image.SetMetaData("0020|000e", "1.2.3")
        image.SetMetaData("0008|0060", "MR")
        writer.SetFileName(str(folder / f"{k}.dcm"))
        writer.Execute(image)
