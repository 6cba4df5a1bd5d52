"""NIfTI headers: what contradicts itself is refused, what can be read two ways is said, labels carry the input's own forms."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from IVDSegmentationLib.errors import InputError
from IVDSegmentationLib.volume import Volume
from IVDSegmentationLib.volume.checks import check_volume
from IVDSegmentationLib.volume.image import image_of_volume
from IVDSegmentationLib.volume.nifti_header import HEADER_1, HEADER_2
from IVDSegmentationLib.volume.read import read_volume
from IVDSegmentationLib.volume.write import write_volume
from sample_files import SAGITTAL, image_of, noise_volume, rotation, spine

PIXDIM, VOX_OFFSET, CODES, SROW = 76, 108, 252, 280
"""Bytes of the NIfTI-1 header at which these fields begin."""


def nifti(tmp_path: Path, volume: Volume | None = None, **changes: tuple[int, bytes]) -> Path:
    """A file with some bytes of its header changed."""
    path = tmp_path / "scan.nii"
    write_volume(volume or noise_volume(), path)
    content = bytearray(path.read_bytes())
    for place, new in changes.values():
        content[place : place + len(new)] = new
    path.write_bytes(content)
    return path


def floats(*values: float) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [*range(56, 68, 4), *range(76, 124, 4), 124, 128, 132, 136, *range(256, 328, 4)])
def test_every_number_of_the_header_is_finite(tmp_path, place, value):
    if 120 <= place < 124:  # slice_end, slice_code, xyzt_units: no float
        return
    path = nifti(tmp_path, change=(place, floats(value)))
    with pytest.raises(InputError, match="in its header is"):
        read_volume(path)


@pytest.mark.parametrize("offset", [0, -1, 1e-30, 348, 351.5, 352.5, 353, 1e30])
@pytest.mark.parametrize("zipped", [False, True])
def test_voxels_are_read_from_where_they_are(tmp_path, offset, zipped):
    path = nifti(tmp_path, change=(VOX_OFFSET, floats(offset)))
    if zipped:
        (tmp_path / "scan.nii.gz").write_bytes(gzip.compress(path.read_bytes()))
        path = tmp_path / "scan.nii.gz"
    with pytest.raises(InputError, match="begin at byte|ends too early"):
        read_volume(path)


def test_header_extensions_are_passed_over(tmp_path):
    path = nifti(tmp_path, change=(VOX_OFFSET, floats(384)))
    content = path.read_bytes()
    path.write_bytes(content[:348] + b"\1\0\0\0" + struct.pack("<ii", 32, 6) + b"a comment".ljust(24) + content[352:])
    np.testing.assert_array_equal(read_volume(path).array, noise_volume().array)


@pytest.mark.parametrize("value", [0.0, -3.3, 1.0, 3.35, 3.2])
@pytest.mark.parametrize("codes", [(1, 1), (0, 1), (0, 2), (2, 2), (1, 2)])
def test_a_spacing_that_contradicts_the_sform_is_refused(tmp_path, value, codes):
    path = nifti(tmp_path, change=(PIXDIM + 12, floats(value)), codes=(CODES, struct.pack("<hh", *codes)))
    with pytest.raises(InputError) as caught:
        read_volume(path)
    text = str(caught.value)
    assert f"0.75 x 1.25 x {value:.4g} mm" in text
    assert "0.75 x 1.25 x 3.3 mm" in text


@pytest.mark.parametrize("value", [0.0, -3.3])
@pytest.mark.parametrize("codes", [(1, 0), (0, 0)])
def test_a_spacing_that_cannot_be_is_refused_without_an_sform(tmp_path, value, codes):
    path = nifti(tmp_path, change=(PIXDIM + 12, floats(value)), codes=(CODES, struct.pack("<hh", *codes)))
    with pytest.raises(InputError, match="spacing (of 0 mm|that is negative)"):
        read_volume(path)


def test_spacings_that_differ_by_rounding_are_read(tmp_path):
    path = nifti(tmp_path, change=(PIXDIM + 12, floats(3.31)))
    assert read_volume(path).spacing_mm[2] in (pytest.approx(3.3), pytest.approx(3.31))


def with_forms(tmp_path: Path, qform_code: int, sform_code: int, *, moved_mm: float = 0.0, shear: float = 0.0) -> Path:
    """A phantom whose sform is the true place moved upwards, or sheared."""
    labels = spine()
    path = nifti(tmp_path, image_of(labels), codes=(CODES, struct.pack("<hh", qform_code, sform_code)))
    content = bytearray(path.read_bytes())
    rows = np.array(struct.unpack("<12f", content[SROW : SROW + 48])).reshape(3, 4)
    rows[2, 3] += moved_mm
    rows[:, 1] += shear * rows[:, 0]
    content[SROW : SROW + 48] = floats(*rows.ravel())
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("codes", [(q, s) for q in range(5) for s in range(5)])
def test_the_place_is_the_one_that_slicer_takes(tmp_path, codes):
    path = with_forms(tmp_path, *codes, moved_mm=40)
    read, image = read_volume(path), sitk.ReadImage(str(path))
    np.testing.assert_allclose(read.origin_mm_lps, image.GetOrigin(), atol=1e-3)
    np.testing.assert_allclose(read.direction.ravel(), image.GetDirection(), atol=1e-5)
    said = "\n".join(check_volume(read))
    assert ("two places" in said and "40.0 mm apart" in said) == (codes[0] > 0 and codes[1] > 0)
    assert ("how the patient lies" in said) == (codes == (0, 0))


def test_a_sheared_sform_beside_a_qform_is_said(tmp_path):
    (warning,) = read_volume(with_forms(tmp_path, 1, 1, shear=0.02)).warnings
    assert "not at right angles" in warning
    assert "sform (code 1)" in warning
    path = with_forms(tmp_path, 0, 1, shear=0.02)
    with pytest.raises(InputError, match="right angles"):
        read_volume(path)


def test_forms_that_agree_are_not_spoken_of(tmp_path):
    for seed, degrees in enumerate([(0, 0, 0), (180, 0, 0), (0, 180, 0), (179.99, 0.01, 0), (10, -20, 175)]):
        volume = Volume(noise_volume((20, 300, 300), seed=seed).array, (1, 1, 2), direction=rotation(degrees) @ SAGITTAL)
        write_volume(volume, tmp_path / "v.nii.gz")
        sitk.WriteImage(image_of_volume(volume), str(tmp_path / "itk.nii.gz"))
        assert read_volume(tmp_path / "v.nii.gz").warnings == ()
        assert read_volume(tmp_path / "itk.nii.gz").warnings == ()


FORM_FIELDS = ("qform_code", "sform_code", "quatern", "qoffset", "srow", "pixdim")


def form_fields(path: Path) -> dict[str, np.ndarray]:
    content = gzip.decompress(path.read_bytes()) if path.name.endswith(".gz") else path.read_bytes()
    kind = HEADER_1 if content[:4] == struct.pack("<i", 348) else HEADER_2
    header = np.frombuffer(content, kind, 1)[0]
    return {name: np.array(header[name][:4] if name == "pixdim" else header[name]) for name in FORM_FIELDS}


@pytest.mark.parametrize(("codes", "moved", "shear"), [((1, 2), 39, 0), ((1, 1), 39, 0), ((1, 4), 0, 0.02), ((3, 0), 0, 0)])
def test_label_maps_carry_the_inputs_own_forms(tmp_path, codes, moved, shear):
    path = with_forms(tmp_path, *codes, moved_mm=moved, shear=shear)
    scan = read_volume(path)
    write_volume(scan.with_array((scan.array > 500).astype(np.uint8)), tmp_path / "labels.nii.gz")
    theirs, ours = form_fields(path), form_fields(tmp_path / "labels.nii.gz")
    for name in FORM_FIELDS:
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)
    assert read_volume(tmp_path / "labels.nii.gz").same_grid(scan)


def test_forms_that_no_longer_fit_are_not_written(tmp_path):
    scan = read_volume(with_forms(tmp_path, 1, 2, moved_mm=39))
    cropped = Volume(scan.array[2:], scan.spacing_mm, tuple(scan.lps_of_ijk((0, 0, 2))), scan.direction, forms=scan.forms)
    write_volume(cropped, tmp_path / "crop.nii.gz")
    assert read_volume(tmp_path / "crop.nii.gz").same_grid(cropped)
    assert read_volume(tmp_path / "crop.nii.gz").warnings == ()


@pytest.mark.parametrize("direction", [np.eye(3), SAGITTAL, rotation((12, -30, 170)) @ SAGITTAL, np.diag([1.0, 1.0, -1.0])])
def test_what_is_written_is_the_same_to_itk(tmp_path, direction):
    volume = Volume(noise_volume().array, (0.75, 1.25, 3.3), (-12.5, 40.25, 7.75), direction)
    write_volume(volume, tmp_path / "v.nii.gz")
    image = sitk.ReadImage(str(tmp_path / "v.nii.gz"))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), volume.array)
    np.testing.assert_allclose(image.GetOrigin(), volume.origin_mm_lps, atol=1e-4)
    np.testing.assert_allclose(image.GetSpacing(), volume.spacing_mm, rtol=1e-6)
    np.testing.assert_allclose(np.reshape(image.GetDirection(), (3, 3)), direction, atol=1e-6)


def second_version(content: bytes, order: str = "<") -> bytes:
    """A NIfTI-1 file rewritten as NIfTI-2."""
    old, new = np.frombuffer(content, HEADER_1, 1)[0], np.zeros((), HEADER_2.newbyteorder(order))
    for name in set(HEADER_1.names) & set(HEADER_2.names) - {"magic"}:
        new[name] = old[name]
    new["sizeof_hdr"], new["magic"], new["vox_offset"] = 540, np.void(b"n+2\0\r\n\x1a\n"), 544
    voxels = np.frombuffer(content[352:], "<i2").astype(order + "i2").tobytes()
    return new.tobytes() + bytes(4) + voxels


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("name", ["scan.nii", "scan.nii.gz", "Scan.Nii.Gz", "SCAN.NII"])
def test_nifti_2_and_any_case_of_the_ending(tmp_path, name, order):
    first = nifti(tmp_path).read_bytes()
    (tmp_path / "scan.nii").unlink()
    for content in (first, second_version(first, order)):
        (tmp_path / name).write_bytes(gzip.compress(content) if name.lower().endswith("gz") else content)
        read = read_volume(tmp_path / name)
        np.testing.assert_array_equal(read.array, noise_volume().array)
        assert read.same_grid(noise_volume())
        write_volume(read, tmp_path / "again.nii.gz")
        assert read_volume(tmp_path / "again.nii.gz").same_grid(noise_volume())


def test_header_and_voxels_in_two_files(tmp_path):
    content = bytearray(nifti(tmp_path, change=(VOX_OFFSET, floats(0)), magic=(344, b"ni1\0")).read_bytes())
    (tmp_path / "pair.hdr").write_bytes(content[:348])
    (tmp_path / "pair.img").write_bytes(content[352:])
    for name in ("pair.hdr", "pair.img"):
        np.testing.assert_array_equal(read_volume(tmp_path / name).array, noise_volume().array)
    content[344:348] = bytes(4)
    (tmp_path / "pair.hdr").write_bytes(content[:348])
    with pytest.raises(InputError, match="which side is left"):
        read_volume(tmp_path / "pair.hdr")


@pytest.mark.parametrize(("unit", "factor"), [(1, 0.001), (3, 1000.0), (0, 1.0), (10, 1.0)])
def test_units_other_than_millimetres(tmp_path, unit, factor):
    true = Volume(noise_volume().array, (0.75, 1.25, 3.3), (-12.5, 40.25, 7.75))
    scaled = Volume(true.array, tuple(np.array(true.spacing_mm) * factor), tuple(np.array(true.origin_mm_lps) * factor))
    path = tmp_path / "scan.nii"
    sitk.WriteImage(image_of_volume(scaled), str(path))
    content = bytearray(path.read_bytes())
    content[123] = unit
    path.write_bytes(content)
    read = read_volume(path)
    assert read.same_grid(true)
    write_volume(read, tmp_path / "again.nii")
    assert read_volume(tmp_path / "again.nii").same_grid(true)


def test_scaled_values_are_as_itk_gives_them(tmp_path):
    path = nifti(tmp_path, scale=(112, floats(0.25, -3)))
    read = read_volume(path)
    assert read.array.dtype == np.float32
    np.testing.assert_allclose(read.array, noise_volume().array * 0.25 - 3)
    np.testing.assert_array_equal(read.array, sitk.GetArrayFromImage(sitk.ReadImage(str(path))))
