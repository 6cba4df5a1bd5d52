"""A mutant: what is broken, where, and which tests have to notice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

LIBRARY = Path("IVDSegmentation") / "IVDSegmentationLib"


@dataclass(frozen=True)
class Mutant:
    """``old`` stands once in ``file`` (below the library) and becomes ``new``; one of ``tests`` (below Testing) must fail."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


def mutant(name: str, file: str, old: str, new: str, *tests: str) -> Mutant:
    return Mutant(name, file, old, new, tests)
