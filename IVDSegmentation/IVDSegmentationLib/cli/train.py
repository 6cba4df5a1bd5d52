"""``ivdseg train``: hands over to the training package, which knows its own arguments."""

from __future__ import annotations

from ..training.command import add_arguments, run

__all__ = ["add_arguments", "run"]
