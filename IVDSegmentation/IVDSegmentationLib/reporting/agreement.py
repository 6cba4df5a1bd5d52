"""How well the measurements of two label maps of one scan agree: pairs of values, a table, Bland and Altman's plots."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ..anatomy import DISC_LEVELS, level_of_label
from ..evaluation.agreement import Agreement, Pair, agreements
from ..evaluation.matching import match_discs
from ..evaluation.scores import COMPLETE_FRACTION
from ..formatting import text_table
from ..measurement import COLUMNS, DiscMeasurements, lordosis_l1_s1_deg, measure_discs
from ..measurement.repeatability import LORDOSIS_KEY
from ..measurement.table import MEASURES as MEASURED
from ..pictures import Chart, Series
from ..pictures.palette import BLUE, BROWN, ORANGE
from ..spine import disc_regions
from ..volume import Volume

MEASURES = {column.key: (column.heading, column.unit, column.digits) for column in MEASURED} | {
    LORDOSIS_KEY: ("Lordosis L1-S1", "°", 1)
}
"""Key -> heading, unit, digits of everything that is compared."""


def measurement_pairs(
    reference: Volume,
    result: Volume,
    image: Volume | None = None,
    *,
    valid: np.ndarray | None = None,
    incomplete: Collection[str] = (),
    case: str = "",
) -> list[Pair]:
    """Every measure of every disc that both label maps hold and that both could measure. ``valid``, ``incomplete``: as in
    ``evaluation.score_case``; discs that are not whole in the reference are left out."""
    known = np.ones(reference.array.shape, bool) if valid is None else valid != 0
    ours, theirs = ([region.within(known) for region in disc_regions(volume).values()] for volume in (result, reference))
    measured = [{one.label: one for one in measure_discs(volume, image)} for volume in (result, reference)]
    pairs, whole = [], True
    for n, m in match_discs(theirs, ours):
        level = level_of_label(theirs[n].label)
        if level in incomplete or theirs[n].share < COMPLETE_FRACTION:
            whole = False
            continue
        pairs += _pairs(case, level, measured[0][ours[m].label], measured[1][theirs[n].label])
    angles = [lordosis_l1_s1_deg(one.values()) for one in measured]
    if whole and angles[0] is not None and angles[1] is not None:
        pairs.append(Pair(case, "L1-S1", LORDOSIS_KEY, angles[0], angles[1]))
    return pairs


def _pairs(case: str, level: str, one: DiscMeasurements, two: DiscMeasurements) -> list[Pair]:
    found = []
    for column in COLUMNS:
        values = column.value(one), column.value(two)
        if column.key in MEASURES and all(isinstance(value, (int, float)) for value in values):
            found.append(Pair(case, level, column.key, float(values[0]), float(values[1])))  # type: ignore[arg-type]
    return found


def in_order(levels: Mapping[str, Agreement]) -> list[tuple[str, Agreement]]:
    """'all', then the levels from below."""
    places = {"all": -1} | {level.name: level.label for level in DISC_LEVELS}
    return sorted(levels.items(), key=lambda item: places.get(item[0], 99))


def agreement_as_json(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Measure -> level -> figures; and the pairs themselves."""
    found = agreements(pairs)
    return {
        "agreement": {key: {level: asdict(one) for level, one in in_order(rows)} for key, rows in found.items()},
        "pairs": [asdict(pair) for pair in pairs],
    }


HEADINGS = ("", "pairs", "mean", "bias", "bias %", "95 % limits", "ICC(2,1)")


def agreement_row(name: str, one: Agreement, digits: int) -> tuple[str, ...]:
    """A row of the table; '-' where a figure is not defined."""
    limits = "-" if one.low is None else f"{one.low:+.{digits}f} to {one.high:+.{digits}f}"
    share = f"{100 * one.bias / one.mean:+.1f}" if abs(one.mean) > 1e-9 else "-"
    icc = "-" if one.icc is None else f"{one.icc:.2f}"
    return (name, str(one.pairs), f"{one.mean:.{digits}f}", f"{one.bias:+.{digits}f}", share, limits, icc)


def agreement_table(pairs: Sequence[Pair]) -> str:
    """A group of rows for each measure: all discs, then level by level."""
    found = agreements(pairs)
    groups = []
    for key, (heading, unit, digits) in MEASURES.items():
        if key in found:
            name = f"{heading} ({unit})" if unit else heading
            rows = in_order(found[key])
            rows = rows[:1] if key == LORDOSIS_KEY else rows
            names = [name, *(f"  {level}" for level, _ in rows[1:])]
            groups.append([agreement_row(text, one, digits + 1) for text, (_, one) in zip(names, rows)])
    notes = (
        "Differences are result minus reference. 95 % limits of agreement after Bland and Altman 1986; ICC(2,1) after Shrout "
        "and Fleiss 1979. A measure that one side could not give (cut by the border of the image, no fluid found) is no pair."
    )
    return "\n".join([text_table(HEADINGS, groups), "", notes])


def agreement_charts(pairs: Sequence[Pair]) -> dict[str, Chart]:
    """Measure -> Bland and Altman's plot: difference over mean, with bias and limits."""
    charts = {}
    for key, rows in agreements(pairs).items():
        if key not in MEASURES or rows["all"].low is None:
            continue
        heading, unit, _ = MEASURES[key]
        own = [pair for pair in pairs if pair.measure == key]
        means = [(pair.result + pair.reference) / 2 for pair in own]
        differences = [pair.result - pair.reference for pair in own]
        margin = 0.05 * (max(means) - min(means)) or 1.0
        ends = (min(means) - margin, max(means) + margin)
        reach = 1.1 * max(1e-6, *map(abs, differences), abs(rows["all"].low), abs(rows["all"].high or 0))
        lines = [
            Series("bias", BROWN, [rows["all"].bias] * 2, ends),
            Series("95 % limits", ORANGE, [rows["all"].low] * 2, ends),
            Series("", ORANGE, [rows["all"].high] * 2, ends),
        ]
        title = f"{heading}: result - reference over their mean"
        charts[key] = Chart(title, [*lines, Series("", BLUE, differences, means, dots=True)], unit, (), (-reach, reach), ends)
    return charts
