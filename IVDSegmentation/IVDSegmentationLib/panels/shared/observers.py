"""Observers of VTK objects that act after the event, never inside it.

While an event of a node is sent, C++ code goes on using the node: ``vtkSlicerMarkupsWidget::PlacePoint`` updates the
preview point after ``PointPositionDefinedEvent``, ``EndWidgetInteraction`` writes attributes after
``PointEndInteractionEvent``. Removing the node or its points in between crashes Slicer. Most events of markups that the
mouse causes carry no call data either, so handlers get none: they look at the nodes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt

from .signal import guarded


class Observers:
    """The observers of one owner. ``clear`` ends them all, also calls that are due but have not been made yet."""

    def __init__(self) -> None:
        self._tags: list[tuple[Any, int]] = []
        self._generation = 0

    def __bool__(self) -> bool:
        return bool(self._tags)

    def add(self, subject: Any, event: int, handler: Callable[[], None]) -> None:
        """Call ``handler`` once the event is over and Slicer is back in its event loop."""
        generation, call = self._generation, guarded(handler)

        def later() -> None:
            if self._generation == generation:
                call()

        def observe(_caller: Any, _event: str) -> None:
            qt.QTimer.singleShot(0, later)

        observe.deferred = True  # type: ignore[attr-defined]
        observe.__qualname__ = getattr(handler, "__qualname__", observe.__qualname__)
        self._tags.append((subject, subject.AddObserver(event, observe)))

    def add_note(self, subject: Any, event: int, handler: Callable[[], None]) -> None:
        """Call ``handler`` inside the event. It may only take a note, such as starting a timer: no node is changed."""
        call = guarded(handler)

        def observe(_caller: Any, _event: str) -> None:
            call()

        observe.__qualname__ = getattr(handler, "__qualname__", observe.__qualname__)
        self._tags.append((subject, subject.AddObserver(event, observe)))

    def clear(self) -> None:
        self._generation += 1
        for subject, tag in self._tags:
            subject.RemoveObserver(tag)
        self._tags = []
