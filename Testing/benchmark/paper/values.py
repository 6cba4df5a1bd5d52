"""Figures within the page's sentences, so that the text cannot disagree with its tables.

``text.md`` names them in double braces: ``{{VB2 folds / 3D FCN / Dice}}`` is scans, method, figure. Sentences that depend on
the outcome (``{{verdict}}``, ``{{order}}``, ``{{missing}}``) are written here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from IVDSegmentationLib.evaluation import CaseScore, SetScore, summarise

from paper.compare import Paired
from paper.folds import FOLDS

PAPER = {"MLD": 0.91, "P": 94.3, "Dice": 0.884, "MAAD": 1.27}
"""The paper's own figures of its 3D FCN: mm, %, 1, mm. They are this reproduction's targets, too."""
UNITS = {"MLD": " mm", "P": " %", "Dice": "", "MAAD": " mm"}
DIGITS = {"MLD": 2, "P": 1, "Dice": 3, "MAAD": 2}
HIGHER_IS_BETTER = ("P", "Dice")
DICE_2D_TARGET = 0.82
SIGNIFICANT = 0.05
PLACEHOLDER = re.compile(r"\{\{(.+?)\}\}")


def numbers(summary: SetScore) -> dict[str, float]:
    """The paper's four figures, as printed."""
    found = {
        "MLD": summary.localization_mm.mean,
        "P": None if summary.success_rate is None else 100 * summary.success_rate,
        "Dice": summary.dice.mean,
        "MAAD": summary.surface_mm.mean,
    }
    return {name: float("nan") if value is None else round(value, DIGITS[name]) for name, value in found.items()}


def reached(name: str, value: float) -> bool:
    return value >= PAPER[name] if name in HIGHER_IS_BETTER else value <= PAPER[name]


def texts(where: str, method: str, cases: Sequence[CaseScore]) -> dict[str, str]:
    """Placeholder -> text for one row of a table."""
    s = summarise(cases)
    figures = {name: f"{value:.{DIGITS[name]}f}" for name, value in numbers(s).items()}
    figures |= {
        "scans": str(len(cases)),
        "discs": str(s.discs),
        "missed": str(s.missed),
        "false": str(s.false),
        "scans with all levels right": str(sum(summarise([case]).level_errors == 0 for case in cases)),
    }
    return {f"{where} / {method} / {name}": value for name, value in figures.items()}


def verdict(cases: Sequence[CaseScore]) -> str:
    """How the 3D FCN stands to the paper's four figures: '3 of its 4 figures are reached (MLD missed by 0.13 mm)'."""
    values = numbers(summarise(cases))
    missed = [name for name, value in values.items() if not reached(name, value)]
    if not missed:
        return f"all {len(PAPER)} of the paper's figures are reached"
    by = ", ".join(f"{n} missed by {abs(values[n] - PAPER[n]):.{DIGITS[n]}f}{UNITS[n]}" for n in missed)
    return f"{len(PAPER) - len(missed)} of the paper's {len(PAPER)} figures are reached ({by})"


def targets(rows: Mapping[str, Sequence[CaseScore]]) -> str:
    """Table: each target beside what the networks reach."""
    lines = ["| figure | target | " + " | ".join(rows) + " |", "|" + "---|" * (len(rows) + 2)]
    found = {title: numbers(summarise(cases)) for title, cases in rows.items()}
    for name, aim in PAPER.items():
        sign = ">=" if name in HIGHER_IS_BETTER else "<="
        cells = []
        for values in found.values():
            gap = abs(values[name] - aim)
            note = "reached" if reached(name, values[name]) else f"missed by {gap:.{DIGITS[name]}f}"
            cells.append(f"{values[name]:.{DIGITS[name]}f}, {note}")
        lines.append(f"| {name}{UNITS[name] and ',' + UNITS[name]} | {sign} {aim:g} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def reading(first: str, second: str, difference: float, p: float, higher: bool) -> str:
    """What a paired comparison of two methods says."""
    if p >= SIGNIFICANT:
        return "no difference shown"
    return f"{first if (difference > 0) == higher else second} better"


def order(found: Mapping[str, tuple[Paired, bool]], first: str = "3D", second: str = "2D") -> str:
    """Whether the first method is before the second, from figure -> comparison and whether more of it is better."""
    readings = {figure: reading(first, second, pair.difference, pair.p, higher) for figure, (pair, higher) in found.items()}
    parts = []
    for text in dict.fromkeys(readings.values()):
        names = [f"{figure} (p = {found[figure][0].p:.2g})" for figure, own in readings.items() if own == text]
        parts.append(f"{text} in {' and '.join((', '.join(names[:-1]), names[-1]) if names[1:] else names)}")
    return "; ".join(parts)


def missing(methods: Mapping[str, str], runs: Mapping[str, dict[str, Any]]) -> str:
    """What the table over folds lacks. ``methods``: title -> row; ``runs``: 'ROW-FOLD' -> settings and summary."""
    sentences = []
    for title, row in methods.items():
        own = {fold: runs[f"{row}-{fold}"] for fold in range(FOLDS) if f"{row}-{fold}" in runs}
        absent = [str(fold) for fold in range(FOLDS) if fold not in own]
        if absent:
            sentences.append(f"the {title} lacks fold{'s' if absent[1:] else ''} {', '.join(absent)}")
        for fold, run in own.items():
            summary, planned = run["summary"], run["settings"]["steps"]
            if summary["steps"] < planned and not summary["stopped_early"]:
                sentences.append(f"the {title} of fold {fold} was stopped after {summary['steps']} of {planned} steps")
    if not sentences:
        return "Nothing is missing: every scan is judged by each method."
    text = "; ".join(sentences)
    return text[0].upper() + text[1:] + "."


def hours(runs: Mapping[str, dict[str, Any]]) -> str:
    """Training time by device: 'cpu 1.2 h, NVIDIA H200 0.1 h'."""
    seconds: dict[str, float] = {}
    for run in runs.values():
        device = run["summary"]["device"]
        seconds[device] = seconds.get(device, 0.0) + run["summary"]["seconds"]
    return ", ".join(f"{device} {total / 3600:.1f} h" for device, total in sorted(seconds.items()))


def filled(page: str, found: Mapping[str, str]) -> str:
    """The page with its placeholders replaced. Raises ``KeyError`` for a name that nothing stands for."""
    return PLACEHOLDER.sub(lambda match: found[match[1].strip()], page)
