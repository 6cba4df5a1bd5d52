"""What case.json, roles.json and splits.json may hold. Data sets write more into case.json; that is kept and not looked at."""

from __future__ import annotations

from ..schema import FILE_NAME, SHORT_TEXT, TEXTS, Schema

TRAINING, VALIDATION, LEFT_OUT = "training", "validation", "left out"
ROLES = (TRAINING, VALIDATION, LEFT_OUT)

ROLE: Schema = {"type": "string", "enum": ROLES}
ROLES_SCHEMA: Schema = {"type": "object", "additionalProperties": ROLE}
SPLITS_SCHEMA: Schema = {"type": "object", "properties": {"validation": TEXTS, "training": TEXTS}}

_RANGE: Schema = {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 2}
_THREE: Schema = {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3}

CASE_SCHEMA: Schema = {
    "type": "object",
    "properties": {
        "id": FILE_NAME,
        "set": SHORT_TEXT,
        "subject": SHORT_TEXT,
        "annotated": TEXTS,
        "labelled_levels": TEXTS,
        "incomplete_discs": TEXTS,
        "level_uncertain": {"type": "boolean"},
        "valid_region": {
            "type": ["object", "null"],
            "required": ["type"],
            "properties": {
                "type": {"type": "string", "enum": ["mask", "box"]},
                "file": FILE_NAME,
                "box_ijk": {"type": "array", "items": _RANGE, "minItems": 3, "maxItems": 3},
            },
        },
        "spacing": {"type": "array", "items": {"type": "number", "exclusiveMinimum": 0}, "minItems": 3, "maxItems": 3},
        "size_ijk": {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 3, "maxItems": 3},
        "centres_mm_LPS": {"type": "object", "additionalProperties": _THREE},
        "warnings": TEXTS,
        "sha256": {"type": "string", "pattern": "([0-9a-f]{64})?"},
        "added": {"type": "object"},
        "provenance": {"type": "object"},
    },
}
