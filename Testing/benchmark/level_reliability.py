"""How far the confidence of the levels can be trusted: validation scans, parts of them, phantoms of every part of the spine,
and volumes without a spine, none of them trained on.

    python Testing/benchmark/level_reliability.py REAL_DATA --phantoms 60 --spineless 60 --output Testing/benchmark/LEVELS.md

A chain where there is no spine, or beside it, has no right level: every name is wrong there. The temperature that fits best on
every second chain is printed (it belongs into the model card) and judged on the others.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "IVDSegmentation"))

import numpy as np  # noqa: E402
from IVDSegmentationLib.anatomy import is_disc_label  # noqa: E402
from IVDSegmentationLib.cases import load_real_case  # noqa: E402
from IVDSegmentationLib.segmentation.found import FoundDiscs, find_discs_of_spine  # noqa: E402
from IVDSegmentationLib.segmentation.magnify import infer_with_neck  # noqa: E402
from IVDSegmentationLib.segmentation.options import Options  # noqa: E402
from IVDSegmentationLib.segmentation.pipeline import Segmenter  # noqa: E402
from IVDSegmentationLib.synthesis import REGIONS, PhantomSettings, synthesize, synthesize_negative  # noqa: E402
from IVDSegmentationLib.volume import NetworkFrame, Volume  # noqa: E402
from whole_spine_figures import without_the_spine  # noqa: E402

FIRST_PHANTOM_SEED = 900_000
"""Far from the seeds used for training."""
TEMPERATURES = (0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0, 2.5, 3.0)
BINS = ((0.6, 0.8), (0.8, 0.9), (0.9, 0.97), (0.97, 1.001))


@dataclass(frozen=True)
class Judged:
    """A chain and the level index (1 = L5-S1) that its lowest disc really has; None where it is no chain of discs."""

    kind: str
    name: str
    found: FoundDiscs
    truth: int | None


def scans(real: Path, phantoms: int, spineless: int) -> Iterator[tuple[str, str, Volume, Volume | None]]:
    """(kind, name, image, labels; None where there is no spine): validation scans whole, without their lower third, without
    their upper half, and what lies before and behind the spine; phantoms; generated volumes without a spine."""
    for name in json.loads((real / "splits.json").read_text())["validation"]:
        case = load_real_case(real / name)
        if not case.levels_certain:
            continue
        count = case.image.array.shape[0]
        for part, (low, high) in {"whole": (0, 1), "no sacrum": (0.36, 1), "lower half": (0, 0.55)}.items():
            rows = slice(int(low * count), int(high * count))
            start = case.image.lps_of_ijk(np.array([0, 0, rows.start]))

            def cut(volume: Volume, rows=rows, start=start) -> Volume:
                return Volume(volume.array[rows], volume.spacing_mm, tuple(start), volume.direction)

            yield f"validation, {part}", f"{name} ({part})", cut(case.image), cut(case.labels)
    for seed in range(FIRST_PHANTOM_SEED, FIRST_PHANTOM_SEED + phantoms):
        region = REGIONS[seed % len(REGIONS)]
        phantom = synthesize(seed, PhantomSettings(region=region))
        yield f"phantom, {region}", f"phantom {region} {seed}", phantom.image, phantom.labels
    for name, image in without_the_spine(real):
        yield "no spine, real", name, image, None
    for seed in range(FIRST_PHANTOM_SEED, FIRST_PHANTOM_SEED + spineless):
        yield "no spine, generated", f"no spine {seed}", synthesize_negative(seed).image, None


def judged(segmenter: Segmenter, kind: str, name: str, image: Volume, labels: Volume | None) -> Judged | None:
    """The chain with its true start; None where none is found."""
    frame = NetworkFrame.of(image)
    network_image = frame.to_network()
    found = find_discs_of_spine(infer_with_neck(segmenter.network, network_image.array), network_image, Options())
    if not found.named(segmenter.card.level_temperature).regions:
        return None
    if labels is None:
        return Judged(kind, name, found, None)
    votes = []
    for region, place in zip(found.regions, found.places):
        k, j, i = np.rint(labels.ijk_of_lps(region.centre_mm_lps)[::-1]).astype(int)
        near = labels.array[max(0, k - 2) : k + 3, max(0, j - 2) : j + 3, max(0, i - 2) : i + 3]
        own = [int(v) for v in np.unique(near) if is_disc_label(int(v))]
        votes += [own[0] - place] if len(own) == 1 else []
    return Judged(kind, name, found, int(np.median(votes)) if votes else None)


def log_loss(chains: list[Judged], temperature: float) -> float:
    total = 0.0
    for chain in chains:
        levels = chain.found.named(temperature)
        p = levels.confidence if levels.lowest == chain.truth else (1 - levels.confidence) / 2
        total -= np.log(np.clip(p, 1e-4, 1))
    return total / len(chains)


def by_kind(volumes: dict[str, int], chains: list[Judged], temperature: float) -> list[str]:
    """A table with a row for each kind of volume."""
    heads = ("kind", "volumes", "chains", "named", "right", "above 0.9", "right")
    lines = ["## By kind of volume", "", "| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    own = {kind: list(group) for kind, group in groupby(sorted(chains, key=lambda one: one.kind), lambda one: one.kind)}
    for kind, count in volumes.items():
        rows = [(chain.found.named(temperature), chain.truth) for chain in own.get(kind, [])]
        named = [levels.lowest == truth for levels, truth in rows if levels.is_known]
        sure = [levels.lowest == truth for levels, truth in rows if levels.confidence > 0.9]
        cells = (count, len(rows), len(named), sum(named), len(sure), sum(sure))
        lines.append(f"| {kind} | " + " | ".join(map(str, cells)) + " |")
    return [*lines, ""]


def page(chains: list[Judged], temperature: float, info: str) -> list[str]:
    rows = [(chain.found.named(temperature), chain) for chain in chains]
    named = [(levels, chain) for levels, chain in rows if levels.confidence >= 0.6]
    lines = ["# Levels: is the confidence honest?", "", info, ""]
    lines += ["| confidence | chains | right | mean confidence |", "|---|---|---|---|"]
    for low, high in BINS:
        own = [(levels, levels.lowest == chain.truth) for levels, chain in named if low <= levels.confidence < high]
        if own:
            right = np.mean([r for _, r in own])
            mean = np.mean([levels.confidence for levels, _ in own])
            lines.append(f"| {low:.2f} - {min(high, 1):.2f} | {len(own)} | {100 * right:.1f} % | {mean:.3f} |")
    sure = [levels.lowest == chain.truth for levels, chain in named if levels.confidence > 0.9]
    lines += ["", f"Above 0.9: {len(sure)} chains, {100 * np.mean(sure):.1f} % right (target > 98 %)." if sure else ""]
    lines += [f"Left 'unknown': {len(rows) - len(named)} of {len(rows)} chains.", "", "## Wrong above 0.6", ""]
    lines += [
        f"- {chain.name}: lowest disc taken for number {levels.lowest} from the sacrum, really {chain.truth or 'no disc'}, "
        f"confidence {levels.confidence:.2f}"
        for levels, chain in named
        if levels.lowest != chain.truth
    ] or ["none"]
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("real", type=Path)
    parser.add_argument("--model", default="default")
    parser.add_argument("--phantoms", type=int, default=60)
    parser.add_argument("--spineless", type=int, default=60)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    segmenter = Segmenter(args.model, "cpu", args.threads)
    chains = []
    volumes: dict[str, int] = {}
    for kind, name, image, labels in scans(args.real, args.phantoms, args.spineless):
        volumes[kind] = volumes.get(kind, 0) + 1
        chain = judged(segmenter, kind, name, image, labels)
        if chain:
            chains.append(chain)
        print(f"{name}: {'no disc found' if chain is None else 'done'}", file=sys.stderr, flush=True)
    best = min(TEMPERATURES, key=lambda t: log_loss(chains[::2], t))
    used = segmenter.card.level_temperature
    info = (
        f"Model {segmenter.info.name} {segmenter.info.version}; {len(chains)} chains of discs in {sum(volumes.values())} "
        "volumes: validation scans whole and in parts, phantoms, and volumes without a spine. Temperature of the card: "
        f"{used:g}; best on every second chain: {best:g} (log loss on the others {log_loss(chains[1::2], best):.3f}, with the "
        f"card's {log_loss(chains[1::2], used):.3f})."
    )
    text = "\n".join([*page(chains, used, info), "", *by_kind(volumes, chains, used)]).rstrip()
    print(text)
    if args.output:
        args.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
