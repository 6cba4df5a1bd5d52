"""A lock of the operating system on a folder: one process at a time, and free again the moment that process is gone."""

from __future__ import annotations

import os
import time
import weakref
from pathlib import Path
from types import TracebackType

from .errors import OutputError
from .files import reason_of

LOCK_NAME = ".lock"
PROBE_SECONDS = 0.05
PROBES = 10
"""So often, half a second in all, a lock is asked for before it counts as taken."""
_held: weakref.WeakSet[FolderLock] = weakref.WeakSet()


class FolderLock:
    """Holds a folder, or the part of it that ``name`` stands for, for this process. A kill, a crash or a power cut frees it,
    because the system does; the file that stays behind means nothing.

    Raises ``OutputError`` with ``taken`` where another process holds the folder, or where the lock file cannot be created.
    """

    def __init__(self, folder: str | Path, taken: str, name: str = LOCK_NAME) -> None:
        self._path, self._taken = Path(folder) / name, taken
        self._descriptor: int | None = None

    def __enter__(self) -> FolderLock:
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise OutputError(f"{self._path} could not be written: {reason_of(error)}") from error
        _held.add(self)
        try:
            _lock_or_wait(self._descriptor)
        except OSError as error:
            self._close()
            raise OutputError(self._taken) from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._close()

    @property
    def still_ours(self) -> bool:
        """Whether the lock's file is still the one that we hold: False after somebody removed it, as tidying up does while a
        laptop sleeps."""
        if self._descriptor is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._descriptor), os.stat(self._path))
        except OSError:
            return False

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)  # which frees the lock
            self._descriptor = None


def is_held(folder: str | Path, name: str = LOCK_NAME) -> bool:
    """Whether some process holds the folder."""
    try:
        descriptor = os.open(Path(folder) / name, os.O_RDWR)
    except OSError:  # no lock file: nobody has ever held it
        return False
    try:
        _lock(descriptor)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _close_in_child() -> None:
    """A forked child has the lock's file open, too, and would keep the folder after its parent was killed."""
    for lock in list(_held):
        lock._close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_in_child)


def _lock_or_wait(descriptor: int) -> None:
    """``is_held`` of another process has the lock for less than a millisecond, or until a busy machine lets it go on: that is
    no reason to refuse."""
    for _probe in range(PROBES - 1):
        try:
            return _lock(descriptor)
        except OSError:
            time.sleep(PROBE_SECONDS)
    return _lock(descriptor)


def _lock(descriptor: int) -> None:
    """Raises ``OSError`` where another process holds the lock."""
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
