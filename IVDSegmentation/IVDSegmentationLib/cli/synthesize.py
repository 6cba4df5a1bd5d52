"""``ivdseg synthesize``: phantoms with exact labels, in the folder layout that ``evaluate`` reads."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ..errors import InputError
from ..synthesis.settings import PLANES, REGIONS
from . import exit_codes
from .arguments import add_output_arguments, count
from .progress import Progress

_EPILOG = """\
Each phantom is a folder OUTPUT/phantom_<seed>/ with image.nii.gz, labels.nii.gz (discs 1 ..., S1 100, bodies 101 ...,
canal 200) and case.json. The same seed gives the same phantom on every machine.

examples:
  ivdseg synthesize --region cervical --count 20 --output necks
  ivdseg synthesize --count 5 --output phantoms && ivdseg evaluate phantoms
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder for the phantoms; created if missing")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="seed of the first phantom (default: 1)")
    parser.add_argument("--count", type=count, default=1, metavar="N", help="number of phantoms (default: 1)")
    parser.add_argument(
        "--region",
        choices=(*REGIONS, "none"),
        default="lumbar",
        help="part of the spine in view (default: lumbar); none: volumes without a spine",
    )
    parser.add_argument("--plane", choices=PLANES, default="sagittal", help="of the slices (default: sagittal)")
    parser.add_argument("--sample", action="store_true", help="make the sample phantom of the tutorial instead")
    add_output_arguments(parser, json="print the descriptions of the phantoms as one JSON list")


def run(args: argparse.Namespace) -> int:
    from ..cases.phantoms import write_phantom
    from ..files import json_text
    from ..synthesis import PhantomSettings, sample_phantom, synthesize, synthesize_negative

    if args.seed < 0:
        raise InputError("The seed must be 0 or more. Choose another one.")
    seeds = range(args.seed, args.seed + args.count)
    if args.region == "none":
        make_one: Callable = synthesize_negative
    else:
        make_one = partial(synthesize, settings=PhantomSettings(region=args.region, plane=args.plane))
    jobs: list[tuple[str, Callable]] = [(f"phantom_{seed}", partial(make_one, seed)) for seed in seeds]
    if args.sample:
        jobs = [("sample", sample_phantom)]
    described = []
    for number, (name, make) in enumerate(jobs, 1):
        progress = Progress(f"[{number}/{len(jobs)}] {name}", args.quiet)
        progress("drawing")
        phantom = make()
        progress("write")
        description = write_phantom(phantom, Path(args.output) / name)
        progress.done()
        described.append(description)
        if not args.quiet and not args.json:
            print(Path(args.output) / name, flush=True)
    if args.json:
        print(json_text(described, ascii_only=True), end="")
    return exit_codes.SUCCESS
