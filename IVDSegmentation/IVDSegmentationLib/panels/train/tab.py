"""The tab Train: cases, settings, a run that is watched, and old model against new."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from ...cases.store import TRAINING
from ...errors import IVDError
from ...resources import resource_path
from ...runs.curves import DICE, DISTANCE, LOSS
from ...runs.estimate import Estimate, duration_text
from ...runs.folder import RunState
from ...runs.plan import TrainingPlan
from ...scene import plots, training_curves
from ..shared import texts
from ..shared.file_dialogs import FOLDER_SETTING, FileDialogs, QtFileDialogs
from ..shared.interpreter import NoInterpreter
from ..shared.message_area import Kind, MessageArea
from ..shared.session import Session
from ..shared.signal import guarded
from ..shared.translation import translated
from .cases import CasesPart
from .outcome import OutcomePart
from .process import TrainingProcess, training_home
from .settings import SettingsPart, unused_run_folder

ASK_ABOVE_SECONDS = 3600.0
"""A training that is expected to take longer is only started after a question."""
PICTURE_WIDTH = 260
"""Pixels of the pictures of a run. A label is never narrower than its picture, so a wider one would widen the panel."""


def create_tab(session: Session) -> TrainingTab:
    return TrainingTab(session, TrainingProcess(), QtFileDialogs())


def curve_titles() -> dict[str, str]:
    return {LOSS: _("Loss"), DICE: _("Dice"), DISTANCE: _("Localization distance (mm)")}


class TrainingTab:
    """Shows what the training process does and controls it. Closing the panel leaves the process alone."""

    def __init__(self, session: Session, process: TrainingProcess, dialogs: FileDialogs) -> None:
        self.title = _("Train")
        self.session, self.process, self.dialogs = session, process, dialogs
        self.widget = slicer.util.loadUI(str(resource_path("UI", "TrainingTab.ui")))
        self.ui = slicer.util.childWidgetVariables(self.widget)
        self.widget.setMRMLScene(slicer.mrmlScene)
        self.messages = MessageArea(self.ui)
        self.cases = CasesPart(self.ui, session, dialogs, self.messages)
        self.settings = SettingsPart(self.ui)
        self.outcome = OutcomePart(self.ui, process, dialogs, self.messages)
        self._pictures: dict[Any, tuple[str, float]] = {}
        self._connect()
        self._show_state(None)
        self._show_progress()

    def _connect(self) -> None:
        ui, process = self.ui, self.process
        ui.startButton.connect("clicked()", guarded(self._on_start))
        ui.pauseButton.connect("clicked()", guarded(self._on_pause))
        ui.stopButton.connect("clicked()", guarded(self._on_stop))
        ui.measureButton.connect("clicked()", guarded(self._on_measure))
        ui.earlierButton.connect("clicked()", guarded(self._on_earlier))
        for button, name in ((ui.lossButton, LOSS), (ui.diceButton, DICE), (ui.distanceButton, DISTANCE)):
            button.connect("clicked()", guarded(lambda name=name: self._on_plot(name)))
        self.cases.changed.connect(self._update)
        self.settings.changed.connect(self._update)
        self.outcome.models_changed.connect(self._on_models_changed)
        process.changed.connect(self._show_state)
        process.progressed.connect(self._show_progress)
        process.ended.connect(self._on_ended)
        self.session.result_changed.connect(self._on_result_changed)
        self.session.volume_changed.connect(self._on_result_changed)
        self.session.dependencies_changed.connect(self._update)
        self.session.cases_changed.connect(self._on_cases_changed)

    # ------------------------------------------------------------------ life of the tab
    def bind(self, parameters: Any) -> None:
        self.settings.offer_models()
        last = self._last_plan()
        if last is not None:
            self.settings.show(last)
            if last.folder and self.process.folder is None:
                self.process.attach(last.folder)
                self._show_progress()
                self.outcome.show(self.process.folder)
        folder = str(qt.QSettings().value(FOLDER_SETTING) or "")
        self.cases.open(folder or (last.cases[0] if last is not None and last.cases else ""))

    def unbind(self) -> None:
        self.messages.clear()

    def enter(self) -> None:
        self.cases.refresh()
        self.process.poll()

    def exit(self) -> None:
        """Nothing: training goes on."""

    def cleanup(self) -> None:
        self.process.forget()
        self.cases.cleanup()
        self.session.result_changed.disconnect(self._on_result_changed)
        self.session.volume_changed.disconnect(self._on_result_changed)
        self.session.dependencies_changed.disconnect(self._update)
        self.session.cases_changed.disconnect(self._on_cases_changed)

    def _on_cases_changed(self, folder: str) -> None:
        """Another tab has added cases to a folder: the one that is shown, or the first one."""
        if not self.cases.folder or Path(self.cases.folder) == Path(folder):
            self.cases.open(folder)

    # ---------------------------------------------------------------------------- user
    def _on_start(self) -> None:
        self.messages.clear()
        try:
            plan = self.settings.plan(self.cases.folder)
            records = plan.records() if self.cases.records else []
            if not self.cases.records:
                plan.cases = []
            if not any(r.role == TRAINING for r in records) and plan.phantom_share <= 0:
                self.messages.show(Kind.ERROR, [_("There is no training data. Add cases or phantoms.")])
                return
            if not self._may_take(self.settings.show_estimate(self.cases.records, self.cases.folder)):
                return
            plan.folder = str(unused_run_folder(training_home(), plan.model_name))
            self.process.start(plan)
            plan.write(training_home() / "training.json")
        except (IVDError, NoInterpreter, OSError) as error:
            self.messages.show(Kind.ERROR, [str(error)])
            return
        self.outcome.show(None)
        self._show_progress()

    def _may_take(self, estimate: Estimate | None) -> bool:
        """Whether the user agrees to the time; not asked below an hour."""
        if estimate is None or estimate.seconds <= ASK_ABOVE_SECONDS:
            return True
        return self.session.questions.about_long_training(duration_text(estimate.seconds))

    def _on_pause(self) -> None:
        state = self.process.state
        try:
            if state is not None and state.works and state.state != "paused":
                self.process.pause()
                self.ui.pauseButton.enabled = False
            else:
                self.messages.clear()
                self.process.go_on()
        except (IVDError, NoInterpreter, OSError) as error:
            self.messages.show(Kind.ERROR, [str(error)])

    def _on_stop(self) -> None:
        state = self.process.state
        self.process.stop()
        self.ui.stopButton.enabled = self.ui.pauseButton.enabled = False
        self.ui.stateLabel.text = (
            _("Stopping …")
            if state is None or state.state == "preparing"
            else _("Stopping: the best weights so far are kept and evaluated …")
        )

    def _on_measure(self) -> None:
        try:
            plan = self.settings.plan(self.cases.folder if self.cases.records else "")
            self.process.measure(plan, self._on_estimated)
        except (IVDError, NoInterpreter, OSError) as error:
            self.messages.show(Kind.ERROR, [str(error)])
            return
        self.ui.measureButton.enabled = False
        self.ui.estimateLabel.text = _("Running a few steps …")

    def _on_earlier(self) -> None:
        self.ui.earlierEdit.text = self.dialogs.folder(_("Folder of earlier cases"), str(self.ui.earlierEdit.text))

    def _on_plot(self, name: str) -> None:
        chart = self._fill_plot(name)
        if chart is not None:
            plots.show_plot(chart)

    # --------------------------------------------------------------------- the process
    def _show_state(self, state: RunState | None) -> None:
        ui, works = self.ui, self.process.works
        torch_is_fine = self.session.dependencies.status.is_fine
        ui.startButton.enabled = not works and torch_is_fine
        ui.startButton.toolTip = (
            _("Train in a separate process. You can keep using Slicer, or close it, meanwhile.")
            if torch_is_fine
            else _("PyTorch has to be installed first (see above).")
        )
        name = state.state if state is not None else ""
        resumable = name in ("paused", "interrupted", "failed")
        ui.pauseButton.text = _("Resume") if resumable else _("Pause")
        can_stop = name in ("preparing", "training", "paused", "disk full")
        ui.pauseButton.enabled = can_stop or (resumable and torch_is_fine)
        ui.stopButton.enabled = can_stop
        ui.casesButtonContents.enabled = ui.modelButtonContents.enabled = not works
        ui.progressFrame.setVisible(state is not None)
        if state is not None:
            ui.progressBar.value = int(1000 * state.step / max(1, state.steps)) if name != "preparing" else 0
            ui.stateLabel.text = state_text(state)

    def _show_progress(self) -> None:
        folder = self.process.folder
        if folder is None:
            self.ui.pictureFrame.setVisible(False)
            return
        pictures = sorted(folder.pictures.glob("validation_*.png")) if folder.pictures.is_dir() else []
        shown = self._show_picture(self.ui.curvesPicture, str(folder.curves))
        if pictures:
            shown |= self._show_picture(self.ui.validationPicture, str(pictures[-1]))
        self.ui.validationPicture.setVisible(bool(pictures))
        self.ui.pictureFrame.setVisible(shown)
        for name in (LOSS, DICE, DISTANCE):
            if self.process.works:
                self._fill_plot(name)

    def _show_picture(self, label: Any, path: str) -> bool:
        """Whether there is a picture; read anew only when its file is another."""
        try:
            key = (path, qt.QFileInfo(path).lastModified().toMSecsSinceEpoch())
        except AttributeError:
            return False
        if self._pictures.get(label.objectName) != key:
            pixmap = qt.QPixmap(path)
            if pixmap.isNull():
                return False
            label.setPixmap(pixmap.scaledToWidth(PICTURE_WIDTH, qt.Qt.SmoothTransformation))
            self._pictures[label.objectName] = key
        return True

    def _fill_plot(self, name: str) -> Any:
        reader = self.process.reader
        steps, values = reader.curves.of(name) if reader is not None else ([], [])
        return training_curves.show_curve(name, curve_titles()[name], steps, values) if steps else None

    def _on_ended(self, state: RunState) -> None:
        self._show_progress()
        self.outcome.show(self.process.folder)
        if state.state == "failed":
            self.messages.show(Kind.ERROR, [state.message], self.process.last_output())
        elif state.state == "interrupted":
            self.messages.show(Kind.WARNING, [state.message])

    def _on_estimated(self, code: int, line: str) -> None:
        self.ui.measureButton.enabled = True
        try:
            found = json.loads(line)
            estimate = Estimate(**{f.name: found[f.name] for f in fields(Estimate)})
        except (ValueError, KeyError, TypeError):
            self._update()
            self.messages.show(Kind.ERROR, [_("Time and memory could not be measured: {reason}").format(reason=line)])
            return
        self.ui.estimateLabel.text = _("Measured: {estimate}.").format(estimate=texts.estimate_text(estimate))

    # ------------------------------------------------------------------------- the rest
    def _on_models_changed(self) -> None:
        self.settings.offer_models()
        self.session.models_changed.emit()

    def _on_result_changed(self, *_arguments: Any) -> None:
        self.cases.update()

    def _update(self) -> None:
        self.settings.show_estimate(self.cases.records, self.cases.folder)
        self._show_state(self.process.state)

    def _last_plan(self) -> TrainingPlan | None:
        path = training_home() / "training.json"
        try:
            return TrainingPlan.read(path) if path.is_file() else None
        except IVDError:
            return None  # written by another version: begin with the defaults


def state_text(state: RunState) -> str:
    """One line: what is going on and how long it will take."""
    names = {
        "preparing": _("Preparing"),
        "training": _("Training"),
        "paused": _("Paused"),
        "disk full": _("The disk is full"),
        "judging": _("Evaluating"),
        "done": _("Done"),
        "stopped": _("Stopped"),
        "interrupted": _("Interrupted"),
        "failed": _("Failed"),
    }
    parts = [names.get(state.state, state.state)]
    if state.steps and state.state in ("training", "paused", "disk full", "interrupted", "stopped"):
        parts.append(_("step {step} of {steps}").format(step=state.step, steps=state.steps))
    if state.state == "training" and state.seconds_left is not None:
        parts.append(_("{time} left").format(time=duration_text(state.seconds_left)))
    if state.best >= 0:
        parts.append(_("best Dice {dice}").format(dice=f"{state.best:.3f}"))
    if state.memory_bytes and state.works:
        parts.append(f"{state.memory_bytes / 1e9:.1f} GB")
    if state.message:
        parts.append(translated(state.message))
    return " · ".join(parts)
