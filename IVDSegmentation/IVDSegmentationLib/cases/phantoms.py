"""Phantoms as cases: in the same folders, with the same case.json, as scans."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..anatomy import LEVEL_BY_LABEL
from ..files import whole_folder, write_json
from ..synthesis import Phantom
from ..volume.write import write_volume
from .folder import PHANTOM_GROUP, RealCase


def write_phantom(phantom: Phantom, folder: Path) -> dict[str, Any]:
    """Writes image, labels and case.json, whole or not at all; returns what case.json holds. Raises ``OutputError``."""
    card = _card(phantom, folder.name)
    with whole_folder(folder) as new:
        write_volume(phantom.image, new / "image.nii.gz")
        write_volume(phantom.labels, new / "labels.nii.gz")
        write_json(new / "case.json", card)
    return card


def phantom_case(phantom: Phantom, name: str) -> RealCase:
    """The case that ``write_phantom`` would make readable, without a folder. Its labels are complete everywhere."""
    card = _card(phantom, name)
    return RealCase(name, phantom.image, phantom.labels, None, tuple(card["incomplete_discs"]), True, card)


def _card(phantom: Phantom, name: str) -> dict[str, Any]:
    return {"id": name, "set": PHANTOM_GROUP, **phantom.description, "incomplete_discs": _cut_off(phantom)}


def _cut_off(phantom: Phantom) -> list[str]:
    """Levels of discs that the field of view cuts above or below, as far as the phantom tells."""
    seen = phantom.description.get("discs_in_view", [])
    whole = phantom.description.get("whole_discs", seen)
    return [LEVEL_BY_LABEL[label].name for label in seen if label not in whole]
