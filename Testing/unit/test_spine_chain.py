"""The chain of discs: which candidates belong to it, missed discs, and which level each disc has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from IVDSegmentationLib.anatomy import DISC_LEVELS, is_unknown_label
from IVDSegmentationLib.segmentation.candidates import MOST_DISCS, find_chain
from IVDSegmentationLib.segmentation.found import FoundDiscs
from IVDSegmentationLib.segmentation.level_vote import (
    DiscEvidence,
    EndsInView,
    counted_vertebrae,
    ends_at_dens,
    starts_at_sacrum,
    vote,
)
from IVDSegmentationLib.spine import KNOWN_CONFIDENCE, SURE_CONFIDENCE, Disc, Flag, NamedChain, field_of_view, with_flags
from IVDSegmentationLib.spine.chain import label_at, labels_counted_from, steps_between
from IVDSegmentationLib.spine.norms import relative_size, typical_step_mm

STEP_MM = 34.0


def spine_mm(count: int = 7, lean: float = 0.15) -> np.ndarray:
    """Centres (k, j, i) in mm from below, j downwards: a lordotic column."""
    at = np.arange(count)
    return np.stack([np.zeros(count), -STEP_MM * at, lean * STEP_MM * np.sin(at)], 1)


def chain_of(centres, weights=None) -> list[int]:
    return find_chain(np.asarray(centres, float).reshape(-1, 3), np.ones(len(centres)) if weights is None else weights)


def places(centres) -> tuple[int, ...]:
    """Levels above the lowest disc."""
    return tuple(np.cumsum([0, *(step.levels for step in steps_between(np.asarray(centres, float)))]).tolist())


def evidence(lowest: int, places, *, first=0.9, scale=0.3, error=0.0, body=0.9) -> list[DiscEvidence]:
    """What a good network says of discs whose true level indices are ``lowest + place``."""
    given = []
    for place in places:
        index = lowest + place
        body_l5 = None if body is None else (body if index == 1 else 0.05)
        given.append(DiscEvidence(first if index == 1 else 0.03, index + error, scale, body_l5))
    return given


def named(places, lowest: int, confidence: float) -> NamedChain:
    return NamedChain((None,) * len(places), tuple(places), lowest, confidence)


# which candidates belong to the chain


def test_no_disc_no_chain():
    assert chain_of([]) == []
    assert chain_of([[0, 0, 0]]) == [0]


def test_a_whole_spine_in_any_order():
    centres = spine_mm()
    shuffled = np.random.default_rng(0).permutation(len(centres))
    np.testing.assert_array_equal(centres[shuffled][chain_of(centres[shuffled])], centres)


def test_small_discs_of_the_neck_are_no_unlikely_steps():
    """Cervical discs lie 15 mm apart: beside the steps of a lumbar spine every second one was not worth its step."""
    centres = np.stack([np.zeros(6), -15.5 * np.arange(6), np.zeros(6)], 1)
    assert find_chain(centres, np.full(6, 0.2), places=range(18, 24)) == [0, 1, 2, 3, 4, 5]
    assert len(find_chain(centres, np.full(6, 0.2))) < 6


def test_missed_discs_are_noticed_in_a_chain_full_of_gaps():
    """Only every second disc of a neck was found: beside each other, the steps look alike."""
    centres = np.stack([np.zeros(4), -35.0 * np.arange(4), np.zeros(4)], 1)
    assert [step.levels for step in steps_between(centres)] == [1, 1, 1]
    assert [step.levels for step in steps_between(centres, places=[18, 20, 22, 23])] == [2, 2, 2]


def test_a_false_disc_in_a_body_is_left_out_and_those_of_a_collapsed_body_are_not():
    rows = np.array([0, 36, 70, 86, 102, 138])
    centres = np.stack([np.zeros(6), -rows, np.zeros(6)], 1).astype(float)
    places = [1, 2, 3, 3.5, 4, 5]
    assert find_chain(centres, np.full(6, 0.85), places) == [0, 1, 2, 4, 5]
    collapsed = np.stack([np.zeros(5), -np.array([0, 36, 52, 88, 124]), np.zeros(5)], 1).astype(float)
    assert find_chain(collapsed, np.full(5, 0.85), [1, 2, 3, 4, 5]) == [0, 1, 2, 3, 4]


def test_norms_of_any_place_along_the_spine():
    assert relative_size(2) == 1 and 0.3 < relative_size(21.5) < 0.4
    assert 37 < typical_step_mm(2.5) < 41 and 15 < typical_step_mm(20.5) < 20
    assert relative_size(-1) == relative_size(1) and typical_step_mm(0) == typical_step_mm(1.5)


def test_a_collapsed_body_is_no_reason_to_lose_a_disc():
    centres = spine_mm()
    centres[4:, 1] += 16  # the body between discs 3 and 4 is compressed
    assert chain_of(centres) == list(range(7))


@pytest.mark.parametrize("place", [(0, -60, 60), (0, -102, -50), (45, -70, 0)], ids=["behind", "in front", "beside"])
def test_a_false_disc_beside_the_spine_is_dropped(place):
    centres = np.vstack([spine_mm(), [place]])
    weights = np.array([1.0] * 7 + [0.4])
    assert chain_of(centres, weights) == list(range(7))


def test_a_false_speck_between_two_discs_is_dropped():
    centres = np.vstack([spine_mm(), [[0, -2.5 * STEP_MM, 3]]])
    assert chain_of(centres, np.array([1.0] * 7 + [0.1])) == list(range(7))


def test_scoliosis_and_a_slipped_vertebra():
    centres = spine_mm()
    centres[:, 0] = 25 * np.sin(np.arange(7) / 2)
    centres[3:, 2] += 9
    assert chain_of(centres) == list(range(7))


def test_far_away_is_another_thing():
    assert chain_of([[0, 0, 0], [0, -34, 0], [0, -300, 0]], np.array([1, 1, 0.5])) == [0, 1]


def test_no_chain_is_longer_than_there_are_label_values():
    """A tall volume of noise: values from 99 on are not discs."""
    members = chain_of(spine_mm(70))
    labels = named(range(len(members)), 1, 0.0).labels
    assert len(members) == MOST_DISCS
    assert labels[0] == 51 and all(is_unknown_label(label) for label in labels)


# steps and gaps


@pytest.mark.parametrize("missed", [1, 2, 3, 4, 5])
def test_a_missed_disc_leaves_a_gap(missed):
    assert places(np.delete(spine_mm(), missed, axis=0)) == tuple(n for n in range(7) if n != missed)


def test_two_missed_in_a_row():
    assert places(np.delete(spine_mm(8), [3, 4], axis=0)) == (0, 1, 2, 5, 6, 7)


@pytest.mark.parametrize("size", [26.0, 30.0, 38.0, 42.0])
def test_small_and_tall_people_have_no_gaps(size):
    assert places(spine_mm() * size / STEP_MM) == tuple(range(7))


def test_steps_grow_downwards_without_a_gap():
    """Thoracic steps are shorter than lumbar ones."""
    heights = -np.cumsum([0, 38, 38, 37, 35, 33, 30, 27, 25, 23])
    assert places(np.stack([np.zeros(10), heights, np.zeros(10)], 1)) == tuple(range(10))


@pytest.mark.parametrize("factor, gap", [(1.3, 1), (1.75, 2)])
def test_a_tall_vertebra_is_no_gap_and_a_low_one_leaves_one(factor, gap):
    """The ratio is at most 1.22 in annotated scans, and rarely below 1.53 over a disc that was missed."""
    heights = STEP_MM * np.array([0, 1, 2, 2 + factor, 3 + factor, 4 + factor])
    steps = steps_between(np.stack([np.zeros(6), -heights, np.zeros(6)], 1))
    assert [step.levels for step in steps] == [1, 1, gap, 1, 1]
    assert [step.is_long for step in steps] == [False, False, gap > 1, False, False]


def test_names_count_before_distances():
    """L3-L4 was missed: the step from L4-L5 to L2-L3 is two levels long, and makes no other step look short."""
    steps = steps_between(np.array([[0, 0, 0], [0, 0, 68], [0, 0, 102.0]]), [2, 4, 5])
    assert [step.levels for step in steps] == [2, 1]
    assert [step.expected_mm for step in steps] == [34.0, 34.0] and steps[0].is_long and not steps[1].is_long


# flags


def column(labels, heights=None, **changes) -> list[Disc]:
    heights = [STEP_MM * n for n in range(len(labels))] if heights is None else heights
    return [Disc(label, (0.0, 0.0, float(z)), 1e4, 0.99, **changes) for label, z in zip(labels, heights)]


def test_flags_follow_from_the_discs_as_they_are():
    old = (Flag.LOW_PROBABILITY, Flag.LEVEL_UNCERTAIN, Flag.GAP_ABOVE, Flag.CUT_OFF, Flag.EDITED, Flag.EDITED)
    sure = column([1, 2], flags=old, probability=0.9)
    assert [disc.flags for disc in with_flags(sure)] == [(Flag.CUT_OFF, Flag.EDITED)] * 2


@pytest.mark.parametrize(
    "doubtful, flag",
    [
        (Disc(1, (0.0, 0.0, 0.0), 1e4, 0.99, 0.7), Flag.LOW_PROBABILITY),
        (Disc(1, (0.0, 0.0, 0.0), 1e4, 0.85, 0.9), Flag.LEVEL_UNCERTAIN),
        (Disc(51, (0.0, 0.0, 0.0), 1e4, 0.0, 0.9), Flag.LEVEL_UNCERTAIN),
    ],
)
def test_what_is_doubtful_is_flagged(doubtful, flag):
    (disc,) = with_flags([doubtful])
    assert disc.flags == (flag,)


@pytest.mark.parametrize("labels", [(2, 4), (51, 52)], ids=["names", "unknown"])
def test_a_gap_is_flagged_on_both_sides_and_discs_come_from_below(labels):
    low, high = with_flags(reversed(column(labels, [0.0, 2 * STEP_MM])))
    assert low.label == labels[0] and Flag.GAP_ABOVE in low.flags and Flag.GAP_BELOW in high.flags
    assert not {Flag.GAP_BELOW} & set(low.flags) and not {Flag.GAP_ABOVE} & set(high.flags)


# levels from neighbours


def test_a_missed_disc_gets_the_name_between_its_neighbours():
    discs = column([2, 4, 5], [0.0, 68.0, 102.0])
    assert label_at(discs, (0.0, 0.0, 34.0)) == 3
    assert label_at(discs, (0.0, 0.0, 136.0)) == 6 and label_at(discs, (0.0, 0.0, -34.0)) == 1
    assert label_at(discs, (0.0, 0.0, 80.0)) is None, "no name is free between L2-L3 and L1-L2"
    assert label_at(discs, (0.0, 0.0, -75.0)) is None, "below L5-S1"
    assert label_at([], (0.0, 0.0, 0.0)) is None and label_at(column([51]), (0.0, 0.0, 34.0)) is None


def test_counting_from_one_disc_keeps_gaps():
    assert labels_counted_from(column([51, 52, 53], [0.0, 34.0, 102.0]), 51, 1) == {51: 1, 52: 2, 53: 4}
    assert labels_counted_from(column([2, 4], [0.0, 68.0]), 4, 1) == {2: -1, 4: 1}


# the vote on the lowest disc's level


@pytest.mark.parametrize("lowest", [1, 2, 3, 5])
@pytest.mark.parametrize("places", [(0, 1, 2, 3, 4, 5), (0, 1, 3, 4, 5)], ids=["whole", "gap"])
def test_good_evidence_names_the_chain(lowest, places):
    found, confidence = vote(evidence(lowest, places), places)
    assert found == lowest and confidence > 0.9


def test_one_doubtful_disc_does_not_decide():
    places = tuple(range(6))
    given = evidence(1, places)
    given[2] = DiscEvidence(0.9, 1.0, 0.3, 0.9)  # a disc in the middle that looks like L5-S1
    assert vote(given, places)[0] == 1


def test_level_coordinates_that_err_together_cost_confidence():
    places = tuple(range(6))
    sure = vote(evidence(1, places), places)[1]
    doubtful = vote(evidence(1, places, first=0.4, error=0.5, body=0.4), places)[1]
    assert doubtful < sure


def test_without_evidence_nothing_is_known():
    places = tuple(range(5))
    lowest, confidence = vote([DiscEvidence(1 / 17, 5.0, 20.0) for _ in places], places)
    assert confidence < KNOWN_CONFIDENCE
    assert named(places, lowest, confidence).labels == (51, 52, 53, 54, 55)


def test_confidences_are_probabilities():
    rng = np.random.default_rng(1)
    for _ in range(50):
        places = tuple(range(int(rng.integers(1, 10))))
        given = [DiscEvidence(float(rng.random()), float(rng.uniform(0, 9)), float(rng.uniform(0.05, 3))) for _ in places]
        assert 0 < vote(given, places, temperature=float(rng.uniform(0.3, 4)))[1] <= 1


def test_a_higher_temperature_is_less_sure():
    places = tuple(range(4))
    given = evidence(1, places, first=0.6, scale=0.8)
    cold, warm = vote(given, places, 0.5), vote(given, places, 3.0)
    assert cold[0] == warm[0] and warm[1] < cold[1]


def test_a_chain_starts_at_l5_s1_or_at_body_l5():
    places = (0, 1, 2)
    assert starts_at_sacrum(1, evidence(1, places), places, l5_in_view=False)
    assert not starts_at_sacrum(3, evidence(3, places), places, l5_in_view=False)
    assert starts_at_sacrum(2, evidence(2, places), places, l5_in_view=True)
    unlike = evidence(1, places, first=0.3)
    assert not starts_at_sacrum(1, unlike, places, l5_in_view=False), "what is called L5-S1 does not look like it"
    assert starts_at_sacrum(1, unlike, places, l5_in_view=True)


# names


def test_the_longest_chain_has_a_name_for_each_disc():
    count = len(DISC_LEVELS)
    places = tuple(range(count))
    assert named(places, *vote(evidence(1, places), places)).labels == tuple(range(1, count + 1))


def test_more_discs_than_there_are_levels():
    places = tuple(range(len(DISC_LEVELS) + 2))
    labels = named(places, *vote(evidence(1, places), places)).labels
    assert len(set(labels)) == len(places)
    assert [label for label in labels if is_unknown_label(label)] == [51, 52], "numbered from the first one without a level"


def test_a_part_of_a_chain_keeps_its_levels():
    chain = named((0, 2, 3), 0, 0.95)
    assert chain.labels == (51, 2, 3)
    assert chain.part(1, 3).labels == (2, 3) and chain.part(0, 2).labels == (51, 2) and chain.part(3, 3).labels == ()


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        ((), "No spine was found in this volume."),
        ((1, 2, 3, 4, 5, 6, 7), "Lumbar spine: T11 to S1"),
        ((18, 19, 20, 21, 22, 23), "Cervical spine: C2 to T1"),
        ((5, 6, 7, 8, 9, 10), "Thoracic spine: T8 to L2"),
        (tuple(range(1, 24)), "Whole spine: C2 to S1"),
        ((51, 52), "Part of a spine: 2 discs, levels unknown"),
        ((51,), "Part of a spine: 1 disc, level unknown"),
        ((20,), "Cervical spine: C5 to C6"),
        ((16, 17, 18, 19), "Cervical and thoracic spine: C6 to T3"),
        ((4, 5, 6), "Lumbar spine: T12 to L3"),
    ],
)
def test_the_field_of_view_in_a_sentence(labels, text):
    discs = [Disc(label, (0.0, 0.0, 30.0 * n), 5000.0, 0.99) for n, label in enumerate(labels)]
    assert field_of_view(discs) == text


def test_what_holds_for_all_discs_is_no_flag_of_any():
    unsure = [Disc(label, (0.0, 0.0, STEP_MM * label), 1e4, 0.7, 0.6) for label in (1, 2, 3)]
    assert [disc.flags for disc in with_flags(unsure)] == [()] * 3
    sure = replace(unsure[0], confidence=1.0, probability=0.9)
    expected = (Flag.LOW_PROBABILITY, Flag.LEVEL_UNCERTAIN)
    assert [disc.flags for disc in with_flags([sure, *unsure[1:]])] == [(), expected, expected]


def test_levels_of_generated_scans_are_no_flag_any_more():
    discs = [Disc(label, (0.0, 0.0, 20.0 * label), 5000.0, 0.99, 1.0, (Flag.NOT_VALIDATED,)) for label in (9, 10, 20)]
    assert not any(Flag.NOT_VALIDATED in disc.flags for disc in with_flags(discs))


def neck(discs: int, c2_above: float) -> list[DiscEvidence]:
    """What is seen of the upper ``discs`` cervical discs by a network that is not sure of their level coordinate; ``c2_above``
    the highest one."""
    return [DiscEvidence(0.0, 22.0 - discs + n, 2.0, c2_above=0.02, position=np.zeros(25)) for n in range(discs - 1)] + [
        DiscEvidence(0.0, 21.0, 2.0, c2_above=c2_above, position=np.zeros(25))
    ]


def test_a_chain_hangs_on_the_sacrum_or_on_the_dens_or_on_nothing():
    places = tuple(range(6))
    lowest, confidence = vote(neck(6, 0.95), places)
    assert lowest == 18 and confidence > 0.6
    assert ends_at_dens(lowest, neck(6, 0.95), places) and not ends_at_dens(lowest, neck(6, 0.1), places)
    assert not starts_at_sacrum(lowest, neck(6, 0.95), places, l5_in_view=True), "L5 is not seen below a neck"
    assert not ends_at_dens(9, neck(3, 0.95), places[:3])


def test_what_was_found_in_c2_itself_has_no_level():
    """Cartilage under the dens looks like a disc, and C2 lies above both it and C2-C3."""
    chain = [*neck(6, 0.9), DiscEvidence(0.0, 22.0, 2.0, c2_above=0.95, position=np.zeros(25))]
    for place, disc in enumerate(chain):
        disc.position[min(18 + place, 22) if place < 5 else 24] = 3.0
    lowest, _ = vote(chain, range(7))
    assert lowest == 18 and ends_at_dens(lowest, chain, range(7))


def test_levels_from_the_sacrum_are_not_sure_where_c2_lies_above_another_disc():
    """One disc of the neck was missed and not noticed, or there are 23 vertebrae: both must be looked at."""
    spine = [DiscEvidence(0.95 if n == 1 else 0.02, float(n), 0.3, c2_above=0.02, position=np.zeros(25)) for n in range(1, 22)]
    top = DiscEvidence(0.02, 22.0, 0.3, c2_above=0.95, position=np.zeros(25))
    ends = EndsInView(True, True, True)
    short = FoundDiscs((), tuple(range(22)), [*spine, top], ends, np.zeros((1, 1, 1)), (slice(1),) * 3).named(1.0)
    assert short.lowest == 1 and short.is_known and short.confidence < SURE_CONFIDENCE
    lumbar = FoundDiscs((), tuple(range(6)), [*spine[:5], top], ends, np.zeros((1, 1, 1)), (slice(1),) * 3).named(1.0)
    assert lumbar.confidence > 0.9, "where the coil fades T11 may look like C2"


def test_a_false_disc_above_the_spine_does_not_move_all_others():
    spine = [DiscEvidence(0.95 if n == 1 else 0.02, float(n), 1.0, position=np.zeros(25)) for n in range(1, 25)]
    assert vote(spine, range(24))[0] == 1


def test_a_chain_longer_than_a_spine_is_no_error():
    """Noise can look like more discs than there are levels."""
    lowest, confidence = vote(neck(30, 0.95), range(30))
    assert lowest < 1 and 0 <= confidence <= 1


# how many vertebrae there are between the ends


def whole_spine(discs: int, missing: int | None = None) -> tuple[list[DiscEvidence], list[int]]:
    """What is seen of a whole spine with so many discs between C2 and the sacrum, one of them missed."""
    places = [place for place in range(discs) if place != missing]
    c2_above = [0.95 if place == discs - 1 else 0.02 for place in places]
    return [DiscEvidence(0.9 if p == 0 else 0.02, p + 1.0, 0.5, c2_above=c2) for p, c2 in zip(places, c2_above)], places


@pytest.mark.parametrize("discs, vertebrae", [(22, 23), (23, 24), (24, 25)])
def test_vertebrae_are_counted_where_both_ends_are_seen(discs, vertebrae):
    assert counted_vertebrae(*whole_spine(discs), EndsInView(l5=True, sacrum=True, c2=True)) == vertebrae


@pytest.mark.parametrize("ends", [EndsInView(True, True, False), EndsInView(True, False, True)])
def test_vertebrae_are_not_counted_where_an_end_is_not_seen(ends):
    assert counted_vertebrae(*whole_spine(22), ends) is None


def test_vertebrae_are_not_counted_where_a_disc_is_missing_or_no_disc_is_an_end():
    ends = EndsInView(True, True, True)
    assert counted_vertebrae(*whole_spine(23, missing=11), ends) is None
    assert counted_vertebrae(*whole_spine(23, missing=22), ends) is None
    assert counted_vertebrae(*whole_spine(23, missing=0), ends) is None
    assert counted_vertebrae([], [], ends) is None
