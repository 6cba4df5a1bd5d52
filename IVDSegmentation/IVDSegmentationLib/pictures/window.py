"""The one way to turn the values of a scan into grey."""

from __future__ import annotations

import numpy as np

DARKEST_PERCENT, BRIGHTEST_PERCENT = 1.0, 99.5
"""Percentiles that become black and white. The brightest half percent is fat next to the coil and fluid, which would
darken everything else."""


def grey_window(values: np.ndarray) -> tuple[float, float]:
    """(black, white) for these values of a scan. Values equal to the smallest one are the empty border of resampled
    scans and do not count."""
    tissue = values[values > values.min()] if values.size else values
    if not tissue.size:
        return 0.0, 1.0
    low, high = np.percentile(tissue, (DARKEST_PERCENT, BRIGHTEST_PERCENT))
    return float(low), float(max(high, low + 1e-6))


def grey(values: np.ndarray, window: tuple[float, float]) -> np.ndarray:
    """Values of a scan as grey 0 … 255, float32, the same shape."""
    low, high = window
    return np.clip((values.astype(np.float32) - low) * (255.0 / (high - low)), 0, 255)
