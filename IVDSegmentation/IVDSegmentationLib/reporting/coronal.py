"""The coronal picture: a cut that follows the discs from front to back, so that all of them are in it."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ..output.picture import blend, contour_cover, draw_cross, draw_text
from ..output.preview import GREEN, GREY, RED
from ..segmentation.result import SegmentationResult
from ..volume import Volume
from ..volume.frame import sagittal_axis_order

_PIXELS_PER_MM = 2.4


def coronal_picture(result: SegmentationResult, image: Volume) -> np.ndarray:
    """Rows x columns x 3, uint8: head up, the patient's right to the left, as radiology has it."""
    order = sagittal_axis_order(image.direction)
    sagittal, labels = order.apply(image), order.apply(result.labels)
    width, height = sagittal.size_ijk[2], sagittal.size_ijk[1]
    scale = _PIXELS_PER_MM * sagittal.spacing_mm[2], _PIXELS_PER_MM * sagittal.spacing_mm[1]
    columns = (np.arange(round(width * scale[0])) + 0.5) / scale[0] - 0.5
    rows = (np.arange(round(height * scale[1])) + 0.5) / scale[1] - 0.5
    centres = [sagittal.ijk_of_lps(np.array(disc.centre_mm_lps)) for disc in result.discs]
    if centres:
        ordered = sorted(centres, key=lambda ijk: ijk[1])
        depth = np.interp(rows, [c[1] for c in ordered], [c[0] for c in ordered])
    else:
        depth = np.full(len(rows), (sagittal.size_ijk[0] - 1) / 2)
    # k runs to the patient's right: reversed, right comes to the left of the picture
    lateral = columns[::-1]
    at = np.broadcast_arrays(lateral[None, :], rows[:, None], depth[:, None])
    grey = ndimage.map_coordinates(sagittal.array.astype(np.float32), at, order=1, mode="nearest")
    low, high = np.percentile(grey, (1, 99.5))
    picture = np.repeat(np.clip((grey - low) * 255 / max(float(high - low), 1e-6), 0, 255)[..., None], 3, axis=2)
    picture = picture.astype(np.float32)
    for disc, centre in zip(result.discs, centres):
        mask = ndimage.map_coordinates((labels.array == disc.label).astype(np.float32), at, order=1)
        field = ndimage.gaussian_filter(mask, [0.4 * scale[1], 0.4 * scale[0]])
        if field.max() > 0.5:
            blend(picture, contour_cover(field, 2.0), RED)
        place = ((centre[1] + 0.5) * scale[1] - 0.5, (width - 1 - centre[2] + 0.5) * scale[0] - 0.5)
        draw_cross(picture, place, size=6.0, width=1.8, colour=GREEN)
    for text, column in (("R", 4), ("L", picture.shape[1] - 18)):
        draw_text(picture, text, (picture.shape[0] / 2, column), 16, GREY)
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)
