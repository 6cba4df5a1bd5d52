"""Phantoms for a run: made on demand in its folder, and used again by the next run there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..cases.folder import RealCase
from ..synthesis import synthesize, write_phantoms
from ..volume import Volume

FIRST_TRAINING_SEED = 100_000
FIRST_CHECK_SEED = 9_000_000
"""Seeds of the phantoms that a model is judged by: no training ever sees them."""


def training_phantoms(
    folder: Path, count: int, progress: Callable[[int, int], bool] = lambda done, count: True
) -> list[Path]:
    """Files of ``count`` phantoms; the missing ones are made. ``progress`` returns False to stop."""
    paths = []
    for number in range(count):
        path = folder / f"phantom_{FIRST_TRAINING_SEED + number:06d}.npz"
        if not path.is_file():
            if not progress(number, count):
                break
            write_phantoms(folder, [FIRST_TRAINING_SEED + number])
        paths.append(path)
    return paths


def check_phantoms(count: int) -> list[RealCase]:
    """Phantoms to judge a model by, always the same."""
    cases = []
    for number in range(count):
        phantom = synthesize(FIRST_CHECK_SEED + number)
        description = phantom.description
        whole = set(description.get("whole_discs", description.get("discs_in_view", ())))
        from ..anatomy import LEVEL_BY_LABEL

        cut = tuple(LEVEL_BY_LABEL[v].name for v in description.get("discs_in_view", ()) if v not in whole)
        labels = phantom.labels
        valid: Volume = labels.with_array(np.ones(labels.array.shape, np.uint8))
        name = f"phantom_{FIRST_CHECK_SEED + number}"
        cases.append(RealCase(name, phantom.image, labels, valid, cut, True, {"set": "phantom"}))
    return cases
