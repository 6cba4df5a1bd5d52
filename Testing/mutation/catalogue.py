"""All mutants."""

from __future__ import annotations

from . import learning, panel, results

MUTANTS = (*learning.MUTANTS, *results.MUTANTS, *panel.MUTANTS)
