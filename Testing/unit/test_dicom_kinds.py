"""DICOM series of the kinds that scanners, archives and anonymizers make: read rightly, or refused with the reason."""

from __future__ import annotations

import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from dicom_files import ENHANCED_MR, classic, compressed, enhanced, frames_of_volume, save, scan
from IVDSegmentationLib.errors import InputError
from IVDSegmentationLib.volume import Volume
from IVDSegmentationLib.volume.checks import check_volume
from IVDSegmentationLib.volume.read import read_volume
from sample_files import SAGITTAL, memory_to_read, rotation

AXIAL = np.eye(3)


def assert_same(one: Volume, other: Volume) -> None:
    np.testing.assert_allclose(one.array, other.array, rtol=1e-6)
    assert one.same_grid(other, tolerance_mm=5e-3)


# ------------------------------------------------------------------ geometry


@pytest.mark.parametrize("value", [None, [0, 0], [0.6, 0], [-0.6, 0.6], [float("nan"), 0.6], [0.6], ""])
def test_a_series_without_pixel_spacing_is_refused(tmp_path, value):
    def change(dataset, k):
        if value is None:
            del dataset.PixelSpacing
        elif value == [float("nan"), 0.6] or (isinstance(value, list) and value[0] != value[0]):
            dataset.PixelSpacing = ["nan", "0.6"]
        else:
            dataset.PixelSpacing = value

    classic(tmp_path, scan(), change)
    with pytest.raises(InputError, match=r"gives no pixel spacing, or one that cannot be \(tag 0028,0030\)"):
        read_volume(tmp_path)


@pytest.mark.parametrize("where", ["middle", "ends", "everywhere"])
def test_orientations_that_differ_in_the_last_digits_are_one(tmp_path, where):
    source = scan(direction=rotation((2.6, 0, 0)) @ SAGITTAL, slices=8)
    touched = {"middle": (3, 4), "ends": (0, 7), "everywhere": range(0, 8, 2)}[where]

    def change(dataset, k):
        if k in touched:
            dataset.ImageOrientationPatient = [round(float(x) + 4e-7, 9) for x in dataset.ImageOrientationPatient]

    classic(tmp_path, source, change)
    read = read_volume(tmp_path)
    assert_same(read, source)
    assert read.warnings == ()


@pytest.mark.parametrize(("moved", "fits"), [(0.1, True), (0.3, False), (1.5, False), (-2.0, False)])
def test_slice_distances_may_differ_by_a_twentieth(tmp_path, moved, fits):
    def change(dataset, k):
        if k == 2:
            dataset.ImagePositionPatient = [dataset.ImagePositionPatient[0] + moved, *dataset.ImagePositionPatient[1:]]

    classic(tmp_path, scan(), change)
    if fits:
        assert_same(read_volume(tmp_path), scan())
    else:
        with pytest.raises(InputError, match="has gaps"):
            read_volume(tmp_path)


def test_a_slice_that_is_shifted_sideways_is_refused(tmp_path):
    def change(dataset, k):
        if k == 3:
            dataset.ImagePositionPatient = [*dataset.ImagePositionPatient[:2], dataset.ImagePositionPatient[2] + 2]

    classic(tmp_path, scan(), change)
    with pytest.raises(InputError, match="shifted sideways by up to 2.0 mm"):
        read_volume(tmp_path)


@pytest.mark.parametrize("tag", ["ImagePositionPatient", "ImageOrientationPatient"])
def test_images_without_any_position_are_no_frames(tmp_path, tag):
    classic(tmp_path, scan(), lambda dataset, k: delattr(dataset, tag))
    with pytest.raises(InputError, match="does not say where its images lie"):
        read_volume(tmp_path)


def test_screenshots_beside_a_scan_do_not_count(tmp_path):
    classic(tmp_path, scan(1))

    def change(dataset, k):
        del dataset.ImagePositionPatient
        dataset.SOPInstanceUID, dataset.SeriesInstanceUID = f"9.9.{k}", "9.9"

    classic(tmp_path, scan(2), change, name="screenshot")
    assert_same(read_volume(tmp_path), scan(1))


# ------------------------------------------------------------------ files


@pytest.mark.parametrize("place", [0, 3, 5])
@pytest.mark.parametrize("kept", [0, 1, 100, 140, 200, 300, 400, 500, 600, "half the voxels", "no voxels"])
def test_a_damaged_slice_is_named(tmp_path, place, kept):
    path = classic(tmp_path, scan())[place]
    content = path.read_bytes()
    voxels = content.rindex(b"\xe0\x7f\x10\x00")
    path.write_bytes(content[: {"half the voxels": voxels + 300, "no voxels": voxels}.get(kept, kept)])
    try:
        told = "\n".join(read_volume(tmp_path).warnings)
    except InputError as error:
        told = str(error)
    assert path.name in told


def test_files_that_are_no_images_are_passed_over(tmp_path):
    classic(tmp_path, scan())

    def change(dataset, k):
        for name in ("PixelData", "Rows", "Columns"):
            delattr(dataset, name)
        dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.88.22"

    classic(tmp_path, scan(), change, name="report", Modality="SR")
    (tmp_path / "notes.txt").write_text("not a slice")
    read = read_volume(tmp_path)
    assert_same(read, scan())
    assert read.warnings == ()


@pytest.mark.parametrize("place", [0, 3, 5])
def test_a_slice_of_another_size_is_named(tmp_path, place):
    def change(dataset, k):
        if k == place:
            dataset.Rows, dataset.Columns = 8, 40

    paths = classic(tmp_path, scan(), change)
    if place == 3:
        with pytest.raises(InputError, match=f"has gaps.*{paths[place].name}.*40 x 8 voxels, the others 20 x 16"):
            read_volume(tmp_path)
    else:
        (warning,) = check_volume_warnings(read_volume(tmp_path))
        assert paths[place].name in warning
        assert "40 x 8 voxels, the others 20 x 16" in warning


@pytest.mark.parametrize("tag", [{"SOPClassUID": "1.2.840.10008.5.1.9"}, {"SamplesPerPixel": 9}, {"Rows": None}])
@pytest.mark.parametrize("place", [0, 5])
def test_a_slice_whose_header_was_spoilt_is_named(tmp_path, tag, place):
    def change(dataset, k):
        if k == place:
            for name, value in tag.items():
                setattr(dataset, name, value)
            if "SOPClassUID" in tag:
                del dataset.Rows

    paths = classic(tmp_path, scan(), change)
    try:
        told = "\n".join(read_volume(tmp_path).warnings)
    except InputError as error:
        told = str(error)
    assert paths[place].name in told


@pytest.mark.parametrize("place", [0, 5])
def test_a_slice_without_series_and_position_is_named(tmp_path, place):
    def change(dataset, k):
        if k == place:
            del dataset.SeriesInstanceUID, dataset.ImagePositionPatient

    paths = classic(tmp_path, scan(), change)
    (warning,) = read_volume(tmp_path).warnings
    assert paths[place].name in warning


@pytest.mark.parametrize("place", [0, 5])
def test_a_slice_whose_series_uid_was_spoilt_is_named(tmp_path, place):
    def change(dataset, k):
        if k == place:
            dataset.SeriesInstanceUID = "1.2.4"

    paths = classic(tmp_path, scan(), change)
    (warning,) = read_volume(tmp_path).warnings
    assert paths[place].name in warning
    assert "its series instance UID is another one" in warning


def check_volume_warnings(volume: Volume) -> tuple[str, ...]:
    """What ``check_volume`` says of a volume of a size that it accepts."""
    larger = Volume(np.random.default_rng(0).random((40, 90, 90)), (1, 1, 2), warnings=volume.warnings)
    return check_volume(larger)


@pytest.mark.parametrize("value", ["1.2.3.4", "", None])
def test_instance_uids_that_are_equal_or_missing(tmp_path, value):
    def change(dataset, k):
        if value is None:
            del dataset.SOPInstanceUID
        else:
            dataset.SOPInstanceUID = value

    classic(tmp_path / "a", scan(1), change)
    assert_same(read_volume(tmp_path), scan(1))
    classic(tmp_path / "copy", scan(1), change)
    assert_same(read_volume(tmp_path), scan(1))


@pytest.mark.parametrize("group_2", [True, False])
@pytest.mark.parametrize("ending", [".dcm", ""])
def test_files_without_a_preamble(tmp_path, group_2, ending):
    for path in classic(tmp_path, scan()):
        content = path.read_bytes()[132:]
        if not group_2:
            content = content[content.index(b"\x08\x00\x08\x00CS") :]
        path.write_bytes(content)
        path.rename(path.with_suffix(ending))
    assert_same(read_volume(tmp_path), scan())


def test_the_rsna_2024_lumbar_kind(tmp_path):
    """Classic slices whose file meta says Enhanced MR, without an SOP class: GDCM gives origin 0 and spacing 1."""

    def change(dataset, k):
        del dataset.SOPClassUID, dataset.Modality, dataset.SeriesNumber
        dataset.SOPInstanceUID = str(k + 1)
        dataset.ContentDate = "20240503"

    source = scan(direction=rotation((3, -5, 2)) @ SAGITTAL, slices=18)
    for path in classic(tmp_path / "12345" / "67890", source, change):
        from pydicom import dcmread

        save(path, dcmread(path), media_class=ENHANCED_MR)
    assert_same(read_volume(tmp_path), source)
    assert_same(read_volume(path), source)


def test_deflated_series(tmp_path):
    for path in classic(tmp_path, scan()):
        from pydicom import dcmread

        save(path, dcmread(path), syntax="1.2.840.10008.1.2.1.99")
        content = path.read_bytes()
        start = 132 + 12 + int.from_bytes(content[140:144], "little")
        packer = zlib.compressobj(wbits=-15)
        if b"t2_tse_sag" in content:  # pydicom 2.4 leaves the packing to the caller
            path.write_bytes(content[:start] + packer.compress(content[start:]) + packer.flush())
    assert_same(read_volume(tmp_path), scan())
    content = path.read_bytes()
    path.write_bytes(content[:-40])
    with pytest.raises(InputError, match=path.name):
        read_volume(tmp_path)


@pytest.mark.parametrize(
    ("compressor", "syntax"), [("JPEG2000", b"1.2.840.10008.1.2.4.90"), ("JPEG", b"1.2.840.10008.1.2.4.70")]
)
def test_compressed_series_are_decoded(tmp_path, compressor, syntax):
    compressed(tmp_path, scan(), compressor)
    assert syntax in (tmp_path / "0.dcm").read_bytes()
    assert_same(read_volume(tmp_path), scan())
    content = (tmp_path / "2.dcm").read_bytes()
    (tmp_path / "2.dcm").write_bytes(content[:-60])
    with pytest.raises(InputError, match="2.dcm"):
        read_volume(tmp_path)


def test_run_lengths_are_decoded(tmp_path):
    from pydicom import dcmread

    odd = Volume(scan(3).array[:, :15, :17], (0.9, 1.1, 4.4), (-20.0, 33.0, 120.5), SAGITTAL)
    for path in classic(tmp_path, odd):
        dataset = dcmread(path)
        dataset.compress("1.2.840.10008.1.2.5")
        dataset.save_as(path)
    assert_same(read_volume(tmp_path), odd)


@pytest.mark.parametrize("stored", [12, 16])
def test_bits_that_belong_to_an_overlay_are_left_out(tmp_path, stored):
    def change(dataset, k):
        dataset.BitsStored, dataset.HighBit = stored, stored - 1
        if stored == 12:
            dataset.PixelData = (np.frombuffer(dataset.PixelData, "<u2") | 0x8000).tobytes()

    classic(tmp_path, scan(), change)
    assert_same(read_volume(tmp_path), scan())


# ------------------------------------------------------------------ values


def test_each_slice_is_scaled_by_its_own_slope(tmp_path):
    slopes = [1, 0.0005, 0.0005, 0.25, 3, 0.0005]

    def change(dataset, k):
        dataset.RescaleSlope, dataset.RescaleIntercept = slopes[k], k - 2

    classic(tmp_path, scan(), change)
    read = read_volume(tmp_path)
    wanted = scan().array * np.array(slopes)[:, None, None] + (np.arange(6) - 2)[:, None, None]
    assert read.array.dtype == np.float32
    np.testing.assert_allclose(read.array, wanted, rtol=1e-5, atol=1e-4)


def test_whole_numbers_stay_whole(tmp_path):
    def change(dataset, k):
        dataset.BitsStored, dataset.HighBit = 12, 11
        dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024

    classic(tmp_path, scan(), change)
    read = read_volume(tmp_path)
    assert read.array.dtype == np.int16
    np.testing.assert_array_equal(read.array, scan().array.astype(int) - 1024)


@pytest.mark.parametrize("slope", [0, "nan"])
def test_a_slope_that_cannot_be_is_refused(tmp_path, slope):
    def change(dataset, k):
        dataset.RescaleSlope, dataset.RescaleIntercept = slope, 0

    classic(tmp_path, scan(), change)
    with pytest.raises(InputError):
        read_volume(tmp_path)


# ------------------------------------------------------------------ several images at one position

PAIRS = {
    "type": ({"ImageType": ["ORIGINAL", "PRIMARY", "W"]}, {"ImageType": ["ORIGINAL", "PRIMARY", "F"]}),
    "magnitude": ({"ImageType": ["ORIGINAL", "PRIMARY", "M"]}, {"ImageType": ["ORIGINAL", "PRIMARY", "P"]}),
    "echo time": ({"EchoTime": 9.2}, {"EchoTime": 92}),
    "echo": ({"EchoNumbers": 1}, {"EchoNumbers": 2}),
    "b-value": ({"DiffusionBValue": 50.0}, {"DiffusionBValue": 800.0}),
    "sequence": ({"SequenceName": "tse2d1_17"}, {"SequenceName": "fl2d1"}),
    "description": ({"SeriesDescription": "t2_tse_sag"}, {"SeriesDescription": "t1_tse_sag"}),
}


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("instances", ["tied", "interleaved", "mixed up"])
def test_images_at_one_position_are_told_apart_by_what_they_are(tmp_path, kind, instances):
    order = np.random.default_rng(3).permutation(12)

    def number(frame):
        def change(dataset, k):
            numbers = {"tied": k + 1, "interleaved": 2 * k + frame + 1, "mixed up": int(order[2 * k + frame])}
            dataset.InstanceNumber = numbers[instances]
            dataset.SOPInstanceUID = f"1.2.3.{frame}.{k}"

        return change

    for frame, tags in enumerate(PAIRS[kind]):
        classic(tmp_path, scan(frame), number(frame), name=str(frame), **tags)
    with pytest.raises(InputError, match="4D: it has 2 frames") as caught:
        read_volume(tmp_path)
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    found = [read_volume(tmp_path, frame=frame) for frame in (0, 1)]
    for one in found:
        seed = int(np.array_equal(one.array, scan(1).array))
        assert_same(one, scan(seed))
        assert one.warnings == ()
    assert not np.array_equal(found[0].array, found[1].array)


def test_three_echoes_of_magnitude_and_phase_are_six_frames(tmp_path):
    for frame in range(6):
        classic(
            tmp_path,
            scan(frame),
            lambda dataset, k, frame=frame: setattr(dataset, "SOPInstanceUID", f"1.{frame}.{k}"),
            name=str(frame),
            EchoTime=10 * (frame % 3 + 1),
            ImageType=["ORIGINAL", "PRIMARY", "MP"[frame // 3]],
        )
    read = [read_volume(tmp_path, frame=frame).array for frame in range(6)]
    for frame in range(6):
        assert sum(np.array_equal(one, scan(frame).array) for one in read) == 1


def test_images_that_nothing_tells_apart_are_refused(tmp_path):
    for frame in range(2):
        classic(
            tmp_path,
            scan(frame),
            lambda dataset, k, frame=frame: setattr(dataset, "SOPInstanceUID", f"1.{frame}.{k}"),
            name=str(frame),
        )
    for frame in (None, 0):
        with pytest.raises(InputError, match="nothing in their headers tells which belong together"):
            read_volume(tmp_path, frame=frame)


def test_two_stations_under_one_uid_are_told_apart(tmp_path):
    """Upper and lower spine in one series: sagittal slices at the same heights, 200 mm apart along the body."""
    lower = scan(1)
    upper = Volume(scan(2).array, lower.spacing_mm, (-20.0, 33.0, 320.5), lower.direction)
    for frame, volume in enumerate((lower, upper)):
        classic(
            tmp_path,
            volume,
            lambda dataset, k, frame=frame: setattr(dataset, "SOPInstanceUID", f"1.{frame}.{k}"),
            name=str(frame),
        )
    with pytest.raises(InputError, match=r"place \(.*, .*, .*\) mm"):
        read_volume(tmp_path)
    assert_same(read_volume(tmp_path, frame=0), lower)
    assert_same(read_volume(tmp_path, frame=1), upper)


def test_slices_of_two_contrasts_in_one_volume_are_warned_of(tmp_path):
    classic(tmp_path, scan(), lambda dataset, k: setattr(dataset, "EchoTime", 100 if k < 3 else 12))
    (warning,) = read_volume(tmp_path).warnings
    assert "differ in echo time (100 ms, 12 ms)" in warning


# ------------------------------------------------------------------ Enhanced MR


def test_enhanced_frames_are_ordered_by_their_positions(tmp_path):
    source = scan(direction=rotation((5, 4, -3)) @ SAGITTAL)
    frames = frames_of_volume(source)
    enhanced(tmp_path / "e.dcm", [frames[n] for n in (3, 0, 5, 1, 4, 2)])
    for path in (tmp_path, tmp_path / "e.dcm"):
        assert_same(read_volume(path), source)


def test_enhanced_series_with_a_missing_slice_or_a_tilt_are_refused(tmp_path):
    enhanced(tmp_path / "gap.dcm", [one for n, one in enumerate(frames_of_volume(scan())) if n != 3])
    with pytest.raises(InputError, match=r"4\.4 to 8\.8 mm apart"):
        read_volume(tmp_path / "gap.dcm")
    tilted = frames_of_volume(scan())
    for k, one in enumerate(tilted):
        one["position"] = one["position"] + np.array([0, 0, 0.8 * k])
    enhanced(tmp_path / "tilt.dcm", tilted)
    with pytest.raises(InputError, match="right angles"):
        read_volume(tmp_path / "tilt.dcm")


@pytest.mark.parametrize(
    ("first", "second"),
    [({"echo": 12}, {"echo": 100}), ({"type": "M"}, {"type": "PHASE"}), ({"b_value": 0}, {"b_value": 1000})],
)
@pytest.mark.parametrize("order", ["by position", "by contrast"])
def test_enhanced_contrasts_are_told_apart(tmp_path, first, second, order):
    one, other = frames_of_volume(scan(1), **first), frames_of_volume(scan(2), **second)
    frames = one + other if order == "by contrast" else [frame for pair in zip(one, other) for frame in pair]
    enhanced(tmp_path / "e.dcm", frames)
    with pytest.raises(InputError, match="4D: it has 2 frames"):
        read_volume(tmp_path)
    assert_same(read_volume(tmp_path, frame=0), scan(1))
    assert_same(read_volume(tmp_path, frame=1), scan(2))


def test_enhanced_orientations_are_taken_apart(tmp_path):
    enhanced(tmp_path / "e.dcm", frames_of_volume(scan(1)) + frames_of_volume(scan(2, AXIAL)))
    assert_same(read_volume(tmp_path), scan(1))  # the sagittal one
    assert_same(read_volume(tmp_path, series="2"), scan(2, AXIAL))


def test_enhanced_frames_are_scaled_one_by_one(tmp_path):
    frames = frames_of_volume(scan())
    for k, one in enumerate(frames):
        one["slope"], one["intercept"] = 0.5 + k, -k
    enhanced(tmp_path / "e.dcm", frames)
    wanted = scan().array * (0.5 + np.arange(6))[:, None, None] - np.arange(6)[:, None, None]
    np.testing.assert_allclose(read_volume(tmp_path).array, wanted, rtol=1e-6)


def test_enhanced_frames_of_other_spacing_are_refused_or_named(tmp_path):
    frames = frames_of_volume(scan())
    frames[3]["spacing"] = (0.5, 0.5)
    enhanced(tmp_path / "e.dcm", frames)
    with pytest.raises(InputError, match="has gaps.*another pixel spacing"):
        read_volume(tmp_path)


@pytest.mark.parametrize("what", ["PerFrameFunctionalGroupsSequence", "PlanePositionSequence", "PixelMeasuresSequence"])
def test_enhanced_files_without_geometry_are_refused(tmp_path, what):
    def change(dataset):
        for one in [dataset, *dataset.PerFrameFunctionalGroupsSequence]:
            if what in one:
                delattr(one, what)

    enhanced(tmp_path / "e.dcm", frames_of_volume(scan()), change=change)
    with pytest.raises(InputError, match="does not say where|no pixel spacing"):
        read_volume(tmp_path)


def test_frames_that_are_not_described_are_refused(tmp_path):
    enhanced(
        tmp_path / "e.dcm", frames_of_volume(scan()), change=lambda dataset: dataset.PerFrameFunctionalGroupsSequence.pop()
    )
    with pytest.raises(InputError, match="describes 5 frames and holds 6"):
        read_volume(tmp_path / "e.dcm")


# ------------------------------------------------------------------ sizes


@pytest.mark.parametrize("tag", ["Rows", "NumberOfFrames", "BitsAllocated"])
def test_sizes_that_do_not_fit_the_voxels_are_refused(tmp_path, tag):
    value = {"Rows": 17, "NumberOfFrames": 2_000_000_000, "BitsAllocated": 8}[tag]

    def change(dataset, k):
        setattr(dataset, tag, value)
        dataset.BitsStored = min(dataset.BitsStored, dataset.BitsAllocated)
        dataset.HighBit = dataset.BitsStored - 1

    paths = classic(tmp_path, scan(), change)
    with pytest.raises(InputError) as caught:
        read_volume(paths[0])
    assert paths[0].name in str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is counted otherwise")
@pytest.mark.parametrize("compressor", ["", "JPEG", "JPEG2000"])
def test_memory_is_judged_from_the_header(tmp_path, compressor):
    """Files of some kB whose headers say 12,000 x 12,000 voxels, or 2,000,000,000 frames."""
    if compressor:
        compressed(tmp_path, scan(), compressor)
        for path in tmp_path.glob("*.dcm"):
            content = path.read_bytes()
            for element, wanted in ((0x10, 16), (0x11, 20)):
                head = bytes((0x28, 0, element, 0)) + b"US\x02\x00"
                assert head + bytes((wanted, 0)) in content
                content = content.replace(head + bytes((wanted, 0)), head + (12000).to_bytes(2, "little"))
            number = content.index(bytes((0x28, 0, 0x30, 0)))
            length = content[number + 6]
            text = b"0.05\\0.05".ljust(length)
            path.write_bytes(content[: number + 8] + text[:length] + content[number + 8 + length :])
    else:
        classic(tmp_path, scan(), lambda dataset, k: setattr(dataset, "NumberOfFrames", 2_000_000_000))
    added, _, text = memory_to_read(tmp_path)
    assert text
    assert added < 25_000_000  # most of it pydicom's modules


def test_the_real_archives_of_the_issue_are_read_or_refused():
    """The small inputs of the kinds above that were handed over with the issue, where they lie beside the checkout."""
    root = Path(__file__).resolve().parents[2].parent / "shared" / "failing"
    if not root.is_dir():
        pytest.skip("no such folder beside the checkout")
    for name in ("07_orientation_jitter_middle", "09_equal_sop_uids", "12_no_preamble"):
        assert read_volume(root / name).array.shape == (12, 150, 120)
    for name in ("01_enhanced_two_echoes", "03_enhanced_missing_slice", "04_enhanced_tilt", "10_no_pixel_spacing"):
        with pytest.raises(InputError):
            read_volume(root / name)
