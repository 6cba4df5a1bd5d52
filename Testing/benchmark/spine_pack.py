"""Cases as the training of the whole spine wants them: grey values in bytes, and the real ones in one file."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import torch
import training_machine  # noqa: F401
from device_batches import DeviceCase, known_classes
from IVDSegmentationLib.training.cases import ALL_STRUCTURES, TrainingCase, load_real_case

GREY_STEPS = 200
"""Grey values 0 … 1.2 are kept as 0 … 240 in a byte."""


def packed(case: TrainingCase) -> dict:
    image = np.round(np.clip(case.image.float().numpy(), 0, 1.25) * GREY_STEPS).astype(np.uint8)
    card = {
        "name": case.name,
        "group": case.group,
        "spacing_mm": list(case.spacing_mm),
        "structures": sorted(case.structures),
        "has_levels": bool(case.has_levels),
        "disc_centres_kji": [[float(c) for c in centre] for centre in case.disc_centres_kji or ()],
    }
    valid = case.valid.numpy()
    return {"image": image, "labels": case.labels.numpy(), "valid": None if valid.all() else valid, "card": card}


def unpacked(item: dict, device: str = "cpu") -> TrainingCase:
    card = item["card"]
    image = torch.from_numpy(item["image"]).to(device).to(torch.float16) / GREY_STEPS
    labels = torch.from_numpy(item["labels"]).to(device)
    valid = torch.ones_like(labels) if item["valid"] is None else torch.from_numpy(item["valid"]).to(device)
    return TrainingCase(
        card["name"],
        card["group"],
        image,
        labels,
        valid,
        tuple(card["spacing_mm"]),
        frozenset(card["structures"]),
        card["has_levels"],
        [np.array(centre) for centre in card["disc_centres_kji"]],
    )


def pack(folder: Path, output: Path) -> None:
    """Images as lossless WebP of 100 grey levels, slice by slice: a third of what zipped bytes need."""
    roles = json.loads((folder / "splits.json").read_text())
    arrays: dict[str, np.ndarray] = {}
    cards = []
    for path in sorted(folder.iterdir()):
        validation = path.name in roles["validation"]
        if not (path / "image.nii.gz").is_file() or (validation and not path.name.startswith("SPIDER")):
            continue
        item = packed(load_real_case(path))
        item["card"]["role"] = "validation" if validation else "training"
        cards.append(item["card"])
        slices = [_encoded((plane.astype(np.uint16) + 1) // 2) for plane in item["image"]]
        arrays[f"{path.name}/image"] = np.frombuffer(b"".join(slices), np.uint8)
        arrays[f"{path.name}/ends"] = np.cumsum([len(part) for part in slices])
        for key in ("labels", "valid"):
            if item[key] is not None:
                arrays[f"{path.name}/{key}"] = item[key]
    np.savez_compressed(output, cards=np.array(json.dumps(cards)), **arrays)  # type: ignore[arg-type]
    print(f"{output}: {len(cards)} cases, {output.stat().st_size / 2**20:.1f} MiB")


def _encoded(plane: np.ndarray) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(plane.astype(np.uint8)).save(file, format="WEBP", lossless=True, quality=90)
    return file.getvalue()


def read_pack(path: Path) -> list[dict]:
    from PIL import Image

    items = []
    with np.load(path) as data:
        for card in json.loads(str(data["cards"])):
            name = card["name"]
            blob, ends = data[f"{name}/image"].tobytes(), data[f"{name}/ends"]
            planes = [
                np.asarray(Image.open(io.BytesIO(blob[first:last])))[..., 0] for first, last in zip([0, *ends[:-1]], ends)
            ]
            valid = data[f"{name}/valid"] if f"{name}/valid" in data.files else None
            items.append({"card": card, "image": np.stack(planes) * 2, "labels": data[f"{name}/labels"], "valid": valid})
    return items


def read_item(path: Path) -> dict:
    """One volume of the pool that ``coarse_training.py pool`` draws."""
    with np.load(path) as data:
        valid = data["valid"] if "valid" in data.files else None
        return {"card": json.loads(str(data["card"])), "image": data["image"], "labels": data["labels"], "valid": valid}


def real_negatives(item: dict) -> list[dict]:
    """What lies before and behind the spine of a real case, at the heights where all of its discs are labelled."""
    labels, spacing = item["labels"], item["card"]["spacing_mm"]
    if not {"disc", "body"} <= set(item["card"]["structures"]):
        return []
    rows = np.flatnonzero(((labels > 0) & (labels < 51)).any(axis=(0, 2)))
    columns = np.flatnonzero((labels[:, rows[0] : rows[-1] + 1] > 0).any(axis=(0, 1)))
    front, back = columns[0] - round(8 / spacing[0]), columns[-1] + round(12 / spacing[0])
    found = []
    for part in (slice(0, max(0, front)), slice(back, labels.shape[2])):
        image = item["image"][:, rows[0] : rows[-1] + 1, part]
        if image.shape[2] * spacing[0] < 30 or image.shape[1] * spacing[1] < 80 or image.std() < 4:
            continue
        card = item["card"] | {"group": "real negative", "structures": sorted(ALL_STRUCTURES), "disc_centres_kji": []}
        found.append({"image": image, "labels": np.zeros_like(image), "valid": None, "card": card})
    return found


def device_case(item: dict, device: str) -> DeviceCase:
    card = item["card"]
    return DeviceCase(
        card["group"],
        torch.from_numpy(item["image"]).to(device).to(torch.float16) / GREY_STEPS,
        torch.from_numpy(item["labels"]).to(device),
        None if item["valid"] is None else torch.from_numpy(item["valid"]).to(device),
        np.array(card["spacing_mm"][::-1]),
        [np.array(centre) for centre in card["disc_centres_kji"]],
        known_classes(card["structures"]),
        card["has_levels"],
    )
