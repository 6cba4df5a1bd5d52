"""The tabs of the panel, in their order. A new tab is a package here with a ``tab.py`` that has ``create_tab``."""

from __future__ import annotations

from typing import Any, Protocol

import qt

from .cohort import tab as cohort
from .review import tab as review
from .segment import tab as segment
from .shared.session import Session
from .train import tab as train


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
    return [package.create_tab(session) for package in (segment, review, train, cohort)]


def show_tabs(tab_widget: Any, tabs: list[Tab]) -> None:
    """Puts the tabs into a QTabWidget, each in a page of its own that is empty while another tab is shown.

    A QTabWidget is as large as its largest page: a wide tab would widen the panel, and a long one would make it scroll
    into emptiness, while another tab is shown.
    """
    for tab in tabs:
        page = qt.QWidget()
        layout = qt.QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(tab.widget)
        tab_widget.addTab(page, tab.title)

    def show_contents(current: int) -> None:
        for index, tab in enumerate(tabs):
            tab.widget.setVisible(index == current)

    tab_widget.connect("currentChanged(int)", show_contents)
    show_contents(tab_widget.currentIndex)
