"""Old model against new: the paper's figures on the validation cases, and on what must not be forgotten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from ..cases import RealCase
from ..errors import IVDError
from ..evaluation import CaseScore, SetScore, summarise
from ..evaluation.summary import MeanSD
from ..files import make_folder, write_json, write_text
from ..formatting import text_table
from ..pictures import write_png

NOTABLE_DICE = 0.005
"""A smaller difference of the mean Dice is called none."""
FORGOTTEN_DICE = 0.01
WORST = 5

VALIDATION_SET, PHANTOM_SET = "validation cases", "phantoms"


@dataclass
class Comparison:
    """One set of cases, judged with both models. ``failures``: sentences on cases that a model could not segment."""

    name: str
    old: list[CaseScore] = field(default_factory=list)
    new: list[CaseScore] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def gain(self) -> float | None:
        """Mean Dice (a missed disc counts 0), new minus old; None where it cannot be told."""
        old, new = summarise(self.old).dice_missed_as_zero, summarise(self.new).dice_missed_as_zero
        return None if old is None or new is None else new - old


@dataclass
class Judgement:
    old_name: str
    new_name: str
    sets: list[Comparison]
    worst: list[dict] = field(default_factory=list)
    """Cases that the new model does worst: set, case, dice_old, dice_new, missed, false, picture."""

    @property
    def verdict(self) -> list[str]:
        """What the table says, in words."""
        words = []
        for one in self.sets:
            gain = one.gain
            if gain is None:
                continue
            old, new = summarise(one.old), summarise(one.new)
            change = f"mean Dice {old.dice_missed_as_zero:.3f} → {new.dice_missed_as_zero:.3f}"
            if one.name == VALIDATION_SET:
                how = "better" if gain > NOTABLE_DICE else "worse" if gain < -NOTABLE_DICE else "as good as before"
                words.append(f"On your validation cases the new model is {how} ({change}).")
            elif gain < -FORGOTTEN_DICE or new.missed > old.missed:
                words.append(
                    f"On the {one.name} the new model is worse ({change}, missed discs {old.missed} → {new.missed}). Raise the "
                    "share of phantoms, or lower the learning rate or the number of epochs."
                )
            else:
                words.append(f"On the {one.name} the new model is as good as before ({change}).")
        if not any(one.name == VALIDATION_SET and one.gain is not None for one in self.sets):
            words.insert(0, "There are no validation cases, so it is not known whether the new model is better on your scans.")
        return words


Predict = Callable[[RealCase], "tuple[object, object]"]


def judge(
    old_model: str | Path,
    new_model: str | Path,
    sets: dict[str, Sequence[RealCase] | Sequence[Callable[[], RealCase]]],
    *,
    names: tuple[str, str] = ("old", "new"),
    device: str = "auto",
    threads: int | None = None,
    pictures: Path | None = None,
    progress: Callable[[int, int, str], None] = lambda done, count, name: None,
) -> Judgement:
    """Segments every case with both models and scores the results. Cases may be given as functions that load them, so that
    only one is in memory. ``pictures``: folder for previews of the worst cases, old beside new."""
    from ..segmentation.pipeline import Segmenter

    segmenters = [Segmenter(model, device, threads) for model in (old_model, new_model)]
    result = Judgement(*names, [])
    count, done = sum(len(cases) for cases in sets.values()), 0
    rows = []
    for set_name, cases in sets.items():
        comparison = Comparison(set_name)
        for given in cases:
            case = given() if callable(given) else given
            progress(done, count, case.name)
            done += 1
            scores = [_score(case, segmenter, comparison) for segmenter in segmenters]
            old, new = scores
            if old is None or new is None:
                continue
            comparison.old.append(old)
            comparison.new.append(new)
            rows.append((set_name, given, old, new))
        result.sets.append(comparison)
    progress(count, count, "")
    rows.sort(key=lambda row: _dice(row[3]))
    for set_name, given, old, new in rows[:WORST]:
        entry = {"set": set_name, "case": new.name, "dice_old": _dice(old), "dice_new": _dice(new)}
        entry |= {"missed": list(new.missed), "false": [disc.level for disc in new.false], "picture": ""}
        if pictures is not None:
            case = given() if callable(given) else given
            entry["picture"] = str(_picture(case, segmenters, pictures))
        result.worst.append(entry)
    return result


def _score(case: RealCase, segmenter, comparison: Comparison) -> CaseScore | None:
    try:
        labels = segmenter.segment(case.image).labels
    except IVDError as error:
        comparison.failures.append(f"{case.name}: {error}")
        return None
    return case.score(labels)


def _dice(score: CaseScore) -> float:
    value = summarise([score]).dice_missed_as_zero
    return 1.0 if value is None else round(float(value), 4)


def _picture(case: RealCase, segmenters, folder: Path) -> Path:
    from ..output.preview import preview_picture

    assert case.image is not None  # it was segmented before
    parts = [preview_picture(segmenter.segment(case.image), case.image)[::2, ::2] for segmenter in segmenters]
    path = make_folder(folder) / f"worst_{case.name}.png"
    write_png(path, np.concatenate([parts[0], np.full((parts[0].shape[0], 6, 3), 255, np.uint8), parts[1]], axis=1))
    return path


HEADINGS = ("", "discs", "MLD mm", "within 2 mm", "Dice", "MAAD mm", "missed", "false", "level errors")


def table_rows(judgement: Judgement) -> list[tuple[str, ...]]:
    """Rows under ``HEADINGS``: for each set the old and the new model."""
    rows = []
    for one in judgement.sets:
        for name, scores in ((judgement.old_name, one.old), (judgement.new_name, one.new)):
            if scores:
                rows.append((f"{one.name}: {name}", *_cells(summarise(scores))))
    return rows


def _cells(score: SetScore) -> tuple[str, ...]:
    def text(value: MeanSD, digits: int) -> str:
        return value.text(digits).replace("+-", "±")

    within = "-" if score.success_rate is None else f"{100 * score.success_rate:.1f} %"
    return (
        str(score.discs),
        text(score.localization_mm, 2),
        within,
        text(score.dice, 3),
        text(score.surface_mm, 2),
        str(score.missed),
        str(score.false),
        f"{score.level_errors} of {score.levels_judged}",
    )


def as_text(judgement: Judgement) -> str:
    lines = [text_table(HEADINGS, [table_rows(judgement)])]
    lines += ["", *judgement.verdict]
    if judgement.worst:
        lines += ["", "Worst cases of the new model (Dice before → now):"]
        for entry in judgement.worst:
            missed = f", missed {', '.join(entry['missed'])}" if entry["missed"] else ""
            false = f", {len(entry['false'])} false" if entry["false"] else ""
            lines.append(f"  {entry['case']}: {entry['dice_old']:.3f} → {entry['dice_new']:.3f}{missed}{false}")
    lines += [text for one in judgement.sets for text in one.failures]
    return "\n".join(lines) + "\n"


def as_json(judgement: Judgement) -> dict:
    def of_set(scores: list[CaseScore]) -> dict:
        return {
            "all": asdict(summarise(scores)),
            "cases": [asdict(s) | {"summary": asdict(summarise([s]))} for s in scores],
        }

    return {
        "old": judgement.old_name,
        "new": judgement.new_name,
        "headings": list(HEADINGS),
        "table": [list(row) for row in table_rows(judgement)],
        "verdict": judgement.verdict,
        "worst": judgement.worst,
        "sets": {
            one.name: {"old": of_set(one.old), "new": of_set(one.new), "gain": one.gain, "failures": one.failures}
            for one in judgement.sets
        },
    }


def write_judgement(judgement: Judgement, json_path: Path, text_path: Path) -> None:
    write_json(json_path, as_json(judgement))
    write_text(text_path, as_text(judgement))
