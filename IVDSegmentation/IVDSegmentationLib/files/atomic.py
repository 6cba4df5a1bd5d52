"""Files and folders that change as a whole: what was there before, or the new content, never a part of it.

New content is written under a temporary name beside its final one and renamed when it is complete. A process that is
killed leaves its temporary files behind; their names carry the process, so that the next run can distinguish
them from those of a running process, and removes them.
"""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import OutputError
from .exchange import BEFORE, exchange_folders
from .system_errors import is_in_use, make_folder, reason_of

_HOST = hashlib.sha256(platform.node().encode()).hexdigest()[:6]
_TEMPORARY = re.compile(r"\.ivdseg-([0-9a-f]{6})-([0-9]+)-[0-9a-f]{8}-(.+)")
_SCRATCH = "scratch"
_names_in_use: set[str] = set()
"""Temporary names that this process is using."""


def _reserve_name(path: Path) -> Path:
    """A hidden name beside a path. It ends as the path does, because writers choose the format by the ending."""
    temporary = path.with_name(f".ivdseg-{_HOST}-{os.getpid()}-{uuid.uuid4().hex[:8]}-{path.name}")
    _names_in_use.add(temporary.name)
    return temporary


def _remove(temporary: Path) -> None:
    if temporary.is_dir():
        shutil.rmtree(temporary, ignore_errors=True)
    with suppress(OSError):
        temporary.unlink(missing_ok=True)
    _names_in_use.discard(temporary.name)


@contextmanager
def _temporary_name(path: Path) -> Iterator[Path]:
    temporary = _reserve_name(path)
    try:
        yield temporary
    finally:
        _remove(temporary)


def make_scratch_folder(parent: str | Path) -> Path:
    """A new hidden folder for files of this process alone, readable by the user only (mode 0700). What killed processes
    left of this kind in ``parent`` is removed. Raises ``OutputError``."""
    remove_leftovers(parent, _SCRATCH)
    folder = _reserve_name(Path(parent) / _SCRATCH)
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise OutputError(f"A temporary folder in {parent} could not be created: {reason_of(error)}") from error
    return folder


def remove_scratch_folder(folder: Path) -> None:
    """Removes what ``make_scratch_folder`` made."""
    _remove(folder)


@contextmanager
def atomic_file(path: str | Path) -> Iterator[Path]:
    """Gives a temporary name in the folder of ``path``; what is written there gets its final name when the block ends
    well, and is removed when it does not. A file of that name that was there before stays as it was until then.

    Raises ``OutputError`` where the system refuses (disk full, no permission, open in another program).
    """
    path = Path(path)
    remove_leftovers(path.parent, path.name)
    with _temporary_name(path) as temporary:
        try:
            yield temporary
            with open(temporary, "rb") as file:
                os.fsync(file.fileno())  # a rename must not overtake the data
            os.replace(temporary, path)
        except OSError as error:
            raise OutputError(f"{path} could not be written: {reason_of(error)}") from error


def write_bytes(path: str | Path, content: bytes, *, private: bool = False) -> None:
    """Writes a file, complete or not at all; ``private``: only the user may read it (mode 0600)."""
    with atomic_file(path) as temporary:
        if private:
            temporary.touch(mode=0o600)
        temporary.write_bytes(content)


def write_text(path: str | Path, text: str, *, private: bool = False) -> None:
    """Writes a text file (UTF-8), complete or not at all; ``private``: only the user may read it (mode 0600)."""
    write_bytes(path, text.encode("utf-8"), private=private)


@contextmanager
def whole_folder(folder: str | Path | Callable[[], Path]) -> Iterator[Path]:
    """Gives a hidden folder beside ``folder``. When the block ends well it takes the place of ``folder`` in one step;
    otherwise it is removed and ``folder`` stays as it was.

    Files of an earlier ``folder`` that the block does not write (a user's own notes) are kept. ``folder`` may be a
    function that chooses one (always in the same parent): it is asked again where another process was faster to create
    the folder. Raises ``OutputError`` where the system refuses; the folder is unchanged then.
    """
    choose = folder if callable(folder) else lambda: Path(folder)
    target = _without_link(choose())
    make_folder(target.parent)
    remove_leftovers(target.parent, target.name)
    _check_is_folder(target)
    with _temporary_name(target) as new:
        make_folder(new)
        try:
            yield new
            while True:
                target = _without_link(choose())
                _check_is_folder(target)
                if target.is_dir():
                    _keep_other_files(target, new)
                try:
                    exchange_folders(new, target)
                    return
                except FileExistsError:
                    continue  # created between the choice and the renaming
        except OSError as error:
            blocked = _file_in_use(target) if isinstance(error, PermissionError) or is_in_use(error) else None
            if blocked is not None:
                raise OutputError(
                    f"{blocked} is open in another program, so {target} was left as it was. Close it and try again."
                ) from error
            raise OutputError(f"{target} could not be written: {reason_of(error)}") from error
        except OutputError as error:  # the hidden folder's name would only confuse
            raise OutputError(str(error).replace(str(new), str(target))) from error


def _without_link(folder: Path) -> Path:
    """What a symbolic link points to: the link stays, its target is replaced."""
    return folder.resolve() if folder.is_symlink() else folder


def _check_is_folder(path: Path) -> None:
    if path.exists() and not path.is_dir():
        raise OutputError(f"{path} is a file, not a folder. Choose another output folder.")


def _keep_other_files(old: Path, new: Path) -> None:
    """Puts what lies in the old folder and has no successor into the new one: as a second name of the same file where
    the disk has such, else as a copy."""
    if not os.access(old, os.W_OK):
        raise PermissionError(errno.EACCES, "not writable", str(old))
    for path in old.iterdir():
        there, is_folder = new / path.name, path.is_dir() and not path.is_symlink()
        if there.exists() and is_folder:
            raise OutputError(f"{path} is a folder where a result file belongs. Rename it or choose another folder.")
        if there.exists() or _TEMPORARY.fullmatch(path.name):
            continue
        if is_folder:
            shutil.copytree(path, there, symlinks=True, copy_function=_link_or_copy)
        else:
            _link_or_copy(str(path), str(there))
    shutil.copymode(old, new)


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(source, target, follow_symlinks=False)


def _file_in_use(folder: Path) -> Path | None:
    """The first file of a folder that cannot be opened for writing although its permissions allow it."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_file() and os.access(path, os.W_OK):
            try:
                with open(path, "r+b"):
                    pass
            except OSError:
                return path
    return None


def remove_leftovers(folder: str | Path, name: str | None = None) -> list[str]:
    """Removes temporary files and folders that ended processes left in a folder; returns their names.

    ``name``: only those of this file or folder. What a process that still exists is writing stays, and so does what a
    process on another machine wrote (the folder may be on a network drive). An earlier folder whose replacement was
    interrupted gets its name back.
    """
    removed = []
    with suppress(OSError):
        for entry in [entry for entry in os.scandir(folder) if entry.name.startswith(".")]:
            final = _final_name(entry.name, name)
            if final is None:
                continue
            if final.endswith(BEFORE) and not (target := Path(folder) / final.removesuffix(BEFORE)).exists():
                os.rename(entry.path, target)
            elif entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                os.unlink(entry.path)
            removed.append(entry.name)
    return removed


def _final_name(temporary: str, name: str | None) -> str | None:
    """What a leftover was to be called in the end; None where it is not a leftover (of ``name``)."""
    found = _TEMPORARY.fullmatch(temporary)
    if found is None:
        return None
    host, process, final = found[1], int(found[2]), found[3]
    works = process_exists(process) if process != os.getpid() else temporary in _names_in_use
    wanted = name is None or final.removesuffix(BEFORE) == name
    return final if wanted and host == _HOST and not works else None


def process_exists(process: int) -> bool:
    """Whether a process of this machine exists."""
    if os.name == "nt":
        import ctypes

        query, still_active = 0x1000, 259
        handle = ctypes.windll.kernel32.OpenProcess(query, False, process)  # type: ignore[attr-defined]
        code = ctypes.c_ulong()
        exists = bool(handle) and bool(ctypes.windll.kernel32.GetExitCodeProcess(handle, ctypes.byref(code)))  # type: ignore[attr-defined]
        if handle:
            ctypes.windll.kernel32.CloseHandle(handle)  # type: ignore[attr-defined]
        return exists and code.value == still_active
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return not _is_zombie(process)


def _is_zombie(process: int) -> bool:
    """Whether a process has ended and only waits for its parent to notice (Linux; some containers never notice)."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[:1] in (["Z"], ["X"])  # the name before it may hold anything
