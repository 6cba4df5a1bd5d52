"""The end of a run: which weights to keep, what the card says, and old against new."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import nn

from .. import __version__
from ..cases.folder import RealCase
from ..cases.folder import load_real_case as read_real_case
from ..cases.store import TRAINING, VALIDATION, CaseRecord
from ..network.weights import ModelCard
from ..runs.folder import RunFolder
from ..runs.plan import EARLIER_GROUP, TrainingPlan
from .judge import PHANTOM_SET, VALIDATION_SET, judge, write_judgement
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


@dataclass(frozen=True)
class Candidate:
    """Weights of a step, of which a ``share`` is mixed with those that the run started from."""

    step: int
    weights: dict[str, torch.Tensor]
    share: float = 1.0


def candidates_of(best: Candidate, last: Candidate, fine_tuned: bool, wanted: float | None) -> list[Candidate]:
    """What to choose from: the best of the validations and, when fine-tuning, the last weights mixed with the old ones."""
    if not fine_tuned:
        return [best]
    if wanted is not None:
        return [replace(best, share=wanted)]
    mixed = [replace(last, share=share) for share in BLENDS]
    return [best, *(one for one in mixed if (one.step, one.share) != (best.step, best.share))]


def choose_weights(
    network: nn.Module,
    candidates: Sequence[Candidate],
    start: dict[str, torch.Tensor],
    validate: Validation | None,
    report: Callable[[dict], None],
    check: Callable[[], None] = lambda: None,
) -> tuple[Candidate, dict[str, float]]:
    """Loads the best candidate into the network; returns it with the validation's figures. Each set of cases weighs the
    same: the phantoms among them stand for what was known before. Without a validation it is the first."""
    best: tuple[float, Candidate, dict[str, float]] = (-1.0, candidates[0], {})
    for candidate in candidates if validate is not None else ():
        network.load_state_dict(blended(candidate.weights, start, candidate.share))
        figures = validate(network.eval(), check)  # type: ignore[misc]
        groups = [value for name, value in figures.items() if name.startswith("dice ")]
        score = sum(groups) / len(groups)
        if score > best[0] + _NOTABLE:
            best = (score, candidate, figures)
        report({"of_step": candidate.step, "share": candidate.share} | figures)
    network.load_state_dict(blended(best[1].weights, start, best[1].share))
    network.eval()
    return best[1], best[2]


def new_card(plan: TrainingPlan, parent: ModelCard | None, chosen: Candidate, figures: dict[str, float]) -> ModelCard:
    """What the new model is, in words; licence, citations and limits come from the model it starts from."""
    records = plan.records()
    training, validation = (sum(r.role == role for r in records) for role in (TRAINING, VALIDATION))
    start = f"fine-tuned from {parent.name} {parent.version}" if parent else "trained from scratch"
    words = (
        f"{start} on {training} own cases ({validation} for validation) and {plan.phantom_count} phantoms, {chosen.step} "
        f"steps; {100 * chosen.share:.0f} % new weights. IVDSegmentation {__version__}."
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
        EARLIER_GROUP: [r.folder for r in plan.earlier_records(VALIDATION)],
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
