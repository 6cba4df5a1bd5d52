"""Figures of a model on the whole spine and on volumes without one.

    python Testing/benchmark/whole_spine_figures.py --real CASES --wild FOLDER --negatives 300 --phantoms 40

Counts volumes without a spine in which a disc is found, or named; discs found and levels right in phantoms of each part of the
spine; what is found in the scans of ``--wild`` (lowfield scans, necks, knees, whole-spine template); and in real cases whose
spine is cut away. Nothing here was trained on. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "IVDSegmentation"))

import numpy as np  # noqa: E402
from IVDSegmentationLib.anatomy import DISC_LEVELS, UNKNOWN_LEVEL, is_disc_label, level_of_label  # noqa: E402
from IVDSegmentationLib.cases import load_real_case  # noqa: E402
from IVDSegmentationLib.segmentation.options import Options  # noqa: E402
from IVDSegmentationLib.segmentation.pipeline import Segmenter  # noqa: E402
from IVDSegmentationLib.segmentation.result import SegmentationResult  # noqa: E402
from IVDSegmentationLib.synthesis import PhantomSettings, synthesize, synthesize_negative  # noqa: E402
from IVDSegmentationLib.volume import Volume  # noqa: E402
from IVDSegmentationLib.volume.frame import sagittal_axis_order  # noqa: E402
from IVDSegmentationLib.volume.read import read_volume  # noqa: E402

FIRST_SEED = 9_700_000
"""Far from the seeds that are trained on."""
SAME_DISC_MM = 8.0
SURE = 0.9


def text_of(result: SegmentationResult) -> str:
    return ", ".join(f"{d.level} {d.confidence:.2f}" if d.level != UNKNOWN_LEVEL else "unknown" for d in result.discs) or "none"


LEAST_IN_VIEW_MM3 = 150.0
"""Less than this of a disc in view is no disc that could be missed: it is the smallest that is kept in a neck."""


def compared(
    result: SegmentationResult, labels: Volume, whole: set[int], removed_mm: Mapping[int, Sequence[float]]
) -> dict[str, int]:
    """Discs of the truth, found, named right, named wrong, unknown; false ones; and those named with confidence above 0.9.
    ``whole``: label values of those that lie in the view from top to bottom: another may be found or missed. ``removed_mm``:
    label value -> centre of a level where an operation replaced the disc: what is found there is counted apart."""
    values = [int(v) for v in np.unique(labels.array) if is_disc_label(int(v))]
    truth = {v: labels.lps_of_ijk(np.argwhere(labels.array == v).mean(axis=0)[::-1]) for v in values}
    volumes_mm3 = {v: labels.voxel_mm3 * np.count_nonzero(labels.array == v) for v in values}
    expected = {v for v in values if v in whole and volumes_mm3[v] > LEAST_IN_VIEW_MM3}
    count: dict[str, int] = defaultdict(int, truth=len(expected))
    taken: set[int] = set()
    for disc in result.discs:
        at_removed = [v for v, c in removed_mm.items() if np.linalg.norm(np.subtract(disc.centre_mm_lps, c)) < SAME_DISC_MM]
        if at_removed and not any(np.linalg.norm(np.subtract(disc.centre_mm_lps, truth[v])) < SAME_DISC_MM / 2 for v in truth):
            count["at operated levels"] += 1
            count["wrong"] += disc.level not in (UNKNOWN_LEVEL, level_of_label(at_removed[0]))
            continue
        away = {v: float(np.linalg.norm(np.array(disc.centre_mm_lps) - c)) for v, c in truth.items() if v not in taken}
        near = min(away, key=lambda v: away[v], default=None)
        if near is None or away[near] > SAME_DISC_MM:
            count["false"] += 1
            right = False
        else:
            taken.add(near)
            right = disc.level == level_of_label(near)
            count["found"] += near in expected
            count["unknown" if disc.level == UNKNOWN_LEVEL else "right" if right else "wrong"] += 1
        if disc.level != UNKNOWN_LEVEL and disc.confidence > SURE:
            count["sure"] += 1
            count["sure and right"] += right
    return count


def without_the_spine(folder: Path) -> list[tuple[str, Volume]]:
    """What lies before and behind the spine of the validation cases."""
    volumes = []
    for name in json.loads((folder / "splits.json").read_text())["validation"]:
        case = load_real_case(folder / name)
        order = sagittal_axis_order(case.image.direction)
        image, labels = order.apply(case.image), order.apply(case.labels)
        rows = np.flatnonzero(((labels.array > 0) & (labels.array < 51)).any(axis=(0, 2)))
        columns = np.flatnonzero((labels.array[:, rows[0] : rows[-1] + 1] > 0).any(axis=(0, 1)))
        step = image.spacing_mm[0]
        for part, where in (
            ("front", slice(0, columns[0] - round(8 / step))),
            ("back", slice(columns[-1] + round(12 / step), None)),
        ):
            array = image.array[:, rows[0] : rows[-1] + 1, where]
            if array.shape[2] * step > 30 and array.std() > 0:
                volumes.append(
                    (f"{name} {part}", Volume(np.ascontiguousarray(array), image.spacing_mm, (0, 0, 0), image.direction))
                )
    return volumes


def spineless(segmenter: Segmenter, volumes, lines: list[str], title: str) -> None:
    kinds: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    bad = []
    for kind, name, volume in volumes:
        result = segmenter.segment(volume, Options())
        kinds[kind][0] += 1
        kinds[kind][1] += bool(result.discs)
        named = any(disc.level != UNKNOWN_LEVEL for disc in result.discs)
        kinds[kind][2] += named
        if result.discs:
            bad.append(f"{name}: {text_of(result)}")
    total = [sum(row[n] for row in kinds.values()) for n in range(3)]
    lines += [f"## {title}", "", "| kind | volumes | with a disc | with a level |", "|---|---|---|---|"]
    lines += [f"| {kind} | {row[0]} | {row[1]} | {row[2]} |" for kind, row in kinds.items()]
    lines += [f"| all | {total[0]} | {total[1]} ({100 * total[1] / max(1, total[0]):.1f} %) | {total[2]} |", "", *bad[:20], ""]


def phantoms(segmenter: Segmenter, count: int, lines: list[str]) -> None:
    names = ("lumbar", "whole", "cervical", "thoracic", "head")
    lines += ["## Phantoms not trained on", ""]
    lines += [
        "| view | volumes | discs | found | false | right | wrong | unknown | sure | sure and right |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    bad = []
    for region in names:
        total: dict[str, int] = defaultdict(int)
        for seed in range(FIRST_SEED, FIRST_SEED + count):
            phantom = synthesize(seed, PhantomSettings(region=region))
            result = segmenter.segment(phantom.image, Options())
            row = compared(
                result, phantom.labels, set(phantom.description["whole_discs"]), phantom.description["removed_discs_mm"]
            )
            for key, value in row.items():
                total[key] += value
            anchored = phantom.description["sacrum_in_view"] or phantom.description["dens_in_view"]
            if row["wrong"] or (row["unknown"] and anchored) or row["found"] < row["truth"] or row["false"]:
                counts = ", ".join(f"{key} {row[key]}" for key in ("truth", "found", "false", "wrong", "unknown"))
                what = f"{phantom.description['contrast']} {phantom.description['findings']}"
                bad.append(f"{region} {seed} {what}: {counts}; anchored {anchored}")
        cells = [total[key] for key in ("truth", "found", "false", "right", "wrong", "unknown", "sure", "sure and right")]
        lines.append(f"| {region} | {count} | " + " | ".join(map(str, cells)) + " |")
    lines += ["", *bad[:60], ""]


def wild(segmenter: Segmenter, folder: Path, lines: list[str]) -> None:
    lines += ["## Scans from elsewhere", ""]
    for path in sorted(folder.iterdir()):
        images = [p for p in sorted(path.glob("*.nii.gz")) if p.name.startswith("image")] if path.is_dir() else []
        for image in images:
            result = segmenter.segment(read_volume(image), Options())
            volumes = ", ".join(f"{disc.volume_mm3 / 1000:.1f}" for disc in result.discs)
            lines.append(f"- {path.name}: {text_of(result)}; {volumes} cm3; {' '.join(result.warnings)}")
            points = path / "disc_points.nii.gz"
            if points.is_file():
                lines.append("  - " + template_points(result, read_volume(points)))
    lines.append("")


def template_points(result: SegmentationResult, points: Volume) -> str:
    """How many discs of the template are found within 4 mm along the spine, and how many are named wrong."""
    near = wrong = known = 0
    heights = {disc: disc.centre_mm_lps[2] for disc in result.discs}
    values = [int(v) for v in np.unique(points.array) if 3 <= v <= 25]
    for value in values:
        z = points.lps_of_ijk(np.argwhere(points.array == value).mean(axis=0)[::-1])[2]
        level = DISC_LEVELS[25 - value].name  # 3 is C2-C3 (label 23), 25 would be L5-S1 + 2
        disc = min(heights, key=lambda d: abs(heights[d] - z), default=None)
        if disc is not None and abs(heights[disc] - z) <= 4:
            near += 1
            known += disc.level != UNKNOWN_LEVEL
            wrong += disc.level not in (UNKNOWN_LEVEL, level)
    return f"{near} of {len(values)} disc points within 4 mm along the spine, {known} named, {wrong} wrong"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="default")
    parser.add_argument("--real", type=Path)
    parser.add_argument("--wild", type=Path)
    parser.add_argument("--negatives", type=int, default=300)
    parser.add_argument("--phantoms", type=int, default=30)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    segmenter = Segmenter(args.model, "cpu", args.threads)
    lines = ["# The whole spine, and no spine", "", f"Model {segmenter.info.name} {segmenter.info.version}.", ""]
    if args.wild:
        wild(segmenter, args.wild, lines)
    if args.real:
        spineless(segmenter, (("real", *item) for item in without_the_spine(args.real)), lines, "Real scans, spine cut away")
    if args.negatives:
        made = (synthesize_negative(FIRST_SEED + n) for n in range(args.negatives))
        items = ((p.description["kind"], f"{p.description['kind']} {p.description['seed']}", p.image) for p in made)
        spineless(segmenter, items, lines, "Generated volumes without a spine")
    if args.phantoms:
        phantoms(segmenter, args.phantoms, lines)
    print("\n".join(lines))
    if args.output:
        args.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
