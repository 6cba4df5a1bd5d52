"""The settings file of a training: which cases, from which model, how long. The tab writes it, ``ivdseg train`` reads it."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ..cases.folder import PHANTOM_GROUP
from ..cases.store import CaseRecord, list_cases, split_problems
from ..errors import InputError
from ..files import read_json, write_json
from ..schema import check
from .config import TrainingConfig
from .settings_schema import PLAN_SCHEMA, SMALLEST_PATCH

SCRATCH = "scratch"
EARLIER_GROUP = "earlier cases"

PRESETS: dict[str, dict[str, Any]] = {
    "quick": {
        "steps": 300,
        "learning_rate": 3e-4,
        "warm_up_steps": 30,
        "average_decay": 0.99,
        "full_batch": 2,
        "slab_batch": 4,
        "validate_every": 50,
        "checkpoint_seconds": 30.0,
        "freeze_normalisation": True,
    },
    "full": {"steps": 4000, "learning_rate": 1e-3, "validate_every": 250, "freeze_normalisation": True},
}
"""Preset -> settings that differ from ``TrainingConfig``'s own."""
FROM_SCRATCH = {"learning_rate": 2e-3, "freeze_normalisation": False}
PHANTOMS_OF_PRESET = {"quick": 16, "full": 150}


@dataclass
class TrainingPlan:
    """``cases``: folders of cases. ``folder``: where the run keeps its files. ``start_from``: a model's name or file,
    or 'scratch'. ``phantom_share``: share of the patches drawn from phantoms, 0 … 1; ``phantoms``: how many are made
    (None: as many as the preset likes). ``epochs``: how often each case is seen on average (each phantom, where no
    patch is drawn from cases), instead of the preset's steps. ``roles``: case -> role, over what the folders say.
    ``earlier_cases``: folders of cases that the new model must not forget; their training cases are learned from
    again (rehearsal), as ``earlier_share`` of the patches that are not drawn from phantoms, their validation cases
    are part of the judgement. ``blend``: share of the new weights in the end, the rest from the model started from;
    None chooses by the validation. ``advanced``: fields of ``TrainingConfig``. ``threads`` None leaves one core free."""

    cases: list[str] = field(default_factory=list)
    folder: str = ""
    model_name: str = "my-model"
    start_from: str = "default"
    network: str = "discnet"
    network_arguments: dict[str, Any] = field(default_factory=dict)
    preset: str = "quick"
    epochs: float | None = None
    phantom_share: float = 0.3
    phantoms: int | None = None
    check_phantoms: int = 4
    roles: dict[str, str] = field(default_factory=dict)
    earlier_cases: list[str] = field(default_factory=list)
    earlier_share: float = 0.4
    blend: float | None = None
    threads: int | None = None
    device: str = "auto"
    advanced: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, path: str | Path) -> TrainingPlan:
        """From a JSON file; relative paths start at the file. Raises ``InputError`` naming what does not fit."""
        path = Path(path)
        content = read_json(path)
        check(content, PLAN_SCHEMA, path, "Correct the file; 'ivdseg train --help' shows an example.")
        plan = cls.from_dict(content)
        base = path.resolve().parent
        place = lambda text: str(base / Path(text).expanduser()) if text else text  # noqa: E731
        plan.cases, plan.earlier_cases = [place(p) for p in plan.cases], [place(p) for p in plan.earlier_cases]
        plan.folder = place(plan.folder) or str(base / (path.stem + "-run"))
        if plan.start_from.endswith(".safetensors") and not Path(plan.start_from).is_absolute():
            plan.start_from = place(plan.start_from)
        return plan

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> TrainingPlan:
        """Raises ``InputError`` naming what does not fit."""
        check(dict(content), PLAN_SCHEMA, "Settings of the training", "Correct it.")
        plan = cls(**content)
        sizes = asdict(TrainingConfig()) | plan.advanced
        for part, whole in (("full_fine", "full_patch"), ("slab_fine", "slab_patch")):
            if any(n > m for n, m in zip(sizes[part], sizes[whole])):
                raise InputError(f"'advanced.{part}' is larger than '{whole}', of which it is a part. Correct the settings.")
        for kind in ("full", "slab"):
            if sizes[f"{kind}_batch"] * math.prod(sizes[f"{kind}_patch"]) <= math.prod(SMALLEST_PATCH):
                raise InputError(
                    f"'advanced.{kind}_batch' is 1 with the smallest patch: batch normalisation needs more. Raise one of them."
                )
        return plan

    def write(self, path: str | Path) -> None:
        write_json(path, asdict(self))

    @property
    def from_scratch(self) -> bool:
        return self.start_from == SCRATCH

    @property
    def phantom_count(self) -> int:
        """Phantoms to be made for training."""
        wanted = PHANTOMS_OF_PRESET[self.preset] if self.phantoms is None else self.phantoms
        return wanted if self.phantom_share > 0 else 0

    def records(self) -> list[CaseRecord]:
        """The cases of all folders with their roles. Raises ``InputError`` for a split that must not be."""
        records = [record for folder in self.cases for record in list_cases(folder)]
        records = [replace(r, role=self.roles.get(r.id, r.role)) for r in records]
        problems = split_problems(records)
        if problems:
            raise InputError(problems[0])
        return records

    def earlier_records(self, role: str) -> list[CaseRecord]:
        """The earlier cases that have this role in their own folders."""
        return [record for folder in self.earlier_cases for record in list_cases(folder) if record.role == role]

    def config(self, training_cases: int, earlier_cases: int = 0) -> TrainingConfig:
        """The settings of the loop, for this many training cases, own and earlier ones."""
        values = dict(PRESETS[self.preset])
        if self.from_scratch:
            values |= FROM_SCRATCH
        values |= {name: tuple(v) if isinstance(v, list) else v for name, v in self.advanced.items()}
        values.setdefault("threads", self.threads or default_threads())
        phantoms = 0.0 if self.phantom_share <= 0 else self.phantom_share if training_cases else 1.0
        earlier = self.earlier_share * (1 - phantoms) if earlier_cases else 0.0
        shares = {name: share for name, share in ((PHANTOM_GROUP, phantoms), (EARLIER_GROUP, earlier)) if share > 0}
        if shares:
            values["group_shares"] = shares | dict(values.get("group_shares", {}))
        config = TrainingConfig(**values)
        if self.epochs is not None:
            own = 1 - phantoms - earlier
            drawn, share = (training_cases, own) if training_cases and own > 0 else (self.phantom_count, phantoms)
            config.steps = max(1, math.ceil(self.epochs * steps_per_epoch(config, drawn, share)))
        config.warm_up_steps = min(config.warm_up_steps, max(1, config.steps // 5))
        config.validate_every = min(config.validate_every, config.steps)
        config.log_every = min(config.log_every, max(1, config.steps // 30))
        return config


def steps_per_epoch(config: TrainingConfig, count: int, share: float) -> float:
    """Steps in which each of ``count`` cases or phantoms is drawn once on average, where ``share`` of the patches (above
    0) is drawn from them."""
    patches = (1 - config.slab_share) * config.full_batch + config.slab_share * config.slab_batch
    return count / (patches * share)


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def default_threads() -> int:
    """All cores but one, so that the computer stays usable."""
    return max(1, cores() - 1)
