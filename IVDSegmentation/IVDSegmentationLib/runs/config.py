"""Every setting of a training run, in one file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..files import write_json


@dataclass
class TrainingConfig:
    """Sizes are voxels (k, j, i) of the network's frame, 2 x 1.25 x 1.25 mm.

    ``weight_decay`` is the paper's lambda. A batch is that of all processes together. ``freeze_normalisation`` keeps the
    means and variances of batch normalisation as the model had them that is fine-tuned: small batches know less.
    ``freeze_coarse`` trains our network's fine stage alone: outlines get better, where discs are found and how they are named
    stays as it was. ``deformation`` is the strength of rotation, scaling and bending; ``gentle_share`` the part of the patches
    whose appearance varies little. ``group_shares`` says how often each group of cases is drawn; groups that are
    not named share what is left evenly by their number of cases.
    """

    network: str = "discnet"
    steps: int = 6000
    seed: int = 1
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    warm_up_steps: int = 150
    average_decay: float = 0.998
    full_patch: tuple[int, int, int] = (32, 192, 160)
    full_fine: tuple[int, int, int] = (32, 128, 96)
    full_batch: int = 4
    slab_patch: tuple[int, int, int] = (16, 192, 160)
    slab_fine: tuple[int, int, int] = (16, 128, 96)
    slab_batch: int = 8
    slab_share: float = 0.35
    freeze_normalisation: bool = False
    freeze_coarse: bool = False
    deformation: float = 1.0
    gentle_share: float = 0.0
    group_shares: dict[str, float] = field(default_factory=dict)
    threads: int = 2
    device: str = "cpu"
    half_precision: bool = True
    validate_every: int = 500
    checkpoint_seconds: float = 60.0

    @classmethod
    def read(cls, path: Path) -> TrainingConfig:
        """From a JSON file. Raises ``TypeError`` for a setting that does not exist."""
        settings = json.loads(path.read_text(encoding="utf-8"))
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()}
        return cls(**values)

    def write(self, path: Path) -> None:
        write_json(path, asdict(self))
