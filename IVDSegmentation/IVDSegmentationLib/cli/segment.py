"""``ivdseg segment``: volumes in, one folder of results for each out."""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import Cancelled, InputError, IVDError
from ..files import json_text, remove_leftovers
from . import exit_codes
from .arguments import add_model_arguments, add_output_arguments
from .journal import Journal
from .main import error_text
from .names import expand_inputs, output_names
from .progress import Progress

_EPILOG = """\
For each input, OUTPUT/<name>/ receives
  labels.nii.gz          label map on the input's grid: 1 L5-S1, 2 L4-L5, ... upwards; 51, 52, ... level unknown
  segmentation.seg.nrrd  the same for Slicer: named, coloured, coded segments
  centres.mrk.json       one point a disc, for Slicer (LPS)
  measurements.csv       one row a disc: volume, heights, widths, angles, signal
  preview.png            mid-sagittal picture with outlines, centres and levels
  report.json            model, device, seconds, memory, discs, warnings
The files of an input become visible together; where something goes wrong, those of an earlier run stay as they were.
<name> is the file's name without its endings, or the DICOM folder's name; where that folder holds the results of
another input, the name of the input's own folder goes before it.

Exit code: 0 all done; 2 an input could not be used; 3 no disc found. Several inputs are done one by one, a failure
does not stop the rest, and the exit code is the worst.

examples:
  ivdseg segment scan.nii.gz --output results
  ivdseg segment exam1/t2.nrrd exam2/t2.nrrd dicom_folder --output results --json
  ivdseg segment dicom_folder --series "t2_tse_sag" --output results
  ivdseg segment dynamic.nii.gz --frame 0 --device cpu --threads 4 --output results
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="a volume (.nii, .nii.gz, .nrrd, .mha, .mhd), a DICOM folder (subfolders too) or one of its files",
    )
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder for the results; created if missing")
    parser.add_argument(
        "--full-paths",
        action="store_true",
        help="write the input's path to report.json (default: its file name only, because folders may be named after patients)",
    )
    choice = parser.add_argument_group("which part of the input")
    choice.add_argument("--frame", type=int, metavar="N", help="frame of a 4D volume, from 0")
    choice.add_argument(
        "--series",
        metavar="NAME",
        help="series of a DICOM folder: its number in the list that is shown, its UID, or (part of) its description "
        "(default: the sagittal T2, if there is just one)",
    )
    add_model_arguments(parser)
    add_output_arguments(parser, json="print the reports of all inputs as one JSON list on stdout")


def run(args: argparse.Namespace) -> int:
    paths = expand_inputs(args.inputs)
    names = output_names(paths)
    journal = Journal.of_environment()
    journal.set_output(Path(args.output))
    remove_leftovers(args.output)
    segmenter = _LazySegmenter(args)
    outcomes: list[_Outcome] = []
    for number, (path, name) in enumerate(zip(paths, names), 1):
        if number in journal.finished:  # by the process before, which another input has ended
            outcomes.append(_Outcome(*journal.finished[number]))
            continue
        journal.begin(number)
        prefix = path.name or str(path) if len(paths) == 1 else f"[{number}/{len(paths)}] {name}"
        progress = Progress(prefix, args.quiet)
        try:
            if number in journal.crashed:
                raise InputError(f"{path} could not be segmented: the process was {journal.crashed[number]}.")
            report, folder = _segment_one(path, name, segmenter, args, progress)
        except (ModuleNotFoundError, _NoSegmenter, Cancelled):
            progress.done()
            raise
        except Exception as error:
            progress.done()
            outcome = _Outcome(_print_failure(error, path, args.debug), {"input": str(path), "error": str(error)})
        else:
            progress.done()
            _print_result(report, path, folder, args)
            code = exit_codes.SUCCESS if report["discs"] else exit_codes.NO_DISC
            outcome = _Outcome(code, report | {"input": str(path), "folder": str(folder)})
        outcomes.append(outcome)
        journal.finish(number, list(outcome))
    if args.json:
        print(json_text([outcome.report for outcome in outcomes], ascii_only=True), end="")
    return exit_codes.worst(outcome.code for outcome in outcomes)


class _Outcome(NamedTuple):
    """Of one input. ``report``: as in report.json, with the input as it was given and the folder of the results."""

    code: int
    report: dict[str, Any]


class _NoSegmenter(IVDError):
    """Model or device cannot be used: this concerns every input, so it is reported once."""


class _LazySegmenter:
    """The segmenter, made when the first input has been read: a wrong path is reported before torch is imported."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._args = args
        self._segmenter: Any = None

    def get(self, progress: Progress) -> Any:
        if self._segmenter is None:
            progress("load")
            from ..segmentation.pipeline import Segmenter

            try:
                self._segmenter = Segmenter(self._args.model, self._args.device, self._args.threads)
            except IVDError as error:
                raise _NoSegmenter(str(error)) from error
        return self._segmenter


def _segment_one(
    path: Path, name: str, segmenter: _LazySegmenter, args: argparse.Namespace, progress: Progress
) -> tuple[dict[str, Any], Path]:
    """Report and folder of the results."""
    from ..volume.read import read_volume

    progress("read")
    start = time.perf_counter()
    volume = read_volume(path, frame=args.frame, series=args.series, note=progress.note)
    read_seconds = time.perf_counter() - start
    result = segmenter.get(progress).segment(volume, progress=progress)
    progress("write")
    from ..output import Destination, input_fingerprint, write_outputs

    choice = "" if args.series is None and args.frame is None else f"{args.series}/{args.frame}"
    place = Destination(args.output, name, path, choice)
    report = write_outputs(
        result,
        volume,
        place,
        input_name=str(path) if args.full_paths else path.resolve().name,
        input_id=input_fingerprint(path, choice),
        read_seconds=read_seconds,
    )
    if place.folder.name != name:
        progress.note(f"{Path(args.output) / name} holds the results of another input, so these went to {place.folder}.")
    return report, place.folder


def _print_failure(error: Exception, path: Path, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    text = error_text(error)
    # most of our sentences name the file; the others get its name in front
    named = text if str(path) in text else f"{path}: {text}"
    print(f"ivdseg: {named}", file=sys.stderr)
    return exit_codes.FAILURE if isinstance(error, IVDError) else exit_codes.CRASH


def _print_result(report: dict[str, Any], path: Path, folder: Path, args: argparse.Namespace) -> None:
    for warning in report["warnings"]:
        print(f"ivdseg: {path}: warning: {warning}", file=sys.stderr)
    if not report["discs"]:
        print(
            f"ivdseg: {path}: {report['view']} Is it an MR scan of the spine, and in the right orientation? "
            f"See {folder / 'preview.png'}.",
            file=sys.stderr,
        )
    elif not args.quiet and not args.json:
        print(result_text(report, path, folder), flush=True)


def result_text(report: dict[str, Any], path: Path, folder: Path) -> str:
    """A short table of what was found, from above as in the picture."""
    from ..spine import shown_flags
    from ..spine.doubt import look_at

    count = len(report["discs"])
    found = "1 disc" if count == 1 else f"{count} discs"
    doubtful = f": {look_at(report['look_at'])}" if report["look_at"] else ""
    lines = [f"{path}: {found}{doubtful} ({report['seconds']['total']:.1f} s) -> {folder}", f"  {report['view']}"]
    for disc in reversed(report["discs"]):
        flags = ", ".join(flag.text for flag in shown_flags(disc["flags"]))
        outline = disc["outline"]
        judged = f"outline {outline['grade']:<4} (Dice about {outline['dice']:.2f})" if outline else ""
        known = disc["level"] != "unknown"
        confidence = f"confidence {100 * disc['confidence']:3.0f} %" if known else "level unknown   "
        line = f"  {disc['level']:<8} {disc['volume_mm3'] / 1000:5.1f} cm3   {confidence}   {judged}   {flags}"
        lines.append(line.rstrip())
    return "\n".join(lines)
