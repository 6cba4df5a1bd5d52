"""Agreement of measurements: against published and hand-made figures, and through the command line."""

from __future__ import annotations

import json

import numpy as np
import pytest
from IVDSegmentationLib.cli import main
from IVDSegmentationLib.evaluation.agreement import Pair, agreement, agreements, icc_2_1
from IVDSegmentationLib.reporting.agreement import agreement_charts, agreement_table, measurement_pairs
from IVDSegmentationLib.volume.write import write_volume
from known_result import spine_scan


def test_the_intraclass_correlation_is_that_of_its_authors():
    """Table 2 of Shrout and Fleiss 1979: six targets, four judges, ICC(2,1) = 0.29."""
    table = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)
    assert icc_2_1(table) == pytest.approx(0.29, abs=0.005)
    assert icc_2_1(table[:, :1].repeat(2, axis=1)) == pytest.approx(1.0)


def test_bias_and_limits_follow_from_the_differences():
    found = agreement([11.0, 12.0, 10.0, 15.0], [10.0, 10.0, 10.0, 12.0])
    assert (found.pairs, found.bias) == (4, 1.5)
    spread = 1.96 * np.std([1, 2, 0, 3], ddof=1)
    assert (found.low, found.high) == (pytest.approx(1.5 - spread), pytest.approx(1.5 + spread))


def test_two_pairs_have_a_bias_and_nothing_that_needs_more():
    found = agreement([2.0, 3.0], [1.0, 1.0])
    assert found.bias == 1.5 and found.low is None and found.high is None and found.icc is None
    assert "-" in agreement_table([Pair("a", "L4-L5", "volume_cm3", 2.0, 1.0)])


def test_values_without_any_spread_have_no_correlation():
    assert agreement([5.0] * 4, [5.0] * 4).icc is None


@pytest.fixture(scope="module")
def scan():
    return spine_scan()


def test_a_label_map_agrees_with_itself_in_every_measure(scan):
    result, image = scan
    pairs = measurement_pairs(result.labels, result.labels, image, case="one")
    wanted = {"middle_height_mm", "volume_cm3", "wedge_deg", "signal_mean", "lordosis_l1_s1_deg"}
    assert {pair.measure for pair in pairs} >= wanted
    assert all(rows["all"].bias == 0 for rows in agreements(pairs).values())
    assert agreements(pairs)["middle_height_mm"]["L4-L5"].pairs == 1


def test_discs_that_the_reference_does_not_know_whole_are_left_out(scan):
    result, image = scan
    valid = np.ones(result.labels.array.shape, np.uint8)
    valid[result.labels.array == 3] = 0
    pairs = measurement_pairs(result.labels, result.labels, image, valid=valid, incomplete=("L4-L5",))
    assert {pair.level for pair in pairs} == {"L5-S1", "L2-L3", "L1-L2", "T12-L1"}, "no lordosis where a disc is in doubt"


def test_a_larger_outline_is_a_bias_of_the_volume(scan):
    result, image = scan
    labels = result.labels.array.copy()
    grown = np.roll(labels == 2, 1, axis=1) & (labels == 0)
    labels[grown] = 2
    pairs = measurement_pairs(result.labels, result.labels.with_array(labels), image)
    found = agreements(pairs)["volume_cm3"]
    assert found["L4-L5"].bias > 0.3 and found["L3-L4"].bias == 0
    assert "volume_cm3" in agreement_charts(pairs)


def test_the_command_compares_measurements_and_draws_them(scan, tmp_path, capsys):
    result, _ = scan
    for side in ("results", "references"):
        (tmp_path / side).mkdir()
        write_volume(result.labels, tmp_path / side / "one.nii.gz")
    arguments = ["evaluate", str(tmp_path / "results"), str(tmp_path / "references"), "--measurements", "-q"]
    assert main([*arguments, "--plots", str(tmp_path / "plots")]) == 0
    out = capsys.readouterr().out
    assert "Middle height (mm)" in out and "ICC(2,1)" in out and "Signal" not in out, "there is no image"
    assert (tmp_path / "plots" / "middle_height_mm.png").read_bytes().startswith(b"\x89PNG")
    assert main([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["agreement"]["middle_height_mm"]["all"]["pairs"] == 6 and len(found["pairs"]) > 20
