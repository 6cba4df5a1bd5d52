"""What the networks distinguish, and how label values map to it."""

from __future__ import annotations

import numpy as np

from ..anatomy import (
    CANAL_LABEL,
    FIRST_VERTEBRA_LABEL,
    LEVEL_BY_LABEL,
    S1_LABEL,
    SACRUM_LABEL,
    TOP_LEVEL,
    VERTEBRA_LABELS,
    is_unknown_label,
)

FINE_CLASSES = ("background", "disc", "body")
"""Classes of the full-resolution output."""

COARSE_CLASSES = ("background", "disc", "disc L5-S1", "body", "body L5", "sacrum", "canal", "disc C2-C3", "body C2")
"""Classes of the coarse output: enough to tell where the chain starts and where it ends. Models before 2.0.0 have the first
seven of them."""
LUMBAR_CLASSES = 7
"""Number of classes of the models before 2.0.0."""
DISC_CLASSES, BODY_CLASSES = (1, 2, 7), (3, 4, 8)
"""Places in ``COARSE_CLASSES`` of all discs and of all vertebral bodies."""
BODY_L5_CLASS, SACRUM_CLASS, CANAL_CLASS = (COARSE_CLASSES.index(name) for name in ("body L5", "sacrum", "canal"))

POSITION_CLASSES = 25
"""Places along the spine that the position head tells apart: 0 the sacrum, n the disc n or the body above it, 24 C2 with the
dens."""

POSITION_STRIDE = (2, 8, 8)
"""Voxels (k, j, i) of the network's frame in one voxel of the position head."""

COARSE_STRIDE = (2, 4, 4)
"""Voxels (k, j, i) of the network's frame in one coarse voxel."""

COARSE_OF_STRUCTURE: dict[str, tuple[int, ...]] = {
    "disc": DISC_CLASSES,
    "body": BODY_CLASSES,
    "sacrum": (5,),
    "canal": (6,),
}
"""Structure that a case may have annotated or not -> its coarse classes."""

BODY_STEP = 0.5
"""Level coordinate: disc n lies at n, the body above it at n + 0.5, the sacrum at 0.5."""


def coarse_class_table() -> np.ndarray:
    """Label value (0 … 255) -> coarse class, shape (256,), int64."""
    table = np.zeros(256, np.int64)
    for label in range(256):
        if label in LEVEL_BY_LABEL or is_unknown_label(label):
            table[label] = {1: 2, TOP_LEVEL.label: 7}.get(label, 1)
        elif label in (SACRUM_LABEL, S1_LABEL):
            table[label] = 5
        elif FIRST_VERTEBRA_LABEL <= label < CANAL_LABEL:
            table[label] = {FIRST_VERTEBRA_LABEL: 4, VERTEBRA_LABELS["C2"]: 8}.get(label, 3)
        elif label == CANAL_LABEL:
            table[label] = 6
    return table


def position_table() -> np.ndarray:
    """Label value (0 … 255) -> position class, -1 where a label has none, shape (256,), int64."""
    table = np.full(256, -1, np.int64)
    for label in LEVEL_BY_LABEL:
        table[label] = table[S1_LABEL + label] = label
    table[VERTEBRA_LABELS["C2"]] = POSITION_CLASSES - 1
    table[[SACRUM_LABEL, S1_LABEL]] = 0
    return table


def level_coordinate_table() -> np.ndarray:
    """Label value (0 … 255) -> level coordinate, NaN where a label has no level, shape (256,), float32."""
    table = np.full(256, np.nan, np.float32)
    for label in LEVEL_BY_LABEL:
        table[label] = label
        table[S1_LABEL + label] = label + BODY_STEP
    table[[SACRUM_LABEL, S1_LABEL]] = BODY_STEP
    return table
