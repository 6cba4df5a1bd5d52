"""A validation scan as it improves: reference and what the network finds, side by side in one slice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import ndimage

from ..output.picture import blend, contour_cover, draw_text, write_png
from .validation import PreparedCase

RED, GREEN, WHITE = (255, 60, 48), (70, 235, 90), (255, 255, 255)


def validation_picture(one: PreparedCase, probability: np.ndarray, words: str, rows: int = 520) -> np.ndarray:
    """The slice with most disc in it: the reference's outline green, the network's red. uint8, rows x columns x 3."""
    middle = int(one.disc.sum(axis=(1, 2)).argmax())
    zoom = rows / one.image.shape[1]
    grey = ndimage.zoom(one.image[middle], zoom, order=1)
    low, high = np.percentile(grey, [1, 99.5])
    picture = np.repeat((np.clip((grey - low) / max(high - low, 1e-6), 0, 1) * 255)[..., None], 3, axis=2)
    picture = picture.astype(np.float32)
    for field, colour in ((one.disc, GREEN), (probability, RED)):
        blend(picture, contour_cover(ndimage.zoom(field[middle].astype(np.float32), zoom, order=1), 1.6), colour)
    draw_text(picture, words, (16, 10), 15, WHITE)
    draw_text(picture, "green: reference   red: network", (picture.shape[0] - 16, 10), 13, WHITE)
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def write_validation_picture(one: PreparedCase, probability: np.ndarray, folder: Path, step: int, words: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"validation_{step:06d}.png"
    write_png(path, validation_picture(one, probability, words))
    return path
