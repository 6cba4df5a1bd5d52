"""The course of the spine through the disc centres: where a slice has to lie to follow it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_CAUTION_MM = 5.0
"""Depth of bend below which the rotation of the sagittal plane is rather left alone."""
_RAS_UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class SpineFrame:
    """Axes at one place of the spine, RAS unit vectors: ``up`` along it, ``right`` to the patient's right within the
    spine's own sagittal plane, ``front`` ahead."""

    centre: np.ndarray
    right: np.ndarray
    front: np.ndarray
    up: np.ndarray


def spine_frame(centres_ras: np.ndarray, at: int | None = None) -> SpineFrame:
    """The frame at centre number ``at`` (rows from below), or of the whole spine at its middle for None.

    ``up`` at a disc is the direction from its lower to its upper neighbour. ``right`` is the normal of the sagittal
    plane that fits all centres best, near the patient's right.
    """
    centres = np.asarray(centres_ras, float).reshape(-1, 3)
    if len(centres) == 0:
        raise ValueError("There is no disc centre to follow.")
    right = _sagittal_normal(centres)
    lower, upper = (0, len(centres) - 1) if at is None else (max(at - 1, 0), min(at + 1, len(centres) - 1))
    up = centres[upper] - centres[lower]
    if at is None:
        up = up - right * (right @ up)  # the whole spine keeps its plane; a single disc may lean out of it
    up = _direction(up)
    right_here = _direction(right - up * (right @ up))
    return SpineFrame(centres.mean(0) if at is None else centres[at], right_here, np.cross(up, right_here), up)


def _sagittal_normal(centres: np.ndarray) -> np.ndarray:
    """Least squares of the lateral positions against height and, cautiously, depth: a lumbar spine runs over 200 mm
    of height but bends by only 20 mm in depth, so few or straight centres say little about the plane's rotation."""
    lateral, front, height = (centres - centres.mean(0)).T
    spread = height @ height
    lean = float(lateral @ height / spread) if spread > 1e-6 else 0.0
    front = front - height * (front @ height / spread if spread > 1e-6 else 0.0)
    rest = lateral - lean * height
    turn = float(rest @ front / (front @ front + len(centres) * _CAUTION_MM**2))
    return _direction(np.array([1.0, -turn, -lean]))


def _direction(vector: np.ndarray) -> np.ndarray:
    length = float(np.linalg.norm(vector))
    return vector / length if length > 1e-6 else _RAS_UP
