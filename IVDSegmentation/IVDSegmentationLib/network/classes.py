"""What the networks tell apart, and how label values map to it."""

from __future__ import annotations

import numpy as np

from ..anatomy import CANAL_LABEL, FIRST_VERTEBRA_LABEL, LEVEL_BY_LABEL, S1_LABEL, SACRUM_LABEL, is_unknown_label

FINE_CLASSES = ("background", "disc", "body")
"""Classes of the full-resolution output."""

COARSE_CLASSES = ("background", "disc", "disc L5-S1", "body", "body L5", "sacrum", "canal")
"""Classes of the coarse output: enough to tell where the chain starts."""

COARSE_STRIDE = (2, 4, 4)
"""Voxels (k, j, i) of the network's frame in one coarse voxel."""

COARSE_OF_STRUCTURE: dict[str, tuple[int, ...]] = {"disc": (1, 2), "body": (3, 4), "sacrum": (5,), "canal": (6,)}
"""Structure that a case may have annotated or not -> its coarse classes."""

BODY_STEP = 0.5
"""Level coordinate: disc n lies at n, the body above it at n + 0.5, the sacrum at 0.5."""


def coarse_class_table() -> np.ndarray:
    """Label value (0 … 255) -> coarse class, shape (256,), int64."""
    table = np.zeros(256, np.int64)
    for label in range(256):
        if label in LEVEL_BY_LABEL or is_unknown_label(label):
            table[label] = 2 if label == 1 else 1
        elif label in (SACRUM_LABEL, S1_LABEL):
            table[label] = 5
        elif FIRST_VERTEBRA_LABEL <= label < CANAL_LABEL:
            table[label] = 4 if label == FIRST_VERTEBRA_LABEL else 3
        elif label == CANAL_LABEL:
            table[label] = 6
    return table


def level_coordinate_table() -> np.ndarray:
    """Label value (0 … 255) -> level coordinate, NaN where a label has no level, shape (256,), float32."""
    table = np.full(256, np.nan, np.float32)
    for label in LEVEL_BY_LABEL:
        table[label] = label
        table[S1_LABEL + label] = label + BODY_STEP
    table[[SACRUM_LABEL, S1_LABEL]] = BODY_STEP
    return table
