"""JSON as this program reads and writes it: UTF-8, no NaN, numpy's numbers as plain ones."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from ..errors import InputError
from .atomic import write_text


def plain_json(value: Any) -> Any:
    """A value as JSON knows it: numpy scalars and arrays become numbers and lists, tuples lists, NaN and infinity null,
    paths text. Raises ``TypeError`` for anything else."""
    if isinstance(value, dict):
        return {str(key): plain_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_json(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):  # numpy, without importing it
        return plain_json(value.tolist())
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def json_text(value: Any, *, indent: int | None = 2, ascii_only: bool = False) -> str:
    """The JSON text of a value, with a line break at its end. ``indent`` None: on one line. ``ascii_only``: for terminals
    and pipes, whose encoding is not known."""
    return json.dumps(plain_json(value), indent=indent, ensure_ascii=ascii_only, allow_nan=False) + "\n"


def write_json(path: str | Path, value: Any, *, indent: int | None = 2, private: bool = False) -> None:
    """Writes a JSON file, complete or not at all; ``private``: only the user may read it. Raises ``OutputError``."""
    write_text(path, json_text(value, indent=indent), private=private)


def read_json(path: str | Path) -> Any:
    """The content of a JSON file. Raises ``InputError`` where it is missing or damaged."""
    path = Path(path)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error}).") from error
    except (ValueError, RecursionError) as error:  # ValueError: no JSON, or no UTF-8
        raise InputError(f"{path} is not valid JSON ({error}). Repair or remove it.") from error
