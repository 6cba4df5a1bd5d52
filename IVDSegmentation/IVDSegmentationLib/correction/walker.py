"""Random walker with a prior: the smoothest map that agrees with marks and prior and jumps only where the image does.

Minimises  sum over neighbours  lambda^2 w_ij (x_i - x_j)^2 / d_ij^2  +  sum over voxels  g_i (x_i - p_i)^2
(Grady, IEEE PAMI 2006;28:1768, with the prior of Grady, CVPR 2005), where w_ij falls with the difference in the image and
d_ij is the distance in mm, so thick slices are weighted as they should.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse.linalg import LinearOperator, cg

SMOOTHING_MM = 2.0
"""lambda: over about this length the map follows its neighbours rather than a weak prior."""
FIXED = 1e3
"""Weight g of a mark: as good as fixed."""
LEAST_EDGE_WEIGHT = 0.02
"""No edge of the image cuts voxels off from each other altogether."""
EDGE_PERCENTILE = 85.0
"""Neighbours that differ by as much as this percentile of all are tied by a weight of 1/e. Most differences are
noise, those of an outline are among the largest seventh."""
TOLERANCE, MOST_ITERATIONS = 1e-3, 150
"""Of the conjugate gradients: relative residual and steps, whichever comes first; the 0.5 level is settled long before."""


def solve_walker(
    prior: np.ndarray, weight: np.ndarray, image: np.ndarray, spacing_kji: tuple[float, float, float]
) -> np.ndarray:
    """The map x, 0 … 1, float32, for arrays of one shape (k, j, i).

    ``prior`` 0 … 1; ``weight`` g >= 0 (``FIXED`` for marks). ``image`` in any unit.
    """
    ties = [_edge_weights(image, axis, spacing) for axis, spacing in enumerate(spacing_kji)]
    diagonal = weight.astype(float) + 1e-6
    for axis, tie in enumerate(ties):
        low, high = _neighbours(axis)
        diagonal[low] += tie
        diagonal[high] += tie

    def apply(flat: np.ndarray) -> np.ndarray:
        x = flat.reshape(prior.shape)
        out = diagonal * x
        for axis, tie in enumerate(ties):
            low, high = _neighbours(axis)
            out[low] -= tie * x[high]
            out[high] -= tie * x[low]
        return out.ravel()

    size = prior.size
    operator = LinearOperator((size, size), matvec=apply, dtype=float)
    inverse = 1.0 / diagonal.ravel()
    jacobi = LinearOperator((size, size), matvec=lambda flat: inverse * flat.ravel(), dtype=float)
    target = (weight * prior).ravel()
    enough = TOLERANCE * float(np.linalg.norm(target))  # as atol: the relative tolerance changed its name in SciPy 1.12
    solution, _ = cg(operator, target, x0=prior.ravel().astype(float), M=jacobi, atol=enough, maxiter=MOST_ITERATIONS)
    return np.clip(solution, 0, 1).reshape(prior.shape).astype(np.float32)


def _neighbours(axis: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    low, high = [slice(None)] * 3, [slice(None)] * 3
    low[axis], high[axis] = slice(None, -1), slice(1, None)
    return tuple(low), tuple(high)


def _edge_weights(image: np.ndarray, axis: int, spacing: float) -> np.ndarray:
    difference = np.abs(np.diff(image.astype(np.float32), axis=axis))
    edge = max(float(np.percentile(difference, EDGE_PERCENTILE)) if difference.size else 1.0, 1e-6)
    weight = np.maximum(np.exp(-((difference / edge) ** 2)), LEAST_EDGE_WEIGHT)
    return (SMOOTHING_MM / spacing) ** 2 * weight.astype(float)
