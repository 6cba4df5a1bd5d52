"""One row of the table: a network and how it is trained. A row is a JSON file in ``rows``."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROWS = Path(__file__).parent / "rows"
GREY_VALUES = 255.0
"""White in the grey scale that the paper's mean is subtracted from: images come scaled to 0 ... 1."""


@dataclass(frozen=True)
class Recipe:
    """``unit_deviation``: inputs are divided by their standard deviation; otherwise only the mean of the grey values
    (0 ... 255) is subtracted, as in the paper. ``first_weights``: a key of ``train.FIRST_WEIGHTS``: 'paper' (N(0, 0.01),
    biases 0), 'he' (He et al. 2015) ... ``disc_weight``: weight of disc voxels in the cross-entropy; 1 is eq. 3. ``decay``:
    lambda of eq. 3, part of the loss. ``patch`` (k, j, i) voxels of 2 x 1.25 x 1.25 mm, ``batch`` of them a step.
    ``patience``: validations without a better Dice before the run ends. ``windows``: voxels a step for a sliding-window
    network. ``data``: sets of cases, by name. ``half_precision``: convolutions in bfloat16. ``average``: decay of the running
    mean of the weights that is validated and kept.
    """

    title: str
    network: str
    arguments: dict[str, Any] = field(default_factory=dict)
    unit_deviation: bool = True
    first_weights: str = "he"
    disc_weight: float = 1.0
    optimizer: str = "adam"
    learning_rate: float = 2e-3
    decay: float = 1e-5
    steps: int = 1500
    warm_up: int = 50
    patch: tuple[int, int, int] = (28, 176, 96)
    batch: int = 2
    windows: int = 2048
    validate_every: int = 100
    patience: int = 8
    average: float = 0.99
    data: tuple[str, ...] = ("VB2",)
    half_precision: bool = True
    seed: int = 1

    @classmethod
    def read(cls, name: str | Path) -> Recipe:
        """From ``rows/NAME.json`` or a path. Raises ``TypeError`` for a setting that does not exist."""
        path = Path(name) if str(name).endswith(".json") else ROWS / f"{name}.json"
        settings = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()})
