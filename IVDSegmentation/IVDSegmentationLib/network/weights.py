"""Models: a network's weights with the card that says what they are. One file holds both."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ModelError
from ..files import json_text, plain_json, write_text
from ..formatting import times
from ..resources import resource_path, user_folder
from ..schema import problem
from ..volume import NETWORK_SPACING_MM
from .card_schema import CARD_SCHEMA
from .classes import FINE_CLASSES
from .tensors import read_tensors, write_tensors

if TYPE_CHECKING:
    from torch import nn

ENDING = ".safetensors"
DEFAULT_MODEL = "default"
DEFAULT_NAME = "ivd-discnet"
"""Name of the bundled model that 'default' stands for."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Characters that move the cursor, change colours or the direction of writing."""


@dataclass(frozen=True)
class ModelCard:
    """What a user should know of a model before using it. ``sha256`` is that of the tensors' bytes and names. In the
    file stands ``card_sha256``, too: that of all other entries."""

    name: str
    version: str
    network: str
    arguments: dict[str, Any] = field(default_factory=dict)
    spacing_mm_kji: tuple[float, ...] = NETWORK_SPACING_MM[::-1]
    classes: tuple[str, ...] = FINE_CLASSES
    training_data: str = ""
    metrics: dict[str, Any] = field(default_factory=dict)
    licence: str = ""
    citations: tuple[str, ...] = ()
    intended_use: str = "Research use. Not a medical device."
    limits: str = ""
    created: str = ""
    sha256: str = ""
    level_temperature: float = 1.0


def user_models_folder() -> Path:
    """Where imported and self-trained models are kept; the environment variable IVDSEG_MODELS names another place."""
    chosen = os.environ.get("IVDSEG_MODELS")
    return Path(chosen) if chosen else user_folder() / "models"


def available_models() -> list[ModelCard]:
    """Cards of the bundled models, then of the user's own. Files that cannot be read are passed over."""
    cards = []
    for folder in (resource_path("Models"), user_models_folder()):
        for path in sorted(folder.glob("*" + ENDING)) if folder.is_dir() else ():
            try:
                cards.append(read_card(path))
            except ModelError:
                continue
    return cards


def find_model(name_or_path: str | Path) -> Path:
    """File of a model by name ('default' for the bundled one) or path. Raises ``ModelError`` where there is none."""
    name = DEFAULT_NAME if str(name_or_path) == DEFAULT_MODEL else str(name_or_path)
    if os.sep in name or name.endswith(ENDING):
        path = Path(name)
        if path.is_file():
            return path
        raise ModelError(f"There is no model file '{path}'.")
    for folder in (resource_path("Models"), user_models_folder()):
        if (folder / (name + ENDING)).is_file():
            return folder / (name + ENDING)
    known = ", ".join(card.name for card in available_models()) or "none"
    raise ModelError(f"There is no model named '{name}'. Available: {known}.")


def save_model(network: nn.Module, card: ModelCard, path: Path) -> ModelCard:
    """Writes weights (float16) and card as one file, and the card once more as JSON beside it, for readers."""
    tensors = {
        name: value.detach().cpu().numpy().astype(np.float16 if value.is_floating_point() else np.int64)
        for name, value in network.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    card = replace(card, sha256=_checksum(tensors))
    write_model(tensors, card, path)
    return card


def write_model(tensors: dict[str, np.ndarray], card: ModelCard, path: Path) -> None:
    """Writes both as they are. Raises ``OutputError``."""
    entries = asdict(card)
    text = json_text(entries | {"card_sha256": _card_checksum(entries)})
    write_tensors(tensors, {"card": text}, path)
    write_text(path.with_suffix(".json"), text)


def read_card(path: Path) -> ModelCard:
    """The card inside a model file. Raises ``ModelError`` for a foreign or damaged file."""
    return read_model(path)[1]


def load_model(name_or_path: str | Path) -> tuple[nn.Module, ModelCard]:
    """The network, in evaluation mode, and its card. The weights are checked against the card's SHA-256."""
    import torch

    from .registry import build_network

    path = find_model(name_or_path)
    tensors, card = read_model(path)
    _check_interface(path, card)
    network = build_network(card.network, card.arguments)
    state = {name: torch.from_numpy(array.astype(np.float32)) for name, array in tensors.items()}
    missing = [n for n in network.state_dict() if n not in state and not n.endswith("num_batches_tracked")]
    try:
        network.load_state_dict(state, strict=False)
    except RuntimeError as error:
        raise ModelError(f"The weights in '{path.name}' do not fit the network '{card.network}'.") from error
    if missing or set(state) - set(network.state_dict()):
        raise ModelError(f"The weights in '{path.name}' do not fit the network '{card.network}'.")
    return network.eval(), card


def _check_interface(path: Path, card: ModelCard) -> None:
    """Raises ``ModelError`` where a model wants another input, or gives another output, than this version knows."""
    spacing = NETWORK_SPACING_MM[::-1]
    if len(card.spacing_mm_kji) != 3 or not np.allclose(card.spacing_mm_kji, spacing):
        raise ModelError(
            f"The model '{path.name}' was trained for voxels of {times(card.spacing_mm_kji)} mm (k, j, i); this version "
            f"gives {times(spacing)} mm. Choose another model, or install the version it was made for."
        )
    if tuple(card.classes[:2]) != FINE_CLASSES[:2]:
        raise ModelError(
            f"The first classes of the model '{path.name}' are {', '.join(map(str, card.classes[:2])) or 'missing'}, not "
            f"{', '.join(FINE_CLASSES[:2])}. Choose another model, or install the version it was made for."
        )


def read_model(path: Path) -> tuple[dict[str, np.ndarray], ModelCard]:
    """Tensors and card, both checked. Raises ``ModelError`` for a foreign or damaged file."""
    tensors, metadata = read_tensors(path)
    try:
        entries = json.loads(metadata["card"])
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise ModelError(f"'{path.name}' has no model card of this extension; it comes from another program.") from error
    found = problem(entries, CARD_SCHEMA)
    if found:
        raise ModelError(f"The model card in '{path.name}' cannot be used: {found}. Import the model again.")
    # models before 2.0.0 have no checksum of their card
    if "card_sha256" in entries and entries["card_sha256"] != _card_checksum(entries):
        raise ModelError(f"The model card in '{path.name}' does not match its checksum: the file was changed or damaged.")
    if _checksum(tensors) != entries["sha256"]:
        raise ModelError(f"The weights in '{path.name}' do not match their checksum: the file was changed or damaged.")
    known = {f.name for f in fields(ModelCard)}
    return tensors, ModelCard(**{name: _plain(value) for name, value in entries.items() if name in known})


def _plain(value: Any) -> Any:
    """Texts without control characters: what a stranger's card says goes to terminals. Lists become tuples."""
    if isinstance(value, str):
        return _CONTROL.sub("", value)
    if isinstance(value, list):
        return tuple(map(_plain, value))
    if isinstance(value, dict):
        return {_plain(name): _plain(item) for name, item in value.items()}
    return value


def _card_checksum(entries: dict[str, Any]) -> str:
    """Of all entries but itself, in whatever order and layout they were written."""
    content = {name: value for name, value in entries.items() if name != "card_sha256"}
    return hashlib.sha256(json.dumps(plain_json(content), sort_keys=True).encode()).hexdigest()


def _checksum(tensors: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode() + str(tensors[name].dtype).encode() + str(tensors[name].shape).encode())
        digest.update(np.ascontiguousarray(tensors[name]).tobytes())
    return digest.hexdigest()
