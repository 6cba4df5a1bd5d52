"""Figures of a method over people: intervals by bootstrap, and two methods on the same people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from IVDSegmentationLib.evaluation import CaseScore, summarise
from scipy import stats

RESAMPLES = 2000
PERCENTILES = (2.5, 97.5)


def interval(cases: Mapping[str, Sequence[CaseScore]], figure: Callable[[Sequence[CaseScore]], float | None]) -> str:
    """95 % interval of a figure over all discs; whole people are drawn again, as the discs of one person are alike.
    ``cases``: person -> her scans."""
    people = list(cases)
    rng = np.random.default_rng(0)
    values = []
    for _ in range(RESAMPLES):
        drawn = [case for n in rng.integers(len(people), size=len(people)) for case in cases[people[n]]]
        value = figure(drawn)
        if value is not None:
            values.append(value)
    return "-" if len(values) < RESAMPLES / 2 else " to ".join(f"{v:.3g}" for v in np.percentile(values, PERCENTILES))


FIGURES: dict[str, Callable[[Sequence[CaseScore]], float | None]] = {
    "MLD mm": lambda cases: summarise(cases).localization_mm.mean,
    "P(2.0 mm) %": lambda cases: None if (rate := summarise(cases).success_rate) is None else 100 * rate,
    "Dice": lambda cases: summarise(cases).dice.mean,
    "MAAD mm": lambda cases: summarise(cases).surface_mm.mean,
}


@dataclass(frozen=True)
class Paired:
    """One figure of two methods on the same people: mean of the differences (first less second), the number of people for
    whom the first is better, and the two-sided p of Wilcoxon's signed-rank test on the people's means."""

    difference: float
    better: int
    people: int
    p: float


def paired(
    first: Mapping[str, CaseScore], second: Mapping[str, CaseScore], person: Callable[[str], str], key: str, higher: bool
) -> Paired:
    """Compares ``key`` ('dice', 'distance_mm', 'surface_mm') disc by disc, averaged over each person's discs. Of Dice, a disc
    that one of them missed counts as 0; of a distance, only discs that both found."""
    differences: dict[str, list[float]] = {}
    for name in sorted(first.keys() & second.keys()):
        sides = [{disc.level: getattr(disc, key) for disc in score.found} for score in (first[name], second[name])]
        levels = sides[0].keys() | sides[1].keys() if key == "dice" else sides[0].keys() & sides[1].keys()
        for level in levels:
            difference = sides[0].get(level, 0.0) - sides[1].get(level, 0.0)
            differences.setdefault(person(name), []).append(difference)
    means = np.array([np.nanmean(values) for values in differences.values()])
    p = float(stats.wilcoxon(means).pvalue) if len(means) > 1 and means.any() else 1.0
    return Paired(float(means.mean()), int((means > 0 if higher else means < 0).sum()), len(means), p)
