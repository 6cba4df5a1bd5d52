"""The discs of a spine in the network's output: separate, in a chain, with their levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from ..network.classes import (
    BODY_CLASSES,
    COARSE_CLASSES,
    COARSE_STRIDE,
    DISC_CLASSES,
    POSITION_CLASSES,
    POSITION_STRIDE,
)
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
SACRUM_VOXELS, SACRUM_SHARE = 30, 0.6
"""Coarse voxels of the sacrum, at least, and as a share of those of body L5, with which levels are counted from it. With the
sacrum in view the validation scans have 1.3 to 2.1 times as many, with the view cut above it at most 0.47 where L4 is taken
for L5."""
CANAL_VOXELS = 10
"""Coarse voxels of the canal (0.1 cm3 each) without which no discs are believed; a crop of a neck of 5 x 5 x 6 cm has 50, a
knee that was taken for one disc 1."""
BODY_VOXELS_A_DISC = 8
"""The same of the vertebral bodies for each disc; a cervical one has 30 where the scan covers its width, 10 in a slab."""
FAINT_CHAIN = 0.89
"""Median probability of a chain that hangs on nothing, below which it is not believed. Chains of validation scans have 0.93 or
more, of phantoms 0.87 or more; two in 27 generated volumes without a spine 0.78 and 0.88."""
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
        below = self.ends.sacrum and starts_at_sacrum(lowest, self.evidence, self.places, self.ends.l5)
        known = below or ends_at_dens(lowest, self.evidence, self.places, self.ends.c2)
        if not known and self.evidence[0].position is not None and self._is_faint():
            return NamedChain()
        return NamedChain(self.regions, self.places, lowest, confidence if known else 0.0)

    def _is_faint(self) -> bool:
        """Whether half of the discs or more have a low probability."""
        insides = [moved(region.box, self.window, -1) for region in self.regions]
        means = [float(self.probability[box][region.mask].mean()) for box, region in zip(insides, self.regions)]
        return float(np.median(means)) < FAINT_CHAIN


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
    regions = tuple(candidates[n] for n in members) if _is_spine(output, len(members)) else ()
    members = members if regions else []
    steps = [step.levels for step in steps_between(centres_mm[members])]
    places = tuple(np.cumsum([0, *steps]).tolist()) if regions else ()
    evidence, ends = [], EndsInView()
    if output.coarse is not None:
        evidence = [_evidence(output, region, above) for region, above in zip(regions, [*regions[1:], None])]
        count = np.bincount(output.coarse.argmax(0).ravel(), minlength=len(COARSE_CLASSES))
        l5, sacrum = (int(count[COARSE_CLASSES.index(name)]) for name in ("body L5", "sacrum"))
        seen = output.position is None or sacrum >= max(SACRUM_VOXELS, SACRUM_SHARE * l5)
        ends = EndsInView(l5 >= L5_VOXELS, seen, _voxels_of_c2(output) >= C2_VOXELS)
    return FoundDiscs(regions, places, evidence, ends, averaged if options.smooth else probability, window)


def _is_spine(output: NetworkOutput, discs: int) -> bool:
    """Whether bodies and a canal go with the discs. Networks that know no position were not taught what is no spine."""
    if output.position is None:
        return True
    count = np.bincount(output.coarse.argmax(0).ravel(), minlength=len(COARSE_CLASSES))  # type: ignore[union-attr]
    bodies, canal = int(count[list(BODY_CLASSES)].sum()), int(count[COARSE_CLASSES.index("canal")])
    return canal >= CANAL_VOXELS and bodies >= BODY_VOXELS_A_DISC * discs


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
    position = _position(output, region.points_kji)
    return DiscEvidence(
        first=float(shares[2].sum() / weight.sum()),
        level=float(np.average(output.level[k, j, i], weights=weight / scale)),  # type: ignore[index]
        scale=float(np.average(scale, weights=weight)),
        body_l5_above=_body_l5(output, region, above),
        last=_c2_above(output, region),
        position=position,
    )


def _position(output: NetworkOutput, points_kji: np.ndarray) -> np.ndarray | None:
    """Mean logarithm of the probabilities of the places along the spine, (25,), over some voxels."""
    if output.position is None:
        return None
    k, j, i = np.unique(points_kji // POSITION_STRIDE, axis=0).T
    mean = output.position[:, k, j, i].mean(axis=1)
    return mean - np.logaddexp.reduce(mean)


C2_ABOVE_MM = (5.0, 16.0)
"""Where the body of C2 is looked for above the centre of a disc; half its height is 9 mm."""


def _c2_above(output: NetworkOutput, region: Region) -> float | None:
    """How much the vertebral body right above a disc looks like C2; None from a network that does not know."""
    if output.position is None:
        return None
    step_mm = region.grid.spacing_mm[1]
    low, high = (round(region.centre_kji[1] - mm / step_mm) for mm in reversed(C2_ABOVE_MM))
    at = [(k, j, i) for j in range(max(0, low), max(0, high) + 1) for k, i in _around(region.centre_kji)]
    shape = region.grid.array.shape
    inside = np.array([p for p in at if all(0 <= v < n for v, n in zip(p, shape))]).reshape(-1, 3)
    if not len(inside):
        return 0.0
    body = _sum_of(output.coarse[(slice(None), *(inside // COARSE_STRIDE).T)], BODY_CLASSES)  # type: ignore[index]
    c2 = np.exp(output.position[(slice(None), *(inside // POSITION_STRIDE).T)][POSITION_CLASSES - 1])
    return float((body * c2).sum() / max(1.0, body.sum()))


def _around(centre_kji: np.ndarray) -> list[tuple[int, int]]:
    """A few places (k, i) around a centre, 4 and 5 mm apart."""
    k, _, i = np.rint(centre_kji).astype(int)
    return [(int(k) + dk, int(i) + di) for dk in (-2, 0, 2) for di in (-4, 0, 4)]


def _voxels_of_c2(output: NetworkOutput) -> int:
    """Coarse voxels of a vertebral body that the position head takes for C2."""
    if output.position is None:
        return 0
    best = output.coarse.argmax(0)  # type: ignore[union-attr]
    k, j, i = np.nonzero(np.isin(best, BODY_CLASSES))
    steps = np.array(COARSE_STRIDE) / POSITION_STRIDE
    at = (np.stack([k, j, i], 1) * steps).astype(int)
    return int((output.position[(slice(None), *at.T)].argmax(0) == POSITION_CLASSES - 1).sum())


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
