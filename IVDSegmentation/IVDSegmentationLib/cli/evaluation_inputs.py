"""What ``ivdseg evaluate`` compares: reference cases, and the prediction that belongs to each."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from ..files import read_json
from .names import plain_name
from .progress import Progress

if TYPE_CHECKING:
    from ..cases import RealCase
    from ..evaluation.conventions import LabelMap
    from ..volume import Volume

LABEL_PATTERNS = ("*.nii.gz", "*.nii", "*.nrrd", "*.mha")


@dataclass(frozen=True)
class Reference:
    """``load``: reads the case; its labels have our values then. The second item says how they were read."""

    name: str
    load: Callable[[], tuple[RealCase, LabelMap]]


Predict = Callable[[str, "RealCase", Progress], "LabelMap | None"]
"""(name, case, progress) -> the predicted label map, None where there is none."""


def references_of(folder: Path, split: str | None, convention: str) -> list[Reference]:
    """The references in a folder (case folders, or label maps), or the one in a file."""
    from ..cases import case_folders

    if not folder.exists():
        raise InputError(f"{folder} does not exist. Check the path of the references.")
    if folder.is_file():
        if split:
            raise InputError("--split needs a folder of cases as REFERENCES.")
        return [Reference(plain_name(folder), partial(_load_file, [folder], convention))]
    found = [Reference(one.name, partial(_load_case, one, convention)) for one in case_folders(folder)]
    if not found:
        found = [Reference(name, partial(_load_file, paths, convention)) for name, paths in sorted(_label_maps(folder).items())]
    if not found:
        raise InputError(f"{folder} holds no reference: no case folders and no label maps. Check the path.")
    if split:
        wanted = _split_names(folder, split)
        found = [one for one in found if one.name in wanted]
        if not found:
            raise InputError(f"No case of the split '{split}' lies in {folder}. Check splits.json.")
    return found


def stored_predictions(path: Path, convention: str, *, alone: bool) -> Predict:
    """Label maps on disk. ``alone``: there is one reference only, so that one file may belong to it."""
    if not path.exists():
        raise InputError(f"{path} does not exist. Check the path of the predictions.")
    single = path if path.is_file() else None
    if single is None and alone and (path / "labels.nii.gz").is_file():
        single = path / "labels.nii.gz"
    if single is not None and not alone:
        raise InputError(f"{path} is one label map, but there are several references. Give a folder.")
    stored = {} if single is not None else _label_maps(path)

    def predict(name: str, case: RealCase, progress: Progress) -> LabelMap | None:
        paths = [single] if single is not None else stored.get(name)
        return _read(paths, convention, case.labels) if paths else None

    return predict


def model_predictions(args: argparse.Namespace) -> Predict:
    """What a model finds in the references' images."""
    segmenter = None

    def predict(name: str, case: RealCase, progress: Progress) -> LabelMap | None:
        from ..evaluation.conventions import LabelMap

        nonlocal segmenter
        if case.image is None:
            raise InputError(f"The reference {name} has no image to segment. Give PREDICTIONS and REFERENCES.")
        if segmenter is None:
            progress("load")
            from ..segmentation.pipeline import Segmenter

            segmenter = Segmenter(args.model, args.device, args.threads)
        return LabelMap(segmenter.segment(case.image, progress=progress).labels)

    return predict


def _load_case(folder: Path, convention: str) -> tuple[RealCase, LabelMap]:
    from ..cases import load_real_case
    from ..evaluation.conventions import with_our_values

    case = load_real_case(folder)
    read = with_our_values(case.labels, convention, str(folder / "labels.nii.gz"))
    return replace(case, labels=read.labels), read


def _load_file(paths: list[Path], convention: str) -> tuple[RealCase, LabelMap]:
    from ..cases import RealCase

    read = _read(paths, convention, None)
    return RealCase(paths[0].name, None, read.labels, None, (), True, {}), read


def _read(paths: list[Path], convention: str, grid: Volume | None) -> LabelMap:
    """A label map; Slicer's segmentations by the names and codes of their segments, laid onto the reference's grid."""
    from ..cases import load_labels
    from ..cases.labelmaps import SEGMENTATION_ENDING, laid_onto, read_segmentation
    from ..evaluation.conventions import LabelMap, with_our_values

    if len(paths) > 1:
        names = " and ".join(path.name for path in paths)
        raise InputError(f"{names} in {paths[0].parent} have the same name. Keep one of them, or give the files by name.")
    (path,) = paths
    if not path.name.lower().endswith(SEGMENTATION_ENDING):
        return with_our_values(load_labels(path), convention, str(path))
    labels = read_segmentation(path)
    title = "Slicer segmentations (by the names and codes of their segments)"
    return LabelMap(labels if grid is None else laid_onto(labels, grid), title)


def _label_maps(folder: Path) -> dict[str, list[Path]]:
    """Name -> label maps of that name, for both layouts of a folder. More than one is an error of that name alone."""
    found = {one.parent.name: [one] for one in sorted(folder.glob("*/labels.nii.gz")) if not one.parent.name.startswith(".")}
    for path in sorted(path for pattern in LABEL_PATTERNS for path in folder.glob(pattern)):
        name = plain_name(path)
        if not path.name.startswith(".") and (folder / name / "labels.nii.gz") not in found.get(name, ()):
            found.setdefault(name, []).append(path)
    return found


def _split_names(references: Path, split: str) -> set[str]:
    path = references / "splits.json"
    try:
        splits = read_json(path)
    except InputError as error:
        raise InputError(f"--split needs {path}: {error}") from error
    names = splits.get(split) if isinstance(splits, dict) else None
    if not isinstance(names, list):
        known = ", ".join(key for key, value in splits.items() if isinstance(value, list)) if isinstance(splits, dict) else ""
        raise InputError(f"{path} has no split '{split}'. It has: {known or 'none'}.")
    return set(names)
