"""What the panel calls things: stages, devices, places, flags. No widgets here."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence

from slicer.i18n import tr as _

from ...anatomy import UNKNOWN_LEVEL
from ...errors import IVDError
from ...runs.estimate import Estimate, duration_text
from ...segmentation.result import SegmentationResult
from ...spine import Disc, Flag, Grade, discs_to_look_at, field_of_view, shown_flags
from .translation import translated

STAGES: tuple[tuple[str, float], ...] = (("start", 0.0), ("load", 0.02), ("prepare", 0.15), ("network", 0.25))
"""Stage and where it begins on the whole bar, 0 … 1; 'postprocess' follows. Shares measured on two CPU cores."""
_BEGINS = {**dict(STAGES), "postprocess": 0.85}
_ENDS = {"start": 0.02, "load": 0.15, "prepare": 0.25, "network": 0.85, "postprocess": 1.0}


def stage_name(stage: str) -> str:
    names = {
        "start": _("Starting the segmentation process"),
        "load": _("Loading the model"),
        "prepare": _("Preparing the volume"),
        "network": _("Finding the discs"),
        "postprocess": _("Labelling and measuring"),
    }
    return names.get(stage, stage)


def overall_fraction(stage: str, fraction: float) -> float:
    """Place on the whole bar, 0 … 1, of a fraction of one stage."""
    begin, end = _BEGINS.get(stage, 0.0), _ENDS.get(stage, 1.0)
    return begin + (end - begin) * min(max(fraction, 0.0), 1.0)


def device_choices(platform: str) -> list[tuple[str, str]]:
    """(value, text) of the devices that this platform can have."""
    gpu = ("mps", _("GPU (Apple)")) if platform == "darwin" else ("cuda", _("GPU (NVIDIA CUDA)"))
    return [("auto", _("Automatic (GPU if there is one)")), gpu, ("cpu", _("CPU"))]


def device_name(device: str) -> str:
    kind = device.split(":")[0].lower()
    return {"cpu": _("CPU"), "cuda": _("GPU"), "mps": _("GPU")}.get(kind, device)


def flag_text(flag: Flag) -> str:
    """What a flag of a disc means."""
    texts = {
        Flag.CUT_OFF: _("cut off by the field of view"),
        Flag.THIN: _("very thin"),
        Flag.LOW_PROBABILITY: _("low probability"),
        Flag.LEVEL_UNCERTAIN: _("level uncertain"),
        Flag.COUNTED_FROM_LOWEST: _("counted from the lowest disc"),
        Flag.GAP_BELOW: _("a disc seems to be missing below"),
        Flag.GAP_ABOVE: _("a disc seems to be missing above"),
        Flag.NOT_VALIDATED: _("trained on generated scans only"),
        Flag.EDITED: _("edited by hand"),
    }
    return texts[flag]


def grade_text(disc: Disc) -> str:
    """The outline's grade in one word; 'edited' where it is the user's own, '–' where it was not judged."""
    words = {Grade.GOOD: _("good"), Grade.LOOK: _("look"), Grade.POOR: _("poor")}
    if disc.outline is None:
        return _("edited") if disc.is_edited else "–"
    return words[disc.outline.grade]


def outline_text(disc: Disc) -> str:
    """The estimate of an outline in a sentence, or why there is none."""
    if disc.outline is not None:
        dice, mm = f"{disc.outline.dice:.2f}", f"{disc.outline.surface_distance_mm:.1f}"
        text = _("Outline: {grade}. Compared with a radiologist's outline: Dice about {dice}, surfaces about {mm} mm apart.")
        return text.format(grade=grade_text(disc), dice=dice, mm=mm)
    if disc.is_edited:
        return _("Outline: edited by you. The estimate is for outlines as the model drew them, so there is none.")
    return _("Outline: not judged. This model has no estimate of outlines.")


_SIDES = (("R", "L"), ("A", "P"), ("I", "S"))
"""Of the axes of LPS: letter below and above 0."""


def place(centre_mm_lps: Sequence[float]) -> str:
    """As in Slicer's data probe, in whole millimetres: 'L2 P34 S12'."""
    return " ".join(f"{pair[value > 0]}{abs(value):.0f}" for pair, value in zip(_SIDES, centre_mm_lps, strict=True))


def exact_place(centre_mm_lps: Sequence[float]) -> str:
    """'L 2.1, P 34.0, S 12.5 mm'."""
    places = (f"{pair[value > 0]} {abs(value):.1f}" for pair, value in zip(_SIDES, centre_mm_lps, strict=True))
    return ", ".join(places) + " mm"


def volume_text(volume_mm3: float) -> str:
    return f"{volume_mm3 / 1000:.1f}"


def confidence_text(disc: Disc) -> str:
    return "–" if disc.level == UNKNOWN_LEVEL else f"{100 * disc.confidence:.0f} %"


def flag_lines(disc: Disc, fits: Callable[[str], bool]) -> list[str]:
    """The flags in words, in as few lines as they need; empty where there are none. ``fits``: whether a line is short
    enough.

    An unknown level is not called uncertain besides.
    """
    lines: list[str] = []
    for flag in shown_flags(disc.flags):
        if flag is Flag.LEVEL_UNCERTAIN and not disc.has_level:
            continue
        text = flag_text(flag)
        if lines and fits(longer := f"{lines[-1]}; {text}"):
            lines[-1] = longer
        else:
            lines.append(("    " if lines else "⚠ ") + text)
    return lines


def level_text(disc: Disc) -> str:
    return _("unknown") if disc.level == UNKNOWN_LEVEL else disc.level


def view(result: SegmentationResult) -> str:
    """What part of the spine the discs show: 'Lumbar spine: T11 to S1'."""
    return translated(field_of_view(result.discs))


def summary(result: SegmentationResult) -> str:
    """One line: how many discs, which, how long, on what."""
    count = len(result.discs)
    named = [disc.level for disc in result.discs if disc.level != UNKNOWN_LEVEL]
    discs = _("1 disc") if count == 1 else _("{count} discs").format(count=count)
    if not named:
        levels = _("levels unknown")
    elif len(named) == 1:
        levels = named[0]
    else:
        levels = _("{lowest} to {highest}").format(lowest=named[0], highest=named[-1])
    parts = [f"{discs}, {levels}"]
    doubtful = [disc.name for disc in discs_to_look_at(result.discs)]
    if doubtful and len(doubtful) < count:
        parts = [_("{discs}: look at {names}").format(discs=parts[0], names=", ".join(doubtful))]
    if "total" in result.seconds:
        seconds = f"{result.seconds['total']:.1f}"
        parts.append(_("{seconds} s on {device}").format(seconds=seconds, device=device_name(result.device)))
    parts.append(_("model {name} {version}").format(name=result.model.name, version=result.model.version))
    return " · ".join(parts)


def estimate_text(estimate: Estimate) -> str:
    """Time, memory and steps of a training."""
    values = {
        "time": duration_text(estimate.seconds),
        "memory": f"{estimate.memory_bytes / 1e9:.1f}",
        "steps": estimate.steps,
    }
    if estimate.measured:
        return _("{time}, {memory} GB of memory, {steps} steps").format(**values)
    return _("about {time}, {memory} GB of memory, {steps} steps").format(**values)


def no_discs_found() -> str:
    return _(
        "No spine was found in this volume, so nothing was added to the scene. Check that it is an MR scan of the spine. "
        "A lower probability threshold (Advanced) may help with faint discs."
    )


def volume_gone() -> str:
    return _("The volume was removed from the scene while it was being segmented, so the result was discarded.")


def cannot_transfer(reason: str) -> str:
    return _("The volume could not be passed to the segmentation process ({reason}). Is the disk full?").format(reason=reason)


def cannot_read_result(reason: str) -> str:
    return _("The result could not be read ({reason}). Try again.").format(reason=reason)


def why_not_written(error: Exception) -> tuple[str, str]:
    """Message and details for nodes that could not be made. An error that is none of the library's has to be reported."""
    if isinstance(error, IVDError):
        return str(error), ""
    text = _("The result could not be added to the scene ({reason}). Please report this together with the details.")
    return text.format(reason=str(error)), "".join(traceback.format_exception(error))
