"""Puts a result together: discs from the network's output, their levels and doubts, and the masks on the input's grid."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from ..anatomy import DISC_LEVELS, UNKNOWN_LABEL_FIRST, UNKNOWN_LEVEL
from ..spine import KNOWN_CONFIDENCE, SURE_CONFIDENCE, Disc, Flag, Region, disc_regions
from ..volume import NetworkFrame, Volume
from .chain import Chain
from .found import find_chain_of_discs
from .levels import Levels
from .options import Options
from .postprocess import LOG_ODDS_LIMIT, log_odds

if TYPE_CHECKING:
    from .infer import NetworkOutput

LOW_PROBABILITY = 0.83
"""Mean probability inside a disc below which it is doubtful. Sound discs of the validation scans have 0.84 to 0.95."""
LEVELS_UNKNOWN = (
    "The levels could not be told, probably because the sacrum is not in view. Name one disc and the others follow."
)
SLIVER_SHARE = 0.5
"""A disc cut by the upper or lower border is left out if this much smaller than its neighbour."""


def assemble(
    frame: NetworkFrame, image: Volume, output: NetworkOutput, options: Options, temperature: float
) -> tuple[Volume, tuple[Disc, ...], Volume, list[str]]:
    """(labels on the input's grid, discs from below, probability in the network's frame, warnings)."""
    kept = image.with_array(output.disc.astype(np.float16))
    found = find_chain_of_discs(output, image, options)
    if not found.regions:
        empty = frame.source.with_array(np.zeros(frame.source.array.shape, np.uint8))
        return empty, (), kept, []
    regions, chain = found.regions, found.chain
    levels = found.levels(temperature)
    regions, chain, levels = _without_remnants(regions, chain, levels)
    regions, chain, levels, left_out = _without_slivers(regions, chain, levels, image.array.shape[1])
    names = _names(chain, levels)
    labels = _labels_on_source(frame, image, found.probability, found.window, regions, [label for _, label in names], options)
    confidence = round(levels.confidence, 3)
    discs = tuple(
        _disc(region, kept, confidence, chain, levels, [label for _, label in names].index(label))
        for label, region in disc_regions(labels).items()
    )
    return labels, discs, kept, left_out + _warnings(chain, levels)


def _without_remnants(regions: list[Region], chain: Chain, levels: Levels) -> tuple[list[Region], Chain, Levels]:
    """Drops discs of the sacrum (S1-S2 and below) from the start of the chain."""
    first = next((n for n, link in enumerate(chain.links) if levels.rung + link >= 1), 0)
    if first == 0 or levels.confidence < KNOWN_CONFIDENCE:
        return regions, chain, levels
    links = tuple(link - chain.links[first] for link in chain.links[first:])
    return regions[first:], Chain(chain.members[first:], links), Levels(levels.rung + chain.links[first], levels.confidence)


def _without_slivers(
    regions: list[Region], chain: Chain, levels: Levels, rows: int
) -> tuple[list[Region], Chain, Levels, list[str]]:
    """Drops the highest or lowest disc where the upper or lower border of the field of view cuts away most of it: neither
    its centre nor its volume would mean anything. ``rows``: size of the network's frame along j."""
    words = []
    regions, links, rung = list(regions), list(chain.links), levels.rung
    members = list(chain.members)
    for end, neighbour, where in ((-1, -2, "upper"), (0, 1, "lower")):
        if len(regions) < 2:
            break
        window, border = regions[end].box[1], 0 if end else rows
        touches = window.start <= border if end else window.stop >= border
        if touches and regions[end].voxels < SLIVER_SHARE * regions[neighbour].voxels:
            words.append(f"A disc at the {where} border of the field of view is mostly cut off and was left out.")
            for sequence in (regions, links, members):
                del sequence[end]
    rung += links[0]
    return regions, Chain(tuple(members), tuple(link - links[0] for link in links)), Levels(rung, levels.confidence), words


def _names(chain: Chain, levels: Levels) -> list[tuple[str, int]]:
    """(level, label value) of each disc; discs of a chain that cannot be named are numbered from 51."""
    names = []
    for n, link in enumerate(chain.links):
        index = levels.rung + link
        if levels.confidence >= KNOWN_CONFIDENCE and 1 <= index <= len(DISC_LEVELS):
            level = DISC_LEVELS[index - 1]
            names.append((level.name, level.label))
        else:
            names.append((UNKNOWN_LEVEL, UNKNOWN_LABEL_FIRST + n))
    return names


def _labels_on_source(
    frame: NetworkFrame,
    image: Volume,
    probability: np.ndarray,
    window: tuple[slice, slice, slice],
    regions: list[Region],
    labels: list[int],
    options: Options,
) -> Volume:
    """The discs' masks on the input's grid: the probability's log-odds are resampled, not the mask, so that borders stay
    smooth and lie where they should between the network's voxels."""
    owner = np.zeros(probability.shape, np.uint8)
    for n, region in enumerate(regions, 1):
        inside = tuple(slice(s.start - w.start, s.stop - w.start) for s, w in zip(region.box, window))
        owner[inside][region.mask] = n
    distance, nearest = ndimage.distance_transform_edt(owner == 0, sampling=image.spacing_mm[::-1], return_indices=True)
    near = distance <= 3.0
    owner = np.where(near, owner[tuple(nearest)], 0).astype(np.uint8)
    above, reached = frame.to_source_window(np.where(near, log_odds(probability), -LOG_ODDS_LIMIT), window)
    owners = frame.nearest_to_source_window(owner, window)
    table = np.array([0, *labels], np.uint8)
    whole = np.zeros(frame.sagittal.array.shape, np.uint8)
    whole[reached] = np.where(above > log_odds(options.threshold), table[owners], 0)
    return frame.source.with_array(np.ascontiguousarray(frame.order.undo(whole)))


def _disc(region: Region, probability: Volume, confidence: float, chain: Chain, levels: Levels, place: int) -> Disc:
    """The disc that has these voxels on the input's grid and this place in the chain."""
    inside = round(region.mean_of(probability), 3)
    flags = list(region.flags)
    if inside < LOW_PROBABILITY:
        flags.append(Flag.LOW_PROBABILITY)
    if levels.confidence < SURE_CONFIDENCE:
        flags.append(Flag.LEVEL_UNCERTAIN)
    if place and chain.links[place] - chain.links[place - 1] > 1:
        flags.append(Flag.GAP_BELOW)
    if place + 1 < len(chain.links) and chain.links[place + 1] - chain.links[place] > 1:
        flags.append(Flag.GAP_ABOVE)
    disc = Disc(region.label, region.centre, region.volume_mm3, confidence, inside, tuple(flags))
    return disc if disc.has_level else replace(disc, confidence=0.0)


def _warnings(chain: Chain, levels: Levels) -> list[str]:
    found = []
    if levels.confidence < KNOWN_CONFIDENCE:
        found.append(LEVELS_UNKNOWN)
    elif any(b - a > 1 for a, b in zip(chain.links, chain.links[1:])):
        found.append("A disc seems to be missing in the chain: check the levels, and place a point in the missed disc.")
    lowest = levels.rung
    if levels.confidence >= KNOWN_CONFIDENCE and lowest > 1:
        found.append(f"The lowest disc found is {DISC_LEVELS[lowest - 1].name}: discs below it are not in view.")
    return found
