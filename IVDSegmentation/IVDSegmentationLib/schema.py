"""What a JSON file of ours may hold, as a JSON Schema, and what is wrong with one in words.

Schemas are written in the part of JSON Schema 2020-12 that is understood here: type, enum, minimum, maximum,
exclusiveMinimum, exclusiveMaximum, multipleOf, pattern, maxLength, items, prefixItems, minItems, maxItems, properties,
required and additionalProperties. ``pattern`` must fit the whole text. Numbers are finite: Python's JSON knows Infinity.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .errors import InputError

Schema = Mapping[str, Any]

_TYPES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "null": (lambda value: value is None, "null"),
    "boolean": (lambda value: isinstance(value, bool), "true or false"),
    "integer": (lambda value: isinstance(value, int) and not isinstance(value, bool), "a whole number"),
    "number": (lambda value: isinstance(value, (int, float)) and not isinstance(value, bool), "a number"),
    "string": (lambda value: isinstance(value, str), "a text"),
    "array": (lambda value: isinstance(value, (list, tuple)), "a list"),
    "object": (lambda value: isinstance(value, dict), "an object"),
}
_LONGEST_SHOWN = 60

SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
TEXT: Schema = {"type": "string", "maxLength": 100_000}
SHORT_TEXT: Schema = {"type": "string", "maxLength": 300}
TEXTS: Schema = {"type": "array", "items": TEXT, "maxItems": 10_000}
FILE_NAME: Schema = {"type": "string", "pattern": r"[^/\\:.\x00-\x1f][^/\\:\x00-\x1f]{0,254}"}
"""The name of a file in the same folder: no path leads out of it."""


def check(value: Any, schema: Schema, where: str | Path, advice: str = "Correct the file.") -> None:
    """Raises ``InputError`` with the first thing that does not fit; ``where`` is the file."""
    found = problem(value, schema)
    if found:
        raise InputError(f"{where}: {found}. {advice}")


def problem(value: Any, schema: Schema, name: str = "") -> str:
    """The first thing that does not fit, without a full stop; '' where all is well."""
    kinds = schema.get("type", ())
    kinds = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    if kinds and not any(_TYPES[kind][0](value) for kind in kinds):
        wanted = " or ".join(_TYPES[kind][1] for kind in kinds if kind != "null")
        return f"{_called(name)} is {_shown(value)}, but it has to be {wanted}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{_called(name)} is {_shown(value)}, but it has to be one of {', '.join(map(str, schema['enum']))}"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _number_problem(value, schema, name)
    if isinstance(value, str):
        return _text_problem(value, schema, name)
    if isinstance(value, (list, tuple)):
        return _list_problem(value, schema, name)
    return _object_problem(value, schema, name) if isinstance(value, dict) else ""


def _number_problem(value: float, schema: Schema, name: str) -> str:
    if not math.isfinite(value):
        return f"{_called(name)} is {value}, but it has to be a finite number"
    limits = (
        ("minimum", lambda limit: value >= limit, "at least"),
        ("exclusiveMinimum", lambda limit: value > limit, "more than"),
        ("maximum", lambda limit: value <= limit, "at most"),
        ("exclusiveMaximum", lambda limit: value < limit, "less than"),
        ("multipleOf", lambda limit: value % limit == 0, "a multiple of"),
    )
    for key, fits, phrase in limits:
        if key in schema and not fits(schema[key]):
            return f"{_called(name)} is {_shown(value)}, but it has to be {phrase} {schema[key]}"
    return ""


def _text_problem(value: str, schema: Schema, name: str) -> str:
    if len(value) > schema.get("maxLength", math.inf):
        return f"{_called(name)} has {len(value)} letters, but may have {schema['maxLength']}"
    if "pattern" in schema and not re.fullmatch(schema["pattern"], value):
        return f"{_called(name)} is {_shown(value)}, which is not allowed there"
    return ""


def _list_problem(value: list | tuple, schema: Schema, name: str) -> str:
    least, most = schema.get("minItems", 0), schema.get("maxItems", math.inf)
    if not least <= len(value) <= most:
        wanted = str(least) if least == most else f"{least} to {most}" if most < math.inf else f"at least {least}"
        return f"{_called(name)} has {len(value)} entries, but it has to have {wanted}"
    first = schema.get("prefixItems", ())
    for number, item in enumerate(value):
        one = first[number] if number < len(first) else schema.get("items", {})
        found = problem(item, one, f"{name}[{number}]")
        if found:
            return found
    return ""


def _object_problem(value: dict, schema: Schema, name: str) -> str:
    known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    for key in schema.get("required", ()):
        if key not in value:
            return f"{_called(name)} lacks '{key}'"
    for key, item in value.items():
        full = f"{name}.{key}" if name else str(key)
        if key not in known and others is False:
            return f"the setting {_called(full)} does not exist. Known are: {', '.join(known)}"
        found = problem(item, known.get(key, others if isinstance(others, Mapping) else {}), full)
        if found:
            return found
    return ""


def _called(name: str) -> str:
    return f"'{_cleaned(name)}'" if name else "the content"


def _shown(value: Any) -> str:
    text = _cleaned(repr(value))
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 2] + " …"


def _cleaned(text: str) -> str:
    return "".join(c if c.isprintable() else "�" for c in text)
