"""One picture for each scan of a folder, with what is found in it, to be looked at. They show patients: never commit them.

    python Testing/benchmark/wild_pictures.py SCANS PICTURES

``SCANS``: folders with ``image.nii.gz``, or volumes. Prints one line for each scan.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "IVDSegmentation"))

from IVDSegmentationLib.output.preview import preview_picture  # noqa: E402
from IVDSegmentationLib.pictures import png_bytes  # noqa: E402
from IVDSegmentationLib.segmentation.pipeline import Segmenter  # noqa: E402
from IVDSegmentationLib.spine import field_of_view  # noqa: E402
from IVDSegmentationLib.volume.read import read_volume  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scans", type=Path)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--model", default="default")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    args.pictures.mkdir(parents=True, exist_ok=True)
    segmenter = Segmenter(args.model, "cpu", args.threads)
    for path in [*sorted(args.scans.glob("*/image.nii.gz")), *sorted(args.scans.glob("*.nii.gz"))]:
        name = path.parent.name if path.name == "image.nii.gz" else path.name.removesuffix(".nii.gz")
        image = read_volume(path)
        result = segmenter.segment(image)
        (args.pictures / f"{name}.png").write_bytes(png_bytes(preview_picture(result, image)))
        print(f"{name}: {field_of_view(result.discs)} {' '.join(result.warnings)}", flush=True)


if __name__ == "__main__":
    main()
