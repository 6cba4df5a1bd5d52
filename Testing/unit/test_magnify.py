"""A neck is looked at a second time, magnified; a lumbar spine is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from IVDSegmentationLib.network.classes import COARSE_CLASSES, COARSE_STRIDE, POSITION_CLASSES, POSITION_STRIDE
from IVDSegmentationLib.network.discnet import DiscNet
from IVDSegmentationLib.segmentation.infer import NetworkOutput, infer
from IVDSegmentationLib.segmentation.magnify import SEAM, infer_with_neck, merged, neck_box

SHAPE = (16, 192, 64)


def output(places: np.ndarray, shape: tuple[int, int, int] = SHAPE) -> NetworkOutput:
    """A spine along the whole volume, with these places along it from the top, one for each row of 10 mm."""
    coarse = np.full((len(COARSE_CLASSES), *(n // s for n, s in zip(shape, COARSE_STRIDE))), 0.01, np.float32)
    coarse[COARSE_CLASSES.index("body"), 2:6, :, 6:10] = 0.9
    position = np.full((POSITION_CLASSES, *(n // s for n, s in zip(shape, POSITION_STRIDE))), -5.0, np.float32)
    for row, place in enumerate(places):
        position[place, :, row] = -0.1
    level = np.zeros(coarse.shape[1:], np.float32)
    return NetworkOutput(np.full(shape, 0.2, np.float32), np.zeros(shape, np.float32), coarse, level, level + 1, position)


def test_the_box_holds_the_neck_and_what_lies_around():
    places = np.linspace(23, 12, 24).astype(int)
    box = neck_box(output(places))
    lowest_row = np.flatnonzero(places >= 16).max() * POSITION_STRIDE[1]
    assert box is not None and box[1].start == 0 and lowest_row < box[1].stop < SHAPE[1]
    assert all(b.start % s == 0 for b, s in zip(box, POSITION_STRIDE))


@pytest.mark.parametrize(
    "places",
    [np.linspace(12, 1, 24).astype(int), np.array([24] * 3 + list(np.linspace(7, 1, 21).astype(int)))],
    ids=["lumbar", "T11 that looks like C2"],
)
def test_no_neck_is_seen_in_a_lumbar_spine(places):
    assert neck_box(output(places)) is None


def test_a_network_without_places_sees_no_neck():
    assert neck_box(replace(output(np.full(24, 20)), position=None)) is None


def test_what_the_second_pass_sees_better_counts_where_it_saw_enough():
    first, box = output(np.full(24, 20)), (slice(0, 16), slice(0, 96), slice(0, 64))
    close = output(np.full(16, 22), (20, 128, 80))
    close.position[22] = -0.05  # surer of its place
    close.disc[:] = 0.1
    close.disc[:, 64:] = 0.7
    both = merged(first, close, box)
    assert both.disc[8, 20, 32] == pytest.approx(0.2), "the lower probability does not count"
    assert both.disc[8, 70, 32] == pytest.approx(0.7)
    assert both.disc[8, 96 - SEAM[1] + 1, 32] == both.disc[8, 120, 32] == pytest.approx(0.2)
    assert both.position[:, 4, 4, 4].argmax() == 22 and both.position[:, 4, 20, 4].argmax() == 20
    assert first.disc.max() == pytest.approx(0.2), "the first output is left as it is"


@torch.inference_mode()
def test_a_network_without_the_head_looks_once_and_one_with_it_only_at_necks():
    torch.manual_seed(0)
    image = np.random.default_rng(0).normal(size=(16, 64, 64)).astype(np.float32)
    for network in (
        DiscNet((4, 4, 8, 8), 4, 1, position_width=6).eval(),
        DiscNet((4, 4, 8, 8), 4, 1, position_width=6, neck_width=6).eval(),
    ):
        network.coarse_head.bias[1] = 5.0  # discs everywhere
        network.position_head[2].bias[20 if network.neck_head is not None else 5] = 30.0
        once, twice = infer(network, image), infer_with_neck(network, image)
        assert np.array_equal(once.disc, twice.disc) == (network.neck_head is None)
