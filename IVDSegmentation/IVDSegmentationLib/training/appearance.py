"""Random appearance: what another scanner, coil, sequence or protocol would have made of the same patient.

All functions take and return a tensor (k, j, i), roughly 0 … 1, of the network's frame.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F


def normalise(image: torch.Tensor) -> torch.Tensor:
    """Mean subtracted (as the paper does) and divided by the standard deviation."""
    return (image - image.mean()) / (image.std() + 1e-6)


def _thick_slices(image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Averages neighbouring slices and interpolates them back: a scan with slices of 3 … 5.5 mm."""
    factor = rng.uniform(1.5, 2.75)
    slices = max(2, round(image.shape[0] / factor))
    stack = image[None, None]
    thick = F.interpolate(
        F.avg_pool3d(stack, (3, 1, 1), 1, (1, 0, 0), count_include_pad=False),
        size=(slices, *image.shape[1:]),
        mode="trilinear",
    )
    return F.interpolate(thick, size=tuple(image.shape), mode="trilinear")[0, 0]


def _coarse_pixels(image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    factor = rng.uniform(1.1, 1.7)
    size = [image.shape[0], round(image.shape[1] / factor), round(image.shape[2] / factor)]
    small = F.interpolate(image[None, None], size=size, mode="trilinear")
    return F.interpolate(small, size=tuple(image.shape), mode="trilinear")[0, 0]


def _blur(image: torch.Tensor, sigma: float) -> torch.Tensor:
    """In-plane Gaussian, sigma in voxels; the shifted copies are added up, which beats a one-channel convolution."""
    radius = max(1, int(2.5 * sigma + 0.5))
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    weights /= weights.sum()
    for axis in (1, 2):
        size = image.shape[axis]
        padded = torch.cat([image.narrow(axis, 0, 1)] * radius + [image] + [image.narrow(axis, size - 1, 1)] * radius, axis)
        image = sum(float(w) * padded.narrow(axis, n, size) for n, w in enumerate(weights))  # type: ignore[assignment]
    return image


def _tone_curve(image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Random piecewise-linear grey mapping; seldom falling, mostly rising."""
    knots = np.sort(rng.random(5))
    values = np.sort(rng.random(7)) if rng.random() < 0.75 else rng.random(7)
    x = np.concatenate([[0.0], knots, [1.0]])
    x = x + np.arange(7) * 1e-4
    table = torch.from_numpy(np.interp(np.linspace(0, 1, 256), x / x[-1], values).astype(np.float32)).to(image.device)
    at = image.clamp(0, 1) * 255
    low = at.floor().long().clamp(max=254)
    part = at - low
    return table[low] * (1 - part) + table[low + 1] * part


def _random_filter(image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """A small random network keeps shapes and changes contrast (Ouyang et al. 2022, global intensity non-linear
    augmentation), blended with the image."""
    x = image[:, None]
    for channels_in, channels_out in ((1, 2), (2, 1)):
        size = int(rng.choice([1, 3]))
        weight = torch.from_numpy(rng.normal(0, 1, (channels_out, channels_in, size, size)).astype(np.float32)).to(image.device)
        bias = torch.from_numpy(rng.normal(0, 0.3, channels_out).astype(np.float32)).to(image.device)
        x = F.leaky_relu(F.conv2d(x, weight, bias, padding=size // 2), 0.2)
    out = x[:, 0]
    out = (out - out.mean()) / (out.std() + 1e-5) * image.std() + image.mean()
    share = rng.uniform(0.3, 1.0)
    return share * out + (1 - share) * image


def _shading(image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Smooth positive factor: surface coil and bias field."""
    coarse = rng.normal(0, rng.uniform(0.1, 0.45), (1, 1, 2, 4, 4)) + rng.normal(0, 0.3) * np.linspace(-1, 1, 4)
    small = torch.from_numpy(coarse.astype(np.float32)).to(image.device)
    field = F.interpolate(small, size=tuple(image.shape), mode="trilinear", align_corners=True)
    return torch.exp(field[0, 0])


def _saturation_band(image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """A dark band in front of the spine, as radiographers place it against motion."""
    edge = rng.uniform(0.0, 0.3) * image.shape[2]
    at = torch.arange(image.shape[2], dtype=torch.float32, device=image.device)
    factor = rng.uniform(0.05, 0.5) + (1 - rng.uniform(0.05, 0.5)) * torch.sigmoid((at - edge) / rng.uniform(2, 8))
    return image * factor.clamp(max=1.0)


def _noise(image: torch.Tensor, rng: np.random.Generator, generator: torch.Generator) -> torch.Tensor:
    sigma = rng.uniform(0.005, 0.07)
    noise = torch.randn(image.shape, generator=generator, device=image.device) * sigma
    if rng.random() < 0.4:
        noise = _blur(noise, 0.7) * 2.0
    return (image + noise).abs()


def vary_gently(image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """The same scanner on another day: a slightly different grey scale, nothing that blurs a border."""
    image = normalise(image.clamp(min=0) ** float(np.exp(rng.normal(0, 0.12))))
    return image * float(np.exp(rng.normal(0, 0.1))) + float(rng.normal(0, 0.1))


def vary(image: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """One random appearance of an image (values 0 … 1), normalised for the network."""
    generator = torch.Generator(image.device).manual_seed(int(rng.integers(2**31)))
    if rng.random() < 0.10:
        image = _random_filter(image, rng)
    if rng.random() < 0.20:
        image = _tone_curve(image, rng)
    if rng.random() < 0.04:
        image = 1 - image
    if rng.random() < 0.35:
        image = _thick_slices(image, rng)
    if rng.random() < 0.20:
        image = _coarse_pixels(image, rng)
    if rng.random() < 0.15:
        image = _blur(image, rng.uniform(0.3, 0.9))
    elif rng.random() < 0.12:
        image = image + rng.uniform(0.3, 1.2) * (image - _blur(image, rng.uniform(0.6, 1.2)))
    image = image.clamp(min=0) ** float(np.exp(rng.normal(0, 0.25)))
    if rng.random() < 0.6:
        image = image * _shading(image, rng)
    if rng.random() < 0.15:
        image = _saturation_band(image, rng)
    if rng.random() < 0.5:
        image = _noise(image, rng, generator)
    if rng.random() < 0.2:  # windowed to 8 bit by somebody
        image = image.clamp(max=float(rng.uniform(0.6, 1.0)))
    image = normalise(image)
    return image * float(np.exp(rng.normal(0, 0.12))) + float(rng.normal(0, 0.15))
