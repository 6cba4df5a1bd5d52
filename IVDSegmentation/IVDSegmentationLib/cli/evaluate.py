"""``ivdseg evaluate``: the paper's table for label maps against references, or for a model on reference scans."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ..errors import InputError
from . import exit_codes
from .arguments import add_model_arguments, add_talk_arguments
from .names import plain_name
from .progress import Progress

_EPILOG = """\
PREDICTIONS  the folder that 'ivdseg segment' wrote (<name>/labels.nii.gz), a folder of label maps (<name>.nii.gz), or
             one label map. Left out: the references' own images are segmented with --model and judged.
REFERENCES   a folder of label maps (<name>.nii.gz), one label map, or a folder of cases <name>/ with image.nii.gz,
             labels.nii.gz and case.json. A case may have a valid region and incomplete discs; what lies outside is
             not judged.
Both are paired by name. Label values: 1 L5-S1, 2 L4-L5, ... upwards; 51 ... 98 level unknown; others are no discs.

Discs are paired by place, so a wrong level is a level error, not a missed and a false disc.

examples:
  ivdseg evaluate results references
  ivdseg evaluate result/scan/labels.nii.gz reference.nii.gz --json
  ivdseg evaluate cases --split validation --model my_model
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    parser.usage = "ivdseg evaluate [PREDICTIONS] REFERENCES [options]"
    parser.add_argument("paths", nargs="+", metavar="PATH", help="[PREDICTIONS] REFERENCES, see below")
    parser.add_argument("--split", metavar="NAME", help="only the cases listed under NAME in REFERENCES/splits.json")
    parser.add_argument("--save", metavar="FILE", help="write everything as JSON to FILE, too")
    add_model_arguments(parser)
    add_talk_arguments(parser, json="print everything as JSON instead of the table")


def run(args: argparse.Namespace) -> int:
    if len(args.paths) > 2:
        raise InputError(f"{len(args.paths)} paths were given. Give PREDICTIONS and REFERENCES, or REFERENCES only.")
    references = Path(args.paths[-1])
    if not references.exists():
        raise InputError(f"{references} does not exist. Check the path of the references.")
    cases = _reference_cases(references, args.split)
    if len(args.paths) == 2:
        predict = _stored_predictions(Path(args.paths[0]), alone=len(cases) == 1)
    else:
        predict = _model_predictions(args)

    from ..evaluation import scores_as_json, scores_as_table
    from ..files import write_json

    scores, missing = [], []
    for number, (name, load) in enumerate(cases, 1):
        progress = Progress(f"[{number}/{len(cases)}] {name}", args.quiet)
        progress("comparing")
        case = load()
        prediction = predict(name, case, progress)
        progress.done()
        if prediction is None:
            missing.append(name)
            continue
        scores.append(replace(case.score(prediction), name=name))
    if missing:
        print(
            f"ivdseg: no prediction for {len(missing)} of {len(cases)} references: {', '.join(missing)}. "
            "Predictions are looked for as <name>/labels.nii.gz and <name>.nii.gz.",
            file=sys.stderr,
        )
    if scores:
        everything = scores_as_json(scores) | {"without_prediction": missing}
        if args.save:
            write_json(args.save, everything)
        print(json.dumps(everything, indent=2) if args.json else scores_as_table(scores))
    return exit_codes.FAILURE if missing or not scores else exit_codes.SUCCESS


def _reference_cases(references: Path, split: str | None) -> list[tuple[str, Callable]]:
    """(name, function that loads the case) of each reference."""
    from ..cases import case_folders, load_label_case, load_real_case

    if references.is_file():
        if split:
            raise InputError("--split needs a folder of cases as REFERENCES.")
        return [(plain_name(references), lambda: load_label_case(references))]
    folders = case_folders(references)
    found: list[tuple[str, Callable]] = [(one.name, lambda one=one: load_real_case(one)) for one in folders]
    if not found:
        stored = _label_maps(references)
        found = [(name, lambda path=path: load_label_case(path)) for name, path in sorted(stored.items())]
    if not found:
        raise InputError(f"{references} holds no reference: no case folders and no label maps. Check the path.")
    if split:
        wanted = _split_names(references, split)
        found = [(name, load) for name, load in found if name in wanted]
        if not found:
            raise InputError(f"No case of the split '{split}' lies in {references}. Check splits.json.")
    return found


def _split_names(references: Path, split: str) -> set[str]:
    path = references / "splits.json"
    try:
        splits = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputError(f"{path} is missing or cannot be read; --split needs it.") from None
    names = splits.get(split)
    if not isinstance(names, list):
        known = ", ".join(key for key, value in splits.items() if isinstance(value, list)) or "none"
        raise InputError(f"{path} has no split '{split}'. It has: {known}.")
    return set(names)


def _label_maps(folder: Path) -> dict[str, Path]:
    """Name -> label map, for both layouts of a folder."""
    found = {one.parent.name: one for one in sorted(folder.glob("*/labels.nii.gz"))}
    for pattern in ("*.nii.gz", "*.nii", "*.nrrd", "*.mha"):
        for path in sorted(folder.glob(pattern)):
            found.setdefault(plain_name(path), path)
    return found


def _stored_predictions(predictions: Path, *, alone: bool) -> Callable:
    """Function (name, case, progress) -> label map, None where there is none."""
    from ..cases import load_labels

    if not predictions.exists():
        raise InputError(f"{predictions} does not exist. Check the path of the predictions.")
    single = predictions if predictions.is_file() else None
    if single is None and alone and (predictions / "labels.nii.gz").is_file():
        single = predictions / "labels.nii.gz"
    if single is not None:
        if not alone:
            raise InputError(f"{predictions} is one label map, but there are several references. Give a folder.")
        return lambda name, case, progress: load_labels(single)
    stored = _label_maps(predictions)

    def predict(name, case, progress):
        return load_labels(stored[name]) if name in stored else None

    return predict


def _model_predictions(args: argparse.Namespace) -> Callable:
    """Function (name, case, progress) -> label map that the model makes of the case's image."""
    segmenter = None

    def predict(name, case, progress):
        nonlocal segmenter
        if case.image is None:
            raise InputError(f"The reference {name} has no image to segment. Give PREDICTIONS and REFERENCES.")
        if segmenter is None:
            progress("load")
            from ..segmentation.pipeline import Segmenter

            segmenter = Segmenter(args.model, args.device, args.threads)
        return segmenter.segment(case.image, progress=progress).labels

    return predict
