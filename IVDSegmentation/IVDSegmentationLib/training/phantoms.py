"""Phantoms for a run: made on demand in its folder, and used again by the next run there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from ..anatomy import LEVEL_BY_LABEL
from ..cases.folder import RealCase
from ..synthesis import synthesize, write_phantoms
from ..volume import Volume
from .workers import made_ahead

FIRST_TRAINING_SEED = 100_000
FIRST_CHECK_SEED = 9_000_000
"""Seeds of the phantoms that a model is judged by: no training ever sees them."""


def training_phantoms(
    folder: Path, count: int, progress: Callable[[int, int], None] = lambda done, count: None, workers: int = 0
) -> list[Path]:
    """Files of ``count`` phantoms; the missing ones are made, by so many processes. ``progress`` may raise to stop."""
    seeds = range(FIRST_TRAINING_SEED, FIRST_TRAINING_SEED + count)
    missing = [seed for seed in seeds if not _file(folder, seed).is_file()]
    progress(count - len(missing), count)
    for done, _ in enumerate(made_ahead(partial(_make, folder), missing, workers, fresh=True), 1 + count - len(missing)):
        progress(done, count)
    return [_file(folder, seed) for seed in seeds]


def _file(folder: Path, seed: int) -> Path:
    return folder / f"phantom_{seed:06d}.npz"


def _make(folder: Path, seed: int) -> None:
    write_phantoms(folder, [seed])


def check_phantoms(count: int) -> list[RealCase]:
    """Phantoms to judge a model by, always the same."""
    cases = []
    for number in range(count):
        phantom = synthesize(FIRST_CHECK_SEED + number)
        description = phantom.description
        whole = set(description.get("whole_discs", description.get("discs_in_view", ())))
        cut = tuple(LEVEL_BY_LABEL[v].name for v in description.get("discs_in_view", ()) if v not in whole)
        labels = phantom.labels
        valid: Volume = labels.with_array(np.ones(labels.array.shape, np.uint8))
        name = f"phantom_{FIRST_CHECK_SEED + number}"
        cases.append(RealCase(name, phantom.image, labels, valid, cut, True, {"set": "phantom"}))
    return cases
