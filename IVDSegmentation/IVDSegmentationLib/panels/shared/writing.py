"""Who is making the nodes of a result: in steps, between which the window lives, and so one writer at a time."""

from __future__ import annotations

from .signal import Signal


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
