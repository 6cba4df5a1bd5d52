"""Which Python runs the worker, and in which environment.

Inside Slicer this is ``PythonSlicer``, in the environment that Slicer itself was given, as Slicer does for pip: it is
Slicer's own Python and needs Slicer's libraries. A foreign Python (tests, development) gets the environment from before
Slicer's start instead, so that Slicer's libraries do not leak into it.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...threads import limit_blas_threads

LIBRARY_FOLDER = Path(__file__).resolve().parents[3]
"""The folder that holds the package IVDSegmentationLib."""
WORKER_MODULE = "IVDSegmentationLib.worker"


class NoInterpreter(RuntimeError):
    """No Python was found that could run the worker."""


@dataclass(frozen=True)
class Command:
    program: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]


def find_python(
    which: Callable[[str], str | None] = shutil.which, executable: str = sys.executable, windows: bool = os.name == "nt"
) -> tuple[str, bool]:
    """(path, whether it is Slicer's own). Raises :class:`NoInterpreter`."""
    launcher = which("PythonSlicer") or _beside(executable, "PythonSlicer", windows)
    if launcher and windows:
        # On Windows the launcher need not pass its standard input on; the Python behind it can be called directly,
        # since Slicer's environment is set already.
        launcher = _beside(launcher, "python-real", windows) or launcher
    if launcher:
        return launcher, True
    if executable and "python" in Path(executable).name.lower() and Path(executable).exists():
        return executable, False
    raise NoInterpreter(
        "Slicer's Python (PythonSlicer) was not found, so the segmentation cannot be started. "
        "Reinstall Slicer, or put the folder of PythonSlicer on the PATH."
    )


def _beside(executable: str, name: str, windows: bool) -> str | None:
    if not executable:
        return None
    folder = Path(executable).parent
    name += ".exe" if windows else ""
    candidates = (folder / name, folder.parent / "bin" / name)
    return next((str(path) for path in candidates if path.exists()), None)


def worker_command(python: tuple[str, bool] | None = None, environment: Mapping[str, str] | None = None) -> Command:
    """How to start the worker."""
    program, own = python or find_python()
    base = dict(environment if environment is not None else os.environ if own else _startup_environment())
    paths = [str(LIBRARY_FOLDER), *filter(None, [base.get("PYTHONPATH")])]
    base |= {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
    limit_blas_threads(base)
    return Command(program, ("-m", WORKER_MODULE), base)


def _startup_environment() -> Mapping[str, str]:
    import slicer.util

    try:
        return slicer.util.startupEnvironment()
    except AttributeError:  # no launcher, hence nothing to take out
        return os.environ
