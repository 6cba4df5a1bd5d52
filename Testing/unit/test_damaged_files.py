"""Image files that are damaged or lie about their size are refused in a sentence, before memory is asked for."""

from __future__ import annotations

import bz2
import gzip
import re
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from IVDSegmentationLib.errors import InputError
from IVDSegmentationLib.volume import Volume
from IVDSegmentationLib.volume.image import image_of_volume
from IVDSegmentationLib.volume.read import read_volume
from IVDSegmentationLib.volume.write import write_volume
from sample_files import memory_to_read, noise_volume

COMPRESSED = ("v.nii.gz", "v.mha", "v.nrrd", "v.mhd", "v.nhdr")
DATA_FILE = {"v.mhd": "v.zraw", "v.nhdr": "v.raw.gz"}


def large_volume() -> Volume:
    """Compresses to more than 1 MB: ITK reads small streams to their end and so notices damage by chance, large ones not."""
    return Volume(np.random.default_rng(5).integers(0, 1000, (40, 160, 150)).astype(np.int16), (1.0, 1.0, 2.0))


def write(folder: Path, name: str, volume: Volume) -> Path:
    """The volume in a compressed file; gives the path of the file that holds the voxels."""
    sitk.WriteImage(image_of_volume(volume), str(folder / name), useCompression=True)
    return folder / DATA_FILE.get(name, name)


@pytest.fixture(scope="module")
def large_files(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    for name in COMPRESSED:
        path = write(folder, name, large_volume())
        assert path.stat().st_size > 1_000_000
        np.testing.assert_array_equal(read_volume(folder / name).array, large_volume().array)
    return folder


@pytest.mark.parametrize("name", COMPRESSED)
@pytest.mark.parametrize("damage", ["bit", "zeros", "checksum"])
def test_damage_in_compressed_data_is_refused(large_files, tmp_path, name, damage):
    for file in large_files.glob("v.*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    path = tmp_path / DATA_FILE.get(name, name)
    whole = path.read_bytes()
    places = [int(len(whole) * share) for share in (0.3, 0.6, 0.97)] if damage != "checksum" else [len(whole) - 8]
    for place in places:
        content = bytearray(whole)
        if damage == "zeros":
            content[place : place + 16] = bytes(16)
        elif damage == "checksum" and not name.endswith((".nii.gz", ".nhdr")):
            content[-2] ^= 0x10  # zlib: Adler-32 is the very end
        else:
            content[place] ^= 0x10
        path.write_bytes(content)
        with pytest.raises(InputError, match="damaged|ends too early|more data"):
            read_volume(tmp_path / name)


@pytest.mark.parametrize("name", COMPRESSED)
def test_small_compressed_files_are_checked_as_well(tmp_path, name):
    path = write(tmp_path, name, noise_volume((12, 30, 40)))
    content = bytearray(path.read_bytes())
    content[-700] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="damaged|ends too early|more data"):
        read_volume(tmp_path / name)


def test_bytes_behind_a_whole_gzip_stream_are_no_damage(tmp_path):
    write_volume(noise_volume(), tmp_path / "v.nii.gz")
    content = (tmp_path / "v.nii.gz").read_bytes()
    for surplus in (b"twelve bytes", bytes(700), b"\x1f"):
        (tmp_path / "more.nii.gz").write_bytes(content + surplus)
        np.testing.assert_array_equal(read_volume(tmp_path / "more.nii.gz").array, noise_volume().array)


def replaced(path: Path, pattern: bytes, text: bytes) -> None:
    content = path.read_bytes()
    assert re.search(pattern, content)
    path.write_bytes(re.sub(pattern, text, content, count=1))


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize(
    ("name", "pattern", "more", "less"),
    [
        ("v.mha", rb"DimSize = 9 7 5", b"DimSize = 9 7 6", b"DimSize = 9 7 4"),
        ("v.nrrd", rb"sizes: 9 7 5", b"sizes: 9 7 6", b"sizes: 9 6 5"),
    ],
)
def test_more_or_fewer_voxels_than_declared_are_refused(tmp_path, name, pattern, more, less, compressed):
    sitk.WriteImage(image_of_volume(noise_volume()), str(tmp_path / name), useCompression=compressed)
    whole = (tmp_path / name).read_bytes()
    replaced(tmp_path / name, pattern, more)
    with pytest.raises(InputError, match="ends too early"):
        read_volume(tmp_path / name)
    (tmp_path / name).write_bytes(whole)
    replaced(tmp_path / name, pattern, less)
    with pytest.raises(InputError, match="more data than its header declares"):
        read_volume(tmp_path / name)


@pytest.mark.parametrize("name", ["v.nii", "v.nii.gz"])
@pytest.mark.parametrize(("size", "words"), [(6, "ends too early"), (4, "more data than its header declares")])
def test_nifti_with_more_or_fewer_slices_than_declared(tmp_path, name, size, words):
    write_volume(noise_volume(), tmp_path / "whole.nii")
    content = bytearray((tmp_path / "whole.nii").read_bytes())
    content[46:48] = struct.pack("<h", size)
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    with pytest.raises(InputError, match=words):
        read_volume(tmp_path / name)


def mha(size: str, content: bytes) -> bytes:
    return (
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = True\n"
        f"TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nElementSpacing = 0.6 0.6 0.6\nDimSize = {size}\n"
        "ElementType = MET_SHORT\nElementDataFile = LOCAL\n"
    ).encode() + content


def nrrd(size: str, content: bytes, encoding: str = "gzip") -> bytes:
    return (
        f"NRRD0004\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: {size}\n"
        "space directions: (0.6,0,0) (0,0.6,0) (0,0,0.6)\nkinds: domain domain domain\nendian: little\n"
        f"encoding: {encoding}\nspace origin: (0,0,0)\n\n"
    ).encode() + content


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is counted otherwise")
@pytest.mark.parametrize("size", ["999999999999 1 1", "30000 30000 3", "700 700 2200", "600 600 600"])
def test_memory_is_judged_from_the_header(tmp_path, size):
    """A small file that declares up to 10^12 voxels takes no memory."""
    voxels = np.random.default_rng(0).integers(0, 900, (56, 56, 20)).astype("<i2").tobytes()
    (tmp_path / "v.mha").write_bytes(mha(size, zlib.compress(voxels)))
    (tmp_path / "v.nrrd").write_bytes(nrrd(size, gzip.compress(voxels)))
    (tmp_path / "b.nrrd").write_bytes(nrrd(size, bz2.compress(voxels), "bzip2"))
    for name in ("v.mha", "v.nrrd", "b.nrrd"):
        added, _, text = memory_to_read(tmp_path / name)
        assert text
        assert added < 8_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is counted otherwise")
def test_reading_takes_the_voxels_and_a_tenth(tmp_path):
    volume = Volume(np.random.default_rng(0).integers(0, 50, (60, 500, 500)).astype(np.int16), (0.6, 0.6, 1.2))
    image = image_of_volume(volume)
    for name in ("v.nii", "v.nii.gz", "v.mha", "v.nrrd"):
        sitk.WriteImage(image, str(tmp_path / name), useCompression=name not in ("v.nii", "v.mha"))
        added, voxels, text = memory_to_read(tmp_path / name)
        assert text == ""
        assert voxels == volume.array.nbytes
        assert added < 1.1 * voxels
    content = bytearray((tmp_path / "v.nii").read_bytes())
    content[112:120] = struct.pack("<2f", 0.5, 3)  # stored as integers, delivered as float32
    (tmp_path / "scaled.nii").write_bytes(content)
    added, voxels, _ = memory_to_read(tmp_path / "scaled.nii")
    assert voxels == 2 * volume.array.nbytes
    assert added < 1.1 * voxels + (1 << 22)


@pytest.mark.parametrize("field", ["space", "space directions", "kinds", "type", "endian", "encoding", "thickness", "xyz"])
def test_a_long_line_in_a_nrrd_header_ends_no_process(tmp_path, field):
    """teem, which ITK reads NRRD with, ends the process at fields of 1,000 letters."""
    header, voxels = nrrd("4 4 4", b"", "raw"), np.arange(64, dtype="<i2").tobytes()
    line = f"{field}: {'A' * 3000}\n".encode()
    if re.search(b"^%s: .*\n" % field.encode(), header, re.M):
        header = re.sub(b"(?m)^%s: .*\n" % field.encode(), line, header)
    else:
        header = header.replace(b"type: short\n", b"type: short\n" + line)
    (tmp_path / "long.nrrd").write_bytes(header + voxels)
    if field in ("thickness", "xyz", "kinds"):  # they say nothing that is needed
        np.testing.assert_array_equal(read_volume(tmp_path / "long.nrrd").array.ravel(), np.arange(64))
    else:
        with pytest.raises(InputError) as caught:
            read_volume(tmp_path / "long.nrrd")
        assert len(str(caught.value)) < 400 + len(str(tmp_path))


@pytest.mark.parametrize("ending", ["nii", "nii.gz"])
def test_the_file_that_was_named_is_read(tmp_path, ending):
    """ITK takes the header of one and the voxels of the other where scan.nii lies beside scan.nii.gz."""
    here, there = noise_volume(seed=1), noise_volume(seed=2)
    other = {"nii": "nii.gz", "nii.gz": "nii"}[ending]
    write_volume(here, tmp_path / f"scan.{ending}")
    write_volume(there, tmp_path / f"scan.{other}")
    for name in ("scan.hdr", "scan.img", "scan.mhd", "scan.raw", "scan.nhdr"):
        (tmp_path / name).write_bytes(b"something else")
    np.testing.assert_array_equal(read_volume(tmp_path / f"scan.{ending}").array, here.array)
    np.testing.assert_array_equal(read_volume(tmp_path / f"scan.{other}").array, there.array)
