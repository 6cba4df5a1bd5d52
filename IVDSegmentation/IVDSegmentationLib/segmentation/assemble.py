"""Puts a result together: discs from the network's output, their levels and doubts, and the masks on the input's grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from ..anatomy import DISC_LEVELS, UNKNOWN_LABEL_FIRST, UNKNOWN_LEVEL
from ..volume import NetworkFrame, Volume
from .chain import Chain
from .found import find_chain_of_discs
from .levels import KNOWN_FROM, Levels
from .options import Options
from .postprocess import LOG_ODDS_LIMIT, Piece, log_odds, thickness_mm
from .result import Disc

if TYPE_CHECKING:
    from .infer import NetworkOutput

THIN_MM = 3.0
LOW_PROBABILITY = 0.8
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
    if not found.pieces:
        empty = frame.source.with_array(np.zeros(frame.source.array.shape, np.uint8))
        return empty, (), kept, []
    pieces, chain = found.pieces, found.chain
    levels = found.levels(temperature)
    pieces, chain, levels = _without_remnants(pieces, chain, levels)
    pieces, chain, levels, left_out = _without_slivers(pieces, chain, levels, image.array.shape[1])
    names = _names(chain, levels)
    labels = _labels_on_source(frame, image, found.probability, found.window, pieces, [label for _, label in names], options)
    windows = ndimage.find_objects(labels.array)
    discs = [
        _disc(labels, windows[label - 1] if label <= len(windows) else None, piece, name, label, levels, flags)
        for piece, (name, label), flags in zip(pieces, names, _flags(pieces, chain, levels, image, output.disc))
    ]
    present = [disc for disc in discs if disc is not None]
    return labels, tuple(present), kept, left_out + _warnings(chain, levels)


def _without_remnants(pieces: list[Piece], chain: Chain, levels: Levels) -> tuple[list[Piece], Chain, Levels]:
    """Drops discs of the sacrum (S1-S2 and below) from the start of the chain."""
    first = next((n for n, link in enumerate(chain.links) if levels.rung + link >= 1), 0)
    if first == 0 or levels.confidence < KNOWN_FROM:
        return pieces, chain, levels
    links = tuple(link - chain.links[first] for link in chain.links[first:])
    return pieces[first:], Chain(chain.members[first:], links), Levels(levels.rung + chain.links[first], levels.confidence)


def _without_slivers(
    pieces: list[Piece], chain: Chain, levels: Levels, rows: int
) -> tuple[list[Piece], Chain, Levels, list[str]]:
    """Drops the highest or lowest disc where the upper or lower border of the field of view cuts away most of it: neither
    its centre nor its volume would mean anything. ``rows``: size of the network's frame along j."""
    words = []
    pieces, links, rung = list(pieces), list(chain.links), levels.rung
    members = list(chain.members)
    for end, neighbour, where in ((-1, -2, "upper"), (0, 1, "lower")):
        if len(pieces) < 2:
            break
        window, border = pieces[end].window[1], 0 if end else rows
        touches = window.start <= border if end else window.stop >= border
        if touches and pieces[end].voxels < SLIVER_SHARE * pieces[neighbour].voxels:
            words.append(f"A disc at the {where} border of the field of view is mostly cut off and was left out.")
            for sequence in (pieces, links, members):
                del sequence[end]
    rung += links[0]
    return pieces, Chain(tuple(members), tuple(link - links[0] for link in links)), Levels(rung, levels.confidence), words


def _names(chain: Chain, levels: Levels) -> list[tuple[str, int]]:
    """(level, label value) of each disc; discs of a chain that cannot be named are numbered from 51."""
    names = []
    for n, link in enumerate(chain.links):
        index = levels.rung + link
        if levels.confidence >= KNOWN_FROM and 1 <= index <= len(DISC_LEVELS):
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
    pieces: list[Piece],
    labels: list[int],
    options: Options,
) -> Volume:
    """The discs' masks on the input's grid: the probability's log-odds are resampled, not the mask, so that borders stay
    smooth and lie where they should between the network's voxels."""
    owner = np.zeros(probability.shape, np.uint8)
    for n, piece in enumerate(pieces, 1):
        inside = tuple(slice(s.start - w.start, s.stop - w.start) for s, w in zip(piece.window, window))
        owner[inside][piece.mask] = n
    distance, nearest = ndimage.distance_transform_edt(owner == 0, sampling=image.spacing_mm[::-1], return_indices=True)
    near = distance <= 3.0
    owner = np.where(near, owner[tuple(nearest)], 0).astype(np.uint8)
    above, region = frame.to_source_window(np.where(near, log_odds(probability), -LOG_ODDS_LIMIT), window)
    owners = frame.nearest_to_source_window(owner, window)
    table = np.array([0, *labels], np.uint8)
    whole = np.zeros(frame.sagittal.array.shape, np.uint8)
    whole[region] = np.where(above > log_odds(options.threshold), table[owners], 0)
    return frame.source.with_array(np.ascontiguousarray(frame.order.undo(whole)))


def _disc(
    labels: Volume,
    window: tuple[slice, slice, slice] | None,
    piece: Piece,
    name: str,
    label: int,
    levels: Levels,
    flags: tuple[str, ...],
) -> Disc | None:
    """Centre and volume as they are on the input's grid; None where nothing of the disc fell on a voxel."""
    if window is None:
        return None
    at = np.nonzero(labels.array[window] == label)
    voxels = len(at[0])
    kji = np.array([a.mean() + s.start for a, s in zip(at, window)])
    centre = labels.lps_of_ijk(kji[::-1])
    return Disc(
        name,
        label,
        tuple(float(c) for c in centre),  # type: ignore[arg-type]
        voxels * labels.voxel_mm3,
        round(levels.confidence, 3) if name != UNKNOWN_LEVEL else 0.0,
        round(piece.probability, 3),
        flags,
    )


def _flags(
    pieces: list[Piece], chain: Chain, levels: Levels, image: Volume, disc_probability: np.ndarray
) -> list[tuple[str, ...]]:
    every = []
    spacing = image.spacing_mm[::-1]
    for n, piece in enumerate(pieces):
        flags = []
        if _touches_border(piece, disc_probability.shape):
            flags.append("cut_off")
        if thickness_mm(piece, spacing) < THIN_MM:
            flags.append("thin")
        if piece.probability < LOW_PROBABILITY:
            flags.append("low_probability")
        if levels.confidence < 0.9:
            flags.append("level_uncertain")
        if n and chain.links[n] - chain.links[n - 1] > 1:
            flags.append("gap_below")
        if n + 1 < len(pieces) and chain.links[n + 1] - chain.links[n] > 1:
            flags.append("gap_above")
        every.append(tuple(flags))
    return every


def _touches_border(piece: Piece, shape: tuple[int, ...]) -> bool:
    """Whether more than a twentieth of the disc's voxels lie on the border of the field of view."""
    at = np.argwhere(piece.mask) + [s.start for s in piece.window]
    border = ((at == 0) | (at == np.array(shape) - 1)).any(axis=1)
    return bool(border.mean() > 0.05)


def _warnings(chain: Chain, levels: Levels) -> list[str]:
    found = []
    if levels.confidence < KNOWN_FROM:
        found.append(LEVELS_UNKNOWN)
    elif any(b - a > 1 for a, b in zip(chain.links, chain.links[1:])):
        found.append("A disc seems to be missing in the chain: check the levels, and place a point in the missed disc.")
    lowest = levels.rung
    if levels.confidence >= KNOWN_FROM and lowest > 1:
        found.append(f"The lowest disc found is {DISC_LEVELS[lowest - 1].name}: discs below it are not in view.")
    return found
