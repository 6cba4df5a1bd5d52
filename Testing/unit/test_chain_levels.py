"""The chain of discs and the names of its links: missed, false, sacral and extra discs, and no sacrum in view."""

from __future__ import annotations

import numpy as np
import pytest
from IVDSegmentationLib.anatomy import is_unknown_label
from IVDSegmentationLib.segmentation.assemble import _names, _without_remnants
from IVDSegmentationLib.segmentation.chain import Chain, find_chain
from IVDSegmentationLib.segmentation.levels import DiscEvidence, Levels, is_anchored, name_chain
from IVDSegmentationLib.spine import KNOWN_CONFIDENCE

STEP_MM = 34.0


def spine_mm(count: int = 7, lean: float = 0.15) -> np.ndarray:
    """Centres (k, j, i) in mm from below, j downwards: a lordotic column."""
    at = np.arange(count)
    return np.stack([np.zeros(count), -STEP_MM * at, lean * STEP_MM * np.sin(at)], 1)


def chain_of(centres, weights=None) -> Chain:
    return find_chain(np.asarray(centres, float).reshape(-1, 3), np.ones(len(centres)) if weights is None else weights)


def evidence(first_rung: int, links, *, first=0.9, scale=0.3, error=0.0, body=0.9) -> list[DiscEvidence]:
    """What a good network says of discs whose true levels are ``first_rung + link``."""
    told = []
    for link in links:
        index = first_rung + link
        told.append(
            DiscEvidence(
                first if index == 1 else 0.03, index + error, scale, None if body is None else (body if index == 1 else 0.05)
            )
        )
    return told


# the chain


def test_no_disc_no_chain():
    assert chain_of([]) == Chain((), ())


def test_one_disc():
    assert chain_of([[0, 0, 0]]) == Chain((0,), (0,))


def test_a_whole_spine_in_any_order():
    centres = spine_mm()
    shuffled = np.random.default_rng(0).permutation(len(centres))
    chain = chain_of(centres[shuffled])
    np.testing.assert_array_equal(centres[shuffled][list(chain.members)], centres)
    assert chain.links == tuple(range(7))


@pytest.mark.parametrize("missed", [1, 2, 3, 4, 5])
def test_a_missed_disc_leaves_a_gap(missed):
    chain = chain_of(np.delete(spine_mm(), missed, axis=0))
    assert chain.links == tuple(n for n in range(7) if n != missed)


def test_two_missed_in_a_row():
    chain = chain_of(np.delete(spine_mm(8), [3, 4], axis=0))
    assert chain.links == (0, 1, 2, 5, 6, 7)


@pytest.mark.parametrize("size", [26.0, 30.0, 38.0, 42.0])
def test_small_and_tall_people_have_no_gaps(size):
    assert chain_of(spine_mm() * size / STEP_MM).links == tuple(range(7))


def test_steps_grow_downwards_without_a_gap():
    """Thoracic steps are shorter than lumbar ones."""
    heights = -np.cumsum([0, 38, 38, 37, 35, 33, 30, 27, 25, 23])
    centres = np.stack([np.zeros(10), heights, np.zeros(10)], 1)
    assert chain_of(centres).links == tuple(range(10))


def test_a_collapsed_body_is_no_reason_to_lose_a_disc():
    centres = spine_mm()
    centres[4:, 1] += 16  # the body between discs 3 and 4 is compressed
    assert chain_of(centres).members == tuple(range(7))


@pytest.mark.parametrize("place", [(0, -60, 60), (0, -102, -50), (45, -70, 0)], ids=["behind", "in front", "beside"])
def test_a_false_disc_beside_the_spine_is_dropped(place):
    centres = np.vstack([spine_mm(), [place]])
    weights = np.array([1.0] * 7 + [0.4])
    assert chain_of(centres, weights).members == tuple(range(7))


def test_a_false_speck_between_two_discs_is_dropped():
    centres = np.vstack([spine_mm(), [[0, -2.5 * STEP_MM, 3]]])
    assert chain_of(centres, np.array([1.0] * 7 + [0.1])).members == tuple(range(7))


def test_scoliosis_and_a_slipped_vertebra():
    centres = spine_mm()
    centres[:, 0] = 25 * np.sin(np.arange(7) / 2)
    centres[3:, 2] += 9
    assert chain_of(centres).members == tuple(range(7))


def test_far_away_is_another_thing():
    chain = chain_of([[0, 0, 0], [0, -34, 0], [0, -300, 0]], np.array([1, 1, 0.5]))
    assert chain.members == (0, 1)


# the names


@pytest.mark.parametrize("rung", [1, 2, 3, 5])
def test_good_evidence_names_the_chain(rung):
    links = tuple(range(6))
    levels = name_chain(evidence(rung, links), links)
    assert levels.rung == rung and levels.confidence > 0.9


def test_a_gap_shifts_nothing():
    links = (0, 1, 3, 4, 5)
    levels = name_chain(evidence(1, links), links)
    assert levels.rung == 1 and levels.confidence > 0.9


def test_one_doubtful_disc_does_not_decide():
    links = tuple(range(6))
    told = evidence(1, links)
    told[2] = DiscEvidence(0.9, 1.0, 0.3, 0.9)  # a disc in the middle that looks like L5-S1
    assert name_chain(told, links).rung == 1


def test_level_coordinates_that_err_together_cost_confidence():
    links = tuple(range(6))
    sure = name_chain(evidence(1, links), links)
    doubtful = name_chain(evidence(1, links, first=0.4, error=0.5, body=0.4), links)
    assert doubtful.confidence < sure.confidence


def test_without_evidence_nothing_is_known():
    links = tuple(range(5))
    told = [DiscEvidence(1 / 17, 5.0, 20.0) for _ in links]
    levels = name_chain(told, links)
    assert levels.confidence < KNOWN_CONFIDENCE
    assert {name for name, _ in _names(Chain(links, links), levels)} == {"unknown"}
    assert [label for _, label in _names(Chain(links, links), levels)] == [51, 52, 53, 54, 55]


def test_confidences_are_probabilities():
    rng = np.random.default_rng(1)
    for _ in range(50):
        links = tuple(range(int(rng.integers(1, 10))))
        told = [DiscEvidence(float(rng.random()), float(rng.uniform(0, 9)), float(rng.uniform(0.05, 3))) for _ in links]
        levels = name_chain(told, links, temperature=float(rng.uniform(0.3, 4)))
        assert 0 < levels.confidence <= 1


def test_a_higher_temperature_is_less_sure():
    links = tuple(range(4))
    told = evidence(1, links, first=0.6, scale=0.8)
    cold, warm = name_chain(told, links, 0.5), name_chain(told, links, 3.0)
    assert cold.rung == warm.rung and warm.confidence < cold.confidence


def test_the_longest_chain_has_a_name_for_each_disc():
    links = tuple(range(17))
    levels = name_chain(evidence(1, links), links)
    assert [label for _, label in _names(Chain(links, links), levels)] == list(range(1, 18))


def test_more_links_than_there_are_levels():
    links = tuple(range(19))
    names = _names(Chain(links, links), name_chain(evidence(1, links), links))
    assert len(names) == 19 and len({label for _, label in names}) == 19


# the sacrum


def test_a_remnant_disc_of_the_sacrum_is_dropped():
    links = tuple(range(6))
    told = evidence(0, links)
    chain = Chain((4, 0, 1, 2, 3, 5), links)
    levels = name_chain(told, links)
    assert levels.rung == 0
    pieces, kept, named = _without_remnants(list("abcdef"), chain, levels)  # type: ignore[arg-type]
    assert pieces == list("bcdef") and kept == Chain((0, 1, 2, 3, 5), tuple(range(5)))
    assert named.rung == 1 and _names(kept, named)[0] == ("L5-S1", 1)


def test_a_remnant_below_a_missed_l5_s1():
    chain = Chain((0, 1, 2), (0, 2, 3))
    pieces, kept, named = _without_remnants(list("abc"), chain, Levels(0, 0.95))  # type: ignore[arg-type]
    assert pieces == ["b", "c"] and kept.links == (0, 1)
    assert [name for name, _ in _names(kept, named)] == ["L4-L5", "L3-L4"]


def test_nothing_is_dropped_in_doubt():
    chain = Chain((0, 1), (0, 1))
    pieces, kept, _ = _without_remnants(list("ab"), chain, Levels(0, 0.4))  # type: ignore[arg-type]
    assert pieces == ["a", "b"] and kept is chain


def test_a_chain_hangs_on_l5_s1_or_on_body_l5():
    links = (0, 1, 2)
    assert is_anchored(Levels(1, 0.9), evidence(1, links), links, l5_in_view=False)
    assert not is_anchored(Levels(3, 0.9), evidence(3, links), links, l5_in_view=False)
    assert is_anchored(Levels(2, 0.9), evidence(2, links), links, l5_in_view=True)


def test_no_chain_is_longer_than_there_are_label_values():
    """A tall volume of noise: values from 99 on are not discs."""
    chain = chain_of(spine_mm(70))
    labels = [label for _, label in _names(chain, Levels(1, 0.0))]
    assert labels[0] == 51 and all(is_unknown_label(label) for label in labels)
