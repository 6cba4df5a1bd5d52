"""Everything round the spine: muscle, fat, vessels, bowel, organs, skin and air. Drawn on a coarser grid, then enlarged."""

from __future__ import annotations

import numpy as np

from .course import Course
from .grid import Grid, apply_weights, axis_weights
from .paint_head import paint_head
from .painter import Painter
from .surroundings_upper import paint_chest, paint_neck
from .texture import Texture

_COARSER = 1.6


def paint_surroundings(p: Painter, course: Course) -> None:
    """Fills the whole canvas. Must come first: everything else is painted over it."""
    grid = p.canvas.grid.coarser(_COARSER)
    if p.spine.reaches_skull:
        image = _whole_body(p, grid, course)
    else:
        behind, right = course.along(grid, smooth=True)
        y = grid.axis(1)
        image = _belly(p, grid, behind, right, y, course)
        image = _flesh(p, grid, image, behind, right, y, course)
        image = _back(p, grid, image, behind, right, y)
    streaks = p.rng.uniform(0.02, 0.10)
    weights = [axis_weights(grid, p.canvas.grid, n, p.canvas.grid.step[n]) for n in range(3)]
    p.canvas.image[:] = apply_weights(image.astype(np.float32), weights)
    p.canvas.image *= np.maximum(1 + np.float32(streaks) * p.fibre.on(p.canvas.grid), 0.2)


def _whole_body(p: Painter, grid: Grid, course: Course) -> np.ndarray:
    """Belly, chest, neck and head, each on the rows of the grid where it lies; they run over into each other."""
    image = np.zeros(grid.size, np.float32)
    rows = grid.axis(1)
    # nothing may happen at one level only because the parts meet there
    to_chest = course.level_y[str(p.rng.choice(["T8", "T9", "T10", "T11", "T12"]))]
    to_neck = course.level_y[str(p.rng.choice(["C7", "T1", "T2"]))]
    p.back_mm, p.back_fat_mm = float(p.rng.uniform(40, 58)), float(p.rng.uniform(5, 30))
    tip = p.spine.dens_tip()
    parts = (
        (_belly_rows, to_chest - 25, np.inf),
        (paint_chest, to_neck - 25, to_chest + 30),
        (paint_neck, float(tip[1]) - 60, to_neck + 30),
    )
    above = np.zeros(len(rows), np.float32)  # share of what is painted already
    for paint, first, last in parts:
        own = np.flatnonzero((rows > first) & (rows < last))
        if len(own) < 2:  # the slope of the spine cannot be told from one row
            continue
        part = slice(own[0], own[-1] + 1)
        piece = grid.rows(part)
        behind, right = course.along(piece, smooth=True)
        painted = paint(p, piece, behind, right, piece.axis(1), course)
        # the part below gives way to the one above over 30 mm
        share = np.clip((last - rows[part]) / 30, 0, 1).astype(np.float32)
        share = np.maximum(share, 1 - above[part])[None, :, None]
        image[:, part] += share * (painted - image[:, part])
        above[part] = 1.0
    if rows[0] < tip[1] + 70:
        head_rows = slice(0, int(np.searchsorted(rows, tip[1] + 70)))
        image[:, head_rows] = paint_head(p, grid.rows(head_rows), image[:, head_rows], tip)
    return image


def _belly_rows(p: Painter, grid: Grid, behind: np.ndarray, right: np.ndarray, y: np.ndarray, course: Course) -> np.ndarray:
    image = _belly(p, grid, behind, right, y, course)
    image = _flesh(p, grid, image, behind, right, y, course)
    return _back(p, grid, image, behind, right, y)


def _cover(distance: np.ndarray, soft: float = 1.6) -> np.ndarray:
    return np.clip(0.5 - distance / np.float32(soft), 0, 1)


def _belly(p: Painter, grid: Grid, behind: np.ndarray, right: np.ndarray, y: np.ndarray, course: Course) -> np.ndarray:
    """In front of the spine: fat, bowel loops with walls and content, great vessels, the wall of the belly, air."""
    rng, t = p.rng, p.tissues
    loops = Texture(rng, float(rng.uniform(4.5, 9.0)), cells=48)
    mixed = Texture(rng, float(rng.uniform(7.0, 14.0)), cells=32)
    one, two, three = loops.on(grid), loops.on(grid, shift=(17, 29, 7)), mixed.on(grid)
    # loops: cells of a smooth field, dark or bright inside, with thin walls on the zero lines
    content = np.where(two > 0.7, t["fluid"], np.where(two < -0.9, t["gas"], t["organ"]))
    content = np.where(three > 0.9, t["muscle"] * 1.2, content)
    wall = np.exp(-((one / 0.22) ** 2))
    bowel = content + wall * (t["wall"] - content)
    fatty = rng.uniform(-0.6, 1.2)
    image = bowel + np.clip((one * 0.7 + three - fatty) * 2.5, 0, 1) * (t["fat"] * 0.85 - bowel)
    # upper belly: liver, spleen, lung base, smoother than bowel
    organ_y = course.level_y.get("L2", -90.0) - rng.uniform(-25, 35)
    organ = np.clip((organ_y - y) / 12, 0, 1).astype(np.float32)[None, :, None]
    organ_value = t["organ"] * (1 + 0.06 * one) if rng.random() < 0.75 else t["gas"] + 0.1 * t["organ"] * (one > 0.8)
    image = image + organ * np.clip(1.2 + 0.8 * three, 0, 1) * (organ_value - image)
    # flat loops that look like discs and are none
    for _ in range(int(rng.integers(0, 4))):
        centre = np.array([-rng.uniform(55, 140), rng.uniform(float(y[0]), float(y[-1])), rng.normal(0, 20)])
        angle, half = rng.uniform(-1.2, 1.2), np.array([rng.uniform(9, 20), rng.uniform(2.5, 6), rng.uniform(9, 25)])
        c, s = np.cos(angle), np.sin(angle)
        dx, dy = behind - centre[0], y[None, :, None] - centre[1]
        q = np.sqrt(
            ((c * dx + s * dy) / half[0]) ** 2 + ((c * dy - s * dx) / half[1]) ** 2 + ((right - centre[2]) / half[2]) ** 2
        )
        image = image + _cover((q - 1) * half[1] - 1.5) * (t["wall"] * 0.5 - image)
        image = image + _cover((q - 1) * half[1]) * (t[str(rng.choice(["fluid", "organ", "nucleus", "wall"]))] - image)
    # pelvis: bladder, womb or rectum as big smooth shapes
    for _ in range(int(rng.integers(1, 4))):
        centre_y = course.level_y["S1"] + rng.uniform(-5, 70)
        centre_b, centre_z = -rng.uniform(45, 130), rng.normal(0, 22)
        half = rng.uniform(9, 32, 3)
        q = np.sqrt(
            ((behind - centre_b) / half[0]) ** 2
            + ((y[None, :, None] - centre_y) / half[1]) ** 2
            + ((right - centre_z) / half[2]) ** 2
        )
        value = t[str(rng.choice(["fluid", "organ", "wall", "gas", "csf"]))]
        cover = _cover((q - 1) * half.min())
        rim = _cover((q - 1) * half.min() - 2.5)
        image = image + rim * (t["wall"] * 0.7 - image)
        image = image + cover * (value * (1 + 0.08 * one) - image)
    # the front wall of the belly
    depth = rng.uniform(125, 210)
    edge = -behind - depth + 10 * np.sin(y / 90.0 + rng.uniform(0, 6))[None, :, None] + (right / 16) ** 2
    thick = rng.uniform(8, 35)
    image = image + _cover(-edge - 8) * (t["muscle"] - image)
    image = image + _cover(-edge) * (t["fat"] - image)
    image = image + _cover(-edge + thick, 2.5) * (t["skin"] - image)
    return image + _cover(-edge + thick + 2.5) * (0.0 - image)


def _flesh(
    p: Painter, grid: Grid, image: np.ndarray, behind: np.ndarray, right: np.ndarray, y: np.ndarray, course: Course
) -> np.ndarray:
    """Fat round the spine, psoas, crura, the great vessels, iliac bone."""
    rng, t = p.rng, p.tissues
    sac = course.at(course.sac, y)
    depth = course.at(course.x, y) - course.at(course.front, y)
    slope = np.gradient(course.at(course.x, y), y)
    front = (-(depth / np.sqrt(1 + slope**2))).astype(np.float32)[None, :, None]
    del sac
    # fat in front of and beside the bodies, thicker at L4-S1
    l4 = course.level_y.get("L4", -40.0)
    layer = rng.uniform(2, 9) + rng.uniform(3, 22) * np.clip((y - l4 + 15) / 50, 0, 1)
    ahead = front - layer.astype(np.float32)[None, :, None]
    image = image + _cover(np.maximum(ahead - behind, np.abs(right) - 34), 5.0) * (t["fat"] * 0.9 - image)
    fibre = 1 + 0.12 * p.slow.on(grid, shift=(3, 19, 23)) + 0.08 * p.fine.on(grid)
    muscle = t["muscle"] * np.maximum(fibre, 0.3)
    # psoas grows downwards beside the bodies; above it the crus and the lung or liver edge
    l1 = course.level_y.get("L1", -140.0)
    grow = np.clip((y - l1 + 5) / 90, 0, 1).astype(np.float32)[None, :, None]
    centre = front * 0.55 - 12 * np.clip((y - course.level_y["S1"] + 20) / 60, 0, 1)[None, :, None]
    for side in (-1, 1):
        place = side * (27 + 12 * grow)
        q = np.sqrt(((behind - centre) / (9 + 12 * grow)) ** 2 + ((right - place) / (4 + 14 * grow)) ** 2)
        image = image + _cover((q - 1) * (6 + 8 * grow)) * (grow > 0.03) * (muscle - image)
    # aorta to L4, then two iliacs that part; vena cava beside it
    split = l4 + rng.normal(8, 8)
    apart = np.clip((y - split) / 70, 0, 1).astype(np.float32)[None, :, None]
    stand = rng.uniform(3, 9)
    for name, start, end, radius in (("aorta", -8, -30, rng.uniform(8, 11)), ("cava", 15, 32, rng.uniform(7, 11))):
        bend = 4 * np.sin(y / 70 + rng.uniform(0, 6))[None, :, None]
        lumen = t["vessel"] if name == "aorta" else t[str(rng.choice(["vessel", "slow"]))]
        size = radius * (1 - 0.4 * (apart > 0))
        branches = ((start, end), (start, -start)) if name == "aorta" else ((start, end),)
        for first, last in branches:
            place = first + rng.normal(0, 3) + (last - first) * apart + bend
            distance = np.sqrt((behind - (front - radius - stand)) ** 2 + (right - place) ** 2) - size
            image = image + _cover(distance - 1.2) * (t["wall"] - image)
            image = image + _cover(distance) * (lumen * (1 + 0.2 * p.slow.on(grid, shift=(5, 1, 2))) - image)
    # iliac wings
    wing = np.clip((y - course.level_y["S1"] + 30) / 40, 0, 1).astype(np.float32)[None, :, None]
    bone = np.abs(np.abs(right) - 52 + 0.35 * behind) - 6 * wing
    bone = np.maximum(bone, np.abs(behind - 5) - 45)
    image = image + _cover(bone - 1.5) * (wing > 0.05) * (t["cortex"] - image)
    return image + _cover(bone) * (wing > 0.05) * (t["marrow"] * fibre - image)


def _back(p: Painter, grid: Grid, image: np.ndarray, behind: np.ndarray, right: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Behind the canal: muscles with fat streaks, the midline between the spinous processes, fat under the skin, air."""
    rng, t = p.rng, p.tissues
    streak = 0.5 * p.fibre.on(grid, shift=(9, 9, 1)) + 0.85 * p.slow.on(grid, shift=(9, 9, 1))
    infiltration = rng.uniform(-1.0, 0.6)
    muscle = t["muscle"] * np.maximum(
        1 + 0.12 * p.fine.on(grid, shift=(4, 8, 2)) + 0.12 * p.fibre.on(grid, shift=(4, 8, 2)), 0.3
    )
    fatty = np.clip((streak - 1.3 + infiltration) * 1.6, 0, 1) * rng.uniform(0.2, 1.0)
    muscle = muscle + fatty * (t["fat"] * 0.9 - muscle)
    zone = _cover(np.maximum(2 - behind, np.abs(right) - 75), 3.0)
    image = image + zone * (muscle - image)
    # the midline: ligaments and fat between the spinous processes
    p.back_mm = float(rng.uniform(42, 62))
    depth = p.back_mm + 4 * np.sin(y / 80 + rng.uniform(0, 6))
    low = np.clip((y - rng.uniform(-10, 20)) / 60, 0, 1)
    fascia = (depth - 15 * low).astype(np.float32)[None, :, None]
    middle = t["ligament"] * 1.5 + np.clip(0.35 + 0.35 * streak, 0, 1) * 0.9 * (t["fat"] - t["ligament"])
    strip = np.maximum(np.abs(right) - rng.uniform(2.0, 4.5), np.maximum(6 - behind, behind - fascia))
    image = image + _cover(strip, 2.5) * rng.uniform(0.5, 1.0) * (middle - image)
    p.back_fat_mm = float(rng.uniform(6, 45))
    skin = fascia + p.back_fat_mm + 12 * low.astype(np.float32)[None, :, None] + (np.abs(right) / 30) ** 2
    septa = 1 - 0.35 * np.exp(-((p.slow.on(grid, shift=(1, 14, 6)) / 0.12) ** 2))
    image = image + _cover(fascia - 1.5 - behind) * (t["ligament"] - image)
    image = image + _cover(fascia - behind) * (t["fat"] * septa - image)
    image = image + _cover(skin - behind, 2.0) * (t["skin"] - image)
    return image + _cover(skin + 2.0 - behind) * (0.0 - image)
