"""The tab Segment: choose a volume, press the button, see the discs."""

from __future__ import annotations

import contextlib
import sys
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from ...resources import resource_path
from ...scene import sample, views, volumes
from ...scene.nodes import ResultNodes, existing_result
from ...scene.result import result_of_nodes
from ...segmentation.result import SegmentationResult
from ...worker.client import State
from ...worker.messages import WarmUpRequest
from ..shared import texts
from ..shared.choice import Choice
from ..shared.dependencies import looks_like_broken_torch
from ..shared.interpreter import NoInterpreter
from ..shared.message_area import Kind, MessageArea
from ..shared.models import model_choices
from ..shared.parameters import options_of, restore_defaults
from ..shared.session import Session
from ..shared.signal import guarded
from .job import MRMLSceneWriter, SegmentJob, Settings
from .result_list import ResultList

TICK_MS = 200


def create_tab(session: Session) -> SegmentTab:
    return SegmentTab(session, SegmentJob(session.worker, MRMLSceneWriter(), session.questions, session.writing_turn))


class SegmentTab:
    """Shows what ``job`` does and forwards what the user does."""

    def __init__(self, session: Session, job: SegmentJob) -> None:
        self.title = _("Segment")
        self.session, self.job = session, job
        self.widget = slicer.util.loadUI(str(resource_path("UI", "SegmentTab.ui")))
        self.ui = slicer.util.childWidgetVariables(self.widget)
        self.widget.setMRMLScene(slicer.mrmlScene)
        self._parameters: Any = None
        self._gui_tag: int | None = None
        self._stage = ""
        self._leaving = False
        self._half_read = False
        self.messages = MessageArea(self.ui)
        self.list = ResultList(self.ui.discTable, self._on_disc_chosen)
        self._model = Choice(self.ui.modelComboBox, self._set("model"))
        self._device = Choice(self.ui.deviceComboBox, self._set("device"))
        self._device.offer(texts.device_choices(sys.platform))
        self._tick = qt.QTimer()
        self._tick.setInterval(TICK_MS)
        self._tick.connect("timeout()", guarded(self._show_time))
        self._connect()
        self._show_idle()
        self._show_result(None, None)

    def _connect(self) -> None:
        ui, job, session = self.ui, self.job, self.session
        ui.segmentButton.connect("clicked()", guarded(self._on_button))
        ui.sampleButton.connect("clicked()", guarded(self._on_sample))
        ui.defaultsButton.connect("clicked()", guarded(self._on_defaults))
        ui.volumeSelector.connect("currentNodeChanged(vtkMRMLNode*)", guarded(self._on_volume_changed))
        job.started.connect(self._on_started)
        job.progressed.connect(self._on_progressed)
        job.finished.connect(self._on_finished)
        job.failed.connect(self._on_failed)
        job.cancelled.connect(self._on_cancelled)
        session.result_changed.connect(self._show_result)
        session.writing_changed.connect(self._on_writing)
        session.dependencies_changed.connect(self._update_button)
        session.models_changed.connect(self._offer_models)
        session.disc_selected.connect(self.list.select)

    # ------------------------------------------------------------------ life of the tab
    def bind(self, parameters: Any) -> None:
        self._parameters = parameters
        self._model.offer(model_choices())
        if not self._model.choose(parameters.model):
            parameters.model = self._model.value or parameters.model  # saved with a model that is not here
        if not self._device.choose(parameters.device):
            parameters.device = "auto"
            self._device.choose("auto")
        self._gui_tag = parameters.connectGui(self.ui)
        self.choose_volume()
        self._on_volume_changed(self.ui.volumeSelector.currentNode())

    def unbind(self) -> None:
        self._leaving = self.job.running  # the scene is being closed: its end is nothing to report
        self.job.cancel()
        if self._parameters is not None:
            self._parameters.disconnectGui(self._gui_tag or 0)  # Slicer before 5.12 gives no tag; the first is 0
            self._parameters = None
        self.messages.clear()

    def _offer_models(self) -> None:
        self._model.offer(model_choices())

    def enter(self) -> None:
        self.choose_volume()
        self._update_button()
        self._warm_up()

    def _warm_up(self) -> None:
        """Let the worker import PyTorch and load the model while the user still looks around: seconds saved later."""
        idle = self.session.worker.state is State.STOPPED
        if idle and self.ui.segmentButton.enabled and not slicer.app.testingEnabled():
            settings = self.settings()
            with contextlib.suppress(NoInterpreter):  # the button will say it
                self.session.worker.request(
                    WarmUpRequest, model=settings.model, device=settings.device, threads=settings.threads
                )

    def exit(self) -> None:
        """Nothing: a run goes on while the user looks at another module."""

    def cleanup(self) -> None:
        self._tick.stop()
        self.job.disconnect()
        self.session.result_changed.disconnect(self._show_result)
        self.session.writing_changed.disconnect(self._on_writing)
        self.session.dependencies_changed.disconnect(self._update_button)
        self.session.models_changed.disconnect(self._offer_models)
        self.session.disc_selected.disconnect(self.list.select)

    def choose_volume(self) -> None:
        """Where no volume is chosen, take the first MR volume of the scene."""
        if self._parameters is not None and self._parameters.volume is None:
            self._parameters.volume = volumes.default_volume_node()
        self._update_button()

    # ---------------------------------------------------------------------- user
    def _set(self, name: str) -> Any:
        def set_parameter(value: str) -> None:
            if self._parameters is not None:
                setattr(self._parameters, name, value)

        return set_parameter

    def settings(self) -> Settings:
        """What the widgets say."""
        parameters = self._parameters
        return Settings(
            model=parameters.model,
            device=parameters.device,
            threads=parameters.threads or None,
            options=options_of(parameters),
            keep_probability=parameters.keepProbability,
        )

    def _on_button(self) -> None:
        if self.job.running:
            self.ui.segmentButton.enabled = False
            self.ui.segmentButton.text = _("Cancelling …")
            self.job.cancel()
        elif self.session.volume is not None:
            self.messages.clear()
            self.job.start(self.session.volume, self.settings())

    def _on_sample(self) -> None:
        with slicer.util.tryWithErrorDisplay(_("The sample volume could not be created."), waitCursor=True):
            node = sample.add_sample()
            if self._parameters is not None:
                self._parameters.volume = node

    def _on_defaults(self) -> None:
        restore_defaults(self._parameters)

    def _on_volume_changed(self, node: Any | None) -> None:
        if self.session.volume is not node:
            self.messages.clear()
        self.session.set_volume(node)
        found = existing_result(node) if node is not None else None
        if found is None:
            self.session.set_result(None, None)
        elif self.session.nodes is None or found.segmentation is not self.session.nodes.segmentation:
            self._half_read = self.session.writing  # it may be the one that is being written
            self.session.set_result(found, result_of_nodes(found))
        self._update_button()

    def _on_writing(self, writing: bool) -> None:
        nodes = self.session.nodes
        if not writing and self._half_read:
            self._half_read = False
            if nodes is not None and nodes.in_scene:
                self.session.set_result(nodes, result_of_nodes(nodes))

    def _on_disc_chosen(self, label: int) -> None:
        if self.session.nodes is not None:
            views.jump_to(self.session.nodes, label)
            self.session.disc_selected.emit(label)

    # ----------------------------------------------------------------------- job
    def _on_started(self) -> None:
        self._leaving = False
        self.session.set_busy(True)
        self.ui.segmentButton.text = _("Cancel")
        self.ui.settingsFrame.enabled = False
        self.ui.progressFrame.setVisible(True)
        self.ui.emptyFrame.setVisible(False)
        self._tick.start()

    def _on_progressed(self, stage: str, fraction: float) -> None:
        self._stage = stage
        self.ui.progressBar.value = int(1000 * texts.overall_fraction(stage, fraction))
        self._show_time()

    def _show_time(self) -> None:
        stage, seconds = texts.stage_name(self._stage), f"{self.job.seconds:.0f}"
        self.ui.stageLabel.text = _("{stage} … {seconds} s").format(stage=stage, seconds=seconds)

    def _on_finished(self, nodes: ResultNodes | None, result: SegmentationResult) -> None:
        self._show_idle()
        warnings = list(result.warnings)
        if nodes is None:
            self.messages.show(Kind.WARNING, [texts.no_discs_found(), *warnings])
            return
        volume = nodes.volume
        if volume is not None and volume is not self.session.volume:  # the review of a cohort went on to another scan meanwhile
            name = volume.GetName()
            text = _("The discs of '{name}' have been segmented. Choose this volume above to see them.").format(name=name)
            self.messages.show(Kind.INFO, [text, *warnings])
            return
        self.session.set_result(nodes, result)
        views.show_result(nodes)
        if warnings:
            self.messages.show(Kind.WARNING, warnings)

    def _on_failed(self, kind: str, message: str, details: str) -> None:
        self._show_idle()
        self.messages.show(Kind.ERROR, [message], details)
        if looks_like_broken_torch(kind, details):
            self.session.dependencies.mark_broken(details.strip().splitlines()[-1])
            self.session.dependencies_changed.emit()

    def _on_cancelled(self) -> None:
        self._show_idle()
        if not self._leaving:
            self.messages.show(Kind.INFO, [_("Cancelled. The scene was not changed.")])
        self._leaving = False

    # -------------------------------------------------------------------- showing
    def _show_idle(self) -> None:
        self.session.set_busy(False)
        self._tick.stop()
        self.ui.segmentButton.text = _("Segment discs")
        self.ui.settingsFrame.enabled = True
        self.ui.progressFrame.setVisible(False)
        self.ui.progressBar.value = 0
        self.ui.emptyFrame.setVisible(self.session.result is None)
        self._update_button()

    def _update_button(self) -> None:
        has_volume, torch_is_fine = self.session.volume is not None, self.session.dependencies.status.is_fine
        self.ui.segmentButton.enabled = self.job.running or (has_volume and torch_is_fine)
        if not torch_is_fine:
            self.ui.segmentButton.toolTip = _("PyTorch has to be installed first (see above).")
        elif not has_volume:
            self.ui.segmentButton.toolTip = _("Choose a volume first.")
        else:
            self.ui.segmentButton.toolTip = _("Find, outline and name the intervertebral discs of the volume.")
        self.ui.emptyLabel.text = (
            _("No result yet. Press 'Segment discs' to list the discs of the volume here.")
            if has_volume
            else _("Load a spine MR volume (DICOM, NRRD, NIfTI), or try the sample, a synthetic spine.")
        )
        self.ui.sampleButton.setVisible(not has_volume)

    def _show_result(self, nodes: ResultNodes | None, result: SegmentationResult | None) -> None:
        self.list.show(result)
        self.ui.viewLabel.text = texts.view(result) if result else ""
        self.ui.summaryLabel.text = texts.summary(result) if result else ""
        self.ui.resultFrame.setVisible(result is not None)
        self.ui.emptyFrame.setVisible(result is None)
