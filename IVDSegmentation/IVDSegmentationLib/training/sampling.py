"""Draws one patch of a case: random place, rotation, scale, bending; everything in a single interpolation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from ..anatomy import CANAL_LABEL, FIRST_VERTEBRA_LABEL, SACRUM_LABEL
from ..volume import NETWORK_SPACING_MM
from .cases import TrainingCase

ZOOM_LOG_SD, STRETCH_LOG_SD = 0.09, 0.05
"""Of the logarithm of the scale, for all axes together and for each: adults' vertebrae differ in height by about a tenth."""
ROTATION_SD_DEG = (10.0, 4.0, 4.0)
"""About k, j, i: patients lie tilted and bent in the sagittal plane; in the others the slices follow the spine."""
BENDING_PROBABILITY, BENDING_MM = 0.35, (0.5, 3.0)
"""Smooth displacement at knots some 50 mm apart: curvature and gradients that are not linear."""
NEAR_A_DISC, OFFSET_SD_MM = 0.9, (8.0, 35.0, 20.0)
"""Share of patches around a disc, and how far (k, j, i) its centre lies from theirs; the others show what surrounds spines."""
LOWEST_DISC_WEIGHT = 1.5
"""The lowest disc is the one that levels are counted from, and cut off more often than others."""
INSIDE = 0.8
"""Share of patches that reach no further out of the volume than they must; the rest teaches its borders."""
OUTSIDE_VOXELS = 0.51
"""Further than this from the nearest voxel a place counts as outside: half a voxel and what rounding needs."""


@dataclass
class Patch:
    """``image`` 0 … 1, ``disc`` and ``body`` fractions 0 … 1, ``labels`` int64, ``valid`` 0 or 1; axes (k, j, i)."""

    image: torch.Tensor
    disc: torch.Tensor
    body: torch.Tensor
    labels: torch.Tensor
    valid: torch.Tensor


def _rotation(angles_deg: np.ndarray) -> np.ndarray:
    """Rotation about k, j, i (in this order), for vectors (k, j, i)."""
    matrix = np.eye(3)
    for axis, angle in enumerate(np.radians(angles_deg)):
        a, b = [n for n in range(3) if n != axis]
        turn = np.eye(3)
        turn[a, a] = turn[b, b] = np.cos(angle)
        turn[a, b], turn[b, a] = -np.sin(angle), np.sin(angle)
        matrix = turn @ matrix
    return matrix


def _bend(size: tuple[int, int, int], rng: np.random.Generator, amplitude_mm: float, device: torch.device) -> torch.Tensor:
    """Smooth random displacement, millimetres, shape (3, k, j, i)."""
    coarse = torch.from_numpy(rng.normal(0, amplitude_mm, (1, 3, 4, 6, 5)).astype(np.float32)).to(device)
    return F.interpolate(coarse, size=size, mode="trilinear", align_corners=True)[0]


def _affine_grid(size: tuple[int, int, int], matrix: np.ndarray, centre: np.ndarray, device: torch.device) -> torch.Tensor:
    """Where each voxel of the patch lies in the case, voxels, shape (3, k, j, i): one plane a coordinate, which the
    arithmetic that follows goes through several times faster than through triples."""
    grid = torch.from_numpy(centre.astype(np.float32)).to(device).view(3, 1, 1, 1)
    for axis, n in enumerate(size):
        along = torch.arange(n, dtype=torch.float32, device=device) - (n - 1) / 2
        column = torch.from_numpy(matrix[:, axis].astype(np.float32)).to(device)
        shape = [3, 1, 1, 1]
        shape[axis + 1] = n
        grid = grid + (column[:, None] * along).view(shape)
    return grid


def _centre_mm(case: TrainingCase, extent_mm: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Centre of the patch (k, j, i) mm from the corner of the volume: near a disc, mostly inside the field of view."""
    spacing = np.array(case.spacing_mm[::-1])
    size_mm = np.array(case.image.shape) * spacing
    if case.disc_centres_kji and rng.random() < NEAR_A_DISC:
        weights = np.ones(len(case.disc_centres_kji))
        weights[0] = LOWEST_DISC_WEIGHT
        chosen = rng.choice(len(weights), p=weights / weights.sum())
        centre = case.disc_centres_kji[chosen] * spacing + rng.normal(0, OFFSET_SD_MM)
    else:
        centre = rng.random(3) * size_mm
    if rng.random() < INSIDE:
        low, high = extent_mm / 2, size_mm - extent_mm / 2
        centre = np.where(low < high, np.clip(centre, low, high), size_mm / 2)
    return centre


def draw_patch(case: TrainingCase, size: tuple[int, int, int], rng: np.random.Generator, strength: float = 1.0) -> Patch:
    """A patch of ``size`` voxels (k, j, i) of the network's frame, on the case's device. ``strength`` 0 turns the deformation
    off."""
    device = case.image.device
    step_mm = np.array(NETWORK_SPACING_MM[::-1])
    extent_mm = np.array(size) * step_mm
    spacing = np.array(case.spacing_mm[::-1])
    scale = np.exp(strength * (rng.normal(0, ZOOM_LOG_SD) + rng.normal(0, STRETCH_LOG_SD, 3)))
    turn = _rotation(strength * rng.normal(0, ROTATION_SD_DEG))
    mirror = np.array([rng.choice([-1.0, 1.0]), 1, 1])
    matrix = (turn * (mirror * step_mm * scale)[None, :]) / spacing[:, None]  # voxel of the patch -> voxel of the case
    centre = _centre_mm(case, extent_mm, rng) / spacing - 0.5

    grid = _affine_grid(size, matrix, centre, device)
    if rng.random() < BENDING_PROBABILITY * strength:
        amplitude = rng.uniform(*BENDING_MM)
        millimetres = torch.from_numpy(spacing.astype(np.float32)).to(device).view(3, 1, 1, 1)
        grid += _bend(size, rng, amplitude, device) / millimetres

    edges = torch.stack([grid.amin((1, 2, 3)).floor(), grid.amax((1, 2, 3)).ceil()])
    low, high = edges.cpu().numpy()
    shape = np.array(case.image.shape)
    low, high = np.clip(low.astype(int) - 1, 0, shape - 2), np.clip(high.astype(int) + 2, 2, shape)
    low = np.minimum(low, high - 2)
    window = tuple(slice(int(a), int(b)) for a, b in zip(low, high))
    labels = case.labels[window]
    soft = torch.stack(
        [
            case.image[window].float(),
            ((labels > 0) & (labels < SACRUM_LABEL)).float(),
            ((labels >= FIRST_VERTEBRA_LABEL) & (labels < CANAL_LABEL)).float(),
        ]
    )
    flat = torch.zeros(size, dtype=torch.long, device=device)
    outside = torch.zeros(size, dtype=torch.bool, device=device)
    for plane, first, count in zip(grid, low, labels.shape):
        plane -= float(first)
        nearest = plane.round().clamp_(0, count - 1)
        outside |= (plane - nearest).abs_() > OUTSIDE_VOXELS
        flat.mul_(count).add_(nearest.long())
        plane.mul_(2 / (count - 1)).sub_(1)
    at = grid.flip(0).permute(1, 2, 3, 0)[None]  # grid_sample wants (i, j, k), -1 … 1
    image, disc, body = F.grid_sample(soft[None], at, "bilinear", "border", True)[0]
    value, valid = labels.reshape(-1)[flat], case.valid[window].reshape(-1)[flat]
    return Patch(image, disc, body, value.long(), (valid > 0).float() * ~outside)
