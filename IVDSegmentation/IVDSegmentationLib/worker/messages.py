"""The messages between Slicer and its worker: one JSON object a line, its ``type`` naming one of these dataclasses.

Volumes do not travel here: they lie as files in a folder that the parent names (see ``transfer``).
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar


class ProtocolError(ValueError):
    """A line that is no message of ours."""


@dataclass(frozen=True)
class Message:
    """Base of all messages. ``type`` names it in the JSON object."""

    type: ClassVar[str] = ""


# ------------------------------------------------------------------ requests, parent to worker
@dataclass(frozen=True)
class Request(Message):
    """``id`` comes back in every event that belongs to this request."""

    id: int = 0


@dataclass(frozen=True)
class SegmentRequest(Request):
    """Segment the volume ``input`` in ``folder``; the result goes into the same folder.

    ``threads`` None: as many as the machine has. ``options`` are the fields of ``segmentation.pipeline.Options`` that
    differ from its defaults.
    """

    type: ClassVar[str] = "segment"
    folder: str = ""
    model: str = "default"
    device: str = "auto"
    threads: int | None = None
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class WarmUpRequest(Request):
    """Import and load everything, so that the next segmentation starts at once."""

    type: ClassVar[str] = "warm-up"
    model: str = "default"
    device: str = "auto"
    threads: int | None = None


@dataclass(frozen=True)
class CohortRequest(Request):
    """Base of the requests about a cohort; ``cohort`` is its folder."""

    cohort: str = ""


@dataclass(frozen=True)
class ReadScanRequest(CohortRequest):
    """Put the volume of a scan and its result, where there is one, into ``folder``, as a segmentation would."""

    type: ClassVar[str] = "read-scan"
    scan: str = ""
    folder: str = ""


@dataclass(frozen=True)
class SaveScanRequest(CohortRequest):
    """Write the corrected result in ``folder`` over that of a scan; the volume lies there since ``ReadScanRequest``."""

    type: ClassVar[str] = "save-scan"
    scan: str = ""
    folder: str = ""
    who: str = ""


@dataclass(frozen=True)
class CohortFilesRequest(CohortRequest):
    """Bring the tables and the page of a cohort up to date."""

    type: ClassVar[str] = "cohort-files"


@dataclass(frozen=True)
class AddCasesRequest(CohortRequest):
    """Add the scans that a reader accepted or corrected to the training set in ``training``."""

    type: ClassVar[str] = "add-cases"
    training: str = ""


@dataclass(frozen=True)
class CancelRequest(Request):
    """Stop the request ``id`` as soon as possible; it ends with an error of kind 'Cancelled'."""

    type: ClassVar[str] = "cancel"


@dataclass(frozen=True)
class ShutdownRequest(Request):
    """Leave. The end of the input means the same, so that no worker survives its parent."""

    type: ClassVar[str] = "shutdown"


# -------------------------------------------------------------------- events, worker to parent
@dataclass(frozen=True)
class Event(Message):
    """``id`` is that of the request; 0 where it belongs to none."""

    id: int = 0


@dataclass(frozen=True)
class ReadyEvent(Event):
    """The worker listens. Sent before anything big is imported; ``pid`` is the process to end on Cancel."""

    type: ClassVar[str] = "ready"
    pid: int = 0
    python: str = ""
    version: str = ""


@dataclass(frozen=True)
class ProgressEvent(Event):
    """``fraction`` 0 … 1 of ``stage`` ("load", "prepare", "network", "postprocess")."""

    type: ClassVar[str] = "progress"
    stage: str = ""
    fraction: float = 0.0


@dataclass(frozen=True)
class LogEvent(Event):
    type: ClassVar[str] = "log"
    text: str = ""


@dataclass(frozen=True)
class ResultEvent(Event):
    """The request is done. ``data`` depends on the request; a segmentation's result lies in its folder."""

    type: ClassVar[str] = "result"
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ErrorEvent(Event):
    """The request failed. ``kind`` is the class of the error; ``message`` is for the user; ``details`` for a report."""

    type: ClassVar[str] = "error"
    kind: str = ""
    message: str = ""
    details: str = ""


REQUESTS: tuple[type[Request], ...] = (
    *(SegmentRequest, WarmUpRequest),
    *(ReadScanRequest, SaveScanRequest, CohortFilesRequest, AddCasesRequest),
    *(CancelRequest, ShutdownRequest),
)
EVENTS: tuple[type[Event], ...] = (ReadyEvent, ProgressEvent, LogEvent, ResultEvent, ErrorEvent)

_M = TypeVar("_M", bound=Message)


def encode(message: Message) -> bytes:
    """One line, ASCII only, so that no platform's encoding can hurt it."""
    return (json.dumps({"type": message.type, **dataclasses.asdict(message)}, ensure_ascii=True) + "\n").encode("ascii")


def decode_request(line: bytes | str, known: tuple[type[Request], ...] = REQUESTS) -> Request:
    """The request in a line. Raises :class:`ProtocolError` otherwise."""
    return _decode(line, known)


def decode_event(line: bytes | str, known: tuple[type[Event], ...] = EVENTS) -> Event:
    """The event in a line. Raises :class:`ProtocolError` otherwise."""
    return _decode(line, known)


def _decode(line: bytes | str, known: tuple[type[_M], ...]) -> _M:
    text = line.decode("utf-8", "replace") if isinstance(line, bytes) else line
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"not JSON: {text.strip()[:200]}") from error
    if not isinstance(content, dict):
        raise ProtocolError(f"not an object: {text.strip()[:200]}")
    kind = next((kind for kind in known if kind.type == content.get("type")), None)
    if kind is None:
        raise ProtocolError(f"unknown message type {content.get('type')!r}")
    return kind(**{f.name: _checked(kind, f, content[f.name]) for f in dataclasses.fields(kind) if f.name in content})


_ACCEPTED: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "int | None": (int, type(None)),
    "float": (int, float),
    "str": (str,),
    "dict[str, Any]": (dict,),
}


def _checked(kind: type[Message], item: dataclasses.Field, value: Any) -> Any:
    """``value`` if it has the field's type. Unknown fields are ignored elsewhere: a newer side may send more."""
    accepted = _ACCEPTED.get(str(item.type))
    if accepted is not None and (not isinstance(value, accepted) or isinstance(value, bool)):
        raise ProtocolError(f"{kind.type}.{item.name} is {value!r}, expected {item.type}")
    return value
