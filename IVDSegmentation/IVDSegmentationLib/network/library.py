"""The user's models: put in, taken out as one file, never overwritten."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

from ..errors import ModelError
from ..files import atomic_file, make_folder
from .weights import (
    DEFAULT_MODEL,
    ENDING,
    ModelCard,
    available_models,
    find_model,
    load_model,
    read_card,
    read_model,
    user_models_folder,
    write_model,
)


def check_model(path: str | Path) -> ModelCard:
    """The card of a model file that can be used. Raises ``ModelError`` with the reason otherwise: foreign, cut short,
    changed, of an unknown kind, weights that do not fit or are no numbers."""
    path = Path(path)
    network, card = load_model(path if path.is_absolute() else path.resolve())
    for name, value in network.state_dict().items():
        if value.is_floating_point() and not bool(value.isfinite().all()):
            raise ModelError(
                f"The weights in '{path.name}' contain values that are not numbers ({name}): the training failed. Train the "
                "model again."
            )
    return card


def install_model(path: str | Path, name: str = "") -> ModelCard:
    """Puts a model file into the list of models, under its own name or ``name``; where that is taken by another model, a
    number is added. Nothing is ever overwritten. The same model is not put in twice."""
    path = Path(path)
    card = check_model(path)
    wanted = plain_model_name(name or card.name)
    for other in available_models():
        if other.sha256 == card.sha256 and (not name or other.name == wanted):
            return other
    final = unused_model_name(wanted)
    card = replace(card, name=final)
    tensors, _ = read_model(path)
    write_model(tensors, card, make_folder(user_models_folder()) / (final + ENDING))
    return card


def export_model(name_or_path: str | Path, target: str | Path) -> Path:
    """One file with weights, card and checksum, to be given away. Returns its path."""
    source = find_model(name_or_path)
    read_card(source)  # a damaged one is not passed on
    target = Path(target)
    if target.is_dir():
        target = target / source.name
    if not target.name.endswith(ENDING):
        target = target.with_name(target.name + ENDING)
    with atomic_file(target) as temporary:
        shutil.copyfile(source, temporary)
    return target


def plain_model_name(name: str) -> str:
    """A name that can be a file's."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-._")[:60] or "model"


def unused_model_name(wanted: str) -> str:
    taken = {card.name for card in available_models()} | {DEFAULT_MODEL}
    folder = user_models_folder()
    number, name = 2, wanted
    while name in taken or (folder / (name + ENDING)).exists():
        name, number = f"{wanted}-{number}", number + 1
    return name
