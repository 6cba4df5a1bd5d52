"""The discs of a spine in the network's output: separate, in a chain, with their levels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..network.classes import BODY_CLASSES, BODY_L5_CLASS, CANAL_CLASS, SACRUM_CLASS
from ..spine import NamedChain
from ..spine.chain import steps_between
from ..spine.region import SLAB_MM, Region, moved
from ..volume import Volume
from ..volume.box import Box, bounding_box, grown
from .candidates import find_chain
from .evidence import CARTILAGE_MM3, evidence_of, is_as_high_as_c2, place_of, points_of_c2, size_at
from .level_vote import POSITION_VOTES, DiscEvidence, EndsInView, ends_at_dens, ends_elsewhere, is_c2, starts_at_sacrum, vote
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
"""The same of the vertebral bodies for each lumbar disc, and less for smaller ones; a cervical one has 30 where the scan covers
its width, 5 to 10 in a slab."""
FAINT_CHAIN = (0.84, 0.05)
"""Median probability of a chain whose canal is not clear, below which it is not believed: the second number times the size is
added to the first, as small discs are mostly border. Chains of validation scans have 0.93 or more, of lumbar phantoms 0.87 or
more, of two real necks 0.89; of three generated volumes without a spine 0.78 to 0.88."""
CANAL_QUANTILE, CLEAR_CANAL, LEAST_CANAL = 0.7, 0.9, 0.7
"""Quantile of the canal's probability behind the discs of a chain that does not hang on the sacrum; what it must be for the
chain to be believed, and one disc alone to be named from C2; what it must be where the discs are clear, or C2 lies above them.
Behind the ribs of ten volumes without a spine, which looked like discs, it is 0.3 to 0.71, and at most 0.66 where they were
clear; in 88 phantoms it is 0.75 or more, in most 0.9."""
C2_VOXELS = 15
"""Coarse voxels of C2, which has a quarter of the volume of L5."""
COUNTED_CONFIDENCE = 0.7
"""Chance that the lowest disc found is L5-S1. With the two models of 2016 that was so in 20 of 28 results on the validation
scans; in most of the others a disc of the sacrum was found, too."""
CONFIDENCE_OF_OTHER_COUNT = 0.75
"""At most, where levels are counted from the sacrum and C2 lies above another disc than C2-C3: a disc may be missing."""
FULL_WEIGHT_MM3 = 1500.0
"""Lumbar discs from this volume on count fully in the chain: T9-T10, the smallest annotated one, has 1.9 cm3 or more. Where
discs are narrower it falls with the square of their width, to 0.2 cm3 in the neck."""
MARGIN_VOXELS = (2, 4, 4)
"""Margin (k, j, i) around the discs in which their probability is carried to the input's grid."""


@dataclass(frozen=True)
class FoundDiscs:
    """The discs of a spine before they are named.

    ``regions`` from below, in the network's frame; ``places``: levels above the lowest one; ``evidence`` of each for its
    level, empty where the network tells nothing of levels; ``ends``: what is seen of the vertebrae that levels are counted
    from. ``probability``, from which the outlines are drawn, covers ``window`` (k, j, i) of that frame. ``sizes``: width that a
    disc at the place of each has, as a share of a lumbar one's.
    """

    regions: tuple[Region, ...]
    places: tuple[int, ...]
    evidence: list[DiscEvidence]
    ends: EndsInView
    probability: np.ndarray
    window: Box
    sizes: tuple[float, ...] = ()

    def named(self, temperature: float) -> NamedChain:
        """With their levels; confidence 0 where the chain neither starts at the sacrum nor ends at the dens. A network that
        knows nothing of levels, as the paper's, gets the paper's rule: they are counted from the lowest disc."""
        if not self.evidence:
            return NamedChain(self.regions, self.places, 1, COUNTED_CONFIDENCE, counted=True)
        # what is seen of the sacrum comes first: between it and C2 a disc may be missing, and lumbar levels matter most
        without_c2 = [replace(disc, c2_above=None) for disc in self.evidence]
        lowest, confidence = vote(without_c2, self.places, temperature, POSITION_VOTES)
        if self.ends.sacrum and starts_at_sacrum(lowest, self.evidence, self.places, self.ends.l5):
            if ends_elsewhere(lowest, self.evidence, self.places):
                confidence = min(confidence, CONFIDENCE_OF_OTHER_COUNT)
            chain = NamedChain(self.regions, self.places, lowest, confidence)
            if chain.is_known:
                return chain
        lowest, confidence = vote(self.evidence, self.places, temperature)
        ends = ends_at_dens(lowest, self.evidence, self.places)
        if self.evidence[0].position is None:
            return NamedChain(self.regions, self.places, lowest, confidence if ends else 0.0)
        canal = float(np.quantile([disc.canal_behind for disc in self.evidence], CANAL_QUANTILE))
        if canal < LEAST_CANAL or (canal < CLEAR_CANAL and not ends and self._is_faint()):
            return NamedChain()
        alone = len(self.regions) == 1 and canal < CLEAR_CANAL
        return NamedChain(self.regions, self.places, lowest, confidence if ends and not alone else 0.0)

    def _is_faint(self) -> bool:
        """Whether half of the discs or more have a low probability."""
        insides = [moved(region.box, self.window, -1) for region in self.regions]
        means = [float(self.probability[box][region.mask].mean()) for box, region in zip(insides, self.regions)]
        return float(np.median(means)) < FAINT_CHAIN[0] + FAINT_CHAIN[1] * float(np.median(self.sizes))


def find_discs_of_spine(output: NetworkOutput, image: Volume, options: Options) -> FoundDiscs:
    """Separate discs of the network's output that form a chain, and the evidence that each gives for its level."""
    window = _window(output.disc > FAINT_PROBABILITY)
    if window is None:
        return FoundDiscs((), (), [], EndsInView(), output.disc[:0], (slice(0), slice(0), slice(0)))
    probability = output.disc[window]
    averaged = smoothed(probability)
    spacing_mm = np.array(image.spacing_mm[::-1])
    c2_mm = points_of_c2(output, spacing_mm)
    c2_mm = c2_mm if len(c2_mm) >= C2_VOXELS else c2_mm[:0]

    def size(points_kji: np.ndarray) -> float:
        return size_at(output, points_kji)

    candidates = find_discs(averaged, window, image, options.threshold, options.minimum_volume_mm3, size)
    candidates = [r for r in candidates if r.volume_mm3 > CARTILAGE_MM3 or not is_as_high_as_c2(r, c2_mm)]
    centres_mm = np.array([region.centre_kji * spacing_mm for region in candidates]).reshape(-1, 3)
    along = None if output.position is None else np.array([place_of(output, region.points_kji) for region in candidates])
    sizes = [size(region.points_kji) for region in candidates]
    weights = [_weight(region, averaged, window, share) for region, share in zip(candidates, sizes)]
    members = find_chain(centres_mm, np.array(weights), along)
    width_mm = image.array.shape[0] * spacing_mm[0]
    if not _is_spine(output, min(1.0, width_mm / SLAB_MM) * sum(sizes[n] for n in members)):
        members = []
    regions, found_sizes = tuple(candidates[n] for n in members), tuple(sizes[n] for n in members)
    steps = [step.levels for step in steps_between(centres_mm[members], places=None if along is None else along[members])]
    places = tuple(np.cumsum([0, *steps]).tolist()) if regions else ()
    evidence, ends = [], EndsInView()
    if output.coarse is not None:
        around = zip(regions, [None, *regions[:-1]], [*regions[1:], None])
        evidence = [evidence_of(output, region, below, above) for region, below, above in around]
        l5, sacrum = output.count(BODY_L5_CLASS), output.count(SACRUM_CLASS)
        seen = output.position is None or sacrum >= max(SACRUM_VOXELS, SACRUM_SHARE * l5)
        ends = EndsInView(l5 >= L5_VOXELS, seen, any(is_c2(disc.c2_above) for disc in evidence))
    return FoundDiscs(regions, places, evidence, ends, averaged if options.smooth else probability, window, found_sizes)


def _is_spine(output: NetworkOutput, discs: float) -> bool:
    """Whether bodies and a canal go with the discs; ``discs``: their number, each counted by its size and by the share of it
    that a slab shows. Networks that know no position were not taught what is no spine."""
    if output.position is None:
        return True
    return output.count(CANAL_CLASS) >= CANAL_VOXELS and output.count(*BODY_CLASSES) >= BODY_VOXELS_A_DISC * discs


def _window(mask: np.ndarray) -> Box | None:
    """Bounding box of a mask with a margin."""
    box = bounding_box(mask)
    return None if box is None else grown(box, MARGIN_VOXELS, mask.shape)


def _weight(region: Region, probability: np.ndarray, window: Box, size: float) -> float:
    """What a candidate is worth in the chain: its mean probability, less where it is small for the discs there."""
    inside = probability[moved(region.box, window, -1)][region.mask]
    return min(1.0, region.volume_mm3 / (FULL_WEIGHT_MM3 * size**2)) * float(inside.mean())
