"""Grey values as the networks want them: one rule for training, validation and inference."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    import torch

Values = TypeVar("Values", np.ndarray, "torch.Tensor")

LOW_PERCENTILE, HIGH_PERCENTILE = 0.5, 99.8
"""Grey values that become 0 and 1. Above lie vessels and fat next to a surface coil: 0.2 % of the voxels of an image, which
would otherwise set the scale of all others."""
CEILING = 1.2
"""Brighter values are cut off here: a fifth above the scale, so that bright fluid keeps some contrast."""
_SMALLEST = 1e-6
"""Keeps an image of one value from a division by zero."""


def scaled(image: np.ndarray) -> np.ndarray:
    """0 … ``CEILING``, float32: 0 and 1 are the percentiles, taken from every second voxel along each axis."""
    low, high = np.percentile(image[::2, ::2, ::2], [LOW_PERCENTILE, HIGH_PERCENTILE]).tolist()
    values = image.astype(np.float32)
    values -= low
    values /= max(high - low, _SMALLEST)
    return np.clip(values, 0, CEILING, out=values)


def z_score(values: Values) -> Values:
    """Mean subtracted, as Chen et al. 2016 do, and divided by the standard deviation."""
    return (values - values.mean()) / (values.std() + _SMALLEST)


def standardised(image: np.ndarray) -> np.ndarray:
    """What a network is given: scaled, then the z-score; float32."""
    return z_score(scaled(image))
