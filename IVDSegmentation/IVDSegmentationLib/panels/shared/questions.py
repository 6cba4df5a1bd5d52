"""The questions that the panel asks."""

from __future__ import annotations

import enum
from typing import Protocol, TypeVar

import qt
import slicer
from slicer.i18n import tr as _

Answer = TypeVar("Answer")


class Decision(enum.Enum):
    KEEP_BOTH = "keep both"
    REPLACE = "replace"
    CANCEL = "cancel"


class Unsaved(enum.Enum):
    """What becomes of edits that are not saved yet."""

    SAVE = "save"
    DISCARD = "discard"
    CANCEL = "cancel"


class Questions(Protocol):
    """Asks the user; tests answer instead."""

    def about_edited_result(self, name: str) -> Decision:
        """A new run would replace a result that was edited by hand."""

    def about_unsaved_scan(self, name: str) -> Unsaved:
        """Another scan of the cohort would replace one whose corrections are not saved."""

    def about_long_training(self, duration: str) -> bool:
        """Whether to start a training that takes more than an hour."""


class MessageBoxes:
    """Asks with a message box."""

    def about_edited_result(self, name: str) -> Decision:
        answers = {_("Keep both"): Decision.KEEP_BOTH, _("Replace"): Decision.REPLACE}
        return _answer(
            _("Edited discs"),
            _("The discs of '{name}' have been edited.").format(name=name),
            _("Keep the edited result and add the new one, or replace it? Replacing can be undone."),
            answers,
            Decision.CANCEL,
        )

    def about_unsaved_scan(self, name: str) -> Unsaved:
        answers = {_("Save"): Unsaved.SAVE, _("Discard"): Unsaved.DISCARD}
        return _answer(
            _("Unsaved corrections"),
            _("The corrections of '{name}' are not saved.").format(name=name),
            _("Save them to the cohort before the next scan is opened? Discarding cannot be undone."),
            answers,
            Unsaved.CANCEL,
        )

    def about_long_training(self, duration: str) -> bool:
        text = _("The training will take about {duration}. It runs in the background and can be paused. Start it?")
        return bool(slicer.util.confirmOkCancelDisplay(text.format(duration=duration), _("Long training")))


def _answer(title: str, text: str, question: str, answers: dict[str, Answer], cancelled: Answer) -> Answer:
    """Asks with one button for each of ``answers``: the first, which is the default, keeps what there is, the others destroy
    something. ``cancelled``: the answer where the box is closed or cancelled."""
    box = qt.QMessageBox(slicer.util.mainWindow() if hasattr(slicer.util, "mainWindow") else None)
    box.setIcon(qt.QMessageBox.Question)
    box.setWindowTitle(title)
    box.setText(text)
    box.setInformativeText(question)
    roles = [qt.QMessageBox.AcceptRole] + [qt.QMessageBox.DestructiveRole] * (len(answers) - 1)
    buttons = [(box.addButton(label, role), answer) for (label, answer), role in zip(answers.items(), roles)]
    box.addButton(qt.QMessageBox.Cancel)
    box.setDefaultButton(buttons[0][0])
    box.exec_() if hasattr(box, "exec_") else box.exec()
    clicked = box.clickedButton()
    return next((answer for button, answer in buttons if button == clicked), cancelled)
