"""All files of one result in one folder: all of them new, or none."""

from __future__ import annotations

import os
import shutil
import time
import uuid
from pathlib import Path

from ..errors import OutputError
from ..files import make_folder, reason_of, write_text
from ..segmentation.result import SegmentationResult
from ..volume import Volume
from ..volume.write import write_volume
from .markups import centres_markups
from .measurements import measurements_csv
from .picture import write_png
from .preview import preview_picture
from .report import as_json_text, make_report
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
    folder: str | Path,
    *,
    input_name: str,
    read_seconds: float = 0.0,
) -> dict:
    """Writes the six files of a result and returns the report.

    ``image``: the volume that was segmented. ``input_name``: how the user named it. All files are written to a hidden
    folder beside ``folder`` first and moved when the last one is whole, so that an earlier result is not half replaced
    where the disk fills up. Raises ``OutputError`` in words.
    """
    start = time.perf_counter()
    folder = Path(folder)
    make_folder(folder.parent)
    hidden = folder.with_name(f".{folder.name}-{uuid.uuid4().hex[:8]}")
    make_folder(hidden)
    try:
        write_volume(result.labels, hidden / LABELS)
        write_segmentation(result, hidden / SEGMENTATION)
        write_text(hidden / CENTRES, as_json_text(centres_markups(result.discs)))
        write_text(hidden / MEASUREMENTS, measurements_csv(result, image))
        write_png(hidden / PREVIEW, preview_picture(result, image))
        report = make_report(result, input_name, read_seconds, time.perf_counter() - start)
        write_text(hidden / REPORT, as_json_text(report))
        make_folder(folder)
        for name in OUTPUT_NAMES:
            os.replace(hidden / name, folder / name)
    except OSError as error:
        raise OutputError(f"The result could not be written to {folder}: {reason_of(error)}") from error
    except OutputError as error:
        # the hidden folder's name would only confuse
        raise OutputError(str(error).replace(str(hidden), str(folder))) from error
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
    return report
