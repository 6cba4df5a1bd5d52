"""What a model card may hold. A card of a later version may know more."""

from __future__ import annotations

from ..schema import TEXT, TEXTS, Schema

ARGUMENTS: Schema = {
    "type": "object",
    "additionalProperties": {
        "type": ["integer", "boolean", "null", "array"],
        "minimum": 1,
        "maximum": 1024,
        "items": {"type": "integer", "minimum": 1, "maximum": 1024},
        "maxItems": 16,
    },
}
"""Of a network: widths and numbers of blocks. The widest network ever compared here has 320 channels; with thousands of
channels or blocks the computer would stand still before the weights turn out not to fit."""

CARD_SCHEMA: Schema = {
    "type": "object",
    "required": ["name", "version", "network", "sha256"],
    "properties": {
        "name": {"type": "string", "maxLength": 200},
        "version": {"type": "string", "maxLength": 200},
        "network": {"type": "string", "maxLength": 200},
        "arguments": ARGUMENTS,
        "spacing_mm_kji": {
            "type": "array",
            "items": {"type": "number", "exclusiveMinimum": 0, "maximum": 100},
            "maxItems": 3,
        },
        "classes": {"type": "array", "items": {"type": "string", "maxLength": 200}, "maxItems": 256},
        "training_data": TEXT,
        "metrics": {"type": "object"},
        "licence": TEXT,
        "citations": TEXTS,
        "intended_use": TEXT,
        "limits": TEXT,
        "created": {"type": "string", "maxLength": 200},
        "sha256": {"type": "string", "pattern": "[0-9a-f]{64}"},
        "card_sha256": {"type": "string", "pattern": "[0-9a-f]{64}"},
        "level_temperature": {"type": "number", "minimum": 0.1, "maximum": 100},
    },
}
"""``level_temperature`` divides the evidence on levels: below 0 the worst chain would count as the best. The bundled models
have 1 to 3."""
