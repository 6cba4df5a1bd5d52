"""Snapshot, report and export: where to, what, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import qt
import slicer
from slicer.i18n import tr as _

from ..errors import InputError, IVDError
from ..reporting import write_report_page
from ..resources import resource_path
from ..scene import export, snapshot, volumes
from ..scene.create import item_of
from ..scene.measurements import measure
from ..scene.nodes import ResultNodes, subject_hierarchy
from ..segmentation.result import SegmentationResult

_LAST_FOLDER = "IVDSegmentation/LastFolder"
_PATIENT = (
    ("DICOM.PatientName", "Name"),
    ("DICOM.PatientID", "Patient ID"),
    ("DICOM.PatientBirthDate", "Born"),
    ("DICOM.StudyDate", "Study date"),
)


@dataclass(frozen=True)
class ExportChoice:
    folder: str
    dicom: bool = False
    labels: bool = False
    segmentation: bool = False
    centres: bool = False
    csv: bool = False


class FileAsker(Protocol):
    """Asks where to write; tests answer instead."""

    def save_as(self, title: str, name: str, kinds: str) -> str:
        """A file name; '' where the user changed her mind."""

    def folder(self, title: str, start: str) -> str:
        """A folder; '' where the user changed her mind."""

    def export(self, why_no_dicom: str) -> ExportChoice | None:
        """What to export and where; None where the user changed her mind."""


class DialogFileAsker:
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

    def export(self, why_no_dicom: str) -> ExportChoice | None:
        dialog = qt.QDialog(slicer.util.mainWindow())
        dialog.setWindowTitle(_("Export discs"))
        form = ExportForm(why_no_dicom)
        layout = qt.QVBoxLayout(dialog)
        layout.addWidget(form.widget)
        buttons = qt.QDialogButtonBox(qt.QDialogButtonBox.Save | qt.QDialogButtonBox.Cancel)
        buttons.connect("accepted()", dialog.accept)
        buttons.connect("rejected()", dialog.reject)
        layout.addWidget(buttons)
        accepted = dialog.exec_() if hasattr(dialog, "exec_") else dialog.exec()
        choice = form.choice
        if not accepted or not choice.folder:
            return None
        _remember_folder(choice.folder)
        return choice


class ExportForm:
    """The contents of the export dialog."""

    def __init__(self, why_no_dicom: str) -> None:
        self.widget = slicer.util.loadUI(str(resource_path("UI", "ReviewExportDialog.ui")))
        self.ui = slicer.util.childWidgetVariables(self.widget)
        self.ui.folderEdit.currentPath = _last_folder()
        self.ui.dicomCheckBox.enabled = not why_no_dicom
        self.ui.dicomCheckBox.checked = not why_no_dicom
        self.ui.dicomLabel.text = why_no_dicom
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


class ReviewFiles:
    """Writes what the user asks for. Each returns a sentence for the panel, '' where she changed her mind; raises
    ``IVDError`` with a sentence where it failed."""

    def __init__(self, asker: FileAsker) -> None:
        self.asker = asker

    def snapshot(self, nodes: ResultNodes) -> str:
        path = self.asker.save_as(_("Save snapshot"), "discs.png", _("Pictures (*.png)"))
        if not path:
            return ""
        snapshot.snapshot(nodes, _ending(path, ".png"))
        return _("The snapshot was saved: {path}").format(path=_ending(path, ".png"))

    def report(self, nodes: ResultNodes, result: SegmentationResult, with_patient: bool) -> str:
        path = self.asker.save_as(_("Save report"), "discs.html", _("Web pages (*.html)"))
        if not path:
            return ""
        if nodes.volume is None:
            raise InputError(_("The volume of this result was deleted, so there is nothing to draw the discs on."))
        path = _ending(path, ".html")
        image = volumes.volume_of_node(nodes.volume)
        patient = patient_data(nodes) if with_patient else None
        write_report_page(path, result, image, list(measure(nodes, result).values()), patient)
        if with_patient and not patient:
            return _("The report was saved without patient data, since the volume carries none: {path}").format(path=path)
        return _("The report was saved: {path}").format(path=path)

    def export(self, nodes: ResultNodes) -> str:
        choice = self.asker.export(export.why_no_dicom_seg(nodes))
        if choice is None:
            return ""
        folder = Path(choice.folder)
        steps: list[tuple[bool, Callable[[], Any], str]] = [
            (choice.labels, lambda: export.export_label_map(nodes, folder / "labels.nii.gz"), _("label map")),
            (
                choice.segmentation,
                lambda: export.export_segmentation(nodes, folder / "segmentation.seg.nrrd"),
                _("segmentation"),
            ),
            (choice.centres, lambda: export.export_centres(nodes, folder / "centres.mrk.json"), _("centres")),
            (choice.csv, lambda: export.export_csv(nodes, folder / "measurements.csv"), _("measurements")),
            (choice.dicom, lambda: export.export_dicom_seg(nodes, folder), "DICOM SEG"),
        ]
        done, failed = [], []
        for wanted, write, name in steps:
            if not wanted:
                continue
            try:
                write()
                done.append(name)
            except IVDError as error:
                failed.append(str(error))
        if failed:
            saved = _("Saved: {names}.").format(names=", ".join(done)) if done else _("Nothing was saved.")
            raise InputError(" ".join([*failed, saved]))
        if not done:
            return _("Nothing was chosen, so nothing was written.")
        return _("Saved in {folder}: {names}.").format(folder=folder, names=", ".join(done))


def patient_data(nodes: ResultNodes) -> dict[str, str]:
    """Heading -> text of what DICOM said about the patient and study; empty where the volume came from elsewhere."""
    hierarchy = subject_hierarchy()
    found = {}
    item = item_of(nodes.segmentation)
    while item and item != hierarchy.GetSceneItemID():
        for attribute, heading in _PATIENT:
            value = hierarchy.GetItemAttribute(item, attribute)
            if value and heading not in found:
                found[heading] = value
        item = hierarchy.GetItemParent(item)
    return {heading: found[heading] for _attribute, heading in _PATIENT if heading in found}


def _ending(path: str, ending: str) -> str:
    return path if path.lower().endswith(ending) else path + ending


def _last_folder() -> str:
    return str(qt.QSettings().value(_LAST_FOLDER) or Path.home())


def _remember_folder(folder: str) -> None:
    qt.QSettings().setValue(_LAST_FOLDER, folder)
