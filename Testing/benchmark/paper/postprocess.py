"""The paper's way from a probability map to named discs, and nothing more."""

from __future__ import annotations

import numpy as np
from IVDSegmentationLib.anatomy import DISC_LEVELS, UNKNOWN_LABEL_FIRST
from IVDSegmentationLib.segmentation.postprocess import log_odds, smoothed
from IVDSegmentationLib.volume import NetworkFrame, Volume
from scipy import ndimage

SMALLEST_MM3 = 250.0
"""What is smaller is no disc; the product's own limit."""


def paper_labels(probability: np.ndarray, frame: NetworkFrame, threshold: float) -> Volume:
    """Averaged over a small disk, threshold, small areas removed, connected components, named one after another from the
    lowest. ``probability`` has axes (k, j, i) of the network's frame; the label map lies on the scan's own grid."""
    above = frame.to_source(log_odds(smoothed(probability))) > log_odds(threshold)
    components, count = ndimage.label(above, np.ones((3, 3, 3)))
    source = frame.source
    source = frame.source
    heights = {}
    for n, box in enumerate(ndimage.find_objects(components), 1):
        points = np.argwhere(components[box] == n) + [part.start for part in box]
        if len(points) * source.voxel_mm3 >= SMALLEST_MM3:
            heights[n] = float(source.lps_of_ijk(points.mean(0)[::-1])[2])
    table = np.zeros(count + 1, np.uint8)
    for place, n in enumerate(sorted(heights, key=heights.__getitem__)):
        known = place < len(DISC_LEVELS)
        table[n] = DISC_LEVELS[place].label if known else min(98, UNKNOWN_LABEL_FIRST + place - len(DISC_LEVELS))
    return source.with_array(table[components])
