"""Cases held on the device, and patches drawn from them there: random place, rotation, scale, bending, grey scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from IVDSegmentationLib.network.intensity import CEILING

from paper.pack import LEVELS, PackedCase
from paper.recipe import GREY_VALUES, Recipe

NEAR_A_DISC = 0.7
"""Share of the patches whose centre is a disc's, displaced at random; the others lie anywhere."""
DISPLACED_SD_VOXELS = (4.0, 24.0, 14.0)
ROTATED_SD_DEGREES = (10.0, 4.0, 4.0)
"""About k, j and i: a lumbar lordosis varies more than a patient lies crookedly."""
SCALED_SD = 0.09
BENT_MM = 3.0
SPACING_MM = (2.0, 1.25, 1.25)
GAMMA_SD, SHADING_SD, NOISE_MOST = 0.2, 0.25, 0.05


@dataclass
class DeviceCase:
    """``maps`` (3, k, j, i) float16: grey values 0 ... 1.2, share of disc, valid."""

    name: str
    group: str
    maps: torch.Tensor
    centres: np.ndarray

    @classmethod
    def of(cls, case: PackedCase, device: str) -> DeviceCase:
        grey = torch.from_numpy(case.image).to(device).half() * (CEILING / LEVELS)
        disc = torch.from_numpy(case.disc).to(device).half() / 255
        valid = torch.from_numpy(case.valid).to(device).half()
        return cls(case.name, case.group, torch.stack([grey, disc, valid]), case.centres_kji)

    def grey(self) -> torch.Tensor:
        return self.maps[0].float()


def network_input(grey: torch.Tensor, recipe: Recipe, like: torch.Tensor | None = None) -> torch.Tensor:
    """Mean subtracted; divided by the standard deviation where the recipe says so, else in grey values 0 ... 255. Both are
    those of ``like``, the whole volume, where ``grey`` is a part of it."""
    whole = grey if like is None else like
    if recipe.unit_deviation:
        return (grey - whole.mean()) / (whole.std() + 1e-6)
    return (grey - whole.mean()) * GREY_VALUES


@dataclass
class Batch:
    """``image`` (N, 1, k, j, i) as the network gets it; ``disc`` and ``valid`` (N, k, j, i), 0 ... 1."""

    image: torch.Tensor
    disc: torch.Tensor
    valid: torch.Tensor


def draw_batch(cases: Sequence[DeviceCase], recipe: Recipe, step: int) -> Batch:
    """The batch of a step: it depends on the seed and the step alone, so that a resumed run goes on as if it had never
    stopped. Each set of cases is drawn equally often."""
    rng = np.random.default_rng([recipe.seed, step])
    device = cases[0].maps.device
    generator = torch.Generator(device).manual_seed(int(rng.integers(2**62)))
    groups = sorted({case.group for case in cases})
    rows = []
    for _ in range(recipe.batch):
        group = groups[int(rng.integers(len(groups)))]
        own = [case for case in cases if case.group == group]
        rows.append(_draw(own[int(rng.integers(len(own)))], recipe, rng, generator))
    image, disc, valid = (torch.stack([row[n] for row in rows]) for n in range(3))
    return Batch(image[:, None], disc, valid)


def _draw(
    case: DeviceCase, recipe: Recipe, rng: np.random.Generator, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    shape, size = np.array(case.maps.shape[1:]), np.array(recipe.patch)
    if len(case.centres) and rng.random() < NEAR_A_DISC:
        centre = case.centres[int(rng.integers(len(case.centres)))] + rng.normal(0, DISPLACED_SD_VOXELS)
    else:
        centre = rng.random(3) * (shape - 1)
    # no more of the patch outside the volume than need be
    centre = np.where(shape > size, np.clip(centre, size / 2 - 0.5, shape - size / 2 - 0.5), (shape - 1) / 2)
    at = _places(centre, shape, size, rng, generator)
    maps = case.maps[None].float()
    image = F.grid_sample(maps[:, :1], at, "bilinear", "border", True)[0, 0]
    disc, valid = F.grid_sample(maps[:, 1:], at, "bilinear", "zeros", True)[0]
    return _vary(image, case, recipe, rng, generator), disc, (valid > 0.99).float()


def _places(
    centre: np.ndarray, shape: np.ndarray, size: np.ndarray, rng: np.random.Generator, generator: torch.Generator
) -> torch.Tensor:
    """Where the patch's voxels lie in the case, as ``grid_sample`` wants it: (1, k, j, i, 3), x y z from -1 to 1."""
    spacing = np.array(SPACING_MM)
    turn = np.eye(3)
    for axis, angle in enumerate(np.radians(rng.normal(0, ROTATED_SD_DEGREES))):
        a, b = (n for n in range(3) if n != axis)
        one = np.eye(3)
        one[a, a] = one[b, b] = np.cos(angle)
        one[a, b], one[b, a] = -np.sin(angle), np.sin(angle)
        turn = one @ turn
    scale = np.exp(rng.normal(0, SCALED_SD) + rng.normal(0, SCALED_SD / 2, 3))
    mirror = np.array([rng.choice([-1.0, 1.0]), 1.0, 1.0])
    matrix = turn * (mirror * spacing * scale)[None] / spacing[:, None]  # voxel of the patch -> voxel of the case
    unit = 2 / (shape - 1)  # a voxel in grid_sample's measure
    theta = np.zeros((3, 4))
    theta[:, :3] = matrix * unit[:, None] * ((size - 1) / 2)[None]
    theta[:, 3] = centre * unit - 1
    theta = theta[::-1][:, [2, 1, 0, 3]].copy()
    device = generator.device
    grid = F.affine_grid(torch.from_numpy(theta)[None].float().to(device), [1, 1, *size.tolist()], True)
    if rng.random() < 0.35:
        amount = torch.from_numpy((BENT_MM * rng.random() / spacing * unit)[::-1].copy()).float().to(device)
        coarse = torch.randn((1, 3, 4, 6, 5), generator=generator, device=device)
        bend = F.interpolate(coarse, size=size.tolist(), mode="trilinear", align_corners=True)
        grid = grid + bend.permute(0, 2, 3, 4, 1) * amount
    return grid


def _vary(
    image: torch.Tensor, case: DeviceCase, recipe: Recipe, rng: np.random.Generator, generator: torch.Generator
) -> torch.Tensor:
    """Gamma, shading of a surface coil, noise; then what ``network_input`` does."""
    gamma = float(np.exp(rng.normal(0, GAMMA_SD)))
    image = image.clamp(min=0) ** gamma
    whole = case.maps[0, ::2, ::4, ::4].float() ** gamma
    if rng.random() < 0.5:
        coarse = torch.randn((1, 1, 2, 4, 4), generator=generator, device=image.device) * SHADING_SD
        field = F.interpolate(coarse, size=tuple(image.shape), mode="trilinear", align_corners=True)[0, 0]
        image = image * torch.exp(field)
    if rng.random() < 0.5:
        noise = torch.randn(image.shape, generator=generator, device=image.device)
        image = (image + noise * float(rng.uniform(0, NOISE_MOST))).abs()
    return network_input(image, recipe, whole)
