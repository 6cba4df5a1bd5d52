"""Sets up the folder ``.venv`` with everything the project needs. Used by run_sample.py and run_tests.py.

Needs nothing but Python 3.10 or newer. Done once; afterwards a stamp file shows that nothing is left to do.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".venv"
OLDEST_PYTHON = (3, 10)
TORCH = "2.13.0"
"""Version that the figures in the README were measured with; another one from pyproject's range works as well."""
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
SLICER_STAND_IN = ["slicer-core", "PySide6-Essentials"]
"""Real MRML and Qt for the tests of the Slicer side. There are no wheels of them for every system."""


class SetupError(Exception):
    """Something could not be installed; the text says what and what to do."""


def environment(tests: bool = False) -> Path:
    """Interpreter of the environment, made and filled where it is not yet. Raises ``SetupError``."""
    if sys.version_info < OLDEST_PYTHON:
        raise SetupError(f"Python {sys.version.split()[0]} is too old. Install Python 3.10 or newer and run this with it.")
    python = FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = FOLDER / ("ready-for-tests.txt" if tests else "ready.txt")
    if python.exists() and stamp.is_file() and stamp.read_text("utf-8") == _fingerprint():
        return python
    start = time.monotonic()
    say(f"Setting up {FOLDER} (once; some minutes, most of it downloading).")
    say("- Python environment")
    _make(python)
    say("- PyTorch")
    _install_torch(python)
    say("- the project and its packages")
    _need(python, ["-e", f"{ROOT}[test]" if tests else str(ROOT)], "The project could not be installed")
    if tests:
        say("- real MRML and Qt, for the tests of the Slicer side")
        if not _pip(python, SLICER_STAND_IN):
            say("  They are not available for this system: the tests of the Slicer side will be skipped.")
    check = "import IVDSegmentationLib, torch, vtk, SimpleITK, scipy, pydicom"
    _run_or_raise([python, "-c", check], "The installation is not complete")
    stamp.write_text(_fingerprint(), "utf-8")
    say(f"Set up in {time.monotonic() - start:.0f} s.\n")
    return python


def say(text: str) -> None:
    """Prints at once, so that our lines and those of the programs we call come in order."""
    print(text, flush=True)


def call(python: Path, *arguments: str | Path) -> int:
    """Runs the environment's Python in the project's root; returns its exit code. Ctrl+C ends both."""
    return subprocess.run([str(python), *map(str, arguments)], cwd=ROOT).returncode


def _fingerprint() -> str:
    """Changes when what is to be installed changes, or when the folder was moved."""
    parts = [str(ROOT), str(sys.version_info[:2]), (ROOT / "pyproject.toml").read_text("utf-8"), TORCH]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _make(python: Path) -> None:
    if python.exists() and subprocess.run([str(python), "-c", "import pip"], capture_output=True).returncode == 0:
        return
    hint = "On Debian and Ubuntu: apt install python3-venv"
    _run_or_raise([sys.executable, "-m", "venv", "--clear", FOLDER], f"The Python environment could not be made. {hint}")


def _install_torch(python: Path) -> None:
    """The version we know, without CUDA's gigabytes where there is no NVIDIA card; else whatever pip finds."""
    if subprocess.run([str(python), "-c", "import torch; torch.__version__"], capture_output=True).returncode == 0:
        return
    tries = [[f"torch=={TORCH}"], ["torch>=2.1"]]
    if sys.platform == "linux" and not shutil.which("nvidia-smi"):
        from_pytorch = ["--retries", "1", "--timeout", "15", "--index-url", TORCH_CPU_INDEX]
        tries = [[f"torch=={TORCH}+cpu"], [*from_pytorch, f"torch=={TORCH}"], *tries]
    for one in tries:
        if _pip(python, one, show_errors=one is tries[-1]):
            return
    raise SetupError(
        "PyTorch could not be installed; see pip's messages above. Check the network connection and that 3 GB of disk are free."
    )


def _need(python: Path, what: list[str], failure: str) -> None:
    if not _pip(python, what, show_errors=True):
        raise SetupError(f"{failure}; see pip's messages above. Check the network connection and the free disk space.")


def _pip(python: Path, what: list[str], show_errors: bool = False) -> bool:
    quiet = [] if sys.stdout.isatty() else ["--progress-bar", "off"]
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *quiet, *what]
    errors = None if show_errors else subprocess.DEVNULL
    return subprocess.run(command, cwd=ROOT, stderr=errors, stdin=subprocess.DEVNULL).returncode == 0


def _run_or_raise(command: list[str | Path], failure: str) -> None:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        raise SetupError(f"{failure}:\n{(done.stdout + done.stderr).strip()[-2000:]}")
