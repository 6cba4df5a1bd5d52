"""Scores of the scans held out, for each row and fold that ``run_all.py`` bundled; kept in a file, as they take minutes."""

from __future__ import annotations

import io
import json
import lzma
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from IVDSegmentationLib.cases import load_real_case
from IVDSegmentationLib.evaluation import CaseScore
from IVDSegmentationLib.evaluation.scores import DiscScore, FalseDisc
from IVDSegmentationLib.files import plain_json, write_text
from IVDSegmentationLib.segmentation.pipeline import Segmenter
from IVDSegmentationLib.volume import NetworkFrame

from paper.inference import probability
from paper.postprocess import paper_labels

OURS = "ours"
MAP_ENDING = ".npz.xz"
Scores = dict[str, dict[str, CaseScore]]


class Bundle:
    """What came back from the training, from one device or several. ``runs``: name -> settings, summary and log;
    ``places``: name -> file of its log-odds; ``times``: those of forward passes."""

    def __init__(self, *folders: Path) -> None:
        self.runs: dict[str, dict[str, Any]] = {}
        self.times: dict[str, dict[str, Any]] = {}
        self.places: dict[str, Path] = {}
        for folder in folders:
            entries = json.loads((folder / "logs.json").read_text(encoding="utf-8"))
            self.runs |= {name: run for name, run in entries.items() if "summary" in run}
            self.times |= {name: entry for name, entry in entries.items() if "summary" not in entry}
            with zipfile.ZipFile(folder / "maps.zip") as file:
                self.places |= {name.removesuffix(MAP_ENDING): folder / "maps.zip" for name in file.namelist()}

    def cases(self) -> dict[str, list[str]]:
        """Case -> runs that have its map."""
        found: dict[str, list[str]] = {}
        for run in self.places:
            with zipfile.ZipFile(self._stored(run)) as arrays:
                for name in arrays.namelist():
                    found.setdefault(name.removesuffix(".npy"), []).append(run)
        return found

    def disc(self, run: str, case: str) -> np.ndarray:
        """Probability of disc in the network's frame, axes (k, j, i)."""
        with np.load(self._stored(run), allow_pickle=False) as arrays:
            return probability(arrays[case])

    def _stored(self, run: str) -> io.BytesIO:
        with zipfile.ZipFile(self.places[run]) as file:
            return io.BytesIO(lzma.decompress(file.read(run + MAP_ENDING)))

    def threshold(self, run: str) -> float:
        return float(self.runs[run]["summary"]["threshold"])


def scored(bundle: Bundle, real: Path, cache: Path, model: str = "default") -> Scores:
    """Run -> case -> score; 'ours' has the project's validation scans. Goes on from ``cache``."""
    scores = read_scores(cache)

    def keep(run: str, score: CaseScore) -> None:
        scores.setdefault(run, {})[score.name] = score
        plain = plain_json({r: {c: asdict(s) for c, s in own.items()} for r, own in scores.items()})
        write_text(cache, json.dumps(plain))

    segmenter = None
    held_out = json.loads((real / "splits.json").read_text())["validation"]
    for name, runs in sorted(bundle.cases().items()):
        missing = [run for run in runs if name not in scores.get(run, {})]
        ours_is_missing = name in held_out and name not in scores.get(OURS, {})
        if not missing and not ours_is_missing:
            continue
        case = load_real_case(real / name)
        assert case.image is not None
        frame = NetworkFrame.of(case.image)
        for run in missing:
            keep(run, case.score(paper_labels(bundle.disc(run, name), frame, bundle.threshold(run))))
        if ours_is_missing:
            segmenter = segmenter or Segmenter(model, "cpu", 2)
            keep(OURS, case.score(segmenter.segment(case.image).labels))
    return scores


def read_scores(cache: Path) -> Scores:
    """What ``scored`` has kept so far."""
    entries = json.loads(cache.read_text(encoding="utf-8")) if cache.exists() else {}
    return {run: {case: _read_score(entry) for case, entry in cases.items()} for run, cases in entries.items()}


def _read_score(entry: dict[str, Any]) -> CaseScore:
    found = tuple(
        DiscScore(**{key: float("nan") if value is None and key.endswith("mm") else value for key, value in disc.items()})
        for disc in entry["found"]
    )
    false = tuple(FalseDisc(d["level"], tuple(d["centre_mm_lps"]), d["volume_mm3"]) for d in entry["false"])
    others = {key: tuple(entry[key]) for key in ("missed", "skipped", "ignored")}
    return CaseScore(name=entry["name"], found=found, false=false, **others)
