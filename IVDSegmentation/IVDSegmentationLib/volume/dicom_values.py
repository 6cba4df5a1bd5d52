"""Values of DICOM data sets, whatever a writer made of them: missing, empty, padded, of the wrong kind."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


def value_in_groups(sources: Sequence[Dataset], sequence: str, name: str, inner: bool) -> Any:
    """A value from the functional group ``sequence`` of the first source that has it, else from the file itself."""
    if inner:
        for source in sources:
            item = first_item(source, sequence)
            if item is not None and name in item:
                return item.get(name)
    return sources[-1].get(name)


def first_item(dataset: Dataset, sequence: str) -> Dataset | None:
    items = dataset.get(sequence)
    return items[0] if items else None


def text_of(dataset: Dataset, name: str) -> str:
    """DICOM pads with blanks and zeros; foreign character sets may leave what cannot be printed."""
    value = dataset.get(name)
    return "" if value is None else str(value).encode("utf-8", "replace").decode("utf-8").strip(" \0")


def plain_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str | bytes) or not hasattr(value, "__iter__"):
        number = number_of(value)
        return str(value).strip() if number is None else f"{number:.4g}"
    return "\\".join(str(one) for one in value)


def numbers_of(values: Any) -> list[float]:
    if values is None or isinstance(values, str | bytes) or not hasattr(values, "__iter__"):
        return []
    try:
        return [float(value) for value in values]
    except (TypeError, ValueError):
        return []


def number_of(value: Any) -> float | None:
    """The first number of a value; None where there is none."""
    if value is not None and not isinstance(value, str | bytes) and hasattr(value, "__iter__"):
        value = next(iter(value), None)
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
