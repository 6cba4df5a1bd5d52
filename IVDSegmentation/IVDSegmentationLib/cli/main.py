"""Entry of the command line: the verbs, their help, and how errors are shown."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

from .. import __version__
from ..errors import IVDError
from ..memory import keep_freed_memory
from . import exit_codes
from .interruption import Interrupted, raise_on_signals, tell_interrupted
from .supervisor import end_with_parent


@dataclass(frozen=True)
class Verb:
    """One verb: the module that does it, imported only when the verb is used, so that help comes at once."""

    module: str
    summary: str

    def load(self) -> ModuleType:
        return importlib.import_module(f"{__package__}.{self.module}")


VERBS = {
    "segment": Verb("segment", "find, outline, name and measure the discs in MR volumes"),
    "cohort": Verb("cohort", "segment thousands of scans, with tables and a worklist"),
    "bids": Verb("bids", "segment a BIDS data set, as a BIDS App"),
    "evaluate": Verb("evaluate", "compare label maps with reference label maps, or test a model"),
    "models": Verb("models", "list the installed models"),
    "synthesize": Verb("synthesize", "make synthetic spine scans with exact labels"),
    "train": Verb("train", "train a model on labelled volumes"),
    "benchmark": Verb("benchmark", "measure time and memory on this machine"),
}

_EXAMPLES = """\
examples:
  ivdseg segment scan.nii.gz --output results        results/scan/labels.nii.gz, preview.png, ...
  ivdseg segment patients/* --output results         many volumes or DICOM folders in one go
  ivdseg segment dicom_folder --series 3 -o results  the third series of a folder
  ivdseg evaluate results references                 the paper's table: distance, Dice, levels
  ivdseg VERB --help                                 all options of a verb

exit codes:
  0 done    2 an input, model or output could not be used    3 a scan without any disc
  1 an error in this program    130 interrupted (Ctrl-C)    143 terminated
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    if argv is None:  # this process is ours alone, and ends with the command
        keep_freed_memory()
        end_with_parent()
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that lacks a letter gets an escape, not a crash
            stream.reconfigure(errors="backslashreplace")
    try:
        with raise_on_signals():
            parser = _parser(arguments)
            args = parser.parse_args(arguments)
            if args.verb is None:
                parser.print_help(sys.stderr)
                return exit_codes.FAILURE
            return int(VERBS[args.verb].load().run(args))
    except SystemExit as stop:  # --help, --version, or arguments that argparse has rejected
        return int(stop.code or 0)
    except (KeyboardInterrupt, Interrupted) as stop:
        tell_interrupted()
        return exit_codes.TERMINATED if isinstance(stop, Interrupted) else exit_codes.CANCELLED
    except BrokenPipeError:  # the reader of our output has gone ('| head')
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exit_codes.SUCCESS
    except Exception as error:
        if "--debug" in arguments:
            traceback.print_exc()
        known = isinstance(error, (IVDError, ModuleNotFoundError))
        _print_error(_missing_text(error) if isinstance(error, ModuleNotFoundError) else error_text(error))
        return exit_codes.FAILURE if known else exit_codes.CRASH


def _formatter(prog: str) -> argparse.HelpFormatter:
    """Epilogs keep their lines; the help texts start far enough right for our longest option."""
    return argparse.RawDescriptionHelpFormatter(prog, max_help_position=30)


def _parser(arguments: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ivdseg",
        description="Finds, outlines, names and measures the intervertebral discs in spine MR volumes. "
        "Research use; not a medical device.",
        epilog=_EXAMPLES,
        formatter_class=_formatter,
    )
    parser.add_argument("--version", action="version", version=f"ivdseg {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", title="verbs")
    chosen = next((argument for argument in arguments if not argument.startswith("-")), None)
    for name, verb in VERBS.items():
        one = verbs.add_parser(
            name,
            help=verb.summary,
            description=verb.summary[0].upper() + verb.summary[1:] + ".",
            formatter_class=_formatter,
        )
        one.add_argument("--debug", action="store_true", help="show the Python traceback of an error")
        if name == chosen:
            verb.load().add_arguments(one)
    return parser


def error_text(error: Exception) -> str:
    """What the user reads: our own sentences unchanged, one general sentence for an unexpected error."""
    if isinstance(error, IVDError):
        return str(error)
    details = " ".join(str(error).split()) or "no details"
    name = type(error).__name__
    return f"This program failed unexpectedly ({name}: {details}). Add --debug to see where, and report it."


def _missing_text(error: ModuleNotFoundError) -> str:
    package = (error.name or "").split(".")[0]
    if package == __package__.split(".")[0]:
        return f"This installation is not complete ({error.name} is missing). Install it again."
    return f"The Python package '{package}' is missing. Install it: pip install {package}"


def _print_error(text: str) -> None:
    print(f"ivdseg: {text}", file=sys.stderr)
