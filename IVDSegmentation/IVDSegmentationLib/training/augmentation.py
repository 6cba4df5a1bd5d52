"""Augmentations of the grey values: what another scanner, coil, sequence or protocol would have made of the same patient.

Each is an object with a probability and its ranges, as in TorchIO (Pérez-García et al. 2021). Images are tensors (k, j, i) of
the network's frame, roughly 0 … 1. The ranges are those of clinical scans where a source or unit is named; probabilities are
choices: 27 % of the patches keep both the contrast and the resolution of the scan they come from (the product of what is left).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from ..network.intensity import z_score

Range = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """Applied with ``probability``; the randomness comes from the generator alone."""

    probability: float = 1.0

    def __call__(self, image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
        if self.probability >= 1 or rng.random() < self.probability:
            return self.apply(image, rng)
        return image

    def apply(self, image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
        raise NotImplementedError


@dataclass(frozen=True)
class OneOf(Augmentation):
    """The first of several that comes up: a blurred image is not sharpened."""

    choices: tuple[Augmentation, ...] = ()

    def apply(self, image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
        for choice in self.choices:
            if rng.random() < choice.probability:
                return choice.apply(image, rng)
        return image


@dataclass(frozen=True)
class RandomFilter(Augmentation):
    """A small random network keeps shapes and changes contrast (Ouyang et al. 2022, global intensity non-linear
    augmentation); ``share`` of it is mixed with the image. The strongest change, so the rarest."""

    share: Range = (0.3, 1.0)

    def apply(self, image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
        x = image[:, None]
        for channels_in, channels_out in ((1, 2), (2, 1)):
            size = int(rng.choice([1, 3]))
            weight = torch.from_numpy(rng.normal(0, 1, (channels_out, channels_in, size, size)).astype(np.float32))
            weight = weight.to(image.device)
            bias = torch.from_numpy(rng.normal(0, 0.3, channels_out).astype(np.float32)).to(image.device)
            x = F.leaky_relu(F.conv2d(x, weight, bias, padding=size // 2), 0.2)
        filtered = z_score(x[:, 0]) * image.std() + image.mean()
        share = rng.uniform(*self.share)
        return share * filtered + (1 - share) * image


@dataclass(frozen=True)
class ToneCurve(Augmentation):
    """A piecewise-linear grey mapping through random knots: T1, T2, PD and STIR order tissues differently. ``rising`` of
    them keep the order of the grey values, as most sequences do within a tissue."""

    rising: float = 0.75
    knots: int = 5

    def apply(self, image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
        count = self.knots + 2
        inner = np.sort(rng.random(self.knots))
        values = np.sort(rng.random(count)) if rng.random() < self.rising else rng.random(count)
        x = np.concatenate([[0.0], inner, [1.0]]) + np.arange(count) * 1e-4  # no two knots at one place
        table = torch.from_numpy(np.interp(np.linspace(0, 1, 256), x / x[-1], values).astype(np.float32)).to(image.device)
        at = image.clamp(0, 1) * 255
        low = at.floor().long().clamp(max=254)
        part = at - low
        return table[low] * (1 - part) + table[low + 1] * part


@dataclass(frozen=True)
class Inversion(Augmentation):
    """Bright becomes dark: some archives hold inverted images (MONOCHROME1), rarely."""

    def apply(self, image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
        return 1 - image


@dataclass(frozen=True)
class ThickSlices(Augmentation):
    """Neighbouring slices averaged and interpolated back: at ``factor`` times the network's 2 mm, slices of 3 … 5.5 mm,
    which most clinical protocols have."""

    factor: Range = (1.5, 2.75)

    def apply(self, image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
        slices = max(2, round(image.shape[0] / rng.uniform(*self.factor)))
        mean = F.avg_pool3d(image[None, None], (3, 1, 1), 1, (1, 0, 0), count_include_pad=False)
        thick = F.interpolate(mean, size=(slices, *image.shape[1:]), mode="trilinear")
        return F.interpolate(thick, size=tuple(image.shape), mode="trilinear")[0, 0]


@dataclass(frozen=True)
class CoarsePixels(Augmentation):
    """Pixels of ``factor`` times the network's 1.25 mm: 1.4 … 2.1 mm, as whole-spine scans have."""

    factor: Range = (1.1, 1.7)

    def apply(self, image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
        factor = rng.uniform(*self.factor)
        size = [image.shape[0], round(image.shape[1] / factor), round(image.shape[2] / factor)]
        small = F.interpolate(image[None, None], size=size, mode="trilinear")
        return F.interpolate(small, size=tuple(image.shape), mode="trilinear")[0, 0]


@dataclass(frozen=True)
class Blur(Augmentation):
    """In-plane Gaussian, ``sigma`` in voxels of 1.25 mm: motion and the vendors' smoothing."""

    sigma: Range = (0.3, 0.9)

    def apply(self, image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
        return blurred(image, rng.uniform(*self.sigma))


@dataclass(frozen=True)
class Sharpening(Augmentation):
    """Unsharp masking, ``amount`` times the difference to a blur of ``sigma`` voxels: the vendors' edge filters."""

    amount: Range = (0.3, 1.2)
    sigma: Range = (0.6, 1.2)

    def apply(self, image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
        return image + rng.uniform(*self.amount) * (image - blurred(image, rng.uniform(*self.sigma)))


@dataclass(frozen=True)
class Gamma(Augmentation):
    """Values to the power of exp(N(0, ``log_sd``)): at 0.25, two thirds lie between 0.78 and 1.28."""

    log_sd: float = 0.25

    def apply(self, image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
        return image.clamp(min=0) ** float(np.exp(rng.normal(0, self.log_sd)))


@dataclass(frozen=True)
class Shading(Augmentation):
    """A smooth positive factor: bias field (``log_sd`` of its logarithm at 2 x 4 x 4 knots) and the fall-off of a surface
    coil from back to front (``fall_off_sd``). Spine coils lie behind the patient, so most scans have it."""

    log_sd: Range = (0.1, 0.45)
    fall_off_sd: float = 0.3

    def apply(self, image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
        knots = rng.normal(0, rng.uniform(*self.log_sd), (1, 1, 2, 4, 4))
        knots = knots + rng.normal(0, self.fall_off_sd) * np.linspace(-1, 1, 4)
        values = torch.from_numpy(knots.astype(np.float32)).to(image.device)
        field = F.interpolate(values, size=tuple(image.shape), mode="trilinear", align_corners=True)
        return image * torch.exp(field[0, 0])


@dataclass(frozen=True)
class SaturationBand(Augmentation):
    """A dark band in front of the spine, as radiographers place it against motion: its edge lies at ``edge`` of the width and
    is ``softness`` voxels wide."""

    edge: Range = (0.0, 0.3)
    left: Range = (0.05, 0.5)
    softness: Range = (2.0, 8.0)

    def apply(self, image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
        edge = rng.uniform(*self.edge) * image.shape[2]
        at = torch.arange(image.shape[2], dtype=torch.float32, device=image.device)
        inside, outside = rng.uniform(*self.left), 1 - rng.uniform(*self.left)
        factor = inside + outside * torch.sigmoid((at - edge) / rng.uniform(*self.softness))
        return image * factor.clamp(max=1.0)


@dataclass(frozen=True)
class Noise(Augmentation):
    """Rician-like: Gaussian of ``sigma`` (share of the grey scale), then the magnitude. ``smooth`` of them is blurred, as
    interpolated scans have it, and doubled, because the blur of 0.7 voxels leaves 0.42 of its standard deviation."""

    sigma: Range = (0.005, 0.07)
    smooth: float = 0.4

    def apply(self, image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
        generator = torch.Generator(image.device).manual_seed(int(rng.integers(2**31)))
        noise = torch.randn(image.shape, generator=generator, device=image.device) * rng.uniform(*self.sigma)
        if rng.random() < self.smooth:
            noise = 2.0 * blurred(noise, 0.7)
        return (image + noise).abs()


@dataclass(frozen=True)
class Windowing(Augmentation):
    """Bright values cut off at ``ceiling``: somebody exported the image windowed to 8 bit."""

    ceiling: Range = (0.6, 1.0)

    def apply(self, image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
        return image.clamp(max=float(rng.uniform(*self.ceiling)))


@dataclass(frozen=True)
class Standardisation(Augmentation):
    """The z-score that the network sees, off by a factor exp(N(0, ``log_sd``)) and N(0, ``offset_sd``): a patch holds other
    tissue than the whole scan, whose mean and deviation count at inference."""

    log_sd: float = 0.12
    offset_sd: float = 0.15

    def apply(self, image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
        return z_score(image) * float(np.exp(rng.normal(0, self.log_sd))) + float(rng.normal(0, self.offset_sd))


OTHER_SCANNER: tuple[Augmentation, ...] = (
    RandomFilter(probability=0.10),
    ToneCurve(probability=0.20),
    Inversion(probability=0.04),
    ThickSlices(probability=0.35),
    CoarsePixels(probability=0.20),
    OneOf(choices=(Blur(probability=0.15), Sharpening(probability=0.12))),
    Gamma(),
    Shading(probability=0.6),
    SaturationBand(probability=0.15),
    Noise(probability=0.5),
    Windowing(probability=0.2),
    Standardisation(),
)
"""In the order in which a scan undergoes them: contrast, resolution, coil, noise, export."""

OTHER_DAY: tuple[Augmentation, ...] = (Gamma(log_sd=0.12), Standardisation(log_sd=0.1, offset_sd=0.1))
"""The same scanner on another day: a slightly different grey scale, nothing that blurs a border."""


def augmented(image: torch.Tensor, augmentations: Sequence[Augmentation], rng: np.random.Generator) -> torch.Tensor:
    """One random appearance of an image."""
    for augmentation in augmentations:
        image = augmentation(image, rng)
    return image


def blurred(image: torch.Tensor, sigma: float) -> torch.Tensor:
    """In-plane Gaussian, sigma in voxels; the shifted copies are added up, which is faster than a one-channel convolution."""
    radius = max(1, int(2.5 * sigma + 0.5))
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    weights /= weights.sum()
    for axis in (1, 2):
        size = image.shape[axis]
        ends = [image.narrow(axis, 0, 1)] * radius, [image.narrow(axis, size - 1, 1)] * radius
        padded = torch.cat([*ends[0], image, *ends[1]], axis)
        image = float(weights[0]) * padded.narrow(axis, 0, size)
        for n, weight in enumerate(weights[1:], 1):
            image = image + float(weight) * padded.narrow(axis, n, size)
    return image
