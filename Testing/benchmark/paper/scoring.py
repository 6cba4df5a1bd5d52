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
from IVDSegmentationLib.network.weights import find_model, read_card
from IVDSegmentationLib.segmentation.pipeline import Segmenter
from IVDSegmentationLib.volume import NetworkFrame

from paper.inference import probability
from paper.postprocess import paper_labels

PRODUCT = ("default", "paper-fcn3d", "paper-fcn2d")
"""Models that are judged as the extension runs them, with its own post-processing and levels."""
MAP_ENDING = ".npz.xz"
Scores = dict[str, dict[str, CaseScore]]


class Bundle:
    """What came back from the training, from one device or several. ``runs``: name -> settings, summary and log;
    ``unfinished``: those without a summary; ``places``: name -> file of its log-odds; ``times``: those of forward passes."""

    def __init__(self, *folders: Path) -> None:
        self.runs: dict[str, dict[str, Any]] = {}
        self.unfinished: dict[str, dict[str, Any]] = {}
        self.times: dict[str, dict[str, Any]] = {}
        self.places: dict[str, Path] = {}
        for folder in folders:
            entries = json.loads((folder / "logs.json").read_text(encoding="utf-8"))
            self.runs |= {name: run for name, run in entries.items() if "summary" in run}
            self.unfinished |= {name: run for name, run in entries.items() if "log" in run and "summary" not in run}
            self.times |= {name: entry for name, entry in entries.items() if "seconds" in entry}
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


def product_run(model: str) -> str:
    """The name of a model's scores: another version's are others."""
    card = read_card(find_model(model))
    return f"product {card.name} {card.version}"


def scored(bundle: Bundle, real: Path, cache: Path) -> Scores:
    """Run -> case -> score; the ``product_run`` of each of ``PRODUCT`` has the project's validation scans. Goes on from
    ``cache``."""
    scores = read_scores(cache)

    def keep(run: str, score: CaseScore) -> None:
        scores.setdefault(run, {})[score.name] = score
        plain = plain_json({r: {c: asdict(s) for c, s in own.items()} for r, own in scores.items()})
        write_text(cache, json.dumps(plain))

    runs_of = bundle.cases()
    held_out = json.loads((real / "splits.json").read_text())["validation"]
    segmenters: dict[str, Segmenter] = {}
    for name in sorted({*runs_of, *held_out}):
        missing = [run for run in runs_of.get(name, ()) if name not in scores.get(run, {})]
        models = [m for m in PRODUCT if name in held_out and name not in scores.get(product_run(m), {})]
        if not missing and not models:
            continue
        case = load_real_case(real / name)
        assert case.image is not None
        frame = NetworkFrame.of(case.image)
        for run in missing:
            keep(run, case.score(paper_labels(bundle.disc(run, name), frame, bundle.threshold(run))))
        for model in models:
            segmenters.setdefault(model, Segmenter(model, "cpu", 2))
            keep(product_run(model), case.score(segmenters[model].segment(case.image).labels))
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
