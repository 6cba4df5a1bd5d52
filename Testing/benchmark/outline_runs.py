"""Kept runs (see outline_cases.py) as evidence, and faults put into them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "IVDSegmentation"))

import numpy as np  # noqa: E402
from IVDSegmentationLib.evaluation.surface import mean_surface_distance_mm  # noqa: E402
from IVDSegmentationLib.quality.evidence import Evidence  # noqa: E402
from IVDSegmentationLib.quality.features import outline_features  # noqa: E402
from IVDSegmentationLib.quality.shapes import ShapeTable  # noqa: E402
from IVDSegmentationLib.spine import Region, disc_regions  # noqa: E402
from IVDSegmentationLib.spine.region import moved  # noqa: E402
from IVDSegmentationLib.volume import Volume  # noqa: E402
from scipy import ndimage  # noqa: E402

FAULTS = ("shifted", "swollen", "shrunken", "half", "merged", "neighbour", "smeared", "wobbly")
"""What is put into a run: all of an outline beside its place; too large; too small; half of it missing; grown into a vessel; on
the vertebral body or the next disc; without its corners; with a border that wanders."""
LEAST_KNOWN = 0.98
"""Share of a true disc that the reference must know, as in the scores."""


@dataclass(frozen=True, eq=False)
class Run:
    """``truth`` and ``valid`` cover the window of the evidence; ``discs``: label, flags and, where the reference knows the
    disc, Dice, surface distance and true label."""

    name: str
    evidence: Evidence
    truth: np.ndarray
    valid: np.ndarray
    discs: list[dict]
    steps: list[str]

    @property
    def subject(self) -> str:
        """Runs of one person are never on both sides of a split."""
        name = self.name.split(".")[0]
        return {"VB1_10": "VB1_DzZ", "VB1_11": "VB1_DzZ"}.get(name, "VB1_AK" if name.startswith("VB1") else name)

    @property
    def kind(self) -> str:
        if self.name.startswith("phantom"):
            return "phantom"
        return "scan" if self.name.endswith(".0") else "spoiled scan"

    @property
    def labels(self) -> list[int]:
        return [region.label for region in self.evidence.regions]


def runs(folder: Path) -> Iterator[Run]:
    for path in sorted(folder.glob("*.npz")):
        yield load_run(path)


@dataclass(frozen=True)
class DiscRow:
    """One disc of a run that the reference knows: its features, what is true of it, and whether a fault was put into it.
    ``run``: the run's name; ``kind``, ``subject``: as of ``Run``."""

    run: str
    kind: str
    subject: str
    disc: dict
    features: np.ndarray
    fault: bool


def disc_rows(folder: Path, table: ShapeTable, *seeds: int) -> list[DiscRow]:
    """The discs of all runs of a folder, as they are and with faults, once for each seed; on all cores, since one run takes
    some seconds."""
    paths = sorted(folder.glob("*.npz"))
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(_rows_of_run, paths, repeat(table), range(len(paths)), repeat(seeds))
        return [row for rows in found for row in rows]


def _rows_of_run(path: Path, table: ShapeTable, n: int, seeds: tuple[int, ...]) -> list[DiscRow]:
    run = load_run(path)
    rows = []
    spoilt = (with_faults(run, np.random.default_rng([seed, n])) for seed in seeds)
    for version, faulty in ((run, [False] * len(run.discs)), *spoilt):
        array = outline_features(version.evidence, version.labels, table)
        for features, disc, fault in zip(array, version.discs, faulty):
            if "dice" in disc and np.isfinite(disc["surface_mm"]) and fault == (version is not run):
                rows.append(DiscRow(run.name, "fault" if fault else run.kind, run.subject, disc, features, fault))
    return rows


def load_run(path: Path) -> Run:
    with np.load(path) as kept:
        meta = json.loads(str(kept["meta"]))
        arrays = {name: kept[name] for name in kept.files if name != "meta"}
    window = tuple(slice(a, b) for a, b in meta["window"])
    grid = Volume(np.broadcast_to(np.float32(0), meta["shape"]), meta["spacing"], meta["origin"], np.array(meta["direction"]))
    whole = np.zeros(meta["shape"], np.uint8)
    whole[window] = arrays["labels"]
    regions = tuple(disc_regions(grid.with_array(whole)).values())
    evidence = Evidence(
        grid,
        window,  # type: ignore[arg-type]
        arrays["image"].astype(np.float32),
        arrays["disc"].astype(np.float32),
        arrays["body"].astype(np.float32),
        arrays["coarse"].astype(np.float32),
        regions,
    )
    found = {disc["label"]: disc for disc in meta["discs"]}
    discs = [found[region.label] for region in regions]
    return Run(path.stem, evidence, arrays["truth"], arrays["valid"] > 0, discs, meta["steps"])


def with_faults(run: Run, rng: np.random.Generator, share: float = 0.45) -> tuple[Run, list[bool]]:
    """The run with about this share of its discs outlined wrongly, by probabilities that are as sure as before; which they are.

    Dice and surface distance are taken anew from the reference, in the network's frame.
    """
    evidence = run.evidence
    disc, coarse = evidence.disc.copy(), evidence.coarse
    regions, discs, faulty = [], [], []
    for region, entry in zip(evidence.regions, run.discs):
        spoilt = "dice" in entry and entry["true_label"] > 0 and rng.random() < share
        new = _faulty(run, region, disc, rng) if spoilt else None
        score = None if new is None else _score(run, new, entry["true_label"])
        if new is None or score is None:
            regions.append(region)
            discs.append(entry)
            faulty.append(False)
            continue
        regions.append(new)
        discs.append(entry | score)
        faulty.append(True)
    changed = replace(evidence, disc=disc, coarse=coarse, regions=tuple(regions))
    return replace(run, evidence=changed, discs=discs), faulty


def _faulty(run: Run, region: Region, disc: np.ndarray, rng: np.random.Generator) -> Region | None:
    """The region with a fault; ``disc`` (probabilities of the window) is changed with it. None: nothing would be left."""
    evidence = run.evidence
    spacing = evidence.spacing_kji
    own = moved(region.box, evidence.window, -1)
    margin = np.ceil(16 / spacing).astype(int)
    box = tuple(slice(max(0, s.start - m), min(n, s.stop + m)) for s, m, n in zip(own, margin, disc.shape))
    inner = moved(own, box, -1)  # type: ignore[arg-type]
    mask = np.zeros([s.stop - s.start for s in box], bool)
    mask[inner] = region.mask
    others = np.zeros_like(mask)
    for other in evidence.regions:
        if other is not region:
            where = moved(other.box, evidence.window, -1)
            full = np.zeros(disc.shape, bool)
            full[where] = other.mask
            others |= full[box]
    near = ndimage.distance_transform_edt(~mask, sampling=spacing) < 4
    p = np.where(near & ~others, disc[box], 0.0)
    kind = str(rng.choice(FAULTS))
    p = _changed(kind, p, mask, region, spacing, rng)
    new = (p > 0.5) & ~others
    if new.sum() < 0.15 * mask.sum():
        return None
    disc[box] = np.where(others, disc[box], np.where(near | (p > 0.02), p, disc[box]))
    whole = tuple(slice(b.start + w.start, b.stop + w.start) for b, w in zip(box, evidence.window))
    filled = ndimage.find_objects(new.astype(np.uint8))[0]
    return replace(region, box=moved(filled, whole, +1), mask=new[filled])  # type: ignore[arg-type]


def _changed(
    kind: str, p: np.ndarray, mask: np.ndarray, region: Region, spacing: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Probabilities of one disc (k, j, i) with a fault of a kind."""

    def shifted(mm: np.ndarray) -> np.ndarray:
        return ndimage.shift(p, mm / spacing, order=1)

    if kind == "shifted":
        way = rng.normal(size=3) * [0.5, 1.0, 1.0]
        return shifted(way / np.linalg.norm(way) * rng.uniform(1.5, 8))
    if kind == "neighbour":
        return shifted(np.array([0.0, rng.choice([-1, 1]) * rng.uniform(9, 15), rng.normal(0, 2)]))
    if kind in ("swollen", "shrunken"):
        size = np.maximum(1, 2 * np.rint(rng.uniform(1.2, 3.5) / spacing).astype(int) + 1)
        return (ndimage.grey_dilation if kind == "swollen" else ndimage.grey_erosion)(p, size=tuple(size))
    if kind == "smeared":
        q = ndimage.gaussian_filter(p, rng.uniform(1.5, 4) / spacing)
        return np.clip(q / max(1e-3, float(q.max())), 0, 1) * float(p.max())
    at = np.argwhere(mask)
    centre = at.mean(axis=0)
    grids = np.meshgrid(*(np.arange(n) for n in p.shape), indexing="ij", sparse=True)
    if kind == "half":
        way = rng.normal(size=3) * [0.4, 0.3, 1.0]
        way /= np.linalg.norm(way)
        along = sum((g - c) * s * w for g, c, s, w in zip(grids, centre, spacing, way))
        reach = np.quantile((at - centre) * spacing @ way, rng.uniform(0.4, 0.9))
        return p / (1 + np.exp(np.clip((along - reach) / 0.5, -30, 30)))
    if kind == "merged":  # a tube along the spine that touches the front or the back
        row = at[np.argmin(at[:, 2]) if rng.random() < 0.6 else np.argmax(at[:, 2])]
        away = np.sqrt(((grids[0] - row[0]) * spacing[0]) ** 2 + ((grids[2] - row[2]) * spacing[2]) ** 2)
        along = np.abs(grids[1] - row[1]) * spacing[1]
        tube = rng.uniform(0.8, 0.99) / (1 + np.exp((away - rng.uniform(3, 7)) / 0.5))
        return np.maximum(p, tube * (along < rng.uniform(5, 14)))
    field = [ndimage.gaussian_filter(rng.normal(size=p.shape), 4 / spacing) for _ in range(3)]
    size = rng.uniform(1.5, 5)
    moved_to = [g + f / max(1e-6, float(np.abs(f).std())) * size / s / 1.7 for g, f, s in zip(grids, field, spacing)]
    return ndimage.map_coordinates(p, moved_to, order=1)


def _score(run: Run, region: Region, true_label: int) -> dict[str, float] | None:
    """Dice and surface distance against the reference; None where that does not know the disc wholly."""
    true = run.truth == true_label
    known = run.valid
    if not true.any() or (true & known).sum() < LEAST_KNOWN * true.sum():
        return None
    found = np.zeros(true.shape, bool)
    found[moved(region.box, run.evidence.window, -1)] = region.mask
    found &= known
    true = true & known
    dice = float(2 * (found & true).sum() / max(1, found.sum() + true.sum()))
    box = ndimage.find_objects((found | true).astype(np.uint8))[0]
    wide = tuple(slice(max(0, s.start - 1), min(n, s.stop + 1)) for s, n in zip(box, true.shape))
    surface = mean_surface_distance_mm(true[wide], found[wide], known[wide], run.evidence.spacing_kji)
    return {"dice": dice, "surface_mm": surface}
