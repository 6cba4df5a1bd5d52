"""Figures of a network on whole validation volumes, quick enough to be taken during training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import nn

from ..anatomy import SACRUM_LABEL
from ..evaluation.scores import COMPLETE_FRACTION
from ..network.intensity import z_score
from ..segmentation.infer import infer_standardised
from ..spine import disc_regions
from ..volume import NETWORK_SPACING_MM, Volume
from ..volume.frame import resample_array
from .cases import TrainingCase

_REACH_MM = 25.0
"""A found voxel this far from a disc's centre is no part of it; along the spine half of that."""

_MOST_POINTS = 200_000


@dataclass
class PreparedCase:
    """A case in the network's frame, axes (k, j, i): ``image`` float32 0 … 1.2, ``disc`` shares 0 … 1, ``valid`` bool.
    ``centres_mm`` (n, 3) from the corner of the volume, of the discs that lie wholly in the valid region."""

    case: TrainingCase
    image: np.ndarray
    disc: np.ndarray
    valid: np.ndarray
    centres_mm: np.ndarray


class Validation:
    """Dice of the discs at threshold 0.5 within the valid region, and how far their centres are off."""

    def __init__(self, cases: list[TrainingCase], device: str = "cpu") -> None:
        self.device = device
        self.prepared = [_prepared(case) for case in cases]
        self.shown: tuple[PreparedCase, np.ndarray] | None = None
        """The first case and the disc probability found in it, for a picture."""

    def __call__(self, network: nn.Module, check: Callable[[], None] = lambda: None) -> dict[str, float]:
        """``dice``: mean over the cases; ``dice <group>``; ``distance_mm``: mean localization distance of the discs found;
        ``missed``: discs that nothing was found for. ``check`` is called before each case and may raise to stop."""
        groups: dict[str, list[float]] = {}
        distances: list[float] = []
        missed = 0
        for number, one in enumerate(self.prepared):
            check()
            output = infer_standardised(network, z_score(one.image), self.device)
            if number == 0:
                self.shown = (one, output.disc)
            p, t = (output.disc > 0.5) & one.valid, (one.disc > 0.5) & one.valid
            groups.setdefault(one.case.group, []).append(float(2 * (p & t).sum() / max(1, p.sum() + t.sum())))
            found = centre_distances_mm(p, one.centres_mm)
            distances += [d for d in found if d is not None]
            missed += found.count(None)
        figures = {f"dice {group}": float(np.mean(values)) for group, values in groups.items()}
        every = [value for values in groups.values() for value in values]
        centres = {"distance_mm": float(np.mean(distances))} if distances else {}
        return {"dice": float(np.mean(every))} | figures | centres | {"missed": missed}


def centre_distances_mm(found: np.ndarray, centres_mm: np.ndarray) -> list[float | None]:
    """Distance of each disc's centre to the centroid of the found voxels that are nearest to it; None where there are
    none. A quick stand-in for ``evaluation``, which judges the result of the whole pipeline."""
    if not len(centres_mm):
        return []
    spacing = np.array(NETWORK_SPACING_MM[::-1])
    where = np.argwhere(found)
    points = (where[:: len(where) // _MOST_POINTS + 1] + 0.5) * spacing  # an untrained network may find everything
    stretch = np.array([1.0, 2.0, 1.0])  # discs are flat: along the spine (j) a millimetre counts double
    away, nearest = cKDTree(centres_mm * stretch).query(points * stretch) if len(points) else (np.empty(0), np.empty(0, int))
    result: list[float | None] = []
    for number, centre in enumerate(centres_mm):
        own = points[(nearest == number) & (away < _REACH_MM)]
        result.append(float(np.linalg.norm(own.mean(axis=0) - centre)) if len(own) else None)
    return result


def _prepared(case: TrainingCase) -> PreparedCase:
    i, j, k = (max(1, round(n * s / t)) for n, s, t in zip(case.image.shape[::-1], case.spacing_mm, NETWORK_SPACING_MM))
    size = (i, j, k)

    def resampled(tensor: torch.Tensor) -> np.ndarray:
        return resample_array(tensor.numpy().astype(np.float32), case.spacing_mm, size, NETWORK_SPACING_MM)

    disc = (case.labels > 0) & (case.labels < SACRUM_LABEL)
    image, shares, valid = resampled(case.image), resampled(disc), resampled(case.valid) > 0.5
    return PreparedCase(case, image, shares, valid, _whole_centres_mm(case, image.shape))


def _whole_centres_mm(case: TrainingCase, shape: tuple[int, ...]) -> np.ndarray:
    """Centres (k, j, i) in millimetres from the corner of the network's frame, which shares its centre with the case."""
    discs, valid = disc_regions(Volume(case.labels.numpy(), case.spacing_mm)), case.valid.numpy() > 0
    spacing = np.array(case.spacing_mm[::-1])
    corner = (np.array(valid.shape) * spacing - np.array(shape) * np.array(NETWORK_SPACING_MM[::-1])) / 2
    whole = [disc for _, disc in sorted(discs.items()) if disc.within(valid).share >= COMPLETE_FRACTION]
    return np.array([(disc.centre_kji + 0.5) * spacing - corner for disc in whole]).reshape(-1, 3)
