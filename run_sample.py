#!/usr/bin/env python3
"""Sets everything up (once) and segments a scan: yours, or a generated lumbar spine.

    python3 run_sample.py                  the sample
    python3 run_sample.py scan.nii.gz      NIfTI, NRRD, MHA or a DICOM folder; several are fine
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "tools"))
from environment import ROOT, SetupError, call, environment, say  # noqa: E402

LIBRARY = ("-m", "IVDSegmentationLib")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="scans to segment; none: the sample")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "output", metavar="DIR", help="default: output/")
    given = parser.parse_args()
    for path in given.files:
        if not path.exists():
            parser.error(f"{path} does not exist. Check the path.")
    try:
        python = environment()
    except SetupError as error:
        say(str(error))
        return 2
    output = given.output.resolve()
    if given.files:
        return call(python, *LIBRARY, "segment", *(path.resolve() for path in given.files), "--output", output)
    return segment_the_sample(python, output)


def segment_the_sample(python: Path, output: Path) -> int:
    """Makes the phantom, segments it, and compares the result with what was drawn."""
    drawn, scan, result = output / "phantom", output / "sample.nii.gz", output / "result" / "sample"
    say("Making the sample: a generated T2 scan of a lumbar spine.")
    code = call(python, *LIBRARY, "synthesize", "--sample", "--quiet", "--output", drawn)
    if code:
        return code
    shutil.copyfile(drawn / "sample" / "image.nii.gz", scan)
    code = call(python, *LIBRARY, "segment", scan, "--output", output / "result")
    if code:
        return code
    say("\nCompared with the discs that were drawn (one that the field of view cuts is not judged):")
    code = call(python, *LIBRARY, "evaluate", "--quiet", output / "result", drawn)
    say(f"\nPicture:       {result / 'preview.png'}\nLabel map:     {result / 'labels.nii.gz'}")
    say(f"Segmentation:  {result / 'segmentation.seg.nrrd'}\nMeasurements:  {result / 'measurements.csv'}")
    say(f"Scan:          {scan}")
    return code


if __name__ == "__main__":
    sys.exit(main())
