"""The chain of discs in the network's output, before it is named: separate discs and what each tells of its level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from ..network.classes import COARSE_STRIDE
from ..volume import Volume
from .chain import Chain, find_chain
from .levels import DiscEvidence, Levels, is_anchored, name_chain
from .options import Options
from .postprocess import Piece, find_discs, smoothed

if TYPE_CHECKING:
    from .infer import NetworkOutput

L5_VOXELS = 50
"""Coarse voxels (0.1 cm3 each) of body L5 that must be seen to count from it."""
MARGIN_VOXELS = (2, 4, 4)
"""Room (k, j, i) around the discs in which their probability is carried to the input's grid."""


@dataclass(frozen=True)
class FoundChain:
    """Discs before they are named: ``pieces`` from below, ``evidence`` of each, and the ``probability`` their outlines are
    drawn from, which covers ``window`` (k, j, i) of the network's frame."""

    pieces: list[Piece]
    chain: Chain
    evidence: list[DiscEvidence]
    l5_in_view: bool
    probability: np.ndarray
    window: tuple[slice, slice, slice]

    def levels(self, temperature: float) -> Levels:
        """Confidence 0 where the chain does not hang on to the sacrum, or where the network tells nothing of levels."""
        if not self.evidence:
            return Levels(1, 0.0)
        levels = name_chain(self.evidence, self.chain.links, temperature)
        anchored = is_anchored(levels, self.evidence, self.chain.links, self.l5_in_view)
        return levels if anchored else Levels(levels.rung, 0.0)


def find_chain_of_discs(output: NetworkOutput, image: Volume, options: Options) -> FoundChain:
    """Separate discs of the network's output that form a chain, and what each tells about its level."""
    spacing = image.spacing_mm[::-1]
    window = _window(output.disc > 0.05)
    if window is None:
        return FoundChain([], Chain((), ()), [], False, output.disc[:0], (slice(0), slice(0), slice(0)))
    probability = output.disc[window]
    averaged = smoothed(probability)
    pieces = find_discs(averaged, spacing, options.threshold, options.minimum_volume_mm3)
    pieces = [_moved(piece, window) for piece in pieces]
    chain = find_chain(
        np.array([piece.centre_kji * spacing for piece in pieces]).reshape(-1, 3),
        np.array([min(1.0, piece.voxels * np.prod(spacing) / 1500) * piece.probability for piece in pieces]),
    )
    pieces = [pieces[n] for n in chain.members]
    evidence, l5_in_view = [], False
    if output.coarse is not None:
        evidence = [_evidence(output, piece, above) for piece, above in zip(pieces, [*pieces[1:], None])]
        l5_in_view = int((output.coarse.argmax(0) == 4).sum()) >= L5_VOXELS
    return FoundChain(pieces, chain, evidence, l5_in_view, averaged if options.smooth else probability, window)


def _window(mask: np.ndarray) -> tuple[slice, slice, slice] | None:
    """Bounding box of a mask with a margin."""
    boxes = ndimage.find_objects(mask.astype(np.uint8))
    if not boxes:
        return None
    return tuple(  # type: ignore[return-value]
        slice(max(0, s.start - m), min(n, s.stop + m)) for s, m, n in zip(boxes[0], MARGIN_VOXELS, mask.shape)
    )


def _moved(piece: Piece, window: tuple[slice, slice, slice]) -> Piece:
    """A piece found inside a window, in the coordinates of the whole."""
    starts = np.array([s.start for s in window])
    whole = tuple(slice(int(s.start + o), int(s.stop + o)) for s, o in zip(piece.window, starts))
    return Piece(whole, piece.mask, piece.centre_kji + starts, piece.voxels, piece.probability)  # type: ignore[arg-type]


def _evidence(output: NetworkOutput, piece: Piece, above: Piece | None) -> DiscEvidence:
    """What the coarse output says of one disc's level."""
    at = np.argwhere(piece.mask) + [s.start for s in piece.window]
    k, j, i = np.unique(at // COARSE_STRIDE, axis=0).T
    shares, scale = output.coarse[:, k, j, i], output.level_scale[k, j, i]  # type: ignore[index]
    weight = shares[1] + shares[2] + 1e-3
    return DiscEvidence(
        first=float(shares[2].sum() / weight.sum()),
        level=float(np.average(output.level[k, j, i], weights=weight / scale)),  # type: ignore[index]
        scale=float(np.average(scale, weights=weight)),
        body_l5_above=_body_l5(output, piece, above),
    )


def _body_l5(output: NetworkOutput, piece: Piece, above: Piece | None) -> float | None:
    """Probability that the body between two discs is L5; None where the next disc is not in view."""
    if above is None:
        return None
    middle = np.rint((piece.centre_kji + above.centre_kji) / 2 / COARSE_STRIDE).astype(int)
    window = tuple(slice(max(0, c - r), c + r + 1) for c, r in zip(middle, (1, 1, 1)))
    shares = output.coarse[(slice(None), *window)]  # type: ignore[index]
    bodies = shares[3] + shares[4]
    return float(shares[4].sum() / bodies.sum()) if bodies.mean() > 0.3 else None
