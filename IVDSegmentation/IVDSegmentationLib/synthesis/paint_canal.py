"""Paints the canal: epidural fat, dural sac with CSF, cord, conus and cauda equina."""

from __future__ import annotations

import numpy as np

from ..anatomy import CANAL_LABEL
from .course import Course
from .painter import Painter


def paint_canal(p: Painter, course: Course) -> None:
    """The canal over the whole height of the grid; the sac ends at S1-S3."""
    grid, canvas, spine, tissues = p.canvas.grid, p.canvas, p.spine, p.tissues
    y = grid.axis(1)
    middle_x = course.at(course.x, y)
    z = grid.axis(0)
    columns = np.flatnonzero(np.abs(z) < 26 + np.abs(np.polyval(spine.sway, -y / 100.0)).max())
    lines = (grid.axis(2) > middle_x.min() - 14) & (grid.axis(2) < middle_x.max() + 24)
    if len(columns) == 0 or not lines.any():
        return
    ii = np.flatnonzero(lines)
    box = (slice(columns[0], columns[-1] + 1), slice(None), slice(ii[0], ii[-1] + 1))
    behind, right = course.along(grid, box)
    half = (course.at(course.sac, y) / 2).astype(np.float32)[None, :, None]
    wide = np.float32(p.rng.uniform(8.5, 11.5)) * np.clip(half / 6.5, 0.75, 1.2)
    below_l5 = np.clip((y - course.level_y["S1"] + 10) / 60, 0, 1).astype(np.float32)[None, :, None]

    # bony canal: fat behind and (low down) in front of the sac, dark ligament round it
    fat_back = np.float32(p.rng.uniform(1.2, 5.0)) * _waves(p, course, y)[None, :, None]
    fat_share = np.clip(1 - np.abs(right) / (wide * 0.9), 0, 1)
    outer_half = half + 1.0 + 3.0 * below_l5
    if spine.reaches_skull:
        neck = np.clip((course.level_y["T2"] - y) / 40, 0, 1).astype(np.float32)[None, :, None]
        fat_back = fat_back * (1 - 0.8 * neck)
        wide = wide * (1 + 0.22 * neck)  # the cervical canal is wide
    outer = _ellipse(behind - fat_back * fat_share * 0.5, right, outer_half + fat_back * fat_share * 0.5, wide + 2.5)
    if spine.reaches_skull:
        outer = np.maximum(outer, (spine.dens_tip()[1] - 2.0 - y).astype(np.float32)[None, :, None])
    canvas.paint(box, canvas.coverage(outer - 1.4), tissues["ligament"] * 1.5)
    canvas.paint(box, canvas.coverage(outer), tissues["fat"] * p.rng.uniform(0.8, 1.1))

    # sac with its rounded tip
    tip_level = spine.sacrum[1].centre[1] + p.rng.normal(0, 9)
    closing = np.clip((tip_level - y) / 22, 0, 1).astype(np.float32) ** 0.5
    sac = _ellipse(behind, right, half * closing[None, :, None] + 1e-3, wide * closing[None, :, None] + 1e-3)
    sac = np.where(closing[None, :, None] > 0.02, sac, 9.0)
    if spine.reaches_skull:  # it opens into the posterior fossa
        sac = np.maximum(sac, (spine.dens_tip()[1] - 4.0 - y).astype(np.float32)[None, :, None])
    canvas.paint(box, canvas.coverage(sac - 0.5), tissues["ligament"])
    cover = canvas.coverage(sac)
    value = tissues["csf"] * (1 + 0.06 * p.slow.on(grid, box, (11, 5, 9)))
    value = _flow(p, value, behind, y)
    value = _roots(p, course, value, behind, right, half, wide, y)
    canvas.paint(box, cover, value)
    canvas.label(CANAL_LABEL, box, cover)


def _ellipse(a: np.ndarray, b: np.ndarray, half_a: np.ndarray, half_b: np.ndarray) -> np.ndarray:
    q = np.sqrt((a / half_a) ** 2 + (b / half_b) ** 2)
    return (q - 1) * np.minimum(half_a, half_b)


def _waves(p: Painter, course: Course, y: np.ndarray) -> np.ndarray:
    """Posterior epidural fat sits in triangles behind the discs, between the laminae."""
    result = np.full(len(y), 0.15, np.float32)
    for disc in p.spine.discs:
        result += (1.3 * np.exp(-(((y - disc.centre[1] - 2) / 7.5) ** 2))).astype(np.float32)
    return result


def _flow(p: Painter, value: np.ndarray, behind: np.ndarray, y: np.ndarray) -> np.ndarray:
    """CSF flow voids: dark smears where CSF pulses, more above the conus."""
    if p.tissues.contrast not in ("T2", "T2fs", "STIR") or p.rng.random() > 0.3:
        return value
    wave = np.sin(y / p.rng.uniform(7, 16) + p.rng.uniform(0, 6)) + 0.6 * np.sin(y / 5.1)
    share = np.clip(wave - 0.3, 0, 1)[None, :, None] * np.exp(-(((behind - p.rng.uniform(1, 4)) / 2.2) ** 2))
    return value * (1 - p.rng.uniform(0.2, 0.6) * share)


def _roots(
    p: Painter, course: Course, value: np.ndarray, behind: np.ndarray, right: np.ndarray,
    half: np.ndarray, wide: np.ndarray, y: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Cord down to the conus near L1-L2, below it roots that lie towards the back."""
    tissues = p.tissues
    l1 = course.level_y.get("L1", float(y[0]))
    conus = l1 + p.rng.normal(9, 11)
    thick = np.clip((conus - y) / 32, 0, 1) ** 0.6
    cord_half = (np.float32(p.rng.uniform(3.3, 4.3)) * thick).astype(np.float32)[None, :, None]
    shift = np.float32(p.rng.uniform(-0.5, 1.5))
    flat: np.ndarray | np.floating = np.float32(1.35)
    if p.spine.reaches_skull:
        size, ratio = _cord_size(p, course, y)
        cord_half, flat = (size * thick).astype(np.float32)[None, :, None], ratio[None, :, None]
        shift = shift * 0.3
    cord = _ellipse(behind - shift, right, cord_half + 1e-3, cord_half * flat + 1e-3)
    cord = np.where(thick[None, :, None] > 0.02, cord, 9.0)
    # roots: stripes that run along the canal, denser at the back and thinning out below
    place = p.rng.uniform(0.15, 0.55)
    count = np.clip((y - conus + 45) / 40, 0, 1) * np.clip(1.15 - (y - conus) / p.rng.uniform(150, 260), 0.1, 1)
    angle = right * np.float32(1.9) + np.float32(p.rng.uniform(0, 6))
    drift = (0.02 * (y - conus)).astype(np.float32)[None, :, None]
    stripes = 0.5 + 0.5 * np.sin(angle + 1.3 * behind + drift) * np.cos(1.1 * behind - 0.7 * right + 2 * drift)
    back = np.clip((behind / np.maximum(half, 0.5) - place + 0.5) / 0.7, 0, 1)
    crowded = np.clip(1.6 - half / 5.0, 0, 1)
    share = np.clip(stripes * 1.3, 0, 1) * np.maximum(back, crowded) * count.astype(np.float32)[None, :, None]
    value = value + p.rng.uniform(0.5, 0.95) * share * (tissues["root"] - value)
    cover = p.canvas.coverage(cord)
    return value + cover * (tissues["cord"] - value)


_CORD = {"C2": (3.9, 1.45), "C5": (3.7, 1.80), "C7": (3.5, 1.70), "T3": (3.15, 1.35), "T8": (3.15, 1.32), "T11": (3.6, 1.3)}
"""Half the depth of the cord (mm) and width over depth by vertebra, with the cervical and the lumbar swelling (Frostell et
al. 2016, Front Neurol 7:238: 13.3 x 7.4 mm at segment C5, 8.3 x 6.3 at T8; segments lie above the vertebrae of that name)."""


def _cord_size(p: Painter, course: Course, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    at = np.array([course.level_y[name] for name in _CORD])
    size, ratio = (np.interp(y, at, [row[n] for row in _CORD.values()]).astype(np.float32) for n in range(2))
    return size * np.float32(np.exp(p.rng.normal(0, 0.08))), ratio
