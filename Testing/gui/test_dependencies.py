"""First use: PyTorch missing, half installed, too old; installing it with live output and a report."""

from __future__ import annotations

import types
from pathlib import Path

import pytest


@pytest.fixture
def dependencies(host):
    from IVDSegmentationLib.panels.shared import dependencies

    return dependencies


def torch_folder(folder: Path, version: str | None = "2.5.1+cpu", parts: tuple[str, ...] = ("lib", "nn")) -> Path:
    torch = folder / "torch"
    for part in parts:
        (torch / part).mkdir(parents=True)
    torch.mkdir(exist_ok=True)
    (torch / "__init__.py").write_text("")
    if version is not None:
        (torch / "version.py").write_text(f"__version__ = '{version}'\ndebug = False\n")
    return torch


def found(torch: Path | None, origin: bool = True):
    """A find_spec that finds this folder."""
    place = str(torch / "__init__.py") if torch and origin else None
    return lambda name: None if torch is None else types.SimpleNamespace(origin=place)


def test_whole(dependencies, tmp_path):
    status = dependencies.torch_status(found(torch_folder(tmp_path)))
    assert status.is_fine and status.version == "2.5.1+cpu"


def test_missing(dependencies):
    assert dependencies.torch_status(found(None)).condition is dependencies.Condition.MISSING


@pytest.mark.parametrize(
    ("version", "parts", "origin", "word"),
    [
        (None, ("lib", "nn"), True, "version.py"),
        ("2.5.1", ("nn",), True, "lib"),
        ("2.5.1", (), False, "interrupted"),
    ],
)
def test_half_installed(dependencies, tmp_path, version, parts, origin, word):
    status = dependencies.torch_status(found(torch_folder(tmp_path, version, parts), origin))
    assert status.condition is dependencies.Condition.BROKEN and word in status.reason


def test_a_loaded_torch_without_version_is_broken(dependencies, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "torch", types.ModuleType("torch"))
    assert dependencies.torch_status().condition is dependencies.Condition.BROKEN


def test_too_old(dependencies, tmp_path):
    status = dependencies.torch_status(found(torch_folder(tmp_path, "1.13.1")))
    assert status.condition is dependencies.Condition.OLD and "1.13.1" in status.reason


@pytest.mark.parametrize(
    ("kind", "details", "is_torch"),
    [
        ("ModuleNotFoundError", "ModuleNotFoundError: No module named 'torch'", True),
        ("OSError", "OSError: [WinError 126] Error loading C:\\torch\\lib\\c10.dll", True),
        ("ImportError", "    import torch\nImportError: libtorch_cpu.so: cannot open", True),
        ("ImportError", "ImportError: No module named 'scipy'", False),
        ("InputError", "import torch", False),
    ],
)
def test_errors_of_the_worker_that_mean_torch(dependencies, kind, details, is_torch):
    assert dependencies.looks_like_broken_torch(kind, details) is is_torch


class FakeInstaller:
    name = "fake pip"

    def __init__(self, lines: list[str], error: Exception | None = None) -> None:
        self.lines, self.error, self.repairs = lines, error, []

    def install(self, repair: bool) -> None:
        self.repairs.append(repair)
        for line in self.lines:
            print(line)
        if self.error:
            raise self.error


def make(dependencies, installer, *conditions):
    """Dependencies whose status takes these values one after the other."""
    values = [dependencies.TorchStatus(dependencies.Condition[name]) for name in conditions]
    return dependencies.Dependencies(lambda: values.pop(0) if len(values) > 1 else values[0], lambda: installer)


def test_install_hears_every_line(dependencies):
    installer, lines = FakeInstaller(["Collecting torch", "Successfully installed"]), []
    checked = make(dependencies, installer, "MISSING", "FINE")
    assert checked.install(lines.append)
    assert lines[1:] == ["Collecting torch", "Successfully installed"] and installer.repairs == [False]
    assert checked.error == ""


def test_a_failed_install_shows_pips_last_error(dependencies):
    installer = FakeInstaller(["Collecting torch", "ERROR: No space left on device", "bye"], RuntimeError("exit 1"))
    checked = make(dependencies, installer, "MISSING")
    assert not checked.install()
    assert checked.error == "ERROR: No space left on device"
    report = checked.report()
    assert "No space left on device" in report and "Python:" in report and "PyTorch: missing" in report


def test_a_broken_torch_is_repaired(dependencies):
    installer = FakeInstaller([])
    assert make(dependencies, installer, "BROKEN", "FINE").install()
    assert installer.repairs == [True]


def test_a_doubt_of_the_worker_makes_it_broken_until_repaired(dependencies):
    checked = make(dependencies, FakeInstaller([]), "FINE")
    checked.mark_broken("ImportError: libtorch_cpu.so")
    assert checked.status.condition is dependencies.Condition.BROKEN
    assert checked.install() and checked.refresh().is_fine


def test_the_extension_installer_asks_pytorch_utils(dependencies):
    calls = []
    logic = types.SimpleNamespace(
        installTorch=lambda **options: calls.append(options) or object(), uninstallTorch=lambda: calls.append("removed")
    )
    dependencies.PyTorchExtensionInstaller(logic).install(repair=True)
    assert calls == ["removed", {"askConfirmation": False, "torchVersionRequirement": ">=2.1"}]
    with pytest.raises(RuntimeError):
        dependencies.PyTorchExtensionInstaller(types.SimpleNamespace(installTorch=lambda **options: None)).install(False)


def test_pip_must_not_touch_slicers_own_packages(dependencies):
    calls = []

    def pip_install(text: str) -> None:
        path = text.split('-c "')[1].split('"')[0]
        calls.append((text, Path(path).read_text()))

    dependencies.PipInstaller(pip_install, lambda name: None, "linux").install(False)
    text, constraints = calls[0]
    assert text.startswith("torch>=2.1 -c ") and "numpy==" in constraints and "scipy==" in constraints


def test_without_the_extension_slicers_pip_is_used(dependencies):
    assert isinstance(dependencies.default_installer(), dependencies.PipInstaller)


# ------------------------------------------------------------------------------ the panel
@pytest.fixture
def without_torch(panel, dependencies):
    """The panel as it looks where PyTorch is missing; its installer is a fake that succeeds."""
    panel.session.dependencies._read_status = lambda: dependencies.TorchStatus(dependencies.Condition.MISSING)
    panel.dependencyPanel.refresh()
    return panel


def test_hidden_while_all_is_well(panel):
    assert panel.dependencyPanel.widget.isHidden()


def test_says_what_how_large_and_why(without_torch):
    from .conftest import add_volume, wait_for

    shown, tab = without_torch.dependencyPanel, without_torch.tabs[0]
    assert not shown.widget.isHidden() and shown.ui.installButton.text == "Install PyTorch"
    for word in ("neural network", "0.2 GB", "2.5 GB", "no image leaves"):
        assert word in shown.ui.whyLabel.text
    volume = add_volume()
    wait_for(lambda: tab.session.volume is volume)
    assert not tab.ui.segmentButton.enabled and "PyTorch" in tab.ui.segmentButton.toolTip


def test_installs_on_a_click_and_goes(without_torch, dependencies):
    session = without_torch.session
    session.dependencies._find_installer = lambda: FakeInstaller(["Collecting torch", "Successfully installed torch"])
    session.dependencies._read_status = lambda: dependencies.TorchStatus(dependencies.Condition.FINE, "2.5.1")
    without_torch.dependencyPanel.ui.installButton.click()
    assert without_torch.dependencyPanel.widget.isHidden()
    assert "Successfully installed torch" in without_torch.dependencyPanel.ui.outputText.plainText


def test_a_failure_stays_with_a_report_to_copy(without_torch):
    import qt

    failing = FakeInstaller(["ERROR: No matching distribution found for torch"], RuntimeError("exit 1"))
    without_torch.session.dependencies._find_installer = lambda: failing
    ui = without_torch.dependencyPanel.ui
    ui.installButton.click()
    assert not ui.errorLabel.isHidden() and "No matching distribution" in ui.errorLabel.text
    assert ui.installButton.enabled and not ui.reportButton.isHidden()
    ui.reportButton.click()
    assert "No matching distribution" in qt.QApplication.clipboard().text()


def test_a_torch_that_the_worker_cannot_import_brings_the_panel_up(panel):
    tab = panel.tabs[0]
    tab.job.failed.emit("ImportError", "stopped", "    import torch\nImportError: libtorch_cpu.so: cannot open")
    assert not panel.dependencyPanel.widget.isHidden()
    assert panel.dependencyPanel.ui.installButton.text == "Repair PyTorch"
    assert "libtorch_cpu.so" in panel.dependencyPanel.ui.reasonLabel.text
