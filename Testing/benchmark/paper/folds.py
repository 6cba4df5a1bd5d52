"""Which scans a run trains on, which one decides when it ends, and which it is judged by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from paper.pack import PackedCase
from paper.recipe import Recipe

FOLDS = 5
"""Fold 0 is the project's own validation scans, so that the bundled model, which never saw them, stands beside it."""


@dataclass(frozen=True)
class Fold:
    training: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]


def fold_of(name: str, cases: Sequence[PackedCase], recipe: Recipe) -> Fold:
    """Fold ``name`` (0 ... 4) of the recipe's cases, or 'all': trained on every case but the project's validation scans.

    Nobody who is judged was trained on. One scan more is left out of training, the next fold's first (for 'all' the first of
    each set): it decides when the run ends and at which threshold a disc begins.
    """
    own = [case for case in cases if case.group in recipe.data]
    if name == "all":
        others = [case for case in own if not case.held_out]
        # the first scan of each set decides when the run ends
        validation = [next(c.name for c in others if c.group == group) for group in sorted({c.group for c in others})]
        training = [c.name for c in others if c.name not in validation]
        return Fold(tuple(training), tuple(validation), tuple(c.name for c in own if c.held_out))
    groups: list[list[str]] = [[c.name for c in own if c.held_out], *([] for _ in range(FOLDS - 1))]
    people: dict[str, list[str]] = {}
    for case in own:
        if not case.held_out:
            people.setdefault(case.subject, []).append(case.name)
    for n, names in enumerate(people.values()):
        groups[1 + n % (FOLDS - 1)] += names
    test = groups[int(name)]
    validation = groups[(int(name) + 1) % FOLDS][:1]
    training = [c.name for c in own if c.name not in (*test, *validation)]
    return Fold(tuple(training), tuple(validation), tuple(test))
