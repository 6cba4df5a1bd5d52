"""What surrounds the thoracic and the cervical spine: chest and neck.

Each function paints rows of a coarse grid. ``behind`` and ``right``: millimetres behind the middle of the dural sac and to
its right (to the left they are negative), ``y``: height (mm, inferior) of each row. Sizes are those of adults, rounded.
"""

from __future__ import annotations

import numpy as np

from .course import Course
from .grid import Grid
from .layers import Layers
from .painter import Painter
from .texture import Texture


def _front(course: Course, y: np.ndarray) -> np.ndarray:
    """``behind`` of the front wall of the bodies, (1, j, 1)."""
    slope = np.gradient(course.at(course.x, y), y) if len(y) > 1 else np.zeros(1)
    depth = (course.at(course.x, y) - course.at(course.front, y)) / np.sqrt(1 + slope**2)
    return (-depth).astype(np.float32)[None, :, None]


def _column(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32)[None, :, None]


def _back_muscles(p: Painter, grid: Grid, layers: Layers, depth: np.ndarray, width: float) -> None:
    """Muscles behind the spine down to ``depth`` mm (1, j, 1) behind the canal, with streaks of fat and the midline."""
    rng, t = p.rng, p.tissues
    streak = 0.5 * p.fibre.on(grid, shift=(9, 9, 1)) + 0.85 * p.slow.on(grid, shift=(9, 9, 1))
    muscle = t["muscle"] * np.maximum(1 + 0.14 * p.fibre.on(grid, shift=(4, 8, 2)), 0.3)
    muscle = muscle + np.clip((streak - rng.uniform(0.6, 2.0)) * 1.6, 0, 1) * rng.uniform(0.3, 1.0) * (t["fat"] * 0.9 - muscle)
    layers.put(np.maximum(2 - layers.a, np.maximum(layers.a - depth, np.abs(layers.b) - width)), muscle, 3.0)
    middle = t["ligament"] * 1.5 + np.clip(0.4 + 0.35 * streak, 0, 1) * (t["fat"] - t["ligament"])
    layers.put(np.maximum(np.abs(layers.b) - rng.uniform(2, 4.5), np.maximum(6 - layers.a, layers.a - depth)), middle, 2.5)


def paint_chest(p: Painter, grid: Grid, behind: np.ndarray, right: np.ndarray, y: np.ndarray, course: Course) -> np.ndarray:
    """Lungs with their vessels, mediastinum with trachea, gullet, aorta and heart, the dome of the liver, ribs, sternum."""
    rng, t, level = p.rng, p.tissues, course.level_y
    front = _front(course, y)
    ahead = front - behind  # mm before the bodies
    layers = Layers(np.full(grid.size, t["muscle"], np.float32), behind, right, np.broadcast_to(_column(-y), grid.size))
    one = Texture(rng, float(rng.uniform(2.5, 5)), cells=48).on(grid)
    # lungs: dark with bright or dark vessels, from the apex to behind the liver
    apex, base = level["T2"], level["T12"]
    share = np.clip((y - apex) / (base - apex), 0, 1)
    chest = _column(55 + 75 * np.sqrt(np.clip(share * 1.5, 0, 1)))  # depth of the chest before the bodies
    wide = _column(70 + 60 * np.sqrt(np.clip(share * 1.8, 0, 1)))
    outline = (np.sqrt(((ahead - chest * 0.42) / (chest * 0.62)) ** 2 + (right / wide) ** 2) - 1) * 50
    lung_value = t["gas"] + rng.uniform(0.0, 0.12) * t["organ"] + np.clip(one - 1.4, 0, 1) * rng.uniform(0.1, 0.8) * t["slow"]
    middle = rng.uniform(16, 24) + 6 * np.exp(-(((ahead - 45) / 30) ** 2))
    beside = np.where(ahead > 4, middle, rng.uniform(19, 25))
    lung = np.maximum(outline, beside - np.abs(right))
    lung = np.maximum(lung, _column(apex - y))
    layers.put(outline - 6, t["fat"] * 0.85, 4.0)
    layers.put(lung, lung_value, 2.5)
    # gullet, trachea and main bronchi
    layers.put(np.sqrt(((ahead - 7) / 4.5) ** 2 + ((right + 4) / 8.0) ** 2) * 5 - 5, t["wall"])
    carina = level["T5"] + rng.normal(0, 8)
    apart = _column(np.clip((y - carina) * 0.9, 0, 60))
    airway = rng.uniform(7, 9.5)
    tube = np.sqrt((ahead - 19 - 0.1 * apart) ** 2 + (np.abs(right) - apart) ** 2) - airway
    tube = np.maximum(tube, _column(y - carina - 45))
    layers.put(tube - 1.8, t["wall"])
    layers.put(tube, t["gas"])
    # descending aorta on the left, its arch before T4, great veins
    radius = rng.uniform(9, 13)
    blood = t["vessel"] if rng.random() < 0.7 else t["slow"]
    drift = _column(np.clip((y - level["T6"]) / (level["T12"] - level["T6"]), 0, 1))
    aorta = np.sqrt((ahead - 4 - 3 * drift) ** 2 + (right + 24 - 16 * drift) ** 2) - radius
    aorta = np.maximum(aorta, _column(level["T4"] - y))
    arch = np.sqrt(
        (np.sqrt((ahead - 30) ** 2 + _column((y - level["T5"]) ** 2)) - 27) ** 2 + (right + 12 - 0.25 * (ahead - 30)) ** 2
    )
    arch = np.maximum(arch - radius, _column(y - level["T5"] - 20))
    for vessel in (aorta, arch):
        layers.put(vessel - 1.5, t["wall"])
        layers.put(vessel, blood * (1 + 0.15 * one))
    # heart: muscle round two pools of blood
    centre = (float(front.mean()) - rng.uniform(50, 62), -rng.uniform(5, 22), -level["T8"] + rng.normal(8, 8))
    half = np.array([rng.uniform(36, 46), rng.uniform(45, 58), rng.uniform(48, 58)])
    tilt = rng.uniform(20, 45)
    layers.put(layers.ellipsoid(centre, half, tilt, 5), t["fat"] * 0.8, 3.0)
    layers.put(layers.ellipsoid(centre, half, tilt), t["muscle"] * 1.1)
    pool = t["vessel"] if rng.random() < 0.5 else t["slow"] * rng.uniform(0.8, 1.6)
    for step in (-0.45, 0.45):
        inner = layers.ellipsoid((centre[0] + step * half[0], centre[1], centre[2] + step * 14), half * 0.42, tilt)
        layers.put(inner + 2 * one, pool)
    # liver under its dome on the right, spleen and stomach on the left
    dome = rng.uniform(-15, 15)
    for side, name in ((1.0, "organ"), (-1.0, str(rng.choice(["organ", "gas", "fluid"])))):
        top = _column(y) - (level["T10"] + dome + 0.006 * (right - 55 * side) ** 2 + 0.004 * (ahead - 45) ** 2)
        below = np.maximum(-top, np.maximum(outline + 3, (8 if side > 0 else 18) - side * right))
        layers.put(below, t[name] * (1 + 0.06 * one), 2.5)
    # chest wall: ribs as ovals in its back and front, sternum, fat and skin, air
    ring = np.abs(outline - 8)
    ribs = np.cos(2 * np.pi * (_column(y) - 0.35 * np.abs(right) - 0.25 * ahead) / rng.uniform(21, 25))
    layers.put(np.maximum(ring - 4.5, 3 - 6 * ribs), t["cortex"], 2.0)
    layers.put(np.maximum(ring - 3.2, 4 - 6 * ribs), t["marrow"], 2.0)
    sternum = np.maximum(np.abs(ahead - chest * 1.04 - 4) - 6, np.abs(right) - 17)
    layers.put(np.maximum(sternum, _column(level["T3"] - y)) - 1, t["cortex"])
    layers.put(np.maximum(sternum, _column(level["T3"] - y)), t["marrow"])
    depth = _column(p.back_mm + 3 * np.sin(y / 80 + rng.uniform(0, 6)))
    _back_muscles(p, grid, layers, depth, 60.0)
    fat, skin = p.back_fat_mm * 0.8, 2.0
    outside = np.maximum(np.maximum(outline - 18, -10.0), ahead - chest - 14)  # of the ribs and the sternum
    outside = np.where(behind > 0, np.maximum(behind - depth, np.abs(right) - 150), outside)
    for cut, value in ((0.0, t["fat"]), (fat, t["skin"]), (fat + skin, 0.0)):
        layers.put(cut - outside, value, 2.0)
    return layers.image


def paint_neck(p: Painter, grid: Grid, behind: np.ndarray, right: np.ndarray, y: np.ndarray, course: Course) -> np.ndarray:
    """Pharynx, larynx, windpipe and gullet before the spine, vessels beside them, muscles, thyroid, shoulders, skin."""
    rng, t, level = p.rng, p.tissues, course.level_y
    front = _front(course, y)
    ahead = front - behind
    fibre = 1 + 0.15 * p.fibre.on(grid) + 0.06 * p.slow.on(grid)
    layers = Layers((t["muscle"] * fibre).astype(np.float32), behind, right, np.broadcast_to(_column(-y), grid.size))
    streak = p.slow.on(grid, shift=(3, 11, 6))
    image = layers.image
    image += np.clip((streak - rng.uniform(0.0, 1.2)) * 1.5, 0, 1) * 0.9 * (t["fat"] - image)
    # fat before and beside the prevertebral muscles
    thick = _column(np.interp(y, [level["C3"], level["C5"], level["C7"]], [3.0, 6.0, 10.0])) * rng.uniform(0.8, 1.3)
    layers.put(
        np.maximum(np.abs(right) - 45, np.maximum(-ahead - 4, ahead - 38)), t["fat"] * 0.8 + t["muscle"] * 0.2 * streak, 4.0
    )
    layers.put(np.maximum(np.abs(right) - 12, np.abs(ahead - thick * 0.35) - thick * 0.45), t["muscle"] * fibre, 1.5)
    # carotid arteries, jugular veins, sternocleidomastoid, deep muscles beside the spine
    blood, vein = t["vessel"], t[str(rng.choice(["vessel", "slow"]))]
    for side in (-1.0, 1.0):
        layers.put(np.sqrt((ahead + 8) ** 2 * 0.35 + (right - side * 24) ** 2) - 9, t["muscle"] * fibre, 2.5)
        layers.put(np.sqrt(((ahead - 12) / 1.8) ** 2 + (right - side * 42) ** 2) - 9, t["muscle"] * fibre, 2.5)
        for place, radius, value in ((22, rng.uniform(3, 4), blood), (30, rng.uniform(4, 7), vein)):
            tube = np.sqrt((ahead - 9) ** 2 + (right - side * place) ** 2) - radius
            layers.put(tube - 1, t["wall"])
            layers.put(tube, value)
        lobe = np.sqrt(((ahead - 16) / 1.2) ** 2 + (right - side * 16) ** 2 + _column(((y - level["C7"]) / 2.2) ** 2)) - 9
        layers.put(lobe, t["organ"] * 1.25)
    # pharynx above C6, larynx before it, trachea below; the gullet behind the trachea
    cricoid = level["C6"] + rng.normal(0, 6)
    below = np.clip((y - cricoid) / 12, 0, 1)
    gullet = np.sqrt(((ahead - thick - 3) / 3.5) ** 2 + (right / 8.0) ** 2) * 4 - 4
    layers.put(np.maximum(gullet, _column(cricoid - y)), t["wall"])
    place = thick + 7 + _column(6 * below)
    open_mm = rng.uniform(4, 7)
    high = np.clip((level["C3"] - y) / 25, 0, 1)
    size = _column(open_mm + 3.5 * below + 1.5 * high)
    wide = _column(12 - 3.5 * below)
    air = (np.sqrt(((ahead - place) / size) ** 2 + (right / wide) ** 2) - 1) * size
    cartilage = 1 + 0.5 * np.sin(_column(y) * 2 * np.pi / 6.5) * _column(below)
    layers.put(air - 3.5, t["wall"] * 0.7 * cartilage)
    layers.put(air - 1.5, t["wall"])
    layers.put(air, t["gas"])
    # larynx: folds close the airway at C5, the epiglottis stands in it, thyroid cartilage and hyoid bone before it
    folds = level["C5"] + rng.normal(0, 5)
    layers.put(
        np.maximum(np.abs(_column(y - folds)) - 3.5, np.maximum(np.abs(right) - 10, np.abs(ahead - place - 6) - 9)), t["muscle"]
    )
    epiglottis = np.abs(ahead - place - 3 - 0.35 * _column(y - folds + 25)) - 1.3
    layers.put(np.maximum(epiglottis, np.maximum(np.abs(_column(y - folds + 22)) - 12, np.abs(right) - 9)), t["wall"])
    shield = np.abs(np.abs(right) * 0.8 + ahead - place - 20) - 2.2
    layers.put(np.maximum(shield, np.abs(_column(y - folds)) - 11), t["marrow"] * 0.8)
    hyoid = np.sqrt((ahead - place - 24 + 0.02 * right**2) ** 2 + _column((y - folds + 32) ** 2)) - 3.8
    layers.put(np.maximum(hyoid, np.abs(right) - 20) - 0.8, t["cortex"])
    layers.put(np.maximum(hyoid, np.abs(right) - 20), t["marrow"])
    # outline: a cylinder that widens to the shoulders; fat and skin, then air
    widen = np.clip((y - level["C6"]) / (level["T2"] - level["C6"]), 0, 1) ** 1.6
    fat = rng.uniform(0.3, 0.8) * p.back_fat_mm
    chin = np.clip((level["C4"] - y) / 30, 0, 1)
    front_reach = _column(rng.uniform(38, 50) + 20 * widen + 22 * chin)
    back_reach = _column(rng.uniform(52, 66) * (1 - widen) + (p.back_mm + 4) * widen)
    side_reach = _column(rng.uniform(52, 62) + 120 * widen)
    outside = np.where(
        ahead > 0,
        (np.sqrt((ahead / front_reach) ** 2 + (right / side_reach) ** 2) - 1) * np.minimum(front_reach, side_reach),
        (np.sqrt((behind / back_reach) ** 2 + (right / side_reach) ** 2) - 1) * np.minimum(back_reach, side_reach),
    ).astype(np.float32)
    _back_muscles(p, grid, layers, back_reach - 8, 45.0)
    # shoulder: collar bone, shoulder blade, head of the humerus
    for side in (-1.0, 1.0):
        for place_b, place_a, half in ((150, 5, (22, 22, 23)), (95, 22, (8, 40, 6)), (80, -45, (7, 60, 6))):
            bone = layers.ellipsoid((place_a, side * place_b, -level["T1"] - 12), half)
            layers.put(bone - 1.2, t["cortex"])
            layers.put(bone, t["marrow"] * 1.3)
    layers.put(-outside - fat, t["fat"], 2.5)
    layers.put(-outside, t["skin"], 2.0)
    layers.put(2.0 - outside, 0.0, 2.0)
    return layers.image
