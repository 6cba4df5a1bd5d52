"""Volumes and results as plain files in a folder that both processes see: .npy for voxels, .json for the rest.

Nothing is pickled (``allow_pickle=False``), so a tampered file can be wrong, but cannot run code. Only the user may read
the files (mode 0600): they hold a patient's scan.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..files import read_json, write_json
from ..segmentation.result import SegmentationResult, arguments_of_run
from ..spine import Disc
from ..volume import Volume

if TYPE_CHECKING:
    from ..measurement import DiscMeasurements

INPUT = "input"
"""Name of the volume to segment in its folder."""
_LABELS, _PROBABILITY, _RESULT = "labels", "probability", "result.json"
_MEASUREMENTS = "measurements.json"


def save_volume(folder: Path | str, name: str, volume: Volume) -> None:
    """Write ``name.npy`` (axes k, j, i) and ``name.json`` (spacing mm, origin mm LPS, direction by rows, the
    header's body parts)."""
    folder = Path(folder)
    with open(folder / f"{name}.npy", "wb", opener=_private) as file:
        np.save(file, np.ascontiguousarray(volume.array), allow_pickle=False)
    geometry = {
        "spacing_mm": volume.spacing_mm,
        "origin_mm_lps": volume.origin_mm_lps,
        "direction": volume.direction.tolist(),
        "body_parts": volume.body_parts,
    }
    write_json(folder / f"{name}.json", geometry, indent=None, private=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def load_volume(folder: Path | str, name: str) -> Volume:
    """The volume that :func:`save_volume` wrote."""
    folder = Path(folder)
    geometry = read_json(folder / f"{name}.json")
    array = np.load(folder / f"{name}.npy", allow_pickle=False)
    direction, parts = np.array(geometry["direction"], float), tuple(geometry["body_parts"])
    return Volume(array, geometry["spacing_mm"], geometry["origin_mm_lps"], direction, body_parts=parts)


def save_result(folder: Path | str, result: SegmentationResult) -> None:
    """Write the label map, the probability and ``result.json``, the latter last."""
    save_volume(folder, _LABELS, result.labels)
    save_volume(folder, _PROBABILITY, result.probability)
    content = {"discs": [asdict(disc) for disc in result.discs], "run": result.run_record()}
    write_json(Path(folder) / _RESULT, content, indent=None, private=True)


def load_result(folder: Path | str) -> SegmentationResult:
    """The result that :func:`save_result` wrote."""
    content = read_json(Path(folder) / _RESULT)
    return SegmentationResult(
        labels=load_volume(folder, _LABELS),
        discs=tuple(Disc.of_plain(item) for item in content["discs"]),
        probability=load_volume(folder, _PROBABILITY),
        **arguments_of_run(content["run"]),
    )


def save_measurements(folder: Path | str, measured: Sequence[DiscMeasurements]) -> None:
    """Write the measurements of a result's discs beside it."""
    write_json(Path(folder) / _MEASUREMENTS, {"discs": [asdict(one) for one in measured]}, indent=None, private=True)


def load_measurements(folder: Path | str) -> list[DiscMeasurements] | None:
    """What :func:`save_measurements` wrote; None where nothing was measured."""
    path = Path(folder) / _MEASUREMENTS
    if not path.exists():
        return None
    return [_measured(item) for item in read_json(path)["discs"]]


def _measured(item: dict[str, Any]) -> DiscMeasurements:
    from ..measurement import DiscFrame, DiscMeasurements, Endplate  # not at import: SciPy takes a second to load

    kinds = {"frame": DiscFrame, "upper_endplate": Endplate, "lower_endplate": Endplate}
    parts = {
        name: kind(**{axis: np.array(value) for axis, value in item[name].items()}) if item[name] else None
        for name, kind in kinds.items()
    }
    return DiscMeasurements(**{**item, **parts, "centre_mm_lps": tuple(item["centre_mm_lps"])})
