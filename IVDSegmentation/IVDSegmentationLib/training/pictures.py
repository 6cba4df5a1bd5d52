"""A validation scan as it improves: reference and what the network finds, side by side in one slice."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..files import make_folder
from ..pictures import Canvas, SpineCut, write_png
from ..pictures.palette import OUTLINE, REFERENCE, WHITE
from ..volume import NETWORK_SPACING_MM, Volume
from ..volume.frame import SAGITTAL_LPS
from .validation import PreparedCase


def validation_picture(one: PreparedCase, probability: np.ndarray, caption: str, long_side: int = 520) -> np.ndarray:
    """The slice with most disc in it: the reference's outline green, the network's red. uint8, rows x columns x 3."""
    image = Volume(one.image, NETWORK_SPACING_MM, direction=SAGITTAL_LPS)
    middle = int(one.disc.sum(axis=(1, 2)).argmax())
    rows, columns = np.argwhere(one.disc[middle] >= one.disc[middle].max()).mean(axis=0)
    cut = SpineCut.through(image, [image.lps_of_ijk(np.array([columns, rows, middle]))], long_side=long_side)
    canvas = Canvas(cut.grey())
    for shares, colour in ((one.disc, REFERENCE), (probability, OUTLINE)):
        found = cut.field(image.with_array(shares))
        if found is not None:
            box, field = found
            canvas.outline(field, colour, 1.6, (box[0].start, box[1].start))
    canvas.text(caption, (16, 10), 15, WHITE)
    canvas.text("green: reference   red: network", (canvas.rows - 16, 10), 13, WHITE)
    return canvas.array()


def write_validation_picture(one: PreparedCase, probability: np.ndarray, folder: Path, step: int, caption: str) -> Path:
    path = make_folder(folder) / f"validation_{step:06d}.png"
    write_png(path, validation_picture(one, probability, caption))
    return path
