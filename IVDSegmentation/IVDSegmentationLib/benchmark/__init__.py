"""Measures time and memory on this machine, ours and, where they are installed, other networks'."""

from .command import add_arguments, run

__all__ = ["add_arguments", "run"]
