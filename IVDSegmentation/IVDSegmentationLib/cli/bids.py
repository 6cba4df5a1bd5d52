"""``ivdseg bids``: the BIDS App interface (Gorgolewski et al. 2017, doi 10.1371/journal.pcbi.1005209)."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import InputError
from . import exit_codes
from .arguments import add_model_arguments, add_output_arguments, count

_EPILOG = """\
participant: segments one anatomical image of each subject and session (T2w first) and writes, beside dataset_description.json,
  sub-…/[ses-…/]anat/…_seg-discs_dseg.nii.gz   label map on the image's grid
  sub-…/[ses-…/]anat/…_seg-discs_dseg.tsv      label values, names and measurements of the discs
  sub-…/[ses-…/]anat/…_seg-discs_dseg.json     Sources, SpatialReference, and the meaning of each column
  cohort/                                      state, one folder a scan (listed in .bidsignore)
Runs for different --participant-label can work at the same time.
group: brings the runs together and writes the tables and the page into cohort/.

examples:
  ivdseg bids /data/bids /data/bids/derivatives/ivdseg participant --participant-label 01 02
  ivdseg bids /data/bids /data/bids/derivatives/ivdseg group
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    parser.add_argument("bids_dir", type=Path, metavar="BIDS_DIR", help="root of the BIDS data set; nothing is written to it")
    parser.add_argument("output_dir", type=Path, metavar="OUT", help="root of the derivatives; created if missing")
    parser.add_argument("level", choices=("participant", "group"), help="what is done")
    parser.add_argument(
        "--participant-label",
        "--participant_label",
        nargs="+",
        default=[],
        metavar="LABEL",
        help="subjects, without or with 'sub-' (default: all)",
    )
    parser.add_argument("--jobs", type=count, metavar="N", help="scans at a time (default: by cores and memory)")
    add_model_arguments(parser)
    add_output_arguments(parser, json="print one JSON object a line on stdout: the plan, then each scan")


def run(args: argparse.Namespace) -> int:
    root = args.bids_dir.absolute()
    if not (root / "dataset_description.json").is_file():
        raise InputError(f"{args.bids_dir} is not a BIDS data set: it has no dataset_description.json. Check the path.")
    return _group(args) if args.level == "group" else _participants(args, root)


def _participants(args: argparse.Namespace, root: Path) -> int:
    from ..cohort.bids import COHORT, export, subjects_of, write_description
    from ..cohort.command import Cohort
    from ..cohort.settings import Participants, Settings
    from .cohort import Printer

    labels = subjects_of(root, args.participant_label)
    folder = args.output_dir.absolute() / COHORT
    with Cohort(folder, Settings(args.model, args.device, args.jobs, args.threads), Participants(frozenset(labels))) as cohort:
        write_description(args.output_dir, root)
        printer = Printer(args.quiet, args.json)
        printer.plan(cohort.prepare(root), folder)
        progress = cohort.run(printer.progress)
        export(args.output_dir, root, cohort.state.records())
        printer.end(progress, args.output_dir)
    return exit_codes.NO_DISC if progress.failed else exit_codes.SUCCESS


def _group(args: argparse.Namespace) -> int:
    from ..cohort.bids import COHORT
    from ..cohort.command import Cohort
    from ..cohort.rebuild import merge
    from ..cohort.settings import Settings

    folder = args.output_dir / COHORT
    scans = merge(folder)
    with Cohort(folder, Settings()) as cohort:
        cohort.write_overview()
    if not args.quiet:
        print(f"{scans} scan{'s' if scans != 1 else ''} in {folder / 'discs.csv'} and {folder / 'index.html'}")
    return exit_codes.SUCCESS
