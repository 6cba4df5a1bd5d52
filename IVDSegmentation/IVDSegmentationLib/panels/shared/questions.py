"""The questions that the panel asks."""

from __future__ import annotations

import enum
from typing import Protocol

import qt
import slicer
from slicer.i18n import tr as _


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
        box = qt.QMessageBox(slicer.util.mainWindow() if hasattr(slicer.util, "mainWindow") else None)
        box.setIcon(qt.QMessageBox.Question)
        box.setWindowTitle(_("Edited discs"))
        box.setText(_("The discs of '{name}' have been edited.").format(name=name))
        box.setInformativeText(_("Keep the edited result and add the new one, or replace it? Replacing can be undone."))
        keep = box.addButton(_("Keep both"), qt.QMessageBox.AcceptRole)
        replace = box.addButton(_("Replace"), qt.QMessageBox.DestructiveRole)
        box.addButton(qt.QMessageBox.Cancel)
        box.setDefaultButton(keep)
        box.exec_() if hasattr(box, "exec_") else box.exec()
        clicked = box.clickedButton()
        if clicked == keep:
            return Decision.KEEP_BOTH
        return Decision.REPLACE if clicked == replace else Decision.CANCEL

    def about_unsaved_scan(self, name: str) -> Unsaved:
        box = qt.QMessageBox(slicer.util.mainWindow() if hasattr(slicer.util, "mainWindow") else None)
        box.setIcon(qt.QMessageBox.Question)
        box.setWindowTitle(_("Unsaved corrections"))
        box.setText(_("The corrections of '{name}' are not saved.").format(name=name))
        box.setInformativeText(_("Save them to the cohort before the next scan is opened? Discarding cannot be undone."))
        save = box.addButton(_("Save"), qt.QMessageBox.AcceptRole)
        discard = box.addButton(_("Discard"), qt.QMessageBox.DestructiveRole)
        box.addButton(qt.QMessageBox.Cancel)
        box.setDefaultButton(save)
        box.exec_() if hasattr(box, "exec_") else box.exec()
        clicked = box.clickedButton()
        if clicked == save:
            return Unsaved.SAVE
        return Unsaved.DISCARD if clicked == discard else Unsaved.CANCEL

    def about_long_training(self, duration: str) -> bool:
        text = _("The training will take about {duration}. It runs in the background and can be paused. Start it?")
        return bool(slicer.util.confirmOkCancelDisplay(text.format(duration=duration), _("Long training")))
