"""Levels corrected: labels, names and flags change together, and what does not fit is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from IVDSegmentationLib.anatomy import DISC_LEVELS
from IVDSegmentationLib.correction import remove_disc, rename_disc, set_level, shift_levels
from IVDSegmentationLib.errors import InputError
from IVDSegmentationLib.segmentation.result import SegmentationResult
from IVDSegmentationLib.spine import Advice, AdviceCode
from known_result import spine_scan

NAMES = ["L5-S1", "L4-L5", "L3-L4", "L2-L3", "L1-L2", "T12-L1"]


@pytest.fixture(scope="module")
def result() -> SegmentationResult:
    return spine_scan((1.5, 1.5, 4.0))[0]


def levels(result: SegmentationResult) -> list[str]:
    """Level names from below, after checking that the label map says the same."""
    for disc in result.discs:
        i, j, k = np.rint(result.labels.ijk_of_lps(disc.centre_mm_lps)).astype(int)
        assert result.labels.array[k, j, i] == disc.label
    present = set(np.unique(result.labels.array).tolist()) - {0}
    assert present == {disc.label for disc in result.discs}
    return [disc.level for disc in result.discs]


def test_shift_up_and_back(result) -> None:
    up = shift_levels(result, 1)
    assert levels(up) == ["L4-L5", "L3-L4", "L2-L3", "L1-L2", "T12-L1", "T11-T12"]
    assert all("edited" in disc.flags and disc.confidence == 1.0 for disc in up.discs)
    assert [advice.code for advice in up.advice] == [AdviceCode.LOWEST]
    back = shift_levels(up, -1)
    assert levels(back) == NAMES
    assert np.array_equal(back.labels.array, result.labels.array)
    assert result.discs[0].level == "L5-S1", "the result given is not changed"


def test_shift_below_the_table_gives_unknown_and_says_so(result) -> None:
    down = shift_levels(result, -1)
    assert levels(down) == ["unknown", "L5-S1", "L4-L5", "L3-L4", "L2-L3", "L1-L2"]
    assert [advice.code for advice in down.advice] == [AdviceCode.BELOW_TABLE]
    top = shift_levels(result, len(DISC_LEVELS) - 5)
    assert levels(top)[-1] == "unknown"
    assert AdviceCode.ABOVE_TABLE in [advice.code for advice in top.advice]


def test_set_one_and_others_follow(result) -> None:
    moved = set_level(result, 3, "L4-L5")
    assert levels(moved) == ["unknown", "L5-S1", "L4-L5", "L3-L4", "L2-L3", "L1-L2"]
    alone = set_level(result, 6, "T11-T12", others_follow=False)
    assert levels(alone) == [*NAMES[:5], "T11-T12"]
    assert any("No disc is named T12-L1" in text and "no room" in text for text in alone.warnings)


def test_a_gap_stays_a_gap(result) -> None:
    holed = remove_disc(result, 3)
    assert any("There is room for a disc that was missed" in text for text in holed.warnings)
    assert [disc.flags for disc in holed.discs[1:3]] == [("gap_above",), ("gap_below",)]
    assert levels(set_level(holed, 2, "L3-L4")) == ["L4-L5", "L3-L4", "L1-L2", "T12-L1", "T11-T12"]


def test_unknown_discs_follow_by_place_and_distance(result) -> None:
    nameless = result
    for label in (1, 2, 3, 4, 5, 6):
        nameless = rename_disc(nameless, label, "unknown")
    assert levels(nameless) == ["unknown"] * 6
    assert any("No disc has a level" in text for text in nameless.warnings)
    with pytest.raises(InputError, match="Set the level of one"):
        shift_levels(nameless, 1)
    holed = remove_disc(nameless, nameless.discs[2].label)
    named = set_level(holed, holed.discs[0].label, "L5-S1")
    assert levels(named) == ["L5-S1", "L4-L5", "L2-L3", "L1-L2", "T12-L1"]


def test_rename_collision(result) -> None:
    changed = rename_disc(result, 4, "L3-L4")
    assert levels(changed) == ["L5-S1", "L4-L5", "unknown", "L3-L4", "L1-L2", "T12-L1"]
    assert Advice(AdviceCode.EXTRA, ("L4-L5", "L3-L4", "unknown 1")) in changed.advice
    assert rename_disc(result, 4, "L2-L3") is result


def test_six_lumbar_is_said(result) -> None:
    """A sixth disc that no name is left for."""
    squeezed = rename_disc(rename_disc(rename_disc(result, 3, "unknown"), 2, "L3-L4"), 1, "L4-L5")
    assert levels(squeezed)[2] == "unknown"
    assert Advice(AdviceCode.EXTRA, ("L3-L4", "L2-L3", "unknown 1")) in squeezed.advice


def test_wrong_way_round_is_said(result) -> None:
    crossed = rename_disc(rename_disc(rename_disc(result, 2, "unknown"), 3, "L4-L5"), 51, "L3-L4")
    assert Advice(AdviceCode.WRONG_ORDER, ("L3-L4", "L4-L5")) in crossed.advice


def test_warnings_of_the_run_stay_and_old_ones_go(result) -> None:
    noted = replace(remove_disc(result, 3), notes=("The signal is low.",))
    again = rename_disc(noted, 4, "unknown")
    assert again.warnings[0] == "The signal is low."
    assert not any("named L3-L4, between L4-L5 and L2-L3" in text for text in again.warnings)


def test_wrong_arguments_are_said(result) -> None:
    with pytest.raises(InputError, match="no disc with label value 9"):
        rename_disc(result, 9, "L3-L4")
    with pytest.raises(InputError, match="'L9-S7' is not a level"):
        set_level(result, 1, "L9-S7")
