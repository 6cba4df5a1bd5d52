"""Scores of a set of cases: the paper's figures over all discs and for each level, as numbers, JSON and a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from ..anatomy import DISC_LEVELS
from ..files import plain_json
from ..formatting import text_table
from .scores import CaseScore, DiscScore

SUCCESS_MM = 2.0
"""A disc is localized with success when its centre is this near to the reference's: the paper's threshold."""


@dataclass(frozen=True)
class MeanSD:
    """Mean and sample standard deviation (n - 1); None where there is nothing to take it of."""

    mean: float | None
    sd: float | None

    @classmethod
    def of(cls, values: Iterable[float]) -> MeanSD:
        array = np.array([value for value in values if np.isfinite(value)], float)
        mean = float(array.mean()) if len(array) else None
        return cls(mean, float(array.std(ddof=1)) if len(array) > 1 else None)

    def text(self, digits: int = 2) -> str:
        if self.mean is None:
            return "-"
        return f"{self.mean:.{digits}f}" + ("" if self.sd is None else f" +- {self.sd:.{digits}f}")


@dataclass(frozen=True)
class SetScore:
    """The paper's figures. ``discs`` counts the reference discs, found or not.

    Localization distance, Dice and surface distance are over the discs found, as in the paper; a missed disc counts as
    a failure in ``success_rate`` (0 … 1) and as 0 in ``dice_missed_as_zero``. ``level_errors`` counts the discs with a
    wrong level among the ``levels_judged``: those whose level both sides name and the reference is certain of.
    ``levels_unknown`` counts found discs to which the prediction gives no level.
    """

    discs: int
    missed: int
    false: int
    localization_mm: MeanSD
    success_rate: float | None
    dice: MeanSD
    dice_missed_as_zero: float | None
    surface_mm: MeanSD
    levels_judged: int
    level_errors: int
    levels_unknown: int


def summarise(cases: Sequence[CaseScore]) -> SetScore:
    """Figures over all discs of all cases."""
    return _summary(
        [disc for case in cases for disc in case.found],
        sum(len(case.missed) for case in cases),
        sum(len(case.false) for case in cases),
    )


def summarise_levels(cases: Sequence[CaseScore]) -> dict[str, SetScore]:
    """Figures of each level (the reference's; of false discs the predicted one), from below."""
    rows = {}
    for level in (*(row.name for row in DISC_LEVELS), "unknown"):
        found = [disc for case in cases for disc in case.found if disc.level == level]
        missed = sum(case.missed.count(level) for case in cases)
        false = sum(disc.level == level for case in cases for disc in case.false)
        if found or missed or false:
            rows[level] = _summary(found, missed, false)
    return rows


def _summary(found: list[DiscScore], missed: int, false: int) -> SetScore:
    discs = len(found) + missed
    judged = [disc for disc in found if disc.level_correct is not None]
    return SetScore(
        discs=discs,
        missed=missed,
        false=false,
        localization_mm=MeanSD.of(disc.distance_mm for disc in found),
        success_rate=sum(disc.distance_mm <= SUCCESS_MM for disc in found) / discs if discs else None,
        dice=MeanSD.of(disc.dice for disc in found),
        dice_missed_as_zero=sum(disc.dice for disc in found) / discs if discs else None,
        surface_mm=MeanSD.of(disc.surface_mm for disc in found),
        levels_judged=len(judged),
        level_errors=sum(not disc.level_correct for disc in judged),
        levels_unknown=sum(disc.predicted_level == "unknown" for disc in found),
    )


def scores_as_json(cases: Sequence[CaseScore]) -> dict:
    """Everything, ready for ``json.dump``: keys ``all``, ``levels``, ``cases``."""
    return plain_json(
        {
            "all": asdict(summarise(cases)),
            "levels": {level: asdict(row) for level, row in summarise_levels(cases).items()},
            "cases": [asdict(case) | {"summary": asdict(summarise([case]))} for case in cases],
        }
    )


_HEADINGS = ("", "discs", "MLD mm", "within 2 mm", "Dice", "MAAD mm", "missed", "false", "level errors", "unknown")


def scores_as_table(cases: Sequence[CaseScore], *, each_case: bool = True, not_scored: Sequence[str] = ()) -> str:
    """The paper's table as text: a row for each level, for all discs and, with ``each_case``, for each case.
    ``not_scored``: names of cases that could not be scored; their rows say so."""
    groups = [
        [_row(level, row) for level, row in summarise_levels(cases).items()],
        [_row("all discs", summarise(cases))] if cases else [],
    ]
    if each_case and (len(cases) > 1 or not_scored):
        rows = [_row(case.name, summarise([case])) for case in cases]
        empty = ("",) * (len(_HEADINGS) - 3)
        groups.append(rows + [(name, "-", "not scored", *empty) for name in not_scored])
    table = text_table(_HEADINGS, [group for group in groups if group])
    notes = _notes(cases)
    return "\n".join([table, "", *notes])


def _row(name: str, score: SetScore) -> tuple[str, ...]:
    return (
        name,
        str(score.discs),
        score.localization_mm.text(),
        "-" if score.success_rate is None else f"{100 * score.success_rate:.1f} %",
        score.dice.text(3),
        score.surface_mm.text(),
        str(score.missed),
        str(score.false),
        f"{score.level_errors} of {score.levels_judged}",
        str(score.levels_unknown),
    )


def _notes(cases: Sequence[CaseScore]) -> list[str]:
    skipped = sum(len(case.skipped) for case in cases)
    ignored = sum(len(case.ignored) for case in cases)
    notes = ["MLD: mean localization distance; MAAD: mean average absolute surface distance; +- is the SD over discs."]
    if skipped:
        notes.append(f"Left out: {skipped} reference disc(s) that are incomplete or partly outside the valid region.")
    if ignored:
        notes.append(f"Not judged: {ignored} predicted disc(s) where the reference is not complete.")
    return notes
