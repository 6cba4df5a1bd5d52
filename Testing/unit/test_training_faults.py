"""A training whose n-th file operation fails, for every n: it ends with a message or goes on; what it leaves can be resumed."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from file_faults import failing_operation  # noqa: E402
from IVDSegmentationLib.errors import IVDError  # noqa: E402
from IVDSegmentationLib.runs.folder import RunFolder  # noqa: E402
from IVDSegmentationLib.training import loop  # noqa: E402
from IVDSegmentationLib.training.checkpoint import load_checkpoint  # noqa: E402
from IVDSegmentationLib.training.run import TrainingRun  # noqa: E402
from tiny_training import make_cases, make_plan  # noqa: E402


@pytest.mark.slow
def test_every_file_operation_of_a_training_may_fail(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    cases = make_cases(tmp_path / "cases", training=1, validation=0)
    advanced = {"steps": 1, "full_patch": [8, 32, 32], "full_fine": [8, 16, 16], "full_batch": 2, "slab_share": 0.0}
    number, failed = 1, 0
    while True:
        folder = tmp_path / f"run-{number}"
        folder.mkdir()
        plan = make_plan(folder, cases, advanced | {"slab_patch": [8, 32, 32], "slab_fine": [8, 16, 16]})
        with failing_operation(folder, number, for_good=False) as faults:
            try:
                state = TrainingRun(plan, device="cpu").run()
            except IVDError as error:
                assert str(error).endswith("."), error
                failed += 1
                state = None
        try:
            check(folder, done=state is not None)
        except AssertionError as error:
            raise AssertionError(f"after the failure of operation {number}") from error
        if faults.count < number:
            break
        number += 1
    assert number > 30 and 0 < failed < number


def check(folder: Path, done: bool) -> None:
    run = RunFolder(folder)
    assert not [path.name for path in folder.rglob(".*") if path.name != ".lock"], "temporary files were left"
    for path in (run.checkpoint, run.best):
        if path.is_file():
            load_checkpoint(path)
    if done:
        assert run.model.is_file()
    elif (state := run.state()) is not None:
        assert state.state in ("failed", "interrupted", "preparing"), state
    with run.occupied():  # it can be resumed
        pass
