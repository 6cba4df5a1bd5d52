"""Messages of the library in the language of the application.

The library below the panel raises errors and gives advice in English and knows nothing of Slicer's translations. Each of
its texts stands in ``library_texts`` with placeholders. Here a finished message is compared with them; where one fits, its
translation is filled with the same values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from string import Formatter

from slicer import i18n

from .library_texts import texts


@dataclass(frozen=True)
class _Template:
    """``pattern`` finds the values of the placeholders; ``names`` are theirs, in the order in which they stand."""

    pattern: re.Pattern[str]
    names: tuple[str, ...]
    translation: str


def translated(message: str) -> str:
    """A message of the library, or several one after the other, as the user reads it. Unknown ones stay as they are."""
    templates = _templates()
    if not templates or not message:
        return message
    whole = _filled(message, templates)
    if whole is not None:
        return whole
    for end in (match.start() + 1 for match in re.finditer(r"[.:] ", message)):
        first = _filled(message[:end], templates)
        if first is not None:
            return f"{first} {translated(message[end + 1 :])}"
    return message


def _filled(message: str, templates: tuple[_Template, ...]) -> str | None:
    """The translation of one message; None where no text fits it. Values may be messages themselves: a reason."""
    for template in templates:
        match = template.pattern.fullmatch(message)
        if match:
            values = dict(zip(template.names, map(translated, match.groups())))
            return Formatter().vformat(template.translation, _in_order(values), values)
    return None


def _in_order(values: dict[str, str]) -> list[str]:
    """The values of {0}, {1}, …"""
    return [values[str(number)] for number in range(len(values)) if str(number) in values]


@cache
def _templates() -> tuple[_Template, ...]:
    """The texts that have a translation, those with most words of their own first. Slicer changes its language only when
    it is restarted, so they are asked for once."""
    pairs = zip(texts(lambda text: text), texts(i18n.tr), strict=True)
    changed = [(source, translation) for source, translation in pairs if source != translation]
    changed.sort(key=lambda pair: -len(re.sub(r"\{\w*\}", "", pair[0])))
    return tuple(_Template(*_pattern(source), translation) for source, translation in changed)


def _pattern(source: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    pattern, names = "", []
    for literal, name, _spec, _conversion in Formatter().parse(source):
        pattern += re.escape(literal)
        if name is not None:
            pattern += "(.+?)"
            names.append(name)
    return re.compile(pattern, re.DOTALL), tuple(names)
