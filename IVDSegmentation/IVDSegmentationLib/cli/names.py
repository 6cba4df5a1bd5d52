"""Which inputs are meant, and the name of each one's output folder."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError

_ENDINGS = (".nii.gz", ".seg.nrrd", ".seq.nrrd", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd", ".hdr", ".dcm", ".ima")


def expand_inputs(words: Sequence[str]) -> list[Path]:
    """Paths of the inputs; patterns with * ? [ are expanded where the shell has not done it (Windows)."""
    paths: list[Path] = []
    for word in words:
        if Path(word).exists() or not glob.has_magic(word):
            paths.append(Path(word))
            continue
        found = sorted(glob.glob(word))
        if not found:
            raise InputError(f"No file fits '{word}'. Check the pattern.")
        paths += [Path(one) for one in found]
    return paths


def plain_name(path: Path) -> str:
    """The file name without its endings, or the folder's name."""
    name = path.name or path.resolve().name
    if not path.is_dir():
        for ending in _ENDINGS:
            if name.lower().endswith(ending) and len(name) > len(ending):
                return name[: -len(ending)]
    return name


def output_names(paths: Sequence[Path]) -> list[str]:
    """A name for each input, all different. Inputs that share one are named by the folder they lie in, as far as that
    tells them apart (exam1/t2.nii.gz and exam2/t2.nii.gz: exam1, exam2), else numbered."""
    names = [plain_name(path) for path in paths]
    for name in {name for name in names if names.count(name) > 1}:
        same = [n for n, other in enumerate(names) if other == name]
        folders = [paths[n].resolve().parent.name for n in same]
        taken = {other for n, other in enumerate(names) if n not in same}
        apart = len(set(folders)) == len(folders) and all(folders) and not taken.intersection(folders)
        for number, (n, folder) in enumerate(zip(same, folders), 1):
            names[n] = folder if apart else f"{name}_{number}"
    return names
