"""A new folder takes the place of an old one in one step, where the operating system can do that."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

BEFORE = "-before"
"""Ending of the earlier folder's hidden name while two renames put the new one in its place."""
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # linux/fs.h
_RENAME_SWAP = 2  # sys/stdio.h of macOS
_UNABLE = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP)
"""What an old kernel or a disk without this operation answers."""
_TRIES, _PAUSE_S = 5, 0.1
"""Windows: a virus scanner or indexer that has just seen the new files holds them for a moment."""


def exchange_folders(new: Path, folder: Path) -> None:
    """Renames ``new`` to ``folder``; an earlier ``folder`` is called ``new`` afterwards. Raises ``OSError``; then both are
    as they were. ``FileExistsError``: ``folder`` was created in between; try again.

    Linux and macOS swap the two names in one operation. Elsewhere, and on disks that cannot (NFS, FAT), two renames do
    it: a process that is killed between them leaves both folders complete under hidden names.
    """
    if not folder.exists():
        try:
            _renamed(new, folder)
        except OSError as error:
            if folder.exists():  # another process has just created it
                raise FileExistsError(errno.EEXIST, "exists", str(folder)) from error
            raise
        return
    try:
        _swap()(os.fsencode(new), os.fsencode(folder))
    except NotImplementedError:
        _swap_by_renaming(new, folder)


def _swap() -> Callable[[bytes, bytes], None]:
    """The system's operation that swaps two names."""
    library = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
    if sys.platform.startswith("linux") and hasattr(library, "renameat2"):
        return lambda a, b: _called(library.renameat2(_AT_FDCWD, a, _AT_FDCWD, b, _RENAME_EXCHANGE), b)  # type: ignore[union-attr]
    if sys.platform == "darwin" and hasattr(library, "renamex_np"):
        return lambda a, b: _called(library.renamex_np(a, b, _RENAME_SWAP), b)  # type: ignore[union-attr]
    return _not_there


def _not_there(a: bytes, b: bytes) -> None:
    raise NotImplementedError


def _called(status: int, path: bytes) -> None:
    number = ctypes.get_errno()
    if status == 0:
        return
    if number in _UNABLE:
        raise NotImplementedError
    raise OSError(number, os.strerror(number), os.fsdecode(path))


def _swap_by_renaming(new: Path, folder: Path) -> None:
    aside = new.with_name(new.name + BEFORE)
    _renamed(folder, aside)
    try:
        _renamed(new, folder)
    except OSError:
        os.rename(aside, folder)
        raise
    with suppress(OSError):  # the new folder is in its place; the next run removes the old one
        os.rename(aside, new)


def _renamed(source: Path, target: Path) -> None:
    for left in reversed(range(_TRIES)):
        try:
            os.rename(source, target)
            return
        except PermissionError:
            if os.name != "nt" or not left:
                raise
            time.sleep(_PAUSE_S)
