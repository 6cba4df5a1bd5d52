"""What the coarse output of the network says of a place: where along the spine it lies, and which level a disc there has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from ..network.classes import BODY_CLASSES, CANAL_CLASS, COARSE_STRIDE, DISC_CLASSES, POSITION_CLASSES, POSITION_STRIDE
from ..spine import Region
from ..spine.norms import relative_size
from .level_vote import DiscEvidence

if TYPE_CHECKING:
    from .infer import NetworkOutput

C2_PLACE = POSITION_CLASSES - 1
"""Place along the spine of C2 and the dens."""
NO_DISC_PLACE = C2_PLACE - 0.25
"""Expected place from which on voxels lie in C2, not in a disc below it."""
UP_MM = (4.0, 7.0, 10.0, 13.0, 16.0)
"""How far above a disc's centre, along the chain, its place is asked for: the place n is the disc n and the body above it, and
half of what lies at the disc itself has the place below."""
BACK_MM = (-4.0, 0.0, 4.0, 10.0)
"""And how far behind that line, in the body and in the canal. Of 700 phantoms' discs from T2-T3 upwards the most likely place
is the true one in 61 %, with the voxels of the disc moved up by 5 mm it was so in 40 % of the neck's."""
CANAL_BACK_MM, CANAL_SIDE_MM = range(6, 40, 3), (-6, 0, 6)
"""How far behind the centre of a disc, and beside the middle, the canal is looked for."""
INSIDE_C2_MM, CARTILAGE_MM3 = 4.0, 300.0
"""What lies less than this below the centre of C2 and is no larger is what is left of the cartilage under the dens; a larger
disc there shows that this is not C2."""


def place_of(output: NetworkOutput, points_kji: np.ndarray) -> float:
    """Expected place along the spine of some voxels of the network's frame, in label values."""
    return float(np.exp(_position(output, points_kji)) @ np.arange(POSITION_CLASSES))


def size_at(output: NetworkOutput, points_kji: np.ndarray) -> float:
    """Width of the discs at some voxels as a share of a lumbar one's; 1 from a network that does not know its place, and where
    C2 is: there is no disc above it."""
    if output.position is None:
        return 1.0
    place = place_of(output, points_kji)
    return 1.0 if place > NO_DISC_PLACE else relative_size(place)


def evidence_of(output: NetworkOutput, region: Region, below: Region | None, above: Region | None) -> DiscEvidence:
    """What the coarse output says of one disc's level. ``below`` and ``above``: its neighbours in the chain."""
    k, j, i = _cells(region.points_kji, COARSE_STRIDE)
    shares, scale = output.coarse[:, k, j, i], output.level_scale[k, j, i]  # type: ignore[index]
    weight = _sum_of(shares, DISC_CLASSES) + 1e-3
    position = None if output.position is None else _place_above(output, region, below, above)
    return DiscEvidence(
        first=float(shares[2].sum() / weight.sum()),
        level=float(np.average(output.level[k, j, i], weights=weight / scale)),  # type: ignore[index]
        scale=float(np.average(scale, weights=weight)),
        body_l5_above=_body_l5(output, region, above),
        c2_above=None if position is None else float(np.exp(position[C2_PLACE])),
        position=position,
        canal_behind=_canal_behind(output, region),
    )


def points_of_c2(output: NetworkOutput, spacing_mm_kji: np.ndarray) -> np.ndarray:
    """Centres (n, 3) in mm (k, j, i) of the coarse voxels of C2: the largest component of what is a vertebral body and has that
    place along the spine."""
    if output.position is None:
        return np.zeros((0, 3))
    body = np.isin(output.classes, BODY_CLASSES)
    at = tuple(n * s // t for n, s, t in zip(np.indices(body.shape), COARSE_STRIDE, POSITION_STRIDE))
    labels, count = ndimage.label(body & (output.position.argmax(0)[at] == C2_PLACE), np.ones((3, 3, 3)))
    if count == 0:
        return np.zeros((0, 3))
    largest = 1 + int(np.argmax(np.bincount(labels.ravel())[1:]))
    steps = np.array(COARSE_STRIDE)
    return (np.argwhere(labels == largest) * steps + (steps - 1) / 2) * spacing_mm_kji


def is_as_high_as_c2(region: Region, c2_mm: np.ndarray) -> bool:
    """Whether a disc lies as high as C2 itself, or higher."""
    return len(c2_mm) > 0 and _centre_mm(region)[1] - c2_mm[:, 1].mean() < INSIDE_C2_MM


def _centre_mm(region: Region) -> np.ndarray:
    return region.centre_kji * region.grid.spacing_mm[::-1]


def _place_above(output: NetworkOutput, region: Region, below: Region | None, above: Region | None) -> np.ndarray:
    """Mean logarithm of the probabilities of the places along the spine, (25,), above a disc. Above the highest one the spine
    is taken to turn halfway back to upright."""
    centre, spacing_mm = _centre_mm(region), region.grid.spacing_mm[::-1]
    upright = np.array([0.0, -1.0, 0.0])
    if above is not None:
        up = _unit(_centre_mm(above) - centre)
    else:
        up = upright if below is None else _unit(upright + _unit(centre - _centre_mm(below)))
    points = np.array([centre + up * mm + [0.0, 0.0, back] for mm in UP_MM for back in BACK_MM]) / spacing_mm
    points[:, 1] = np.maximum(points[:, 1], 0.0)
    at = [(points[:, axis] - (step - 1) / 2) / step for axis, step in enumerate(POSITION_STRIDE)]
    places = np.arange(POSITION_CLASSES)[:, None]  # an axis of its own: one call instead of one for each place
    logs = ndimage.map_coordinates(output.position, np.broadcast_arrays(places, *at), order=1, mode="nearest")
    return _normalised(logs.mean(axis=1))


def _canal_behind(output: NetworkOutput, region: Region) -> float:
    """The highest probability of the canal in the coarse voxels behind a disc."""
    canal = output.coarse[CANAL_CLASS]  # type: ignore[index]
    points = np.array([[side, 0.0, back] for side in CANAL_SIDE_MM for back in CANAL_BACK_MM]) + _centre_mm(region)
    at = np.rint(points / region.grid.spacing_mm[::-1]).astype(int) // COARSE_STRIDE
    k, j, i = np.clip(at, 0, np.array(canal.shape) - 1).T
    return float(canal[k, j, i].max())


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def _normalised(logs: np.ndarray) -> np.ndarray:
    return logs - np.logaddexp.reduce(logs)


def _position(output: NetworkOutput, points_kji: np.ndarray) -> np.ndarray:
    """Mean logarithm of the probabilities of the places along the spine, (25,), over some voxels."""
    k, j, i = _cells(points_kji, POSITION_STRIDE)
    return _normalised(output.position[:, k, j, i].mean(axis=1))  # type: ignore[index]


def _cells(points_kji: np.ndarray, stride: tuple[int, int, int]) -> np.ndarray:
    """Places (3, n) of the coarse voxels that hold some voxels (n, 3), each once, in the order of k, j, i."""
    cells = points_kji // stride
    first = cells.min(axis=0)
    held = np.zeros(cells.max(axis=0) - first + 1, bool)
    held[tuple((cells - first).T)] = True
    return (np.argwhere(held) + first).T


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
