"""Losses. The paper's is cross-entropy plus lambda/2 ||W||^2 (Chen et al. 2016, eq. 3; the second term is the optimiser's
weight decay). Ours adds a Dice term and the coarse stage's classes and levels."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F


def soft_cross_entropy(logits: torch.Tensor, shares: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """Cross-entropy against class shares (N, C, …), mean over the voxels where ``valid`` (N, …) is 1."""
    loss = -(shares * F.log_softmax(logits, 1)).sum(1)
    return (loss * valid).sum() / valid.sum().clamp(min=1)


def partial_cross_entropy(logits: torch.Tensor, shares: torch.Tensor, valid: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """Cross-entropy where some classes were not annotated: those may hide in the background, so 'background' there means
    'background or one of them'. ``known`` (N, C) bool."""
    if known.device.type == "cpu" and known.all():  # a GPU would have to be waited for
        return soft_cross_entropy(logits, shares, valid)
    log_p = F.log_softmax(logits, 1)
    hidden = ~known
    hidden[:, 0] = True
    shape = (*hidden.shape, *([1] * (logits.dim() - 2)))
    background = log_p.masked_fill(~hidden.view(shape), -torch.inf).logsumexp(1)
    loss = -(shares[:, 0] * background + (shares[:, 1:] * log_p[:, 1:]).sum(1))
    return (loss * valid).sum() / valid.sum().clamp(min=1)


def channels_of(values: torch.Tensor, channels: Sequence[int]) -> torch.Tensor:
    """Some channels of (N, C, …). Indexing with a list does the same, but waits for a GPU."""
    return torch.stack([values[:, n] for n in channels], 1)


def dice_loss(
    logits: torch.Tensor, shares: torch.Tensor, valid: torch.Tensor, channels: Sequence[int], known: torch.Tensor
) -> torch.Tensor:
    """1 - soft Dice of the channels named, over the whole batch (Milletari et al. 2016). ``known`` (N, C) bool: a patch
    counts for the classes that were annotated in it."""
    use = valid[:, None] * channels_of(known, channels).view(len(known), len(channels), *([1] * (valid.dim() - 1)))
    p = channels_of(logits.softmax(1), channels) * use
    t = channels_of(shares, channels) * use
    dims = (0, *range(2, p.dim()))
    overlap, total = (p * t).sum(dims), (p + t).sum(dims)
    return (1 - (2 * overlap + 10) / (total + 10)).mean()


def level_loss(level: torch.Tensor, log_scale: torch.Tensor, target: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """Negative log likelihood of a Laplace distribution: the network also learns how sure it is."""
    use = (valid > 0) & ~target.isnan()
    log_scale = log_scale.clamp(-3, 3)
    loss = (level - target.nan_to_num()).abs() * torch.exp(-log_scale) + log_scale
    return (loss * use).sum() / use.sum().clamp(min=1)


def position_loss(logits: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of the places along the spine (N, 25, …), mean over what of the volume has a place; ``shares`` are zero
    elsewhere."""
    return -(shares * F.log_softmax(logits, 1)).sum() / shares.sum().clamp(min=1)
