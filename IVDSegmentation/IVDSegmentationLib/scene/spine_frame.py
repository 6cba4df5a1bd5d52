"""The course of the spine through the disc centres: where a slice has to lie to follow it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_RAS_RIGHT = np.array([1.0, 0.0, 0.0])
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

    ``up`` at a disc is the direction from its lower to its upper neighbour. ``right`` is the patient's right, put
    upright on the spine: a lumbar spine bends in its sagittal plane, so this is the normal of that plane.
    """
    centres = np.asarray(centres_ras, float).reshape(-1, 3)
    if len(centres) == 0:
        raise ValueError("There is no disc centre to follow.")
    middle = centres.mean(0)
    overall = _direction(centres[-1] - centres[0])
    up = overall
    if at is not None and len(centres) > 1:
        up = _direction(centres[min(at + 1, len(centres) - 1)] - centres[max(at - 1, 0)])
    right = _direction(_RAS_RIGHT - overall * (_RAS_RIGHT @ overall))
    right = _direction(right - up * (right @ up))
    return SpineFrame(middle if at is None else centres[at], right, np.cross(up, right), up)


def _direction(vector: np.ndarray) -> np.ndarray:
    length = float(np.linalg.norm(vector))
    return vector / length if length > 1e-6 else _RAS_UP
