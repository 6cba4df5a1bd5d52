"""What a segmentation gives: discs with level, place, size and doubts, and the label map they come from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from ..volume import Volume

FLAG_WORDS: dict[str, str] = {
    "cut_off": "cut off by the field of view",
    "thin": "very thin",
    "low_probability": "low probability",
    "level_uncertain": "level uncertain",
    "gap_below": "a disc seems to be missing below",
    "gap_above": "a disc seems to be missing above",
    "edited": "edited by hand",
}
"""Flag -> what the user reads."""


@dataclass(frozen=True)
class Disc:
    """One disc. ``label`` is its value in the label map; ``confidence`` 0 … 1 is the chance that its level is right.

    ``probability`` is the network's mean foreground probability inside the disc.
    """

    level: str
    label: int
    centre_mm_lps: tuple[float, float, float]
    volume_mm3: float
    confidence: float
    probability: float = 1.0
    flags: tuple[str, ...] = ()


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
