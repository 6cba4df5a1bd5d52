"""The state machine of the parent's side, without any process."""

from __future__ import annotations

import pytest
from IVDSegmentationLib.worker import messages as m
from IVDSegmentationLib.worker.client import LAST_ERROR_LINES, State, WorkerClient


@pytest.fixture
def sent():
    return []


@pytest.fixture
def client(sent):
    client = WorkerClient(sent.append)
    client.started()
    return client


READY = m.encode(m.ReadyEvent(0, 77, "3.12", "0.1"))


def test_requests_wait_until_the_worker_is_ready(client, sent):
    client.request(m.WarmUpRequest(1))
    assert (client.state, sent) == (State.STARTING, [])
    client.output(READY)
    assert (client.state, client.pid) == (State.BUSY, 77)
    assert m.decode_request(sent[0]) == m.WarmUpRequest(1)


def test_one_request_at_a_time(client, sent):
    client.output(READY)
    client.request(m.WarmUpRequest(1))
    client.request(m.WarmUpRequest(2))
    assert len(sent) == 1
    client.output(m.encode(m.ResultEvent(1)))
    assert [m.decode_request(line).id for line in sent] == [1, 2]
    client.output(m.encode(m.ErrorEvent(2, "InputError", "empty")))
    assert client.state is State.IDLE


def test_events_in_pieces_and_several_at_once(client):
    client.output(READY)
    data = m.encode(m.ProgressEvent(1, "network", 0.5)) + b"\r\n" + m.encode(m.LogEvent(1, "hi"))
    assert client.output(data[:10]) == []
    assert client.output(data[10:]) == [m.ProgressEvent(1, "network", 0.5), m.LogEvent(1, "hi")]


def test_foreign_output_becomes_a_log(client):
    assert client.output(b"ITK warning: something\n") == [m.LogEvent(0, "ITK warning: something")]


def test_cancel_goes_past_the_queue(client, sent):
    client.output(READY)
    client.request(m.SegmentRequest(1, "x"))
    client.send_now(m.CancelRequest(1))
    assert m.decode_request(sent[-1]) == m.CancelRequest(1)


def test_a_crash_fails_everything_asked_and_keeps_the_last_words(client):
    client.output(READY)
    client.request(m.SegmentRequest(1, "x"))
    client.request(m.WarmUpRequest(2))
    client.errors(b"line one\nSegmentation fau")
    client.errors(b"lt")
    events = client.exited(-11, True)
    assert [event.id for event in events] == [1, 2]
    assert {event.kind for event in events} == {"WorkerCrashed"}
    assert events[0].details == "line one\nSegmentation fault"
    assert "scene was not changed" in events[0].message
    assert client.state is State.STOPPED


def test_an_exit_while_idle_is_no_error(client):
    client.output(READY)
    assert client.exited(0, False) == []


def test_a_worker_that_never_started_says_so(client):
    client.request(m.WarmUpRequest(1))
    client.errors(b"No module named IVDSegmentationLib\n")
    (event,) = client.exited(1, False)
    assert "could not be started" in event.message and "No module named" in event.details


def test_only_the_last_words_are_kept(client):
    client.errors(b"".join(b"line %d\n" % n for n in range(1000)))
    lines = client.last_error_lines.splitlines()
    assert lines[-1] == "line 999" and len(lines) == LAST_ERROR_LINES


def test_a_new_start_forgets_the_old_one(client):
    client.errors(b"old\n")
    client.exited(1, False)
    client.started()
    assert (client.last_error_lines, client.state) == ("", State.STARTING)


def test_asking_a_stopped_worker_is_a_programming_error(client):
    client.exited(0, False)
    with pytest.raises(RuntimeError):
        client.request(m.WarmUpRequest(1))
