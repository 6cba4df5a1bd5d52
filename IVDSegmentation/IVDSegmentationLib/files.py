"""Files that are there whole or not at all: written under a temporary name, then renamed."""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import OutputError


def has_plain_name(path: str | Path) -> bool:
    """Whether a path is text. A name in bytes that are no UTF-8 (old disks, foreign archives) ends the whole process when
    it is handed to ITK."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def atomic_file(path: str | Path) -> Iterator[Path]:
    """Gives a temporary name in the folder of ``path``; what is written there gets its final name when the block ends
    well, and is removed when it does not. A file of that name that was there before stays as it was until then.

    The temporary name keeps all endings (``.nii.gz``), because writers choose the format by them. Raises
    ``OutputError`` where the system refuses (disk full, no permission).
    """
    path = Path(path)
    temporary = path.with_name(f".{uuid.uuid4().hex[:8]}-{path.name}")
    try:
        yield temporary
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())  # a rename must not overtake the data
        os.replace(temporary, path)
    except OSError as error:
        raise OutputError(f"{path} could not be written: {reason_of(error)}") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Writes a text file (UTF-8), whole or not at all."""
    with atomic_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def make_folder(path: str | Path) -> Path:
    """The folder, made with its parents where it was missing."""
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise OutputError(f"{path} is a file, not a folder. Choose another output folder.") from None
    except OSError as error:
        raise OutputError(f"The folder {path} could not be made: {reason_of(error)}") from error
    return path


def reason_of(error: OSError) -> str:
    """What the system's error means, and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full. Free some space or choose another folder."
    if error.errno == errno.EFBIG:
        return "the file would be larger than this disk allows. Choose another folder."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "writing there is not allowed. Choose another folder or change its permissions."
    if error.errno == errno.ENOENT:
        return "its folder does not exist. Make the folder first."
    if error.errno == errno.ENOTDIR:
        return "part of the path is a file, not a folder. Choose another folder."
    if error.errno == errno.EISDIR:
        return "a folder of that name is in the way. Rename it or choose another folder."
    if error.errno == errno.ENAMETOOLONG:
        return "the name is too long. Choose a shorter one."
    return f"{error.strerror or error}. Check the disk and the folder."
