"""Convolutions on a box that is read larger than what is wanted of it: every layer computes only what the layers after it need.

A box has as many voxels ``beyond`` what is wanted as all layers together reach, and each layer takes off those that only it
needed. The result equals the same part of the whole volume, and costs less than convolutions that keep the box's size: on the
average half of the reach is computed around what is wanted. At the borders of the volume, where nothing lies beyond, zeros are
filled in as for the whole.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

Beyond = Sequence[tuple[int, int]]
"""Voxels beyond what is wanted, at the low and the high side of k, j and i; 0 at a border of the volume."""
NOTHING: Beyond = ((0, 0), (0, 0), (0, 0))


def cropped(x: torch.Tensor, beyond: Beyond, left: int) -> tuple[torch.Tensor, Beyond]:
    """(A view of ``x`` with at most ``left`` voxels beyond what is wanted, how many there are at each side)."""
    kept = [(min(low, left), min(high, left)) for low, high in beyond]
    k, j, i = (slice(b[0] - now[0], n - (b[1] - now[1])) for b, now, n in zip(beyond, kept, x.shape[2:]))
    return x[..., k, j, i], kept


def shrunk(layers: nn.Module, x: torch.Tensor, beyond: Beyond, left: int) -> tuple[torch.Tensor, Beyond]:
    """(What a 3 x 3 x 3 convolution, or a sequence that starts with one, gives for ``x`` with at most ``left`` voxels beyond
    what is wanted, how many there are at each side). Where the box has more, its border is computed without filling in."""
    x, beyond = cropped(x, beyond, left + 1)
    first, *rest = layers if isinstance(layers, nn.Sequential) else [layers]
    padding = tuple(0 if min(sides) > left else 1 for sides in beyond)
    y = first(x, padding)
    for layer in rest:
        y = layer(y)
    return cropped(y, [(low - 1 + pad, high - 1 + pad) for (low, high), pad in zip(beyond, padding)], left)
