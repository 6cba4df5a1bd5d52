"""report.json: what was done, with what, how long it took, and what was found."""

from __future__ import annotations

from dataclasses import asdict

from ..segmentation.result import SegmentationResult
from ..spine import Disc, discs_to_look_at, field_of_view

STEPS = ("read", "prepare", "network", "postprocess", "write")


def make_report(result: SegmentationResult, input_name: str, input_id: str, read_seconds: float, write_seconds: float) -> dict:
    """The report with the keys that scripts rely on. Seconds are rounded to milliseconds."""
    seconds = {step: float(result.seconds.get(step, 0.0)) for step in STEPS}
    seconds["read"] = seconds["read"] or read_seconds
    seconds["write"] = write_seconds
    seconds["total"] = sum(seconds.values())
    return {
        "input": input_name,
        "input_id": input_id,
        "model": {"name": result.model.name, "version": result.model.version, "sha256": result.model.sha256},
        "device": result.device,
        "threads": result.threads,
        "seconds": {step: round(value, 3) for step, value in seconds.items()},
        "peak_memory_bytes": int(result.peak_memory_bytes),
        "discs": [_disc(disc) for disc in result.discs],
        "warnings": list(result.warnings),
        "view": field_of_view(result.discs),
        "body_parts": list(result.body_parts),
        "header_disagrees": result.header_disagrees,
        "look_at": [disc.name for disc in discs_to_look_at(result.discs)],
    }


def _disc(disc: Disc) -> dict:
    return {
        "level": disc.level,
        "label": disc.label,
        "centre_mm_lps": [round(float(x), 3) for x in disc.centre_mm_lps],
        "volume_mm3": round(float(disc.volume_mm3), 1),
        "confidence": round(float(disc.confidence), 4),
        "flags": list(disc.flags),
        "outline": None if disc.outline is None else asdict(disc.outline),
        "outline_missing": disc.why_no_outline,
    }
