"""Which discs a reader is sent to: poor outlines first, and nothing that holds for all of them."""

from __future__ import annotations

import pytest
from IVDSegmentationLib.cohort.doubt import disc_doubt
from IVDSegmentationLib.output.report import make_report
from IVDSegmentationLib.spine import Disc, Flag, Grade, Outline, discs_to_look_at, doubt_of
from IVDSegmentationLib.spine.doubt import look_at
from known_result import spine_scan

GOOD, LOOK, POOR = (Outline(grade, dice, 0.5) for grade, dice in zip(Grade, (0.9, 0.8, 0.5)))


def disc(label: int, outline: Outline | None = GOOD, flags: tuple[Flag, ...] = (), confidence: float = 0.99) -> Disc:
    return Disc(label, (0.0, 0.0, 30.0 * label), 5000.0, 0.0 if label > 50 else confidence, 0.9, flags, outline)


def test_doubt_rises_from_good_over_flags_and_unknown_levels_to_a_poor_outline():
    rows = [disc(1), disc(2, flags=(Flag.THIN,)), disc(3, LOOK), disc(51), disc(4, POOR)]
    doubts = [doubt_of(one) for one in rows]
    assert doubts == sorted(doubts) and doubts[0] == pytest.approx(0.01) and doubts[-1] == 1.0
    assert doubt_of(disc(1, flags=(Flag.EDITED,))) == doubts[0], "an edit is no doubt"
    assert doubt_of(disc(1, None)) == doubts[0], "no estimate is no doubt"


def test_a_report_gives_the_same_doubt_as_its_discs():
    result, _ = spine_scan()
    rows = [disc(1, LOOK), disc(2, POOR, (Flag.CUT_OFF,)), disc(51), disc(3, None, (Flag.THIN,), 0.7)]
    report = make_report(result.with_discs(result.labels, rows), "", "", 0.0, 0.0)
    found = {one["label"]: disc_doubt(one) for one in report["discs"]}
    assert found == {one.label: doubt_of(one) for one in result.with_discs(result.labels, rows).discs}
    assert report["look_at"] == ["L5-S1", "L4-L5", "L3-L4", "unknown 1"]


def test_the_reader_is_sent_to_single_discs():
    shared = (Flag.LEVEL_UNCERTAIN,)
    thin, edited = (*shared, Flag.THIN), (*shared, Flag.EDITED)
    rows = [disc(1, flags=shared), disc(2, LOOK, shared), disc(3, flags=thin), disc(4, flags=edited)]
    assert [one.name for one in discs_to_look_at(rows)] == ["L4-L5", "L3-L4"]
    assert discs_to_look_at(rows[:1]) == (rows[0],), "of a single disc every flag is its own"
    assert discs_to_look_at([]) == ()


def test_the_sentence():
    assert look_at([]) == ""
    assert look_at(["L5-S1"]) == "look at L5-S1"
    assert look_at(["L5-S1", "T12-L1", "T11-T12"]) == "look at L5-S1, T12-L1 and T11-T12"


def test_remarks_name_an_outline_that_is_not_good():
    assert disc(1, flags=(Flag.THIN,)).remarks == ("very thin",)
    assert disc(1, POOR, (Flag.THIN,)).remarks == ("very thin", "outline: poor (Dice about 0.50)")
