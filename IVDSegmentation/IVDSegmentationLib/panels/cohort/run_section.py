"""The upper part of the tab: where the scans are, where the results go, start, pause and progress of the run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from ...errors import InputError
from ...runs.estimate import duration_text
from ..shared.file_dialogs import FileDialogs
from ..shared.session import Session
from ..shared.signal import Signal, guarded
from .dicom import LIST_FILE, DicomDatabase, write_study_list
from .run import CohortRun, Phase

COHORT_SETTING = "IVDSegmentation/CohortFolder"
RESULTS_ENDING = "-discs"
"""Added to the source's name, the default folder of the results."""


class RunSection:
    """Shows what ``run`` does and forwards what the user does. Signal: ``attached()``, when the run's folder was chosen."""

    def __init__(self, ui: Any, session: Session, run: CohortRun, dialogs: FileDialogs, database: DicomDatabase) -> None:
        self.ui, self.session, self.run, self.dialogs, self.database = ui, session, run, dialogs, database
        self.attached = Signal()
        ui.outputEdit.connect("editingFinished()", guarded(self._on_output_typed))

    def clicks(self) -> list[tuple[Any, Any]]:
        """Buttons, and what a click does."""
        return [
            (self.ui.folderButton, self._on_folder),
            (self.ui.listButton, self._on_list),
            (self.ui.dicomButton, self._on_dicom),
            (self.ui.outputButton, self._on_output),
            (self.ui.startButton, self._on_start),
            (self.ui.pauseButton, self.run.pause),
        ]

    def open_last(self) -> None:
        """The cohort of the last session, if its folder is still there."""
        folder = str(qt.QSettings().value(COHORT_SETTING) or "")
        if self.run.folder is None and folder and Path(folder).is_dir():
            self.attach(Path(folder))

    def _on_folder(self) -> None:
        self._take_source(self.dialogs.folder(_("Where the scans are"), self.ui.sourceEdit.text))

    def _on_list(self) -> None:
        self._take_source(self.dialogs.open_file(_("List of scans"), _("Tables (*.csv *.tsv)")))

    def _on_dicom(self) -> None:
        if not self.ui.outputEdit.text:
            self._on_output()
        if self.ui.outputEdit.text:
            self.ui.sourceEdit.text = str(write_study_list(self.database, Path(self.ui.outputEdit.text)))

    def _take_source(self, source: str) -> None:
        if not source:
            return
        path = Path(source)
        before = Path(self.ui.sourceEdit.text)
        self.ui.sourceEdit.text = str(path)
        if not self.ui.outputEdit.text or Path(self.ui.outputEdit.text) == default_results(before):
            self.attach(default_results(path))

    def _on_output(self) -> None:
        folder = self.dialogs.folder(_("Folder of the results"), self.ui.outputEdit.text)
        if folder:
            self.attach(Path(folder))

    def _on_output_typed(self) -> None:
        text = self.ui.outputEdit.text.strip()
        if text and Path(text) != self.run.folder:
            self.attach(Path(text))

    def attach(self, folder: Path) -> None:
        """Show the cohort of a folder, which need not exist yet."""
        self.ui.outputEdit.text = str(folder)
        qt.QSettings().setValue(COHORT_SETTING, str(folder))
        self.run.attach(folder)
        if self.run.state is not None and not self.ui.sourceEdit.text:
            self.ui.sourceEdit.text = self.run.state.get("source")
        self.attached.emit()

    def _on_start(self) -> None:
        source, output = self.ui.sourceEdit.text.strip(), self.ui.outputEdit.text.strip()
        if not source:
            raise InputError(_("Choose a folder of scans, a list, or studies of the DICOM database first."))
        if not Path(source).exists():
            raise InputError(_("{path} does not exist. Choose where the scans are.").format(path=source))
        folder = Path(output) if output else default_results(Path(source))
        if folder != self.run.folder:
            self.attach(folder)
        model = self.session.parameters.model if self.session.parameters is not None else "default"
        self.run.start(str(Path(source).absolute()), folder, model, bool(self.ui.retryCheckBox.checked))
        self.ui.retryCheckBox.checked = False

    def show(self) -> None:
        ui, progress = self.ui, self.run.progress
        ended = progress.done + progress.failed
        ui.startButton.text = _("Resume") if progress.phase is Phase.PAUSED else _("Start")
        torch_is_fine = self.session.dependencies.status.is_fine
        ui.startButton.enabled = not progress.works and torch_is_fine
        ui.startButton.toolTip = (
            _("Segment the scans in the background.") if torch_is_fine else _("PyTorch has to be installed first (see above).")
        )
        ui.pauseButton.enabled = progress.phase in (Phase.STARTING, Phase.RUNNING)
        for part in (ui.sourceEdit, ui.folderButton, ui.listButton, ui.dicomButton, ui.outputEdit, ui.outputButton):
            part.enabled = not progress.works
        ui.retryCheckBox.setVisible(progress.failed > 0 and not progress.works)
        ui.progressBar.setVisible(progress.phase is not Phase.EMPTY)
        ui.progressBar.maximum = 0 if progress.works and not ended else 1000
        ui.progressBar.value = round(1000 * ended / progress.total) if progress.total else 0
        ui.progressLabel.text = self._progress_text()
        ui.progressLabel.setVisible(bool(ui.progressLabel.text))

    def _progress_text(self) -> str:
        progress = self.run.progress
        if progress.phase is Phase.EMPTY:
            return ""
        if progress.phase is Phase.STARTING and not progress.total:
            return _("Looking for scans …")
        counts = _("{done} of {total} done, {failed} failed").format(
            done=f"{progress.done:,}", total=f"{progress.total:,}", failed=f"{progress.failed:,}"
        )
        parts = [counts]
        if progress.per_minute is not None and progress.seconds_left is not None:
            parts.append(_("{count} a minute").format(count=f"{progress.per_minute:.0f}"))
            parts.append(_("{time} left").format(time=duration_text(progress.seconds_left)))
        state = {
            Phase.STARTING: _("starting …"),
            Phase.PAUSING: _("pausing when the scans at work are done …"),
            Phase.PAUSED: _("paused"),
        }.get(progress.phase)
        return " · ".join([*parts, *([state] if state else [])])


def default_results(source: Path) -> Path:
    """Where the results of a source go unless the user says otherwise: beside it."""
    if source.name == LIST_FILE:  # lies among the results
        return source.parent
    return source.with_name(f"{source.stem if source.is_file() else source.name}{RESULTS_ENDING}")
