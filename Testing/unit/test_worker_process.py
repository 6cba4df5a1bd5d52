"""A real worker process with the stub service: protocol, Cancel, crash, end of the parent."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from IVDSegmentationLib.volume import Volume
from IVDSegmentationLib.worker import messages as m
from IVDSegmentationLib.worker import transfer

TESTING = Path(__file__).resolve().parents[1]
STUB = TESTING / "gui" / "stub_worker.py"
HANG_GUARD_S = 60
"""Half of what the stub's long work takes."""


class Child:
    """A worker process spoken to line by line."""

    def __init__(self) -> None:
        library = str(TESTING.parent / "IVDSegmentation")
        self.process = subprocess.Popen(
            [sys.executable, str(STUB)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": library, "PYTHONUNBUFFERED": "1"},
        )

    def ask(self, request: m.Request) -> None:
        self.process.stdin.write(m.encode(request))
        self.process.stdin.flush()

    def hear(self) -> m.Event:
        return m.decode_event(self.process.stdout.readline())

    def hear_end(self) -> list[m.Event]:
        """Events up to the result or error."""
        events = [self.hear()]
        while not isinstance(events[-1], (m.ResultEvent, m.ErrorEvent)):
            events.append(self.hear())
        return events


@pytest.fixture
def child():
    child = Child()
    yield child
    child.process.kill()
    child.process.wait()
    for stream in (child.process.stdin, child.process.stdout, child.process.stderr):
        stream.close()


@pytest.fixture
def folder(tmp_path):
    transfer.save_volume(tmp_path, transfer.INPUT, Volume(np.zeros((8, 30, 20), np.int16), (1.0, 1.0, 3.0)))
    return str(tmp_path)


def test_says_that_it_is_ready_and_does_what_it_is_asked(child, folder):
    ready = child.hear()
    assert isinstance(ready, m.ReadyEvent) and ready.pid == child.process.pid
    child.ask(m.SegmentRequest(5, folder, "quick"))
    events = child.hear_end()
    assert {event.id for event in events} == {5}
    assert isinstance(events[-1], m.ResultEvent)
    assert [event.stage for event in events[:-1]] == ["prepare", "network"]
    assert len(transfer.load_result(folder).discs) == 3


def test_leads_its_own_process_group(child):
    ready = child.hear()
    if hasattr(os, "getpgid"):
        assert os.getpgid(ready.pid) == ready.pid != os.getpgid(0)


def test_prints_do_not_disturb_the_messages(child, folder):
    child.hear()
    child.ask(m.SegmentRequest(1, folder, "noisy"))
    assert isinstance(child.hear_end()[-1], m.ResultEvent)
    child.ask(m.ShutdownRequest())
    _, errors = child.process.communicate(timeout=HANG_GUARD_S)
    assert b"printed by Python" in errors and b"written by C code" in errors


def test_an_error_for_the_user_keeps_the_worker_alive(child, folder):
    child.hear()
    child.ask(m.SegmentRequest(1, folder, "memory"))
    error = child.hear_end()[-1]
    assert (error.kind, error.message) == ("DeviceError", "The GPU has too little memory. Choose the device 'cpu'.")
    assert "Traceback" in error.details
    child.ask(m.SegmentRequest(2, folder, "quick"))
    assert isinstance(child.hear_end()[-1], m.ResultEvent)


def test_an_unexpected_error_is_reported_with_its_traceback(child, folder):
    child.hear()
    (Path(folder) / "input.json").write_text("{}")
    child.ask(m.SegmentRequest(1, folder, "quick"))
    error = child.hear_end()[-1]
    assert error.kind == "KeyError" and "Traceback" in error.details


def test_cancel_is_heard_in_mid_work(child, folder):
    child.hear()
    child.ask(m.SegmentRequest(1, folder, "slow"))
    assert isinstance(child.hear(), m.ProgressEvent)
    child.ask(m.CancelRequest(1))
    assert child.hear_end()[-1].kind == "Cancelled"
    child.ask(m.SegmentRequest(2, folder, "quick"))
    assert isinstance(child.hear_end()[-1], m.ResultEvent)


def test_a_request_can_be_cancelled_while_it_waits(child, folder):
    child.hear()
    child.ask(m.SegmentRequest(1, folder, "slow"))
    child.ask(m.SegmentRequest(2, folder, "quick"))
    child.ask(m.CancelRequest(2))
    child.ask(m.CancelRequest(1))
    assert child.hear_end()[-1].id == 1
    assert (child.hear_end()[-1].id, child.process.poll()) == (2, None)


def test_garbage_is_answered_and_survived(child, folder):
    child.hear()
    child.process.stdin.write(b"what?\n")
    child.process.stdin.flush()
    assert child.hear().kind == "ProtocolError"
    child.ask(m.SegmentRequest(1, folder, "quick"))
    assert isinstance(child.hear_end()[-1], m.ResultEvent)


def test_ends_with_its_parent_even_in_mid_work(child, folder):
    child.hear()
    child.ask(m.SegmentRequest(1, folder, "stubborn"))
    child.hear()
    child.process.stdin.close()
    assert child.process.wait(HANG_GUARD_S) == 0
    assert b"result" not in child.process.stdout.read()


def test_ends_quietly_when_nobody_listens(child, folder):
    child.hear()
    child.process.stdout.close()
    child.ask(m.SegmentRequest(5, folder, "quick"))
    assert child.process.wait(HANG_GUARD_S) == 0


def test_the_shipped_worker_starts_without_importing_torch(tmp_path):
    code = "import IVDSegmentationLib.worker.__main__, sys; assert not {'torch', 'scipy', 'vtk'} & set(sys.modules)"
    library = str(TESTING.parent / "IVDSegmentation")
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": library}, timeout=HANG_GUARD_S)


def test_a_full_disk_is_told_in_words(folder, monkeypatch):
    from IVDSegmentationLib.errors import OutputError
    from IVDSegmentationLib.worker import service as module
    from IVDSegmentationLib.worker.server import Reporter

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    class Found:
        labels = Volume(np.zeros((8, 30, 20), np.uint8))
        discs = ()

    class Segmenter:
        def segment(self, *_):
            return Found()

    service = module.SegmentationService()
    monkeypatch.setattr(service, "_get", lambda *_: Segmenter())
    monkeypatch.setattr(module, "save_result", full)
    with pytest.raises(OutputError, match="disk is full"):
        service.segment(m.SegmentRequest(1, folder), Reporter(lambda event: None, 1))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_the_user_may_read_what_the_processes_exchange(child, folder):
    child.hear()
    child.ask(m.SegmentRequest(1, folder, "quick"))
    child.hear_end()
    names = {path.name: path.stat().st_mode & 0o777 for path in Path(folder).iterdir()}
    assert len(names) >= 7 and set(names.values()) == {0o600}, names
