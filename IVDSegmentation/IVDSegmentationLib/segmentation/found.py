"""The chain of discs in the network's output, before it is named: separate discs and what each tells of its level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from ..network.classes import COARSE_STRIDE
from ..spine.region import Box, Region
from ..volume import Volume
from .chain import Chain, find_chain
from .levels import DiscEvidence, Levels, is_anchored, name_chain
from .options import Options
from .postprocess import find_discs, smoothed

if TYPE_CHECKING:
    from .infer import NetworkOutput

L5_VOXELS = 50
"""Coarse voxels (0.1 cm3 each) of body L5 that must be seen to count from it."""
FULL_WEIGHT_MM3 = 1500.0
"""Discs from this volume on count fully in the chain; T9-T10, the smallest of them, has 2 to 4 cm3."""
MARGIN_VOXELS = (2, 4, 4)
"""Room (k, j, i) around the discs in which their probability is carried to the input's grid."""


@dataclass(frozen=True)
class FoundChain:
    """Discs before they are named: ``regions`` from below, in the network's frame, ``evidence`` of each, and the
    ``probability`` their outlines are drawn from, which covers ``window`` (k, j, i) of that frame."""

    regions: list[Region]
    chain: Chain
    evidence: list[DiscEvidence]
    l5_in_view: bool
    probability: np.ndarray
    window: Box

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
    regions = find_discs(averaged, window, image, options.threshold, options.minimum_volume_mm3)
    chain = find_chain(
        np.array([region.centre_kji * spacing for region in regions]).reshape(-1, 3),
        np.array([_weight(region, averaged, window) for region in regions]),
    )
    regions = [regions[n] for n in chain.members]
    evidence, l5_in_view = [], False
    if output.coarse is not None:
        evidence = [_evidence(output, region, above) for region, above in zip(regions, [*regions[1:], None])]
        l5_in_view = int((output.coarse.argmax(0) == 4).sum()) >= L5_VOXELS
    return FoundChain(regions, chain, evidence, l5_in_view, averaged if options.smooth else probability, window)


def _window(mask: np.ndarray) -> Box | None:
    """Bounding box of a mask with a margin."""
    boxes = ndimage.find_objects(mask.astype(np.uint8))
    if not boxes:
        return None
    return tuple(  # type: ignore[return-value]
        slice(max(0, s.start - m), min(n, s.stop + m)) for s, m, n in zip(boxes[0], MARGIN_VOXELS, mask.shape)
    )


def _weight(region: Region, probability: np.ndarray, window: Box) -> float:
    """What a candidate is worth in the chain: its mean probability, less where it is small."""
    inside = tuple(slice(part.start - start.start, part.stop - start.start) for part, start in zip(region.box, window))
    return min(1.0, region.volume_mm3 / FULL_WEIGHT_MM3) * float(probability[inside][region.mask].mean())


def _evidence(output: NetworkOutput, region: Region, above: Region | None) -> DiscEvidence:
    """What the coarse output says of one disc's level."""
    k, j, i = np.unique(region.points_kji // COARSE_STRIDE, axis=0).T
    shares, scale = output.coarse[:, k, j, i], output.level_scale[k, j, i]  # type: ignore[index]
    weight = shares[1] + shares[2] + 1e-3
    return DiscEvidence(
        first=float(shares[2].sum() / weight.sum()),
        level=float(np.average(output.level[k, j, i], weights=weight / scale)),  # type: ignore[index]
        scale=float(np.average(scale, weights=weight)),
        body_l5_above=_body_l5(output, region, above),
    )


def _body_l5(output: NetworkOutput, region: Region, above: Region | None) -> float | None:
    """Probability that the body between two discs is L5; None where the next disc is not in view."""
    if above is None:
        return None
    middle = np.rint((region.centre_kji + above.centre_kji) / 2 / COARSE_STRIDE).astype(int)
    window = tuple(slice(max(0, c - r), c + r + 1) for c, r in zip(middle, (1, 1, 1)))
    shares = output.coarse[(slice(None), *window)]  # type: ignore[index]
    bodies = shares[3] + shares[4]
    return float(shares[4].sum() / bodies.sum()) if bodies.mean() > 0.3 else None
