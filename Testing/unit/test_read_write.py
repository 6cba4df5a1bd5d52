"""Volumes come back from files as they were, wherever their axes point; broken files have their sentence."""

from __future__ import annotations

import gzip
import itertools
import os
import struct

import numpy as np
import pytest
import SimpleITK as sitk
from IVDSegmentationLib.errors import InputError, OutputError
from IVDSegmentationLib.volume import Volume
from IVDSegmentationLib.volume.frame import AxisOrder
from IVDSegmentationLib.volume.image import image_of_volume
from IVDSegmentationLib.volume.read import read_volume
from IVDSegmentationLib.volume.write import write_volume
from sample_files import noise_volume

ENDINGS = (".nii.gz", ".nii", ".nrrd", ".mha")
FLIPS = list(itertools.product((False, True), repeat=3))
ALL_48 = [AxisOrder(axes, flips) for axes in itertools.permutations(range(3)) for flips in FLIPS]


def assert_same(one: Volume, other: Volume) -> None:
    assert one.array.dtype == other.array.dtype
    np.testing.assert_array_equal(one.array, other.array)
    assert one.same_grid(other)


@pytest.mark.parametrize("ending", [".nii.gz", ".nrrd", ".mha"])
def test_all_48_axis_orders_keep_every_voxel_in_its_place(tmp_path, ending):
    source = noise_volume()
    places = source.lps_of_ijk(np.array([(1, 2, 3), (8, 0, 4), (0, 6, 0)]))
    hands = set()
    for number, order in enumerate(ALL_48):
        turned = order.apply(source)
        write_volume(turned, tmp_path / f"{number}{ending}")
        back = read_volume(tmp_path / f"{number}{ending}")
        assert_same(back, turned)
        hands.add(np.sign(np.linalg.det(back.direction)))
        for place, value in zip(places, (source.array[3, 2, 1], source.array[4, 0, 8], source.array[0, 6, 0])):
            i, j, k = np.rint(back.ijk_of_lps(place)).astype(int)
            assert back.array[k, j, i] == value
    assert hands == {-1.0, 1.0}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64])
def test_voxel_types_are_kept(tmp_path, ending, dtype):
    volume = noise_volume(dtype=dtype)
    write_volume(volume, tmp_path / f"v{ending}")
    assert_same(read_volume(tmp_path / f"v{ending}"), volume)


def test_booleans_and_half_floats_become_the_next_type_that_files_know(tmp_path):
    volume = noise_volume()
    write_volume(volume.with_array(volume.array > 100), tmp_path / "mask.nii.gz")
    write_volume(volume.with_array(volume.array.astype(np.float16)), tmp_path / "half.nrrd")
    assert read_volume(tmp_path / "mask.nii.gz").array.dtype == np.uint8
    assert read_volume(tmp_path / "half.nrrd").array.dtype == np.float32


def test_mhd_with_separate_data_and_foreign_letters(tmp_path):
    folder = tmp_path / "Größe 測試"
    folder.mkdir()
    volume = noise_volume()
    sitk.WriteImage(image_of_volume(volume), str(folder / "スキャン.mhd"))
    assert_same(read_volume(folder / "スキャン.mhd"), volume)
    write_volume(volume, folder / "čeština.nii.gz")
    assert_same(read_volume(str(folder / "čeština.nii.gz")), volume)


def write_4d(path, frames: int = 3) -> list[Volume]:
    volumes = [noise_volume(seed=n) for n in range(frames)]
    sitk.WriteImage(sitk.JoinSeries([image_of_volume(v) for v in volumes]), str(path))
    return volumes


@pytest.mark.parametrize("ending", [".nii.gz", ".nrrd", ".mha"])
def test_a_frame_of_a_4d_file_has_to_be_chosen(tmp_path, ending):
    path = tmp_path / f"dynamic{ending}"
    volumes = write_4d(path)
    with pytest.raises(InputError, match="4D: it has 3 frames, 0 to 2"):
        read_volume(path)
    with pytest.raises(InputError, match="frames 0 to 2; frame 3 does not exist"):
        read_volume(path, frame=3)
    assert_same(read_volume(path, frame=1), volumes[1])


def test_a_4d_file_with_one_frame_is_that_frame(tmp_path):
    volumes = write_4d(tmp_path / "one.nrrd", frames=1)
    assert_same(read_volume(tmp_path / "one.nrrd"), volumes[0])


def test_slicers_sequences_are_frames_not_colours(tmp_path):
    header = (
        "NRRD0004\ntype: short\ndimension: 4\nspace: left-posterior-superior\nsizes: 2 5 6 7\n"
        "space directions: none (1,0,0) (0,1,0) (0,0,1)\nkinds: list domain domain domain\nendian: little\n"
        "encoding: raw\nspace origin: (0,0,0)\n\n"
    )
    values = np.arange(2 * 5 * 6 * 7, dtype="<i2")
    path = tmp_path / "dynamic.seq.nrrd"
    path.write_bytes(header.encode() + values.tobytes())
    with pytest.raises(InputError, match="4D: it has 2 frames"):
        read_volume(path)
    np.testing.assert_array_equal(read_volume(path, frame=1).array.ravel(), values[1::2])


def test_pictures_colours_and_complex_numbers_are_refused(tmp_path):
    grey = image_of_volume(noise_volume(dtype=np.uint8))
    sitk.WriteImage(grey[:, :, 0], str(tmp_path / "flat.png"))
    sitk.WriteImage(sitk.Compose([grey] * 3), str(tmp_path / "colour.nrrd"))
    sitk.WriteImage(sitk.Compose([grey] * 3), str(tmp_path / "colour.nii.gz"))
    sitk.WriteImage(sitk.Cast(grey, sitk.sitkComplexFloat32), str(tmp_path / "complex.nii"))
    with pytest.raises(InputError, match="2D picture"):
        read_volume(tmp_path / "flat.png")
    for name in ("colour.nrrd", "colour.nii.gz"):
        with pytest.raises(InputError, match="colour or vector"):
            read_volume(tmp_path / name)
    with pytest.raises(InputError, match="magnitude"):
        read_volume(tmp_path / "complex.nii")


@pytest.mark.parametrize("ending", [".nii.gz", ".nii", ".nrrd", ".mha"])
@pytest.mark.parametrize("part", [0.3, 0.9])
def test_a_file_cut_short_is_not_read_as_zeros(tmp_path, ending, part, capfd):
    path = tmp_path / f"whole{ending}"
    write_volume(noise_volume((20, 30, 40)), path)
    content = path.read_bytes()
    cut = tmp_path / f"cut{ending}"
    cut.write_bytes(content[: int(len(content) * part)])
    with pytest.raises(InputError, match="ends too early"):
        read_volume(cut)
    assert capfd.readouterr().err == ""  # the libraries' own complaints are kept from the user


def test_gzip_files_of_several_members_are_read(tmp_path):
    write_volume(noise_volume(), tmp_path / "plain.nii")
    content = (tmp_path / "plain.nii").read_bytes()
    (tmp_path / "parts.nii.gz").write_bytes(gzip.compress(content[:400]) + gzip.compress(content[400:]))
    assert_same(read_volume(tmp_path / "parts.nii.gz"), noise_volume())


def test_files_that_are_no_volume(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "empty.nii.gz").write_bytes(b"")
    (tmp_path / "wrong.nii").write_bytes(b"hello" * 200)
    (tmp_path / "wrong.nii.gz").write_bytes(b"hello" * 200)
    (tmp_path / "lost.mhd").write_text(
        "NDims = 3\nDimSize = 4 4 4\nElementType = MET_SHORT\nElementDataFile = gone.raw\n"
    )
    (tmp_path / "folder").mkdir()
    for name, words in {
        "nothing.nii": "does not exist",
        "notes.txt": "not a volume that can be read",
        "empty.nii.gz": "empty file",
        "wrong.nii": "not a NIfTI file",
        "wrong.nii.gz": "not a gzip file",
        "lost.mhd": "data file is missing",
        "folder": "no DICOM volume",
    }.items():
        with pytest.raises(InputError, match=words) as caught:
            read_volume(tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)


def test_axes_that_are_not_at_right_angles_are_refused(tmp_path):
    write_volume(Volume(noise_volume().array), tmp_path / "straight.nii")
    content = bytearray((tmp_path / "straight.nii").read_bytes())
    content[252:256] = struct.pack("<hh", 0, 1)  # no qform, an sform
    content[280:328] = struct.pack("<12f", 1, 0.4, 0, 0, 0, 1, 0, 0, 0, 0, 3, 0)
    (tmp_path / "sheared.nii").write_bytes(content)
    write_volume(Volume(noise_volume().array), tmp_path / "straight.mha")
    matrix = b"TransformMatrix = 1 0 0 0 1 0 0 0 1"
    content = (tmp_path / "straight.mha").read_bytes()
    assert matrix in content
    (tmp_path / "sheared.mha").write_bytes(content.replace(matrix, b"TransformMatrix = 1 0 0 .4 1 0 0 0 1"))
    for name in ("sheared.nii", "sheared.mha"):
        with pytest.raises(InputError, match="right angles"):
            read_volume(tmp_path / name)


def test_a_spacing_of_zero_is_told(tmp_path):
    write_volume(Volume(noise_volume().array, (1, 2, 3)), tmp_path / "v.nii")
    content = bytearray((tmp_path / "v.nii").read_bytes())
    content[84:88] = struct.pack("<f", 0.0)
    content[252:256] = struct.pack("<hh", 0, 0)
    (tmp_path / "zero.nii").write_bytes(content)
    write_volume(Volume(noise_volume().array, (1, 2, 3)), tmp_path / "v.mha")
    content = (tmp_path / "v.mha").read_bytes()
    (tmp_path / "zero.mha").write_bytes(content.replace(b"ElementSpacing = 1 2 3", b"ElementSpacing = 1 0 3"))
    for name in ("zero.nii", "zero.mha"):
        with pytest.raises(InputError, match="spacing of 0 mm"):
            read_volume(tmp_path / name)


def test_an_ending_that_cannot_be_written(tmp_path):
    with pytest.raises(OutputError, match="ending that cannot be written"):
        write_volume(noise_volume(), tmp_path / "v.jpg")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(OutputError, match="folder does not exist"):
        write_volume(noise_volume(), tmp_path / "nowhere" / "v.nii.gz")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_told(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="not allowed"):
        write_volume(noise_volume(), tmp_path / "v.nii.gz")


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_disk_that_fills_up_leaves_the_old_file_and_no_part(tmp_path, ending):
    old = noise_volume()
    path = tmp_path / f"v{ending}"
    write_volume(old, path)
    noise = np.random.default_rng(0).integers(0, 255, (40, 100, 100), dtype=np.uint8)
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))  # writes beyond fail, as on a full disk
    try:
        with pytest.raises(OutputError, match=r"could not be written|disk"):
            write_volume(Volume(noise), path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert_same(read_volume(path), old)


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_name_that_is_no_text_is_told_and_does_not_end_the_process(tmp_path):
    path = os.path.join(os.fsencode(tmp_path), b"scan\xff.nrrd")
    write_volume(noise_volume(), tmp_path / "scan.nrrd")
    os.rename(tmp_path / "scan.nrrd", path)
    with pytest.raises(InputError, match="Rename"):
        read_volume(os.fsdecode(path))
    with pytest.raises(OutputError, match="not valid text"):
        write_volume(noise_volume(), os.fsdecode(path))
