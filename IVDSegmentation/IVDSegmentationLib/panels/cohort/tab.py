"""The tab Cohort: many scans in one run, the list of them, and the way through the doubtful ones."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from ...cohort.layout import PAGE
from ...cohort.marks import ACCEPTED, CORRECTED, EXCLUDE, REDO, apply_marks
from ...cohort.scans import FINISHED, Status
from ...cohort.worklist import UNMARKED, Wanted, worklist
from ...errors import InputError, IVDError
from ...resources import resource_path
from ...runs.estimate import duration_text
from ..shared.choice import Choice
from ..shared.file_dialogs import FileDialogs, QtFileDialogs
from ..shared.interpreter import NoInterpreter
from ..shared.message_area import Kind, MessageArea
from ..shared.session import Session
from ..shared.signal import guarded
from ..shared.worker_process import WorkerProcess
from .dicom import LIST_FILE, DicomDatabase, SlicerDicomDatabase, write_study_list
from .review import CohortReview
from .run import CohortRun, Phase
from .scan_bar import ScanBar
from .training_set import ReviewedCases
from .worklist import ROWS, Worklist, mark_texts, status_texts

COHORT_SETTING, READER_SETTING = "IVDSegmentation/CohortFolder", "IVDSegmentation/Reader"
ANY, NO_MARK = "any", "none"
RESULTS_ENDING = "-discs"
"""Added to the source's name, the default folder of the results."""
SEARCH_DELAY_MS = 250


def create_tab(session: Session) -> CohortTab:
    review = CohortReview(session, WorkerProcess(), WorkerProcess())
    return CohortTab(session, CohortRun(), review, QtFileDialogs(), SlicerDicomDatabase())


class CohortTab:
    """Shows what ``run`` and ``review`` do and forwards what the user does. ``bar`` is for the scan in the scene, and stands
    above all tabs. Closing the panel leaves the run alone."""

    def __init__(
        self, session: Session, run: CohortRun, review: CohortReview, dialogs: FileDialogs, database: DicomDatabase
    ) -> None:
        self.title = _("Cohort")
        self.session, self.run, self.review, self.dialogs, self.database = session, run, review, dialogs, database
        self.widget = slicer.util.loadUI(str(resource_path("UI", "CohortTab.ui")))
        self.ui = slicer.util.childWidgetVariables(self.widget)
        self.widget.setMRMLScene(slicer.mrmlScene)
        self._bar = ScanBar(review)
        self.bar, self.bar_ui = self._bar.widget, self._bar.ui
        self.open_file: Callable[[Path], None] = open_in_browser
        self.messages = MessageArea(self.ui)
        self.list = Worklist(self.ui.scanTable)
        self._status = Choice(self.ui.statusComboBox, lambda value: self._fill())
        self._mark = Choice(self.ui.markComboBox, lambda value: self._fill())
        self._status.offer([(ANY, _("all scans")), *((status.value, text) for status, text in status_texts().items())])
        self._mark.offer([(ANY, _("any mark")), (NO_MARK, _("no mark")), *mark_texts().items()])
        self.training = ReviewedCases(review.writer, dialogs, self.messages)
        self.training.added.connect(session.cases_changed.emit)
        self._search_timer = qt.QTimer()
        self._search_timer.setSingleShot(True)
        self._search_timer.setInterval(SEARCH_DELAY_MS)
        self._search_timer.connect("timeout()", guarded(self._fill))
        self._connect()
        self._show_run()
        self._fill()
        self._show_scan()

    def _connect(self) -> None:
        ui, bar, run, review = self.ui, self.bar_ui, self.run, self.review
        clicks: tuple[tuple[Any, Callable[[], Any]], ...] = (
            (ui.folderButton, self._on_folder),
            (ui.listButton, self._on_list),
            (ui.dicomButton, self._on_dicom),
            (ui.outputButton, self._on_output),
            (ui.startButton, self._on_start),
            (ui.pauseButton, run.pause),
            (ui.nextDoubtfulButton, review.open_next),
            (ui.openButton, self._on_open),
            (ui.acceptButton, lambda: self._on_mark(ACCEPTED)),
            (ui.excludeButton, lambda: self._on_mark(EXCLUDE)),
            (ui.redoButton, self._on_redo),
            (ui.clearButton, lambda: self._on_mark("")),
            (ui.trainingSetButton, self._on_training_set),
            (ui.pageButton, self._on_page),
            (ui.importMarksButton, self._on_import_marks),
            (bar.acceptNextButton, review.accept_and_next),
            (bar.excludeNextButton, review.exclude_and_next),
            (bar.skipButton, review.open_next),
        )
        for button, call in clicks:
            button.connect("clicked()", guarded(self._clicked(call)))
        ui.outputEdit.connect("editingFinished()", guarded(self._on_output_typed))
        ui.readerEdit.connect("editingFinished()", guarded(self._on_reader))
        ui.searchEdit.connect("textChanged(QString)", guarded(lambda _text: self._search_timer.start()))
        self.list.opened.connect(self._open)
        self.list.selection_changed.connect(self._update_buttons)
        run.changed.connect(self._show_run)
        run.rows_changed.connect(self._fill)
        run.failed.connect(self._on_failed)
        review.changed.connect(self._show_scan)
        review.marked.connect(self._on_marked)
        review.loaded.connect(self._on_loaded)
        review.failed.connect(self._on_failed)
        review.informed.connect(lambda message: self.messages.show(Kind.INFO, [message]))
        self.session.result_changed.connect(self._on_result_changed)
        self.session.writing_changed.connect(self._on_writing)
        self.session.dependencies_changed.connect(self._show_run)

    def _clicked(self, call: Callable[[], Any]) -> Callable[[], None]:
        """A click: the last message goes, and an error of the library becomes one."""

        def click() -> None:
            self.messages.clear()
            try:
                call()
            except (IVDError, NoInterpreter, OSError) as error:
                self.messages.show(Kind.ERROR, [str(error)])

        return click

    # ------------------------------------------------------------------ life of the tab
    def bind(self, parameters: Any) -> None:
        settings = qt.QSettings()
        self.ui.readerEdit.text = str(settings.value(READER_SETTING) or "") or _user()
        self.review.who = self.ui.readerEdit.text
        folder = str(settings.value(COHORT_SETTING) or "")
        if self.run.folder is None and folder and Path(folder).is_dir():
            self._attach(Path(folder))

    def unbind(self) -> None:
        self.review.scene_closed()
        self.messages.clear()

    def enter(self) -> None:
        self.run.poll()

    def exit(self) -> None:
        """Nothing: the run goes on."""

    def cleanup(self) -> None:
        self.review.finish_saving()
        if self.review.overview.flush():
            self.run.write_files()
        self._search_timer.stop()
        self.list.stop()
        self.session.result_changed.disconnect(self._on_result_changed)
        self.session.writing_changed.disconnect(self._on_writing)
        self.session.dependencies_changed.disconnect(self._show_run)
        self.training.cleanup()
        self.review.cleanup()
        self.review.use(None, None)
        self.run.forget()
        for worker in (self.review.reader, self.review.writer):
            worker.stop()

    # ---------------------------------------------------------------------- the run
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
            self._attach(default_results(path))

    def _on_output(self) -> None:
        folder = self.dialogs.folder(_("Folder of the results"), self.ui.outputEdit.text)
        if folder:
            self._attach(Path(folder))

    def _on_output_typed(self) -> None:
        text = self.ui.outputEdit.text.strip()
        if text and Path(text) != self.run.folder:
            self._attach(Path(text))

    def _attach(self, folder: Path) -> None:
        """Show the cohort of a folder, which need not exist yet."""
        self.ui.outputEdit.text = str(folder)
        qt.QSettings().setValue(COHORT_SETTING, str(folder))
        self.run.attach(folder)
        self.review.use(folder, self.run.state)
        if self.run.state is not None and not self.ui.sourceEdit.text:
            self.ui.sourceEdit.text = self.run.state.get("source")
        if self.run.state is None:
            self._fill()

    def _on_start(self) -> None:
        source, output = self.ui.sourceEdit.text.strip(), self.ui.outputEdit.text.strip()
        if not source:
            raise InputError(_("Choose a folder of scans, a list, or studies of the DICOM database first."))
        if not Path(source).exists():
            raise InputError(_("{path} does not exist. Choose where the scans are.").format(path=source))
        folder = Path(output) if output else default_results(Path(source))
        if folder != self.run.folder:
            self._attach(folder)
        model = self.session.parameters.model if self.session.parameters is not None else "default"
        self.run.start(str(Path(source).absolute()), folder, model, bool(self.ui.retryCheckBox.checked))
        self.ui.retryCheckBox.checked = False

    def _show_run(self) -> None:
        ui, progress = self.ui, self.run.progress
        self.review.use(self.run.folder, self.run.state)
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
        self._update_buttons()

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

    # -------------------------------------------------------------------- worklist
    @property
    def wanted(self) -> Wanted:
        """Which scans the list shows."""
        status, mark = self._status.value, self._mark.value
        return Wanted(
            None if status == ANY else Status(status),
            None if mark == ANY else UNMARKED if mark == NO_MARK else mark,
            self.ui.searchEdit.text.strip(),
        )

    def _fill(self) -> None:
        self._search_timer.stop()
        state, folder = self.run.state, self.run.folder
        if state is None or folder is None:
            self.list.show(Path(), [])
            self.ui.countLabel.text = _(
                "No cohort is open. Choose where the scans are and press 'Start', or choose the results of an earlier cohort."
            )
            self._update_buttons()
            return
        try:
            items, total = worklist(state, self.wanted, ROWS)
        except IVDError as error:
            self._on_failed(str(error), "")
            return
        self.list.show(folder, items)
        if not total:
            self.ui.countLabel.text = _("No scan fits these filters.")
        elif total > len(items):
            text = _("The first {shown} of {total} scans. Narrow the list by status, mark or name to see others.")
            self.ui.countLabel.text = text.format(shown=len(items), total=f"{total:,}")
        else:
            self.ui.countLabel.text = _("1 scan") if total == 1 else _("{total} scans").format(total=total)
        self._update_buttons()

    def _update_buttons(self) -> None:
        ui, item, state = self.ui, self.list.selected, self.run.state
        saving = bool(self.review.saving)
        ui.nextDoubtfulButton.enabled = state is not None and not saving
        ui.openButton.enabled = item is not None and not saving
        ui.acceptButton.enabled = item is not None and item.can_be_reviewed and item.mark != ACCEPTED
        ui.excludeButton.enabled = item is not None and item.mark != EXCLUDE
        ui.redoButton.enabled = item is not None and item.status in FINISHED and item.mark != CORRECTED and not saving
        ui.clearButton.enabled = item is not None and bool(item.mark)
        ui.trainingSetButton.enabled = state is not None
        ui.importMarksButton.enabled = state is not None
        ui.pageButton.enabled = self.run.folder is not None and (self.run.folder / PAGE).is_file()

    def _on_open(self) -> None:
        if self.list.selected is not None:
            self._open(self.list.selected.id)

    def _open(self, scan: str) -> None:
        if not self.review.saving:
            self.messages.clear()
            self.review.open(scan)

    def _on_mark(self, mark: str) -> None:
        if self.list.selected is not None:
            self.review.mark(self.list.selected.id, mark)

    def _on_redo(self) -> None:
        scan = self.list.selected
        if scan is not None and self.review.mark(scan.id, REDO):
            self._show_queued(1)

    def _show_queued(self, count: int, *before: str) -> None:
        """Says that scans were queued; a run at work takes them by itself."""
        lines = list(before)
        if count and not self.run.progress.works:
            text = _("1 scan is to be done again: press 'Start'.") if count == 1 else _(
                "{count} scans are to be done again: press 'Start'."
            )
            lines.append(text.format(count=count))
        if lines:
            self.messages.show(Kind.INFO, lines)
        self.run.poll()

    def _on_marked(self, scan: str) -> None:
        self._fill()
        self._show_scan()

    def _on_reader(self) -> None:
        self.review.who = self.ui.readerEdit.text.strip()
        qt.QSettings().setValue(READER_SETTING, self.review.who)

    # ------------------------------------------------------------- the scan in the scene
    def _on_loaded(self, scan: str) -> None:
        self.list.select(scan)
        self._update_buttons()
        self.session.tab_wanted.emit(_("Review"))

    def _on_result_changed(self, nodes: Any, result: Any) -> None:
        self._show_scan()

    def _on_writing(self, writing: bool) -> None:
        self._bar.show()

    def _show_scan(self) -> None:
        self._bar.show()
        self._update_buttons()

    # ---------------------------------------------------------------------- results
    def _on_page(self) -> None:
        if self.run.folder is not None:
            self.open_file(self.run.folder / PAGE)

    def _on_import_marks(self) -> None:
        if self.run.state is None:
            return
        path = self.dialogs.open_file(_("Marks of the page"), _("Tables (*.csv)"))
        if not path:
            return
        again = apply_marks(self.run.state, Path(path))
        self.review.overview.has_changed(self.run.folder)
        self._fill()
        self._show_scan()
        self._show_queued(len(again), _("The marks were read."))

    def _on_training_set(self) -> None:
        if self.run.folder is not None:
            self.training.start(self.run.folder)

    def _on_failed(self, message: str, details: str) -> None:
        self.messages.show(Kind.ERROR, [message], details)
        self._show_scan()


def open_in_browser(path: Path) -> None:
    qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(str(path)))


def default_results(source: Path) -> Path:
    """Where the results of a source go unless the user says otherwise: beside it."""
    if source.name == LIST_FILE:  # lies among the results
        return source.parent
    return source.with_name(f"{source.stem if source.is_file() else source.name}{RESULTS_ENDING}")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
