"""The part 'Result' of the tab Train: old model against new, and what to do with the new one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from ...errors import IVDError
from ...network.library import export_model
from ...network.weights import available_models
from ...runs.folder import RunFolder
from ..shared.file_dialogs import FileDialogs
from ..shared.interpreter import NoInterpreter
from ..shared.message_area import Kind, MessageArea
from ..shared.signal import Signal, guarded
from ..shared.translation import translated
from .process import TrainingProcess

ROW_HEIGHT, HEADER_HEIGHT = 24, 26
MODEL_FILES = "*.safetensors"


class OutcomePart:
    """``models_changed()`` is emitted when the list of models has grown."""

    def __init__(self, ui: Any, process: TrainingProcess, dialogs: FileDialogs, messages: MessageArea) -> None:
        self._ui, self._process, self._dialogs, self._messages = ui, process, dialogs, messages
        self.models_changed = Signal()
        self._folder: RunFolder | None = None
        self._worst: list[dict] = []
        ui.useButton.connect("clicked()", guarded(self._on_use))
        ui.exportButton.connect("clicked()", guarded(self._on_export))
        ui.importModelButton.connect("clicked()", guarded(self._on_import))
        ui.worstTable.connect("cellDoubleClicked(int,int)", guarded(self._on_worst))
        self.show(None)

    def show(self, folder: RunFolder | None) -> None:
        """The judgement in a run's folder, where there is one."""
        self._folder = folder
        content = _read(folder.judgement) if folder is not None else None
        has_model = folder is not None and folder.model.is_file()
        self._ui.outcomeButton.setVisible(has_model)
        if not has_model:
            return
        content = content or {"verdict": [_("The new model was not evaluated, because there are no validation cases.")]}
        state = folder.state()  # type: ignore[union-attr]
        improved = state is None or state.improved
        self._ui.useButton.setVisible(improved)
        self._ui.exportButton.setVisible(improved)
        unchanged = _("The training found nothing better, so the new model is the same as the old one.")
        self._ui.verdictLabel.text = "\n".join(map(translated, content["verdict"]) if improved else [unchanged])
        headings, rows = upright(content.get("headings", []), content.get("table", []))
        _fill(self._ui.judgeTable, headings, rows)
        self._worst = content.get("worst", [])
        rows = [
            (w["case"], f"{w['dice_old']:.3f}", f"{w['dice_new']:.3f}", ", ".join(w["missed"]), ", ".join(w["false"]))
            for w in self._worst
        ]
        _fill(self._ui.worstTable, [_("Case"), _("Dice, old"), _("Dice, new"), _("Missed"), _("False")], rows)
        self._ui.worstLabel.setVisible(bool(rows))

    def _on_use(self) -> None:
        if self._folder is not None:
            self._install(["train", str(self._folder.settings), "--use"])

    def _install(self, arguments: list[str]) -> None:
        """The file is checked by loading it, in another process: Slicer does not import torch."""
        before = {card.name for card in available_models()}

        def done(code: int, line: str) -> None:
            self._ui.useButton.enabled = self._ui.importModelButton.enabled = True
            if code:
                self._messages.show(Kind.ERROR, [line])
                return
            added = [card for card in available_models() if card.name not in before]
            text = (
                _("The model {name} was added to the list of models on the Segment tab. All other models are unchanged.")
                if added
                else _("This model is in the list of models already.")
            )
            self._messages.show(Kind.INFO, [text.format(name=added[0].name) if added else text])
            self.models_changed.emit()

        self._ui.useButton.enabled = self._ui.importModelButton.enabled = False
        self._messages.show(Kind.INFO, [_("Checking the model …")])
        try:
            self._process.run_command(arguments, done)
        except (IVDError, NoInterpreter, OSError) as error:
            done(1, str(error))

    def _on_export(self) -> None:
        if self._folder is None:
            return
        name = str(self._model_name()) + ".safetensors"
        path = self._dialogs.save_as(_("Export model"), name, _("Models ({files})").format(files=MODEL_FILES))
        if not path:
            return
        try:
            written = export_model(str(self._folder.model), path)
        except IVDError as error:
            self._messages.show(Kind.ERROR, [str(error)])
            return
        text = _("Exported to {path}. Others can import the file here.").format(path=written)
        self._messages.show(Kind.INFO, [text])

    def _on_import(self) -> None:
        path = self.ask_model_file()
        if path:
            self._install(["train", "--import-model", path])

    def ask_model_file(self) -> str:
        path = qt.QFileDialog.getOpenFileName(None, _("Import model"), "", _("Models ({files})").format(files=MODEL_FILES))
        return (path[0] if isinstance(path, tuple) else path) or ""

    def _on_worst(self, row: int, column: int) -> None:
        picture = self._worst[row].get("picture", "") if 0 <= row < len(self._worst) else ""
        if picture and Path(picture).is_file():
            qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(picture))

    def _model_name(self) -> str:
        from ...network.weights import read_card

        try:
            return read_card(self._folder.model).name if self._folder else "model"
        except IVDError:
            return "model"


def _read(path: Path) -> dict | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def upright(headings: list[str], rows: list[list[str]]) -> tuple[list[str], list[tuple[str, ...]]]:
    """The table on its side, since a panel is narrow: a line for each measure, old beside new, set by set."""
    result: list[tuple[str, ...]] = []
    names = [row[0].split(": ", 1)[-1] for row in rows[:2]]
    for old, new in zip(rows[::2], rows[1::2]):
        result.append((f"{old[0].split(': ', 1)[0]} ({old[1]} {headings[1]})", "", ""))
        result += [("    " + name, a, b) for name, a, b in zip(headings[2:], old[2:], new[2:])]
    return ["", *names], result


def _fill(table: Any, headings: list[str], rows: list) -> None:
    table.clear()
    table.setColumnCount(len(headings))
    table.setHorizontalHeaderLabels([str(h) for h in headings])
    table.setRowCount(len(rows))
    table.verticalHeader().setVisible(False)
    header = table.horizontalHeader()
    header.setFixedHeight(HEADER_HEIGHT)
    for column in range(len(headings)):
        header.setSectionResizeMode(column, qt.QHeaderView.ResizeToContents if column else qt.QHeaderView.Stretch)
    table.clearSpans()
    for row, cells in enumerate(rows):
        table.setRowHeight(row, ROW_HEIGHT)
        if len(cells) > 1 and not any(cells[1:]):  # a heading within the table
            table.setSpan(row, 0, 1, len(headings))
        for column, cell in enumerate(cells):
            item = qt.QTableWidgetItem(str(cell))
            if column:
                item.setTextAlignment(qt.Qt.AlignRight | qt.Qt.AlignVCenter)
            table.setItem(row, column, item)
    table.setFixedHeight(HEADER_HEIGHT + ROW_HEIGHT * len(rows) + 2)
    table.setVisible(bool(rows))
