"""Puts a result together: the discs' masks on the input's grid, and the discs that follow from them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from ..anatomy import is_unknown_label
from ..network.outline_levels import PLAIN, OutlineLevels
from ..spine import Disc, Flag, NamedChain, Region, disc_regions, with_flags
from ..spine.region import moved, slab_width_mm
from ..volume import NetworkFrame, Volume
from ..volume.box import Box
from .border import border_log_odds
from .found import FoundDiscs, find_discs_of_spine
from .level_vote import VERTEBRAE, counted_vertebrae
from .options import Options
from .postprocess import LOG_ODDS_LIMIT, at_border, log_odds

if TYPE_CHECKING:
    from .infer import NetworkOutput

SLIVER_SHARE = 0.5
"""A disc cut by the upper or lower border is left out if this much smaller than its neighbour: neither its centre nor its
volume would mean anything."""
LEAST_OUTLINE_MM3 = 50.0
"""The smallest disc of a neck has 190 mm3; of a probability that hardly reaches the border's, a speck is left."""
OWNER_REACH_MM = 3.0
"""How far beyond a disc's voxels in the network's frame its outline on the input's grid may run: a diagonal of that grid."""


def assemble(
    frame: NetworkFrame,
    image: Volume,
    output: NetworkOutput,
    options: Options,
    temperature: float,
    outline_levels: OutlineLevels = PLAIN,
) -> tuple[Volume, tuple[Disc, ...], Volume, list[str]]:
    """(labels on the input's grid, discs from below, probability in the network's frame, notes). ``outline_levels``: where a
    disc's border lies by the network's probability. The probability that is returned is moved so that the border is at 0.5;
    another ``options.threshold`` moves the border."""
    found = find_discs_of_spine(output, image, options)
    chain, notes = _without_slivers(_without_sacral_discs(found.named(temperature)))
    if not chain.regions:
        empty = frame.source.with_array(np.zeros(frame.source.array.shape, np.uint8))
        return empty, (), image.with_array(output.disc.astype(np.float16)), []
    owner, near = _owners(found, chain, image)
    odds = log_odds(found.probability)
    border = border_log_odds(odds, owner, chain.regions, image.spacing_mm[::-1], outline_levels)
    above = odds - border - log_odds(options.threshold)
    labels = _labels_on_source(frame, above, np.where(near, owner, 0), found.window, chain)
    probability = image.with_array(output.disc.astype(np.float16))
    if outline_levels != PLAIN:
        probability.array[found.window] = at_border(output.disc[found.window], border)
    confidence = round(chain.confidence, 3)
    labels, regions = _without_specks(labels)
    discs = [region.disc(probability, 0.0 if is_unknown_label(label) else confidence) for label, region in regions.items()]
    notes += _about_slab(labels, regions.values()) + _about_count(found)
    if chain.counted:
        discs = [replace(disc, flags=(*disc.flags, Flag.COUNTED_FROM_LOWEST)) for disc in discs]
    return labels, with_flags(discs), probability, notes


def _without_specks(labels: Volume) -> tuple[Volume, dict[int, Region]]:
    """Drops discs of which next to nothing lies inside the border; the others, by their label values."""
    regions = disc_regions(labels)
    specks = [label for label, region in regions.items() if region.volume_mm3 < LEAST_OUTLINE_MM3]
    if specks:
        labels = labels.with_array(np.where(np.isin(labels.array, specks), 0, labels.array).astype(np.uint8))
    return labels, {label: region for label, region in regions.items() if label not in specks}


def _without_sacral_discs(chain: NamedChain) -> NamedChain:
    """Drops discs of the sacrum (S1-S2 and below) from the start of the chain."""
    first = next((n for n, place in enumerate(chain.places) if chain.lowest + place >= 1), 0)
    return chain.part(first, len(chain.regions)) if chain.is_known else chain


def _without_slivers(chain: NamedChain) -> tuple[NamedChain, list[str]]:
    """Drops the highest or lowest disc where the upper or lower border of the field of view cuts away most of it."""
    notes = []
    for where in ("upper", "lower"):
        count = len(chain.regions)
        if count < 2:
            break
        end, neighbour = (chain.regions[n] for n in ((-1, -2) if where == "upper" else (0, 1)))
        rows = end.box[1]
        touches = rows.start == 0 if where == "upper" else rows.stop == end.grid.array.shape[1]
        if touches and end.voxels < SLIVER_SHARE * neighbour.voxels:
            notes.append(f"A disc at the {where} border of the field of view is mostly cut off and was left out.")
            chain = chain.part(0, count - 1) if where == "upper" else chain.part(1, count)
    return chain, notes


def _about_slab(labels: Volume, regions: Collection[Region]) -> list[str]:
    """What holds for all discs of a narrow volume is said once."""
    width = slab_width_mm(labels)
    if width is None or sum(region.is_cut_at_sides for region in regions) <= len(regions) / 2:
        return []
    return [f"The slab shows the middle {width:.0f} mm of each disc: volumes and widths are those of the part in view."]


def _about_count(found: FoundDiscs) -> list[str]:
    """Where both ends of the spine are in view and the vertebrae between them are not as many as in most people."""
    count = counted_vertebrae(found.evidence, found.places, found.ends)
    if count is None or count == VERTEBRAE:
        return []
    return [
        f"{count} vertebrae were counted between skull and sacrum, not {VERTEBRAE}: levels counted from C2 and from the sacrum "
        "differ. Check the numbering, and look for a transitional vertebra or a disc that was missed."
    ]


def _owners(found: FoundDiscs, chain: NamedChain, image: Volume) -> tuple[np.ndarray, np.ndarray]:
    """For each voxel of the window the disc that is nearest (1 for the first one of the chain; uint8), and whether it lies
    near enough to belong to that disc."""
    owner = np.zeros(found.probability.shape, np.uint8)
    for n, region in enumerate(chain.regions, 1):
        owner[moved(region.box, found.window, -1)][region.mask] = n
    distance, nearest = ndimage.distance_transform_edt(owner == 0, sampling=image.spacing_mm[::-1], return_indices=True)
    return owner[tuple(nearest)], distance <= OWNER_REACH_MM


def _labels_on_source(frame: NetworkFrame, above: np.ndarray, owner: np.ndarray, window: Box, chain: NamedChain) -> Volume:
    """The discs' masks on the input's grid. ``above``: log-odds above those of a disc's border; they are resampled, not the
    mask, so that borders stay smooth and lie where they should between the network's voxels. ``owner``: the disc that a voxel
    may belong to, 0 for none. Both cover ``window``."""
    resampled, box = frame.to_source_window(np.where(owner > 0, above, -LOG_ODDS_LIMIT), window)
    owners = frame.nearest_to_source_window(owner, window)
    table = np.array([0, *chain.labels], np.uint8)
    labels = frame.source.with_array(np.zeros(frame.source.array.shape, np.uint8))
    frame.order.apply(labels).array[box] = np.where(resampled > 0, table[owners], 0)  # a view
    return labels
