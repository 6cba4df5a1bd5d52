"""``ivdseg train``: the same settings file as the Train tab's, from a terminal, alone or under ``torchrun``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from ..errors import InputError

_EPILOG = """\
SETTINGS.json, as the tab Train writes it; everything but "cases" may be left out:
  {"cases": ["my_cases"],           folders of cases (image, labels, case.json); see --import
   "folder": "run1",                the run's files: checkpoint, log, curves, pictures, model (default: SETTINGS-run)
   "model_name": "my-model",
   "start_from": "default",         a model's name or file, or "scratch"
   "preset": "quick",               "quick" (minutes) or "full" (hours)
   "epochs": 20,                    how often each case is seen; instead of the preset's number of steps
   "phantom_share": 0.3,            share of the patches that come from phantoms
   "threads": 2, "device": "auto",
   "advanced": {"learning_rate": 3e-4, "weight_decay": 1e-4}}      weight_decay is the paper's lambda

The same command goes on where a run was stopped, killed or interrupted. Ctrl-C ends after the step, with a checkpoint.
Several processes or machines: torchrun --nproc_per_node 2 -m IVDSegmentationLib train SETTINGS.json

examples:
  ivdseg train --import scans_with_labels --to my_cases
  ivdseg train settings.json --estimate
  ivdseg train settings.json
  ivdseg train settings.json --use           put the trained model into the list of models
  ivdseg train --import-model colleague.safetensors
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    parser.add_argument("settings", nargs="?", metavar="SETTINGS.json", help="the settings file, see below")
    parser.add_argument("--restart", action="store_true", help="forget the run's checkpoint and begin anew")
    parser.add_argument("--estimate", action="store_true", help="do a few steps, report time and memory, and end")
    parser.add_argument("--use", action="store_true", help="put the run's model into the list of models, and end")
    parser.add_argument("--export", metavar="FILE", help="write the run's model as one file to share, and end")
    parser.add_argument("--import-model", metavar="FILE", help="put a model file into the list of models, and end")
    cases = parser.add_argument_group("cases")
    cases.add_argument("--import", dest="source", metavar="DIR", help="images with label maps to be checked and added")
    cases.add_argument("--to", metavar="DIR", help="the folder of cases that they are added to; created if missing")
    cases.add_argument("--keep-names", action="store_true", help="name the cases after their files (may name patients)")
    cases.add_argument("--values", metavar="JSON", help='value in the label maps -> ours: \'{"201": 1, "202": 2}\'')
    talk = parser.add_argument_group("what is printed")
    talk.add_argument("-q", "--quiet", action="store_true", help="print errors only (and the JSON of --json)")
    talk.add_argument("--json", action="store_true", help="print every event as one JSON object a line on stdout")


def run(args: argparse.Namespace) -> int:
    if args.import_model:
        from ..network.library import install_model

        card = install_model(args.import_model)
        print(f"{card.name} {card.version} can be used now: --model {card.name}")
        return 0
    if args.source:
        return _import(args)
    if not args.settings:
        raise InputError("No settings file was given. 'ivdseg train --help' shows one.")
    from ..runs.plan import TrainingPlan

    plan = TrainingPlan.read(args.settings)
    if args.use or args.export:
        return _hand_out(args, plan)
    if args.estimate:
        return _estimate(args, plan)
    return _train(args, plan)


def _import(args: argparse.Namespace) -> int:
    from ..cases.importing import import_folder

    if not args.to:
        raise InputError("Say with --to which folder of cases they are to be added to.")
    values = None
    if args.values:
        try:
            values = {int(theirs): int(ours) for theirs, ours in json.loads(args.values).items()}
        except (ValueError, AttributeError):
            raise InputError('--values is no table of numbers. Write it like \'{"201": 1, "202": 2}\'.') from None

    def progress(done: int, count: int, name: str) -> None:
        if name and not args.quiet:
            print(f"[{done + 1}/{count}] {name}", file=sys.stderr, flush=True)

    report = import_folder(args.source, args.to, values=values, keep_names=args.keep_names, progress=progress)
    print(report.text())
    return 0 if report.added else 2


def _hand_out(args: argparse.Namespace, plan) -> int:
    from ..network.library import export_model, install_model
    from ..runs.folder import RunFolder

    model = RunFolder(plan.folder).model
    if not model.is_file():
        raise InputError(f"{plan.folder} has no model yet. Train first: ivdseg train {args.settings}")
    if args.export:
        print(export_model(str(model), args.export))
    if args.use:
        card = install_model(model)
        print(f"{card.name} {card.version} can be used now: --model {card.name}")
    return 0


def _estimate(args: argparse.Namespace, plan) -> int:
    from dataclasses import asdict

    from ..training.measure import measured_estimate

    estimate = measured_estimate(plan, Path(plan.folder))
    print(json.dumps({"event": "estimate"} | asdict(estimate)) if args.json else estimate.text(), flush=True)
    return 0


def _train(args: argparse.Namespace, plan) -> int:
    from ..segmentation.pipeline import choose_device
    from ..training.distributed import joined_group
    from ..training.run import TrainingRun

    with joined_group(choose_device(plan.device)) as (group, device):
        reporter = _Reporter(args.quiet, args.json) if group.is_first else (lambda entry: None)
        training = TrainingRun(plan, device=device, group=group, report=reporter)
        state = training.run(restart=args.restart)
    if not group.is_first:
        return 0
    if training.folder.judgement_text.is_file() and state.state in ("done", "stopped") and not args.json and not args.quiet:
        print(training.folder.judgement_text.read_text(encoding="utf-8"))
        print(f"Model: {training.folder.model}\nUse it: ivdseg train {args.settings} --use")
    return 130 if state.state == "interrupted" else 0


class _Reporter:
    """Log lines as text on stderr, or as JSON lines on stdout."""

    def __init__(self, quiet: bool, as_json: bool) -> None:
        self._quiet, self._json, self._last = quiet, as_json, ""

    def __call__(self, entry: dict) -> None:
        if self._json:
            print(json.dumps(entry, default=float), flush=True)
            return
        text = self._text(entry)
        if text and text != self._last and not self._quiet:
            print(text, file=sys.stderr, flush=True)
            self._last = text

    @staticmethod
    def _text(entry: dict) -> str:
        from ..runs.estimate import duration_text

        event = entry["event"]
        if event == "train":
            return f"step {entry['step']}: loss {entry['loss']:.4f}"
        if event == "validation":
            distance = f", centres {entry['distance_mm']:.2f} mm off" if "distance_mm" in entry else ""
            return f"step {entry['step']}: validation Dice {entry['dice']:.3f}{distance}"
        if event == "state" and entry["state"] != "training":
            return f"{entry['state']}: {entry['message']}".rstrip(": ")
        if event == "state" and entry["seconds_left"]:
            return ""
        if event == "blend":
            which = f"step {entry['of_step']}, {100 * entry['share']:.0f} % new weights"
            return f"{which}: validation Dice {entry.get('dice', float('nan')):.3f}"
        return f"time left: {duration_text(entry['seconds_left'])}" if entry.get("seconds_left") else ""
