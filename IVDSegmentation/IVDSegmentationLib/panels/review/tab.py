"""The tab Review: see each disc, accept it or put it right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from ...anatomy import DISC_LEVELS, UNKNOWN_LEVEL
from ...errors import IVDError
from ...measurement import lordosis_l1_s1_deg
from ...measurement.repeatability import LORDOSIS_KEY, smallest_detectable
from ...resources import resource_path
from ...scene import history, plots, views
from ...scene.centres import moved_centres
from ...scene.doubt import show_doubt
from ...scene.measurements import measure
from ...scene.nodes import ResultNodes, is_reviewed
from ...scene.segments import labels_of_segments
from ...segmentation.result import SegmentationResult
from ..shared.file_dialogs import FileDialogs, QtFileDialogs
from ..shared.message_area import Kind, MessageArea
from ..shared.session import Session
from ..shared.signal import guarded
from ..shared.translation import translated
from .actions import ReviewActions
from .click_modes import ClickModes
from .disc_list import ReviewList
from .editor import EmbeddedEditor
from .files import ReviewFiles
from .measurements_view import show_measurements
from .node_watch import NodeWatch
from .training_set import TrainingSet


def create_tab(session: Session) -> ReviewTab:
    return ReviewTab(session, QtFileDialogs())


class ReviewTab:
    """Connects widgets to ``ReviewActions`` and shows what the session says."""

    def __init__(self, session: Session, dialogs: FileDialogs) -> None:
        self.title = _("Review")
        self.session = session
        self.widget = slicer.util.loadUI(str(resource_path("UI", "ReviewTab.ui")))
        self.ui = slicer.util.childWidgetVariables(self.widget)
        self.widget.setMRMLScene(slicer.mrmlScene)
        self.messages = MessageArea(self.ui)
        self.list = ReviewList(self.ui.discTable)
        self.actions = ReviewActions(session)
        self.files = ReviewFiles(dialogs)
        self.training_set = TrainingSet(dialogs)
        self.editor = EmbeddedEditor(self.ui.editorArea.layout())
        self.modes = ClickModes(self.ui, self.actions, self._chosen, self._on_point, self.editor.put_down)
        self.watch = NodeWatch(self.actions.take_up_edits, self._on_dragged, lambda: self.actions.writing or session.writing)
        self._segmentation: Any | None = None
        self._connect()
        self._show_result(None, None)

    def _connect(self) -> None:
        ui, actions = self.ui, self.actions
        clicks: tuple[tuple[Any, Callable[[], Any]], ...] = (
            (ui.undoButton, self._on_undo),
            (ui.redoButton, self._on_redo),
            (ui.layoutButton, self._on_layout),
            (ui.nextButton, lambda: self.list.step(+1)),
            (ui.previousButton, lambda: self.list.step(-1)),
            (ui.acceptButton, self._on_accept),
            (ui.deleteButton, self._on_delete),
            (ui.shiftUpButton, lambda: self._correct(lambda: actions.shift(+1))),
            (ui.shiftDownButton, lambda: self._correct(lambda: actions.shift(-1))),
            (ui.setLevelButton, self._on_set_level),
            (ui.heightPlotButton, lambda: self._plot(0)),
            (ui.signalPlotButton, lambda: self._plot(1)),
            (ui.snapshotButton, lambda: self._write(self.files.snapshot)),
            (ui.exportButton, lambda: self._write(self.files.export)),
            (ui.reportButton, lambda: self._write(self._report)),
            (ui.trainingSetButton, lambda: self._write(lambda nodes: self.training_set.add(nodes, self.session.result))),
        )
        for button, call in clicks:
            button.connect("clicked()", guarded(call))
        ui.editorButton.connect("contentsCollapsed(bool)", guarded(lambda collapsed: self._show_editor()))
        self._shortcuts = [self._shortcut("Ctrl+Z", self._on_undo), self._shortcut("Ctrl+Y", self._on_redo)]
        for level in (*(level.name for level in DISC_LEVELS), UNKNOWN_LEVEL):
            ui.levelComboBox.addItem(level)
        self.list.chosen.connect(self._on_chosen)
        self.list.visibility_changed.connect(self._on_visibility)
        self.list.accept_wanted.connect(self._on_accept)
        self.list.delete_wanted.connect(self._on_delete)
        actions.refused.connect(self._on_refused)
        self.session.result_changed.connect(self._show_result)
        self.session.writing_changed.connect(self._on_writing)
        self.session.disc_selected.connect(self._select)

    def _shortcut(self, keys: str, call: Callable[[], None]) -> Any:
        shortcut = qt.QShortcut(qt.QKeySequence(keys), self.widget)
        shortcut.setContext(qt.Qt.WidgetWithChildrenShortcut)
        shortcut.connect("activated()", guarded(call))
        return shortcut

    # ------------------------------------------------------------------ life of the tab
    def bind(self, parameters: Any) -> None:
        """The tab has no parameters of its own."""

    def unbind(self) -> None:
        self.modes.stop()
        self.watch.stop()
        self.editor.cleanup()

    def enter(self) -> None:
        self.watch.watch(self.session.nodes)
        self._show_editor()

    def exit(self) -> None:
        self.modes.stop()
        self.editor.put_down()

    def cleanup(self) -> None:
        self.unbind()
        self.session.result_changed.disconnect(self._show_result)
        self.session.writing_changed.disconnect(self._on_writing)
        self.session.disc_selected.disconnect(self._select)

    # ---------------------------------------------------------------------- corrections
    def _correct(self, action: Callable[[], bool]) -> None:
        """A correction other than a mark: edits by hand are taken up first, marks so far are spent."""
        self.watch.flush()
        self.messages.clear()
        if action():
            self.modes.marks.rebase()
            self._tell_warnings()

    def _on_set_level(self) -> None:
        label = self._chosen()
        if label is not None:
            level, follow = self.ui.levelComboBox.currentText, bool(self.ui.othersFollowCheckBox.checked)
            self._correct(lambda: self.actions.set_level(label, level, follow))

    def _on_delete(self) -> None:
        label = self._chosen()
        if label is not None:
            self._correct(lambda: self.actions.delete(label))

    def _on_point(self, point: tuple[float, float, float]) -> None:
        before = {disc.label for disc in self.session.result.discs} if self.session.result else set()
        self._correct(lambda: self.actions.add(point))
        discs = self.session.result.discs if self.session.result else ()
        added = [disc.label for disc in discs if disc.label not in before]
        if added:
            self._choose(added[0])

    def _on_dragged(self) -> None:
        """Centres were dragged: their discs are outlined again there. A point that is refused goes back."""
        nodes, result = self.session.nodes, self.session.result
        if nodes is None or result is None:
            return
        for label, point in moved_centres(nodes.segmentation, nodes.centres, result.discs).items():
            before = self.session.result
            self._correct(lambda label=label, point=point: self.actions.move(label, point))  # type: ignore[misc]
            if self.session.result is before:
                self.actions.put_centres_back()

    def _on_refused(self, message: str) -> None:
        self.messages.show(Kind.WARNING, [message])

    def _on_undo(self) -> None:
        self._step(self.actions.undo)

    def _on_redo(self) -> None:
        self._step(self.actions.redo)

    def _step(self, step: Callable[[], str | None]) -> None:
        self.watch.drop_pending()  # undo itself takes up edits by hand, as the step to take back
        self.messages.clear()
        if step() is not None:
            self.modes.marks.rebase()
            self._tell_warnings()

    def _tell_warnings(self) -> None:
        result = self.session.result
        if result is not None and result.warnings:
            self.messages.show(Kind.WARNING, list(result.warnings))

    # ------------------------------------------------------------------------ looking
    def _chosen(self) -> int | None:
        """The selected disc; where there is none, a message says so."""
        label = self.list.current
        if label is None:
            self.messages.show(Kind.INFO, [_("Select a disc in the list first.")])
        return label

    def _choose(self, label: int) -> None:
        if self.list.select(label):
            self._on_chosen(label)

    def _on_chosen(self, label: int) -> None:
        nodes = self.session.nodes
        if nodes is None or not nodes.in_scene:
            return
        views.jump_to(nodes, label, follow=bool(self.ui.followCheckBox.checked))
        if self.modes.marks.disc not in (None, label):
            self.modes.marks.rebase()  # marks are for one disc
        self._selected(label)
        self.session.disc_selected.emit(label)

    def _select(self, label: int) -> None:
        """Another tab chose a disc."""
        if label != self.list.current and self.list.select(label):
            self._selected(label)

    def _selected(self, label: int) -> None:
        nodes, result = self.session.nodes, self.session.result
        if nodes is None or result is None:
            return
        self.editor.select(nodes, label)
        self._show_level()

    def _show_level(self) -> None:
        """The box beside 'Set level' starts from the level that the selected disc has now."""
        result, label = self.session.result, self.list.current
        level = next((disc.level for disc in result.discs if disc.label == label), None) if result else None
        if level is not None:
            self.ui.levelComboBox.setCurrentIndex(self.ui.levelComboBox.findText(level))

    def _on_visibility(self, label: int, visible: bool) -> None:
        if self.session.nodes is not None:
            views.set_visible(self.session.nodes, label, visible)

    def _on_accept(self) -> None:
        label, nodes = self._chosen(), self.session.nodes
        if label is None or nodes is None:
            return
        was = is_reviewed(nodes, label)
        self.actions.accept(label, not was)
        self._fill_list()
        if not was and self.list.by_doubt:
            self.list.next_doubtful()
        elif not was:
            self.list.step(+1)

    def _on_layout(self) -> None:
        if self.session.nodes is not None:
            views.spine_layout(self.session.nodes)

    def _plot(self, number: int) -> None:
        if self.session.nodes is not None:
            plots.show_plot(plots.make_plots(self.session.nodes)[number])

    def _show_editor(self) -> None:
        if self.ui.editorButton.collapsed:
            self.editor.release()
        else:
            self.editor.show(self.session.nodes, self.list.current)

    # -------------------------------------------------------------------------- files
    def _report(self, nodes: ResultNodes) -> str:
        assert self.session.result is not None
        return self.files.report(nodes, self.session.result, bool(self.ui.patientCheckBox.checked))

    def _write(self, write: Callable[[ResultNodes], str]) -> None:
        self.watch.flush()
        nodes = self.session.nodes
        if nodes is None:
            return
        self.messages.clear()
        try:
            message = write(nodes)
        except IVDError as error:
            self.messages.show(Kind.ERROR, [str(error)])
            return
        if message:
            self.messages.show(Kind.INFO, [message])

    # ------------------------------------------------------------------------ showing
    def _on_writing(self, writing: bool) -> None:
        """While nodes are being made nothing is corrected, neither by buttons nor by clicks into the views."""
        self.ui.contents.enabled = not writing
        if writing:
            self.modes.stop()
        else:
            self.watch.watch(self.session.nodes)

    def _show_result(self, nodes: ResultNodes | None, result: SegmentationResult | None) -> None:
        self.ui.contents.setVisible(result is not None)
        self.ui.emptyLabel.setVisible(result is None)
        self.watch.watch(nodes)
        if nodes is None:
            self.messages.clear()
        if (nodes and nodes.segmentation) is not self._segmentation:  # a click is meant for the result that was shown
            self.modes.stop()
            self._segmentation = nodes and nodes.segmentation
        self._fill_list()
        show_measurements(self.ui.tableView, nodes)
        if nodes is not None and nodes.in_scene:
            plots.name_levels(nodes)
        self._show_editor()
        self.modes.show()
        self._show_steps()

    def _fill_list(self) -> None:
        nodes, result = self.session.nodes, self.session.result
        if nodes is None or result is None or not nodes.in_scene:
            self.list.show((), {}, {}, {}, {})
            return
        show_doubt(nodes, result.discs)
        measured = measure(nodes, result)
        labels = [disc.label for disc in result.discs]
        self.list.show(
            result.discs,
            {label: measured[label].middle_height_mm for label in labels if label in measured},
            {label: views.is_visible(nodes, label) for label in labels},
            {label: is_reviewed(nodes, label) for label in labels},
            {label: segment_id for segment_id, label in labels_of_segments(nodes.segmentation).items()},
        )
        self._show_level()
        angle = lordosis_l1_s1_deg(measured.values())
        self.ui.lordosisLabel.text = (
            _("Lordosis L1-S1: not measured, because T12-L1 and L5-S1 are not both in view.")
            if angle is None
            else _("Lordosis L1-S1: {angle}°").format(angle=f"{angle:.0f} ± {smallest_detectable(LORDOSIS_KEY, angle):.0f}")
        )

    def _show_steps(self) -> None:
        nodes = self.session.nodes
        there = nodes if nodes is not None and nodes.in_scene else None
        self.ui.undoButton.enabled = there is not None and history.can_undo(there)
        self.ui.redoButton.enabled = there is not None and history.can_redo(there)
        name = history.step_name(there) if there is not None else ""
        self.ui.undoButton.toolTip = _("Undo: {name} (Ctrl+Z)").format(name=translated(name)) if name else _("Nothing to undo.")
