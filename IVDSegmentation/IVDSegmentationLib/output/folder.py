"""The files of one result in one folder: all of them new, or all as they were."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from ..files import whole_folder, write_json, write_text
from ..pictures import write_png
from ..segmentation.result import SegmentationResult
from ..volume import Volume
from ..volume.write import write_volume
from .markups import centres_markups
from .measurements import measurements_csv
from .preview import preview_picture
from .report import make_report
from .segmentation import write_segmentation

LABELS = "labels.nii.gz"
SEGMENTATION = "segmentation.seg.nrrd"
CENTRES = "centres.mrk.json"
MEASUREMENTS = "measurements.csv"
PREVIEW = "preview.png"
REPORT = "report.json"
OUTPUT_NAMES = (LABELS, SEGMENTATION, CENTRES, MEASUREMENTS, PREVIEW, REPORT)


def write_outputs(
    result: SegmentationResult,
    image: Volume,
    folder: str | Path | Callable[[], Path],
    *,
    input_name: str,
    input_id: str = "",
    read_seconds: float = 0.0,
    also: Callable[[Path], None] = lambda folder: None,
) -> dict:
    """Writes the six files of a result and returns the report.

    ``image``: the volume that was segmented. ``input_name``: how the report names it; ``input_id``: its fingerprint (see
    ``destination``). ``also``: writes further files into the same folder. All files become visible together: where
    anything goes wrong (disk full, a file of the earlier result open in another program), an earlier result stays as it
    was. Raises ``OutputError``.
    """
    start = time.perf_counter()
    with whole_folder(folder) as new:
        write_volume(result.labels, new / LABELS)
        write_segmentation(result, new / SEGMENTATION)
        write_json(new / CENTRES, centres_markups(result.discs))
        write_text(new / MEASUREMENTS, measurements_csv(result, image))
        write_png(new / PREVIEW, preview_picture(result, image))
        report = make_report(result, input_name, input_id, read_seconds, time.perf_counter() - start)
        write_json(new / REPORT, report)
        also(new)
    return report
