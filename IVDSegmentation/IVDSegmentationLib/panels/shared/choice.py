"""A combo box whose items have a value besides their text, and may change while the panel is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .signal import guarded


class Choice:
    """``on_chosen`` gets the value that the user picks; not called for changes made by the program."""

    def __init__(self, combo_box: Any, on_chosen: Callable[[str], None]) -> None:
        self._box, self._on_chosen = combo_box, on_chosen
        self._values: list[str] = []
        self._changing = False
        combo_box.connect("currentIndexChanged(int)", guarded(self._changed))

    @property
    def value(self) -> str:
        """The value chosen; '' where there is none."""
        index = self._box.currentIndex
        return self._values[index] if 0 <= index < len(self._values) else ""

    def offer(self, items: list[tuple[str, str]]) -> None:
        """Items as (value, text). The choice is kept where it is still offered, else it is the first."""
        before = self.value
        self._changing = True
        self._values = [value for value, _ in items]
        self._box.clear()
        self._box.addItems([text for _, text in items])
        self._box.currentIndex = self._values.index(before) if before in self._values else 0 if items else -1
        self._changing = False

    def choose(self, value: str) -> bool:
        """Choose a value; False where it is not offered."""
        if value not in self._values:
            return False
        self._changing = True
        self._box.currentIndex = self._values.index(value)
        self._changing = False
        return True

    def _changed(self, index: int) -> None:
        if not self._changing and 0 <= index < len(self._values):
            self._on_chosen(self._values[index])
