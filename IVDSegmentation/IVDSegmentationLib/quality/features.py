"""What tells a good outline from a poor one: numbers for each disc, from what a run has at hand anyway.

Nothing here runs the network again. Where something is out of view (a disc at the end of the chain has one neighbour only)
the number is ``MISSING``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from ..spine import Region
from ..spine.chain import steps_between
from ..spine.region import moved
from ..volume.box import grown
from .evidence import Evidence
from .shapes import OutlineShape, ShapeTable

MISSING = -9.0
"""Far from every value that is there, so that a tree can split it off."""
NEAR_MM = 6.0
"""How far from a disc its surroundings are looked at: beyond lies the middle of a vertebral body."""
_BOX_MARGIN_MM = 8.0
_SHELL_MM = 1.6
"""Half the thickness of the layer around an outline: a voxel and a bit within the sagittal plane."""
_PROFILE_MM = np.arange(-3.75, 5.01, 1.25)
"""Edges of the layers, from inside to outside, in which the grey values' gradient is compared."""
_OWN_TO_OTHERS = {
    "grey_inside": "grey_to_others",
    "contrast_least": "contrast_to_others",
    "entropy_most": "entropy_to_others",
    "body_beside_least": "body_beside_to_others",
}
"""What is compared with the median of the other discs of a scan -> the feature: a cage is dark where discs are grey, an
outline in the wrong place stands out from its neighbours."""
_SIDES = ("up", "down", "front", "back")

NAMES: tuple[str, ...] = (
    "soft_dice",
    "mean_probability",
    "low_tenth",
    "spill",
    "band_mm",
    "entropy",
    "level_ratio",
    "slice_dice_least",
    "slice_dice_spread",
    *(f"entropy_{side}" for side in _SIDES),
    "entropy_most",
    "body_beside_least",
    "body_beside_mean",
    "body_inside",
    "gap_at_plates",
    *(f"contrast_{side}" for side in _SIDES),
    "contrast_least",
    "edge_ratio",
    "edge_offset_mm",
    "inside_spread",
    "roughness_of_grey",
    "volume_cm3",
    "thickness_mm",
    "depth_mm",
    "surface_to_volume",
    "slice_overlap",
    "largest_part",
    "volume_to_neighbours",
    "thickness_to_neighbours",
    "depth_to_neighbours",
    "tilt_to_chain_deg",
    "tilt_to_neighbours_deg",
    "off_the_line_mm",
    "step_ratio_least",
    "step_ratio_most",
    "thickness_z",
    "depth_z",
    "flatness_z",
    "thickness_z_size",
    "to_end_mm",
    "to_front_mm",
    "border_share",
    "slab_mm",
    "coarse_inside",
    "coarse_dice",
    "others_soft_dice",
    "others_least",
    "beside_others",
    "grey_to_others",
    "contrast_to_others",
    "entropy_to_others",
    "body_beside_to_others",
    "discs",
)


def outline_features(evidence: Evidence, labels: Sequence[int], table: ShapeTable) -> np.ndarray:
    """One row a disc, in the order of ``evidence.regions``, one column for each of ``NAMES``; float64. ``labels``: the discs'
    label values, which tell the level."""
    gradient = _gradient(evidence.image)
    rows = [_alone(evidence, region, gradient) for region in evidence.regions]
    shapes = [OutlineShape.of(region) for region in evidence.regions]
    _add_neighbours(rows, evidence, shapes)
    for row, shape, label in zip(rows, shapes, labels):
        row |= _against_table(shape, label, table)
    _add_scan(rows)
    array = np.array([[row[name] for name in NAMES] for row in rows], float).reshape(len(rows), len(NAMES))
    return np.where(np.isfinite(array), array, MISSING)


# ------------------------------------------------------------------- a disc alone
def _alone(evidence: Evidence, region: Region, gradient: np.ndarray) -> dict[str, float]:
    spacing = evidence.spacing_kji
    own = moved(region.box, evidence.window, -1)
    box = grown(own, np.ceil(_BOX_MARGIN_MM / spacing).astype(int).tolist(), evidence.disc.shape)
    mask = np.zeros([s.stop - s.start for s in box], bool)
    mask[moved(own, box, -1)] = region.mask
    others = _others(evidence, region, box) & ~mask
    p = evidence.disc[box].astype(np.float32)
    body = evidence.body[box].astype(np.float32)
    image = evidence.image[box].astype(np.float32)
    outside = ndimage.distance_transform_edt(~mask, sampling=spacing).astype(np.float32)
    inside = np.zeros_like(outside)
    around = grown(moved(own, box, -1), (1, 1, 1), mask.shape)  # from a voxel inside the nearest one outside lies in here
    inside[around] = ndimage.distance_transform_edt(mask[around], sampling=spacing)
    half = float(spacing[1:].min()) / 2
    depth = np.where(mask, -(inside - half), outside - half)
    """Distance from the outline, millimetres, negative inside."""
    near = (depth <= NEAR_MM) & ~others
    count = int(mask.sum())
    row = _probability(mask, near, p, depth, spacing, count)
    row |= _sides(region, evidence, box, depth, near, p, body, image)
    row |= _edges(depth, near, gradient[box], image, mask)
    row["body_inside"] = float(body[mask].mean())
    row |= _border(evidence, region)
    coarse = evidence.coarse_on_grid
    if coarse is None:
        row |= {"coarse_inside": MISSING, "coarse_dice": MISSING}
    else:
        seen = coarse[box]
        likely = float(seen[near].sum())
        row["coarse_inside"] = float(seen[mask].mean())
        row["coarse_dice"] = float(2 * seen[mask].sum() / (count + likely))
    return row


def _others(evidence: Evidence, region: Region, box: tuple[slice, ...]) -> np.ndarray:
    """Voxels of the box that belong to another disc."""
    found = np.zeros([s.stop - s.start for s in box], bool)
    for other in evidence.regions:
        if other is region:
            continue
        where = moved(other.box, evidence.window, -1)
        shared = [(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(where, box)]
        if all(start < stop for start, stop in shared):
            to = tuple(slice(start - b.start, stop - b.start) for (start, stop), b in zip(shared, box))
            source = tuple(slice(start - a.start, stop - a.start) for (start, stop), a in zip(shared, where))
            found[to] |= other.mask[source]
    return found


def _probability(
    mask: np.ndarray, near: np.ndarray, p: np.ndarray, depth: np.ndarray, spacing: np.ndarray, count: int
) -> dict[str, float]:
    """How sure the network is: the Dice that it expects itself, and how wide the band is in which it hesitates."""
    within = p * mask
    around = p * near
    by_slice = [np.asarray(a, np.float32).sum(axis=(1, 2)) for a in (mask, within, around)]
    filled = by_slice[0] >= 0.2 * by_slice[0].max()
    slices = 2 * by_slice[1][filled] / (by_slice[0][filled] + by_slice[2][filled])
    shell = near & (np.abs(depth) < _SHELL_MM)
    surface_mm2 = max(1.0, float((mask & (depth > -spacing[1:].min())).sum())) * spacing[1] * spacing[0]
    low, high = (float((near & (p > t)).sum()) for t in (0.25, 0.75))
    return {
        "soft_dice": float(2 * within.sum() / (count + around.sum())),
        "mean_probability": float(within.sum() / count),
        "low_tenth": float(np.quantile(p[mask], 0.1)),
        "spill": float((around.sum() - within.sum()) / count),
        "band_mm": (low - high) * float(np.prod(spacing)) / surface_mm2,
        "entropy": float(_entropy(p[shell]).mean()) if shell.any() else MISSING,
        "level_ratio": float(np.log((high + 1) / (low + 1))),
        "slice_dice_least": float(slices.min()),
        "slice_dice_spread": float(slices.std()),
    }


def _sides(
    region: Region,
    evidence: Evidence,
    box: tuple[slice, ...],
    depth: np.ndarray,
    near: np.ndarray,
    p: np.ndarray,
    body: np.ndarray,
    image: np.ndarray,
) -> dict[str, float]:
    """Entropy and contrast on each side of the disc, and the vertebral bodies above and below."""
    up, back = _axes(region)
    k, j, i = (np.arange(s.start + w.start, s.stop + w.start, dtype=np.float32) for s, w in zip(box, evidence.window))
    step = evidence.spacing_kji
    centre = region.centre_kji * step
    along_up, along_back = (
        (axis[0] * (k * step[0] - centre[0]))[:, None, None]
        + (axis[1] * (j * step[1] - centre[1]))[None, :, None]
        + (axis[2] * (i * step[2] - centre[2]))[None, None, :]
        for axis in (up, back)
    )
    own = (depth < 0) & near
    half_height = max(1.5, float(np.abs(along_up[own]).mean()) * 2)
    half_depth = max(4.0, float(np.abs(along_back[own]).mean()) * 2)
    flat = np.abs(along_up) / half_height, np.abs(along_back) / half_depth
    plates = flat[0] > flat[1]
    sides = {
        "up": plates & (along_up > 0),
        "down": plates & (along_up < 0),
        "front": ~plates & (along_back < 0),
        "back": ~plates & (along_back > 0),
    }
    shell = near & (np.abs(depth) < _SHELL_MM)
    rim_in, rim_out = near & (depth > -3.0) & (depth < -0.6), near & (depth > 1.2) & (depth < 4.5)
    noise = float(image[own].std()) + 0.1
    row: dict[str, float] = {}
    for side, part in sides.items():
        row[f"entropy_{side}"] = _mean(_entropy(p[shell & part]))
        inner, outer = _mean(image[rim_in & part]), _mean(image[rim_out & part])
        row[f"contrast_{side}"] = abs(inner - outer) / noise if MISSING not in (inner, outer) else MISSING
    row["entropy_most"] = max(row[f"entropy_{side}"] for side in _SIDES)
    row["contrast_least"] = min(row["contrast_up"], row["contrast_down"])
    beside = [_mean(body[rim_out & sides[side]]) for side in ("up", "down")]
    row["body_beside_least"] = min(beside)
    row["body_beside_mean"] = float(np.mean([v for v in beside if v != MISSING] or [MISSING]))
    gap = near & plates & (depth > 0) & (depth < 3.0)
    row["gap_at_plates"] = _mean(1 - np.minimum(1, p[gap] + body[gap]))
    return row


def _axes(region: Region) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors in the network's frame (k, j, i): up across the disc, and to the back within it."""
    up = (region.normal @ region.grid.direction)[::-1]
    back = np.array([0.0, 0.0, 1.0])
    back = back - up * (back @ up)
    return up, back / max(1e-6, float(np.linalg.norm(back)))


def _edges(depth: np.ndarray, near: np.ndarray, gradient: np.ndarray, image: np.ndarray, mask: np.ndarray) -> dict[str, float]:
    """Whether the grey values change where the outline runs, or beside it."""
    layers = [near & (depth >= a) & (depth < b) for a, b in zip(_PROFILE_MM, _PROFILE_MM[1:])]
    profile = np.array([float(gradient[layer].mean()) if layer.any() else 0.0 for layer in layers])
    middles = (_PROFILE_MM[:-1] + _PROFILE_MM[1:]) / 2
    on = float(profile[np.abs(middles) < 1.3].mean())
    core = mask & (depth < -1.0)
    return {
        "edge_ratio": on / max(1e-3, float(profile.mean())),
        "edge_offset_mm": float(middles[int(np.argmax(profile))]),
        "grey_inside": float(image[core if core.any() else mask].mean()),
        "inside_spread": float(image[core].std()) if core.any() else MISSING,
        "roughness_of_grey": float(gradient[core].mean()) if core.any() else MISSING,
    }


def _border(evidence: Evidence, region: Region) -> dict[str, float]:
    """How far the border of the image is away, and how much of the disc lies on it."""
    step, shape = evidence.spacing_kji, evidence.grid.array.shape
    ends = [(part.start * spacing, (size - part.stop) * spacing) for part, spacing, size in zip(region.box, step, shape)]
    faces = np.array(region.border_faces[::-1]) * np.prod(step) / step
    return {
        "to_end_mm": min(40.0, *ends[1]),
        "to_front_mm": min(40.0, *ends[2]),
        "border_share": float(faces.sum() * 2.0 / region.volume_mm3),
        "slab_mm": min(120.0, shape[0] * float(step[0])),
    }


# --------------------------------------------------------------------- neighbours
def _add_neighbours(rows: list[dict[str, float]], evidence: Evidence, shapes: Sequence[OutlineShape]) -> None:
    regions = evidence.regions
    centres = np.array([region.centre_mm_lps for region in regions])
    normals = np.array([region.normal for region in regions])
    ratios = [step.length_mm / step.expected_mm for step in steps_between(centres)]
    for n, (row, shape) in enumerate(zip(rows, shapes)):
        near = [m for m in (n - 1, n + 1) if 0 <= m < len(rows)]
        row |= {
            "volume_cm3": shape.volume_cm3,
            "thickness_mm": shape.thickness_mm,
            "depth_mm": shape.depth_mm,
            "surface_to_volume": shape.surface_to_volume,
            "slice_overlap": shape.slice_overlap,
            "largest_part": shape.largest_part,
        }
        for key in ("volume", "thickness", "depth"):
            name = {"volume": "volume_cm3"}.get(key, f"{key}_mm")
            own, beside = getattr(shape, name), [getattr(shapes[m], name) for m in near]
            row[f"{key}_to_neighbours"] = float(np.log((own + 0.05) / (np.mean(beside) + 0.05))) if beside else MISSING
        steps = [ratios[m] for m in (n - 1, n) if 0 <= m < len(ratios)]
        row["step_ratio_least"], row["step_ratio_most"] = (min(steps), max(steps)) if steps else (MISSING, MISSING)
        row["tilt_to_neighbours_deg"] = float(np.mean([_degrees(normals[n], normals[m]) for m in near])) if near else MISSING
        chain = centres[near[-1]] - centres[n if len(near) == 1 and near[0] > n else near[0]] if near else None
        if near == [n - 1]:
            chain = centres[n] - centres[n - 1]
        row["tilt_to_chain_deg"] = _degrees(normals[n], chain) if chain is not None else MISSING
        row["off_the_line_mm"] = _off_the_line(centres, n)


def _off_the_line(centres: np.ndarray, n: int) -> float:
    """Distance of a centre from the line through both neighbours; at an end of the chain from that through the next two."""
    pairs = ((n - 1, n + 1), (n + 1, n + 2), (n - 2, n - 1))
    found = next(((a, b) for a, b in pairs if a >= 0 and b < len(centres)), None)
    if found is None:
        return MISSING
    a, b = centres[found[0]], centres[found[1]]
    along = (b - a) / max(1e-6, float(np.linalg.norm(b - a)))
    away = centres[n] - a
    return float(np.linalg.norm(away - along * (away @ along)))


def _against_table(shape: OutlineShape, label: int, table: ShapeTable) -> dict[str, float]:
    thickness, depth, flatness = table.z_scores(shape, label)
    return {
        "thickness_z": thickness,
        "depth_z": depth,
        "flatness_z": flatness,
        "thickness_z_size": max(abs(thickness), abs(depth), abs(flatness)),
    }


def _add_scan(rows: list[dict[str, float]]) -> None:
    """What the other discs of the scan look like to the network: a poor image makes all of them poor."""
    own = np.array([row["soft_dice"] for row in rows])
    for n, row in enumerate(rows):
        others = np.delete(own, n)
        row["others_soft_dice"] = float(np.median(others)) if len(others) else MISSING
        row["others_least"] = float(others.min()) if len(others) else MISSING
        row["beside_others"] = float(own[n] - np.median(others)) if len(others) else MISSING
        row["discs"] = float(len(rows))
    for key, name in _OWN_TO_OTHERS.items():
        values = np.array([row[key] for row in rows])
        for n, row in enumerate(rows):
            others = np.delete(values, n)
            known = others[others != MISSING]
            row[name] = float(values[n] - np.median(known)) if len(known) and values[n] != MISSING else MISSING


# ------------------------------------------------------------------------ helpers
def _gradient(image: np.ndarray) -> np.ndarray:
    """Size of the grey values' gradient within sagittal slices, per voxel."""
    smooth = ndimage.gaussian_filter(image.astype(np.float32), (0, 0.6, 0.6))
    steps = [np.gradient(smooth, axis=axis) if smooth.shape[axis] > 1 else np.zeros_like(smooth) for axis in (1, 2)]
    return np.hypot(*steps)


def _entropy(p: np.ndarray) -> np.ndarray:
    q = np.clip(p, 1e-4, 1 - 1e-4)
    return -(q * np.log2(q) + (1 - q) * np.log2(1 - q))


def _mean(values: np.ndarray) -> float:
    """Mean; ``MISSING`` of fewer than five values."""
    return float(values.mean()) if values.size >= 5 else MISSING


def _degrees(one: np.ndarray, two: np.ndarray) -> float:
    cosine = abs(float(one @ two)) / max(1e-9, float(np.linalg.norm(one) * np.linalg.norm(two)))
    return float(np.degrees(np.arccos(min(1.0, cosine))))
