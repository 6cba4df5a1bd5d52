"""Who is making the nodes of a result: in steps, between which the window lives, and so one writer at a time."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import qt

from .signal import Signal, guarded


class WritingTurn:
    """``changed(bool)``: a result is being written, or no longer. A writer that ``take`` refused asks again when ``changed``
    says that the one before has ended."""

    def __init__(self) -> None:
        self.changed = Signal()
        self._writer: object | None = None

    @property
    def taken(self) -> bool:
        return self._writer is not None

    def take(self, writer: object) -> bool:
        """Whether ``writer`` may write now. It has the turn until it releases it."""
        if self._writer is None:
            self._writer = writer
            self.changed.emit(True)
        return self._writer is writer

    def release(self, writer: object) -> None:
        """``writer`` has ended, or gives up; nothing where it has no turn."""
        if self._writer is writer:
            self._writer = None
            self.changed.emit(False)


class StepwiseWriting:
    """Makes nodes in steps, each in a turn of the event loop of its own; waits while somebody else is making some.

    The steps are a generator: closing it, or an error in it, must leave the scene as it was.
    """

    def __init__(self, turn: WritingTurn) -> None:
        self._turn = turn
        self._steps: Generator[None, None, Any] | None = None
        self._finished: Callable[[Any], None] = lambda result: None
        self._failed: Callable[[Exception], None] = lambda error: None
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.connect("timeout()", guarded(self._step))
        turn.changed.connect(self._on_turn)

    @property
    def running(self) -> bool:
        return self._steps is not None

    def start(
        self,
        steps: Generator[None, None, Any],
        finished: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Begin. When the turn is free again, ``finished`` gets what the generator returns, ``failed`` the error."""
        self._steps, self._finished, self._failed = steps, finished, failed
        self._timer.start()

    def stop(self) -> None:
        """Leave out the steps that are not done yet; neither ``finished`` nor ``failed`` is called."""
        steps = self._steps
        if steps is not None:
            self._steps = None
            try:
                steps.close()
            finally:
                self._end()

    def cleanup(self) -> None:
        self.stop()
        self._turn.changed.disconnect(self._on_turn)

    def _on_turn(self, taken: bool) -> None:
        if not taken and self._steps is not None:  # somebody else's nodes are complete
            self._timer.start()

    def _step(self) -> None:
        if self._steps is None or not self._turn.take(self):
            return
        try:
            next(self._steps)
        except StopIteration as end:
            self._end()
            self._finished(end.value)
        except Exception as error:  # noqa: BLE001 - ``failed`` shows it in the panel; the scene is as it was
            self._end()
            self._failed(error)
        else:
            self._timer.start()

    def _end(self) -> None:
        self._timer.stop()
        self._steps = None
        self._turn.release(self)
