"""Reference cases on disk: a folder with image, labels and the region in which the labels are complete."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..evaluation.scores import CaseScore, score_case
from ..files import list_folder, read_json
from ..schema import check
from ..volume import Volume
from ..volume.read import read_volume
from .case_schema import CASE_SCHEMA

CARD_FILE = "case.json"
OWN_GROUP, PHANTOM_GROUP = "own cases", "phantom"
"""Data sets of cases that name none, and of phantoms (``set`` in case.json)."""


@dataclass(frozen=True)
class RealCase:
    """One reference case. ``valid`` (uint8, on the grid of ``labels``) is 1 where 0 in ``labels`` means 'no disc';
    elsewhere it means 'unknown'; None: valid everywhere. ``incomplete_discs`` are cut by the field of view. ``info`` is
    the whole case.json."""

    name: str
    image: Volume | None
    labels: Volume
    valid: Volume | None
    incomplete_discs: tuple[str, ...]
    levels_certain: bool
    info: dict

    def score(self, prediction: Volume) -> CaseScore:
        """A predicted label map against this reference, as far as the reference is complete."""
        return score_case(
            self.labels,
            prediction,
            valid=self.valid,
            incomplete=self.incomplete_discs,
            levels_certain=self.levels_certain,
            name=self.name,
        )


def is_case_folder(folder: str | Path) -> bool:
    folder = Path(folder)
    return (folder / CARD_FILE).is_file() and (folder / "labels.nii.gz").is_file()


def case_folders(folder: str | Path) -> list[Path]:
    """The case itself, or every case directly in a folder, by name."""
    folder = Path(folder)
    if is_case_folder(folder):
        return [folder]
    return [path for path in list_folder(folder) if path.is_dir() and is_case_folder(path)]


def read_card(folder: str | Path) -> dict[str, Any]:
    """The content of a case's ``case.json``. Raises ``InputError`` where it is missing or does not fit."""
    path = Path(folder) / CARD_FILE
    if not path.is_file():
        raise InputError(f"{folder} has no case.json. Give a folder with image, labels and case.json.")
    info = read_json(path)
    check(info, CASE_SCHEMA, path, "Remove the case or repair the file.")
    return info


def load_real_case(folder: str | Path) -> RealCase:
    """Reads ``image.nii.gz``, ``labels.nii.gz``, ``case.json`` and the valid region they name."""
    folder = Path(folder)
    info = read_card(folder)
    labels = load_labels(folder / "labels.nii.gz")
    image = read_volume(folder / "image.nii.gz")
    if not image.same_grid(labels):
        raise InputError(f"Image and labels of {folder} lie on different grids. Put both on the same grid.")
    return RealCase(
        name=str(info.get("id", folder.name)),
        image=image,
        labels=labels,
        valid=_valid_region(folder, info.get("valid_region"), labels),
        incomplete_discs=tuple(info.get("incomplete_discs", ())),
        levels_certain=not info.get("level_uncertain", False),
        info=info,
    )


def load_labels(path: str | Path) -> Volume:
    """A label map. Raises ``InputError`` where its values are no labels."""
    labels = read_volume(path)
    if np.issubdtype(labels.array.dtype, np.floating):
        if not np.array_equal(labels.array, np.rint(labels.array)):
            raise InputError(f"{path} contains fractions, so it is not a label map. Choose the label map, not the image.")
        labels = labels.with_array(labels.array.astype(np.int32))
    return labels


def load_label_case(path: str | Path) -> RealCase:
    """A reference that is just a label map: complete, without an image."""
    return RealCase(Path(path).name, None, load_labels(path), None, (), True, {})


def _valid_region(folder: Path, region: dict | None, labels: Volume) -> Volume:
    """The mask file, the index box ``box_ijk`` ([first, last] of i, j, k, both inside), or all voxels."""
    if region is None:
        return labels.with_array(np.ones(labels.array.shape, np.uint8))
    if region.get("type") == "mask":
        valid = read_volume(folder / region["file"])
        if not valid.same_grid(labels):
            raise InputError(f"The valid region of {folder} lies on another grid than its labels.")
        return valid
    if region.get("type") == "box":
        array = np.zeros(labels.array.shape, np.uint8)
        array[tuple(slice(first, last + 1) for first, last in reversed(region["box_ijk"]))] = 1
        return labels.with_array(array)
    raise InputError(f"The valid region in {folder / CARD_FILE} is of unknown type {region.get('type')!r}.")
