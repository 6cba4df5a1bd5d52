"""A worker without a network: real process, real protocol; the name of the model says how it behaves.

"quick" answers at once, "slow" works until it is cancelled, "late" finishes when it is cancelled, "stubborn" never hears of
it, "crash" dies with words, "none" finds nothing, "memory" fails as a full GPU would, "noisy" also prints where it must not.
"""

from __future__ import annotations

import os
import sys
import time

import numpy as np
from IVDSegmentationLib.errors import Cancelled, DeviceError
from IVDSegmentationLib.segmentation.result import ModelInfo, SegmentationResult
from IVDSegmentationLib.spine import Disc, Flag
from IVDSegmentationLib.volume import Volume
from IVDSegmentationLib.worker.messages import SegmentRequest, WarmUpRequest
from IVDSegmentationLib.worker.server import main
from IVDSegmentationLib.worker.transfer import INPUT, load_volume, save_result


def segment(request: SegmentRequest, reporter) -> dict:
    volume = load_volume(request.folder, INPUT)
    reporter.progress("prepare", 0.5)
    if request.model == "noisy":
        print("printed by Python")
        os.write(1, b"written by C code\n")
    if request.model == "crash":
        print("the last words of this process", file=sys.stderr, flush=True)
        os._exit(3)
    if request.model == "memory":
        raise DeviceError("The GPU has too little memory. Choose the device 'cpu'.")
    if request.model in ("slow", "late", "stubborn"):
        _work(request.model, reporter)
    reporter.progress("network", 1.0)
    save_result(request.folder, result_for(volume, count=0 if request.model == "none" else 3))
    return {"folder": request.folder}


def _work(model: str, reporter) -> None:
    for step in range(6000):
        time.sleep(0.02)
        reporter.progress("network", min(1.0, step / 600))
        if reporter.cancelled() and model == "slow":
            raise Cancelled("Cancelled.")
        if reporter.cancelled() and model == "late":
            return


def warm_up(request: WarmUpRequest, reporter) -> dict:
    return {"device": "cpu", "model": request.model, "version": "0"}


def result_for(volume: Volume, count: int = 3) -> SegmentationResult:
    """``count`` boxes along the second axis, one above the other: from below the discs L5-S1, L4-L5, …"""
    labels = np.zeros(volume.array.shape, np.uint8)
    discs = []
    size = np.array(labels.shape)
    places = [0.1 + 0.18 * n for n in range(count)]
    if volume.direction[2, 1] < 0:  # the axis points down
        places.reverse()
    for n, start in enumerate(places):
        low = (size * [0.3, start, 0.3]).astype(int)
        high = np.maximum(low + 1, (size * [0.7, start + 0.1, 0.7]).astype(int))
        box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        labels[box] = n + 1
        centre = volume.lps_of_ijk(((low + high - 1) / 2)[::-1])
        voxels = int((labels == n + 1).sum())
        flags = (Flag.THIN, Flag.LEVEL_UNCERTAIN) if n == 0 else ()
        confidence = 0.55 if n == 0 else 0.98
        place = tuple(float(x) for x in centre)
        discs.append(Disc(n + 1, place, voxels * volume.voxel_mm3, confidence, 0.9, flags))
    return SegmentationResult(
        labels=volume.with_array(labels),
        discs=tuple(discs),
        probability=volume.with_array((labels > 0).astype(np.float16)),
        model=ModelInfo("stub", "0", "0" * 64),
        device="cpu",
        threads=1,
        seconds={"prepare": 0.1, "network": 0.2, "postprocess": 0.1, "total": 0.4},
        body_parts=volume.body_parts,
        notes=("The volume looks like CT; the network was trained on MR.",) if count == 3 and size[0] == 7 else (),
    )


if __name__ == "__main__":
    main({SegmentRequest: segment, WarmUpRequest: warm_up})
