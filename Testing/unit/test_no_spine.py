"""What a network of the whole spine gives is believed only where a spine is: with a canal, bodies, and an end to count from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from IVDSegmentationLib.network.classes import COARSE_CLASSES, COARSE_STRIDE, POSITION_CLASSES, POSITION_STRIDE
from IVDSegmentationLib.segmentation.found import find_discs_of_spine
from IVDSegmentationLib.segmentation.glance import may_name_levels, may_show_discs
from IVDSegmentationLib.segmentation.infer import NetworkOutput
from IVDSegmentationLib.segmentation.options import Options
from IVDSegmentationLib.volume import Volume
from IVDSegmentationLib.volume.frame import NETWORK_SPACING_MM, SAGITTAL_LPS

SIZE = (16, 160, 96)
DISCS = 5
LUMBAR_STEP, CERVICAL_STEP = 28, 14
"""Voxels from disc to disc: 35 and 17.5 mm."""
HIGHEST_ROW = 33
"""Of the highest disc. The coarse voxels of C2, rows 28 to 31, lie right above its centre."""


def output(
    lowest: int,
    canal: float = 9.0,
    bodies: bool = True,
    sacrum: bool = True,
    c2: bool = False,
    probability: float = 0.97,
) -> NetworkOutput:
    """Five discs with bodies between them, as a network would see them; ``lowest``: level index of the lowest one; ``c2``: the
    body above the highest one is C2; ``canal``: how clear it is, beside 0.5 for the background."""
    step = CERVICAL_STEP if c2 else LUMBAR_STEP
    disc = np.zeros(SIZE, np.float32)
    coarse = np.zeros((len(COARSE_CLASSES), *(n // s for n, s in zip(SIZE, COARSE_STRIDE))), np.float32)
    coarse[0] = 0.5
    level = np.zeros(coarse.shape[1:], np.float32)
    cells = [n // s for n, s in zip(SIZE, POSITION_STRIDE)]
    position = np.full((POSITION_CLASSES, *cells), 0.01, np.float32)
    for n in range(DISCS):
        row = HIGHEST_ROW + (DISCS - 1 - n) * step
        index = lowest + n
        disc[2:14, row - 4 : row + 4, 30:58] = probability
        thin = (slice(1, 7), slice((row - 4) // 4, (row + 4) // 4), slice(8, 14))
        coarse[(2 if index == 1 else 1, *thin)] = 0.9
        thick = (slice(1, 7), slice((row - step + 4) // 4, (row - 6) // 4), slice(8, 14))
        if bodies:
            coarse[(4 if index == 1 else 3, *thick)] = 0.9
        level[:, (row - step + 4) // 4 : (row + 4) // 4] = index
        position[index, :, (row - 12) // 8 : (row + 8) // 8] = 0.9
        if c2 and n == DISCS - 1:
            coarse[3, 1:7, (row - 24) // 4 : (row - 1) // 4, 8:14] = 2.0
            position[POSITION_CLASSES - 1, :, (row - 24) // 8 : (row - 1) // 8] = 5.0
    coarse[6, 2:6, :, 16:18] = canal
    if sacrum:
        coarse[5, 1:7, 37:40, 4:14] = 0.9
    position /= position.sum(0)
    return NetworkOutput(disc, np.zeros_like(disc), coarse / coarse.sum(0), level, np.full_like(level, 0.2), np.log(position))


def found(**how):
    image = Volume(np.zeros(SIZE, np.float32), NETWORK_SPACING_MM, (0.0, 0.0, 0.0), SAGITTAL_LPS)
    return find_discs_of_spine(output(**how), image, Options())


def test_a_spine_is_found_and_named_from_the_sacrum():
    chain = found(lowest=1).named(1.0)
    assert chain.labels == (1, 2, 3, 4, 5) and chain.confidence > 0.9


@pytest.mark.parametrize("missing", ["canal", "bodies"])
def test_discs_without_a_canal_or_without_bodies_are_no_spine(missing):
    assert not found(lowest=1, **{missing: 0}).regions


def test_the_coarse_stage_alone_tells_where_no_disc_can_be():
    assert may_show_discs(output(lowest=1), discs=DISCS)
    assert not may_show_discs(output(lowest=1, canal=False)) and not may_show_discs(output(lowest=1, bodies=False))
    assert not may_show_discs(output(lowest=1), discs=1000)


def test_the_coarse_stage_alone_tells_where_no_level_can_be():
    assert may_name_levels(output(lowest=1)) and not may_name_levels(output(lowest=8, sacrum=False))
    assert may_name_levels(output(lowest=19, sacrum=False, c2=True))
    old = output(lowest=8, sacrum=False)
    assert may_name_levels(replace(old, position=None)), "a network that was not taught it cannot say no"


def test_a_chain_that_hangs_on_nothing_is_unknown():
    seen = found(lowest=8, sacrum=False)
    assert len(seen.regions) == DISCS
    assert not seen.named(1.0).is_known


def test_a_chain_that_ends_at_the_dens_is_named_from_it():
    seen = found(lowest=19, sacrum=False, c2=True)
    assert seen.ends.c2
    chain = seen.named(1.0)
    assert chain.labels == (19, 20, 21, 22, 23)


def test_l5_without_the_sacrum_is_not_enough():
    assert not found(lowest=1, sacrum=False).named(1.0).is_known


def test_what_looks_like_discs_beside_the_spine_is_not_believed():
    """Ribs lie one above the other, but there is no canal behind them."""
    assert not found(lowest=8, sacrum=False, canal=0.6).named(1.0).regions
    assert not found(lowest=19, sacrum=False, c2=True, canal=0.6).named(1.0).regions
    assert found(lowest=1, canal=0.6).named(1.0).labels == (1, 2, 3, 4, 5), "what hangs on the sacrum is believed"


def test_a_faint_chain_is_believed_only_where_it_hangs_on_something():
    unclear = {"sacrum": False, "canal": 3.0}
    assert not found(lowest=8, probability=0.8, **unclear).named(1.0).regions
    assert found(lowest=8, probability=0.97, **unclear).named(1.0).regions
    assert found(lowest=8, probability=0.8, sacrum=False).named(1.0).regions, "a clear canal runs behind it"
    assert found(lowest=1, probability=0.8).named(1.0).labels == (1, 2, 3, 4, 5)
