"""Gives a model the heads that tell the place along the whole spine; everything else stays as it is.

    python Testing/benchmark/position_head.py features pack.npz MODEL.safetensors FEATURES --first 3000000 --phantoms 200
    python Testing/benchmark/position_head.py fit FEATURES MODEL.safetensors OUTPUT.safetensors

``features`` runs the coarse stage over the real training cases of ``pack`` (``whole_spine_model.py pack``) and over phantoms of
every part of the spine, each whole and in a random part, and keeps what the head would be fed with where a disc, a body or the
sacrum lies. ``fit`` trains the head on them: minutes on one core, because the network does not run again. Both with ``--neck``
make the head for a magnified neck, from phantoms alone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "IVDSegmentation"))

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from IVDSegmentationLib.network.classes import POSITION_CLASSES, POSITION_STRIDE, position_table  # noqa: E402
from IVDSegmentationLib.network.discnet import NECK_FACTOR, SIZE_MULTIPLE, DiscNet  # noqa: E402
from IVDSegmentationLib.network.intensity import standardised  # noqa: E402
from IVDSegmentationLib.network.registry import build_network  # noqa: E402
from IVDSegmentationLib.network.weights import load_model, save_model  # noqa: E402
from IVDSegmentationLib.segmentation.magnify import AFTER, BEFORE, NECK_PLACE  # noqa: E402
from IVDSegmentationLib.synthesis import PhantomSettings, synthesize  # noqa: E402
from IVDSegmentationLib.volume import NetworkFrame, Volume  # noqa: E402
from IVDSegmentationLib.volume.frame import SAGITTAL_LPS  # noqa: E402
from phantom_supply import CONTRAST_SHARES, PLANE_SHARES, drawn  # noqa: E402
from spine_pack import read_item, read_pack  # noqa: E402

REGION_SHARES = {"lumbar": 0.2, "whole": 0.3, "cervical": 0.28, "thoracic": 0.14, "head": 0.08}
LEAST_SHARE = 0.19
"""Of a cell's voxels that must belong to the spine."""
MOST_CELLS = 600
"""Of a volume: more only say the same again."""
WIDTH, NECK_WIDTH, STEPS, BATCH, RATE, DECAY = 128, 40, 2500, 1024, 3e-3, 2e-2
"""The neck's head is small so that the file of the weights stays below 6 MB; with 128 channels it is hardly better."""
MOST_CELLS_OF_NECK, LEAST_VOXELS_OF_NECK = 800, 50
JITTER_VOXELS = 10
"""By so much each border of a neck's box is moved: the network's own box is not exact."""
FEATURE_NOISE = 0.15
"""Of the features' standard deviation: phantoms are cleaner than scans."""
NEIGHBOUR_SHARE = 0.05
"""Of the target that goes to each neighbouring place: a cell of 10 mm holds parts of two."""


def volumes(pack: Path, pool: Path | None, first: int, count: int) -> Iterator[tuple[str, Volume, np.ndarray]]:
    for item in read_pack(pack):
        card = item["card"]
        if card["role"] == "training" and card["has_levels"]:
            yield card["name"], Volume(item["image"], tuple(card["spacing_mm"]), (0, 0, 0), SAGITTAL_LPS), item["labels"]
    for path in sorted(pool.glob("*.npz")) if pool else ():
        item = read_item(path)
        card = item["card"]
        if card["disc_centres_kji"]:
            yield path.stem, Volume(item["image"], tuple(card["spacing_mm"]), (0, 0, 0), SAGITTAL_LPS), item["labels"]
    for seed in range(first, first + count):
        rng = np.random.default_rng([seed, 7])
        region = drawn(rng, REGION_SHARES)
        plane = "sagittal" if region == "whole" else drawn(rng, PLANE_SHARES)
        settings = PhantomSettings(region=region, plane=plane, contrast=drawn(rng, CONTRAST_SHARES), fine_mm=1.6)
        phantom = synthesize(seed, settings)
        yield f"{region}_{seed}", phantom.image, phantom.labels.array


def in_network_frame(volume: Volume, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Image and labels (nearest voxel) in the network's frame, (k, j, i)."""
    frame = NetworkFrame.of(volume)
    image, own = frame.to_network().array, frame.order.apply(volume.with_array(labels)).array
    index = []
    for n, (count, new, spacing, step) in enumerate(
        zip(own.shape, image.shape, frame.sagittal.spacing_mm[::-1], frame.spacing_mm[::-1])
    ):
        at = (np.arange(new) - (new - 1) / 2) * step / spacing + (count - 1) / 2
        index.append(np.clip(np.rint(at).astype(int), 0, own.shape[n] - 1))
    return image, own[np.ix_(*index)]


def side_by_side(scales: Sequence[torch.Tensor]) -> torch.Tensor:
    """The scales that a position head is given (N, channels, k, j, i), at the size of the first."""
    size = scales[0].shape[2:]
    return torch.cat([F.interpolate(part.float(), size=size) for part in scales], 1)


@torch.inference_mode()
def cells(network: DiscNet, values: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(features (n, channels) float16, position class (n,)) of the cells that hold enough of the spine. ``values``:
    standardised."""
    kept: list[torch.Tensor] = []
    assert network.position_head is not None
    hook = network.position_head.register_forward_pre_hook(lambda _head, scales: kept.append(side_by_side(scales)))
    x = torch.from_numpy(values)[None, None]
    pads = [(-n) % m for n, m in zip(values.shape, SIZE_MULTIPLE)]
    far_ends = (0, pads[2], 0, pads[1], 0, pads[0])
    network.coarse(F.pad(x, far_ends, mode="replicate"))
    hook.remove()
    features = kept[0][0].float().flatten(1).T
    places = position_table()[labels] + 1
    places = np.pad(places, [(0, p) for p in pads])
    k, j, i = (n // s for n, s in zip(places.shape, POSITION_STRIDE))
    blocks = places.reshape(k, POSITION_STRIDE[0], j, POSITION_STRIDE[1], i, POSITION_STRIDE[2])
    blocks = blocks.transpose(0, 2, 4, 1, 3, 5).reshape(k * j * i, -1)
    chosen = np.flatnonzero((blocks > 0).mean(axis=1) >= LEAST_SHARE)
    target = np.array([np.bincount(row[row > 0]).argmax() - 1 for row in blocks[chosen]], np.int16)
    return features[torch.from_numpy(chosen)].half().numpy(), target


def magnified_neck(rng: np.random.Generator, values: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """The neck of a volume as the second pass sees it, and its labels; None where none is in view."""
    neck = position_table()[labels] >= NECK_PLACE
    if neck.sum() < LEAST_VOXELS_OF_NECK:
        return None
    at, off = np.argwhere(neck), rng.integers(-JITTER_VOXELS, JITTER_VOXELS + 1, 4)
    low = np.maximum(0, at.min(0) - BEFORE + [0, off[0], off[2]])
    high = np.minimum(values.shape, at.max(0) + AFTER + [0, off[1], off[3]])
    box = (slice(None), slice(low[1], high[1]), slice(low[2], high[2]))

    def resized(part: np.ndarray, mode: str) -> np.ndarray:
        given = torch.from_numpy(np.ascontiguousarray(part, np.float32))[None, None]
        return F.interpolate(given, size=[round(NECK_FACTOR * n) for n in part.shape], mode=mode)[0, 0].numpy()

    return resized(values[box], "trilinear"), resized(labels[box], "nearest-exact").astype(np.uint8)


def collect(args: argparse.Namespace) -> None:
    network, card = load_model(args.model)
    arguments = card.arguments | {"position_width": card.arguments.get("position_width") or 1}
    with_head = build_network("discnet", arguments)
    with_head.load_state_dict(network.state_dict(), strict=False)
    with_head.eval()
    args.output.mkdir(parents=True, exist_ok=True)
    for name, volume, labels in volumes(args.pack, args.pool, args.first, args.phantoms):
        path = args.output / f"{name}.npz"
        if path.exists():
            continue
        image, own = in_network_frame(volume, labels)
        rng = np.random.default_rng(sum(map(ord, name)))
        parts, rows = [slice(None)], image.shape[1]
        if rows > 120:
            length = int(rng.uniform(0.35, 0.7) * rows)
            start = int(rng.integers(0, rows - length))
            parts.append(slice(start, start + length))
        found = []
        for part in parts:
            seen: tuple[np.ndarray, np.ndarray] | None = standardised(image[:, part]), own[:, part]  # type: ignore[assignment]
            seen = magnified_neck(rng, *seen) if args.neck else seen
            if seen is None:
                continue
            features, target = cells(with_head, *seen)
            few = rng.permutation(len(target))[: MOST_CELLS_OF_NECK if args.neck else MOST_CELLS]
            found.append((features[few], target[few]))
        if found:
            np.savez(path, X=np.concatenate([f for f, _ in found]), y=np.concatenate([t for _, t in found]))
        print(name, flush=True)


def fit(args: argparse.Namespace) -> None:
    torch.manual_seed(0)
    files = [np.load(path) for path in sorted(args.features.glob("*.npz"))]
    x = torch.from_numpy(np.concatenate([file["X"] for file in files]).astype(np.float32))
    y = torch.from_numpy(np.concatenate([file["y"] for file in files]).astype(np.int64))
    mean, sd = x.mean(0), x.std(0) + 1e-3
    width, name, option = (NECK_WIDTH, "neck_head", "neck_width") if args.neck else (WIDTH, "position_head", "position_width")
    head = torch.nn.Sequential(
        torch.nn.Linear(x.shape[1], width), torch.nn.ReLU(), torch.nn.Dropout(0.2), torch.nn.Linear(width, POSITION_CLASSES)
    )
    optimizer = torch.optim.AdamW(head.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    rare = 1 / torch.sqrt(torch.bincount(y, minlength=POSITION_CLASSES) + 50.0)
    rare = rare / rare.mean()
    for _ in range(STEPS):
        drawn = torch.randint(len(y), (BATCH,))
        batch = (x[drawn] - mean) / sd
        target = torch.zeros(BATCH, POSITION_CLASSES).scatter_(1, y[drawn][:, None], 1 - 2 * NEIGHBOUR_SHARE)
        for step in (-1, 1):
            near = (y[drawn] + step).clamp(0, POSITION_CLASSES - 1)
            target.scatter_add_(1, near[:, None], torch.full((BATCH, 1), NEIGHBOUR_SHARE))
        logits = head(batch + FEATURE_NOISE * torch.randn_like(batch))
        loss = (-(target * logits.log_softmax(1)).sum(1) * rare[y[drawn]]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    head.eval()
    with torch.no_grad():
        error = (head((x - mean) / sd).argmax(1) - y).abs().float()
    print(
        f"{len(files)} volumes, {len(y)} cells: exact {(error == 0).float().mean():.3f}, mean error {error.mean():.2f} levels"
    )
    first, last = head[0], head[3]
    weight = first.weight.data / sd
    bias = first.bias.data - (first.weight.data * (mean / sd)).sum(1)
    old, card = load_model(args.model)
    arguments = card.arguments | {option: width}
    network = build_network("discnet", arguments)
    state = network.state_dict() | {n: v for n, v in old.state_dict().items() if not n.startswith(name)}
    state |= {
        f"{name}.0.weight": weight[:, :, None, None, None],
        f"{name}.0.bias": bias,
        f"{name}.2.weight": last.weight.data[:, :, None, None, None],
        f"{name}.2.bias": last.bias.data,
    }
    network.load_state_dict(state)
    card = save_model(network.eval(), replace(card, arguments=arguments), args.output)
    print(f"{args.output.name}: {args.output.stat().st_size / 1e6:.2f} MB, SHA-256 {card.sha256}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    part = commands.add_parser("features")
    part.add_argument("pack", type=Path)
    part.add_argument("model", type=Path)
    part.add_argument("output", type=Path)
    part.add_argument("--first", type=int, default=3_000_000, help="seed of the first phantom")
    part.add_argument("--phantoms", type=int, default=0)
    part.add_argument("--pool", type=Path, help="volumes of coarse_training.py pool")
    part.set_defaults(run=collect)
    part = commands.add_parser("fit")
    part.add_argument("features", type=Path)
    part.add_argument("model", type=Path)
    part.add_argument("output", type=Path)
    part.set_defaults(run=fit)
    for one in commands.choices.values():
        one.add_argument("--neck", action="store_true", help="the head for a magnified neck")
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
