"""The network that we ship: looks at the whole volume coarsely, then closely where the spine is.

A whole-volume network spends nearly all its arithmetic on background. Here an encoder-decoder at 4 x 5 x 5 mm sees
everything (where the spine is, which body is L5, where the sacrum starts); a shallow network at 2 x 2.5 x 2.5 and
2 x 1.25 x 1.25 mm, fed with its features, draws the borders, and runs only in windows around the discs.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from .blocks import Context, DirectConv3d, Residual, convolution, down, up
from .classes import COARSE_STRIDE, FINE_CLASSES, LUMBAR_CLASSES, POSITION_CLASSES
from .outline_levels import OutlineLevels
from .shrinking import NOTHING, Beyond, cropped, shrunk

SIZE_MULTIPLE = (8, 32, 32)
"""The input's size (k, j, i) must be a multiple of this."""
FINE_HALO = (8, 16, 16)
"""Voxels (k, j, i) by which a box must be larger than what is read from it: the reach of the fine stage, rounded up to
the coarse stride. A box computed with this halo equals the same part of the whole."""
FINE_STRIDE = (1, 2, 2)
"""Voxels (k, j, i) of the network's frame in one voxel of the layers between ``fine_stem`` and ``fine_up``."""

FINE_STAGE = ("fine_stem", "fine_guide", "fine", "detail", "fine_up", "refine", "fine_head")
"""The modules of ``DiscNet`` that draw the borders; all others belong to the coarse stage."""

NECK_FACTOR = 1.3
"""By this a neck is magnified for a second pass: its discs have the size of upper thoracic ones then."""

OUTLINE_LEVELS = OutlineLevels(plates=0.68, front_and_back=0.40, sides=0.30)
"""Each is the probability at which its own measure has no bias on training scans: the middle height and the AP width of 175
discs drawn by hand, the lateral width of 70 derived ones (VB1, VB2) that lie wholly in view. At 0.65 all round AP widths are
0.5 mm and lateral ones 0.8 mm too small. See Testing/benchmark/AGREEMENT.md."""


@dataclass
class CoarseOutput:
    """``logits`` (N, classes, k/2, j/4, i/4); ``level`` the level coordinate and ``level_log_scale`` the log of its Laplace
    scale, both (N, k/2, j/4, i/4); ``features`` what the fine stage is fed with; ``position`` (N, 25, k/2, j/8, i/8) logits of
    ``POSITION_CLASSES``, None from a network that has none."""

    logits: torch.Tensor
    level: torch.Tensor
    level_log_scale: torch.Tensor
    features: torch.Tensor
    position: torch.Tensor | None = None


class PlaceHead(nn.Sequential):
    """Logits of the places along the spine from three scales: what lies here, and what lies far up and down the body. Two
    1 x 1 x 1 convolutions on all scales side by side, at the size of the finest. A 1 x 1 x 1 convolution gives the same before
    voxels are repeated as after: each scale is multiplied by its own weights at its own size, with a third of the time."""

    def __init__(self, channels: tuple[int, int, int], width: int) -> None:
        hidden, last = nn.Conv3d(sum(channels), width, 1), nn.Conv3d(width, POSITION_CLASSES, 1)
        super().__init__(hidden, nn.ReLU(inplace=True), last)
        self.channels = channels

    def forward(self, *scales: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        """``scales`` (N, channels, k, j, i), the finest first, each a whole number of times as fine as the next."""
        hidden, relu, last = self
        total: torch.Tensor | None = None
        weights = hidden.weight.flatten(1).split(self.channels, 1)  # type: ignore[operator]
        for part, weight in zip(reversed(scales), reversed(weights)):
            bias = hidden.bias if total is None else None
            own = F.linear(part.to(weight.dtype).movedim(1, -1), weight, bias).movedim(-1, 1)  # type: ignore[arg-type]
            total = own if total is None else own + F.interpolate(total, size=own.shape[2:])
        return last(relu(total))


class DiscNet(nn.Module):
    """Coarse-to-fine fully convolutional network.

    Input: (N, 1, k, j, i) in the network's frame, zero mean and unit standard deviation, size a multiple of
    ``SIZE_MULTIPLE``. ``widths``: channels of the coarse scales; ``fine_width`` and ``detail_width``: those at 2 x 2.5 x 2.5
    and at 2 x 1.25 x 1.25 mm (as many as ``fine_width`` where not given). ``coarse_classes``: how many of ``COARSE_CLASSES``
    the coarse stage tells apart. ``context_blocks``: layers that look far along the spine at the coarsest scale.
    ``position_width``: hidden channels of the head that tells the place along the whole spine; ``neck_width``: those of the
    head that tells it in a magnified neck. 0 for none.
    """

    outline_levels = OUTLINE_LEVELS

    def __init__(
        self,
        widths: tuple[int, int, int, int] = (16, 32, 64, 128),
        fine_width: int = 16,
        fine_blocks: int = 3,
        detail_width: int | None = None,
        coarse_classes: int = LUMBAR_CLASSES,
        context_blocks: int = 0,
        position_width: int = 0,
        neck_width: int = 0,
    ) -> None:
        super().__init__()
        w0, w1, w2, w3 = widths
        self.coarse_classes = coarse_classes
        self.stem = down(1, w0, COARSE_STRIDE)
        self.encode0 = Residual(w0)
        self.encode1 = nn.Sequential(down(w0, w1, (1, 2, 2)), Residual(w1))
        self.encode2 = nn.Sequential(down(w1, w2, (2, 2, 2)), Residual(w2), Residual(w2))
        self.encode3 = nn.Sequential(down(w2, w3, (2, 2, 2)), Residual(w3), Residual(w3))
        self.context = nn.Sequential(*(Context(w3) for _ in range(context_blocks)))
        self.up2, self.decode2 = up(w3, w2, (2, 2, 2)), convolution(w2, w2)
        self.up1, self.decode1 = up(w2, w1, (2, 2, 2)), convolution(w1, w1)
        self.up0, self.decode0 = up(w1, w0, (1, 2, 2)), convolution(w0, w0)
        self.coarse_head = nn.Conv3d(w0, coarse_classes + 2, 1)

        scales = (w1, w2, w3)
        self.position_head = PlaceHead(scales, position_width) if position_width else None
        self.neck_head = PlaceHead(scales, neck_width) if neck_width else None

        f, d = fine_width, detail_width or fine_width
        self.fine_stem = nn.Conv3d(1, f, (1, 2, 2), stride=(1, 2, 2))
        self.fine_guide = up(w0, f, (2, 2, 2))
        self.fine = nn.Sequential(*(Residual(f) for _ in range(fine_blocks)))
        self.detail = DirectConv3d(1, d, 3, padding=1)
        self.fine_up = up(f, d, (1, 2, 2))
        self.refine = convolution(d, d)
        self.fine_head = nn.Conv3d(d, len(FINE_CLASSES), 1)

    def coarse(self, x: torch.Tensor, magnified: bool = False) -> CoarseOutput:
        """Looks at the whole volume. Layers and heads may compute with other numbers (``precision``). ``magnified``: ``x`` is a
        neck magnified by ``NECK_FACTOR``, and its own head tells the places."""
        exact = self.coarse_head.weight.dtype
        e0 = self.encode0(self.stem(x.to(next(self.stem.parameters()).dtype)))
        e1 = self.encode1(e0)
        e2 = self.encode2(e1)
        e3 = self.context(self.encode3(e2))
        d2 = self.decode2((self.up2(e3) + e2).relu_())
        d1 = self.decode1((self.up1(d2) + e1).relu_())
        d0 = self.decode0((self.up0(d1) + e0).relu_())
        head = self.coarse_head(d0.to(exact))
        classes = self.coarse_classes
        position = None
        place_head = self.neck_head if magnified else self.position_head
        if place_head is not None:
            position = place_head(d1, d2, e3)
        return CoarseOutput(head[:, :classes], head[:, classes], head[:, classes + 1], d0, position)

    def refined(self, x: torch.Tensor, features: torch.Tensor, beyond: Beyond = NOTHING) -> torch.Tensor:
        """Logits (N, 3, k, j, i) at full resolution. ``x`` and ``features`` cover the same box, with so many voxels
        ``beyond`` what is wanted, multiples of ``FINE_STRIDE``. With those of ``FINE_HALO``, or as many as there are up to a
        border of the volume, the result equals that part of the whole."""
        sides = [(low // stride, high // stride) for (low, high), stride in zip(beyond, FINE_STRIDE)]
        y = (self.fine_stem(x) + self.fine_guide(features)).relu_()
        for n, block in enumerate(self.fine, 1):
            y, sides = block.shrunk(y, sides, 2 * (len(self.fine) - n) + 1)  # type: ignore[operator]
        rows = [(low * stride, high * stride) for (low, high), stride in zip(sides, FINE_STRIDE)]
        detail, edge = shrunk(self.detail, x, beyond, 1)
        y = (detail + cropped(self.fine_up(y), rows, 1)[0]).relu_()
        return self.fine_head(shrunk(self.refine, y, edge, 0)[0])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Full-resolution logits (N, 3, k, j, i) of the whole input, without choosing a box."""
        return self.refined(x, self.coarse(x).features)
