"""What the reader is told follows from the discs as they are, and from nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from IVDSegmentationLib.anatomy import DISC_LEVELS
from IVDSegmentationLib.correction import add_disc_at, remove_disc, rename_disc, set_level
from IVDSegmentationLib.segmentation.result import arguments_of_run
from IVDSegmentationLib.spine import AdviceCode, Disc, Flag, advice_of
from IVDSegmentationLib.spine.advice import TEMPLATES
from known_result import spine_scan

TOP = DISC_LEVELS[-1].label


def column(labels, heights=None) -> list[Disc]:
    heights = [34.0 * n for n in range(len(labels))] if heights is None else heights
    return [Disc(label, (0.0, 0.0, float(z)), 1e4, 0.99) for label, z in zip(labels, heights)]


def codes(discs) -> list[tuple]:
    return [(advice.code, *advice.discs) for advice in advice_of(discs)]


@pytest.fixture(scope="module")
def scan():
    return spine_scan((1.5, 1.5, 4.0))


def test_a_sound_chain_needs_no_advice():
    assert codes(column([1, 2, 3, 4, 5])) == [] == codes([])


@pytest.mark.parametrize(
    "labels, heights, expected",
    [
        ((51, 52), None, (AdviceCode.NO_LEVELS,)),
        ((3, 4), None, (AdviceCode.LOWEST, "L3-L4")),
        ((1, 3, 2), None, (AdviceCode.WRONG_ORDER, "L3-L4", "L4-L5")),
        ((1, 2, 3), (0, 34, 102), (AdviceCode.MISSING, "L4-L5", "L3-L4")),
        ((1, 2, 5), (0, 34, 136), (AdviceCode.SKIPPED_WITH_ROOM, "L4-L5", "L1-L2", "L3-L4, L2-L3")),
        ((1, 2, 4), None, (AdviceCode.SKIPPED_WITHOUT_ROOM, "L4-L5", "L2-L3", "L3-L4")),
        ((51, 1, 2), None, (AdviceCode.BELOW_TABLE, "unknown 1")),
        ((1, 52, 2), (0, 18, 36), (AdviceCode.EXTRA, "L5-S1", "L4-L5", "unknown 2")),
        ((1, 51), None, (AdviceCode.UNNAMED, "unknown 1")),
    ],
)
def test_what_does_not_fit_is_told_with_the_discs_it_is_about(labels, heights, expected):
    found = codes(column(labels, heights))
    assert expected in found and len(found) <= 2


@pytest.mark.parametrize(
    "discs, code",
    [
        ([replace(disc, confidence=0.7) for disc in column([1, 2, 3])], AdviceCode.LEVELS_UNCERTAIN),
        ([replace(disc, probability=0.6) for disc in column([1, 2, 3])], AdviceCode.LOW_PROBABILITY),
        (column([8, 9, 10, 11]), AdviceCode.GENERATED_ONLY),
    ],
)
def test_what_holds_for_the_scan_is_said_once(discs, code):
    assert codes(discs).count((code,)) == 1
    assert (code,) not in codes(discs[:1]), "of a single disc it is a flag, or it does not hold"
    sure = [replace(disc, confidence=1.0, probability=1.0, flags=(Flag.EDITED,)) for disc in discs]
    assert (code,) not in codes(sure)


def test_above_the_table():
    assert (AdviceCode.ABOVE_TABLE, "unknown 1") in codes(column([TOP - 1, TOP, 51]))


def test_every_advice_is_a_sentence_that_names_its_discs():
    every = [advice_of(column(labels)) for labels in ((51,), (1, 3, 2), (1, 2, 5), (51, 1), (1, 51, 2), (2, 51))]
    for advice in (one for several in every for one in several):
        assert advice.text.endswith(".") and "{" not in advice.text
        assert all(name in advice.text for name in advice.discs)
    assert set(TEMPLATES) == set(AdviceCode)


def test_advice_goes_when_the_discs_are_named(scan):
    """Fault of version 0.1: 'Name one disc and the others follow' stayed after it was done."""
    nameless = scan[0]
    for label in range(1, 7):
        nameless = rename_disc(nameless, label, "unknown")
    assert [advice.code for advice in nameless.advice] == [AdviceCode.NO_LEVELS]
    assert nameless.warnings == (TEMPLATES[AdviceCode.NO_LEVELS],)
    named = set_level(nameless, nameless.discs[0].label, "L5-S1")
    assert named.advice == () == named.warnings


def test_advice_goes_when_the_missed_disc_is_added(scan):
    """Fault of version 0.1: 'A disc seems to be missing' stayed, because a run of the network had said it."""
    result, image = scan
    holed = remove_disc(result, 3)
    assert [advice.code for advice in holed.advice] == [AdviceCode.SKIPPED_WITH_ROOM]
    assert add_disc_at(holed, result.discs[2].centre_mm_lps, image).warnings == ()


def test_old_scenes_open_without_their_stale_advice():
    """Earlier versions kept advice as text with the run; notes on the run itself stay."""
    model = {"name": "m", "version": "1", "sha256": "0"}
    stale = [
        "The levels could not be told, probably because the sacrum is not in view. Name one disc and the others follow.",
        "A disc seems to be missing in the chain: check the levels, and place a point in the missed disc.",
        "The lowest disc found is L4-L5: discs below it are not in view.",
        "L4-L5 lies above L3-L4, the wrong way round. Set the level of one of them.",
        "L5-S1 would come below L5-S1: six lumbar vertebrae (L6), a remnant disc S1-S2, or a level too low.",
    ]
    kept = ["The volume looks like CT; the network was trained on MR."]
    assert arguments_of_run({"model": model, "device": "cpu", "warnings": stale + kept})["notes"] == tuple(kept)
    assert arguments_of_run({"model": model, "notes": stale})["notes"] == tuple(stale), "of this version: as they are"


def test_a_result_is_not_changed_by_a_correction(scan):
    result, _ = scan
    before = result.labels.array.copy()
    rename_disc(result, 3, "unknown")
    np.testing.assert_array_equal(result.labels.array, before)
    assert result.advice == ()
