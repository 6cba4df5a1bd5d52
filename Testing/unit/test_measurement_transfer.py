"""Measurements on their way from the worker to Slicer."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
from IVDSegmentationLib.measurement import lordosis_l1_s1_deg, measure_discs
from IVDSegmentationLib.worker import messages, service, transfer
from known_result import spine_scan


def same(one, other) -> bool:
    """Whether two measurements agree to the last bit, arrays in them too."""
    one, other = asdict(one), asdict(other)
    frames = [one.pop("frame"), other.pop("frame")]
    plates = [(one.pop(name), other.pop(name)) for name in ("upper_endplate", "lower_endplate")]
    return one == other and all(
        (a is None and b is None) or all(np.array_equal(a[key], b[key]) for key in a) for a, b in (frames, *plates)
    )


def test_measurements_survive_the_way(tmp_path):
    result, image = spine_scan()
    measured = measure_discs(result.labels, image)
    measured.append(replace(measured[0], level="unknown", label=51, frame=None, upper_endplate=None, width_mm=None))
    transfer.save_measurements(tmp_path, measured)
    back = transfer.load_measurements(tmp_path)
    assert len(back) == 7 and all(same(one, other) for one, other in zip(back, measured, strict=True))
    assert lordosis_l1_s1_deg(back) == lordosis_l1_s1_deg(measured) is not None


def test_a_worker_that_measures_nothing_leaves_it_to_the_scene(tmp_path):
    assert transfer.load_measurements(tmp_path) is None


def test_the_worker_measures_what_it_finds(tmp_path, monkeypatch):
    result, image = spine_scan()

    class Segmenter:
        def segment(self, *_):
            return result

    class Reporter:
        progress = cancelled = None

    worker = service.SegmentationService()
    monkeypatch.setattr(worker, "_get", lambda *_: Segmenter())
    transfer.save_volume(tmp_path, transfer.INPUT, image)
    worker.segment(messages.SegmentRequest(1, str(tmp_path)), Reporter())
    found = transfer.load_measurements(tmp_path)
    assert [one.label for one in found] == [disc.label for disc in result.discs]
    assert all(one.signal_mean > 200 and one.depth_mm > 20 for one in found)
