"""Boosted regression trees as plain numbers: small enough for a JSON file, evaluated with numpy alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Trees:
    """A sum of ``base`` and of trees of one depth, complete and stored level by level (node n has the children 2n + 1 and
    2n + 2). ``feature`` and ``threshold``: (trees, 2^depth - 1); ``value``: (trees, 2^depth). Above the threshold a row goes to
    the right."""

    base: float
    feature: np.ndarray
    threshold: np.ndarray
    value: np.ndarray

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """One value for each row of features (n, features)."""
        trees, inner = self.feature.shape
        tree, row = np.arange(trees)[:, None], np.arange(len(rows))
        node = np.zeros((trees, len(rows)), int)
        for _ in range(inner.bit_length()):
            node = 2 * node + 1 + (rows[row, self.feature[tree, node]] > self.threshold[tree, node])
        return np.full(len(rows), self.base) + self.value[tree, node - inner].sum(axis=0)

    def as_json(self) -> dict[str, Any]:
        return {
            "base": round(self.base, 5),
            "feature": self.feature.tolist(),
            "threshold": [[round(float(v), 5) for v in row] for row in self.threshold],
            "value": [[round(float(v), 5) for v in row] for row in self.value],
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Trees:
        return cls(
            float(content["base"]),
            np.array(content["feature"], int),
            np.array(content["threshold"], float),
            np.array(content["value"], float),
        )
