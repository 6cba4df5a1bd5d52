"""What a training starts from: its cases, read and checked, and its network."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import nn

from ..cases.checks import check_pair
from ..cases.folder import load_real_case as read_real_case
from ..cases.store import CaseRecord, checksum
from ..errors import InputError, IVDError
from ..network.registry import build_network
from ..network.weights import ModelCard, load_model
from ..runs.plan import TrainingPlan
from .cases import TrainingCase, training_case_of


def load_cases(records: Sequence[CaseRecord], check: Callable[[], None] = lambda: None) -> list[TrainingCase]:
    """Reads and checks the cases; ``check`` is called before each and may raise to stop.

    Raises ``InputError`` naming the one that cannot be used, or two that are the same scan
    on both sides of the split."""
    cases: list[TrainingCase] = []
    seen: dict[str, CaseRecord] = {}
    for record in records:
        check()
        try:
            case = read_real_case(record.folder)
            check_pair(case.image, case.labels)  # type: ignore[arg-type]
        except IVDError as error:
            raise InputError(f"The case {record.id} cannot be used: {error} Or leave this case out.") from error
        digest = checksum(case.image)  # type: ignore[arg-type]
        same_scan = seen.setdefault(digest, record)
        if same_scan.role != record.role:
            raise InputError(
                f"{same_scan.id} ({same_scan.role}) and {record.id} ({record.role}) are the same scan. Leave one of them out."
            )
        cases.append(training_case_of(case))
    return cases


def start_network(plan: TrainingPlan, seed: int) -> tuple[nn.Module, ModelCard | None]:
    """The network to train and the card of the model it starts from, None from scratch."""
    if plan.from_scratch:
        torch.manual_seed(seed)
        return build_network(plan.network, _as_arguments(plan.network_arguments)), None
    network, card = load_model(plan.start_from)
    return network, card


def _as_arguments(arguments: dict) -> dict:
    return {name: tuple(v) if isinstance(v, list) else v for name, v in arguments.items()}
