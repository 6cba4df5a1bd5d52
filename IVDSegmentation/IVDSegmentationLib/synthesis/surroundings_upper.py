"""What surrounds the thoracic and the cervical spine: chest, neck and head.

Each function paints rows of a coarse grid. ``behind`` and ``right``: millimetres behind the middle of the dural sac and to
its right (to the left they are negative), ``y``: height (mm, inferior) of each row. Sizes are those of adults, rounded.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .course import Course
from .grid import Grid
from .painter import Painter
from .texture import Texture


class Layers:
    """A volume that shapes are laid over, one upon the other. Coordinates (a, b, s) in mm: to the back, to the right, up."""

    def __init__(self, image: np.ndarray, a: np.ndarray, b: np.ndarray, s: np.ndarray) -> None:
        self.image, self.a, self.b, self.s = image, a, b, s

    def put(self, distance: np.ndarray, value: np.ndarray | float, soft: float = 1.8) -> None:
        """Lays ``value`` over the inside of a surface (signed distance in mm, negative inside)."""
        self.image += np.clip(0.5 - distance / np.float32(soft), 0, 1) * (value - self.image)

    def ellipsoid(
        self, centre: Sequence[float], half: Sequence[float], turn: float = 0.0, grow: float = 0.0
    ) -> np.ndarray:
        """Distance to an ellipsoid whose long axes are turned by ``turn`` degrees in the sagittal plane (+ is front down)."""
        t = np.deg2rad(turn)
        a, s = self.a - np.float32(centre[0]), self.s - np.float32(centre[2])
        c, n = np.float32(np.cos(t)), np.float32(np.sin(t))
        q = np.sqrt(
            ((c * a + n * s) / np.float32(half[0] + grow)) ** 2
            + ((self.b - np.float32(centre[1])) / np.float32(half[1] + grow)) ** 2
            + ((c * s - n * a) / np.float32(half[2] + grow)) ** 2
        )
        return (q - 1) * np.float32(min(half) + grow)


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


def paint_chest(
    p: Painter, grid: Grid, behind: np.ndarray, right: np.ndarray, y: np.ndarray, course: Course
) -> np.ndarray:
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
    arch = np.sqrt((np.sqrt((ahead - 30) ** 2 + _column((y - level["T5"]) ** 2)) - 27) ** 2 + (right + 12 - 0.25 * (ahead - 30)) ** 2)
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


def paint_neck(
    p: Painter, grid: Grid, behind: np.ndarray, right: np.ndarray, y: np.ndarray, course: Course
) -> np.ndarray:
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
    layers.put(np.maximum(np.abs(right) - 45, np.maximum(-ahead - 4, ahead - 38)), t["fat"] * 0.8 + t["muscle"] * 0.2 * streak, 4.0)
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
    layers.put(np.maximum(np.abs(_column(y - folds)) - 3.5, np.maximum(np.abs(right) - 10, np.abs(ahead - place - 6) - 9)), t["muscle"])
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


def paint_head(p: Painter, grid: Grid, image: np.ndarray, tip: np.ndarray) -> np.ndarray:
    """Skull with brain, cerebellum and brain stem, clivus, sinuses, nose, palate, tongue and lower jaw, laid over ``image``.
    ``tip`` (x, y, z) of the dens."""
    rng, t = p.rng, p.tissues
    z, y, x = (grid.axis(n) - np.float32(tip[2 - n]) for n in range(3))
    pitch = np.deg2rad(rng.normal(0, 7))
    c, n = np.float32(np.cos(pitch)), np.float32(np.sin(pitch))
    dx, up = x[None, None, :], -y[None, :, None]
    a = np.broadcast_to(c * dx - n * up, grid.size)
    s = np.broadcast_to(c * up + n * dx, grid.size)
    b = np.broadcast_to(z[:, None, None], grid.size)
    layers = Layers(image.copy(), a, b, s)
    size = float(np.exp(rng.normal(0, 0.05)))
    fine = Texture(rng, float(rng.uniform(2.0, 3.2)), cells=64).on(grid)
    coarse = Texture(rng, float(rng.uniform(4.5, 7.0)), cells=48).on(grid)
    bright_csf, grey = t["csf"], t["cord"] * rng.uniform(0.9, 1.5)
    white = grey * (rng.uniform(0.6, 0.9) if p.tissues.contrast != "T1" else rng.uniform(1.1, 1.5))

    brain_c, brain_h = (2.0, 0.0, 78.0 * size), np.array([84.0, 66.0, 62.0]) * size
    skull = layers.ellipsoid(brain_c, brain_h)
    fossa = layers.ellipsoid((24 * size, 0, 30 * size), np.array([44.0, 54.0, 33.0]) * size)
    inside = np.minimum(skull, fossa)
    bone, scalp = rng.uniform(5, 9), rng.uniform(3, 7)
    # face: a block of soft tissue before the skull base
    face = layers.ellipsoid((-62 * size, 0, 18 * size), np.array([52.0, 62.0, 66.0]) * size)
    jaw = layers.ellipsoid((-60 * size, 0, -28 * size), np.array([46.0, 48.0, 34.0]) * size)
    head = np.minimum(np.minimum(inside - bone - scalp, face), jaw)
    layers.put(head - 2.0, t["skin"])
    layers.put(head, t["fat"] * 0.9, 2.5)
    layers.put(np.minimum(face, jaw) + 6, t["muscle"] * (1 + 0.25 * coarse), 6.0)
    # bone: two dark tables round marrow
    layers.put(inside - bone, t["cortex"])
    layers.put(np.abs(inside - bone / 2) - max(0.8, bone / 2 - 2.2), t["marrow"] * (1 + 0.15 * fine))
    # brain with grey rim, white core, sulci and ventricles
    layers.put(inside, bright_csf)
    tissue = grey + np.clip((-skull - 6 + 4 * coarse) / 4, 0, 1) * (white - grey)
    sulci = np.exp(-((fine / 0.28) ** 2)) * np.clip((skull + 22) / 12, 0, 1)
    layers.put(np.maximum(skull + 3, 34 - s + 0.25 * a), tissue + rng.uniform(0.5, 1.0) * sulci * (bright_csf - tissue), 2.0)
    for side in (-1.0, 1.0):
        ventricle = layers.ellipsoid((0, side * 11, 82 * size), (30, 6, 11), -10)
        layers.put(ventricle, bright_csf)
    layers.put(np.maximum(np.abs(b) - 1.0, np.maximum(skull + 4, 95 - s)), bright_csf * 0.9)
    layers.put(layers.ellipsoid((0, 0, 74 * size), (28, 14, 3.5), -8), white)  # corpus callosum
    # cerebellum with its folds, brain stem from the foramen magnum to the midbrain
    cerebellum = layers.ellipsoid((36 * size, 0, 22 * size), np.array([26.0, 46.0, 20.0]) * size)
    folds = np.exp(-((np.sin((s + 0.6 * (a - 36)) * 1.1 + 1.5 * coarse) / 0.5) ** 2)) * np.clip((cerebellum + 12) / 6, 0, 1)
    layers.put(np.maximum(cerebellum, -fossa - 100), grey + 0.6 * folds * (bright_csf - grey))
    fourth = layers.ellipsoid((15 * size, 0, 26 * size), (4, 7, 9))
    layers.put(fourth, bright_csf)
    stem = np.sqrt((a - 6 * size - 0.4 * np.clip(20 - s, 0, 40)) ** 2 + (b * 0.75) ** 2) - 5.5 - 0.08 * np.clip(s, 0, 30)
    layers.put(np.maximum(stem, np.maximum(s - 62, -s - 2)), white * 0.5 + grey * 0.5)
    layers.put(layers.ellipsoid((-2 * size, 0, 33 * size), (12, 16, 13)), white * 0.6 + grey * 0.4)
    # clivus with marrow up to the sella, sinus before it; occipital bone behind the foramen
    t0 = np.clip((s - 6) / (40 * size), 0, 1)
    clivus = np.maximum(np.abs(a + 9 + 16 * t0) - 4.5 - 5 * t0, np.maximum(np.abs(b) - 14, np.abs(s - 6 - 20 * size) - 19 * size))
    layers.put(clivus - 1.2, t["cortex"])
    layers.put(clivus, t["marrow"] * (1 + 0.1 * fine))
    for centre, half in (((-42, 0, 42), (13, 15, 11)), ((-95, 12, 72), (7, 12, 10)), ((-68, 32, 22), (17, 12, 16)), ((-68, -32, 22), (17, 12, 16))):
        sinus = layers.ellipsoid(np.array(centre) * size, half)
        layers.put(sinus - 1.5, t["wall"])
        layers.put(sinus, t["gas"] if rng.random() < 0.85 else t["fluid"])
    for side in (-1.0, 1.0):  # eyes in their fat
        layers.put(layers.ellipsoid((-78 * size, side * 31, 46 * size), (22, 17, 17)), t["fat"])
        layers.put(layers.ellipsoid((-88 * size, side * 31, 46 * size), (12, 12, 12)), t["fluid"])
        layers.put(layers.ellipsoid((4.0, side * 20, 2.0), (10, 6, 5)), t["marrow"])  # condyles
    # nose: air between curled walls; the pharynx behind it down to the neck
    nose = layers.ellipsoid((-72 * size, 0, 20 * size), (32, 13, 20))
    curl = np.clip(1.3 - np.abs(fine) / 0.6, 0, 1)
    layers.put(nose, t["gas"] + curl * (t["wall"] * 1.2 - t["gas"]))
    tube = np.sqrt(((a + 27 + 0.12 * s) / 6.5) ** 2 + (b / 13) ** 2) * 6.5 - 6.5
    tube = np.maximum(tube, np.abs(s + 3) - 34)
    layers.put(tube - 2.5, t["wall"] * 1.1)
    layers.put(tube, t["gas"])
    # hard and soft palate, teeth, tongue, lower jaw
    palate = np.maximum(np.abs(s + 2 * size) - 2.2, np.maximum(np.abs(a + 74 * size) - 26, np.abs(b) - 22))
    layers.put(palate - 1.5, t["wall"])
    layers.put(palate, t["marrow"] * 0.7)
    layers.put(layers.ellipsoid((-40 * size, 0, -8), (15, 14, 4.0), -40), t["muscle"] * 1.1)
    tongue = layers.ellipsoid((-64 * size, 0, -26 * size), (33, 23, 21), -8)
    layers.put(tongue - 1.5, t["wall"])
    layers.put(tongue, t["muscle"] * (1.25 + 0.25 * coarse) + 0.12 * t["fat"])
    arc = -100 * size + (b / 40) ** 2 * 55
    body = np.maximum(np.abs(a - arc) - 5.5, np.maximum(np.abs(s + 46 * size) - 13, np.abs(b) - 46))
    ramus = np.maximum(np.abs(np.abs(b) - 45) - 5, np.maximum(np.abs(a + 38) - 16, np.abs(s + 16) - 36))
    for mandible in (body, ramus):
        layers.put(mandible - 1.8, t["cortex"])
        layers.put(mandible, t["marrow"] * 1.1)
    for place in (-11, 3):
        teeth = np.maximum(np.abs(a - arc - 2) - 4, np.maximum(np.abs(s - place * size) - 5.5, np.abs(b) - 30))
        layers.put(teeth, t["cortex"])
    return layers.image
