"""``ivdseg evaluate``: the paper's table for label maps against references, or for a model on reference scans."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DeviceError, InputError, IVDError, ModelError
from . import exit_codes
from .arguments import add_model_arguments, add_output_arguments
from .evaluation_inputs import model_predictions, references_of, stored_predictions
from .progress import Progress

if TYPE_CHECKING:
    from ..evaluation.agreement import Pair

_EPILOG = """\
PREDICTIONS  the folder that 'ivdseg segment' wrote (<name>/labels.nii.gz), a folder of label maps (<name>.nii.gz), or
             one label map. Left out: the references' own images are segmented with --model and scored.
REFERENCES   a folder of label maps (<name>.nii.gz), one label map, or a folder of cases <name>/ with image.nii.gz,
             labels.nii.gz and case.json. A case may have a valid region and incomplete discs; what lies outside is
             not scored.
Both are paired by name. A label map that cannot be read is reported in its row, and the others are scored.

Label values: 1 L5-S1, 2 L4-L5, ... upwards; 51 ... 98 level unknown; others are no discs. Label maps of SPIDER, SPINEPS
and TotalSpineSeg are recognised and converted, and the table says so; a mask with one value for all discs is compared
without levels; Slicer's .seg.nrrd are read by the names and codes of their segments. Values that fit nothing are refused.

Discs are paired by place, so a wrong level is a level error, not a missed and a false disc.

examples:
  ivdseg evaluate results references
  ivdseg evaluate result/scan/labels.nii.gz reference.nii.gz --json
  ivdseg evaluate results spider/masks --convention spider
  ivdseg evaluate cases --split validation --model my_model
  ivdseg evaluate cases --split validation --measurements --plots plots
"""


_NO_PREDICTION = "no prediction was found. It is looked for as <name>/labels.nii.gz and <name>.nii.gz."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from ..evaluation.conventions import NAMES

    parser.epilog = _EPILOG
    parser.usage = "ivdseg evaluate [PREDICTIONS] REFERENCES [options]"
    parser.add_argument("paths", nargs="+", metavar="PATH", help="[PREDICTIONS] REFERENCES, see below")
    parser.add_argument("--split", metavar="NAME", help="only the cases listed under NAME in REFERENCES/splits.json")
    values = f"{{{','.join(NAMES)}}}"
    parser.add_argument(
        "--convention",
        choices=NAMES,
        default="auto",
        metavar=values,
        help="whose label values the references have (default: auto, recognised by the values)",
    )
    parser.add_argument(
        "--prediction-convention", choices=NAMES, default="auto", metavar=values, help="the same for the predictions"
    )
    parser.add_argument(
        "--measurements",
        action="store_true",
        help="compare heights, widths, angles, volumes and signal instead: bias, 95 %% limits of agreement, ICC(2,1)",
    )
    parser.add_argument("--plots", metavar="FOLDER", help="with --measurements: a plot of each measure as PNG in FOLDER")
    parser.add_argument("--save", metavar="FILE", help="write everything as JSON to FILE, too")
    add_model_arguments(parser)
    add_output_arguments(parser, json="print everything as JSON instead of the table")


def run(args: argparse.Namespace) -> int:
    if len(args.paths) > 2:
        raise InputError(f"{len(args.paths)} paths were given. Give PREDICTIONS and REFERENCES, or REFERENCES only.")
    references = references_of(Path(args.paths[-1]), args.split, args.convention)
    if len(args.paths) == 2:
        predict = stored_predictions(Path(args.paths[0]), args.prediction_convention, alone=len(references) == 1)
    else:
        predict = model_predictions(args)

    from ..evaluation import scores_as_json, scores_as_table
    from ..files import json_text, write_json
    from ..reporting.agreement import agreement_as_json, agreement_table, measurement_pairs

    scores = []
    pairs: list[Pair] = []
    failures: dict[str, str] = {}
    missing: list[str] = []
    doubts: list[str] = []
    converted: dict[str, Counter[str]] = {"references": Counter(), "predictions": Counter()}
    for number, reference in enumerate(references, 1):
        progress = Progress(f"[{number}/{len(references)}] {reference.name}", args.quiet)
        progress("comparing")
        try:
            case, read = reference.load()
            prediction = predict(reference.name, case, progress)
            if prediction is None:
                missing.append(reference.name)
                failures[reference.name] = _NO_PREDICTION
                continue
            scores.append(replace(case.score(prediction.labels), name=reference.name))
            if args.measurements:
                pairs += measurement_pairs(
                    case.labels,
                    prediction.labels,
                    case.image,
                    valid=None if case.valid is None else case.valid.array,
                    incomplete=case.incomplete_discs,
                    case=reference.name,
                )
        except (ModelError, DeviceError):  # concerns every case
            raise
        except IVDError as error:
            failures[reference.name] = str(error)
            continue
        finally:
            progress.done()
        for side, label_map in (("references", read), ("predictions", prediction)):
            converted[side].update([label_map.title] if label_map.title else [])
            doubts += label_map.doubts
    everything = (
        scores_as_json(scores)
        | (agreement_as_json(pairs) if args.measurements else {})
        | {
            "without_prediction": missing,
            "failed": failures,
            "converted": {side: dict(counts) for side, counts in converted.items()},
            "doubts": doubts,
        }
    )
    if args.save:
        write_json(args.save, everything)
    if args.plots and pairs:
        _write_plots(Path(args.plots), pairs)
    if args.json:
        print(json_text(everything, ascii_only=True), end="")
    else:
        table = agreement_table(pairs) if args.measurements else scores_as_table(scores, not_scored=list(failures))
        print("\n".join([table, *_remarks(converted, doubts)]))
    for name, reason in failures.items():
        print(f"ivdseg: {name} was not scored: {reason}", file=sys.stderr)
    return exit_codes.FAILURE if failures or not scores else exit_codes.SUCCESS


def _write_plots(folder: Path, pairs: Sequence[Pair]) -> None:
    from ..files import make_folder
    from ..pictures import chart_picture, write_png
    from ..reporting.agreement import agreement_charts

    make_folder(folder)
    for key, chart in agreement_charts(pairs).items():
        write_png(folder / f"{key}.png", chart_picture(chart, 520, 300))


def _remarks(converted: dict[str, Counter[str]], doubts: Sequence[str]) -> list[str]:
    """What the reader must know about the table, a line each."""
    lines = [
        f"Converted: {count} {side if count > 1 else side[:-1]} from {title}."
        for side, counts in converted.items()
        for title, count in counts.items()
    ]
    return lines + [f"Doubtful: {doubt}" for doubt in doubts]
