"""Scores of the same cases at several thresholds: outlines get tighter or looser, the network runs once a case."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "IVDSegmentation"))

from IVDSegmentationLib.cases import RealCase, load_real_case  # noqa: E402
from IVDSegmentationLib.evaluation import CaseScore  # noqa: E402
from IVDSegmentationLib.segmentation.assemble import assemble  # noqa: E402
from IVDSegmentationLib.segmentation.infer import infer  # noqa: E402
from IVDSegmentationLib.segmentation.options import Options  # noqa: E402
from IVDSegmentationLib.segmentation.pipeline import Segmenter  # noqa: E402
from IVDSegmentationLib.volume import NetworkFrame, Volume  # noqa: E402


def labels_by_threshold(segmenter: Segmenter, case: RealCase, thresholds: tuple[float, ...]) -> Iterator[tuple[float, Volume]]:
    """(threshold, label map) of one case; the network runs once."""
    frame = NetworkFrame.of(case.image)
    image = frame.to_network()
    output = infer(segmenter.network, image.array)
    for threshold in thresholds:
        labels, *_ = assemble(frame, image, output, Options(), segmenter.card.level_temperature, threshold)
        yield threshold, labels


def scores_by_threshold(
    segmenter: Segmenter, folders: list[Path], thresholds: tuple[float, ...]
) -> dict[float, list[CaseScore]]:
    """Threshold -> scores of the cases, in their order."""
    scores: dict[float, list[CaseScore]] = {threshold: [] for threshold in thresholds}
    for case in map(load_real_case, folders):
        for threshold, labels in labels_by_threshold(segmenter, case, thresholds):
            scores[threshold].append(case.score(labels))
    return scores
