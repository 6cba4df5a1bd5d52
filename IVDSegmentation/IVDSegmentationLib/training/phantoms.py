"""Phantoms for a run: made on demand in its folder, and used again by the next run there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from ..cases.folder import RealCase, is_case_folder
from ..cases.phantoms import phantom_case, write_phantom
from ..synthesis import synthesize
from .workers import made_ahead

FIRST_TRAINING_SEED = 100_000
FIRST_CHECK_SEED = 9_000_000
"""Seeds of the phantoms that a model is judged by: no training ever sees them."""


def training_phantoms(
    folder: Path, count: int, progress: Callable[[int, int], None] = lambda done, count: None, workers: int = 0
) -> list[Path]:
    """Folders of ``count`` phantoms; the missing ones are made, by so many processes. ``progress`` may raise to stop."""
    seeds = range(FIRST_TRAINING_SEED, FIRST_TRAINING_SEED + count)
    missing = [seed for seed in seeds if not is_case_folder(folder / _name(seed))]
    progress(count - len(missing), count)
    for done, _ in enumerate(made_ahead(partial(_make, folder), missing, workers, fresh=True), 1 + count - len(missing)):
        progress(done, count)
    return [folder / _name(seed) for seed in seeds]


def _name(seed: int) -> str:
    return f"phantom_{seed}"


def _make(folder: Path, seed: int) -> None:
    write_phantom(synthesize(seed), folder / _name(seed))


def check_phantoms(count: int, check: Callable[[], None] = lambda: None) -> list[RealCase]:
    """Phantoms to judge a model by, always the same; ``check`` is called before each and may raise to stop."""
    cases = []
    for seed in range(FIRST_CHECK_SEED, FIRST_CHECK_SEED + count):
        check()
        cases.append(phantom_case(synthesize(seed), _name(seed)))
    return cases
