"""Scores of the same cases with outlines that run elsewhere: tighter, looser, at other levels; the network runs once a case."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "IVDSegmentation"))

from IVDSegmentationLib.cases import RealCase, load_real_case  # noqa: E402
from IVDSegmentationLib.evaluation import CaseScore  # noqa: E402
from IVDSegmentationLib.network.outline_levels import OutlineLevels  # noqa: E402
from IVDSegmentationLib.segmentation.assemble import assemble  # noqa: E402
from IVDSegmentationLib.segmentation.infer import infer  # noqa: E402
from IVDSegmentationLib.segmentation.options import Options  # noqa: E402
from IVDSegmentationLib.segmentation.pipeline import Segmenter  # noqa: E402
from IVDSegmentationLib.volume import NetworkFrame, Volume  # noqa: E402


def labels_by_outline(
    segmenter: Segmenter, case: RealCase, outlines: Sequence[tuple[OutlineLevels, float]]
) -> Iterator[Volume]:
    """The label map of one case for each pair of (levels, threshold); the network runs once."""
    frame = NetworkFrame.of(case.image)
    image = frame.to_network()
    output = infer(segmenter.network, image.array)
    for levels, threshold in outlines:
        yield assemble(frame, image, output, Options(threshold=threshold), segmenter.card.level_temperature, levels)[0]


def scores_by_threshold(segmenter: Segmenter, folder: Path, thresholds: Sequence[float]) -> dict[float, CaseScore]:
    """Threshold -> score of a case, with the model's own outline levels."""
    case = load_real_case(folder)
    outlines = [(segmenter.outline_levels, threshold) for threshold in thresholds]
    return {t: case.score(labels) for t, labels in zip(thresholds, labels_by_outline(segmenter, case, outlines))}
