"""DICOM folders: the right series is found, or asked for; its geometry is checked."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from IVDSegmentationLib.errors import InputError
from IVDSegmentationLib.volume import Volume
from IVDSegmentationLib.volume.dicom_series import list_series
from IVDSegmentationLib.volume.read import read_volume
from sample_files import SAGITTAL, noise_volume, rotation, write_dicom

AXIAL = np.eye(3)


def scan(seed: int = 0, direction: np.ndarray = SAGITTAL) -> Volume:
    array = np.random.default_rng(seed).integers(0, 900, (6, 16, 20)).astype(np.int16)
    return Volume(array, (0.9, 1.1, 4.4), (-20.0, 33.0, 120.5), direction)


def assert_same(one: Volume, other: Volume) -> None:
    np.testing.assert_array_equal(one.array, other.array)
    assert one.same_grid(other)


def test_one_series_in_a_nested_folder_with_foreign_letters(tmp_path):
    source = scan(direction=rotation((8, -12, 20)) @ SAGITTAL)
    write_dicom(tmp_path / "Müller 検査" / "a" / "b", source, description="Wirbelsäule sagittal")
    (tmp_path / "Müller 検査" / "notes.txt").write_text("not a slice")
    assert_same(read_volume(tmp_path / "Müller 検査"), source)


def test_one_file_stands_for_its_series(tmp_path):
    write_dicom(tmp_path, scan(0), "1.2.3.4.1")
    write_dicom(tmp_path, scan(1), "1.2.3.4.2", "t1_tse_sag", echo_ms=10, repetition_ms=500)
    one = sorted(tmp_path.glob("4.2_*.dcm"))[2]
    assert_same(read_volume(one), scan(1))


def mixed_folder(folder, *more: tuple[str, str, np.ndarray, float, float]) -> None:
    rows = [
        ("1.2.3.4.1", "t1_tse_sag", SAGITTAL, 10, 500),
        ("1.2.3.4.2", "t2_tse_sag", SAGITTAL, 100, 4000),
        ("1.2.3.4.3", "t2_tse_tra", AXIAL, 100, 4000),
        *more,
    ]
    for number, (uid, description, direction, echo, repetition) in enumerate(rows, 1):
        write_dicom(
            folder / str(number),
            scan(number, direction),
            uid,
            description,
            number=number,
            echo_ms=echo,
            repetition_ms=repetition,
        )


def test_the_sagittal_t2_is_chosen_and_told(tmp_path):
    mixed_folder(tmp_path)
    told = []
    assert_same(read_volume(tmp_path, note=told.append), scan(2))
    assert told == ["Series 2: t2_tse_sag, sagittal, 6 slices, TE 100 ms (one of 3)"]


def test_the_weighting_is_told_by_echo_time_where_the_description_is_silent(tmp_path):
    write_dicom(tmp_path / "a", scan(1), "1.2.3.4.1", "series a", echo_ms=9, repetition_ms=450, number=1)
    write_dicom(tmp_path / "b", scan(2), "1.2.3.4.2", "series b", echo_ms=95, repetition_ms=3500, number=2)
    assert_same(read_volume(tmp_path), scan(2))


def test_plain_t2_goes_before_fat_suppressed(tmp_path):
    mixed_folder(tmp_path, ("1.2.3.4.4", "t2_tirm_sag", SAGITTAL, 60, 4000))
    assert_same(read_volume(tmp_path), scan(2))


def test_scouts_do_not_count(tmp_path):
    mixed_folder(tmp_path, ("1.2.3.4.4", "localizer haste t2", SAGITTAL, 90, 2000))
    assert_same(read_volume(tmp_path), scan(2))


def test_several_sagittal_t2_are_listed_and_one_can_be_chosen(tmp_path):
    mixed_folder(tmp_path, ("1.2.3.4.4", "t2_tse_sag_lws", SAGITTAL, 110, 4000))
    with pytest.raises(InputError) as caught:
        read_volume(tmp_path)
    text = str(caught.value)
    assert "holds 4 series" in text
    assert "  2: t2_tse_sag, sagittal, 6 slices, TE 100 ms" in text
    assert "  3: t2_tse_tra, axial, 6 slices, TE 100 ms" in text
    for wanted, seed in (("4", 4), ("1.2.3.4.1", 1), ("t2_tse_sag", 2), ("LWS", 4), ("tra", 3)):
        assert_same(read_volume(tmp_path, series=wanted), scan(seed, AXIAL if seed == 3 else SAGITTAL))
    with pytest.raises(InputError, match="fits 2 series"):
        read_volume(tmp_path, series="t2_tse_sa")
    with pytest.raises(InputError, match="has no series 'flair'"):
        read_volume(tmp_path, series="flair")


def test_only_axial_series_are_not_guessed_among(tmp_path):
    for number in (1, 2):
        write_dicom(tmp_path / str(number), scan(number, AXIAL), f"1.2.3.4.{number}", "t2_tra", number=number)
    with pytest.raises(InputError, match="no single sagittal T2"):
        read_volume(tmp_path)


def test_a_scout_with_three_orientations_in_one_series_is_taken_apart(tmp_path):
    coronal = np.array([[1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]])
    for number, direction in enumerate((SAGITTAL, AXIAL, coronal)):
        one = scan(number, direction)
        write_dicom(tmp_path / str(number), one, "1.2.3.4.9", "localizer", first_instance=1 + 6 * number)
    assert sorted(one.view for one in list_series(tmp_path)) == ["axial", "coronal", "sagittal"]


def test_missing_slices_are_told(tmp_path):
    write_dicom(tmp_path, scan(), skip=(3,))
    with pytest.raises(InputError, match=r"has gaps: its slices are 4\.4 to 8\.8 mm apart"):
        read_volume(tmp_path)


def test_a_tilted_gantry_is_told(tmp_path):
    write_dicom(tmp_path, scan(), shear_mm=1.0)
    with pytest.raises(InputError, match="right angles"):
        read_volume(tmp_path)


def test_repeated_positions_are_frames(tmp_path):
    write_dicom(tmp_path, scan(1))
    write_dicom(tmp_path, scan(2), first_instance=7)
    with pytest.raises(InputError, match="4D: it has 2 frames"):
        read_volume(tmp_path)
    assert_same(read_volume(tmp_path, frame=0), scan(1))
    assert_same(read_volume(tmp_path, frame=1), scan(2))


def test_doubled_slices_are_told_but_copies_of_files_are_harmless(tmp_path):
    write_dicom(tmp_path / "a", scan(1))
    write_dicom(tmp_path / "copy", scan(1))
    assert_same(read_volume(tmp_path), scan(1))
    write_dicom(tmp_path / "b", scan(2), first_instance=7, skip=(0, 1, 2, 3))
    with pytest.raises(InputError, match="1 to 2 images a slice position"):
        read_volume(tmp_path)


def test_single_slices_and_empty_folders_are_told(tmp_path):
    with pytest.raises(InputError, match="holds no DICOM volume"):
        read_volume(tmp_path)
    write_dicom(tmp_path, noise_volume((1, 8, 8)))
    with pytest.raises(InputError, match="holds no DICOM volume"):
        read_volume(tmp_path)
    with pytest.raises(InputError, match="fewer than 3 slices"):
        read_volume(next(tmp_path.glob("*.dcm")))


def test_a_damaged_slice_is_told(tmp_path, capfd):
    write_dicom(tmp_path, scan())
    path = sorted(tmp_path.glob("*.dcm"))[3]
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(InputError, match="damaged|cut|missing|gaps"):
        read_volume(tmp_path)
    assert capfd.readouterr().err == ""


def test_colour_pictures_in_the_folder_are_passed_over(tmp_path):
    write_dicom(tmp_path, scan())
    grey = sitk.GetImageFromArray(np.zeros((1, 16, 20), np.uint8))
    colour = sitk.Compose([grey] * 3)
    colour.SetMetaData("0008|0060", "OT")
    sitk.WriteImage(colour, str(tmp_path / "report.dcm"))
    assert_same(read_volume(tmp_path), scan())
    with pytest.raises(InputError, match="colour"):
        read_volume(tmp_path / "report.dcm")
