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
from ...cohort.marks import apply_marks
from ...errors import IVDError
from ...resources import resource_path
from ..shared.file_dialogs import FileDialogs, QtFileDialogs
from ..shared.interpreter import NoInterpreter
from ..shared.message_area import Kind, MessageArea
from ..shared.session import Session
from ..shared.signal import guarded
from ..shared.worker_process import WorkerProcess
from .dicom import DicomDatabase, SlicerDicomDatabase
from .list_section import ListSection
from .review import CohortReview
from .run import CohortRun
from .run_section import RunSection
from .scan_bar import ScanBar
from .training_set import ReviewedCases

READER_SETTING = "IVDSegmentation/Reader"


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
        self.session, self.run, self.review, self.dialogs = session, run, review, dialogs
        self.widget = slicer.util.loadUI(str(resource_path("UI", "CohortTab.ui")))
        self.ui = slicer.util.childWidgetVariables(self.widget)
        self.widget.setMRMLScene(slicer.mrmlScene)
        self._bar = ScanBar(review)
        self.bar, self.bar_ui = self._bar.widget, self._bar.ui
        self.open_file: Callable[[Path], None] = open_in_browser
        self.messages = MessageArea(self.ui)
        self.run_section = RunSection(self.ui, session, run, dialogs, database)
        self.list = ListSection(self.ui, run, review)
        self.training = ReviewedCases(review.writer, dialogs, self.messages)
        self.training.added.connect(session.cases_changed.emit)
        self._connect()
        self._show_run()
        self.list.fill()
        self._show_scan()

    def _connect(self) -> None:
        ui, bar, run, review = self.ui, self.bar_ui, self.run, self.review
        clicks: list[tuple[Any, Callable[[], Any]]] = [
            *self.run_section.clicks(),
            *self.list.clicks(),
            (ui.trainingSetButton, self._on_training_set),
            (ui.pageButton, self._on_page),
            (ui.importMarksButton, self._on_import_marks),
            (bar.acceptNextButton, review.accept_and_next),
            (bar.excludeNextButton, review.exclude_and_next),
            (bar.skipButton, review.open_next),
        ]
        for button, call in clicks:
            button.connect("clicked()", guarded(self._clicked(call)))
        ui.readerEdit.connect("editingFinished()", guarded(self._on_reader))
        self.run_section.attached.connect(self._on_attached)
        self.list.opened.connect(self.messages.clear)
        self.list.queued.connect(self._show_queued)
        self.list.failed.connect(self._on_failed)
        run.changed.connect(self._show_run)
        run.rows_changed.connect(self.list.fill)
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
        self.run_section.open_last()

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
    def _on_attached(self) -> None:
        self.review.use(self.run.folder, self.run.state)
        if self.run.state is None:
            self.list.fill()

    def _show_run(self) -> None:
        self.review.use(self.run.folder, self.run.state)
        self.run_section.show()
        self._update_buttons()

    def _update_buttons(self) -> None:
        ui, state = self.ui, self.run.state
        self.list.update_buttons()
        ui.trainingSetButton.enabled = state is not None
        ui.importMarksButton.enabled = state is not None
        ui.pageButton.enabled = self.run.folder is not None and (self.run.folder / PAGE).is_file()

    # ------------------------------------------------------------- the scan in the scene
    def _show_queued(self, count: int, *before: str) -> None:
        """Says that scans were queued; a run at work takes them by itself."""
        lines = list(before)
        if count and not self.run.progress.works:
            text = (
                _("1 scan is to be done again: press 'Start'.")
                if count == 1
                else _("{count} scans are to be done again: press 'Start'.")
            )
            lines.append(text.format(count=count))
        if lines:
            self.messages.show(Kind.INFO, lines)
        self.run.poll()

    def _on_marked(self, scan: str) -> None:
        self.list.fill()
        self._show_scan()

    def _on_reader(self) -> None:
        self.review.who = self.ui.readerEdit.text.strip()
        qt.QSettings().setValue(READER_SETTING, self.review.who)

    def _on_loaded(self, scan: str) -> None:
        self.list.table.select(scan)
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
        self.list.fill()
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


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
