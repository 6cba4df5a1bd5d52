"""preview.png: the sagittal picture of a result."""

from __future__ import annotations

import numpy as np

from ..pictures import DiscMark, sagittal_picture
from ..segmentation.result import SegmentationResult
from ..volume import Volume


def marks_of(result: SegmentationResult) -> list[DiscMark]:
    """What the pictures of a result show of its discs."""
    return [DiscMark(disc.label, disc.name, disc.centre_mm_lps) for disc in result.discs]


def preview_picture(result: SegmentationResult, image: Volume) -> np.ndarray:
    """Outlines, centres and names of the discs along the spine, uint8, rows x columns x 3: front to the left, head up."""
    return sagittal_picture(image, result.labels, marks_of(result))
