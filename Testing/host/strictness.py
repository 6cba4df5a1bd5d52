"""What Slicer does not forgive, as an error at once: crashes there, a red test here.

``slicer-core`` sends the real events from the real C++ code. What it lacks is the application around them: there an
exception in an observer ends in a log that nobody reads, and a node that is removed inside one of its own events takes the
program with it. Here each Python observer is wrapped, so that

* an exception in an observer, in a slot or in a timer is kept in ``failures`` and fails the test,
* inside an event of a node no node can be removed and no control point cleared (``vtkSlicerMarkupsWidget::PlacePoint``,
  for one, goes on using its node after ``PointPositionDefinedEvent``),
* no test can send an event of a node itself, with call data that the C++ code would not send,
* ``observers`` lists who observes what.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import slicer
import vtk

STRICT_CLASSES = (
    "vtkMRMLMarkupsFiducialNode",
    "vtkMRMLMarkupsFiducialDisplayNode",
    "vtkMRMLSegmentationNode",
    "vtkMRMLScalarVolumeNode",
    "vtkMRMLTableNode",
    "vtkMRMLInteractionNode",
    "vtkMRMLSelectionNode",
    "vtkMRMLCrosshairNode",
    "vtkMRMLSliceNode",
    "vtkMRMLSubjectHierarchyNode",
    "vtkMRMLScriptedModuleNode",
    "vtkSegmentation",
    "vtkMRMLScene",
)
"""Every class that a panel may observe. An observer of another class is not wrapped: add the class here."""
_CLEARING = {
    "vtkMRMLScene": ("RemoveNode",),
    "vtkMRMLMarkupsNode": ("RemoveAllControlPoints", "RemoveNthControlPoint", "CopyContent", "Copy"),
    "vtkSegmentation": ("RemoveSegment", "RemoveAllSegments", "DeepCopy"),
}
"""Class -> methods that take something away which the sender of an event may still use."""


@dataclass(frozen=True)
class Observer:
    """One call of ``AddObserver``. ``deferred``: the handler says that it acts after the event."""

    subject: str
    event: str
    handler: str
    module: str
    deferred: bool
    call_data: bool


failures: list[str] = []
"""Tracebacks of exceptions that Slicer would only have logged."""
observers: list[Observer] = []
"""Every observer added since the last reset, removed ones too."""
_running: list[tuple[Any, str]] = []
"""(caller, event) of the Python observers that run now, the outermost first."""
_installed = False


def install() -> None:
    """Once per process, before the first node is made."""
    global _installed
    if not _installed:
        _installed = True
        for name in STRICT_CLASSES:
            _make_strict(getattr(slicer, name))
        logging.getLogger().addHandler(_LogHandler(logging.ERROR))
        sys.excepthook = _keep_uncaught


def reset() -> None:
    failures.clear()
    observers.clear()
    _running.clear()


def note_failure(where: str) -> None:
    """Keep the exception that is being handled."""
    failures.append(f"{where}\n{traceback.format_exc()}")


def guarded(function: Callable, where: str) -> Callable:
    """The function, with its exceptions kept instead of raised."""

    @functools.wraps(function, assigned=("__name__", "__qualname__", "__module__"), updated=())
    def call(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except Exception:
            note_failure(where)
            traceback.print_exc()
            return None

    return call


@contextlib.contextmanager
def expected_failures() -> Iterator[list[str]]:
    """For a test that provokes failures: they are taken out of ``failures`` at the end."""
    count = len(failures)
    found: list[str] = []
    yield found
    found += failures[count:]
    del failures[count:]


def _keep_uncaught(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    """Qt prints what a slot raises through this hook."""
    failures.append("uncaught\n" + "".join(traceback.format_exception(kind, error, trace)))
    sys.__excepthook__(kind, error, trace)


class _LogHandler(logging.Handler):
    """``logging.exception`` in the module under test is a failure, too."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[0] is not None:
            failures.append("logged: " + logging.Formatter("%(message)s").format(record))


# -------------------------------------------------------------------- the classes
def _make_strict(base: type) -> None:
    """Replace a VTK class, also for objects that C++ makes, by a subclass with wrapped observers."""
    members: dict[str, Any] = {"AddObserver": _add_observer(base), "InvokeEvent": _refuse_event(base)}
    for kind, names in _CLEARING.items():
        if issubclass(base, getattr(slicer, kind)):
            members |= {name: _checked(getattr(base, name), name) for name in names}
    base.override(type(f"Strict{base.__name__}", (base,), members))


def _add_observer(base: type) -> Callable:
    add = base.AddObserver

    def AddObserver(self: Any, event: int | str, handler: Callable, priority: float = 0.0) -> int:
        name = event if isinstance(event, str) else event_name(self, event)
        observers.append(
            Observer(
                base.__name__,
                name,
                getattr(handler, "__qualname__", repr(handler)),
                getattr(handler, "__module__", None) or "",
                bool(getattr(handler, "deferred", False)),
                hasattr(handler, "CallDataType"),
            )
        )
        return add(self, event, _wrapped(handler, name), priority)

    return AddObserver


def _wrapped(handler: Callable, event: str) -> Callable:
    safe = guarded(handler, f"observer of {event}")

    def observe(caller: Any, event_string: str, *call_data: Any) -> None:
        _running.append((caller, event))
        try:
            safe(caller, event_string, *call_data)
        finally:
            _running.pop()

    if hasattr(handler, "CallDataType"):
        observe.CallDataType = handler.CallDataType  # type: ignore[attr-defined]
    return observe


def _refuse_event(base: type) -> Callable:
    def InvokeEvent(self: Any, event: int | str, *call_data: Any) -> None:
        """Only Slicer's own Python code (``slicer.util``) may."""
        if not sys._getframe(1).f_globals.get("__name__", "").startswith("slicer"):
            name = event if isinstance(event, str) else event_name(self, event)
            raise NotImplementedError(
                f"{name} is sent by C++ code, with or without call data: let the real thing happen (SliceView.click, .drag)."
            )
        base.InvokeEvent(self, event, *call_data)

    return InvokeEvent


def _checked(method: Callable, name: str) -> Callable:
    @functools.wraps(method, assigned=("__name__", "__doc__"), updated=())
    def call(self: Any, *arguments: Any) -> Any:
        inside = [(caller, event) for caller, event in _running if not isinstance(caller, slicer.vtkMRMLScene)]
        if inside:
            caller, event = inside[0]
            label = caller.GetName() if hasattr(caller, "GetName") else ""
            raise RuntimeError(
                f"{name} inside {event} of {caller.GetClassName()} '{label}': C++ code still uses the node, Slicer dies "
                "or hangs. Act after the event, with qt.QTimer.singleShot(0, ...)."
            )
        return method(self, *arguments)

    return call


@functools.lru_cache(maxsize=None)
def _event_names(kind: type) -> dict[int, str]:
    found = {}
    for name in dir(kind):
        value = getattr(kind, name)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 1000:
            found.setdefault(int(value), name)
    return found


def event_name(subject: Any, event: int) -> str:
    """'PointPositionDefinedEvent' of a number."""
    names = _event_names(type(subject))
    return names.get(int(event)) or vtk.vtkCommand.GetStringFromEventId(int(event)) or str(event)
