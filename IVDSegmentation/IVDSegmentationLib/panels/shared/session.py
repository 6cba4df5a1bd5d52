"""What the tabs share: the volume, its result, the worker, and the news about them."""

from __future__ import annotations

from typing import Any

from ...scene.nodes import ResultNodes
from ...segmentation.result import SegmentationResult
from .dependencies import Dependencies
from .questions import Questions
from .signal import Signal
from .worker_process import WorkerProcess
from .writing import WritingTurn


class Session:
    """One per panel. ``parameters`` is None while a scene is being closed.

    Signals: ``volume_changed(node | None)``; ``result_changed(ResultNodes | None, SegmentationResult | None)``, also
    after corrections; ``disc_selected(label)``; ``busy_changed(bool)``, while the worker does something for a tab;
    ``writing_changed(bool)``, while nodes of a result are made, see ``writing_turn``; ``dependencies_changed()``;
    ``models_changed()``, when a model was added; ``cases_changed(folder)``, when training cases were added to a folder;
    ``tab_wanted(title)``, to show another tab.
    """

    def __init__(self, worker: WorkerProcess, dependencies: Dependencies, questions: Questions) -> None:
        self.worker = worker
        self.dependencies = dependencies
        self.questions = questions
        self.parameters: Any | None = None
        self.nodes: ResultNodes | None = None
        self.result: SegmentationResult | None = None
        self.busy = False
        self.writing_turn = WritingTurn()
        self.volume_changed = Signal()
        self.result_changed = Signal()
        self.disc_selected = Signal()
        self.busy_changed = Signal()
        self.writing_changed = self.writing_turn.changed
        self.dependencies_changed = Signal()
        self.models_changed = Signal()
        self.cases_changed = Signal()
        self.tab_wanted = Signal()
        self._volume: Any | None = None

    @property
    def volume(self) -> Any | None:
        """The volume node chosen."""
        return self._volume

    def set_volume(self, node: Any | None) -> None:
        if node is not self._volume:
            self._volume = node
            self.volume_changed.emit(node)

    def set_result(self, nodes: ResultNodes | None, result: SegmentationResult | None) -> None:
        self.nodes, self.result = nodes, result
        self.result_changed.emit(nodes, result)

    def set_busy(self, busy: bool) -> None:
        if busy != self.busy:
            self.busy = busy
            self.busy_changed.emit(busy)

    @property
    def writing(self) -> bool:
        """A new result is being written in steps: until it is there, results must not be corrected."""
        return self.writing_turn.taken

    def forget(self) -> None:
        """The scene is being closed."""
        self.set_volume(None)
        self.set_result(None, None)
