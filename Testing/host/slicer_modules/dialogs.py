"""Message boxes of slicer.util that note their text and return at once instead of waiting for a click."""
from __future__ import annotations

import logging
from collections.abc import Callable

from PySide6.QtWidgets import QMessageBox

__all__ = ["messageBox", "infoDisplay", "warningDisplay", "errorDisplay", "delayDisplay",
           "confirmOkCancelDisplay", "confirmYesNoDisplay", "confirmRetryCloseDisplay"]

#: What was shown so far, as (function, text).
shown: list[tuple[str, str]] = []
#: What the confirm functions answer: a bool, or a function of the text that returns one.
answer: bool | Callable[[str], bool] = True


def _show(function: str, text: str, level: int = logging.INFO) -> None:
    logging.getLogger("host").log(level, "%s: %s", function, text)
    shown.append((function, text))


def _confirm(function: str, text: str) -> bool:
    _show(function, text)
    return answer(text) if callable(answer) else answer


def messageBox(text: str, parent=None, **options: object) -> int:
    _show("messageBox", text)
    return int(QMessageBox.Ok)


def infoDisplay(text: str, windowTitle: str | None = None, parent=None, **options: object) -> None:
    _show("infoDisplay", text)


def warningDisplay(text: str, windowTitle: str | None = None, parent=None, **options: object) -> None:
    _show("warningDisplay", text, logging.WARNING)


def errorDisplay(text: str, windowTitle: str | None = None, parent=None, **options: object) -> None:
    _show("errorDisplay", text, logging.ERROR)


def delayDisplay(message: str, autoCloseMsec: int = 1000, parent=None, **options: object) -> None:
    _show("delayDisplay", message)


def confirmOkCancelDisplay(text: str, windowTitle: str | None = None, parent=None, **options: object) -> bool:
    return _confirm("confirmOkCancelDisplay", text)


def confirmYesNoDisplay(text: str, windowTitle: str | None = None, parent=None, **options: object) -> bool:
    return _confirm("confirmYesNoDisplay", text)


def confirmRetryCloseDisplay(text: str, windowTitle: str | None = None, parent=None, **options: object) -> bool:
    return _confirm("confirmRetryCloseDisplay", text)
