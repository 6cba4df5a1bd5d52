"""Self-training: fills in L5-S1 where the annotator left it out, from what a model sees there.

    python Testing/benchmark/complete_lowest_disc.py CASES OUTPUT [--model NAME_OR_FILE]

Copies the folder of cases. Where L4-L5 is labelled and L5-S1 is not, L5-S1 of the model is written into the copy if it looks
trustworthy, and the valid region grows by it and its surroundings. Validation cases are copied as they are. The bundled
model was trained on such a copy, whose L5-S1 came from an earlier checkpoint of it: few whole L5-S1 discs are labelled.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

import numpy as np
from scipy import ndimage

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "IVDSegmentation"))

from IVDSegmentationLib.anatomy import LEVEL_BY_NAME  # noqa: E402
from IVDSegmentationLib.cases import RealCase, load_real_case  # noqa: E402
from IVDSegmentationLib.cases.store import VALIDATION, list_cases  # noqa: E402
from IVDSegmentationLib.segmentation.pipeline import Segmenter  # noqa: E402
from IVDSegmentationLib.segmentation.result import SegmentationResult  # noqa: E402
from IVDSegmentationLib.volume.write import write_volume  # noqa: E402

LOWEST, NEXT = LEVEL_BY_NAME["L5-S1"], LEVEL_BY_NAME["L4-L5"]
LEAST_PROBABILITY = 0.85
VOLUMES_MM3 = (3500, 18000)
SAME_DISC_MM = 8.0
"""The model's L4-L5 lies no farther than this from the labelled one, or it counts from another disc."""
SURROUNDINGS_VOXELS = 4


def trusted_lowest_disc(case: RealCase, result: SegmentationResult) -> np.ndarray | None:
    """Mask of L5-S1 on the case's grid; None where it is labelled already, not found, or doubtful."""
    labels = case.labels.array
    found = {disc.level: disc for disc in result.discs}
    if (labels == LOWEST.label).any() or not (labels == NEXT.label).any() or not {LOWEST.name, NEXT.name} <= set(found):
        return None
    middle = ndimage.center_of_mass(labels == NEXT.label)
    away = np.linalg.norm(case.labels.lps_of_ijk(np.array(middle)[::-1]) - found[NEXT.name].centre_mm_lps)
    disc = found[LOWEST.name]
    sure = disc.probability > LEAST_PROBABILITY and VOLUMES_MM3[0] < disc.volume_mm3 < VOLUMES_MM3[1]
    return result.labels.array == LOWEST.label if sure and away < SAME_DISC_MM else None


def complete(case: RealCase, mask: np.ndarray, folder: Path) -> None:
    """Writes the disc into a copied case."""
    labels, valid = case.labels.array.copy(), case.valid.array.copy()  # type: ignore[union-attr]
    mask = mask & (labels == 0)
    labels[mask] = LOWEST.label
    valid[ndimage.binary_dilation(mask, iterations=SURROUNDINGS_VOXELS)] = 1
    write_volume(case.labels.with_array(labels), folder / "labels.nii.gz")
    write_volume(case.labels.with_array(valid.astype(np.uint8)), folder / "valid.nii.gz")
    info = case.info | {"valid_region": {"type": "mask", "file": "valid.nii.gz"}, "self_labelled": [LOWEST.name]}
    (folder / "case.json").write_text(json.dumps(info, indent=1), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--model", default="default")
    args = parser.parse_args()
    segmenter = Segmenter(args.model)
    args.output.mkdir(parents=True)
    for path in args.cases.glob("*.json"):
        shutil.copy(path, args.output)
    for record in list_cases(args.cases):
        folder = args.output / record.folder.name
        shutil.copytree(record.folder, folder)
        if record.role == VALIDATION:
            continue
        case = load_real_case(record.folder)
        labels = set(np.unique(case.labels.array))
        if LOWEST.label in labels or NEXT.label not in labels:
            continue
        mask = trusted_lowest_disc(case, segmenter.segment(case.image))  # type: ignore[arg-type]
        if mask is not None:
            complete(case, mask, folder)
        print(f"{record.id}: {'completed' if mask is not None else 'left as it was'}", flush=True)


if __name__ == "__main__":
    main()
