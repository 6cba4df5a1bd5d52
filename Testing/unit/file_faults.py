"""Makes the n-th file operation fail, for tests that try every n (as SQLite's tests do).

Operations are counted by Python's audit events, so no call can be forgotten: opening, creating, renaming, linking, removing
and listing, of files below one folder. What C++ libraries do with files is not seen.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from IVDSegmentationLib.files import exchange

_EVENTS = {
    *("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.scandir", "os.listdir"),
    *("os.chmod", "os.truncate", "os.utime"),
}


class _Faults:
    """``fail_at``: number of the operation below ``root`` that fails; ``for_good``: all that follow fail, too (a disk that
    is full or gone), else this one only."""

    def __init__(self) -> None:
        self.root = ""
        self.fail_at, self.for_good = 0, False
        self.count = 0

    def operation(self, path: object) -> None:
        if not self.root or not isinstance(path, (str, bytes, os.PathLike)):
            return
        if not os.fsdecode(path).startswith(self.root):
            return
        self.count += 1
        if self.count == self.fail_at or (self.for_good and self.count > self.fail_at):
            raise OSError(errno.ENOSPC if self.count % 2 else errno.EIO, "fault of the test", os.fsdecode(path))


_faults = _Faults()
_installed = False


def _hook(event: str, arguments: tuple) -> None:
    if event in _EVENTS and _faults.root:
        _faults.operation(arguments[0])


@contextmanager
def failing_operation(root: Path, number: int, for_good: bool) -> Iterator[_Faults]:
    """Within the block, file operation ``number`` below ``root`` fails."""
    global _installed
    if not _installed:
        sys.addaudithook(_hook)
        _installed = True
    find_swap = exchange._swap

    def find_failing_swap() -> Callable[[bytes, bytes], None]:
        swap = find_swap()

        def swap_or_fail(a: bytes, b: bytes) -> None:  # a system call that sends no event
            _faults.operation(b)
            swap(a, b)

        return swap_or_fail

    _faults.root, _faults.fail_at, _faults.for_good, _faults.count = str(root), number, for_good, 0
    exchange._swap = find_failing_swap
    try:
        yield _faults
    finally:
        _faults.root = ""
        exchange._swap = find_swap


def try_every_fault(make: Callable[[int], Path], act: Callable[[Path], object], check: Callable[[Path, bool], None]) -> int:
    """Calls ``act`` once for each of its file operations, that one failing, and once more for each, failing for good.

    ``make`` gives a new folder in its first state (for a number, to name it by); ``check`` is told the folder and whether
    ``act`` claimed to have succeeded. An error that is not an ``IVDError`` ends the test. Returns how many faults were tried.
    """
    from IVDSegmentationLib.errors import IVDError

    tried = 0
    for for_good in (False, True):
        number = 1
        while True:
            folder = make(tried)
            with failing_operation(folder, number, for_good) as faults:
                try:
                    act(folder)
                    succeeded = True
                except IVDError as error:
                    succeeded = False
                    assert str(error).endswith((".", ")")) and "Traceback" not in str(error), error
            try:
                check(folder, succeeded)
            except AssertionError as error:
                raise AssertionError(f"after the failure of operation {number}{' and all later ones' * for_good}") from error
            tried += 1
            if faults.count < number:
                break  # there is no operation of this number
            number += 1
    return tried
