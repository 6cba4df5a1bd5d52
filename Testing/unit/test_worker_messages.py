"""The lines between Slicer and its worker, and the files beside them."""

from __future__ import annotations

import numpy as np
import pytest
from gui.stub_worker import result_for
from IVDSegmentationLib.volume import Volume
from IVDSegmentationLib.worker import messages as m
from IVDSegmentationLib.worker import transfer


@pytest.mark.parametrize(
    "request_",
    [
        m.SegmentRequest(3, "Bücher 椎間板", "default", "cpu", 2, {"threshold": 0.4}),
        m.SegmentRequest(4, "x", threads=None),
        m.WarmUpRequest(1),
        m.ReadScanRequest(5, "/study", "scan 椎", "/folder"),
        m.SaveScanRequest(6, "/study", "scan", "/folder", "Anna Müller"),
        m.CohortFilesRequest(7, "/study"),
        m.AddCasesRequest(8, "/study", "/training"),
        m.CancelRequest(9),
        m.ShutdownRequest(),
    ],
)
def test_requests_survive_the_way(request_):
    line = m.encode(request_)
    assert line.endswith(b"\n") and line.count(b"\n") == 1 and line.isascii()
    assert m.decode_request(line) == request_


@pytest.mark.parametrize(
    "event",
    [
        m.ReadyEvent(0, 123, "3.12", "0.1"),
        m.ProgressEvent(1, "network", 0.25),
        m.LogEvent(1, "two\nlines"),
        m.ResultEvent(1, {"discs": 7}),
        m.ErrorEvent(1, "InputError", "empty", "trace\nback"),
    ],
)
def test_events_survive_the_way(event):
    assert m.decode_event(m.encode(event)) == event


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"hello",
        b"[1, 2]",
        b'{"type": "fly"}',
        b'{"no": "type"}',
        b'{"type": "progress", "id": "one"}',
        b'{"type": "progress", "fraction": true}',
        b'{"type": "result"',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"type": "progress", "id": ' + b"9" * 10_000 + b"}",
    ],
)
def test_garbage_is_a_protocol_error(line):
    with pytest.raises(m.ProtocolError):
        m.decode_event(line)


def test_fields_of_a_newer_version_are_ignored():
    assert m.decode_event(b'{"type": "log", "text": "hi", "colour": "red"}') == m.LogEvent(0, "hi")


def test_a_request_is_no_event():
    with pytest.raises(m.ProtocolError):
        m.decode_event(m.encode(m.SegmentRequest(1, "x")))


def oblique_volume() -> Volume:
    rotation = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, -1.0]])  # left-handed
    return Volume(np.arange(7 * 20 * 9, dtype=np.int16).reshape(7, 20, 9), (0.7, 0.8, 4.0), (-3.0, 50.0, 7.5), rotation)


def test_a_volume_survives_the_way(tmp_path):
    volume = oblique_volume()
    transfer.save_volume(tmp_path, transfer.INPUT, volume)
    back = transfer.load_volume(tmp_path, transfer.INPUT)
    assert back.same_grid(volume, 1e-9) and back.array.dtype == volume.array.dtype
    np.testing.assert_array_equal(back.array, volume.array)


def test_a_result_survives_the_way(tmp_path):
    result = result_for(oblique_volume())
    transfer.save_result(tmp_path, result)
    back = transfer.load_result(tmp_path)
    assert back.discs == result.discs and back.model == result.model and back.seconds == result.seconds
    assert back.warnings == result.warnings and (back.device, back.threads) == ("cpu", 1)
    np.testing.assert_array_equal(back.labels.array, result.labels.array)
    assert back.probability.array.dtype == np.float16 and back.labels.same_grid(result.labels)


def test_numpy_numbers_can_be_sent(tmp_path):
    result = result_for(oblique_volume())
    result.seconds["network"] = np.float32(0.5)
    transfer.save_result(tmp_path, result)
    assert transfer.load_result(tmp_path).seconds["network"] == 0.5


def test_pickles_are_refused(tmp_path):
    transfer.save_volume(tmp_path, "v", oblique_volume())
    np.save(tmp_path / "v.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="pickle"):
        transfer.load_volume(tmp_path, "v")
