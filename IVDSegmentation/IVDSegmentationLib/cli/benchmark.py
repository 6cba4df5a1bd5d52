"""``ivdseg benchmark``: hands over to the benchmark, which knows its own arguments."""

from __future__ import annotations

import argparse

from .. import benchmark


def add_arguments(parser: argparse.ArgumentParser) -> None:
    benchmark.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    return int(benchmark.run(args) or 0)
