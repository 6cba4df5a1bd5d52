"""``python Testing/reader_campaign``: the long campaign."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

TESTING = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTING), str(TESTING / "unit"), str(TESTING.parent / "IVDSegmentation")]


def main() -> int:
    from reader_campaign.campaign import run_campaign

    parser = argparse.ArgumentParser(description="Damages files of every format and judges what the readers make of them.")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--files", type=int, help="so many files instead")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for the files that were not judged rightly")
    args = parser.parse_args()
    report = run_campaign(files=args.files, minutes=None if args.files else args.minutes, seed=args.seed, keep=args.keep)
    print(report.text())
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
