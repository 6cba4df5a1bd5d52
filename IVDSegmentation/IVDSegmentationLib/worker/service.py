"""What the worker does: segmentations, with the network kept loaded between them."""

from __future__ import annotations

from typing import Any

from ..errors import OutputError
from ..files import reason_of
from .messages import SegmentRequest, WarmUpRequest
from .server import Handler, Reporter
from .transfer import INPUT, load_volume, save_measurements, save_result


class SegmentationService:
    """Keeps the ``Segmenter`` of the last request loaded; an earlier one is dropped, so that memory stays bounded."""

    def __init__(self) -> None:
        self._key: tuple[str, str, int | None] | None = None
        self._segmenter: Any = None

    def handlers(self) -> dict[type, Handler]:
        return {SegmentRequest: self.segment, WarmUpRequest: self.warm_up}

    def warm_up(self, request: WarmUpRequest, reporter: Reporter) -> dict[str, Any]:
        segmenter = self._get(request.model, request.device, request.threads, reporter)
        return {"device": segmenter.device, "model": segmenter.info.name, "version": segmenter.info.version}

    def segment(self, request: SegmentRequest, reporter: Reporter) -> dict[str, Any]:
        was_warm = self._key == (request.model, request.device, request.threads)
        segmenter = self._get(request.model, request.device, request.threads, reporter)
        from ..measurement import measure_discs
        from ..segmentation.options import Options

        volume = load_volume(request.folder, INPUT)
        result = segmenter.segment(volume, Options(**request.options), reporter.progress, reporter.cancelled)
        measured = measure_discs(result.labels, volume)  # here, so that Slicer's window need not wait
        try:
            save_result(request.folder, result)
            save_measurements(request.folder, measured)
        except OSError as error:
            raise OutputError(f"The result could not be handed to Slicer: {reason_of(error)}") from error
        return {"folder": request.folder, "discs": len(result.discs), "warm": was_warm}

    def _get(self, model: str, device: str, threads: int | None, reporter: Reporter) -> Any:
        key = (model, device, threads)
        if self._key != key:
            reporter.progress("load", 0.0)
            self._key, self._segmenter = None, None  # free the old network before the new one is loaded
            from ..segmentation.pipeline import Segmenter  # imports torch: seconds, the first time

            self._segmenter, self._key = Segmenter(model, device, threads), key
            reporter.progress("load", 1.0)
        return self._segmenter
