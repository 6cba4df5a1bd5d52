"""The review of a cohort, scan after scan: one in the scene, the next one read ahead, marks and corrections written back."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from ...cohort.marks import ACCEPTED, CORRECTED, EXCLUDE, set_marks
from ...cohort.state import State
from ...cohort.worklist import item_of, next_doubtful
from ...errors import InputError, IVDError
from ...scene import views, volumes, write
from ...scene.nodes import ResultNodes, remove_result
from ...scene.result import fingerprints, is_behind, result_of_nodes
from ...segmentation.result import SegmentationResult
from ...worker.messages import ErrorEvent, ResultEvent, SaveScanRequest
from ...worker.transfer import save_result
from ..shared import texts
from ..shared.interpreter import NoInterpreter
from ..shared.questions import Unsaved
from ..shared.session import Session
from ..shared.signal import Signal
from ..shared.worker_process import WorkerProcess
from ..shared.writing import StepwiseWriting
from .loaded import Loaded
from .loading import Fetched, Loader
from .overview import Overview

SAVING_SECONDS = 20.0
"""Longest wait at the end of Slicer for corrections that are being written: ten times what the largest scan takes."""


class CohortReview:
    """Signals: ``changed()``, when another scan is loaded or its state changes; ``marked(scan)``; ``failed(message,
    details)``; ``informed(message)``; ``loaded(scan)``."""

    def __init__(self, session: Session, reader: WorkerProcess, writer: WorkerProcess) -> None:
        self.session = session
        self.reader, self.writer = reader, writer
        self.changed, self.marked, self.failed = Signal(), Signal(), Signal()
        self.informed, self.loaded = Signal(), Signal()
        self.folder: Path | None = None
        self.state: State | None = None
        self.who = ""
        self.current: Loaded | None = None
        self.saving = 0
        self._being_saved: Fetched | None = None
        self._after_saving: Callable[[], None] = lambda: None
        self._loader = Loader(reader, self._show, self._on_unreadable)
        self._shown: Fetched | None = None
        self._save_then = ""
        self._writing = StepwiseWriting(session.writing_turn)
        self.overview = Overview(writer, self.failed.emit)
        writer.done.connect(self._on_done)
        writer.failed.connect(self._on_failed)

    # -------------------------------------------------------------------------- life
    def use(self, folder: Path | None, state: State | None) -> None:
        """The cohort to review. The scan of another one stays in the scene, as a scan of its own."""
        if folder != self.folder:
            self.overview.write_now()
            self._stop_showing()
            self._let_go()
            self._loader.forget()
            self.folder = folder
        self.state = state

    def scene_closed(self) -> None:
        """The nodes are gone, or about to go."""
        self._stop_showing()
        self._let_go()

    def cleanup(self) -> None:
        self.overview.cleanup()
        self.writer.done.disconnect(self._on_done)
        self.writer.failed.disconnect(self._on_failed)
        self._loader.cleanup()
        self._stop_showing()
        self._writing.cleanup()
        self._let_go()

    def finish_saving(self) -> None:
        """Wait until corrections on their way to the worker are written: Slicer is about to end."""
        deadline = time.monotonic() + SAVING_SECONDS
        while self.saving and time.monotonic() < deadline:
            slicer.app.processEvents()
            time.sleep(0.01)

    def _let_go(self) -> None:
        """The scan in the scene is no longer ours. What is being saved is saved to its end."""
        self._after_saving = lambda: None
        if self.current is not None:
            if self.saving:
                self._being_saved = self.current.fetched
            else:
                self.current.fetched.remove()
            self.current = None
            self.changed.emit()

    def _end_saving(self) -> None:
        self.saving = 0
        if self._being_saved is not None:
            self._being_saved.remove()
            self._being_saved = None

    @property
    def loading(self) -> str:
        """The scan that is waited for."""
        return self._shown.scan if self._shown is not None else self._loader.wanted

    @property
    def is_unsaved(self) -> bool:
        return self.current is not None and self.current.is_unsaved

    # -------------------------------------------------------------------------- user
    def open(self, scan: str) -> None:
        """Load a scan in place of the present one; asks where that has unsaved edits."""
        if self.current is not None and self.current.in_scene and self.current.scan == scan:
            self.loaded.emit(scan)
            return
        if self.session.writing or self.current is None or not self.current.has_to_be_asked_about:
            self._load(scan)  # what is being written now is asked about when it is complete and the scan is there
            return
        decision = self.session.questions.about_unsaved_scan(self.current.scan)
        if decision is Unsaved.SAVE:
            self.save(lambda: self._load(scan))
        elif decision is Unsaved.DISCARD:
            self.current.discard()
            self._load(scan)

    def open_next(self) -> None:
        """Load the most doubtful scan that has no mark; says where there is none."""
        scan = self._next()
        if scan is None:
            self.informed.emit(_("Every scan that is done has a mark. There is nothing left to review."))
        else:
            self.open(scan)

    def accept_and_next(self) -> None:
        """Agree with the present scan, or save what was corrected in it, and go on."""
        if self.current is None or self.saving or self.session.writing:
            return
        if self.is_unsaved:
            self.save(self._go_on)
        elif self.mark(self.current.scan, ACCEPTED):
            self._go_on()

    def exclude_and_next(self) -> None:
        """Take the present scan out of the cohort's tables and go on; asks where it has unsaved edits."""
        if self.current is not None and not self.saving and self.mark(self.current.scan, EXCLUDE):
            self.open_next()

    def mark(self, scan: str, mark: str) -> bool:
        """Note a mark at once. False, after ``failed``, where it could not be written. A corrected scan that is accepted
        stays corrected."""
        if self.state is None:
            return False
        try:
            item, record = item_of(self.state, scan), self.state.record(scan)
            if item is None or record is None:
                raise InputError(_("The cohort has no scan '{name}' any more. Open its folder again.").format(name=scan))
            if not (mark == ACCEPTED and item.mark == CORRECTED):
                set_marks(self.state, {scan: (mark, self.who)}, {scan: record})
        except IVDError as error:
            self.failed.emit(str(error), "")
            return False
        self.overview.has_changed(self.folder)
        self.marked.emit(scan)
        return True

    def save(self, then: Callable[[], None] = lambda: None) -> None:
        """Write the corrected result over that of the run, marked as corrected; ``then`` is called when it is written."""
        current = self.current
        if current is None or self.saving or self.folder is None:
            return
        nodes = current.nodes
        if nodes is None:
            return
        try:
            result = write.refresh(nodes) if is_behind(nodes) else result_of_nodes(nodes)
            save_result(current.fetched.folder, result)
            self.saving = self.writer.request(
                SaveScanRequest,
                cohort=str(self.folder),
                scan=current.scan,
                folder=str(current.fetched.folder),
                who=self.who,
            )
        except (IVDError, NoInterpreter, OSError) as error:
            self.failed.emit(_("The corrections could not be saved: {reason}").format(reason=str(error)), "")
            return
        self._saved_content = fingerprints(nodes)
        self._after_saving = then
        self.changed.emit()

    # ---------------------------------------------------------------------- loading
    def _go_on(self) -> None:
        if self._next() is None:
            self.informed.emit(_("That was the last scan without a mark."))
            self.changed.emit()
        else:
            self.open_next()

    def _next(self) -> str | None:
        """The next doubtful scan; the one that was read ahead, if it is still as good."""
        if self.state is None:
            return None
        skip = [self.current.scan] if self.current is not None else []
        try:
            ahead = item_of(self.state, self._loader.ahead) if skip and self._loader.ahead else None
            if ahead is not None and ahead.can_be_reviewed and not ahead.mark and ahead.id not in skip:
                return ahead.id
            return next_doubtful(self.state, skip)
        except IVDError as error:
            self.failed.emit(str(error), "")
            return None

    def _load(self, scan: str) -> None:
        if self.folder is None:
            return
        try:
            self._loader.want(self.folder, scan)
        except (IVDError, NoInterpreter, OSError) as error:
            self._loader.forget()
            self._keep_edits()
            self.failed.emit(str(error), "")
        self.changed.emit()

    def _keep_edits(self) -> None:
        """No other scan has come: the user is asked again about edits that she was ready to discard."""
        if self.current is not None:
            self.current.discarded = None

    def _on_unreadable(self, scan: str, message: str, details: str) -> None:
        self._keep_edits()
        self.changed.emit()
        self.failed.emit(_("The scan {name} could not be opened: {reason}").format(name=scan, reason=message), details)

    def _show(self, fetched: Fetched) -> None:
        """Put a scan into the scene, in steps, each in a turn of the event loop of its own, when nobody else writes."""
        self._stop_showing()
        self._shown = fetched
        self._writing.start(self._showing(fetched), self._has_shown, self._could_not_show)
        self.changed.emit()

    def _showing(self, fetched: Fetched) -> Generator[None, None, bool]:
        """The steps: the new scan comes, the one before goes. Closing the generator, or an error, leaves the scene as it was.
        False where the one before stays, because it was edited meanwhile and is not to be discarded."""
        volume, result, measured = fetched.read()
        yield
        node, nodes = volumes.add_volume(volume, fetched.scan), None
        try:
            yield
            if result is not None and result.discs:
                nodes = yield from write.adding_result(node, result, measured)
            if node.GetScene() is None:
                raise InputError(_("Its volume was removed from the scene meanwhile."))
            before = self.current
            stays = before is not None and before.has_to_be_asked_about and self._decision() is not Unsaved.DISCARD
        except BaseException:
            if nodes is not None:
                remove_result(nodes)
            if node.GetScene() is not None:
                volumes.remove_volume(node)
            raise
        if stays:
            Loaded(fetched, node, None).unload()
            return False
        self.current = Loaded(fetched, node, fingerprints(nodes) if nodes is not None else None)
        self._choose(node, nodes, result)
        if before is not None:
            before.unload()
        return True

    def _decision(self) -> Unsaved:
        """What becomes of edits that were made while the next scan was on its way. Those to be saved are saved right after."""
        assert self.current is not None
        decision = self.session.questions.about_unsaved_scan(self.current.scan)
        self._save_then = self._shown.scan if decision is Unsaved.SAVE and self._shown is not None else ""
        return decision

    def _has_shown(self, replaced: bool) -> None:
        assert self._shown is not None
        scan, self._shown = self._shown.scan, None
        self.changed.emit()
        if replaced:
            self.loaded.emit(scan)
            self._read_ahead()
        elif self._save_then:
            then, self._save_then = self._save_then, ""
            self.save(lambda: self._load(then))

    def _could_not_show(self, error: Exception) -> None:
        assert self._shown is not None
        fetched, self._shown = self._shown, None
        fetched.remove()
        self._on_unreadable(fetched.scan, *texts.why_not_written(error))

    def _stop_showing(self) -> None:
        """The steps that are left are not done."""
        fetched, self._shown = self._shown, None
        if fetched is not None:
            try:
                self._writing.stop()
            finally:
                fetched.remove()

    def _choose(self, node: Any, nodes: ResultNodes | None, result: SegmentationResult | None) -> None:
        """Make the scan the one that all tabs show."""
        if self.session.parameters is not None:
            self.session.parameters.volume = node
        if nodes is not None:
            if self.session.nodes is None or self.session.nodes.segmentation is not nodes.segmentation:
                self.session.set_result(nodes, result)
            views.show_result(nodes)
        else:
            slicer.util.setSliceViewerLayers(background=node, fit=True)

    def _read_ahead(self) -> None:
        scan = self._next()
        if scan is not None and self.folder is not None:
            try:
                self._loader.read_ahead(self.folder, scan)
            except (IVDError, NoInterpreter, OSError):
                self._loader.forget()  # the reason is shown when the scan is wanted

    # ---------------------------------------------------------------------- writing
    def _on_done(self, event: ResultEvent) -> None:
        if not self.saving or event.id != self.saving:
            return
        self._end_saving()
        if self.current is not None:
            self.current.content = self._saved_content
            self.marked.emit(self.current.scan)
        self.overview.has_changed(self.folder)
        self.changed.emit()
        then, self._after_saving = self._after_saving, lambda: None
        then()

    def _on_failed(self, event: ErrorEvent) -> None:
        if self.saving and event.id == self.saving:
            self._end_saving()
            self._after_saving = lambda: None
            self.changed.emit()
            self.failed.emit(_("The corrections could not be saved: {reason}").format(reason=event.message), event.details)
