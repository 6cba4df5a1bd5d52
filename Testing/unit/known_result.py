"""Results made from a label map: with a smooth probability, as a good network would give it."""

from __future__ import annotations

import numpy as np
from IVDSegmentationLib.anatomy import is_unknown_label
from IVDSegmentationLib.segmentation.result import ModelInfo, SegmentationResult
from IVDSegmentationLib.spine import Disc, disc_regions
from IVDSegmentationLib.volume import NetworkFrame, Volume
from known_disc import SAGITTAL, draw, empty_grid, spine
from scipy import ndimage


def result_of_labels(labels: Volume) -> SegmentationResult:
    """All discs of a label map as a result; vertebrae and canal are left out."""
    labels = labels.with_array(np.where(labels.array < 99, labels.array, 0).astype(np.uint8))
    discs = [
        Disc(label, region.centre, region.volume_mm3, 0.0 if is_unknown_label(label) else 0.98)
        for label, region in disc_regions(labels).items()
    ]
    model = ModelInfo("test", "1", "0")
    return SegmentationResult(labels, tuple(discs), probability_of_labels(labels), model, "cpu", 1)


def probability_of_labels(labels: Volume) -> Volume:
    """A probability in the network's frame that passes 0.5 at the border of the discs and falls over about 2 mm."""
    frame = NetworkFrame.of(labels.with_array((labels.array > 0).astype(np.float32)))
    mask = frame.to_network()
    soft = ndimage.gaussian_filter(mask.array, [0.6, 1.0, 1.0])
    return mask.with_array((1 / (1 + np.exp(-8 * (soft - 0.5)))).astype(np.float16))


def spine_scan(spacing=(1.0, 1.0, 3.0), direction=SAGITTAL) -> tuple[SegmentationResult, Volume]:
    """Six discs L5-S1 … T12-L1 and an image: discs bright, the rest darker, noise."""
    labels = empty_grid(spacing, direction, (-28, -80, -30), (30, 40, 220))
    for label, disc in spine().items():
        draw(labels, disc, label)
    noise = np.random.default_rng(0).normal(0, 12, labels.array.shape)
    image = ndimage.gaussian_filter(np.where(labels.array > 0, 300.0, 120.0), 0.5) + noise
    return result_of_labels(labels), labels.with_array(image.astype(np.float32))


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return float(2 * (one & other).sum() / (one.sum() + other.sum()))


def shifted(mask: np.ndarray, by_mm_lps: np.ndarray, grid: Volume) -> np.ndarray:
    """A mask moved through the patient."""
    voxels = np.asarray(by_mm_lps) @ grid.direction / np.array(grid.spacing_mm)
    return ndimage.shift(mask.astype(np.float32), voxels[::-1], order=1) > 0.5


def spoiled(result: SegmentationResult, label: int, by_mm_lps: np.ndarray, grow: bool) -> np.ndarray:
    """The disc's mask with one border moved by this vector: outwards (``grow``) or inwards."""
    truth = result.labels.array == label
    if grow:
        return (truth | shifted(truth, by_mm_lps, result.labels)) & ((result.labels.array == 0) | truth)
    return truth & shifted(truth, -np.asarray(by_mm_lps), result.labels)


def three_marks(result: SegmentationResult, label: int, strip: np.ndarray, along: str) -> np.ndarray:
    """Three points in the middle of a strip of voxels, at 20, 50 and 80 % of its length; LPS (3, 3)."""
    from IVDSegmentationLib.measurement import measure_discs

    (measured,) = measure_discs(result.labels, only=[label])
    points = result.labels.lps_of_ijk(np.argwhere(strip)[:, ::-1])
    places = measured.frame.coordinates(points)
    axis = {"front": 0, "left": 2}[along]
    low, high = np.percentile(places[:, axis], [2, 98])
    marks = []
    for share in (0.2, 0.5, 0.8):
        slab = places[np.abs(places[:, axis] - (low + share * (high - low))) < 3]
        marks.append(points[np.argmin(((places - np.median(slab, axis=0)) ** 2).sum(axis=1))])
    return np.array(marks)
