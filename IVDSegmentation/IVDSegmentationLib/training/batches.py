"""Batches: which cases, which place, which appearance. The batch of a step depends on the seed and the step alone, so
that a resumed run sees what an uninterrupted one would have seen."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import torch
import torch.nn.functional as F

from ..network.classes import COARSE_CLASSES, COARSE_OF_STRUCTURE, COARSE_STRIDE, coarse_class_table, level_coordinate_table
from ..runs.config import TrainingConfig
from .augmentation import OTHER_DAY, OTHER_SCANNER, augmented
from .cases import TrainingCase
from .sampling import Patch, draw_patch

_CLASS_OF = torch.from_numpy(coarse_class_table())
_LEVEL_OF = torch.from_numpy(level_coordinate_table())


@dataclass
class Batch:
    """N patches. ``image`` (N, 1, k, j, i). Coarse maps have the patch's size divided by ``COARSE_STRIDE``:
    ``coarse`` (N, 9, …) class shares, ``coarse_valid`` (N, …) 0 … 1, ``level`` (N, …) NaN where there is none.
    ``known`` (N, 9) tells which coarse classes a case has annotated. ``fine_start`` (N, 3) is where the box for the fine
    stage starts (voxels, multiples of the stride); ``fine`` (N, 3, …) shares of background, disc, body in the box and
    ``fine_valid`` (N, …). ``position`` (N, 25, …) shares of ``POSITION_CLASSES``, their size the patch's divided by
    ``POSITION_STRIDE``, zero where nothing has a level; None where the place along the spine is not trained."""

    image: torch.Tensor
    coarse: torch.Tensor
    coarse_valid: torch.Tensor
    level: torch.Tensor
    known: torch.Tensor
    fine_start: torch.Tensor
    fine: torch.Tensor
    fine_valid: torch.Tensor
    position: torch.Tensor | None = None

    def fine_image(self) -> torch.Tensor:
        """The part of ``image`` that the fine stage sees, (N, 1, …)."""
        size = self.fine.shape[2:]
        return torch.stack(
            [self.image[n, :, k : k + size[0], j : j + size[1], i : i + size[2]] for n, (k, j, i) in self._starts()]
        )

    def fine_features(self, features: torch.Tensor) -> torch.Tensor:
        """The same part of coarse features (N, C, …)."""
        size = [s // t for s, t in zip(self.fine.shape[2:], COARSE_STRIDE)]
        parts = []
        for n, start in self._starts():
            k, j, i = (s // t for s, t in zip(start, COARSE_STRIDE))
            parts.append(features[n, :, k : k + size[0], j : j + size[1], i : i + size[2]])
        return torch.stack(parts)

    def to(self, device: str) -> Batch:
        """On the device, but for ``fine_start``, by which the host cuts."""
        tensors = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "fine_start"}
        moved = {name: tensor.to(device) for name, tensor in tensors.items() if tensor is not None}
        return Batch(fine_start=self.fine_start, **moved)

    def _starts(self) -> list[tuple[int, list[int]]]:
        return list(enumerate(self.fine_start.tolist()))


def _known_classes(structures: frozenset[str]) -> torch.Tensor:
    known = torch.zeros(len(COARSE_CLASSES), dtype=torch.bool)
    known[0] = True
    for structure in structures:
        known[list(COARSE_OF_STRUCTURE[structure])] = True
    return known


_SAMPLES = ((0, 1, 2), (1, 2, 1))
"""Voxels of a coarse voxel that stand for it; their mean lies at its centre (in k and j, i)."""


def _coarse_maps(patch: Patch, has_levels: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    steps = COARSE_STRIDE
    chosen = [tuple(slice(o, None, s) for o, s in zip(offset, steps)) for offset in _SAMPLES]
    labels = [patch.labels[window] for window in chosen]
    class_of, level_of = _CLASS_OF.to(patch.labels.device), _LEVEL_OF.to(patch.labels.device)
    shares = sum(F.one_hot(class_of[part], len(COARSE_CLASSES)).float() for part in labels) / len(labels)
    valid = torch.stack([patch.valid[window] for window in chosen]).amin(0)
    levels = torch.stack([level_of[part] for part in labels])
    level = torch.where((levels[0] == levels[1]) & has_levels, levels[0], torch.nan)
    return shares.permute(3, 0, 1, 2), valid, level  # type: ignore[union-attr]


BOX_ON_A_DISC, BOX_SHIFT_VOXELS = 0.9, 16
"""Share of boxes for the fine stage that lie around a disc, and how far (voxels along each axis) they are shifted: at inference
the box holds all discs, so a disc may lie anywhere in it."""


def _box_start(patch: Patch, size: tuple[int, int, int], rng: np.random.Generator) -> list[int]:
    """A box around a random disc voxel, or anywhere where there is none."""
    shape = patch.image.shape
    where = (patch.disc * patch.valid)[::2, ::2, ::2].gt(0.5).nonzero()
    centre = (where[int(rng.integers(len(where)))] * 2).tolist() if len(where) and rng.random() < BOX_ON_A_DISC else None
    start = []
    for axis in range(3):
        most = shape[axis] - size[axis]
        shift = 0 if centre is None else int(rng.integers(-BOX_SHIFT_VOXELS, BOX_SHIFT_VOXELS + 1))
        at = int(rng.integers(most + 1)) if centre is None else centre[axis] - size[axis] // 2 + shift
        stride = COARSE_STRIDE[axis]
        start.append(int(np.clip(at, 0, most)) // stride * stride)
    return start


class BatchMaker:
    """Draws batches from cases grouped by where they come from."""

    def __init__(self, cases: list[TrainingCase], config: TrainingConfig) -> None:
        if not cases:
            raise ValueError("no training cases")
        self.config = config
        self.groups: dict[str, list[TrainingCase]] = {}
        for case in cases:
            self.groups.setdefault(case.group, []).append(case)
        shares = {g: config.group_shares.get(g) for g in self.groups}
        named = sum(s for s in shares.values() if s is not None)
        rest = sum(len(c) for g, c in self.groups.items() if shares[g] is None)
        weights = [s if s is not None else max(0.0, 1 - named) * len(self.groups[g]) / rest for g, s in shares.items()]
        self.names = list(self.groups)
        self.weights = np.array(weights) / sum(weights)

    def make(self, step: int, part: int = 0, parts: int = 1) -> Batch:
        """The batch of a step; with several processes, the part of it that one of them does."""
        config = self.config
        slab = np.random.default_rng([config.seed, step]).random() < config.slab_share
        size, fine, count = (
            (config.slab_patch, config.slab_fine, config.slab_batch)
            if slab
            else (config.full_patch, config.full_fine, config.full_batch)
        )
        rows = [self._row(np.random.default_rng([config.seed, step, n]), size, fine) for n in range(part, count, parts)]
        return Batch(*(torch.stack(column) for column in zip(*rows)))

    def _row(self, rng: np.random.Generator, size: tuple[int, int, int], box: tuple[int, int, int]) -> tuple[torch.Tensor, ...]:
        group = self.groups[self.names[int(rng.choice(len(self.names), p=self.weights))]]
        case = group[int(rng.integers(len(group)))]
        patch = draw_patch(case, size, rng, self.config.deformation)
        shares, coarse_valid, level = _coarse_maps(patch, case.has_levels)
        start = _box_start(patch, box, rng)
        window = tuple(slice(s, s + n) for s, n in zip(start, box))
        disc, body = patch.disc[window], patch.body[window]
        fine = torch.stack([(1 - disc - body).clamp(min=0), disc, body])
        gently = rng.random() < self.config.gentle_share
        image = augmented(patch.image, OTHER_DAY if gently else OTHER_SCANNER, rng)
        return (
            image[None],
            shares,
            coarse_valid,
            level,
            _known_classes(case.structures).to(image.device),
            torch.tensor(start, device=image.device),
            fine,
            patch.valid[window],
        )
