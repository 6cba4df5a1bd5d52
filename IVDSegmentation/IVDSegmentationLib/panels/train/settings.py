"""The part 'Training' of the tab Train: what the form says, as a plan, and a plan shown in the form."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from ...cases.store import TRAINING, VALIDATION, CaseRecord
from ...errors import InputError
from ...formatting import times
from ...network.library import plain_model_name
from ...runs.estimate import Estimate, rough_estimate
from ...runs.plan import PRESETS, SCRATCH, TrainingPlan
from ..shared import texts
from ..shared.choice import Choice
from ..shared.models import model_choices
from ..shared.signal import Signal, guarded
from ..shared.translation import translated

DEFAULT_PHANTOM_PERCENT = 30.0
_SHOWN = {"weight_decay", "learning_rate"} | {f"{a}_{b}" for a in ("full", "slab") for b in ("batch", "patch", "fine")}
"""Advanced settings that have a widget."""


class SettingsPart:
    """``changed()`` is emitted when the form says something else."""

    def __init__(self, ui: Any) -> None:
        self._ui = ui
        self.changed = Signal()
        emit = lambda *_arguments: self.changed.emit()  # noqa: E731
        self._start = Choice(ui.startComboBox, emit)
        self._preset = Choice(ui.presetComboBox, emit)
        self._device = Choice(ui.deviceComboBox, emit)
        self._preset.offer([("quick", _("Quick adapt (minutes)")), ("full", _("Full (hours)"))])
        self._device.offer(texts.device_choices(sys.platform))
        self._extra: dict[str, Any] = {}
        self.offer_models()
        ui.phantomSlider.value = DEFAULT_PHANTOM_PERCENT
        ui.phantomSlider.connect("valueChanged(double)", guarded(emit))
        for box in (ui.epochsSpinBox, ui.learningRateSpinBox, ui.lambdaSpinBox):
            box.connect("valueChanged(double)", guarded(emit))
        for box in (ui.batchSpinBox, ui.threadsSpinBox):
            box.connect("valueChanged(int)", guarded(emit))
        for edit in (ui.nameEdit, ui.patchEdit, ui.earlierEdit):
            edit.connect("textChanged(QString)", guarded(emit))
        ui.nameEdit.text = "my-model"

    def offer_models(self) -> None:
        """The models may have become more."""
        self._start.offer([*model_choices(), (SCRATCH, _("From scratch"))])

    def plan(self, cases_folder: str) -> TrainingPlan:
        """What the form says; its ``folder`` is empty. Raises ``InputError``."""
        ui = self._ui
        advanced: dict[str, Any] = {"weight_decay": float(ui.lambdaSpinBox.value)}
        if ui.learningRateSpinBox.value:
            advanced["learning_rate"] = float(ui.learningRateSpinBox.value)
        if ui.batchSpinBox.value:
            batch = int(ui.batchSpinBox.value)
            advanced |= {"full_batch": batch, "slab_batch": 2 * batch}
        advanced |= _patches(str(ui.patchEdit.text))
        content = {
            **self._extra,
            "cases": [cases_folder] if cases_folder else [],
            "model_name": plain_model_name(str(ui.nameEdit.text)),
            "start_from": self._start.value,
            "preset": self._preset.value,
            "epochs": float(ui.epochsSpinBox.value) or None,
            "phantom_share": float(ui.phantomSlider.value) / 100,
            "threads": int(ui.threadsSpinBox.value) or None,
            "device": self._device.value,
            "earlier_cases": [str(ui.earlierEdit.text)] if ui.earlierEdit.text else [],
            "advanced": {**self._extra.get("advanced", {}), **advanced},
        }
        return TrainingPlan.from_dict(content)

    def show(self, plan: TrainingPlan) -> None:
        """Fill the form. What it has no widget for is kept as it is."""
        ui = self._ui
        ui.nameEdit.text = plan.model_name
        self._start.choose(plan.start_from)
        self._preset.choose(plan.preset if plan.preset in PRESETS else "quick")
        self._device.choose(plan.device)
        ui.phantomSlider.value = 100 * plan.phantom_share
        ui.epochsSpinBox.value = plan.epochs or 0.0
        ui.threadsSpinBox.value = plan.threads or 0
        ui.earlierEdit.text = plan.earlier_cases[0] if plan.earlier_cases else ""
        ui.lambdaSpinBox.value = float(plan.advanced.get("weight_decay", 1e-4))
        ui.learningRateSpinBox.value = float(plan.advanced.get("learning_rate", 0.0))
        ui.batchSpinBox.value = int(plan.advanced.get("full_batch", 0))
        patch = plan.advanced.get("full_patch")
        ui.patchEdit.text = times(patch) if patch else ""
        hidden = {name: value for name, value in plan.advanced.items() if name not in _SHOWN}
        kept = ("network", "network_arguments", "phantoms", "check_phantoms", "earlier_share", "blend")
        self._extra = {name: getattr(plan, name) for name in kept} | {"advanced": hidden}

    def show_estimate(self, records: list[CaseRecord], cases_folder: str) -> Estimate | None:
        """By rule of thumb, at once."""
        training, validation = (sum(r.role == role for r in records) for role in (TRAINING, VALIDATION))
        try:
            estimate = rough_estimate(self.plan(cases_folder), training, validation)
        except InputError as error:
            self._ui.estimateLabel.text = translated(str(error))
            return None
        self._ui.estimateLabel.text = _("Expected: {estimate}.").format(estimate=texts.estimate_text(estimate))
        return estimate


def _patches(text: str) -> dict[str, Any]:
    """Patch and its parts from '32 x 192 x 160'; nothing from ''."""
    if not text.strip():
        return {}
    numbers = [int(n) for n in re.findall(r"\d+", text)]
    if len(numbers) != 3 or any(n % m or n <= 0 for n, m in zip(numbers, (8, 32, 32))):
        raise InputError(
            _(
                "'{text}' is not a patch size. Enter slices x rows x columns, multiples of 8, 32 and 32, such as "
                "32 x 192 x 160."
            ).format(text=text)
        )
    k, j, i = numbers
    fine = [max(32, n * 2 // 3 // 32 * 32) for n in (j, i)]
    slab = max(8, k // 2 // 8 * 8)
    return {"full_patch": [k, j, i], "full_fine": [k, *fine], "slab_patch": [slab, j, i], "slab_fine": [slab, *fine]}


def unused_run_folder(home: Path, model_name: str) -> Path:
    """A folder for a new run."""
    number, folder = 2, home / "runs" / model_name
    while folder.exists():
        number, folder = number + 1, home / "runs" / f"{model_name}-{number}"
    return folder
