"""Arguments that several verbs share, with the same help texts."""

from __future__ import annotations

import argparse


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("model and machine")
    group.add_argument(
        "--model",
        default="default",
        metavar="NAME|FILE",
        help="a model's name ('ivdseg models' lists them) or its .safetensors file (default: the bundled model)",
    )
    group.add_argument(
        "--device",
        default="auto",
        choices=("auto", "cpu", "cuda", "mps"),
        help="where the network runs; auto takes a GPU if there is one (default: auto)",
    )
    group.add_argument("--threads", type=_count, metavar="N", help="CPU threads (default: all cores)")


def add_output_arguments(parser: argparse.ArgumentParser, *, quiet: bool = True, json: str = "") -> None:
    group = parser.add_argument_group("output on the terminal")
    if quiet:
        group.add_argument("-q", "--quiet", action="store_true", help="print errors only (and the JSON of --json)")
    if json:
        group.add_argument("--json", action="store_true", help=json)


def _count(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of 1 or more")
    return value


count = _count
"""Type of arguments that are a number of 1 or more."""
