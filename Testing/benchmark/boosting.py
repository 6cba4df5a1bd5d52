"""Gradient boosting (Friedman 2001) on binned features, numpy alone: a few thousand rows take seconds."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "IVDSegmentation"))

import numpy as np  # noqa: E402
from IVDSegmentationLib.quality.trees import Trees  # noqa: E402

BINS = 24
NEVER = 1e9
"""Threshold of a node that splits nothing: every row goes to the left."""


def boosted(
    rows: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray,
    *,
    trees: int = 120,
    depth: int = 3,
    rate: float = 0.07,
    ridge: float = 8.0,
    share: float = 0.6,
    limit: float = np.inf,
    seed: int = 0,
) -> Trees:
    """Trees that predict ``target`` by least squares, or by Huber's loss with a ``limit`` of residuals. ``ridge``: weight of
    rows added to every leaf with value 0; ``share`` of the rows and of the features that each tree sees."""
    rng = np.random.default_rng(seed)
    edges = [np.unique(np.quantile(column, np.linspace(0, 1, BINS + 1)[1:-1])) for column in rows.T]
    binned = np.stack([np.searchsorted(edge, column, side="left") for edge, column in zip(edges, rows.T)], axis=1)
    base = float(np.average(target, weights=weight))
    current = np.full(len(rows), base)
    inner = 2**depth - 1
    features = np.zeros((trees, inner), int)
    thresholds = np.full((trees, inner), NEVER)
    values = np.zeros((trees, inner + 1))
    for n in range(trees):
        used = weight * (rng.random(len(rows)) < share)
        chosen = rng.choice(rows.shape[1], max(1, int(share * rows.shape[1])), replace=False)
        residual = np.clip(target - current, -limit, limit)
        node = np.zeros(len(rows), int)
        for at in range(inner):
            here = np.flatnonzero((node == at) & (used > 0))
            split = _best_split(binned[here], residual[here], used[here], chosen, ridge) if len(here) > 20 else None
            if split is not None and split[1] < len(edges[split[0]]):
                features[n, at], thresholds[n, at] = split[0], round(float(edges[split[0]][split[1]]), 5)
            own = node == at
            node[own] = 2 * at + 1 + (rows[own, features[n, at]] > thresholds[n, at])
        leaf = node - inner
        total = np.bincount(leaf, used, inner + 1)
        values[n] = rate * np.bincount(leaf, used * residual, inner + 1) / (total + ridge)
        current += values[n][leaf]
    return Trees(base, features, thresholds, values)


def _best_split(
    binned: np.ndarray, residual: np.ndarray, weight: np.ndarray, chosen: np.ndarray, ridge: float
) -> tuple[int, int] | None:
    """(feature, last bin of the left side) with the largest gain."""
    best, found = 1e-9, None
    pull = weight * residual
    for feature in chosen:
        column = binned[:, feature]
        w = np.bincount(column, weight, BINS)
        g = np.bincount(column, pull, BINS)
        left_w, left_g = np.cumsum(w)[:-1], np.cumsum(g)[:-1]
        right_w, right_g = w.sum() - left_w, g.sum() - left_g
        gain = left_g**2 / (left_w + ridge) + right_g**2 / (right_w + ridge) - g.sum() ** 2 / (w.sum() + ridge)
        gain[(left_w < 5) | (right_w < 5)] = 0
        at = int(np.argmax(gain))
        if gain[at] > best:
            best, found = float(gain[at]), (int(feature), at)
    return found
