"""What ``pip install .`` gives: the program with its model, away from the source tree. And the two commands' set-up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """A wheel of the files that git knows or would add; built elsewhere, so that no build folder is left here."""
    pytest.importorskip("setuptools", minversion="77")
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    for name in filter(None, names):
        if (ROOT / name).is_file() and not name.startswith("Testing"):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", target, source]
    subprocess.run([str(word) for word in build], check=True)
    (path,) = target.glob("*.whl")
    return path


@pytest.mark.slow
def test_the_wheel_holds_library_model_and_terminology(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    inside = "IVDSegmentationLib/"
    assert f"{inside}Resources/Models/ivd-discnet.safetensors" in names
    assert f"{inside}Resources/Terminologies/IntervertebralDiscs.term.json" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    library = ROOT / "IVDSegmentation" / "IVDSegmentationLib"
    for path in library.rglob("*.py"):
        name = path.relative_to(library).as_posix()
        assert (inside + name in names) != name.startswith(("scene/", "panels/")), name


@pytest.mark.slow
def test_the_installed_program_finds_its_model(wheel, tmp_path):
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", tmp_path / "site", wheel]
    subprocess.run([str(word) for word in install], check=True)
    program = tmp_path / "site" / "bin" / ("ivdseg.exe" if os.name == "nt" else "ivdseg")
    assert program.is_file()
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "IVDSEG_MODELS": str(tmp_path / "none")}
    done = subprocess.run(
        [sys.executable, "-m", "IVDSegmentationLib", "models", "--json"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "ivd-discnet" in json.dumps(json.loads(done.stdout))


@pytest.mark.parametrize("script", ["run_sample.py", "run_tests.py"])
def test_the_two_commands_explain_themselves(script):
    """Their help needs no environment, so it works with any Python."""
    done = subprocess.run([sys.executable, ROOT / script, "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and script in done.stdout


def test_a_scan_that_is_not_there_is_told_before_anything_is_installed(tmp_path):
    command = [sys.executable, ROOT / "run_sample.py", tmp_path / "nothing.nii.gz"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2 and "nothing.nii.gz does not exist" in done.stderr
