"""What a segmentation gives: the discs and the label map they come from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

from ..spine import Advice, Disc, advice_of, disagreement, with_flags
from ..volume import Volume


@dataclass(frozen=True)
class ModelInfo:
    """``outline_level``: the result's probability on the border of its discs; other than 0.5 in results of earlier versions."""

    name: str
    version: str
    sha256: str
    outline_level: float = 0.5


@dataclass(frozen=True)
class SegmentationResult:
    """``labels`` lies on the input's very grid (uint8). ``probability`` (float16, 0 … 1) is the discs' probability in the
    network's frame, moved so that it is ``ModelInfo.outline_level`` on their border: corrections start from it. ``seconds`` has
    keys read, prepare, network, postprocess, write, total as far as the step was done. Discs are ordered from below. ``notes``
    are sentences on the run itself (the volume, the device, the axes), which no correction changes. ``body_parts`` are those
    that the volume's header names (``volume.body_part.PARTS``)."""

    labels: Volume
    discs: tuple[Disc, ...]
    probability: Volume
    model: ModelInfo
    device: str
    threads: int
    seconds: dict[str, float] = field(default_factory=dict)
    peak_memory_bytes: int = 0
    notes: tuple[str, ...] = ()
    body_parts: tuple[str, ...] = ()

    @cached_property
    def advice(self) -> tuple[Advice, ...]:
        """What does not fit in the chain of discs as it is."""
        return advice_of(self.discs)

    @property
    def header_disagrees(self) -> str:
        """A sentence where the discs as they are do not fit the body part that the header names, else ''."""
        return disagreement(self.discs, self.body_parts)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the reader is told, in sentences: the notes of the run, the header's disagreement, then the advice."""
        header = [self.header_disagrees] if self.header_disagrees else []
        return (*self.notes, *header, *(advice.text for advice in self.advice))

    def with_discs(self, labels: Volume, discs: Iterable[Disc]) -> SegmentationResult:
        """After a correction: another label map and its discs, whose flags are brought up to date."""
        return replace(self, labels=labels, discs=with_flags(discs))

    def run_record(self) -> dict[str, Any]:
        """How the result came about, as JSON takes it."""
        return {
            "model": asdict(self.model),
            "device": self.device,
            "threads": self.threads,
            "seconds": self.seconds,
            "peak_memory_bytes": self.peak_memory_bytes,
            "notes": list(self.notes),
            "body_parts": list(self.body_parts),
        }


_OLD_ADVICE = (
    "The levels could not be told",
    "A disc seems to be missing",
    "The lowest disc found is",
    "No disc ",
    "A disc lies below L5-S1",
    "There is one disc more than names",
    "The level of the added disc",
    "Two discs cannot both be",
    "The new run found another",
)
_OLD_ADVICE_WITH_NAME = re.compile(r"\S+ (lies above \S+, the wrong way round|would come (below|above) )")
"""How advice began that earlier versions kept as text in scenes: it is computed now, so the old text is dropped."""


def arguments_of_run(record: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments of ``SegmentationResult`` from what ``run_record`` gave, in this version or an earlier one."""
    rest = {key: value for key, value in record.items() if key not in ("warnings", "notes")}
    notes = record.get("notes")
    if notes is None:
        old = record.get("warnings", ())
        notes = [text for text in old if not (text.startswith(_OLD_ADVICE) or _OLD_ADVICE_WITH_NAME.match(text))]
    parts = tuple(record.get("body_parts", ()))
    return rest | {"model": ModelInfo(**record["model"]), "notes": tuple(notes), "body_parts": parts}
