"""The main job: a volume in, named discs out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import Cancelled, DeviceError
from ..memory import peak_memory_bytes
from ..quality import judge_outlines, outline_model_of
from ..spine import Disc
from ..volume import NetworkFrame, Volume
from ..volume.checks import checked_patient
from .assemble import assemble
from .found import find_discs_of_spine
from .glance import may_name_levels, may_show_discs
from .options import Options
from .orientation import ENOUGH_DISCS, Finding, wrong_way_round
from .result import ModelInfo, SegmentationResult

if TYPE_CHECKING:
    from torch import nn

    from .infer import NetworkOutput

Progress = Callable[[str, float], None]
"""Gets (stage, fraction 0 … 1); stages are 'prepare', 'network', 'postprocess'."""


def choose_device(wanted: str = "auto") -> str:
    """'cuda', 'mps' or 'cpu'. Raises ``DeviceError`` where the one wanted is not there."""
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return next(name for name, present in there.items() if present)
    if wanted not in there:
        raise DeviceError(f"The device '{wanted}' is not known. Choose auto, cpu, cuda or mps.")
    if not there[wanted]:
        raise DeviceError(f"This machine has no usable '{wanted}' device. Choose 'auto' or 'cpu'.")
    return wanted


class Segmenter:
    """A loaded model, ready to segment one volume after another. ``threads``: at most as many as there are cores; None
    for PyTorch's own number. They hold while it works, so that several segmenters do not set each other's.

    Raises ``ModelError`` for a model that is missing or broken, ``DeviceError`` for a device that is not there.
    """

    def __init__(self, model: str | Path = "default", device: str = "auto", threads: int | None = None) -> None:
        import torch

        from ..network.blocks import channels_last
        from ..network.fuse import fused
        from ..network.precision import with_fast_numbers
        from ..network.registry import outline_levels_of
        from ..network.weights import find_model, load_model

        self.device = choose_device(device)
        self.threads = min(threads, os.cpu_count() or threads) if threads else torch.get_num_threads()
        network, self.card = load_model(model)
        self.network = channels_last(with_fast_numbers(fused(network).to(self.device), self.device))
        self.info = ModelInfo(self.card.name, self.card.version, self.card.sha256)
        self.outline_levels = outline_levels_of(network)
        self.outlines = outline_model_of(find_model(model), self.card.sha256)

    def segment(
        self,
        volume: Volume,
        options: Options | None = None,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> SegmentationResult:
        """Finds, outlines and names the discs. An empty ``discs`` means that none was found.

        Raises ``InputError`` for a volume that cannot be used and ``Cancelled`` when asked to stop.
        """
        options = options or Options()

        def report(stage: str, fraction: float) -> None:
            if cancelled and cancelled():
                raise Cancelled("Segmentation was cancelled. Nothing was changed.")
            if progress:
                progress(stage, fraction)

        clock = _Clock()
        report("prepare", 0.0)
        patient, warnings = checked_patient(volume)
        frame = NetworkFrame.of(patient.volume)
        image = frame.to_network()
        clock.stop("prepare")
        report("network", 0.0)
        with _torch_threads(self.threads):
            output, device, notes = self._infer(
                image.array, options, lambda fraction: report("network", fraction), may_show_discs
            )
        clock.stop("network")
        report("postprocess", 0.0)
        labels, discs, probability, more = assemble(
            frame, image, output, options, self.card.level_temperature, self.outline_levels
        )
        discs = self._with_outlines(frame, image, labels, discs, output)
        if options.check_orientation and output.coarse is not None:
            seen = Finding(len(discs), discs[0].confidence if discs else 0.0)
            if not discs:  # seen back to front no canal runs behind the discs, and they are not believed
                seen = Finding(len(find_discs_of_spine(output, image, options).regions), 0.0)
            turned = self._wrong_way_round(patient.volume, seen, options, lambda: report("postprocess", 0.5))
            if turned:
                more = [turned, *more]
        clock.stop("postprocess")
        report("postprocess", 1.0)
        return SegmentationResult(
            patient.on_source(labels),
            discs,
            probability,
            self.info,
            device,
            self.threads,
            clock.seconds,
            peak_memory_bytes(),
            (*warnings, *notes, *more),
            volume.body_parts,
        )

    def _with_outlines(
        self, frame: NetworkFrame, image: Volume, labels: Volume, discs: tuple[Disc, ...], output: NetworkOutput
    ) -> tuple[Disc, ...]:
        """The discs with an estimate of how good their outlines are, where the model has one."""
        if self.outlines is None or not discs:
            return discs
        found = judge_outlines(self.outlines, frame, image, labels, output.disc, output.body, output.coarse)
        return tuple(replace(disc, outline=found.get(disc.label)) for disc in discs)

    def _wrong_way_round(self, volume: Volume, seen: Finding, options: Options, check: Callable[[], None]) -> str | None:
        """A sentence for the user if the file's axes seem wrong. ``check`` raises to stop."""

        def look(turned: Volume, for_levels: bool) -> Finding:
            image = NetworkFrame.of(turned).to_network()

            def worthwhile(coarse: NetworkOutput) -> bool:
                return may_show_discs(coarse, ENOUGH_DISCS) and (not for_levels or may_name_levels(coarse))

            with _torch_threads(self.threads):
                output = self._infer(image.array, options, lambda fraction: check(), worthwhile)[0]
            chain = find_discs_of_spine(output, image, options).named(self.card.level_temperature)
            return Finding(len(chain.regions), chain.confidence)

        try:
            return wrong_way_round(volume, seen, look)
        except DeviceError:  # no memory for a second look: the result at hand must not be lost for it
            return None

    def _infer(
        self,
        image: np.ndarray,
        options: Options,
        progress: Callable[[float], None],
        worthwhile: Callable[[NetworkOutput], bool],
    ) -> tuple[NetworkOutput, str, list[str]]:
        """Output, the device that gave it, and what the user should know. A GPU that runs out of memory falls back to
        smaller tiles, then to the CPU; one that cannot do an operation falls back to the CPU. The user is told of both."""
        from .infer import TILE_VOXELS
        from .magnify import infer_with_neck

        tile = options.tile_voxels or TILE_VOXELS
        attempts = [(self.device, tile, "")]
        if self.device != "cpu":
            attempts += [
                (self.device, tile // 8, "The GPU ran out of memory: the volume was done in smaller tiles."),
                ("cpu", tile, "The GPU ran out of memory: the volume was done on the CPU."),
            ]
        while attempts:
            device, voxels, note = attempts.pop(0)
            try:
                output = infer_with_neck(self._network_on(device), image, device, progress, voxels, worthwhile=worthwhile)
            except (MemoryError, RuntimeError) as error:
                if _out_of_memory(error):
                    _free_memory()
                elif device != "cpu":  # such as 3D up-sampling on Macs before PyTorch 2.8
                    reason = str(error).strip().split("\n")[0]
                    attempts = [("cpu", tile, f"The GPU cannot do this ({reason}): the volume was done on the CPU.")]
                else:
                    raise
                continue
            finally:
                self._network_on(self.device)
            return output, device, [note] if note else []
        raise DeviceError(
            "There is not enough memory for this volume. Close other programs or volumes, or crop the volume to the spine."
        )

    def _network_on(self, device: str) -> nn.Module:
        """The network, moved to a device where it is elsewhere: even to look at all its layers takes 5 ms."""
        if next(self.network.parameters()).device.type != device:
            self.network.to(device)
        return self.network


def _out_of_memory(error: Exception) -> bool:
    """PyTorch's out-of-memory errors are RuntimeErrors whose class depends on its version and the device."""
    words = str(error).lower()
    return isinstance(error, MemoryError) or "out of memory" in words or "can't allocate memory" in words


@contextmanager
def _torch_threads(count: int) -> Iterator[None]:
    """PyTorch's number of threads belongs to the process: it is put back afterwards."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _free_memory() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()


class _Clock:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._at = self._start = time.perf_counter()

    def stop(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] = round(now - self._at, 4)
        self.seconds["total"] = round(now - self._start, 4)
        self._at = now
