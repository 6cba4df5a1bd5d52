"""How good the outline of each disc is: the Dice and the surface distance that a radiologist's outline would give.

The estimate belongs to one model of discs: another network is sure and unsure in other places. It is kept beside that model's
file as JSON, and fitted by ``Testing/benchmark/outline_model.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ModelError
from ..files import read_json
from ..schema import Schema, check
from ..spine import Grade, Outline, disc_regions
from ..volume import NetworkFrame, Volume
from .evidence import Evidence
from .features import NAMES, outline_features
from .shapes import ShapeTable
from .trees import Trees

ENDING = ".outlines.json"
_TREES: Schema = {
    "type": "object",
    "required": ["base", "feature", "threshold", "value"],
    "properties": {
        "base": {"type": "number"},
        "feature": {"type": "array", "maxItems": 1000},
        "threshold": {"type": "array", "maxItems": 1000},
        "value": {"type": "array", "maxItems": 1000},
    },
}
_SCHEMA: Schema = {
    "type": "object",
    "required": ["model_sha256", "features", "shapes", "dice", "log_surface_mm", "look_below", "poor_below"],
    "properties": {
        "model_sha256": {"type": "string", "pattern": "[0-9a-f]{64}"},
        "features": {"type": "array", "items": {"type": "string"}},
        "shapes": {"type": "object"},
        "dice": _TREES,
        "log_surface_mm": _TREES,
        "look_below": {"type": "number", "minimum": 0, "maximum": 1},
        "poor_below": {"type": "number", "minimum": 0, "maximum": 1},
    },
}


@dataclass(frozen=True, eq=False)
class OutlineModel:
    """``dice`` and ``log_surface_mm``: trees over the features ``NAMES``. An outline is 'poor' below the Dice ``poor_below``,
    one to 'look' at below ``look_below``. ``model_sha256``: that of the weights it was fitted for."""

    model_sha256: str
    shapes: ShapeTable
    dice: Trees
    log_surface_mm: Trees
    look_below: float
    poor_below: float

    @classmethod
    def read(cls, path: Path) -> OutlineModel:
        """Raises ``ModelError`` for a file that cannot be used."""
        content = read_json(path)
        check(content, _SCHEMA, path, "Install the extension again.")
        if tuple(content["features"]) != NAMES:
            raise ModelError(f"'{path.name}' was fitted for another version of the extension. Install the extension again.")
        return cls(
            content["model_sha256"],
            ShapeTable.from_json(content["shapes"]),
            Trees.from_json(content["dice"]),
            Trees.from_json(content["log_surface_mm"]),
            float(content["look_below"]),
            float(content["poor_below"]),
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "model_sha256": self.model_sha256,
            "features": list(NAMES),
            "look_below": self.look_below,
            "poor_below": self.poor_below,
            "shapes": self.shapes.as_json(),
            "dice": self.dice.as_json(),
            "log_surface_mm": self.log_surface_mm.as_json(),
        }

    def outlines(self, evidence: Evidence, labels: Sequence[int]) -> list[Outline]:
        """The estimate for each of the evidence's discs; ``labels``: their label values."""
        return [self.graded(dice, mm) for dice, mm in zip(*self.predict(outline_features(evidence, labels, self.shapes)))]

    def predict(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(Dice, surface distance in mm) of rows of features."""
        return np.clip(self.dice(features), 0.0, 1.0), np.exp(self.log_surface_mm(features))

    def graded(self, dice: float, surface_distance_mm: float) -> Outline:
        grade = Grade.POOR if dice < self.poor_below else Grade.LOOK if dice < self.look_below else Grade.GOOD
        return Outline(grade, round(float(dice), 2), round(float(surface_distance_mm), 2))


def outline_model_of(model_file: Path, sha256: str) -> OutlineModel | None:
    """The estimate that lies beside a model's file; None where there is none, or one for other weights."""
    path = model_file.with_suffix(ENDING)
    if not path.is_file():
        return None
    model = OutlineModel.read(path)
    return model if model.model_sha256 == sha256 else None


def judge_outlines(
    model: OutlineModel,
    frame: NetworkFrame,
    image: Volume,
    labels: Volume,
    disc: np.ndarray,
    body: np.ndarray,
    coarse: np.ndarray | None,
) -> dict[int, Outline]:
    """Label value -> estimate for the discs of a label map on ``frame.source``. ``image``: the source in the network's frame;
    ``disc``, ``body``, ``coarse``: what the network gave for it."""
    regions = disc_regions(image.with_array(frame.nearest_to_network(labels.array)))
    if not regions:
        return {}
    evidence = Evidence.of(image, disc, body, coarse, tuple(regions.values()))
    return dict(zip(regions, model.outlines(evidence, tuple(regions))))
