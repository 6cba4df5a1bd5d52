"""Cases at 2 x 1.25 x 1.25 mm in one small file that needs nothing but numpy to be read.

    python Testing/benchmark/paper/pack.py REAL_DATA cases.zip

Images are whole numbers 0 ... 127; what is stored is each voxel's difference from the plane through its neighbours, which LZMA
packs to a fifth.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "IVDSegmentation"))

LEVELS = 127
"""Grey values kept, less one: the scans come with about as many between these percentiles."""


@dataclass(frozen=True)
class PackedCase:
    """Arrays have axes (k, j, i) of the network's frame. ``image`` uint8, 0 ... ``LEVELS``; ``disc`` uint8, the share of disc
    in a voxel times 255; ``valid`` bool, where the labels are complete; ``centres_kji`` of its discs, voxels. ``held_out``:
    one of the project's validation scans."""

    name: str
    subject: str
    image: np.ndarray
    disc: np.ndarray
    valid: np.ndarray
    centres_kji: np.ndarray
    held_out: bool

    @property
    def group(self) -> str:
        return self.name.split("_")[0]


def packed(folder: Path, held_out: bool) -> PackedCase:
    """A case on disk, resampled."""
    from IVDSegmentationLib.anatomy import SACRUM_LABEL
    from IVDSegmentationLib.cases import load_real_case
    from IVDSegmentationLib.network.intensity import CEILING, scaled
    from IVDSegmentationLib.volume import NetworkFrame
    from IVDSegmentationLib.volume.frame import resample_array

    case = load_real_case(folder)
    assert case.image is not None and case.valid is not None
    frame = NetworkFrame.of(case.image)

    def resampled(array: np.ndarray) -> np.ndarray:
        sagittal = frame.order.apply(case.labels.with_array(array.astype(np.float32)))
        return resample_array(sagittal.array, sagittal.spacing_mm, frame.size_ijk, frame.spacing_mm)

    image = scaled(frame.to_network().array) / CEILING
    labels = case.labels.array
    disc = resampled((labels > 0) & (labels < SACRUM_LABEL))
    numbers = frame.order.apply(case.labels).array
    centres = []
    for value in np.unique(numbers[(numbers > 0) & (numbers < SACRUM_LABEL)]):
        centre = np.argwhere(numbers == value).mean(0)
        sizes = np.array(numbers.shape), np.array(image.shape)
        steps = np.array(frame.sagittal.spacing_mm[::-1]) / np.array(frame.spacing_mm[::-1])
        centres.append((centre - (sizes[0] - 1) / 2) * steps + (sizes[1] - 1) / 2)
    return PackedCase(
        case.name,
        str(case.info.get("subject", case.name)),
        np.rint(image * LEVELS).astype(np.uint8),
        np.rint(disc * 255).astype(np.uint8),
        resampled(case.valid.array) > 0.5,
        np.array(centres, np.float32),
        held_out,
    )


def _residual(array: np.ndarray) -> np.ndarray:
    for axis in (1, 2):
        array = np.diff(array, axis=axis, prepend=np.zeros_like(array.take([0], axis)))
    return array


def _restored(array: np.ndarray) -> np.ndarray:
    for axis in (1, 2):
        array = np.cumsum(array, axis=axis, dtype=np.uint8)
    return array


def write_pack(cases: Sequence[PackedCase], path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as file:
        for case in cases:
            file.writestr(f"{case.name}/card.json", json.dumps({"subject": case.subject, "held_out": case.held_out}))
            arrays = {
                "image": _residual(case.image),
                "disc": _residual(case.disc),
                "valid": np.packbits(case.valid),
                "centres": case.centres_kji,
            }
            for name, array in arrays.items():
                buffer = io.BytesIO()
                np.save(buffer, array, allow_pickle=False)
                file.writestr(f"{case.name}/{name}.npy", buffer.getvalue())


def read_pack(path: Path, only: Sequence[str] = ()) -> list[PackedCase]:
    """All cases of a file, or those named."""
    with zipfile.ZipFile(path) as file:

        def array(name: str, key: str) -> np.ndarray:
            return np.load(io.BytesIO(file.read(f"{name}/{key}.npy")), allow_pickle=False)

        cases = []
        for name in sorted(set(only) or {entry.split("/")[0] for entry in file.namelist()}):
            image = _restored(array(name, "image"))
            valid = np.unpackbits(array(name, "valid"), count=image.size).reshape(image.shape) > 0
            card = json.loads(file.read(f"{name}/card.json"))
            disc = _restored(array(name, "disc"))
            cases.append(PackedCase(name, card["subject"], image, disc, valid, array(name, "centres"), card["held_out"]))
        return cases


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("real", type=Path)
    parser.add_argument("output", type=Path)
    args = parser.parse_args()
    held_out = json.loads((args.real / "splits.json").read_text())["validation"]
    folders = [path.parent for path in sorted(args.real.glob("*/case.json")) if (path.parent / "image.nii.gz").exists()]
    write_pack([packed(folder, folder.name in held_out) for folder in folders], args.output)
    print(f"{len(folders)} cases, {args.output.stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
