"""Is PyTorch there, whole and new enough? Installs it on request. No widgets here.

PyTorch is looked at on disk and never imported: an import takes seconds, and a broken one may end Slicer. Only the
worker, which is another process, imports it; so a fresh installation can be used without restarting Slicer.
"""

from __future__ import annotations

import contextlib
import enum
import importlib
import importlib.metadata
import importlib.util
import io
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from slicer.i18n import tr as _

REQUIREMENT = ">=2.1"
KEPT = ("numpy", "scipy", "SimpleITK", "vtk", "Pillow", "pydicom", "packaging")
"""Packages of Slicer that the installation must not change."""
CPU_INDEX = "https://download.pytorch.org/whl/cpu"


class Condition(enum.Enum):
    FINE = "fine"
    MISSING = "missing"
    BROKEN = "broken"
    OLD = "old"


@dataclass(frozen=True)
class TorchStatus:
    condition: Condition
    version: str = ""
    reason: str = ""

    @property
    def is_fine(self) -> bool:
        return self.condition is Condition.FINE


def torch_status(find_spec: Callable = importlib.util.find_spec) -> TorchStatus:
    """What is on disk, without importing it."""
    importlib.invalidate_caches()
    loaded = sys.modules.get("torch")
    if loaded is not None and not hasattr(loaded, "__version__"):
        return TorchStatus(Condition.BROKEN, reason=_("PyTorch is loaded but incomplete: it has no version."))
    try:
        spec = find_spec("torch")
    except (ImportError, ValueError) as error:
        return TorchStatus(Condition.BROKEN, reason=str(error))
    if spec is None:
        return TorchStatus(Condition.MISSING)
    if spec.origin is None:  # a folder without __init__.py: remains of an interrupted installation
        return TorchStatus(Condition.BROKEN, reason=_("Only the remains of an interrupted installation were found."))
    return _status_of_folder(Path(spec.origin).parent)


def _status_of_folder(folder: Path) -> TorchStatus:
    missing = [name for name in ("version.py", "lib", "nn") if not (folder / name).exists()]
    if missing:
        reason = _("The installation in {folder} is incomplete; missing: {names}.")
        return TorchStatus(Condition.BROKEN, reason=reason.format(folder=folder, names=", ".join(missing)))
    found = re.search(r"^__version__\s*=\s*['\"]([^'\"]+)", (folder / "version.py").read_text("utf-8"), re.MULTILINE)
    if not found:
        return TorchStatus(Condition.BROKEN, reason=_("The version of the installation is unknown."))
    version = found.group(1)
    if not _is_new_enough(version):
        reason = _("Version {version} is installed, but {wanted} is required.").format(version=version, wanted=REQUIREMENT)
        return TorchStatus(Condition.OLD, version, reason)
    return TorchStatus(Condition.FINE, version)


def _is_new_enough(version: str) -> bool:
    from packaging.specifiers import SpecifierSet
    from packaging.version import InvalidVersion

    try:
        return SpecifierSet(REQUIREMENT).contains(version, prereleases=True)
    except InvalidVersion:
        return False


def looks_like_broken_torch(kind: str, details: str) -> bool:
    """Whether an error of the worker means that its PyTorch could not be imported."""
    is_import = kind in ("ImportError", "ModuleNotFoundError", "OSError", "AttributeError")
    return is_import and bool(re.search(r"import torch|'torch'|torch[/\\]__init__|libtorch|c10\.dll", details))


class Installer(Protocol):
    """One way to install PyTorch."""

    name: str

    def install(self, repair: bool) -> None:
        """Blocks; prints what pip prints; raises on failure."""


class PyTorchExtensionInstaller:
    """Through the PyTorch extension, which picks the right build for the graphics card."""

    name = "PyTorch extension"

    def __init__(self, logic: Any) -> None:
        self._logic = logic

    def install(self, repair: bool) -> None:
        if repair:
            with contextlib.suppress(Exception):  # remains without records cannot be uninstalled, only overwritten
                self._logic.uninstallTorch()
        torch = self._logic.installTorch(askConfirmation=False, torchVersionRequirement=REQUIREMENT)
        if torch is None:
            raise RuntimeError(_("The PyTorch extension did not install PyTorch."))


class PipInstaller:
    """Through Slicer's pip, with Slicer's own packages held where they are."""

    name = "pip"

    def __init__(self, pip_install: Callable, pip_uninstall: Callable, system: str = sys.platform) -> None:
        self._install, self._uninstall, self._system = pip_install, pip_uninstall, system

    def install(self, repair: bool) -> None:
        if repair:
            with contextlib.suppress(Exception):
                self._uninstall("torch")
        with tempfile.TemporaryDirectory() as folder:
            constraints = Path(folder) / "constraints.txt"
            constraints.write_text("\n".join(kept_versions()), encoding="utf-8")
            self._install(f'torch{REQUIREMENT} -c "{constraints.as_posix()}"{self._index()}')

    def _index(self) -> str:
        """Without an NVIDIA card the small build: 0.2 GB instead of more than 2 GB."""
        if self._system == "darwin" or shutil.which("nvidia-smi"):
            return ""
        return f" --index-url {CPU_INDEX} --extra-index-url https://pypi.org/simple"


def kept_versions() -> list[str]:
    """'numpy==2.1.0', … for the packages that must stay as they are."""
    lines = []
    for name in KEPT:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            lines.append(f"{name}=={importlib.metadata.version(name)}")
    return lines


def default_installer() -> Installer:
    """The PyTorch extension where it is installed, else Slicer's pip."""
    try:
        import PyTorchUtils
    except ImportError:
        import slicer.util

        uninstall = getattr(slicer.util, "pip_uninstall", lambda name: None)
        return PipInstaller(slicer.util.pip_install, uninstall)
    return PyTorchExtensionInstaller(PyTorchUtils.PyTorchUtilsLogic())


class Dependencies:
    """Keeps the status, installs, and remembers pip's output for the report."""

    def __init__(
        self, status: Callable[[], TorchStatus] = torch_status, installer: Callable[[], Installer] = default_installer
    ) -> None:
        self._read_status, self._find_installer = status, installer
        self.status = status()
        self.output: list[str] = []
        self.error = ""
        self._import_error = ""

    def refresh(self) -> TorchStatus:
        self.status = self._read_status()
        if self.status.is_fine and self._import_error:
            self.status = TorchStatus(Condition.BROKEN, self.status.version, self._import_error)
        return self.status

    def mark_broken(self, reason: str) -> None:
        """The worker could not import what looked whole on disk."""
        self._import_error = reason
        self.refresh()

    def install(self, on_line: Callable[[str], None] = lambda line: None) -> bool:
        """Install or repair; True when PyTorch is fine afterwards. ``on_line`` gets pip's output as it comes."""
        repair = self.status.condition in (Condition.BROKEN, Condition.OLD)
        self.output, self.error, self._import_error = [], "", ""

        def add_line(line: str) -> None:
            self.output.append(line)
            on_line(line)

        try:
            installer = self._find_installer()
            add_line(_("Installing with {name} …").format(name=installer.name))
            with _printed_lines(add_line):
                installer.install(repair)
        except Exception as error:  # noqa: BLE001 - pip, network, disk: all end in the report
            self.error = _last_error(self.output) or str(error) or type(error).__name__
        self.refresh()
        if not self.status.is_fine and not self.error:
            self.error = self.status.reason or _("The installation finished, but PyTorch was not found afterwards.")
        return self.status.is_fine

    def report(self) -> str:
        """Everything a maintainer needs, to be copied into a message."""
        lines = [
            "IVDSegmentation: PyTorch installation report",
            f"platform: {platform.platform()}, {platform.machine()}",
            f"Python: {platform.python_version()} ({sys.executable})",
            f"PyTorch: {self.status.condition.value} {self.status.version} {self.status.reason}".rstrip(),
            f"kept packages: {', '.join(kept_versions())}",
            f"NVIDIA driver: {'found' if shutil.which('nvidia-smi') else 'not found'}",
            f"error: {self.error or 'none'}",
            "--- output ---",
            *self.output[-200:],
        ]
        return "\n".join(lines)


def _last_error(output: list[str]) -> str:
    """pip's last line that begins with ERROR."""
    return next((line.strip() for line in reversed(output) if line.strip().startswith("ERROR")), "")


@contextlib.contextmanager
def _printed_lines(add_line: Callable[[str], None]) -> Iterator[None]:
    """Slicer prints pip's output line by line: each line is passed on, and still printed."""

    class Tee(io.TextIOBase):
        rest = ""

        def write(self, text: str) -> int:
            before.write(text)
            *lines, self.rest = (self.rest + text).split("\n")
            for line in lines:
                add_line(line)
            return len(text)

        def flush(self) -> None:
            before.flush()

    before, tee = sys.stdout, Tee()
    with contextlib.redirect_stdout(tee):
        yield
    if tee.rest:
        add_line(tee.rest)
