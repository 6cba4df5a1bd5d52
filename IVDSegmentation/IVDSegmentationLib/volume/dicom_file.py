"""Which files are DICOM files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_FIRST_GROUPS = (b"\x02\x00", b"\x08\x00")
_FIRST_KINDS = (b"UL", b"OB", b"UI", b"CS", b"SH", b"LO", b"DA", b"TM")
"""Files without the 128 bytes of preamble begin with group 0002, or with 0008 where that is left out as well, and give the
kind of the first element in two letters."""


def is_dicom_file(path: Path) -> bool:
    """By its content: 'DICM' after the preamble, or the first groups without one; else by its ending."""
    try:
        with open(path, "rb") as file:
            head = file.read(132)
    except OSError:
        return False
    if head[128:132] == b"DICM" or (head[:2] in _FIRST_GROUPS and head[4:6] in _FIRST_KINDS):
        return True
    return path.suffix.lower() in (".dcm", ".ima")


def files_of_folder(folder: Path, nested: bool) -> Iterator[Path]:
    """The DICOM files of a folder, and of its subfolders where ``nested``, by name."""
    for root, folders, names in os.walk(folder, onerror=_raise):
        folders.sort()
        for name in sorted(names):
            path = Path(root, name)
            if name.upper() != "DICOMDIR" and is_dicom_file(path):
                yield path
        if not nested:
            break


def _raise(error: OSError) -> None:
    raise error
