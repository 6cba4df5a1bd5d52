"""What a segmentation gives: the discs and the label map they come from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from ..spine import Disc
from ..volume import Volume


@dataclass(frozen=True)
class ModelInfo:
    name: str
    version: str
    sha256: str


@dataclass(frozen=True)
class SegmentationResult:
    """``labels`` lies on the input's very grid (uint8). ``probability`` (float16, 0 … 1) is the discs' probability in the
    network's frame: corrections start from it. ``seconds`` has keys read, prepare, network, postprocess, write, total
    as far as the step was done. Discs are ordered from below."""

    labels: Volume
    discs: tuple[Disc, ...]
    probability: Volume
    model: ModelInfo
    device: str
    threads: int
    seconds: dict[str, float] = field(default_factory=dict)
    peak_memory_bytes: int = 0
    warnings: tuple[str, ...] = ()

    def run_facts(self) -> dict[str, Any]:
        """How the result came about, as JSON takes it."""
        return {
            "model": asdict(self.model),
            "device": self.device,
            "threads": self.threads,
            "seconds": self.seconds,
            "peak_memory_bytes": self.peak_memory_bytes,
            "warnings": list(self.warnings),
        }


def arguments_of_facts(facts: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments of ``SegmentationResult`` from what ``run_facts`` gave."""
    return facts | {"model": ModelInfo(**facts["model"]), "warnings": tuple(facts["warnings"])}
