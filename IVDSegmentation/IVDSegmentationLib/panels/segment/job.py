"""One run: the volume goes to the worker, its result becomes nodes. Until then the scene is not touched."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import slicer

from ...errors import InputError, IVDError
from ...files import make_scratch_folder, remove_scratch_folder
from ...measurement import DiscMeasurements
from ...scene import nodes, volumes, write
from ...scene.nodes import ResultNodes
from ...scene.result import is_edited
from ...segmentation.result import SegmentationResult
from ...volume import Volume
from ...worker.messages import ErrorEvent, ProgressEvent, ResultEvent, SegmentRequest
from ...worker.transfer import INPUT, load_measurements, load_result, save_volume
from ..shared import texts
from ..shared.interpreter import NoInterpreter
from ..shared.questions import Decision, Questions
from ..shared.signal import Signal
from ..shared.writing import StepwiseWriting, WritingTurn

Measurements = Sequence[DiscMeasurements] | None
"""What the worker measured; None where it did not: then the scene measures."""


class Worker(Protocol):
    """What a job needs of the worker process."""

    progress: Signal
    done: Signal
    failed: Signal

    def request(self, kind: type, **fields: Any) -> int: ...

    def cancel(self, request_id: int) -> None: ...


class SceneWriter(Protocol):
    """What a job needs of the scene."""

    def read_volume(self, node: Any) -> Volume: ...

    def existing(self, node: Any) -> ResultNodes | None: ...

    def is_edited(self, result_nodes: ResultNodes) -> bool: ...

    def adding(self, node: Any, result: SegmentationResult, measured: Measurements) -> write.Steps: ...

    def replacing(self, nodes: ResultNodes, result: SegmentationResult, measured: Measurements) -> write.Steps: ...

    def add_probability(self, node: Any, probability: Volume) -> None: ...


class MRMLSceneWriter:
    """The real one: the functions of ``scene``."""

    def read_volume(self, node: Any) -> Volume:
        return replace(volumes.volume_of_node(node), body_parts=volumes.body_parts_of_node(node))

    def existing(self, node: Any) -> ResultNodes | None:
        return nodes.existing_result(node)

    def is_edited(self, result_nodes: ResultNodes) -> bool:
        return is_edited(result_nodes)

    def adding(self, node: Any, result: SegmentationResult, measured: Measurements) -> write.Steps:
        return write.adding_result(node, result, measured)

    def replacing(self, nodes: ResultNodes, result: SegmentationResult, measured: Measurements) -> write.Steps:
        return write.replacing_result(nodes, result, measured)

    def add_probability(self, node: Any, probability: Volume) -> None:
        values = probability.with_array(probability.array.astype("float32"))  # Slicer has no half-precision volumes
        volumes.add_volume(values, f"{node.GetName()} disc probability")


@dataclass(frozen=True)
class Settings:
    """How to segment. ``threads`` None: all the machine has. ``options``: fields of ``pipeline.Options``."""

    model: str = "default"
    device: str = "auto"
    threads: int | None = None
    options: dict[str, Any] | None = None
    keep_probability: bool = False


@dataclass
class _Run:
    node_id: str
    request_id: int
    folder: Path
    settings: Settings
    decision: Decision
    asked: bool
    started: float


class SegmentJob:
    """Runs one segmentation at a time. The nodes are made in steps, each in a turn of the event loop of its own, when
    nobody else is making any.

    Signals: ``started()``, ``progressed(stage, fraction)``, ``finished(ResultNodes | None, SegmentationResult)`` (None
    where no disc was found), ``failed(kind, message, details)``, ``cancelled()``.
    """

    def __init__(self, worker: Worker, scene: SceneWriter, questions: Questions, writing: WritingTurn | None = None) -> None:
        self._worker, self._scene, self._questions = worker, scene, questions
        self._run: _Run | None = None
        self.started, self.progressed, self.finished = Signal(), Signal(), Signal()
        self.failed, self.cancelled = Signal(), Signal()
        self._writing = StepwiseWriting(writing or WritingTurn())
        worker.progress.connect(self._on_progress)
        worker.done.connect(self._on_done)
        worker.failed.connect(self._on_failed)

    def disconnect(self) -> None:
        self._worker.progress.disconnect(self._on_progress)
        self._worker.done.disconnect(self._on_done)
        self._worker.failed.disconnect(self._on_failed)
        self._writing.cleanup()

    @property
    def running(self) -> bool:
        return self._run is not None

    @property
    def seconds(self) -> float:
        """Since the start of the run."""
        return time.monotonic() - self._run.started if self._run else 0.0

    def start(self, node: Any, settings: Settings) -> bool:
        """Begin; False where the user cancels or the volume cannot be used (``failed`` says why)."""
        if self.running:
            return False
        existing = self._scene.existing(node)
        edited = existing is not None and self._scene.is_edited(existing)
        decision = Decision.REPLACE if existing is not None else Decision.KEEP_BOTH
        if edited:
            decision = self._questions.about_edited_result(node.GetName())
            if decision is Decision.CANCEL:
                return False
        folder = None
        try:
            folder = make_scratch_folder(slicer.app.temporaryPath or tempfile.gettempdir())
            save_volume(folder, INPUT, self._scene.read_volume(node))
            request_id = self._worker.request(
                SegmentRequest,
                folder=str(folder),
                model=settings.model,
                device=settings.device,
                threads=settings.threads,
                options=settings.options or {},
            )
        except (IVDError, NoInterpreter) as error:
            return self._could_not_start(folder, type(error).__name__, str(error))
        except OSError as error:
            return self._could_not_start(folder, "OSError", texts.cannot_transfer(error.strerror or str(error)))
        self._run = _Run(node.GetID(), request_id, folder, settings, decision, edited, time.monotonic())
        self.started.emit()
        self.progressed.emit("start", 0.0)
        return True

    def cancel(self) -> None:
        if self._writing.running:
            self._writing.stop()
            self._end()
            self.cancelled.emit()
        elif self._run:
            self._worker.cancel(self._run.request_id)

    # --------------------------------------------------------------- events of the worker
    def _on_progress(self, event: ProgressEvent) -> None:
        if self._run and event.id == self._run.request_id:
            self.progressed.emit(event.stage, event.fraction)

    def _on_failed(self, event: ErrorEvent) -> None:
        if not self._run or event.id != self._run.request_id:
            return
        self._end()
        if event.kind == "Cancelled":
            self.cancelled.emit()
        else:
            self.failed.emit(event.kind, event.message, event.details)

    def _on_done(self, event: ResultEvent) -> None:
        if not self._run or event.id != self._run.request_id:
            return
        run = self._run
        try:
            result, measured = load_result(run.folder), load_measurements(run.folder)
        except (OSError, ValueError, KeyError, TypeError) as error:
            self._end()
            self.failed.emit(type(error).__name__, texts.cannot_read_result(str(error)), "")
            return
        node = slicer.mrmlScene.GetNodeByID(run.node_id)
        if node is None:
            self._end()
            self.failed.emit("VolumeGone", texts.volume_gone(), "")
        elif not result.discs:
            self._end()
            self.finished.emit(None, result)
        else:
            steps = _while_it_is_there(run.node_id, self._nodes_of(run, node, result, measured))
            self._writing.start(steps, lambda written: self._has_written(written, result), self._could_not_write)

    def _has_written(self, written: ResultNodes, result: SegmentationResult) -> None:
        self._end()
        self.finished.emit(written, result)

    def _could_not_write(self, error: Exception) -> None:
        self._end()
        message, details = texts.why_not_written(error)
        self.failed.emit(type(error).__name__, message, details)

    def _nodes_of(
        self, run: _Run, node: Any, result: SegmentationResult, measured: Measurements
    ) -> Generator[None, None, ResultNodes]:
        """Make the nodes. An earlier result that was edited during the run, unasked, is kept."""
        existing = self._scene.existing(node)
        may_replace = run.decision is Decision.REPLACE
        yield
        if existing is not None and may_replace and (run.asked or not self._scene.is_edited(existing)):
            written = yield from self._scene.replacing(existing, result, measured)
        else:
            written = yield from self._scene.adding(node, result, measured)
        if run.settings.keep_probability:
            self._scene.add_probability(node, result.probability)
        return written

    def _end(self) -> None:
        if self._run:
            remove_scratch_folder(self._run.folder)
            self._run = None

    def _could_not_start(self, folder: Path | None, kind: str, message: str) -> bool:
        if folder is not None:
            remove_scratch_folder(folder)
        self.failed.emit(kind, message, "")
        return False


def _while_it_is_there(node_id: str, steps: write.Steps) -> write.Steps:
    """The steps, as long as the volume is in the scene: before each one it is looked for."""
    try:
        while True:
            if slicer.mrmlScene.GetNodeByID(node_id) is None:
                raise InputError(texts.volume_gone())
            try:
                next(steps)
            except StopIteration as end:
                return end.value
            yield
    finally:
        steps.close()
