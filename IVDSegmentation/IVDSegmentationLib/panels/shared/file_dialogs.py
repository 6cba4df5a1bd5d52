"""File dialogs: where to write, and what. Tests answer in their place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import qt
import slicer
from slicer.i18n import tr as _

from ...resources import resource_path
from .translation import translated

FOLDER_SETTING = "IVDSegmentation/TrainingFolder"
"""The folder of training cases, in Slicer's settings."""
_LAST_FOLDER = "IVDSegmentation/LastFolder"


@dataclass(frozen=True)
class ExportChoice:
    folder: str
    dicom: bool = False
    labels: bool = False
    segmentation: bool = False
    centres: bool = False
    csv: bool = False


class FileDialogs(Protocol):
    """Asks where to write; tests answer instead."""

    def save_as(self, title: str, name: str, kinds: str) -> str:
        """A file name; '' where the user cancels."""

    def folder(self, title: str, start: str) -> str:
        """A folder; '' where the user cancels."""

    def open_file(self, title: str, kinds: str) -> str:
        """A file that exists; '' where the user cancels."""

    def export(self, why_no_dicom: str) -> ExportChoice | None:
        """What to export and where; None where the user cancels."""


class QtFileDialogs:
    """Asks with dialogs, starting in the folder used last."""

    def save_as(self, title: str, name: str, kinds: str) -> str:
        start = str(Path(_last_folder()) / name)
        path = qt.QFileDialog.getSaveFileName(slicer.util.mainWindow(), title, start, kinds)
        path = path[0] if isinstance(path, tuple) else path
        if path:
            _remember_folder(str(Path(path).parent))
        return path or ""

    def folder(self, title: str, start: str) -> str:
        return qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), title, start or _last_folder()) or ""

    def open_file(self, title: str, kinds: str) -> str:
        path = qt.QFileDialog.getOpenFileName(slicer.util.mainWindow(), title, _last_folder(), kinds)
        path = path[0] if isinstance(path, tuple) else path
        if path:
            _remember_folder(str(Path(path).parent))
        return path or ""

    def export(self, why_no_dicom: str) -> ExportChoice | None:
        dialog, form = export_dialog(why_no_dicom)
        accepted = dialog.exec_() if hasattr(dialog, "exec_") else dialog.exec()
        choice = form.choice
        if not accepted or not choice.folder:
            return None
        _remember_folder(choice.folder)
        return choice


def export_dialog(why_no_dicom: str) -> tuple[Any, ExportForm]:
    """The export dialog with Save and Cancel, not shown yet, and the form in it."""
    dialog = qt.QDialog(slicer.util.mainWindow())
    dialog.setWindowTitle(_("Export discs"))
    form = ExportForm(why_no_dicom)
    layout = qt.QVBoxLayout(dialog)
    layout.addWidget(form.widget)
    # Not as an argument of the constructor: under PythonQt 'Save | Cancel' is an int and is taken for an orientation.
    buttons = qt.QDialogButtonBox()
    buttons.setStandardButtons(qt.QDialogButtonBox.Save | qt.QDialogButtonBox.Cancel)
    buttons.connect("accepted()", dialog.accept)
    buttons.connect("rejected()", dialog.reject)
    layout.addWidget(buttons)
    return dialog, form


class ExportForm:
    """The contents of the export dialog."""

    def __init__(self, why_no_dicom: str) -> None:
        self.widget = slicer.util.loadUI(str(resource_path("UI", "ReviewExportDialog.ui")))
        self.ui = slicer.util.childWidgetVariables(self.widget)
        self.ui.folderEdit.currentPath = _last_folder()
        self.ui.dicomCheckBox.enabled = not why_no_dicom
        self.ui.dicomCheckBox.checked = not why_no_dicom
        self.ui.dicomLabel.text = translated(why_no_dicom)
        self.ui.dicomLabel.setVisible(bool(why_no_dicom))

    @property
    def choice(self) -> ExportChoice:
        ui = self.ui
        return ExportChoice(
            folder=ui.folderEdit.currentPath,
            dicom=bool(ui.dicomCheckBox.checked),
            labels=bool(ui.labelsCheckBox.checked),
            segmentation=bool(ui.segmentationCheckBox.checked),
            centres=bool(ui.centresCheckBox.checked),
            csv=bool(ui.csvCheckBox.checked),
        )


def _last_folder() -> str:
    return str(qt.QSettings().value(_LAST_FOLDER) or Path.home())


def _remember_folder(folder: str) -> None:
    qt.QSettings().setValue(_LAST_FOLDER, folder)
