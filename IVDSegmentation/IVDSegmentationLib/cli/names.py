"""The inputs on the command line, and the name of each one's output folder."""

from __future__ import annotations

import glob
from collections import Counter
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from ..errors import InputError

_ENDINGS = (".nii.gz", ".seg.nrrd", ".seq.nrrd", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd", ".hdr", ".dcm", ".ima")


def expand_inputs(patterns: Sequence[str]) -> list[Path]:
    """Paths of the inputs; patterns with * ? [ are expanded where the shell has not done it (Windows)."""
    paths: list[Path] = []
    for pattern in patterns:
        if Path(pattern).exists() or not glob.has_magic(pattern):
            paths.append(Path(pattern))
            continue
        found = sorted(glob.glob(pattern))
        if not found:
            raise InputError(f"No file matches '{pattern}'. Check the pattern.")
        paths += [Path(one) for one in found]
    return paths


def plain_name(path: Path) -> str:
    """The file name without its endings, or the folder's name."""
    name = path.resolve().name if path.name in ("", "..") else path.name  # '..' would lead out of the output folder
    if not path.is_dir():
        for ending in _ENDINGS:
            if name.lower().endswith(ending) and len(name) > len(ending):
                return name[: -len(ending)]
    return name


def output_names(paths: Sequence[Path]) -> list[str]:
    """A name for each input, all different. Inputs that share one are named by the folder they lie in, where that makes them
    different (exam1/t2.nii.gz and exam2/t2.nii.gz: exam1, exam2), else numbered."""
    names = [plain_name(path) for path in paths]
    keys = [name.casefold() for name in names]  # some disks do not distinguish A from a
    for key in [key for key, times in Counter(keys).items() if times > 1]:
        same = [n for n, other in enumerate(keys) if other == key]
        folders = [paths[n].resolve().parent.name for n in same]
        wanted = {folder.casefold() for folder in folders}
        apart = len(wanted) == len(folders) and "" not in wanted and wanted.isdisjoint(keys)
        for n, folder in zip(same, folders):
            names[n] = folder if apart else _unused(names[n], keys)
            keys[n] = names[n].casefold()
    return names


def _unused(name: str, taken: Sequence[str]) -> str:
    """The name with the first number that makes it new."""
    return next(new for number in count(1) if (new := f"{name}_{number}").casefold() not in taken)
