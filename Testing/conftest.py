"""Fixtures shared by the scene tests and the panel tests. Nothing here is imported by the unit tests' side."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TERMINOLOGIES = ROOT / "IVDSegmentation" / "Resources" / "Terminologies"


@pytest.fixture
def host():
    """A running host (see Testing/host): real MRML scene, real Qt. Left clean for the next test, which fails where an
    observer, a slot or a timer raised an exception."""
    pytest.importorskip("slicer", reason="needs slicer-core")
    pytest.importorskip("PySide6", reason="needs PySide6")
    import host as slicer_host

    running = slicer_host.start()
    running.reset()
    running.take_failures()
    yield running
    failures = running.take_failures()
    running.reset()
    failures += running.take_failures()
    assert not failures, "\n".join(["Slicer would have logged this and gone on, or died:", *failures])


@pytest.fixture
def scene(host):
    """The MRML scene of the host, empty."""
    return host.scene


@pytest.fixture
def demo(host):
    """The panel of the demo module that the host's own tests drive."""
    return host.load_module(Path(__file__).parent / "host" / "tests" / "demo" / "HostDemo.py").widget


def real_data_folder() -> Path | None:
    """Folder of real scans: the environment's IVD_REAL_DATA, else shared/data/train beside the checkout."""
    named = os.environ.get("IVD_REAL_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data" / "train"
    return folder if folder.is_dir() else None


@pytest.fixture
def real_data() -> Path:
    folder = real_data_folder()
    if folder is None:
        pytest.skip("no real scans: set IVD_REAL_DATA")
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast tests first: what is broken shows early."""
    items.sort(key=lambda item: bool(item.get_closest_marker("slow") or item.get_closest_marker("real")))
