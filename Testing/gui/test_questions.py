"""The message boxes themselves, each of their buttons clicked."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    "question, button, answer",
    [
        ("about_edited_result", "Keep both", "keep both"),
        ("about_edited_result", "Replace", "replace"),
        ("about_edited_result", "Cancel", "cancel"),
        ("about_unsaved_scan", "Save", "save"),
        ("about_unsaved_scan", "Discard", "discard"),
        ("about_unsaved_scan", "Cancel", "cancel"),
    ],
)
def test_each_button_is_its_answer(host, question, button, answer):
    from IVDSegmentationLib.panels.shared.questions import MessageBoxes
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication, QMessageBox

    shown = []

    def click():
        (box,) = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QMessageBox) and widget.isVisible()]
        shown.append((box.text, box.defaultButton().text))
        next(one for one in box.buttons() if one.text.replace("&", "") == button).click()

    QTimer.singleShot(0, click)
    assert getattr(MessageBoxes(), question)("scan 7").value == answer
    ((text, default),) = shown
    assert "'scan 7'" in text and default == ("Keep both" if question == "about_edited_result" else "Save")
