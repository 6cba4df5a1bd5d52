"""Batches drawn in a thread, beside the training that uses them."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import fields

import numpy as np
import torch
import training_machine  # noqa: F401
from device_batches import DeviceBatches, DeviceCase
from IVDSegmentationLib.training.batches import Batch
from phantom_supply import Factory, drawn
from spine_pack import device_case

MOST_VOXELS = 8e9
"""Of all cases together, four bytes each, on the device."""
PATCHES = {
    "full": ((32, 192, 160), (32, 128, 96), 12, 0.34),
    "slab": ((16, 192, 160), (16, 128, 96), 24, 0.25),
    "tall": ((16, 448, 128), (16, 192, 96), 12, 0.20),
    "wide": ((64, 128, 128), (48, 96, 96), 12, 0.21),
}
"""Size of the patch and of its box for the fine stage (k, j, i), patches in a batch, and how often it is drawn."""


class Drawer:
    """Draws batches of random kinds of patches in a thread, on a stream of its own, and takes in new volumes meanwhile."""

    def __init__(
        self, cases: list[DeviceCase], shares: dict[str, float], gentle: float, device: str, small: bool, supply: Factory | None
    ) -> None:
        self.device, self.small, self.supply = device, small, supply
        self.maker = DeviceBatches(cases, shares, gentle, device)
        self.queue: queue.Queue = queue.Queue(maxsize=3)
        self.stopped = threading.Event()
        self.made = 0
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        stream = torch.cuda.Stream() if self.device == "cuda" else None
        try:
            with torch.cuda.stream(stream) if stream is not None else nullcontext():
                self._draw(stream)
        except BaseException as error:
            self.queue.put(error)

    def _draw(self, stream: torch.cuda.Stream | None) -> None:
        rng = np.random.default_rng(int(time.time()))
        shares = {name: row[3] for name, row in PATCHES.items()}
        voxels = sum(case.image.numel() for group in self.maker.groups.values() for case in group)
        step = 0
        while not self.stopped.is_set():
            if (
                self.supply is not None
                and step % 2 == 0
                and voxels < MOST_VOXELS
                and (item := self.supply.take(0.0))
                and "error" not in item
            ):
                self.maker.add(case := device_case(item, self.device))
                voxels += case.image.numel()
                self.made += 1
            step += 1
            size, fine, count, _ = PATCHES[drawn(rng, shares)]
            if self.small:
                size, fine, count = (16, 64, 64), (16, 32, 32), 2
            batch = self.maker.make(rng, size, fine, count)
            event = None
            if stream is not None:
                event = torch.cuda.Event()
                event.record(stream)
            while not self.stopped.is_set():
                try:
                    self.queue.put((batch, event), timeout=0.2)
                    break
                except queue.Full:
                    continue

    def __iter__(self) -> Iterator[Batch]:
        while True:
            item = self.queue.get()
            if isinstance(item, BaseException):
                raise item
            batch, event = item
            if event is not None:
                torch.cuda.current_stream().wait_event(event)
                for field in fields(Batch):
                    tensor = getattr(batch, field.name)
                    if tensor.is_cuda:
                        tensor.record_stream(torch.cuda.current_stream())
            yield batch

    def stop(self) -> None:
        self.stopped.set()
        self.thread.join(timeout=20)
