"""Measurements that the worker made already are taken, not made again while the user waits."""

from __future__ import annotations

from dataclasses import replace

import pytest
from IVDSegmentationLib.measurement import measure_discs
from IVDSegmentationLib.scene import measurements, table, volumes, write
from scene_cases import box_labels, result_of, small_volume


@pytest.fixture
def volume_node(scene):
    return volumes.add_volume(small_volume(), "Spine")


def refuse(*_, **__):
    raise AssertionError("measured again")


def test_given_measurements_are_in_the_table_and_not_made_again(volume_node, monkeypatch):
    result = result_of(box_labels(small_volume()))
    measured = measure_discs(result.labels, small_volume())
    own = table.column_values(write.add_result(volume_node, result).table, "Middle height (mm)")
    monkeypatch.setattr(measurements, "measure_discs", refuse)
    made = write.add_result(volume_node, result, measured)
    assert table.column_values(made.table, "Middle height (mm)") == pytest.approx(own)
    doubled = [replace(one, middle_height_mm=2 * one.middle_height_mm) for one in measured]
    write.replace_result(made, result, doubled)
    assert table.column_values(made.table, "Middle height (mm)") == pytest.approx([2 * height for height in own], rel=0.05)


def test_a_disc_that_was_not_measured_is_measured_here(volume_node):
    result = result_of(box_labels(small_volume()))
    measured = measure_discs(result.labels, small_volume())
    made = write.add_result(volume_node, result, measured[1:])
    own = table.column_values(write.add_result(volume_node, result).table, "Middle height (mm)")
    assert table.column_values(made.table, "Middle height (mm)") == pytest.approx(own)
