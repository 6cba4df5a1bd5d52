"""Warnings and errors, with details that can be copied into a report."""

from __future__ import annotations

import enum
import html
from typing import Any

import qt
from slicer.i18n import tr as _

from .signal import guarded
from .translation import translated


class Kind(enum.Enum):
    """What a message is, and the colour of its edge; the tint works on light and on dark themes."""

    INFO = (70, 130, 200)
    WARNING = (217, 130, 43)
    ERROR = (205, 60, 60)


class MessageArea:
    """Drives ``messageFrame`` and its children of a form: text, a button 'Details', the details, 'Copy'."""

    def __init__(self, ui: Any) -> None:
        self._ui = ui
        self._details = ""
        ui.detailsButton.connect("toggled(bool)", guarded(self._show_details))
        ui.copyButton.connect("clicked()", guarded(self._copy))
        self.clear()

    @property
    def text(self) -> str:
        """What is shown, without markup; empty when nothing is."""
        return self._plain

    def clear(self) -> None:
        self._plain = self._details = ""
        self._ui.messageFrame.setVisible(False)

    def show(self, kind: Kind, messages: list[str], details: str = "") -> None:
        """Show one message, or several as a list. ``details`` stay folded until asked for."""
        messages = [translated(message) for message in messages]
        self._plain, self._details = "\n".join(messages), details
        self._ui.messageLabel.text = _as_html(messages)
        red, green, blue = kind.value
        self._ui.messageFrame.setStyleSheet(
            f"#messageFrame {{ background: rgba({red}, {green}, {blue}, 30); border: none; "
            f"border-left: 3px solid rgb({red}, {green}, {blue}); border-radius: 2px; }}"
        )
        self._ui.detailsButton.checked = False
        self._ui.detailsRow.setVisible(bool(details))
        self._ui.detailsText.plainText = details
        self._show_details(False)
        self._ui.messageFrame.setVisible(True)

    def _show_details(self, shown: bool) -> None:
        self._ui.detailsText.setVisible(shown)
        self._ui.copyButton.setVisible(shown)
        self._ui.detailsButton.text = _("Hide details") if shown else _("Details")

    def _copy(self) -> None:
        qt.QApplication.clipboard().setText(f"{self._plain}\n\n{self._details}".strip())


def _as_html(messages: list[str]) -> str:
    """Rich text also for one message, so that a label does not take it for plain text and show its escapes."""
    return "".join(f"<p style='margin: 0 0 4px 0'>{html.escape(message, quote=False)}</p>" for message in messages)
