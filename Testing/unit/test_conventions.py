"""Label maps of other programs: recognised, converted and said so, or refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
import SimpleITK as sitk
from IVDSegmentationLib.anatomy import DISC_LEVELS, LEVEL_BY_NAME
from IVDSegmentationLib.cli import main
from IVDSegmentationLib.errors import InputError
from IVDSegmentationLib.evaluation.conventions import with_our_values
from IVDSegmentationLib.volume import Volume
from IVDSegmentationLib.volume.write import write_volume
from sample_files import image_of, spine

SPIDER = {1: 201, 2: 202, 3: 203, 101: 1, 102: 2, 103: 103, 200: 100}
SPINEPS = {1: 124, 2: 123, 3: 122, 101: 24, 102: 23, 103: 22, 100: 26}
SPINEPS_REGIONS = {1: 100, 2: 100, 3: 100, 101: 49, 102: 49, 103: 49, 200: 61, 100: 26}
TOTALSPINESEG = {1: 100, 2: 95, 3: 94, 101: 45, 102: 44, 103: 43, 200: 2, 100: 50}
TOTALSPINESEG_2024 = {1: 202, 2: 203, 3: 204, 101: 18, 102: 19, 103: 20, 200: 201, 100: 92}


def anatomy() -> Volume:
    """Three discs, bodies above them, a canal and S1: small boxes in our values."""
    array = np.zeros((9, 60, 40), np.uint8)
    array[:, 55:58, 5:20] = 100
    for n in range(3):
        array[2:7, 48 - 16 * n : 53 - 16 * n, 5:20] = 1 + n
        array[2:7, 39 - 16 * n : 46 - 16 * n, 5:20] = 101 + n
    array[3:6, 5:55, 25:30] = 200
    return Volume(array, (1.0, 1.0, 3.0), direction=np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]))


def renamed(labels: Volume, table: dict[int, int]) -> Volume:
    array = np.zeros(labels.array.shape, np.int16)
    for ours, theirs in table.items():
        array[labels.array == ours] = theirs
    return labels.with_array(array)


@pytest.mark.parametrize(
    ("table", "title"),
    [
        (SPIDER, "SPIDER"),
        (SPINEPS | {101: 24}, "SPINEPS (vertebra mask)"),
        (TOTALSPINESEG, "TotalSpineSeg"),
        (TOTALSPINESEG_2024, "TotalSpineSeg (2024)"),
        ({1: 100, 2: 95, 3: 94}, "TotalSpineSeg"),
        ({1: 124, 2: 123, 3: 122}, "SPINEPS (vertebra mask)"),
    ],
)
def test_known_conventions_are_recognised_and_converted(table, title):
    ours = anatomy()
    read = with_our_values(renamed(ours, table))
    assert read.title == title
    for label in (1, 2, 3, *(body for body in (101, 102, 103) if body in table)):
        np.testing.assert_array_equal(read.labels.array == label, ours.array == label)


def test_a_mask_of_spineps_with_endplates_is_not_taken_for_one_of_spider():
    """Both use 1 to 23 and 201 to 223; in the one a vertebra comes with its disc, in the other it is whole or cut off."""
    with_endplates = renamed(anatomy(), {1: 119, 2: 118, 3: 117, 101: 19, 102: 18, 103: 17, 200: 218})
    assert with_our_values(with_endplates).title == "SPINEPS (vertebra mask)"


@pytest.mark.parametrize(("value", "table"), [(1, {1: 1, 2: 1, 3: 1}), (255, {1: 255, 2: 255, 3: 255}), (100, SPINEPS_REGIONS)])
def test_discs_with_one_value_are_told_apart_without_levels(value, table):
    ours = anatomy()
    read = with_our_values(renamed(ours, table))
    assert "without levels" in read.title
    for n in range(3):
        np.testing.assert_array_equal(read.labels.array == 51 + n, ours.array == 1 + n)


def test_our_own_maps_stay_as_they_are():
    for labels in (anatomy(), spine((1, 2, 51)), spine((1,)), spine((51, 52)), spine((4, 5))):
        read = with_our_values(labels)
        assert (read.title, read.doubts) == ("", ())
        assert read.labels is labels


def test_what_fits_nothing_or_too_much_is_refused():
    with pytest.raises(InputError, match=r"\(1-3, 30, 47\) are neither ours"):
        with_our_values(renamed(anatomy(), {1: 1, 2: 2, 3: 3, 101: 30, 102: 47}))
    with pytest.raises(InputError, match="looks like an image"):
        with_our_values(Volume(np.arange(9 * 20 * 20, dtype=np.int16).reshape(9, 20, 20)))
    # discs alone: 201 may be L5-S1 (SPIDER) or the canal (TotalSpineSeg 2024)
    only_discs = renamed(anatomy(), {1: 201, 2: 202, 3: 203})
    with pytest.raises(InputError, match="fit SPIDER and TotalSpineSeg"):
        with_our_values(only_discs)
    assert with_our_values(only_discs, "spider").title == "SPIDER"
    with pytest.raises(InputError, match="are not those of SPINEPS"):
        with_our_values(only_discs, "spineps")


def test_empty_maps_and_vertebrae_in_place_of_discs_are_doubted():
    ours = anatomy()
    assert "is empty" in with_our_values(ours.with_array(ours.array * 0)).doubts[0]
    assert "no disc" in with_our_values(ours.with_array(np.where(ours.array > 99, ours.array, 0))).doubts[0]
    vertebrae = Volume(ours.array, (4.0, 4.0, 8.0), direction=ours.direction)  # 48 cm3 a 'disc'
    assert "Are they vertebrae?" in with_our_values(vertebrae).doubts[0]


def test_every_level_of_every_table():
    from IVDSegmentationLib.evaluation import conventions

    levels = {level.label for level in DISC_LEVELS}
    for one in (conventions.SPIDER, conventions.SPINEPS, conventions.TOTALSPINESEG, conventions.TOTALSPINESEG_2024):
        assert levels <= set(one.values.values()), one.title
    assert conventions.SPINEPS.values[102] == LEVEL_BY_NAME["C2-C3"].label
    assert conventions.SPINEPS.values[119] == LEVEL_BY_NAME["T12-L1"].label
    assert conventions.TOTALSPINESEG.values[71] == LEVEL_BY_NAME["C7-T1"].label
    assert conventions.TOTALSPINESEG_2024.values[224] == LEVEL_BY_NAME["C2-C3"].label


def evaluated(capsys, *arguments) -> tuple[int, dict]:
    code = main(["evaluate", *map(str, arguments), "-q", "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_evaluate_says_what_it_converted(tmp_path, capsys):
    ours = anatomy()
    write_volume(ours, tmp_path / "ours.nii.gz")
    write_volume(renamed(ours, SPIDER), tmp_path / "spider.nii.gz")
    code, everything = evaluated(capsys, tmp_path / "ours.nii.gz", tmp_path / "spider.nii.gz")
    assert (code, everything["all"]["discs"], everything["all"]["dice"]["mean"]) == (0, 3, 1.0)
    assert everything["converted"] == {"references": {"SPIDER": 1}, "predictions": {}}
    assert main(["evaluate", str(tmp_path / "ours.nii.gz"), str(tmp_path / "spider.nii.gz"), "-q"]) == 0
    assert "Converted: 1 reference from SPIDER." in capsys.readouterr().out
    wrong = ["--convention", "totalspineseg"]
    assert main(["evaluate", str(tmp_path / "ours.nii.gz"), str(tmp_path / "spider.nii.gz"), "-q", *wrong]) == 2
    assert "are not those of TotalSpineSeg" in capsys.readouterr().err


def test_evaluate_reads_slicers_segmentations_by_name_and_code(tmp_path, capsys):
    """Slicer numbers segments anew when it saves: 1, 2, 3 in their order, whatever the values were."""
    ours = anatomy()
    array = np.zeros(ours.array.shape, np.uint8)
    fields = {}
    order = [(3, "L3-L4", ""), (1, "lowest disc", "715056000^L5/S1 disc"), (2, "L4-L5", "")]
    for number, (label, name, code) in enumerate(order):
        array[ours.array == label] = number + 1
        tags = f"TerminologyEntry:x~SCT^123037004^Anatomical Structure~SCT^{code}~^^~~^^~^^|" if code else ""
        fields |= {f"Segment{number}_ID": f"s{number}", f"Segment{number}_Name": name, f"Segment{number}_Tags": tags}
        fields |= {f"Segment{number}_LabelValue": str(number + 1), f"Segment{number}_Layer": "0"}
    write_volume(ours.with_array(array), tmp_path / "plain.nrrd")
    image = sitk.ReadImage(str(tmp_path / "plain.nrrd"))
    for key, value in fields.items():
        image.SetMetaData(key, value)
    (tmp_path / "found").mkdir()
    sitk.WriteImage(image, str(tmp_path / "found" / "a.seg.nrrd"))
    write_volume(ours, tmp_path / "a.nii.gz")
    code, everything = evaluated(capsys, tmp_path / "found" / "a.seg.nrrd", tmp_path / "a.nii.gz")
    assert (code, everything["all"]["level_errors"], everything["all"]["dice"]["mean"]) == (0, 0, 1.0)
    code, everything = evaluated(capsys, tmp_path / "a.nii.gz", tmp_path / "found" / "a.seg.nrrd")
    assert (code, everything["all"]["level_errors"], everything["all"]["dice"]["mean"]) == (0, 0, 1.0)


def test_one_unreadable_file_does_not_stop_the_rest(tmp_path, capsys):
    for folder in ("found", "truth"):
        (tmp_path / folder).mkdir()
    labels = anatomy()
    for name in ("good", "damaged", "image", "twin"):
        write_volume(labels, tmp_path / "truth" / f"{name}.nii.gz")
        write_volume(labels, tmp_path / "found" / f"{name}.nii.gz")
    (tmp_path / "found" / "damaged.nii.gz").write_bytes(b"no")
    write_volume(image_of(labels), tmp_path / "found" / "image.nii.gz")
    write_volume(labels, tmp_path / "found" / "twin.nrrd")
    code, everything = evaluated(capsys, tmp_path / "found", tmp_path / "truth")
    assert code == 2 and everything["all"]["discs"] == 3
    assert set(everything["failed"]) == {"damaged", "image", "twin"}
    assert "have the same name" in everything["failed"]["twin"]
    assert main(["evaluate", str(tmp_path / "found"), str(tmp_path / "truth"), "-q"]) == 2
    told = capsys.readouterr()
    rows = {line.split()[0]: line for line in told.out.splitlines() if line}
    assert all("not scored" in rows[name] for name in ("damaged", "image", "twin")) and "1.000" in rows["good"]
    assert "damaged was not scored" in told.err
