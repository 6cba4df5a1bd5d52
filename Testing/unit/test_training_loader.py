"""Batches made ahead: the same ones whoever makes them, and nothing left running when the training ends."""

from __future__ import annotations

import os
import signal
from dataclasses import fields, replace

import pytest

torch = pytest.importorskip("torch")

from IVDSegmentationLib.errors import InputError  # noqa: E402
from IVDSegmentationLib.training import loader  # noqa: E402
from IVDSegmentationLib.training.batches import Batch, BatchMaker  # noqa: E402
from IVDSegmentationLib.training.cases import make_case  # noqa: E402
from IVDSegmentationLib.training.packing import packed  # noqa: E402
from IVDSegmentationLib.training.workers import made_ahead  # noqa: E402
from tiny_training import CONFIG, spine  # noqa: E402


def maker() -> BatchMaker:
    image, labels = spine()
    return BatchMaker([make_case("spine", "own cases", image, labels.array)], CONFIG)


def same(a: Batch, b: Batch) -> bool:
    pairs = zip(tensors(a).values(), tensors(b).values(), strict=True)
    return all(torch.equal(x.nan_to_num(-1), y.nan_to_num(-1)) for x, y in pairs)


def tensors(batch: Batch) -> dict[str, torch.Tensor]:
    """All but ``position``, which training on cases does not use."""
    assert batch.position is None
    return {field.name: getattr(batch, field.name) for field in fields(Batch) if field.name != "position"}


@pytest.mark.parametrize("count", [0, 2])
def test_whoever_makes_a_batch_it_is_the_one_of_its_step(count):
    torch.set_num_threads(1)
    made = maker()
    batches = list(loader.batches_ahead(made, 3, 8, workers=count))
    assert [step for step, _ in batches] == [3, 4, 5, 6, 7]
    assert all(same(batch, made.make(step)) for step, batch in batches)


def test_a_batch_for_a_gpu_keeps_its_values():
    """Image and fine shares to within a float16, everything else exactly."""
    batch = maker().make(0)
    restored = tensors(packed(batch).to("cpu"))
    for name, before in tensors(batch).items():
        after = restored[name]
        assert before.dtype == after.dtype and before.shape == after.shape, name
        tolerance = {"image": 5e-3, "fine": 1e-3}.get(name, 0.0)
        torch.testing.assert_close(after, before, atol=tolerance, rtol=0, equal_nan=True, msg=name)


def test_a_worker_that_is_killed_ends_the_training_with_advice():
    parent = os.getpid()

    class Deadly(BatchMaker):
        def make(self, step: int, part: int = 0, parts: int = 1) -> Batch:
            if step == 2 and os.getpid() != parent:
                os.kill(os.getpid(), signal.SIGKILL)
            return super().make(step, part, parts)

    deadly = maker()
    deadly.__class__ = Deadly
    with pytest.raises(InputError, match="lower number of 'workers'"):
        list(loader.batches_ahead(deadly, 0, 6, workers=1))


@pytest.mark.parametrize("count", [0, 1])
def test_an_error_while_a_batch_is_made_reaches_the_training(count):
    made = maker()
    made.groups = {}
    with pytest.raises(KeyError):
        list(loader.batches_ahead(made, 0, 2, workers=count))


@pytest.mark.slow
def test_fresh_workers_do_linear_algebra_with_one_thread(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    names = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"]
    assert list(made_ahead(os.getenv, names, 1, fresh=True)) == ["1", "1"]
    assert [os.getenv(name) for name in names] == ["7", None]


def test_workers_fit_the_cores_the_device_and_the_shared_memory(monkeypatch):
    config = replace(CONFIG, device="cuda", workers=None)
    monkeypatch.setattr(loader, "cores", lambda: 16)
    monkeypatch.setattr(loader.shutil, "disk_usage", lambda path: type("usage", (), {"free": 64_000_000_000}))
    assert loader.worker_count(config) == 15 and loader.worker_count(config, processes=2) == 7
    assert loader.worker_count(replace(config, device="cpu")) == 2
    assert loader.worker_count(replace(config, workers=3)) == 3
    monkeypatch.setattr(loader, "cores", lambda: 2)
    assert loader.worker_count(replace(config, device="cpu")) == 0
    monkeypatch.setattr(loader, "cores", lambda: 16)
    monkeypatch.setattr(loader.shutil, "disk_usage", lambda path: type("usage", (), {"free": 0}))
    assert loader.worker_count(config) == 0
