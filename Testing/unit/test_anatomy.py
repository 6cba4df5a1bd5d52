"""The table of levels: what the whole project and every file it writes rests on."""

from __future__ import annotations

import json

import pytest
from IVDSegmentationLib import anatomy
from IVDSegmentationLib.resources import resource_path

CID_7604 = {
    "L5-S1": "715056000",
    "L4-L5": "84020006",
    "L3-L4": "62551000",
    "L2-L3": "67459009",
    "L1-L2": "80064006",
    "T12-L1": "76206002",
    "T11-T12": "1537001",
    "T10-T11": "34959001",
    "T9-T10": "113209001",
    "T8-T9": "9188009",
    "T7-T8": "28693002",
    "T6-T7": "74401007",
    "T5-T6": "72692000",
    "T4-T5": "82965004",
    "T3-T4": "2620004",
    "T2-T3": "6004007",
    "T1-T2": "40908007",
    "C7-T1": "37414007",
    "C6-C7": "75095006",
    "C5-C6": "73959003",
    "C4-C5": "49400002",
    "C3-C4": "58820006",
    "C2-C3": "1078209008",
}
"""DICOM context group 7604, written down once more: a table shifted by one row must not pass."""


def test_levels_are_counted_from_the_sacrum_without_a_gap():
    assert [level.label for level in anatomy.DISC_LEVELS] == list(range(1, len(anatomy.DISC_LEVELS) + 1))
    assert [level.name for level in anatomy.DISC_LEVELS] == list(CID_7604)
    for below, above in zip(anatomy.DISC_LEVELS, anatomy.DISC_LEVELS[1:]):
        assert above.lower_vertebra == below.upper_vertebra


def test_the_papers_s1_to_t11_are_the_lowest_seven():
    assert [level.name for level in anatomy.PAPER_LEVELS] == list(CID_7604)[:7]


@pytest.mark.parametrize(("name", "code"), CID_7604.items())
def test_codes_are_those_of_dicom(name, code):
    level = anatomy.LEVEL_BY_NAME[name]
    assert anatomy.code_of_label(level.label) == ("SCT", code, name.replace("-", "/") + " disc")


def test_no_two_levels_share_a_name_or_a_colour():
    assert len({level.name for level in anatomy.DISC_LEVELS}) == len(anatomy.DISC_LEVELS)
    colours = {level.colour for level in anatomy.DISC_LEVELS} | {anatomy.UNKNOWN_COLOUR}
    assert len(colours) == len(anatomy.DISC_LEVELS) + 1


def test_vertebrae():
    assert anatomy.VERTEBRA_LABELS["S1"] == 100
    assert [anatomy.VERTEBRA_LABELS[name] for name in ("L5", "L1", "T12", "T9")] == [101, 105, 106, 109]
    for level in anatomy.DISC_LEVELS:
        assert anatomy.VERTEBRA_LABELS[level.upper_vertebra] == 100 + level.label
        assert anatomy.VERTEBRA_LABELS[level.lower_vertebra] == 99 + level.label


def test_label_values_do_not_overlap():
    vertebrae = set(anatomy.VERTEBRA_LABELS.values())
    for label in range(256):
        kinds = [
            anatomy.is_disc_label(label),
            label in vertebrae,
            label == anatomy.SACRUM_LABEL,
            label == anatomy.CANAL_LABEL,
        ]
        assert sum(kinds) <= 1, label


@pytest.mark.parametrize(
    ("label", "name"),
    [(1, "L5-S1"), (7, "T11-T12"), (17, "T1-T2"), (18, "C7-T1"), (23, "C2-C3"), (51, "unknown"), (98, "unknown")],
)
def test_level_of_label(label, name):
    assert anatomy.level_of_label(label) == name


@pytest.mark.parametrize("label", [-1, 0, 24, 50, 99, 100, 101, 200])
def test_what_is_no_disc_has_no_level(label):
    assert not anatomy.is_disc_label(label)
    with pytest.raises(ValueError, match=str(label)):
        anatomy.level_of_label(label)


def test_unknown_discs_are_grey_and_carry_the_generic_code():
    assert anatomy.colour_of_label(51) == anatomy.UNKNOWN_COLOUR
    assert anatomy.code_of_label(51) == ("SCT", "360499006", "Intervertebral disc")


def test_the_terminology_that_slicer_reads_says_the_same():
    path = resource_path("Terminologies", "IntervertebralDiscs.term.json")
    (category,) = json.loads(path.read_text("utf-8"))["SegmentationCodes"]["Category"]
    assert category["CodeValue"] == anatomy.CATEGORY_CODE[1]
    rows = {entry["3dSlicerLabel"]: entry for entry in category["Type"] if "3dSlicerLabel" in entry}
    for name, code in CID_7604.items():
        found = [row for label, row in rows.items() if name in label or name.replace("-", "/") in label]
        assert len(found) == 1, name
        assert found[0]["CodeValue"] == code
        assert tuple(found[0]["recommendedDisplayRGBValue"]) == anatomy.LEVEL_BY_NAME[name].colour


def test_the_table_reaches_from_the_sacrum_to_the_axis():
    assert anatomy.TOP_LEVEL.name == "C2-C3"
    assert len(anatomy.DISC_LEVELS) == 23
    assert anatomy.VERTEBRA_LABELS["C2"] == 123
    assert anatomy.LEVEL_BY_NAME["C7-T1"].label == 18


@pytest.mark.parametrize(("text", "label"), [("C7-T1", 18), ("c2/3", 23), ("disc C5_C6", 20), ("C1-C2", None), ("T12/L1", 6)])
def test_written_names_of_the_whole_spine(text, label):
    assert anatomy.disc_label_of_name(text) == label
