"""Agreement of the measurements with the reference, and how they repeat: AGREEMENT.md and the smallest detectable changes.

    python Testing/benchmark/repeatability.py REAL_DATA --work WORK --phantoms 12 --page Testing/benchmark/AGREEMENT.md

Every validation scan is segmented as it is and again with new noise, moved by half a voxel, tilted by 3 degrees, and with its
slices in other places; phantoms of the same person are scanned with three protocols. The values of each disc are kept in WORK,
so that the command can be stopped and goes on when it is called again. The smallest detectable change is 1.96 sqrt(2) times the
standard deviation of one disc's values (Bland and Altman 1986); paste what is printed into measurement/repeatability.py.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "IVDSegmentation"))

import numpy as np  # noqa: E402
import SimpleITK as sitk  # noqa: E402
from IVDSegmentationLib.cases import load_real_case  # noqa: E402
from IVDSegmentationLib.evaluation.agreement import Pair, agreements  # noqa: E402
from IVDSegmentationLib.files import read_json, write_json  # noqa: E402
from IVDSegmentationLib.measurement import COLUMNS, lordosis_l1_s1_deg, measure_discs  # noqa: E402
from IVDSegmentationLib.measurement.repeatability import LORDOSIS_KEY  # noqa: E402
from IVDSegmentationLib.pictures import chart_picture, write_png  # noqa: E402
from IVDSegmentationLib.reporting.agreement import (  # noqa: E402
    HEADINGS,
    MEASURES,
    agreement_charts,
    agreement_row,
    in_order,
    measurement_pairs,
)
from IVDSegmentationLib.segmentation.pipeline import Segmenter  # noqa: E402
from IVDSegmentationLib.synthesis import synthesize  # noqa: E402
from IVDSegmentationLib.synthesis.settings import PhantomSettings  # noqa: E402
from IVDSegmentationLib.volume import Volume  # noqa: E402
from IVDSegmentationLib.volume.image import image_of_volume  # noqa: E402

FIRST_SEED = 950_000
SPACINGS_MM = ((0.7, 0.7, 4.0), (0.9, 0.9, 3.3), (1.1, 1.1, 4.4))
"""(i, j, k) of three sagittal protocols in use for the lumbar spine."""
NOISE_SHARE = 0.04
"""Standard deviation of the noise that is added, of the 99th percentile: the scans have 1 to 4 % already."""
TILT_DEG = 3.0
SDC_FACTOR = 1.96 * 2**0.5
GRADES = ("good", "doubtful")

Values = dict[str, dict[str, float]]
"""Level -> measure -> value."""


def noisy(image: Volume, rng: np.random.Generator) -> Volume:
    array = image.array.astype(np.float32)
    sd = NOISE_SHARE * float(np.percentile(array, 99))
    return image.with_array(np.maximum(0, array + rng.normal(0, sd, array.shape)).astype(np.float32))


def resampled(image: Volume, shift_voxels: tuple[float, float, float], tilt_deg: float) -> Volume:
    """The scan on another grid: moved by parts of a voxel (i, j, k) and tilted about the left-right axis through its middle."""
    a = np.radians(tilt_deg)
    turn = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    centre = image.lps_of_ijk((np.array(image.size_ijk) - 1) / 2)
    direction = turn @ image.direction
    half = (np.array(image.size_ijk) - 1) / 2 - np.array(shift_voxels)
    origin = centre - direction @ (half * image.spacing_mm)
    source = image_of_volume(image.with_array(image.array.astype(np.float32)))
    grid = sitk.Image([int(n) for n in image.size_ijk], sitk.sitkFloat32)
    grid.SetSpacing(image.spacing_mm)
    grid.SetOrigin([float(v) for v in origin])
    grid.SetDirection([float(v) for v in direction.ravel()])
    array = sitk.GetArrayFromImage(sitk.Resample(source, grid, sitk.Transform(), sitk.sitkLinear, 0.0))
    return Volume(array, image.spacing_mm, tuple(origin), direction)


def versions(image: Volume, seed: int) -> dict[str, Callable[[], Volume]]:
    """How a scan is taken again."""
    lateral = int(np.argmax(np.abs(image.direction[0])))
    half = tuple(0.0 if axis == lateral else 0.5 for axis in range(3))
    # another slice position: half a slice, at least 1 mm where slices were made thinner by interpolation
    slices = tuple(max(0.5, 1.0 / image.spacing_mm[axis]) if axis == lateral else 0.0 for axis in range(3))
    return {
        "as it is": lambda: image,
        "noise": lambda: noisy(image, np.random.default_rng(seed)),
        "half a voxel": lambda: resampled(image, half, 0.0),  # type: ignore[arg-type]
        "tilt": lambda: resampled(image, (0.0, 0.0, 0.0), TILT_DEG),
        "slices": lambda: resampled(image, slices, 0.0),  # type: ignore[arg-type]
    }


def protocols(seed: int) -> dict[str, Callable[[], Volume]]:
    """One phantom by several protocols: the same person, other voxels and another noise."""
    settings = PhantomSettings(slab=False, sacrum_in_view=True, top_level=7, contrast="T2", artefacts=False)
    return {
        f"{spacing}": lambda spacing=spacing: synthesize(seed, replace(settings, spacing_mm=spacing)).image
        for spacing in SPACINGS_MM
    }


def work(real: Path, phantoms: int) -> Iterator[tuple[str, Callable[[], dict[str, Callable[[], Volume]]]]]:
    for n, name in enumerate(json.loads((real / "splits.json").read_text())["validation"]):
        yield name, lambda name=name, n=n: versions(load_real_case(real / name).image, n)
    for seed in range(FIRST_SEED, FIRST_SEED + phantoms):
        yield f"phantom_{seed}", partial(protocols, seed)


def measured(segmenter: Segmenter, image: Volume) -> tuple[Values, dict[str, str], Volume]:
    """Values of each disc with a level, its outline's grade, and the label map."""
    result = segmenter.segment(image)
    found = measure_discs(result.labels, image)
    values: Values = {}
    for one in found:
        row = {c.key: c.value(one) for c in COLUMNS if c.key in MEASURES}
        values[one.level] = {key: float(v) for key, v in row.items() if isinstance(v, (int, float))}
    angle = lordosis_l1_s1_deg(found)
    if angle is not None:
        values["L1-S1"] = {LORDOSIS_KEY: angle}
    values.pop("unknown", None)
    grades = {d.level: "good" if d.outline is None or d.outline.grade == "good" else "doubtful" for d in result.discs}
    return values, grades, result.labels


def spread(found: dict[str, dict], grade: str | None = None, kind: str = "") -> dict[str, tuple[float, float, int]]:
    """Measure -> (within-disc standard deviation, the same as a share of the mean, discs)."""
    collected: dict[str, list[tuple[float, float]]] = {}
    for name, entry in found.items():
        if kind and name.startswith("phantom") != (kind == "phantom"):
            continue
        for level, grade_of in entry["grades"].items() | {("L1-S1", "good")}:
            if grade is not None and grade_of != grade and level != "L1-S1":
                continue
            rows = [values[level] for values in entry["values"].values() if level in values]
            for key in MEASURES:
                own = [row[key] for row in rows if key in row]
                if len(own) == len(entry["values"]):
                    mean = float(np.mean(own))
                    collected.setdefault(key, []).append((float(np.var(own, ddof=1)), mean))
    return {
        key: (
            float(np.sqrt(np.mean([v for v, _ in rows]))),
            float(np.sqrt(np.mean([v / m**2 if m else 0.0 for v, m in rows]))),
            len(rows),
        )
        for key, rows in collected.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("real", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--model", default="default")
    parser.add_argument("--phantoms", type=int, default=12)
    parser.add_argument("--page", type=Path)
    parser.add_argument("--seconds", type=float, default=1e9)
    args = parser.parse_args()
    end = time.time() + args.seconds
    segmenter = Segmenter(args.model, "cpu", 2)
    args.work.mkdir(parents=True, exist_ok=True)
    found = {}
    for name, scans in work(args.real, args.phantoms):
        path = args.work / f"{name}.json"
        if not path.exists():
            if time.time() > end:
                print("stopped: call again to go on")
                break
            entry: dict = {"values": {}, "grades": {}, "pairs": []}
            for version, load in scans().items():
                values, grades, labels = measured(segmenter, load())
                entry["values"][version] = values
                if not entry["grades"]:
                    entry["grades"] = grades
                    if not name.startswith("phantom"):
                        case = load_real_case(args.real / name)
                        valid = None if case.valid is None else case.valid.array
                        pairs = measurement_pairs(
                            case.labels, labels, case.image, valid=valid, incomplete=case.incomplete_discs, case=name
                        )
                        entry["pairs"] = [asdict(pair) for pair in pairs]
            write_json(path, entry)
            print(name, flush=True)
        found[name] = read_json(path)
    for key, (sd, share, count) in spread(found).items():
        print(f"{key:22s} sdc {SDC_FACTOR * sd:.4f}  relative {SDC_FACTOR * share:.4f}  discs {count}")
    if args.page:
        _write_plots(found, args.page)
        args.page.write_text("\n".join(page(found, segmenter)) + "\n", encoding="utf-8")


BIAS = Path(__file__).with_name("agreement_bias.md")
"""The part of the page on where outlines are drawn; its tables come from outline_levels.py."""

PLOTTED = ("middle_height_mm", "volume_cm3", "height_index", "signal_to_csf")


def _write_plots(found: dict[str, dict], page: Path) -> None:
    manual = [Pair(**pair) for name, entry in found.items() if name.startswith("SPIDER") for pair in entry["pairs"]]
    for key, chart in agreement_charts(manual).items():
        if key in PLOTTED:
            write_png(_plot_of(page, key), chart_picture(chart, 480, 260))


def _plot_of(page: Path, key: str) -> Path:
    return page.with_name(f"{page.stem}_{key}.png")


def page(found: dict[str, dict], segmenter: Segmenter) -> list[str]:
    pairs = [Pair(**pair) for entry in found.values() for pair in entry["pairs"]]
    manual = [pair for pair in pairs if pair.case.startswith("SPIDER")]
    lines = [
        "# Measurements: how exact, and how repeatable",
        "",
        f"Model {segmenter.info.name} {segmenter.info.version}; made by `python Testing/benchmark/repeatability.py`. "
        "Differences are result minus reference; 95 % limits of agreement after Bland and Altman 1986, ICC(2,1) after Shrout "
        "and Fleiss 1979.",
        "",
        f"{sum(bool(entry['pairs']) for entry in found.values())} validation scans and "
        f"{sum(name.startswith('phantom') for name in found)} phantoms.",
        "",
        "## Agreement with discs drawn by hand",
        "",
        "The SPIDER scans of the validation split. They are slabs of 12 to 25 mm: lateral widths and whole volumes cannot be "
        "compared there; 'volume' is that of the part in view.",
        "",
        *_targets(manual, _whole(pairs)),
        "",
        *BIAS.read_text(encoding="utf-8").splitlines(),
        "",
        *(f"![{MEASURES[key][0]}]({_plot_of(Path('AGREEMENT.md'), key).name})" for key in PLOTTED),
        "",
        *_table(manual),
        "",
        "## Agreement with discs derived from drawn vertebral bodies",
        "",
        "The other validation scans. Their references are themselves uncertain by about 0.5 mm at the border.",
        "",
        *_table([pair for pair in pairs if not pair.case.startswith("SPIDER")]),
        "",
        "## Repeatability",
        "",
        f"The same scan again: with new noise ({100 * NOISE_SHARE:.0f} % of the brightest tissue), moved by half a voxel, "
        f"tilted by {TILT_DEG:g} degrees, with its slices half a slice (at least 1 mm) further; phantoms by three protocols "
        f"({', '.join(f'{s[0]:g} x {s[2]:g} mm' for s in SPACINGS_MM)}). SDC: smallest detectable change, 1.96 sqrt(2) times "
        "the within-disc standard deviation. Two measurements of one disc that differ by less may be of an unchanged disc.",
        "",
        "| measure | SDC, validation scans | discs | outline 'good' | 'look' or 'poor' | phantoms, other protocols |",
        "|---|---|---|---|---|---|",
    ]
    everything, good, doubtful, phantom = (
        spread(found, None, "scan"),
        spread(found, "good", "scan"),
        spread(found, "doubtful", "scan"),
        spread(found, None, "phantom"),
    )

    def text(rows: dict, key: str, digits: int, unit: str) -> str:
        # a phantom's grey values are drawn anew with each protocol
        if key not in rows or (rows is doubtful and key == LORDOSIS_KEY) or (rows is phantom and key.startswith("signal")):
            return "-"
        value, share = (SDC_FACTOR * n for n in rows[key][:2])
        return f"{value:.{digits + 1}f} {unit}" + (f" ({100 * share:.0f} %)" if share < 1 else "")  # angles may be near 0

    for key, (heading, unit, digits) in MEASURES.items():
        if key in everything:
            cells = [text(rows, key, digits, unit) for rows in (everything, good, doubtful, phantom)]
            lines.append(f"| {heading} | {cells[0]} | {everything[key][2]} | {' | '.join(cells[1:])} |")
    return lines


def _whole(pairs: list[Pair]) -> list[Pair]:
    """The pairs of discs that have a lateral width: no border of the image cuts them."""
    seen = {(pair.case, pair.level) for pair in pairs if pair.measure == "width_mm"}
    return [pair for pair in pairs if (pair.case, pair.level) in seen]


def _table(pairs: list[Pair]) -> list[str]:
    lines = ["| " + " | ".join(HEADINGS) + " |", "|" + "---|" * len(HEADINGS)]
    found = agreements(pairs)
    for key, (heading, unit, digits) in MEASURES.items():
        rows = in_order(found.get(key, {}))
        for n, (level, one) in enumerate(rows[:1] if key == LORDOSIS_KEY else rows):
            name = f"**{heading}{f' ({unit})' if unit else ''}**" if n == 0 else level
            lines.append("| " + " | ".join(agreement_row(name, one, digits + 1)) + " |")
    return lines


def _targets(manual: list[Pair], whole: list[Pair]) -> list[str]:
    """Each target and what was reached. ``whole``: pairs of discs that lie wholly in view."""
    every = {key: rows["all"] for key, rows in agreements(manual).items()}
    lines = ["| target | reached |", "|---|---|"]

    def add(what: str, value: str, reached: bool) -> None:
        lines.append(f"| {what} | {value}: {'yes' if reached else 'no'} |")

    bias = every["middle_height_mm"].bias
    add("middle height: bias at most 0.3 mm", f"{bias:+.2f} mm", abs(bias) <= 0.3)
    for key, what, wanted in (
        ("middle_height_mm", "middle height: limits within 1.5 mm", 1.5),
        ("height_index", "height index: limits within 0.05", 0.05),
    ):
        one = every[key]
        if one.low is not None and one.high is not None:
            add(what, f"{one.low:+.3f} to {one.high:+.3f}", max(abs(one.low), abs(one.high)) <= wanted)
    for what, pairs in (
        ("volume of the part in view of a slab (drawn by hand): bias at most 5 %", manual),
        ("volume of whole discs, VB2 (derived): bias at most 5 %", [pair for pair in whole if pair.case.startswith("VB2")]),
        ("volume of whole discs, all sets (derived): bias at most 5 %", whole),
    ):
        found = agreements(pairs).get("volume_cm3", {}).get("all")
        if found:
            share = found.bias / found.mean
            add(what, f"{100 * share:+.1f} %", abs(share) <= 0.05)
    icc = every["signal_to_csf"].icc if "signal_to_csf" in every else None
    if icc is not None:
        add("signal ratio: ICC at least 0.9", f"{icc:.3f}", icc >= 0.9)
    return lines


if __name__ == "__main__":
    main()
