"""Whole files of every format and several sizes, and what they hold."""

from __future__ import annotations

import bz2
import gzip
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from dicom_files import classic, enhanced, frames_of_volume, save
from dicom_files import compressed as compressed_by_gdcm
from IVDSegmentationLib.volume import Volume
from IVDSegmentationLib.volume.image import image_of_volume
from IVDSegmentationLib.volume.nifti_header import HEADER_1, HEADER_2
from IVDSegmentationLib.volume.write import write_volume
from sample_files import SAGITTAL, rotation

SIZES = {"small": (5, 7, 9), "medium": (12, 60, 50), "large": (40, 160, 150)}
"""(k, j, i); the large one compresses to more than 1 MB."""


@dataclass(frozen=True)
class Seed:
    """``read``: the name that is read, in its folder. ``checked``: files in which a checksum covers all voxels; ``whole``:
    whether it covers the header as well. ``redundant``: whether the format gives the geometry twice, so that a change of one
    can be seen."""

    name: str
    write: Callable[[Path, Volume], None]
    read: str = ""
    checked: tuple[str, ...] = ()
    whole: bool = False
    redundant: bool = False
    largest: str = "large"

    @property
    def sizes(self) -> list[str]:
        names = list(SIZES)
        return names[: names.index(self.largest) + 1]


def volume_of(size: str, seed: int = 0) -> Volume:
    array = np.random.default_rng(seed).integers(1, 900, SIZES[size]).astype(np.int16)
    return Volume(array, (0.8, 1.1, 3.3), (-12.5, 40.25, 7.75), rotation((8, -6, 4)) @ SAGITTAL)


def _itk(name: str, compressed: bool) -> Callable[[Path, Volume], None]:
    return lambda folder, volume: sitk.WriteImage(image_of_volume(volume), str(folder / name), useCompression=compressed)


def _ours(name: str) -> Callable[[Path, Volume], None]:
    return lambda folder, volume: write_volume(volume, folder / name)


def _nifti_2(folder: Path, volume: Volume) -> None:
    write_volume(volume, folder / "v.nii")
    content = (folder / "v.nii").read_bytes()
    old, new = np.frombuffer(content, HEADER_1, 1)[0], np.zeros((), HEADER_2)
    for name in set(HEADER_1.names) & set(HEADER_2.names) - {"magic"}:
        new[name] = old[name]
    new["sizeof_hdr"], new["magic"], new["vox_offset"] = 540, np.void(b"n+2\0\r\n\x1a\n"), 544
    (folder / "v.nii").write_bytes(new.tobytes() + content[348:])


def _scaled(folder: Path, volume: Volume) -> None:
    write_volume(volume, folder / "v.nii")
    content = bytearray((folder / "v.nii").read_bytes())
    content[112:120] = struct.pack("<2f", 0.5, 10)
    (folder / "v.nii.gz").write_bytes(gzip.compress(content))
    (folder / "v.nii").unlink()


def _pair(folder: Path, volume: Volume) -> None:
    write_volume(volume, folder / "v.nii")
    content = bytearray((folder / "v.nii").read_bytes())
    content[108:112], content[344:348] = bytes(4), b"ni1\0"
    (folder / "v.hdr").write_bytes(content[:348])
    (folder / "v.img").write_bytes(content[352:])
    (folder / "v.nii").unlink()


def _members(folder: Path, volume: Volume) -> None:
    write_volume(volume, folder / "v.nii")
    content = (folder / "v.nii").read_bytes()
    half = len(content) // 2
    (folder / "v.nii.gz").write_bytes(gzip.compress(content[:half]) + gzip.compress(content[half:]))
    (folder / "v.nii").unlink()


def _bzip2(folder: Path, volume: Volume) -> None:
    _itk("v.nrrd", False)(folder, volume)
    header, voxels = (folder / "v.nrrd").read_bytes().split(b"\n\n", 1)
    (folder / "v.nrrd").write_bytes(header.replace(b"encoding: raw", b"encoding: bzip2") + b"\n\n" + bz2.compress(voxels))


def _detached(folder: Path, volume: Volume) -> None:
    _itk("v.nhdr", True)(folder, volume)


def _classic(folder: Path, volume: Volume) -> None:
    classic(folder, volume)


def _deflated(folder: Path, volume: Volume) -> None:
    from pydicom import dcmread

    for path in classic(folder, volume):
        save(path, dcmread(path), syntax="1.2.840.10008.1.2.1.99")
        content = path.read_bytes()
        if b"t2_tse_sag" in content:  # pydicom 2.4 leaves the packing to the caller
            start = 132 + 12 + int.from_bytes(content[140:144], "little")
            packer = zlib.compressobj(wbits=-15)
            path.write_bytes(content[:start] + packer.compress(content[start:]) + packer.flush())


def _enhanced(folder: Path, volume: Volume) -> None:
    enhanced(folder / "e.dcm", frames_of_volume(volume, spacing=(volume.spacing_mm[1], volume.spacing_mm[0])))


def _jpeg(compressor: str) -> Callable[[Path, Volume], None]:
    return lambda folder, volume: compressed_by_gdcm(folder, volume, compressor)


def _run_lengths(folder: Path, volume: Volume) -> None:
    from pydicom import dcmread

    for path in classic(folder, volume):
        dataset = dcmread(path)
        dataset.compress("1.2.840.10008.1.2.5")
        dataset.save_as(path)


SEEDS = (
    Seed("nii", _ours("v.nii"), "v.nii", redundant=True),
    Seed("nii.gz", _ours("v.nii.gz"), "v.nii.gz", ("v.nii.gz",), whole=True, redundant=True),
    Seed("nii.gz by ITK", _itk("v.nii.gz", True), "v.nii.gz", ("v.nii.gz",), whole=True, redundant=True),
    Seed("nii.gz of two members", _members, "v.nii.gz", ("v.nii.gz",), whole=True, redundant=True),
    Seed("nii.gz, scaled", _scaled, "v.nii.gz", ("v.nii.gz",), whole=True, redundant=True),
    Seed("NIfTI-2", _nifti_2, "v.nii", redundant=True, largest="medium"),
    Seed("hdr and img", _pair, "v.hdr", redundant=True, largest="medium"),
    Seed("mha", _itk("v.mha", False), "v.mha", largest="medium"),
    Seed("mha, compressed", _itk("v.mha", True), "v.mha", ("v.mha",)),
    Seed("mhd", _itk("v.mhd", False), "v.mhd", largest="medium"),
    Seed("mhd, compressed", _itk("v.mhd", True), "v.mhd", ("v.zraw",)),
    Seed("nrrd", _itk("v.nrrd", False), "v.nrrd", largest="medium"),
    Seed("nrrd, gzip", _itk("v.nrrd", True), "v.nrrd", ("v.nrrd",)),
    Seed("nrrd, bzip2", _bzip2, "v.nrrd", ("v.nrrd",), largest="medium"),
    Seed("nhdr", _detached, "v.nhdr", ("v.raw.gz",)),
    Seed("DICOM", _classic, largest="medium"),
    Seed("DICOM, deflated", _deflated, largest="medium"),
    Seed("DICOM, Enhanced MR", _enhanced, largest="medium"),
    Seed("DICOM, JPEG", _jpeg("JPEG"), largest="medium"),
    Seed("DICOM, JPEG 2000", _jpeg("JPEG2000"), largest="medium"),
    Seed("DICOM, run lengths", _run_lengths, largest="medium"),
)
