"""Runs of the network on scans and phantoms, as they are and spoiled, kept on disk: outlines are judged on them.

    python Testing/benchmark/outline_cases.py REAL_DATA CACHE --part fit
    python Testing/benchmark/outline_cases.py REAL_DATA CACHE --part judge

'fit' has the training scans and phantoms of their own seeds; 'judge' the validation scans and other phantoms. A run that is
there already is passed over, so that the command can be stopped and started again.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "IVDSegmentation"))

import numpy as np  # noqa: E402
from IVDSegmentationLib.anatomy import is_disc_label  # noqa: E402
from IVDSegmentationLib.cases import RealCase, load_real_case  # noqa: E402
from IVDSegmentationLib.cases.phantoms import phantom_case  # noqa: E402
from IVDSegmentationLib.evaluation.matching import match_discs  # noqa: E402
from IVDSegmentationLib.quality.evidence import Evidence  # noqa: E402
from IVDSegmentationLib.segmentation.assemble import assemble  # noqa: E402
from IVDSegmentationLib.segmentation.infer import infer  # noqa: E402
from IVDSegmentationLib.segmentation.options import Options  # noqa: E402
from IVDSegmentationLib.segmentation.pipeline import Segmenter  # noqa: E402
from IVDSegmentationLib.spine import disc_regions  # noqa: E402
from IVDSegmentationLib.synthesis import synthesize  # noqa: E402
from IVDSegmentationLib.volume import NetworkFrame, Volume  # noqa: E402
from scipy import ndimage  # noqa: E402

FIT_SEEDS, JUDGE_SEEDS = 700_000, 900_000
"""Far from the seeds of training, and from each other."""


Load = Callable[[], RealCase]


def cases(real: Path, part: str, phantoms: int, spoiled: int) -> Iterator[tuple[str, Load, np.random.Generator | None]]:
    """(name, what loads the case, generator of what spoils it; None: as it is)."""
    validation = json.loads((real / "splits.json").read_text())["validation"]
    names = sorted(p.name for p in real.iterdir() if (p / "case.json").is_file())
    wanted = [name for name in names if (name in validation) == (part == "judge")]
    first = FIT_SEEDS if part == "fit" else JUDGE_SEEDS

    def phantom(n: int) -> RealCase:
        return phantom_case(synthesize(first + n), f"phantom_{first + n}")

    for name in wanted:
        yield f"{name}.0", partial(load_real_case, real / name), None
    for n in range(phantoms):
        yield f"phantom_{first + n}.0", partial(phantom, n), None
    for version in range(1, spoiled + 1):
        for n, name in enumerate(wanted):
            yield f"{name}.{version}", partial(load_real_case, real / name), np.random.default_rng([first, n, version])


def spoil(case: RealCase, rng: np.random.Generator) -> tuple[RealCase, list[str]]:
    """A scan as a worse scanner, another protocol or a moving patient would have given it, with its labels."""
    steps = []
    if rng.random() < 0.3:
        case = _cropped(case, rng)
        steps.append("crop")
    image = case.image.array.astype(np.float32)
    low, high = np.percentile(image, [1, 99])
    image = (image - low) / max(1e-6, high - low)
    spacing = np.array(case.image.spacing_mm[::-1])  # k, j, i with k up, j back, i sideways in the scans
    lateral = 2 - int(np.argmax(np.abs(case.image.direction[0])))
    plane = [axis for axis in range(3) if axis != lateral]
    for kind in rng.choice(["noise", "blur", "thick", "shading", "curve", "void", "ghost"], rng.integers(1, 4), replace=False):
        steps.append(str(kind))
        if kind == "noise":
            sd = rng.uniform(0.06, 0.3)
            image = np.hypot(image + sd * rng.standard_normal(image.shape), sd * rng.standard_normal(image.shape))
        elif kind == "blur":
            sigma = np.zeros(3)
            sigma[plane] = rng.uniform(0.8, 2.4)
            image = ndimage.gaussian_filter(image, sigma / spacing)
        elif kind == "thick":
            count = max(1, round(rng.uniform(4, 8) / spacing[lateral]))
            image = ndimage.uniform_filter1d(image, count, axis=lateral)
            image = np.take(image, np.arange(image.shape[lateral]) // count * count, axis=lateral)
        elif kind == "shading":
            noise = ndimage.zoom(rng.standard_normal((3, 3, 3)), np.array(image.shape) / 3, order=1)
            image = image * np.exp(rng.uniform(0.3, 1.0) * noise)
        elif kind == "curve":
            image = np.clip(image, 0, 1.5) ** rng.uniform(0.35, 2.5)
            image = 1 - image if rng.random() < 0.3 else image
        elif kind == "void":
            image = _with_voids(image, case.labels, spacing, rng)
        else:
            shift, strength = int(rng.integers(8, 60)), rng.uniform(0.15, 0.5)
            axis = int(rng.choice(plane))
            image = image + strength * np.roll(image, shift, axis) + strength / 2 * np.roll(image, -shift, axis)
    grey = np.clip(np.rint(image * 160 + 20), 0, 255).astype(np.float32)
    return replace(case, image=case.image.with_array(grey)), steps


def _with_voids(image: np.ndarray, labels: Volume, spacing: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Signal lost, or too bright, in one or two balls near discs: metal, a vessel, a haemangioma."""
    at = np.argwhere((labels.array > 0) & (labels.array < 50))
    if not len(at):
        return image
    grids = np.meshgrid(*(np.arange(n, dtype=np.float32) for n in image.shape), indexing="ij", sparse=True)
    for _ in range(rng.integers(1, 3)):
        centre = at[rng.integers(len(at))] + rng.normal(0, 6, 3) / spacing
        distance = np.sqrt(sum(((g - c) * s) ** 2 for g, c, s in zip(grids, centre, spacing)))
        soft = 1 / (1 + np.exp(distance - rng.uniform(5, 16)))
        image = image * (1 - soft) + soft * rng.choice([0.0, 0.4, 1.0])
    return image


def _cropped(case: RealCase, rng: np.random.Generator) -> RealCase:
    """Another field of view: narrower, and cut above and below."""
    size = np.array(case.image.size_ijk)
    low, high = np.zeros(3, int), size.copy()
    for axis in range(3):
        patient = int(np.argmax(np.abs(case.image.direction[:, axis])))
        most = {0: 0.25, 1: 0.12, 2: 0.3}[patient]
        low[axis], high[axis] = rng.integers(0, int(most * size[axis]) + 1, 2) * [1, -1] + [0, size[axis]]
    part = tuple(slice(int(a), int(b)) for a, b in zip(low[::-1], high[::-1]))

    def cut(volume: Volume) -> Volume:
        origin = tuple(volume.lps_of_ijk(low))
        return Volume(np.ascontiguousarray(volume.array[part]), volume.spacing_mm, origin, volume.direction)

    return replace(case, image=cut(case.image), labels=cut(case.labels), valid=None if case.valid is None else cut(case.valid))


def run(segmenter: Segmenter, case: RealCase, steps: list[str]) -> dict[str, np.ndarray] | None:
    """Everything the estimate needs of one run, and how good each disc of it is. None: no disc was found."""
    frame = NetworkFrame.of(case.image)
    image = frame.to_network()
    output = infer(segmenter.network, image.array)
    found = assemble(frame, image, output, Options(), segmenter.card.level_temperature, segmenter.outline_levels)
    labels, discs = found[0], found[1]
    if not discs:
        return None
    on_grid = _nearest(labels, image)
    regions = tuple(disc_regions(on_grid).values())
    evidence = Evidence.of(image, output.disc, output.body, output.coarse, regions)
    window = evidence.window
    flags = {disc.label: [flag.value for flag in disc.flags] for disc in discs}
    scores = _scores(case, labels)
    meta = {
        "steps": steps,
        "shape": list(image.array.shape),
        "window": [[s.start, s.stop] for s in window],
        "spacing": list(image.spacing_mm),
        "origin": list(image.origin_mm_lps),
        "direction": image.direction.tolist(),
        "discs": [
            {"label": disc.label, "flags": flags[disc.label], "probability": disc.probability} | scores.get(disc.label, {})
            for disc in discs
        ],
    }
    truth = _nearest(case.labels, image)
    valid = np.ones_like(truth.array) if case.valid is None else _nearest(case.valid, image).array
    return {
        "meta": np.array(json.dumps(meta)),
        "image": evidence.image.astype(np.float16),
        "disc": evidence.disc.astype(np.float16),
        "body": evidence.body.astype(np.float16),
        "coarse": evidence.coarse.astype(np.float16),
        "labels": on_grid.array[window],
        "truth": truth.array[window],
        "valid": (valid[window] != 0).astype(np.uint8),
    }


def _scores(case: RealCase, labels: Volume) -> dict[int, dict[str, float]]:
    """Label of a found disc -> Dice and surface distance; a disc that is none has Dice 0. Those that the reference says nothing
    about are left out."""
    known = np.ones(labels.array.shape, bool) if case.valid is None else case.valid.array != 0
    ours, theirs = ([region.within(known) for region in disc_regions(volume).values()] for volume in (case.labels, labels))
    partners = {p: r for r, p in match_discs(ours, theirs)}
    by_level = {}
    score = case.score(labels)
    for n, region in enumerate(theirs):
        if n in partners:
            own = ours[partners[n]]
            dice = 2 * own.overlap(region) / max(1, own.voxels + region.voxels)
            match = [d for d in score.found if abs(d.dice - dice) < 1e-9]
            if match:
                by_level[region.label] = {
                    "dice": match[0].dice,
                    "surface_mm": match[0].surface_mm,
                    "true_label": own.label,
                    "distance_mm": match[0].distance_mm,
                }
    for false in score.false:
        for region in theirs:
            if np.allclose(region.centre_mm_lps, false.centre_mm_lps, atol=1e-6):
                by_level[region.label] = {"dice": 0.0, "surface_mm": 10.0, "true_label": 0, "distance_mm": 99.0}
    return by_level


def _nearest(volume: Volume, grid: Volume) -> Volume:
    """A label map on another grid, by the nearest voxel; discs and 0 only, uint8."""
    ijk = [np.arange(n) for n in grid.size_ijk]
    kji = np.stack(np.meshgrid(*reversed(ijk), indexing="ij"), axis=-1)[..., ::-1]
    at = np.rint(volume.ijk_of_lps(grid.lps_of_ijk(kji))).astype(np.int32)
    at = np.clip(at, 0, np.array(volume.size_ijk) - 1)
    values = np.asarray(volume.array)[at[..., 2], at[..., 1], at[..., 0]]
    return grid.with_array(np.where([is_disc_label(n) for n in range(256)], np.arange(256), 0)[values].astype(np.uint8))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("real", type=Path)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--part", choices=("fit", "judge"), default="fit")
    parser.add_argument("--model", default="default")
    parser.add_argument("--phantoms", type=int, default=60)
    parser.add_argument("--spoiled", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after this time; the next call goes on")
    args = parser.parse_args()
    end = time.time() + args.seconds
    segmenter = Segmenter(args.model, "cpu", 2)
    folder = args.cache / segmenter.info.sha256[:12] / args.part
    folder.mkdir(parents=True, exist_ok=True)
    there = {path.stem for path in folder.glob("*.npz")} | {path.stem for path in folder.glob("*.none")}
    for name, load, rng in cases(args.real, args.part, args.phantoms, args.spoiled):
        if name in there:
            continue
        if time.time() > end:
            print("stopped: call again to go on")
            return
        case = load()
        case, steps = spoil(case, rng) if rng is not None else (case, [])
        kept = run(segmenter, case, steps)
        if kept is None:
            (folder / f"{name}.none").touch()
        else:
            np.savez_compressed(folder / name, **kept)
        print(name, *steps, flush=True)


if __name__ == "__main__":
    main()
