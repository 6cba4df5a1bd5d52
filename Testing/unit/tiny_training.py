"""A training small enough for a test: boxes for discs, a network of a few thousand weights, patches of 8 x 64 x 64."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from IVDSegmentationLib.cases import store
from IVDSegmentationLib.runs.config import TrainingConfig
from IVDSegmentationLib.runs.plan import TrainingPlan
from IVDSegmentationLib.volume import Volume

ROOT = Path(__file__).resolve().parents[2]
SAGITTAL = np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
ARGUMENTS = {"widths": [8, 8, 8, 8], "fine_width": 8, "fine_blocks": 1}
ADVANCED: dict[str, Any] = {
    "steps": 12,
    "learning_rate": 5e-3,
    "full_patch": [8, 64, 64],
    "full_fine": [8, 32, 32],
    "full_batch": 2,
    "slab_patch": [8, 64, 64],
    "slab_fine": [8, 32, 32],
    "slab_batch": 2,
    "validate_every": 6,
    "half_precision": False,
    "threads": 1,
    "checkpoint_seconds": 60.0,
}
CONFIG = TrainingConfig(**{k: tuple(v) if isinstance(v, list) else v for k, v in ADVANCED.items()})


def spine(wanted=(1, 2, 3, 4), seed: int = 0) -> tuple[Volume, Volume]:
    """A stack of bright flat boxes, 36 mm apart, the lowest at the bottom: image and labels, 1.25 x 1.25 x 4 mm."""
    shape = (12, 160, 60)
    rng = np.random.default_rng(seed)
    labels = np.zeros(shape, np.uint8)
    present = np.zeros(shape, bool)
    for number in range(1, 5):
        j = 150 - 29 * number + int(rng.integers(-2, 3))
        box = (slice(3, 9), slice(j, j + 7), slice(18, 44))
        present[box] = True
        if number in wanted:
            labels[box] = number
    image = (rng.normal(200, 20, shape) + 400 * present).astype(np.int16)
    grid = Volume(image, (1.25, 1.25, 4.0), (24.0, -30.0, 90.0), SAGITTAL)
    return grid, grid.with_array(labels)


def make_cases(folder: Path, training: int = 2, validation: int = 1, first_seed: int = 0) -> Path:
    for number in range(training + validation):
        role = store.TRAINING if number < training else store.VALIDATION
        store.add_case(folder, store.NewCase(*spine(seed=first_seed + number)), role)
    return folder


def make_model(path: Path, name: str = "tiny", seed: int = 3) -> Path:
    """A tiny network with random weights as a model file."""
    import torch
    from IVDSegmentationLib.network.registry import build_network
    from IVDSegmentationLib.network.weights import ModelCard, save_model

    torch.manual_seed(seed)
    arguments = {"widths": (8, 8, 8, 8), "fine_width": 8, "fine_blocks": 1}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_model(build_network("discnet", arguments), ModelCard(name, "1", "discnet", arguments), path)
    return path


def make_plan(folder: Path, cases: Path, advanced: dict[str, Any] | None = None, **fields: Any) -> TrainingPlan:
    defaults: dict[str, Any] = {
        "cases": [str(cases)],
        "folder": str(folder),
        "start_from": "scratch",
        "network_arguments": ARGUMENTS,
        "phantom_share": 0.0,
        "check_phantoms": 0,
        "device": "cpu",
        "advanced": ADVANCED | (advanced or {}),
    }
    return TrainingPlan.from_dict(defaults | fields)


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "IVDSegmentationLib", "train", *map(str, arguments)]


def environment(home: Path) -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": str(ROOT / "IVDSegmentation"),
        "IVDSEG_MODELS": str(home / "models"),
        "OMP_NUM_THREADS": "1",
    }
