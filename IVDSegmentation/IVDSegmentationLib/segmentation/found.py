"""The discs of a spine in the network's output: separate, in a chain, with their levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from ..network.classes import BODY_CLASSES, COARSE_CLASSES, COARSE_STRIDE, DISC_CLASSES
from ..spine import NamedChain
from ..spine.chain import steps_between
from ..spine.region import Box, Region, moved
from ..volume import Volume
from .candidates import find_chain
from .level_vote import DiscEvidence, EndsInView, ends_at_dens, starts_at_sacrum, vote
from .options import Options
from .postprocess import find_discs, smoothed

if TYPE_CHECKING:
    from .infer import NetworkOutput

FAINT_PROBABILITY = 0.05
"""Where the network gives less there is no disc, at whatever threshold: the box around the rest is looked at."""
L5_VOXELS = 50
"""Coarse voxels (0.1 cm3 each) of body L5 that must be seen to count from it."""
C2_VOXELS = 15
"""The same of C2, which has a quarter of the volume of L5."""
COUNTED_CONFIDENCE = 0.7
"""Chance that the lowest disc found is L5-S1. With the two models of 2016 that was so in 20 of 28 results on the validation
scans; in most of the others a disc of the sacrum was found, too."""
FULL_WEIGHT_MM3 = 1500.0
"""Discs from this volume on count fully in the chain: T9-T10, the smallest annotated one, has 1.9 cm3 or more."""
MARGIN_VOXELS = (2, 4, 4)
"""Margin (k, j, i) around the discs in which their probability is carried to the input's grid."""


@dataclass(frozen=True)
class FoundDiscs:
    """The discs of a spine before they are named.

    ``regions`` from below, in the network's frame; ``places``: levels above the lowest one; ``evidence`` of each for its
    level, empty where the network tells nothing of levels; ``ends``: what is seen of the vertebrae that levels are counted
    from. ``probability``, from which the outlines are drawn, covers
    ``window`` (k, j, i) of that frame.
    """

    regions: tuple[Region, ...]
    places: tuple[int, ...]
    evidence: list[DiscEvidence]
    ends: EndsInView
    probability: np.ndarray
    window: Box

    def named(self, temperature: float) -> NamedChain:
        """With their levels; confidence 0 where the chain neither starts at the sacrum nor ends at the dens. A network that
        knows nothing of levels, as the paper's, gets the paper's rule: they are counted from the lowest disc."""
        if not self.evidence:
            return NamedChain(self.regions, self.places, 1, COUNTED_CONFIDENCE, counted=True)
        lowest, confidence = vote(self.evidence, self.places, temperature)
        known = starts_at_sacrum(lowest, self.evidence, self.places, self.ends.l5) or ends_at_dens(
            lowest, self.evidence, self.places, self.ends.c2
        )
        return NamedChain(self.regions, self.places, lowest, confidence if known else 0.0)


def find_discs_of_spine(output: NetworkOutput, image: Volume, options: Options) -> FoundDiscs:
    """Separate discs of the network's output that form a chain, and the evidence that each gives for its level."""
    window = _window(output.disc > FAINT_PROBABILITY)
    if window is None:
        return FoundDiscs((), (), [], EndsInView(), output.disc[:0], (slice(0), slice(0), slice(0)))
    probability = output.disc[window]
    averaged = smoothed(probability)
    candidates = find_discs(averaged, window, image, options.threshold, options.minimum_volume_mm3)
    centres_mm = np.array([region.centre_kji * image.spacing_mm[::-1] for region in candidates]).reshape(-1, 3)
    members = find_chain(centres_mm, np.array([_weight(region, averaged, window) for region in candidates]))
    regions = tuple(candidates[n] for n in members)
    steps = [step.levels for step in steps_between(centres_mm[members])]
    places = tuple(np.cumsum([0, *steps]).tolist()) if regions else ()
    evidence, ends = [], EndsInView()
    if output.coarse is not None:
        evidence = [_evidence(output, region, above) for region, above in zip(regions, [*regions[1:], None])]
        count = np.bincount(output.coarse.argmax(0).ravel(), minlength=len(COARSE_CLASSES))
        l5, c2 = (int(count[COARSE_CLASSES.index(name)]) for name in ("body L5", "body C2"))
        ends = EndsInView(l5 >= L5_VOXELS, c2 >= C2_VOXELS)
    return FoundDiscs(regions, places, evidence, ends, averaged if options.smooth else probability, window)


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
    inside = probability[moved(region.box, window, -1)][region.mask]
    return min(1.0, region.volume_mm3 / FULL_WEIGHT_MM3) * float(inside.mean())


def _evidence(output: NetworkOutput, region: Region, above: Region | None) -> DiscEvidence:
    """What the coarse output says of one disc's level."""
    k, j, i = np.unique(region.points_kji // COARSE_STRIDE, axis=0).T
    shares, scale = output.coarse[:, k, j, i], output.level_scale[k, j, i]  # type: ignore[index]
    weight = _sum_of(shares, DISC_CLASSES) + 1e-3
    last = COARSE_CLASSES.index("disc C2-C3")
    return DiscEvidence(
        first=float(shares[2].sum() / weight.sum()),
        level=float(np.average(output.level[k, j, i], weights=weight / scale)),  # type: ignore[index]
        scale=float(np.average(scale, weights=weight)),
        body_l5_above=_body_l5(output, region, above),
        last=float(shares[last].sum() / weight.sum()) if last < len(shares) else None,
    )


def _sum_of(shares: np.ndarray, classes: tuple[int, ...]) -> np.ndarray:
    """Probability of any of the classes, as far as the network knows them."""
    return shares[[n for n in classes if n < len(shares)]].sum(axis=0)


def _body_l5(output: NetworkOutput, region: Region, above: Region | None) -> float | None:
    """Probability that the body between two discs is L5; None where the next disc is not in view."""
    if above is None:
        return None
    middle = np.rint((region.centre_kji + above.centre_kji) / 2 / COARSE_STRIDE).astype(int)
    window = tuple(slice(max(0, c - r), c + r + 1) for c, r in zip(middle, (1, 1, 1)))
    shares = output.coarse[(slice(None), *window)]  # type: ignore[index]
    bodies = _sum_of(shares, BODY_CLASSES)
    return float(shares[4].sum() / bodies.sum()) if bodies.mean() > 0.3 else None
