"""NRRD and MetaImage headers in their many spellings put every voxel where ITK puts it."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from IVDSegmentationLib.errors import InputError
from IVDSegmentationLib.volume.frame import AxisOrder
from IVDSegmentationLib.volume.image import image_of_volume
from IVDSegmentationLib.volume.read import read_volume
from sample_files import noise_volume

VOXELS = np.arange(4 * 5 * 6, dtype="<i2").reshape(4, 5, 6)
PLACE = "space directions: (0,1.1,0) (0.9,0,0) (0,0,-2)\nspace origin: (1,2,3)\n"


def nrrd(place: str, extra: str = "") -> bytes:
    return (
        f"NRRD0005\n# a comment\ntype: short\ndimension: 3\n{place}sizes: 6 5 4\nkinds: domain domain domain\n"
        f"endian: little\nencoding: raw\n{extra}\n"
    ).encode()


METAIMAGE = (
    "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nTransformMatrix = 0 1 0 -1 0 0 0 0 1\n"
    "Offset = 1 2 3\nElementSpacing = 0.9 1.1 2\nDimSize = 6 5 4\nElementType = MET_SHORT\n"
)


def assert_as_itk(path: Path) -> None:
    read, image = read_volume(path), sitk.ReadImage(str(path))
    np.testing.assert_array_equal(read.array, sitk.GetArrayFromImage(image))
    assert read.array.dtype == sitk.GetArrayFromImage(image).dtype
    np.testing.assert_allclose(read.spacing_mm, image.GetSpacing(), rtol=1e-6)
    np.testing.assert_allclose(read.origin_mm_lps, image.GetOrigin(), atol=1e-4)
    np.testing.assert_allclose(read.direction.ravel(), image.GetDirection(), atol=1e-6)


@pytest.mark.parametrize("space", ["right-anterior-superior", "RAS", "LAS", "left-posterior-superior", "LPS"])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_nrrd_spaces(tmp_path, space, line_end):
    header = nrrd(f"space: {space}\n{PLACE}", "my key:=some: thing\n")
    (tmp_path / "v.nrrd").write_bytes(header.replace(b"\n", line_end) + VOXELS.tobytes())
    assert_as_itk(tmp_path / "v.nrrd")
    assert read_volume(tmp_path / "v.nrrd").warnings == ()


@pytest.mark.parametrize(
    "place",
    [
        "spacings: 0.9 1.1 2\n",
        "spacings: 0.9 1.1 2\naxis mins: 5 6 7\n",
        "spacings: 0.9 1.1 2\naxis mins: 5 6 7\ncenterings: node node node\n",
        f"space: scanner-xyz\n{PLACE}",
    ],
)
def test_nrrd_without_a_known_space_is_read_with_a_warning(tmp_path, place):
    (tmp_path / "v.nrrd").write_bytes(nrrd(place) + VOXELS.tobytes())
    assert_as_itk(tmp_path / "v.nrrd")
    (warning,) = read_volume(tmp_path / "v.nrrd").warnings
    assert "how the patient lies" in warning


def test_nrrd_in_another_unit(tmp_path):
    (tmp_path / "v.nrrd").write_bytes(nrrd(f'space: LPS\nspace units: "cm" "cm" "cm"\n{PLACE}') + VOXELS.tobytes())
    np.testing.assert_allclose(read_volume(tmp_path / "v.nrrd").spacing_mm, (11, 9, 20))
    (tmp_path / "v.nrrd").write_bytes(nrrd(f'space: LPS\nspace units: "inch" "inch" "inch"\n{PLACE}') + VOXELS.tobytes())
    with pytest.raises(InputError, match="which in mm"):
        read_volume(tmp_path / "v.nrrd")


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("v.nhdr", nrrd(f"space: LPS\n{PLACE}", "data file: LIST 2\ns1.raw\ns2.raw\ns3.raw\ns4.raw")),
        ("v.nhdr", nrrd(f"space: LPS\n{PLACE}", "data file: s%d.raw 1 4 1 2\n")),
        ("v.nhdr", nrrd(f"space: LPS\n{PLACE}", "byte skip: -1\ndata file: all.raw\n")),
        ("v.nhdr", nrrd(f"space: LPS\n{PLACE}", "line skip: 1\nbyte skip: 3\ndata file: lines.raw\n")),
        ("v.mhd", METAIMAGE.encode() + b"ElementDataFile = LIST\ns1.raw\ns2.raw\ns3.raw\ns4.raw\n"),
        ("v.mhd", METAIMAGE.encode() + b"ElementDataFile = s%d.raw 1 4 1\n"),
        ("v.mhd", METAIMAGE.encode() + b"HeaderSize = -1\nElementDataFile = all.raw\n"),
        ("v.mhd", METAIMAGE.encode() + b"HeaderSize = 36\nElementDataFile = all.raw\n"),
        ("v.mhd", METAIMAGE.replace("MET_SHORT", "MET_LONG").encode() + b"ElementDataFile = long.raw\n"),
        ("v.mhd", METAIMAGE.replace("MSB = False", "MSB = True").encode() + b"ElementDataFile = swapped.raw\n"),
    ],
)
def test_voxels_in_other_files(tmp_path, name, header):
    for k, voxels in enumerate(VOXELS, 1):
        (tmp_path / f"s{k}.raw").write_bytes(voxels.tobytes())
    (tmp_path / "all.raw").write_bytes(b"junk" * 9 + VOXELS.tobytes())
    (tmp_path / "lines.raw").write_bytes(b"a line\n123" + VOXELS.tobytes())
    (tmp_path / "long.raw").write_bytes(VOXELS.astype("<i4").tobytes())
    (tmp_path / "swapped.raw").write_bytes(VOXELS.astype(">i2").tobytes())
    (tmp_path / name).write_bytes(header)
    assert_as_itk(tmp_path / name)
    np.testing.assert_array_equal(read_volume(tmp_path / name).array, VOXELS)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("name", ["v.nii", "v.nii.gz", "v.nrrd", "v.nhdr", "v.mha", "v.mhd"])
def test_what_itk_wrote_is_read_as_itk_reads_it(tmp_path, name, compressed):
    flips = itertools.product((False, True), repeat=3)
    for axes, flip in itertools.product(itertools.permutations(range(3)), flips):
        volume = AxisOrder(axes, flip).apply(noise_volume())
        sitk.WriteImage(image_of_volume(volume), str(tmp_path / name), useCompression=compressed)
        assert_as_itk(tmp_path / name)
