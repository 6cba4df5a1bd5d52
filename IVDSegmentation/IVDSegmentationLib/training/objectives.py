"""What is minimised for each kind of network; all are fed with the same batches."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import nn

from ..network.classes import BODY_CLASSES, COARSE_CLASSES, DISC_CLASSES
from ..network.discnet import DiscNet
from ..network.patch_cnn import PATCH_SIZE, PatchCNN
from .batches import Batch
from .losses import channels_of, dice_loss, level_loss, partial_cross_entropy, position_loss, soft_cross_entropy

Parts = dict[str, torch.Tensor]
"""Named parts of the loss, detached; they stay on the device, so that no step waits for it."""
POSITION_WEIGHT = 0.05
"""Of the place along the spine among the other losses, as of the level coordinate: both start at about 1."""


def _folded(coarse: torch.Tensor, known: torch.Tensor, classes: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Class shares (N, C, …) and known classes (N, C) for a network that tells only the first ``classes`` apart: C2-C3 is a
    disc like others to it, and C2 a body."""
    if classes >= len(COARSE_CLASSES):
        return coarse, known
    coarse = coarse.clone()
    for first, *others in (DISC_CLASSES, BODY_CLASSES):
        for other in others:
            if other >= classes:
                coarse[:, first] += coarse[:, other]
    return coarse[:, :classes], known[:, :classes]


def discnet_loss(
    network: DiscNet, batch: Batch, half_precision: bool, weights: Mapping[str, float] = MappingProxyType({})
) -> tuple[torch.Tensor, Parts]:
    """Fine cross-entropy + Dice, coarse cross-entropy + Dice with partial labels, level coordinate, place along the spine.
    ``weights``: factors of some of these parts; 1 for all others."""
    device = batch.image.device.type
    with torch.autocast(device, torch.bfloat16, enabled=half_precision):
        image = batch.image.contiguous(memory_format=torch.channels_last_3d)
        coarse = network.coarse(image)
        box = batch.fine_image().contiguous(memory_format=torch.channels_last_3d)
        fine = network.refined(box, batch.fine_features(coarse.features)).float()
    coarse_logits = coarse.logits.float()
    shares, known = _folded(batch.coarse, batch.known, network.coarse_classes)
    structures = [n for n in (*DISC_CLASSES, *BODY_CLASSES) if n < network.coarse_classes]
    fine_known = channels_of(batch.known, (0, 1, 3))  # background, disc, body: bodies are not taught where not annotated
    parts = {
        "fine_ce": partial_cross_entropy(fine, batch.fine, batch.fine_valid, fine_known),
        "fine_dice": dice_loss(fine, batch.fine, batch.fine_valid, [1], fine_known),
        "body_dice": 0.3 * dice_loss(fine, batch.fine, batch.fine_valid, [2], fine_known),
        "coarse_ce": partial_cross_entropy(coarse_logits, shares, batch.coarse_valid, known),
        "coarse_dice": 0.3 * dice_loss(coarse_logits, shares, batch.coarse_valid, structures, known),
        "level": 0.05 * level_loss(coarse.level.float(), coarse.level_log_scale.float(), batch.level, batch.coarse_valid),
    }
    if coarse.position is not None and batch.position is not None:
        parts["position"] = POSITION_WEIGHT * position_loss(coarse.position.float(), batch.position)
    total = sum(weights.get(name, 1.0) * value for name, value in parts.items())
    return total, {name: value.detach() for name, value in parts.items()}  # type: ignore[return-value]


def paper_loss(network: nn.Module, batch: Batch, half_precision: bool) -> tuple[torch.Tensor, Parts]:
    """The paper's cross-entropy, disc against everything else, on the box that the fine stage would see."""
    device = batch.image.device.type
    with torch.autocast(device, torch.bfloat16, enabled=half_precision):
        logits = network(batch.fine_image().contiguous(memory_format=torch.channels_last_3d)).float()
    disc = batch.fine[:, 1]
    loss = soft_cross_entropy(logits, torch.stack([1 - disc, disc], 1), batch.fine_valid)
    return loss, {"ce": loss.detach()}


PATCHES_PER_BATCH = 512


def sliding_window_loss(network: PatchCNN, batch: Batch, half_precision: bool) -> tuple[torch.Tensor, Parts]:
    """Cross-entropy of single voxels, half of them disc; their windows are cut from the box that the fine stage sees."""
    windows = network.windows(batch.fine_image())
    middle = tuple(slice(s // 2, None, s) for s in network.stride)
    disc, valid = (values[(slice(None), *middle)] for values in (batch.fine[:, 1], batch.fine_valid))
    generator = torch.Generator().manual_seed(int(batch.fine_start.sum()))
    chosen = []
    for wanted in ((disc > 0.5) & (valid > 0), (disc <= 0.5) & (valid > 0)):
        at = wanted.nonzero()
        if len(at):
            chosen.append(at[torch.randint(len(at), (PATCHES_PER_BATCH // 2,), generator=generator).to(at.device)])
    if not chosen:
        nothing = windows.sum() * 0 + sum(p.sum() for p in network.parameters()) * 0
        return nothing, {"ce": nothing.detach()}
    n, k, j, i = torch.cat(chosen).T
    with torch.autocast(windows.device.type, torch.bfloat16, enabled=half_precision):
        logits = network.classify(windows[n, k, j, i].reshape(-1, 1, *PATCH_SIZE)).float()
    loss = nn.functional.cross_entropy(logits, (disc[n, k, j, i] > 0.5).long())
    return loss, {"ce": loss.detach()}


def loss_of(network: nn.Module, batch: Batch, half_precision: bool) -> tuple[torch.Tensor, Parts]:
    """Loss and its named parts."""
    if isinstance(network, DiscNet):
        return discnet_loss(network, batch, half_precision)
    if isinstance(network, PatchCNN):
        return sliding_window_loss(network, batch, half_precision)
    return paper_loss(network, batch, half_precision)


class Objective(nn.Module):
    """The loss as a module whose input is the batch: what DistributedDataParallel can be laid around."""

    def __init__(self, network: nn.Module, half_precision: bool) -> None:
        super().__init__()
        self.network, self.half_precision = network, half_precision

    def forward(self, batch: Batch) -> tuple[torch.Tensor, Parts]:
        return loss_of(self.network, batch, self.half_precision)
