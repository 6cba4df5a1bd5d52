"""What the operating system's errors mean, as sentences for the user."""

from __future__ import annotations

import errno
from pathlib import Path

from ..errors import InputError, OutputError

_SHARING_VIOLATION = 32
"""Windows: another program has the file open and does not let others replace it (Excel does)."""


def has_plain_name(path: str | Path) -> bool:
    """Whether a path is text. A name in bytes that are not UTF-8 (old disks, foreign archives) ends the whole process
    when it is handed to ITK."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def make_folder(path: str | Path) -> Path:
    """The folder, created with its parents if it is missing. Raises ``OutputError``."""
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise OutputError(f"{path} is a file, not a folder. Choose another output folder.") from None
    except OSError as error:
        raise OutputError(f"The folder {path} could not be created: {reason_of(error)}") from error
    return path


def list_folder(path: str | Path) -> list[Path]:
    """What lies in a folder, by name, without hidden files. Raises ``InputError``."""
    path = Path(path)
    try:
        return sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"The folder {path} cannot be read: {reason}. Check the disk and the path.") from error


def is_in_use(error: OSError) -> bool:
    """Whether another program keeps the file open and thereby blocks it."""
    return getattr(error, "winerror", None) == _SHARING_VIOLATION or error.errno in (errno.EBUSY, errno.ETXTBSY)


def reason_of(error: OSError) -> str:
    """What the error means, and what to do."""
    if is_in_use(error):
        return "it is in use: open in another program, or a mount point. Close it there or choose another folder."
    if error.errno == errno.EXDEV:
        return "this disk cannot replace the folder as a whole. Choose another folder."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full. Free some space or choose another folder."
    if error.errno == errno.EFBIG:
        return "the file would be larger than this disk allows. Choose another folder."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "writing there is not allowed. Choose another folder or change its permissions."
    if error.errno == errno.ENOENT:
        return "its folder does not exist. Create the folder first."
    if error.errno == errno.ENOTDIR:
        return "part of the path is a file, not a folder. Choose another folder."
    if error.errno == errno.EISDIR:
        return "a folder of that name is in the way. Rename it or choose another folder."
    if error.errno == errno.ENAMETOOLONG:
        return "the name is too long. Choose a shorter one."
    return f"{error.strerror or error}. Check the disk and the folder."
