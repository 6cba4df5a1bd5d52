"""A network that tells nothing of levels, as the paper's: the discs are counted from the lowest one, and that is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

from IVDSegmentationLib.network.weights import find_model, read_card  # noqa: E402
from IVDSegmentationLib.segmentation.assemble import assemble  # noqa: E402
from IVDSegmentationLib.segmentation.infer import NetworkOutput  # noqa: E402
from IVDSegmentationLib.segmentation.options import Options  # noqa: E402
from IVDSegmentationLib.segmentation.pipeline import Segmenter  # noqa: E402
from IVDSegmentationLib.spine import SURE_CONFIDENCE, AdviceCode, Flag, advice_of, with_flags  # noqa: E402
from IVDSegmentationLib.spine.chain import named_by_hand  # noqa: E402
from IVDSegmentationLib.synthesis import sample_phantom  # noqa: E402
from IVDSegmentationLib.volume import NetworkFrame  # noqa: E402

LEVELS = ["L5-S1", "L4-L5", "L3-L4", "L2-L3", "L1-L2", "T12-L1", "T11-T12"]


@pytest.fixture(scope="module")
def sample():
    return sample_phantom()


def result_of(sample, *, without: tuple[int, ...] = ()):
    """What is made of a perfect probability map without anything on levels; ``without``: discs that it misses."""
    labels = sample.labels.array
    discs = (labels >= 1) & (labels <= 7) & ~np.isin(labels, without)
    image = NetworkFrame.of(sample.image).to_network()
    probability = NetworkFrame.of(sample.labels.with_array(discs.astype(np.float32))).to_network().array
    output = NetworkOutput(0.98 * probability, np.zeros_like(probability))
    _, found, _, notes = assemble(NetworkFrame.of(sample.image), image, output, Options(), 1.0)
    return found, notes


def test_levels_are_counted_from_the_lowest_disc_and_flagged(sample):
    discs, notes = result_of(sample)
    assert [disc.level for disc in discs] == LEVELS
    for disc in discs:
        assert Flag.COUNTED_FROM_LOWEST in disc.flags and disc.confidence < SURE_CONFIDENCE
    assert not notes and [advice.code for advice in advice_of(discs)] == [AdviceCode.COUNTED]


def test_without_the_lowest_disc_all_are_one_too_low(sample):
    discs, _ = result_of(sample, without=(1,))
    assert [disc.level for disc in discs] == LEVELS[:6]


def test_a_missed_disc_is_counted_too(sample):
    discs, _ = result_of(sample, without=(3,))
    assert [disc.level for disc in discs] == LEVELS[:2] + LEVELS[3:]


def test_a_level_set_by_hand_is_not_counted_any_more(sample):
    discs, _ = result_of(sample)
    renamed = with_flags([named_by_hand(discs[0], 1), *discs[1:]])
    assert Flag.COUNTED_FROM_LOWEST not in renamed[0].flags
    assert all(Flag.COUNTED_FROM_LOWEST in disc.flags for disc in renamed[1:])
    assert advice_of(renamed) == (), "whoever has set one level knows what they are counted from"


def test_an_edited_outline_does_not_make_its_level_certain(sample):
    discs, _ = result_of(sample)
    edited = replace(discs[2], flags=(Flag.EDITED,))
    assert Flag.COUNTED_FROM_LOWEST in with_flags([*discs[:2], edited, *discs[3:]])[2].flags


@pytest.mark.parametrize("name", ["paper-fcn3d", "paper-fcn2d"])
def test_the_models_of_2016_come_with_the_extension(name):
    card = read_card(find_model(name))
    assert "for comparison" in card.intended_use and "no levels" in card.limits
    assert find_model(name).stat().st_size < 1_600_000


@pytest.mark.slow
@pytest.mark.parametrize("name", ["paper-fcn3d", "paper-fcn2d"])
def test_the_models_of_2016_find_the_discs_of_a_phantom(name, sample):
    result = Segmenter(name, "cpu").segment(sample.image)
    found, reference = result.labels.array > 0, (sample.labels.array > 0) & (sample.labels.array < 99)
    assert len(result.discs) >= 5 and (found & reference).sum() > 0.7 * found.sum()
    assert all(Flag.COUNTED_FROM_LOWEST in disc.flags for disc in result.discs)
