"""``ivdseg benchmark``: hands over to the benchmark, which knows its own arguments."""

from __future__ import annotations

from ..benchmark import add_arguments, run

__all__ = ["add_arguments", "run"]
