"""Batches drawn on a GPU, all patches of a batch together: where a few patches a step are drawn one by one, the GPU waits.

The same deformations and appearances as ``training.sampling`` and ``training.augmentation`` give, from random numbers drawn
on the CPU; nothing here waits for the GPU.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from IVDSegmentationLib.anatomy import CANAL_LABEL, FIRST_VERTEBRA_LABEL, SACRUM_LABEL
from IVDSegmentationLib.network.classes import (
    COARSE_CLASSES,
    COARSE_OF_STRUCTURE,
    COARSE_STRIDE,
    POSITION_CLASSES,
    POSITION_STRIDE,
    coarse_class_table,
    level_coordinate_table,
    position_table,
)
from IVDSegmentationLib.training import augmentation
from IVDSegmentationLib.training.batches import Batch
from IVDSegmentationLib.training.sampling import _rotation
from IVDSegmentationLib.volume.frame import NETWORK_SPACING_MM

STEP_MM = np.array(NETWORK_SPACING_MM[::-1])
STRIDE = np.array(COARSE_STRIDE)


@dataclass
class DeviceCase:
    """``image`` float16, ``labels`` uint8, ``valid`` uint8 or None where all is: (k, j, i) on the device. ``spacing`` and
    ``centres`` of the discs (k, j, i), in mm and voxels."""

    group: str
    image: torch.Tensor
    labels: torch.Tensor
    valid: torch.Tensor | None
    spacing: np.ndarray
    centres: list[np.ndarray]
    known: np.ndarray
    has_levels: bool

    @property
    def size(self) -> np.ndarray:
        return np.array(self.image.shape)


def known_classes(structures: list[str]) -> np.ndarray:
    known = np.zeros(len(COARSE_CLASSES), bool)
    known[0] = True
    for structure in structures:
        known[list(COARSE_OF_STRUCTURE[structure])] = True
    return known


class DeviceBatches:
    """Draws batches of ``count`` patches of ``size`` with boxes of ``fine`` for the fine stage (k, j, i)."""

    def __init__(self, cases: list[DeviceCase], shares: dict[str, float], gentle: float, device: str) -> None:
        self.device, self.gentle, self.shares = device, gentle, shares
        self.groups: dict[str, list[DeviceCase]] = {}
        for case in cases:
            self.add(case)
        self.class_of = torch.from_numpy(coarse_class_table()).to(device)
        self.level_of = torch.from_numpy(level_coordinate_table()).to(device)
        self.position_of = torch.from_numpy(position_table()).to(device)
        self.classes = torch.arange(len(COARSE_CLASSES), device=device).view(1, -1, 1, 1, 1)
        self.positions = torch.arange(POSITION_CLASSES, device=device).view(1, -1, 1, 1, 1)

    def add(self, case: DeviceCase) -> None:
        self.groups.setdefault(case.group, []).append(case)

    def _case(self, rng: np.random.Generator) -> DeviceCase:
        names = list(self.groups)
        named = sum(self.shares.get(name, 0.0) for name in names)
        rest = sum(len(self.groups[name]) for name in names if name not in self.shares)
        weights = np.array(
            [self.shares.get(name, max(0.0, 1 - named) * len(self.groups[name]) / max(1, rest)) for name in names]
        )
        group = self.groups[names[int(rng.choice(len(names), p=weights / weights.sum()))]]
        return group[int(rng.integers(len(group)))]

    def _tensor(self, array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array, np.float32)).to(self.device, non_blocking=True)

    def make(self, rng: np.random.Generator, size: tuple, fine: tuple, count: int) -> Batch:
        cases = [self._case(rng) for _ in range(count)]
        theta, edge, bend, starts = [], [], [], []
        for case in cases:
            matrix, centre = _placed(case, np.array(size), rng)
            scale = 2.0 / np.maximum(case.size - 1, 1)
            linear = scale[:, None] * matrix * ((np.array(size) - 1) / 2)[None, :]
            theta.append(np.concatenate([linear[::-1, ::-1], (centre * scale - 1)[::-1, None]], axis=1))
            edge.append((1 + 1.02 / np.maximum(case.size - 1, 1))[::-1])
            amplitude = rng.uniform(0.5, 3.0) if rng.random() < 0.35 else 0.0
            bend.append(rng.normal(0, amplitude + 1e-9, (3, 4, 6, 5)) * (scale / case.spacing)[::-1, None, None, None])
            starts.append(_box_start(case, matrix, centre, np.array(size), np.array(fine), rng))
        grid = F.affine_grid(self._tensor(np.stack(theta)), [count, 1, *size], align_corners=True)
        displaced = F.interpolate(self._tensor(np.stack(bend)), size=size, mode="trilinear", align_corners=True)
        grid = grid + displaced.permute(0, 2, 3, 4, 1)
        valid = (grid.abs() <= self._tensor(np.stack(edge)).view(count, 1, 1, 1, 3)).all(-1).float()
        soft, labels = [], []
        for n, case in enumerate(cases):
            own = case.labels
            volumes = torch.stack(
                [
                    case.image.float(),
                    ((own > 0) & (own < SACRUM_LABEL)).float(),
                    ((own >= FIRST_VERTEBRA_LABEL) & (own < CANAL_LABEL)).float(),
                ]
            )
            soft.append(F.grid_sample(volumes[None], grid[n : n + 1], "bilinear", "border", True))
            labels.append(F.grid_sample(own.float()[None, None], grid[n : n + 1], "nearest", "border", True)[0])
            if case.valid is not None:
                valid[n] *= F.grid_sample(case.valid.float()[None, None], grid[n : n + 1], "nearest", "border", True)[0, 0]
        images = torch.cat(soft)
        label = torch.cat(labels).long()
        coarse, coarse_valid, level = self._coarse_maps(label, valid, np.array([case.has_levels for case in cases]))
        windows = [tuple(slice(s, s + f) for s, f in zip(start, fine)) for start in starts]
        disc = torch.stack([images[(n, 1, *w)] for n, w in enumerate(windows)])
        body = torch.stack([images[(n, 2, *w)] for n, w in enumerate(windows)])
        return Batch(
            self._varied(images[:, 0], rng)[:, None],
            coarse,
            coarse_valid,
            level,
            torch.from_numpy(np.stack([case.known for case in cases])).to(self.device, non_blocking=True),
            torch.tensor(np.stack(starts)),  # on the CPU, where it is read
            torch.stack([(1 - disc - body).clamp(min=0), disc, body], 1),
            torch.stack([valid[(n, *w)] for n, w in enumerate(windows)]),
            self._positions(label, np.array([case.has_levels for case in cases])),
        )

    def _positions(self, label: torch.Tensor, has_levels: np.ndarray) -> torch.Tensor:
        """Shares of the places along the spine (N, 25, …), from eight voxels of each voxel of the position head."""
        shares = torch.zeros((len(label), POSITION_CLASSES, *(n // s for n, s in zip(label.shape[1:], POSITION_STRIDE))))
        shares = shares.to(self.device)
        for first in itertools.product((0, 1), (2, 5), (2, 5)):
            part = (slice(None), *(slice(o, None, s) for o, s in zip(first, POSITION_STRIDE)))
            shares += (self.position_of[label[part]][:, None] == self.positions).float() / 8
        return shares * self._tensor(has_levels).view(-1, 1, 1, 1, 1)

    def _coarse_maps(self, label: torch.Tensor, valid: torch.Tensor, has_levels: np.ndarray) -> tuple[torch.Tensor, ...]:
        parts = [(slice(None), *(slice(o, None, s) for o, s in zip(first, COARSE_STRIDE))) for first in ((0, 1, 2), (1, 2, 1))]
        chosen = [label[part] for part in parts]
        shares = sum((self.class_of[c][:, None] == self.classes).float() for c in chosen) / 2
        coarse_valid = torch.minimum(valid[parts[0]], valid[parts[1]])
        levels = [self.level_of[c] for c in chosen]
        trusted = (levels[0] == levels[1]) & (self._tensor(has_levels).view(-1, 1, 1, 1) > 0)
        return shares, coarse_valid, torch.where(trusted, levels[0], torch.nan)  # type: ignore[return-value]

    def _varied(self, image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
        """Random appearance of each image (N, k, j, i) 0 … 1; as ``OTHER_SCANNER`` and, for a share,
        ``OTHER_DAY`` change them."""
        count, device = len(image), image.device
        gentle = rng.random(count) < self.gentle

        def some(share: float) -> np.ndarray:
            return np.flatnonzero((rng.random(count) < share) & ~gentle)

        images = list(image)
        for share, change in (
            (0.10, augmentation.RandomFilter()),
            (0.20, augmentation.ToneCurve()),
            (0.04, augmentation.Inversion()),
            (0.35, augmentation.ThickSlices()),
            (0.20, augmentation.CoarsePixels()),
            (0.15, augmentation.Blur()),
            (0.11, augmentation.Sharpening()),
        ):
            for n in some(share):
                images[n] = change(images[n], rng)
        image = torch.stack(images).clamp(min=0)

        def column(values: np.ndarray) -> torch.Tensor:
            return self._tensor(values).view(-1, *([1] * (image.dim() - 1)))

        image = (image + 1e-6) ** column(np.exp(rng.normal(0, np.where(gentle, 0.12, 0.25), count)))
        strong = (rng.random(count) < 0.6) & ~gentle
        shading = np.stack(
            [
                s * (rng.normal(0, rng.uniform(0.1, 0.45), (2, 4, 4)) + rng.normal(0, 0.3) * np.linspace(-1, 1, 4))
                for s in strong
            ]
        )
        field = F.interpolate(self._tensor(shading)[:, None], size=tuple(image.shape[1:]), mode="trilinear", align_corners=True)
        image = image * torch.exp(field[:, 0])
        band = (rng.random(count) < 0.15) & ~gentle
        if band.any():
            at = np.arange(image.shape[3])[None]
            edges = rng.uniform(0, 0.3, (count, 1)) * image.shape[3]
            ramp = 1 / (1 + np.exp(-(at - edges) / rng.uniform(2, 8, (count, 1))))
            factor = np.minimum(1, rng.uniform(0.05, 0.5, (count, 1)) + (1 - rng.uniform(0.05, 0.5, (count, 1))) * ramp)
            image = image * self._tensor(np.where(band[:, None], factor, 1.0)).view(count, 1, 1, -1)
        sigma = np.where((rng.random(count) < 0.5) & ~gentle, rng.uniform(0.005, 0.07, count), 0.0)
        image = (image + torch.randn(image.shape, device=device) * column(sigma)).abs()
        image = torch.minimum(image, column(np.where((rng.random(count) < 0.2) & ~gentle, rng.uniform(0.6, 1.0, count), 9.0)))
        mean, sd = image.mean((1, 2, 3), keepdim=True), image.std((1, 2, 3), keepdim=True)
        image = (image - mean) / (sd + 1e-6)
        return image * column(np.exp(rng.normal(0, 0.12, count))) + column(rng.normal(0, 0.15, count))


def _placed(case: DeviceCase, size: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(matrix from patch voxels off its centre to case voxels, the centre in case voxels)."""
    scale = np.exp(rng.normal(0, 0.09) + rng.normal(0, 0.05, 3))
    turn = _rotation(rng.normal(0, [10, 4, 4]))
    mirror = np.array([rng.choice([-1.0, 1.0]), 1, 1])
    if case.group in ("none", "real negative"):  # no side is up where no spine is
        turn = _rotation(rng.normal(0, [25, 12, 12]))
        mirror = rng.choice([-1.0, 1.0], 3)
    matrix = (turn * (mirror * STEP_MM * scale)[None, :]) / case.spacing[:, None]
    extent, whole = size * STEP_MM, case.size * case.spacing
    if case.centres and rng.random() < 0.9:
        weights = np.ones(len(case.centres))
        weights[0] = weights[-1] = 1.5  # the ends of the chain are what levels hang on
        chosen = case.centres[int(rng.choice(len(weights), p=weights / weights.sum()))]
        centre = chosen * case.spacing + rng.normal(0, [8, 35, 20])
    else:
        centre = rng.random(3) * whole
    if rng.random() < 0.8:
        low, high = extent / 2, whole - extent / 2
        centre = np.where(low < high, np.clip(centre, low, np.maximum(low, high)), whole / 2)
    return matrix, centre / case.spacing - 0.5


def _box_start(
    case: DeviceCase, matrix: np.ndarray, centre: np.ndarray, size: np.ndarray, fine: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Where the box for the fine stage starts: around a disc of the patch, or anywhere."""
    most = size - fine
    back = np.linalg.inv(matrix)
    inside = [p for p in (back @ (c - centre) + (size - 1) / 2 for c in case.centres) if (p > 0).all() and (p < size).all()]
    if inside and rng.random() < 0.9:
        at = inside[int(rng.integers(len(inside)))] - fine / 2 + rng.integers(-16, 17, 3)
    else:
        at = rng.random(3) * (most + 1)
    return np.clip(at.astype(int), 0, most) // STRIDE * STRIDE
