"""Phantoms of every part of the spine and volumes without one, drawn for the training: at once, or by processes beside it."""

from __future__ import annotations

import multiprocessing
import os
import queue

import numpy as np
import training_machine  # noqa: F401
from IVDSegmentationLib.synthesis import CONTRASTS, KINDS, PhantomSettings, synthesize, synthesize_negative
from IVDSegmentationLib.training.cases import make_case
from spine_pack import packed

REGION_SHARES = {"lumbar": 0.28, "whole": 0.16, "cervical": 0.17, "thoracic": 0.10, "head": 0.05, "none": 0.24}
CONTRAST_SHARES = {"T2": 0.34, "T1": 0.22, "STIR": 0.15, "T2fs": 0.09, "water": 0.08, "fat": 0.02, "random": 0.10}
"""More fat suppression than in a clinic: real scans of it are few."""
PLANE_SHARES = {"sagittal": 0.84, "axial": 0.10, "coronal": 0.06}


def drawn(rng: np.random.Generator, shares: dict[str, float]) -> str:
    p = np.array(list(shares.values()))
    return str(rng.choice(list(shares), p=p / p.sum()))


def synthetic(seed: int, shares: dict[str, float] = REGION_SHARES) -> dict:
    """A phantom or a volume without a spine, as the training wants it."""
    rng = np.random.default_rng([seed, 7])
    region = drawn(rng, shares)
    if region == "none":
        phantom = synthesize_negative(seed)
    else:
        plane = drawn(rng, PLANE_SHARES) if region != "whole" else "sagittal"
        kind = str(rng.choice(KINDS, p=[0.35, 0.35, 0.30]))
        contrast = drawn(rng, CONTRAST_SHARES)
        assert contrast in CONTRASTS
        phantom = synthesize(seed, PhantomSettings(region=region, plane=plane, kind=kind, contrast=contrast))
    group = "none" if region == "none" else f"phantom {region}"
    return packed(make_case(f"{group} {seed}", group, phantom.image, phantom.labels.array))


def _worker(seeds: multiprocessing.Queue, ready: multiprocessing.Queue) -> None:
    os.nice(10)
    while (seed := seeds.get()) is not None:
        try:
            ready.put(synthetic(seed))
        except Exception as error:  # one bad seed must not stop the run
            ready.put({"error": f"seed {seed}: {error!r}"})


class Factory:
    """Processes that draw volumes; ``take`` gives those that are ready."""

    def __init__(self, workers: int, first_seed: int) -> None:
        context = multiprocessing.get_context("fork")
        self.seeds, self.ready = context.Queue(), context.Queue(maxsize=64)
        self.next = first_seed
        for _ in range(3 * workers):
            self._order()
        self.processes = [context.Process(target=_worker, args=(self.seeds, self.ready), daemon=True) for _ in range(workers)]
        for process in self.processes:
            process.start()

    def _order(self) -> None:
        self.seeds.put(self.next)
        self.next += 1

    def take(self, timeout: float) -> dict | None:
        try:
            item = self.ready.get(timeout=timeout)
        except queue.Empty:
            return None
        self._order()
        return item

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        self.seeds.cancel_join_thread()
