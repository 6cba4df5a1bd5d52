"""Small pictures of cases: the middle sagittal slice through the discs, with their outlines in their colours."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from scipy import ndimage

from ..anatomy import colour_of_label, is_disc_label
from ..files import make_folder
from ..output.picture import blend, contour_cover, write_png
from ..volume import Volume
from ..volume.frame import sagittal_axis_order
from .folder import load_real_case

SIDE = 96
"""Pixels of the longer side."""


def thumbnail(image: Volume, labels: Volume, side: int = SIDE) -> np.ndarray:
    """uint8, rows x columns x 3: front to the left, head up."""
    order = sagittal_axis_order(image.direction)
    sagittal, marks = order.apply(image), order.apply(labels).array
    discs = np.isin(marks, [v for v in np.unique(marks) if is_disc_label(int(v))])
    middle = int(round(float(np.nonzero(discs)[0].mean()))) if discs.any() else marks.shape[0] // 2
    grey, values = sagittal.array[middle].astype(np.float32), marks[middle]
    low, high = np.percentile(grey, [1, 99.5])
    size_mm = np.array(grey.shape) * np.array([sagittal.spacing_mm[1], sagittal.spacing_mm[0]])
    shape = np.maximum(1, np.round(size_mm / size_mm.max() * side)).astype(int)
    scale = np.array(grey.shape) / shape
    small = _resized(grey, shape, scale)
    picture = np.repeat(np.clip((small - low) / max(high - low, 1e-6), 0, 1)[..., None] * 255, 3, axis=2).astype(
        np.float32
    )
    for value in np.unique(values):
        if is_disc_label(int(value)):
            cover = contour_cover(_resized((values == value).astype(np.float32), shape, scale), 1.3)
            blend(picture, cover, colour_of_label(int(value)))
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def _resized(array: np.ndarray, shape: np.ndarray, scale: np.ndarray) -> np.ndarray:
    smooth = ndimage.gaussian_filter(array, np.maximum(0, 0.35 * (scale - 1)) + 0.2)
    return ndimage.affine_transform(
        smooth, scale, 0.5 * scale - 0.5, output_shape=tuple(shape), order=1, mode="nearest"
    )


def thumbnail_file(case_folder: str | Path) -> Path:
    """The case's picture, made on the first call: in the case's folder, or in the user's cache where that is read-only."""
    case_folder = Path(case_folder)
    path = case_folder / "thumbnail.png"
    if not path.is_file() and not (_is_ours(case_folder)):
        path = _cache_folder() / (hashlib.sha256(str(case_folder.resolve()).encode()).hexdigest()[:24] + ".png")
    if not path.is_file():
        case = load_real_case(case_folder)
        assert case.image is not None
        make_folder(path.parent)
        write_png(path, thumbnail(case.image, case.labels))
    return path


def _is_ours(case_folder: Path) -> bool:
    """Whether the case was added by this program; into others nothing is written."""
    try:
        return '"added"' in (case_folder / "case.json").read_text(encoding="utf-8")
    except OSError:
        return False


def _cache_folder() -> Path:
    from ..network.weights import user_models_folder

    return user_models_folder().parent / "thumbnails"
