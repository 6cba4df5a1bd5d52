"""``ivdseg train``: hands over to the training package, which knows its own arguments."""

from __future__ import annotations

import argparse

from ..training import command


def add_arguments(parser: argparse.ArgumentParser) -> None:
    command.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    return int(command.run(args) or 0)
