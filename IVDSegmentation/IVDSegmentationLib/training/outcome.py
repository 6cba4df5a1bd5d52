"""The end of a run: which weights to keep, what the card says, and old against new."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import nn

from .. import __version__
from ..evaluation.cases import RealCase
from ..evaluation.cases import load_real_case as read_real_case
from ..network.weights import ModelCard
from .judge import EARLIER_SET, PHANTOM_SET, VALIDATION_SET, judge, write_judgement
from .plan import TrainingPlan
from .runfolder import RunFolder
from .store import TRAINING, VALIDATION, CaseRecord, list_cases
from .validation import Validation

BLENDS = (1.0, 0.75, 0.5)
"""Shares of the new weights that are tried in the end."""
_NOTABLE = 1e-4


def blended(new: dict[str, torch.Tensor], old: dict[str, torch.Tensor], share: float) -> dict[str, torch.Tensor]:
    """``share`` of the new weights and the rest of the old ones. A fine-tuned network and its start lie in one valley;
    points between them keep more of the old than they lose of the new (Wortsman et al. 2022, robust fine-tuning)."""
    if share >= 1:
        return new
    return {name: v * share + old[name] * (1 - share) if v.is_floating_point() else v for name, v in new.items()}


def choose_blend(
    network: nn.Module,
    weights: dict[str, torch.Tensor],
    start: dict[str, torch.Tensor],
    wanted: float | None,
    validate: Validation | None,
    report: Callable[[dict], None],
) -> tuple[float, dict[str, float]]:
    """Loads the weights to keep into the network; returns the share of new ones and the validation's figures with it.

    Without a ``wanted`` share the one with the best Dice is taken, each set of cases weighing the same: the phantoms among
    them stand for what was known before.
    """
    shares = BLENDS if wanted is None and validate is not None else (wanted or 1.0,)
    best: tuple[float, float, dict[str, float]] = (-1.0, shares[0], {})
    for share in shares:
        network.load_state_dict(blended(weights, start, share))
        figures = validate(network.eval()) if validate is not None else {}
        groups = [value for name, value in figures.items() if name.startswith("dice ")]
        score = sum(groups) / len(groups) if groups else 0.0
        if score > best[0] + _NOTABLE:
            best = (score, share, figures)
        report({"share": share} | figures)
    network.load_state_dict(blended(weights, start, best[1]))
    network.eval()
    return best[1], best[2]


def new_card(
    plan: TrainingPlan, parent: ModelCard | None, step: int, share: float, figures: dict[str, float]
) -> ModelCard:
    """What the new model is, in words; licence, citations and limits come from the model it starts from."""
    records = plan.records()
    training, validation = (sum(r.role == role for r in records) for role in (TRAINING, VALIDATION))
    start = f"fine-tuned from {parent.name} {parent.version}" if parent else "trained from scratch"
    words = (
        f"{start} on {training} own cases ({validation} for validation) and {plan.phantom_count} phantoms, {step} steps; "
        f"{100 * share:.0f} % new weights. IVDSegmentation {__version__}."
    )
    base = parent or ModelCard("", "", plan.network, plan.network_arguments)
    return replace(
        base,
        name=plan.model_name,
        version=time.strftime("%Y.%m.%d"),
        training_data=f"{base.training_data} Then {words}" if base.training_data else words[0].upper() + words[1:],
        metrics={name: round(float(value), 4) for name, value in figures.items()},
        created=time.strftime("%Y-%m-%d"),
        limits=base.limits or "Known only on the cases it was judged by.",
    )


def compare(
    plan: TrainingPlan,
    parent: ModelCard | None,
    folder: RunFolder,
    validation: Sequence[CaseRecord],
    checks: Sequence[RealCase],
    device: str,
    threads: int | None,
    progress: Callable[[int, int, str], None],
) -> None:
    """Writes the judgement of the folder's model against the one it started from (the bundled one, from scratch)."""
    places = {
        VALIDATION_SET: [r.folder for r in validation],
        EARLIER_SET: [r.folder for place in plan.earlier_cases for r in list_cases(place) if r.role == VALIDATION],
    }
    sets: dict[str, Sequence] = {
        name: [lambda path=path: read_real_case(path) for path in paths] for name, paths in places.items() if paths
    }
    if checks:
        sets[PHANTOM_SET] = checks
    if not sets:
        return
    names = (parent.name if parent else "bundled model", plan.model_name)
    if names[0] == names[1]:
        names = (f"{names[0]} (old)", f"{names[1]} (new)")
    old = "default" if parent is None else plan.start_from
    result = judge(
        old,
        folder.model,
        sets,
        names=names,
        device=device,
        threads=threads,
        pictures=folder.pictures,
        progress=progress,
    )
    write_judgement(result, folder.judgement, folder.judgement_text)
