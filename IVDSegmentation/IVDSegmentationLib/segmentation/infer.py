"""From voxels in the network's frame to probabilities: whole volume coarsely, then box by box where discs are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage
from torch import nn

from ..network.classes import COARSE_STRIDE, DISC_CLASSES
from ..network.discnet import FINE_HALO, SIZE_MULTIPLE, CoarseOutput, DiscNet
from ..network.intensity import standardised

COARSE_DISC_THRESHOLD = 0.05
"""A coarse voxel this likely to be disc is looked at closely. Where the coil fades, at T11-T12 of lowfield scans, the coarse
stage gives a disc 0.1 that the fine stage then sees at 0.99."""
BOX_MARGIN = (2, 2, 2)
"""Coarse voxels (k, j, i) kept around those: 8, 10 and 10 mm. Twice that along i moves no figure of the validation scans and
costs the fine stage a fifth more time."""
JOIN_REACH = (6, 5, 5)
"""Coarse voxels (k, j, i), some 25 mm: what lies less than twice that apart shares a box. Neighbouring discs leave 30 mm
between them at most."""
TILE_VOXELS = 1_000_000
"""Largest box in one go: about 0.3 GB."""


@dataclass(frozen=True)
class NetworkOutput:
    """All arrays have axes (k, j, i). ``disc`` and ``body``: float32 probabilities in the network's frame, 0 outside
    the box that was looked at. ``coarse``: (classes, …) class probabilities, ``level`` and ``level_scale`` the level coordinate
    and its Laplace scale; their voxels are ``COARSE_STRIDE`` voxels of the network's frame. ``position``: (25, …) logarithms of
    the probabilities of the places along the spine, with ``POSITION_STRIDE``."""

    disc: np.ndarray
    body: np.ndarray
    coarse: np.ndarray | None = None
    level: np.ndarray | None = None
    level_scale: np.ndarray | None = None
    position: np.ndarray | None = None


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
) -> NetworkOutput:
    """Like ``infer``, for grey values that are a z-score already."""
    x = torch.from_numpy(values)[None, None].to(device)
    with torch.inference_mode():
        if isinstance(network, DiscNet):
            return _infer_coarse_to_fine(network, x, progress, tile_voxels, whole, worthwhile)
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
) -> NetworkOutput:
    shape = tuple(x.shape[2:])
    x = _padded(x, SIZE_MULTIPLE).contiguous(memory_format=torch.channels_last_3d)
    coarse = network.coarse(x)
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
    boxes = _content_boxes(np.ones_like(likely) if whole else likely)
    tiles = [(tile, box) for box in boxes for tile in _tiles(box, tile_voxels)]
    for n, (tile, box) in enumerate(tiles):
        _refine(network, x, coarse, tile, box, fine)
        progress(0.4 + 0.6 * (n + 1) / len(tiles))
    return output


Box = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
"""Start and end along k, j, i, in coarse voxels."""


def _content_boxes(likely: np.ndarray) -> list[Box]:
    """Boxes around the voxels that are likely to be disc: one for the spine, and one of its own for what lies far away, so
    that a stray voxel does not make the whole volume be looked at."""
    mask = likely > COARSE_DISC_THRESHOLD
    near, _ = ndimage.label(ndimage.maximum_filter(mask, [2 * reach + 1 for reach in JOIN_REACH]))
    return [
        tuple(  # type: ignore[misc]
            (max(0, int(w.min()) - m), min(n, int(w.max()) + 1 + m))
            for w, m, n in zip(np.nonzero(mask & (near == cluster)), BOX_MARGIN, likely.shape)
        )
        for cluster in range(1, int(near.max()) + 1)
    ]


def _tiles(box: Box, tile_voxels: int) -> Iterator[Box]:
    """Cuts a box along the spine (j) so that each part has at most ``tile_voxels`` voxels."""
    (k0, k1), (j0, j1), (i0, i1) = box
    per_row = (k1 - k0) * (i1 - i0) * int(np.prod(COARSE_STRIDE))
    rows = max(1, tile_voxels // per_row)
    for start in range(j0, j1, rows):
        yield ((k0, k1), (start, min(j1, start + rows)), (i0, i1))


def _refine(network: DiscNet, x: torch.Tensor, coarse: CoarseOutput, tile: Box, box: Box, fine: torch.Tensor) -> None:
    """Writes disc and body probabilities of one tile of a box into ``fine``; with a halo, so that tiles fit seamlessly."""
    halo = FINE_HALO[1] // COARSE_STRIDE[1]  # where tiles meet; at the borders of the box BOX_MARGIN is enough
    along, (j0, j1) = box[1], tile[1]
    read = [box[0], (max(along[0], j0 - halo), min(along[1], j1 + halo)), box[2]]
    k, j, i = (slice(a * s, b * s) for (a, b), s in zip(read, COARSE_STRIDE))
    numbers = network.fine_head.weight.dtype
    part = x[..., k, j, i].to(numbers).contiguous(memory_format=torch.channels_last_3d)
    k, j, i = (slice(a, b) for a, b in read)
    features = coarse.features[..., k, j, i].to(numbers).contiguous(memory_format=torch.channels_last_3d)
    p = network.refined(part, features).float().softmax(1)[0, 1:].cpu()
    inner = tuple(slice((a - o) * s, (b - o) * s) for (a, b), (o, _), s in zip(tile, read, COARSE_STRIDE))
    outer = tuple(slice(a * s, b * s) for (a, b), s in zip(tile, COARSE_STRIDE))
    fine[(slice(None), *outer)] = p[(slice(None), *inner)]


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
