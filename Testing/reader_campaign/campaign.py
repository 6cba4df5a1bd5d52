"""Runs the campaign: damages seeds at random, lets the judge read them, and counts."""

from __future__ import annotations

import collections
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .judge import Judge, Verdict, describe
from .mutations import Mutation, mutations_for
from .seeds import SEEDS, Seed, volume_of

LARGE_SHARE = 0.1
"""Of the files, that are made from a large seed: they take most of the time."""


@dataclass
class Report:
    """``failures``: sentences, one a file that was not judged rightly."""

    files: int = 0
    verdicts: collections.Counter = field(default_factory=collections.Counter)
    by_format: collections.Counter = field(default_factory=collections.Counter)
    failures: list[str] = field(default_factory=list)
    slowest_seconds: float = 0.0

    def text(self) -> str:
        lines = [f"{self.files} files; slowest {self.slowest_seconds:.1f} s"]
        lines += [f"  {count:6d} {name}" for name, count in sorted(self.verdicts.items())]
        lines += [f"  by format: {', '.join(f'{name} {count}' for name, count in sorted(self.by_format.items()))}"]
        return "\n".join([*lines, *self.failures[:50]])


def judged(seed: Seed, mutation: Mutation, verdict: Verdict) -> str:
    """One of: refused, same, warned, cannot be told; or a failure: traceback, crash, hang, memory, silent nonsense."""
    if verdict.kind in ("traceback", "crash", "hang"):
        return verdict.kind
    if verdict.extra_bytes:
        return "memory"
    if verdict.kind == "refused":
        return "refused whole" if not mutation.changed else "refused"
    same = verdict.same_shape and verdict.same_values and verdict.same_spacing and verdict.moved_mm < 1
    if same:
        return "same"
    if not mutation.changed:
        return "silent nonsense"  # a neighbour's voxels or header
    if verdict.warned:
        return "warned"
    return "silent nonsense" if _could_be_told(seed, mutation, verdict) else "cannot be told"


def _could_be_told(seed: Seed, mutation: Mutation, verdict: Verdict) -> bool:
    """Whether a checksum or a second statement in the file contradicts what was read."""
    if mutation.text == "removed":
        return False  # of a first or last slice nothing is left that could tell
    if not verdict.same_shape:
        return True  # the number of bytes
    dicom = seed.name.startswith("DICOM")
    if dicom:
        # the other slices tell where each one lies, what spacing it has; voxels without a checksum may be anything
        return (not verdict.same_spacing or verdict.moved_mm >= 1) and "Enhanced" not in seed.name and mutation.file != ""
    if mutation.stored and mutation.file in seed.checked and (seed.whole or not verdict.same_values):
        header_changed = not seed.whole and not verdict.same_type
        return not header_changed
    return seed.redundant and not verdict.one_form and (not verdict.same_spacing or verdict.moved_mm >= 1)


FAILURES = ("traceback", "crash", "hang", "memory", "silent nonsense", "refused whole")


def run_campaign(*, files: int | None = None, minutes: float | None = None, seed: int = 0, keep: Path | None = None) -> Report:
    """``files`` or ``minutes``: how long. ``keep``: a folder for the files that were not judged rightly."""
    report = Report()
    random = np.random.default_rng(seed)
    end = None if minutes is None else time.monotonic() + 60 * minutes
    with tempfile.TemporaryDirectory(prefix="campaign-") as temporary, Judge() as judge:
        root = Path(temporary)
        while (files is None or report.files < files) and (end is None or time.monotonic() < end):
            one = SEEDS[report.files % len(SEEDS)]
            large = one.largest == "large" and random.random() < LARGE_SHARE
            size = "large" if large else ("small", "medium")[random.integers(2)]
            whole = _whole(root, one, size)
            case = root / "case"
            shutil.copytree(whole / "files", case)
            choices = mutations_for(one)
            mutation = choices[random.integers(len(choices))](one, case, random)
            start = time.monotonic()
            verdict = judge.read(case / one.read if one.read else case, whole / "whole.npz")
            report.slowest_seconds = max(report.slowest_seconds, time.monotonic() - start)
            outcome = judged(one, mutation, verdict)
            report.files += 1
            report.verdicts[outcome] += 1
            report.by_format[one.name] += 1
            if outcome in FAILURES:
                report.failures.append(
                    f"{outcome}: {one.name}, {size}, {mutation.file}: {mutation.text}; {verdict.text[-300:]} {verdict}"
                )
                if keep is not None:
                    shutil.copytree(case, keep / f"{len(report.failures):03d}", dirs_exist_ok=True)
            shutil.rmtree(case)
    return report


def _whole(root: Path, seed: Seed, size: str) -> Path:
    """The undamaged files of a seed in one size, made once."""
    folder = root / f"{SEEDS.index(seed)}-{size}"
    if not folder.exists():
        (folder / "files").mkdir(parents=True)
        seed.write(folder / "files", volume_of(size))
        describe(folder / "files" / seed.read, folder / "whole.npz")
    return folder
