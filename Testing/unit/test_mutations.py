"""The list of mutants follows the code: each one's text stands once in its file, and its tests exist."""

from __future__ import annotations

from pathlib import Path

import pytest
from mutation.catalogue import MUTANTS
from mutation.mutant import LIBRARY

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_fits_the_code(mutant):
    text = (ROOT / LIBRARY / mutant.file).read_text("utf-8")
    assert text.count(mutant.old) == 1
    assert mutant.tests and all((ROOT / "Testing" / test).exists() for test in mutant.tests)


def test_no_mutant_stands_twice():
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
