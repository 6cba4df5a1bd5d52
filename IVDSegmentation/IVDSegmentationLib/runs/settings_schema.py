"""What a settings file of a training may hold."""

from __future__ import annotations

from ..cases.case_schema import ROLE
from ..network.card_schema import ARGUMENTS
from ..schema import SHARE, SHORT_TEXT, Schema

_COUNT: Schema = {"type": "integer", "minimum": 1, "maximum": 100_000_000}
_BATCH: Schema = {"type": "integer", "minimum": 1, "maximum": 4096}
_THREADS: Schema = {"type": ["integer", "null"], "minimum": 1, "maximum": 1024}
_FOLDERS: Schema = {"type": "array", "items": {"type": "string", "maxLength": 4096}, "maxItems": 1000}


def _size(multiples: tuple[int, int, int]) -> Schema:
    """Voxels along k, j, i. A network halves them so many times that they must be multiples."""
    axes = [{"type": "integer", "minimum": n, "maximum": 2048, "multipleOf": n} for n in multiples]
    return {"type": "array", "minItems": 3, "maxItems": 3, "prefixItems": axes}


SMALLEST_PATCH = (8, 32, 32)
_PATCH, _BOX = _size(SMALLEST_PATCH), _size((2, 4, 4))

DEVICE: Schema = {"type": "string", "pattern": r"auto|cpu|mps|cuda(:\d{1,3})?"}

CONFIG_SCHEMA: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "network": SHORT_TEXT,
        "steps": _COUNT,
        "seed": {"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
        "learning_rate": {"type": "number", "exclusiveMinimum": 0, "maximum": 10},
        "weight_decay": {"type": "number", "minimum": 0, "maximum": 10},
        "warm_up_steps": _COUNT,
        "average_decay": {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
        "full_patch": _PATCH,
        "full_fine": _BOX,
        "full_batch": _BATCH,
        "slab_patch": _PATCH,
        "slab_fine": _BOX,
        "slab_batch": _BATCH,
        "slab_share": SHARE,
        "freeze_normalisation": {"type": "boolean"},
        "freeze_coarse": {"type": "boolean"},
        "deformation": {"type": "number", "minimum": 0, "maximum": 3},
        "gentle_share": SHARE,
        "group_shares": {"type": "object", "additionalProperties": SHARE},
        "threads": {"type": "integer", "minimum": 1, "maximum": 1024},
        "workers": {"type": ["integer", "null"], "minimum": 0, "maximum": 256},
        "device": DEVICE,
        "half_precision": {"type": "boolean"},
        "log_every": _COUNT,
        "validate_every": _COUNT,
        "checkpoint_seconds": {"type": "number", "minimum": 0, "maximum": 1e9},
    },
}
"""The fields of ``TrainingConfig``."""

PLAN_SCHEMA: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "cases": _FOLDERS,
        "folder": {"type": "string", "maxLength": 4096},
        "model_name": {"type": "string", "pattern": r"[\w.-]([\w. -]{0,98}[\w.-])?"},
        "start_from": {"type": "string", "maxLength": 4096},
        "network": SHORT_TEXT,
        "network_arguments": ARGUMENTS,
        "preset": {"type": "string", "enum": ("quick", "full")},
        "epochs": {"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 1_000_000},
        "phantom_share": SHARE,
        "phantoms": {"type": ["integer", "null"], "minimum": 0, "maximum": 1_000_000},
        "check_phantoms": {"type": "integer", "minimum": 0, "maximum": 10_000},
        "roles": {"type": "object", "additionalProperties": ROLE},
        "earlier_cases": _FOLDERS,
        "earlier_share": {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
        "blend": {"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 1},
        "threads": _THREADS,
        "device": DEVICE,
        "advanced": CONFIG_SCHEMA,
    },
}
"""The fields of ``TrainingPlan``; every one may be left out."""
