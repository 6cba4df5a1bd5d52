"""Which tabs the panel has. A tab appears once its module exists; nobody sees an empty one.

To add a tab: write ``panels/<name>.py`` with ``create_tab(session: Session) -> Tab`` and name it in ``TAB_MODULES``.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any, Protocol

from .session import Session

TAB_MODULES: tuple[str, ...] = ("segment_tab", "review_tab", "training_tab")
"""Modules of this package, in the order of their tabs."""


class Tab(Protocol):
    """What the panel asks of a tab. ``widget`` is a qMRMLWidget from a .ui file, or any other widget."""

    title: str
    widget: Any

    def bind(self, parameters: Any) -> None:
        """A parameter node is there: connect to it. Called at the start and after a scene was closed or read."""

    def unbind(self) -> None:
        """The parameter node is about to go."""

    def enter(self) -> None:
        """The module is shown."""

    def exit(self) -> None:
        """Another module is shown."""

    def cleanup(self) -> None:
        """The panel is being destroyed."""


def create_tabs(session: Session) -> list[Tab]:
    """The tabs whose modules exist."""
    tabs = []
    for name in TAB_MODULES:
        full_name = f"{__package__}.{name}"
        if importlib.util.find_spec(full_name) is not None:
            tabs.append(importlib.import_module(full_name).create_tab(session))
    return tabs
