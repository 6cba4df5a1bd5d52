"""The part 'Cases' of the tab Train: the folder of cases as a table with pictures and roles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import qt
import slicer
import slicer.util
from slicer.i18n import tr as _

from ...cases.importing import import_folder
from ...cases.store import (
    LEFT_OUT,
    TRAINING,
    VALIDATION,
    CaseRecord,
    NewCase,
    add_case,
    existing_cases,
    remove_case,
    set_role,
)
from ...cases.thumbnails import thumbnail_file
from ...errors import InputError, IVDError
from ...formatting import times
from ...scene import export, volumes
from ...scene.nodes import ResultNodes
from ...scene.result import labels_of_nodes
from ...scene.segments import labels_of_segments
from ..shared.choice import Choice
from ..shared.file_dialogs import FOLDER_SETTING, FileDialogs
from ..shared.message_area import Kind, MessageArea
from ..shared.session import Session
from ..shared.signal import Signal, guarded
from ..shared.translation import translated

PICTURE, NAME, DISCS, ROLE = range(4)
ROW_HEIGHT, PICTURE_SIZE, HEADER_HEIGHT = 68, 64, 26
MOST_ROWS = 5
"""Rows shown without scrolling."""


def role_texts() -> list[tuple[str, str]]:
    return [(TRAINING, _("Training")), (VALIDATION, _("Validation")), (LEFT_OUT, _("Left out"))]


class CasesPart:
    """``changed()`` is emitted when cases or roles are others."""

    def __init__(self, ui: Any, session: Session, dialogs: FileDialogs, messages: MessageArea) -> None:
        self._ui, self._session, self._dialogs, self._messages = ui, session, dialogs, messages
        self.changed = Signal()
        self.records: list[CaseRecord] = []
        self._roles: list[Choice] = []
        self._without_picture: list[int] = []
        self._set_up_table()
        ui.folderButton.connect("clicked()", guarded(self._on_folder))
        ui.addButton.connect("clicked()", guarded(self._on_add))
        ui.importButton.connect("clicked()", guarded(self._on_import))
        ui.removeButton.connect("clicked()", guarded(self._on_remove))
        ui.caseTable.connect("itemSelectionChanged()", guarded(self._update_buttons))
        self._painter = qt.QTimer(ui.caseTable)  # one picture at a time, so that a long list does not hold the panel up
        self._painter.setInterval(10)
        self._painter.connect("timeout()", guarded(self._paint_one))

    @property
    def folder(self) -> str:
        return str(self._ui.folderEdit.text)

    def _set_up_table(self) -> None:
        table = self._ui.caseTable
        table.setColumnCount(4)
        table.setHorizontalHeaderLabels(["", _("Case"), _("Discs"), _("Role")])
        table.setIconSize(qt.QSize(PICTURE_SIZE, PICTURE_SIZE))
        header = table.horizontalHeader()
        header.setFixedHeight(HEADER_HEIGHT)
        header.setSectionResizeMode(DISCS, qt.QHeaderView.Stretch)
        for column, width in ((PICTURE, PICTURE_SIZE + 8), (NAME, 96), (ROLE, 100)):
            header.setSectionResizeMode(column, qt.QHeaderView.Fixed)
            table.setColumnWidth(column, width)
        table.verticalHeader().setVisible(False)

    # ------------------------------------------------------------------------ showing
    def open(self, folder: str) -> None:
        """Show the cases of a folder; '' for none."""
        self._ui.folderEdit.text = folder
        if folder:
            qt.QSettings().setValue(FOLDER_SETTING, folder)
        self.refresh()

    def refresh(self) -> None:
        """Read the folder again: the tab Review may have added to it."""
        try:
            self.records = existing_cases(self.folder) if self.folder and Path(self.folder).is_dir() else []
        except IVDError as error:
            self.records = []
            self._messages.show(Kind.ERROR, [str(error)])
        self._fill()
        self.changed.emit()

    def _fill(self) -> None:
        table = self._ui.caseTable
        table.clearContents()
        table.setRowCount(len(self.records))
        self._roles = [self._add_row(row, record) for row, record in enumerate(self.records)]
        rows = min(len(self.records), MOST_ROWS)
        table.setFixedHeight(HEADER_HEIGHT + rows * ROW_HEIGHT + 2)
        table.setVisible(bool(self.records))
        self._ui.casesEmptyLabel.setVisible(not self.records)
        self._ui.casesEmptyLabel.text = (
            _("No cases in this folder yet. Add the corrected discs of the open scene, or import scans with label maps.")
            if self.folder
            else _("Choose a folder for your cases. 'Add to training set' on the Review tab saves corrected scans there.")
        )
        self._without_picture = list(range(len(self.records)))
        if self.records:
            self._painter.start()
        self._show_count()
        self._update_buttons()

    def _add_row(self, row: int, record: CaseRecord) -> Choice:
        table = self._ui.caseTable
        table.setRowHeight(row, ROW_HEIGHT)
        table.setItem(row, PICTURE, qt.QTableWidgetItem(""))
        name = qt.QTableWidgetItem(record.id)
        discs = qt.QTableWidgetItem(_discs_text(record))
        lines = [*_about(record), *map(translated, record.warnings)]
        for item in (name, discs):
            item.setToolTip("\n".join(lines))
            table.setItem(row, NAME if item is name else DISCS, item)
        box = qt.QComboBox()
        choice = Choice(box, partial(self._on_role, record.id))
        choice.offer(role_texts())
        choice.choose(record.role)
        holder = qt.QWidget()
        layout = qt.QVBoxLayout(holder)
        layout.setContentsMargins(2, 0, 2, 0)
        layout.addWidget(box)
        table.setCellWidget(row, ROLE, holder)
        return choice

    def _paint_one(self) -> None:
        if not self._without_picture:
            self._painter.stop()
            return
        row = self._without_picture.pop(0)
        try:
            path = thumbnail_file(self.records[row].folder)
        except (IVDError, OSError, ValueError):
            return  # the training says so when it starts
        item = self._ui.caseTable.item(row, PICTURE)
        if item is not None:
            item.setIcon(qt.QIcon(str(path)))

    def _show_count(self) -> None:
        counts = {role: sum(r.role == role for r in self.records) for role, _text in role_texts()}
        text = _("{training} for training, {validation} for validation, {left_out} left out").format(
            training=counts[TRAINING], validation=counts[VALIDATION], left_out=counts[LEFT_OUT]
        )
        self._ui.casesCountLabel.text = text if self.records else ""
        self._ui.casesCountLabel.setVisible(bool(self.records))

    def _update_buttons(self) -> None:
        row = int(self._ui.caseTable.currentRow())
        ours = 0 <= row < len(self.records) and "added" in self.records[row].info
        self._ui.removeButton.enabled = ours and len(self._ui.caseTable.selectedItems()) > 0
        self._ui.addButton.enabled = scene_source(self._session) is not None

    def cleanup(self) -> None:
        self._painter.stop()

    def update(self) -> None:
        """The scene's result is another."""
        self._update_buttons()

    # --------------------------------------------------------------------------- user
    def _on_folder(self) -> None:
        folder = self._dialogs.folder(_("Folder of cases"), self.folder)
        if folder:
            self.open(folder)

    def _wanted_folder(self) -> str:
        if not self.folder:
            self._on_folder()
        return self.folder

    def _on_role(self, case_id: str, role: str) -> None:
        try:
            changed = set_role(self.records, case_id, role)
        except (IVDError, OSError) as error:
            self._messages.show(Kind.ERROR, [str(error)])
            self.refresh()
            return
        self.records = [replace(r, role=role) if r.id in changed else r for r in self.records]
        for record, choice in zip(self.records, self._roles):
            choice.choose(record.role)
        if len(changed) > 1:
            text = _("{others} changed too: all scans of a patient share one role.")
            self._messages.show(Kind.INFO, [text.format(others=", ".join(changed[1:]))])
        self._show_count()
        self.changed.emit()

    def _on_add(self) -> None:
        source = scene_source(self._session)
        folder = self._wanted_folder() if source is not None else ""
        if source is None or not folder:
            return
        try:
            record = self._add(source, folder)
        except IVDError as error:
            self._messages.show(Kind.ERROR, [str(error)])
            return
        self.refresh()
        self._messages.show(Kind.INFO, [_("Added as {name}.").format(name=record.id), *record.warnings])

    def _add(self, source: SceneSource, folder: str) -> CaseRecord:
        if source.volume is None:
            raise InputError(_("The volume of this result was deleted, so it cannot be used for training."))
        result = self._session.result if self._session.nodes is source.nodes else None
        discs = result.discs if result is not None else ()
        case = NewCase(
            volumes.volume_of_node(source.volume),
            result.labels if result is not None else labels_of_nodes(source),  # type: ignore[arg-type]
            name=source.volume.GetName() if self._ui.keepNamesCheckBox.checked else "",
            patient=export.patient_data(source).get("Patient ID", ""),  # type: ignore[arg-type]
            levels_certain=all(d.is_level_sure for d in discs),
            provenance={"made_by": "open scene of 3D Slicer", "model": result.model.name if result is not None else ""},
        )
        return add_case(folder, case)

    def _on_import(self) -> None:
        source = self._dialogs.folder(_("Folder of scans with label maps"), "")
        folder = self._wanted_folder() if source else ""
        if not folder:
            return
        qt.QApplication.setOverrideCursor(qt.Qt.WaitCursor)
        try:
            report = import_folder(source, folder, keep_names=bool(self._ui.keepNamesCheckBox.checked), progress=_stay_alive)
        except IVDError as error:
            self._messages.show(Kind.ERROR, [str(error)])
            return
        finally:
            qt.QApplication.restoreOverrideCursor()
        self.refresh()
        self._messages.show(Kind.WARNING if report.refused else Kind.INFO, report.text().splitlines())

    def _on_remove(self) -> None:
        row = int(self._ui.caseTable.currentRow())
        if 0 <= row < len(self.records):
            try:
                remove_case(self.records[row])
            except (IVDError, OSError) as error:
                self._messages.show(Kind.ERROR, [str(error)])
            self.refresh()


@dataclass(frozen=True)
class SceneSource:
    """A segmentation of the scene and the volume it was drawn on. ``nodes``: set where it is a result of ours."""

    segmentation: Any
    volume: Any
    nodes: ResultNodes | None = None


def scene_source(session: Session) -> SceneSource | None:
    """The result that is shown; without one, a segmentation of the chosen volume whose segments are named by level."""
    if session.nodes is not None:
        return SceneSource(session.nodes.segmentation, session.nodes.volume, session.nodes)
    if session.volume is None:
        return None
    for node in slicer.util.getNodesByClass("vtkMRMLSegmentationNode"):
        reference = node.GetNodeReference(node.GetReferenceImageGeometryReferenceRole())
        if reference is session.volume and labels_of_segments(node):
            return SceneSource(node, reference)
    return None


def _stay_alive(done: int, count: int, name: str) -> None:
    qt.QApplication.processEvents()


def _discs_text(record: CaseRecord) -> str:
    if not record.discs:
        return ""
    count = len(record.discs)
    ends = record.discs[0] if count == 1 else f"{record.discs[0]} … {record.discs[-1]}"
    return f"{count}: {ends}" + (" ⚠" if record.warnings else "")


def _about(record: CaseRecord) -> list[str]:
    spacing = times(record.info.get("spacing", ()))
    lines = [", ".join(record.discs)]
    if spacing:
        lines.append(_("Voxels: {spacing} mm").format(spacing=spacing))
    added = record.info.get("added", {})
    if added:
        lines.append(_("Added {when} by {who}").format(when=str(added.get("at", ""))[:10], who=added.get("by", "")))
    return lines
