"""From voxels in the network's frame to probabilities: whole volume coarsely, then window by window where discs are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from types import EllipsisType

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from ..network.classes import COARSE_CLASSES, COARSE_STRIDE, DISC_CLASSES
from ..network.discnet import FINE_HALO, FINE_STRIDE, SIZE_MULTIPLE, CoarseOutput, DiscNet
from ..network.intensity import standardised
from .windows import MOST_STRIPS, Box, continuation, grown, windows_along

TILE_VOXELS = 1_000_000
"""Largest part of a window in one go: about 0.3 GB."""


@dataclass(frozen=True)
class NetworkOutput:
    """All arrays have axes (k, j, i). ``disc`` and ``body``: float32 probabilities in the network's frame, 0 outside the
    windows that were looked at. ``coarse``: (classes, …) class probabilities, ``level`` and ``level_scale`` the level
    coordinate and its Laplace scale; their voxels are ``COARSE_STRIDE`` voxels of the network's frame. ``position``: (25,
    …) logarithms of the probabilities of the places along the spine, with ``POSITION_STRIDE``."""

    disc: np.ndarray
    body: np.ndarray
    coarse: np.ndarray | None = None
    level: np.ndarray | None = None
    level_scale: np.ndarray | None = None
    position: np.ndarray | None = None

    @cached_property
    def classes(self) -> np.ndarray:
        """Most likely of ``COARSE_CLASSES`` in each coarse voxel; only where the network has a coarse stage."""
        return self.coarse.argmax(0)  # type: ignore[union-attr]

    @cached_property
    def _counts(self) -> np.ndarray:
        return np.bincount(self.classes.ravel(), minlength=len(COARSE_CLASSES))

    def count(self, *classes: int) -> int:
        """Coarse voxels that are most likely one of some of ``COARSE_CLASSES``, given by their places there."""
        return int(self._counts[list(classes)].sum())


def infer(
    network: nn.Module,
    image: np.ndarray,
    device: str = "cpu",
    progress: Callable[[float], None] = lambda fraction: None,
    tile_voxels: int = TILE_VOXELS,
    whole: bool = False,
    worthwhile: Callable[[NetworkOutput], bool] = lambda coarse: True,
) -> NetworkOutput:
    """Probabilities of an image (k, j, i) in the network's frame. ``progress`` gets 0 … 1 and may raise to stop; ``whole``
    looks closely everywhere instead of only where discs are likely. ``worthwhile`` gets what the coarse stage gives; where it
    says no, the fine stage is left out: ``disc`` and ``body`` are 0 then."""
    return infer_standardised(network, standardised(image), device, progress, tile_voxels, whole, worthwhile)


def infer_standardised(
    network: nn.Module,
    values: np.ndarray,
    device: str = "cpu",
    progress: Callable[[float], None] = lambda fraction: None,
    tile_voxels: int = TILE_VOXELS,
    whole: bool = False,
    worthwhile: Callable[[NetworkOutput], bool] = lambda coarse: True,
    magnified: bool = False,
) -> NetworkOutput:
    """Like ``infer``, for grey values that are a z-score already. ``magnified``: see ``DiscNet.coarse``."""
    x = torch.from_numpy(values)[None, None].to(device)
    with torch.inference_mode():
        if isinstance(network, DiscNet):
            return _infer_coarse_to_fine(network, x, progress, tile_voxels, whole, worthwhile, magnified)
        return _infer_plain(network, x, progress, tile_voxels)


def _padded(x: torch.Tensor, multiple: tuple[int, int, int]) -> torch.Tensor:
    """Edge voxels repeated at the far ends, up to a multiple of ``multiple``."""
    pads = [(-n) % m for n, m in zip(x.shape[2:], multiple)]
    return F.pad(x, (0, pads[2], 0, pads[1], 0, pads[0]), mode="replicate") if any(pads) else x


def _infer_coarse_to_fine(
    network: DiscNet,
    x: torch.Tensor,
    progress: Callable[[float], None],
    tile_voxels: int,
    whole: bool,
    worthwhile: Callable[[NetworkOutput], bool],
    magnified: bool,
) -> NetworkOutput:
    shape = tuple(x.shape[2:])
    x = _padded(x, SIZE_MULTIPLE).contiguous(memory_format=torch.channels_last_3d)
    coarse = network.coarse(x, magnified)
    progress(0.4)
    classes = coarse.logits.float().softmax(1)[0]
    fine = torch.zeros((2, *x.shape[2:]), dtype=torch.float32)
    disc, body = (part[: shape[0], : shape[1], : shape[2]].numpy() for part in fine)  # views, filled by the fine stage
    output = NetworkOutput(
        disc,
        body,
        classes.cpu().numpy(),
        coarse.level[0].float().cpu().numpy(),
        coarse.level_log_scale[0].float().clamp(-3, 3).exp().cpu().numpy(),
        None if coarse.position is None else coarse.position.float().log_softmax(1)[0].cpu().numpy(),
    )
    likely = output.coarse[[n for n in DISC_CLASSES if n < len(output.coarse)]].sum(0)  # type: ignore[index,arg-type]
    if not (whole or worthwhile(output)):
        return output
    even = tuple(-(-size // stride) * stride for size, stride in zip(shape, FINE_STRIDE))
    windows = [tuple((0, size) for size in even)] if whole else windows_along(likely, even)
    tiles = [tile for window in windows for tile in _tiles(window, tile_voxels)]  # type: ignore[arg-type]
    for n, tile in enumerate(tiles):
        fine[_slices(tile)] = _refined(network, x, coarse, tile)
        progress(0.4 + 0.6 * (n + 1) / len(tiles))
    seen = fine[:, : even[0], : even[1], : even[2]]
    for window, axis, end in product(windows, range(3), (0, 1)):
        box = window
        for _ in range(MOST_STRIPS):
            strip = continuation(seen.numpy(), box, axis, end)  # type: ignore[arg-type]
            if strip is None:
                break
            fine[_slices(strip)] = _refined(network, x, coarse, strip)
            box = strip
    return output


def _tiles(window: Box, tile_voxels: int) -> Iterator[Box]:
    """Cuts a window along the spine (j) so that each part has at most ``tile_voxels`` voxels."""
    (k0, k1), (j0, j1), (i0, i1) = window
    stride = FINE_STRIDE[1]
    rows = max(1, tile_voxels // ((k1 - k0) * (i1 - i0) * stride)) * stride
    for start in range(j0, j1, rows):
        yield ((k0, k1), (start, min(j1, start + rows)), (i0, i1))


def _slices(box: Sequence[tuple[int, int]]) -> tuple[EllipsisType, slice, slice, slice]:
    k, j, i = (slice(*side) for side in box)
    return ..., k, j, i


def _refined(network: DiscNet, x: torch.Tensor, coarse: CoarseOutput, tile: Box) -> torch.Tensor:
    """Probabilities (2, k, j, i) of disc and body in one tile, read with a halo: tiles and windows fit seamlessly."""
    around = grown(tile, FINE_HALO, tuple(x.shape[2:]))
    cells = [(low // stride, -(-high // stride)) for (low, high), stride in zip(around, COARSE_STRIDE)]
    read = [(low * stride, high * stride) for (low, high), stride in zip(cells, COARSE_STRIDE)]
    beyond = [(a - b, d - c) for (a, c), (b, d) in zip(tile, read)]
    numbers = network.fine_head.weight.dtype
    part, features = (
        whole[_slices(box)].to(numbers).contiguous(memory_format=torch.channels_last_3d)
        for whole, box in ((x, read), (coarse.features, cells))
    )
    return network.refined(part, features, beyond).float().softmax(1)[0, 1:].cpu()


def _infer_plain(network: nn.Module, x: torch.Tensor, progress: Callable[[float], None], tile_voxels: int) -> NetworkOutput:
    """A network that gives disc logits (N, 2, k, j, i) for its input, such as the paper's; it names its
    ``size_multiple`` and ``halo`` (k, j, i)."""
    shape = tuple(x.shape[2:])
    x = _padded(x, network.size_multiple)  # type: ignore[arg-type]
    halo, multiple = int(network.halo[1]), int(network.size_multiple[1])  # type: ignore[index,arg-type]
    length = x.shape[3]
    per_row = x.shape[2] * x.shape[4]
    rows = max(multiple, tile_voxels // per_row // multiple * multiple)
    disc = torch.zeros(tuple(x.shape[2:]), dtype=torch.float32)
    for start in range(0, length, rows):
        low = max(0, start - -(-halo // multiple) * multiple)
        high = min(length, start + rows + -(-halo // multiple) * multiple)
        p = network(x[:, :, :, low:high]).float().softmax(1)[0, 1].cpu()
        disc[:, start : start + rows] = p[:, start - low : start - low + rows]
        progress(min(1.0, (start + rows) / length))
    disc_array = disc[: shape[0], : shape[1], : shape[2]].numpy()
    return NetworkOutput(disc_array, np.zeros_like(disc_array))
