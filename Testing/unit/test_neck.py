"""A neck as a network that knows its place sees it: small discs, C2 above them, levels counted from there."""

from __future__ import annotations

import numpy as np
from IVDSegmentationLib.network.classes import COARSE_CLASSES, COARSE_STRIDE, POSITION_CLASSES, POSITION_STRIDE
from IVDSegmentationLib.segmentation.assemble import assemble
from IVDSegmentationLib.segmentation.evidence import is_as_high_as_c2, points_of_c2
from IVDSegmentationLib.segmentation.found import FoundDiscs
from IVDSegmentationLib.segmentation.infer import NetworkOutput
from IVDSegmentationLib.segmentation.level_vote import DiscEvidence, EndsInView
from IVDSegmentationLib.segmentation.options import Options
from IVDSegmentationLib.spine import Region
from IVDSegmentationLib.volume import NetworkFrame, Volume
from known_disc import SAGITTAL

SHAPE, SPACING = (32, 160, 64), (1.25, 1.25, 2.0)
"""A volume of 64 x 200 x 80 mm on the network's own grid."""
MIDDLE_MM = (32.0, 40.0)
TOP_MM, STEP_MM = 60.0, 17.0
"""Where C2-C3 lies, counted from the top, and the distance of cervical discs."""


def network_output(discs: int, missed: tuple[int, ...] = (), c2_rows_mm=(38.0, 56.0), sure: float = 0.9) -> NetworkOutput:
    """``discs`` from C2-C3 downwards, without some of them; bodies and a canal everywhere; what lies in ``c2_rows_mm`` looks
    like C2. ``sure``: of the places along the spine."""
    k, j, i = (np.indices(SHAPE).T * SPACING[::-1]).T
    disc = np.zeros(SHAPE, np.float32)
    for n in set(range(discs)) - set(missed):
        parts = ((k - MIDDLE_MM[0]) / 8, (j - TOP_MM - STEP_MM * n) / 2.5, (i - MIDDLE_MM[1]) / 7.5)
        disc = np.maximum(disc, 0.99 / (1 + np.exp(np.clip(20 * (np.linalg.norm(parts, axis=0) - 1), -50, 50))))
    coarse = np.full((len(COARSE_CLASSES), *(n // s for n, s in zip(SHAPE, COARSE_STRIDE))), 0.01, np.float32)
    coarse[COARSE_CLASSES.index("body"), 4:12, :, 4:12] = 0.9
    coarse[COARSE_CLASSES.index("canal"), 4:12, :, 13:15] = 0.9
    rows_mm = (np.arange(SHAPE[1] // POSITION_STRIDE[1]) + 0.5) * POSITION_STRIDE[1] * SPACING[1]
    places = np.clip(np.floor(23.2 - (rows_mm - TOP_MM) / STEP_MM), 15, 23).astype(int)  # a disc and the body above it
    places[(rows_mm > c2_rows_mm[0]) & (rows_mm < c2_rows_mm[1])] = POSITION_CLASSES - 1
    shares = np.full((POSITION_CLASSES, len(places)), (1 - sure) / POSITION_CLASSES, np.float32)
    shares[places, np.arange(len(places))] += sure
    size = [n // s for n, s in zip(SHAPE, POSITION_STRIDE)]
    position = np.broadcast_to(np.log(shares)[:, None, :, None], (POSITION_CLASSES, *size)).copy()
    level = np.full(coarse.shape[1:], 13.0, np.float32)
    scale = np.full(coarse.shape[1:], 6.0, np.float32)
    return NetworkOutput(disc.astype(np.float32), np.zeros(SHAPE, np.float32), coarse / coarse.sum(0), level, scale, position)


def names(output: NetworkOutput) -> list[str]:
    image = Volume(np.zeros(SHAPE, np.float32), SPACING, (0.0, 0.0, 0.0), SAGITTAL)
    frame = NetworkFrame.of(image)
    return [disc.level for disc in assemble(frame, frame.to_network(), output, Options(), 3.0)[1]]


def test_every_small_disc_is_found_and_named_from_c2():
    assert names(network_output(6)) == ["C7-T1", "C6-C7", "C5-C6", "C4-C5", "C3-C4", "C2-C3"]


def test_a_disc_that_was_missed_leaves_its_level_free():
    assert names(network_output(6, missed=(2,))) == ["C7-T1", "C6-C7", "C5-C6", "C3-C4", "C2-C3"]


def test_nothing_is_named_where_c2_is_not_in_view():
    assert set(names(network_output(6, c2_rows_mm=(0.0, 0.0)))) == {"unknown"}


def test_what_looks_like_c2_below_discs_is_not_counted_from():
    """Where the coil fades, the body of T12 was taken for C2: the discs above it show that it is none."""
    assert set(names(network_output(6, c2_rows_mm=(100.0, 118.0)))) == {"unknown"}


def test_the_sacrum_comes_before_c2():
    """Between them a disc was missed and not noticed: lumbar levels are right all the same."""
    below = [
        DiscEvidence(0.95, 1.0, 0.2, position=np.zeros(25)),
        *(DiscEvidence(0.02, n, 0.2, position=np.zeros(25)) for n in (2.0, 3.0)),
    ]
    above = DiscEvidence(0.02, 4.0, 0.2, c2_above=0.95, position=np.zeros(25))
    found = FoundDiscs((), (0, 1, 2, 3), [*below, above], EndsInView(True, True, True), np.zeros((1, 1, 1)), (slice(1),) * 3)
    assert found.named(1.0).lowest == 1


def test_c2_is_the_largest_component_and_a_disc_at_its_height_is_noticed():
    output = network_output(6)
    points = points_of_c2(output, np.array(SPACING[::-1]))
    assert len(points) and points[:, 1].min() > 38 and points[:, 1].max() < 58
    grid = Volume(np.zeros(SHAPE, np.float32), SPACING)

    def disc_at(j_mm: float) -> Region:
        j = round(j_mm / SPACING[1])
        return Region(grid, (slice(14, 18), slice(j, j + 2), slice(30, 36)), np.ones((4, 2, 6), bool))

    assert is_as_high_as_c2(disc_at(46.0), points) and not is_as_high_as_c2(disc_at(TOP_MM), points)
    assert not is_as_high_as_c2(disc_at(46.0), points[:0])
    assert points_of_c2(network_output(6, c2_rows_mm=(0.0, 0.0)), np.array(SPACING[::-1])).shape == (0, 3)


def test_levels_stay_unknown_where_the_places_are_not_sure():
    assert set(names(network_output(4, sure=0.3))) == {"unknown"}


def test_one_disc_alone_is_named_from_c2_only_where_the_canal_is_clear():
    """Of 300 volumes without a spine one had a blob like C2 above one like a disc."""
    output = network_output(1)
    assert names(output) == ["C2-C3"]
    output.coarse[COARSE_CLASSES.index("canal")] *= 0.9
    assert names(output) == ["unknown"]
