"""What volumes without a spine show: each function paints one kind on a grid, float32 (k, j, i)."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ..spine.norms import WHOLE_LEVELS
from .canvas import Canvas
from .course import course_of
from .grid import Grid
from .layers import Layers
from .paint_head import paint_head
from .painter import Painter
from .person import draw_spine
from .settings import PhantomSettings
from .surroundings import paint_surroundings
from .texture import Texture
from .tissue import Tissues


def shading(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    coarse = rng.normal(0, rng.uniform(0.05, 0.4), (3, 3, 3))
    return np.exp(enlarged(coarse, shape))


def enlarged(field: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A small field stretched over ``shape``, linear between its points, float32."""
    result = field.astype(np.float32)
    for axis, n in enumerate(shape):
        at = np.linspace(0, result.shape[axis] - 1, n)
        low = np.minimum(at.astype(int), result.shape[axis] - 2)
        share = (at - low).astype(np.float32).reshape([-1 if a == axis else 1 for a in range(3)])
        result = np.take(result, low, axis) * (1 - share) + np.take(result, low + 1, axis) * share
    return result


def coordinates(rng: np.random.Generator, grid: Grid, turn_deg: float, bend_mm: float) -> tuple[np.ndarray, ...]:
    """(a back, b right, s up) in mm, turned by chance and bent a little."""
    z, y, x = (grid.axis(n) for n in range(3))
    points = [
        np.broadcast_to(x[None, None, :], grid.size),
        np.broadcast_to(z[:, None, None], grid.size),
        np.broadcast_to(-y[None, :, None], grid.size),
    ]
    first, second, third = np.deg2rad(rng.normal(0, turn_deg, 3))
    turn = np.eye(3)
    for angle, (m, n) in ((first, (0, 1)), (second, (0, 2)), (third, (1, 2))):
        step = np.eye(3)
        step[m, m] = step[n, n] = np.cos(angle)
        step[m, n], step[n, m] = -np.sin(angle), np.sin(angle)
        turn = step @ turn
    bent = [p + enlarged(rng.normal(0, bend_mm, (4, 4, 4)), grid.size) for p in points] if bend_mm else points
    rows = turn.astype(np.float32)
    return tuple(row[0] * bent[0] + row[1] * bent[1] + row[2] * bent[2] for row in rows)


def random_shapes(rng: np.random.Generator, grid: Grid, t: Tissues) -> np.ndarray:
    """Cells of smooth noise, then solids, shells, tubes and layers over them, each with its own brightness."""
    cells = int(rng.integers(2, 9))
    fields = np.stack([enlarged(rng.normal(0, 1, rng.integers(3, 9, 3)), grid.size) for _ in range(cells)])
    values = rng.uniform(0, 1, cells + 1)
    image = values[np.argmax(fields, axis=0)].astype(np.float32)
    a, b, s = coordinates(rng, grid, 60, rng.uniform(2, 12))
    reach = np.array([float(np.abs(c).max()) for c in (a, b, s)])
    for _ in range(int(rng.integers(5, 30))):
        centre = rng.uniform(-1, 1, 3) * reach
        half = np.exp(rng.uniform(np.log(3), np.log(60), 3))
        form = str(rng.choice(["ellipsoid", "box", "tube", "layer", "shell"], p=[0.35, 0.2, 0.2, 0.1, 0.15]))
        p, q, r = (np.abs(c - np.float32(m)) for c, m in zip((a, b, s), centre))
        p, q, r = ((p, q, r), (q, r, p), (r, p, q))[int(rng.integers(3))]
        if form == "box":
            d = np.maximum(np.maximum(p - half[0], q - half[1]), r - half[2])
        elif form == "tube":
            d = np.sqrt(p * p + q * q) - min(half[0], 15)
        elif form == "layer":
            d = p - min(half[0], 12)
        else:
            d = (np.sqrt((p / half[0]) ** 2 + (q / half[1]) ** 2 + (r / half[2]) ** 2) - 1) * half.min()
            if form == "shell":
                d = np.abs(d) - rng.uniform(0.7, 4)
        cover = np.clip(0.5 - d / 1.5, 0, 1)
        image += cover * (np.float32(rng.uniform(0, 1)) - image)
    image *= np.maximum(1 + rng.uniform(0.02, 0.25) * Texture(rng, float(rng.uniform(1, 6)), 48).on(grid), 0)
    if rng.random() < 0.5:  # a body in air
        outline = np.sqrt((a / reach[0]) ** 2 + (b / reach[1]) ** 2 + 0.5 * (s / reach[2]) ** 2) - rng.uniform(0.5, 1.0)
        image *= np.clip(0.5 - outline * 30, 0, 1)
    return image


def head_alone(rng: np.random.Generator, grid: Grid, t: Tissues) -> np.ndarray:
    """A head, seen down to the skull base; turned by chance."""
    painter = Painter(rng, Canvas(Grid((4, 4, 4), grid.step, grid.origin)), None, t)  # type: ignore[arg-type]
    # the tip of the dens lies below the view, or just at its lower edge
    low = grid.origin[1] + grid.step[1] * (grid.size[1] - 1)
    tip = np.array([rng.normal(18, 12), low + rng.uniform(2, 45), rng.normal(0, 12)])
    return paint_head(painter, grid, np.zeros(grid.size, np.float32), tip)


def joint(rng: np.random.Generator, grid: Grid, t: Tissues) -> np.ndarray:
    """Knee, hip, shoulder, ankle: long bones with cartilage between their ends, fluid, menisci, muscles, fat and skin."""
    a, b, s = coordinates(rng, grid, rng.choice([8.0, 25.0, 60.0]), rng.uniform(0, 4))
    layers = Layers(np.zeros(grid.size, np.float32), a, b, s)
    fibre = np.maximum(1 + 0.15 * Texture(rng, 1.3, 48, 5.0).on(grid), 0.2)
    grain = np.maximum(1 + rng.uniform(0.05, 0.2) * Texture(rng, float(rng.uniform(0.7, 2.0)), 48).on(grid), 0.2)
    slow = Texture(rng, float(rng.uniform(3, 6)), 32).on(grid)
    limb = np.array([rng.uniform(45, 75), rng.uniform(45, 75)])
    outline = (np.sqrt((a / limb[0]) ** 2 + (b / limb[1]) ** 2) - 1) * limb.min()
    layers.put(outline - 2.0, t["skin"])
    layers.put(outline, t["fat"] * (1 - 0.2 * np.exp(-((slow / 0.15) ** 2))))
    flesh = outline + rng.uniform(4, 22) + 4 * slow
    layers.put(flesh, np.clip(t["muscle"] * fibre + np.clip(slow - rng.uniform(0.3, 1.5), 0, 1) * t["fat"], 0, 2), 3.0)
    gap, tilt = rng.uniform(2.5, 9), rng.normal(0, 0.15)
    bend = 0.15 * rng.normal(0, 1)
    kind = str(rng.choice(["condyles", "ball", "flat"], p=[0.5, 0.3, 0.2]))
    wide, deep = rng.uniform(26, 44), rng.uniform(20, 32)
    level = s + np.float32(tilt) * a + np.float32(bend) * b
    bulge = {"condyles": 6 * np.cos(np.pi * b / (wide * 0.9)) - 6, "ball": -(a * a + b * b) / (2.2 * deep), "flat": 0 * a}[kind]
    bulge = np.maximum(bulge, -25)
    shaft = rng.uniform(11, 17)
    capsule = np.maximum(np.sqrt((a / (deep + 9)) ** 2 + (b / (wide + 7)) ** 2) * deep - deep - 4, np.abs(level + 5) - 32)
    layers.put(capsule, t["fat"] * 0.8 + t["ligament"] * 0.2, 3.0)
    layers.put(np.maximum(capsule + 4, np.abs(level) - gap - 6), t[str(rng.choice(["fluid", "wall"]))], 2.0)
    ends = []
    for side in (1.0, -1.0):
        away = side * level - gap / 2 - (bulge if side > 0 else -bulge * rng.uniform(0.3, 1.0)) * side
        flare = np.clip(1 - away / rng.uniform(28, 60), 0, 1) ** 1.5
        q = np.sqrt((a / (shaft + (deep - shaft) * flare)) ** 2 + (b / (shaft + (wide - shaft) * flare)) ** 2)
        ends.append(np.maximum(-away, (q - 1) * shaft))
    marrow = t["marrow"] * rng.uniform(0.7, 1.5)
    cartilage = t[str(rng.choice(["nucleus", "annulus", "fluid", "organ"]))]
    for end in ends:
        layers.put(end - rng.uniform(1.5, 3.2), cartilage)
        layers.put(end - 0.6, t["cortex"])
        layers.put(end + rng.uniform(0.6, 1.6), marrow * grain * (1 + 0.1 * slow))
    if kind != "ball" and rng.random() < 0.8:  # menisci: dark wedges at the rim of the gap
        ring = np.sqrt((a / deep) ** 2 + (b / wide) ** 2)
        wedge = np.maximum(np.abs(level - bulge / 2) - gap * np.clip((ring - 0.55) * 1.4, 0, 1), 0.55 - ring)
        layers.put(np.maximum(wedge, ring - 1.05), t["ligament"])
    growth = rng.random() < 0.2
    for n in range(int(rng.integers(0, 3))):  # patella, fibula, other bones beside them
        centre = (
            (-deep - 9, rng.normal(0, 6), rng.uniform(5, 25))
            if n == 0
            else (rng.uniform(5, 25), wide * rng.choice([-1, 1]), -rng.uniform(20, 60))
        )
        half = (rng.uniform(7, 11), rng.uniform(10, 22), rng.uniform(12, 25))
        bone = layers.ellipsoid(centre, half)
        layers.put(bone - 1.2, t["cortex"])
        layers.put(bone, marrow * grain)
    if growth:
        layers.put(np.maximum(np.abs(np.abs(level) - 22) - 1.2, ends[0]), t["cortex"])
    for _ in range(int(rng.integers(1, 5))):  # vessels and tendons along the limb
        place = rng.uniform(-0.8, 0.8, 2) * limb
        tube = np.sqrt((a - place[0]) ** 2 + (b - place[1]) ** 2) - rng.uniform(2, 5)
        layers.put(np.maximum(tube, outline + 5), t[str(rng.choice(["vessel", "slow", "ligament"]))])
    return layers.image


def breast(rng: np.random.Generator, grid: Grid, t: Tissues) -> np.ndarray:
    """Two domes of fat and gland before the muscles of the chest."""
    a, b, s = coordinates(rng, grid, 6, 3)
    layers = Layers(np.zeros(grid.size, np.float32), a, b, s)
    gland = Texture(rng, float(rng.uniform(2, 5)), 48).on(grid) + Texture(rng, 9.0, 32).on(grid)
    body = np.maximum(20 - a, np.abs(b) - 170)
    domes = [layers.ellipsoid((10, side * 75, 0), (rng.uniform(50, 95), 65, 70)) for side in (-1, 1)]
    whole = np.minimum(np.minimum(*domes), body)
    value = t["fat"] + np.clip(gland - rng.uniform(-0.5, 1.5), 0, 1) * (t["organ"] * 1.2 - t["fat"])
    layers.put(whole - 2, t["skin"])
    layers.put(whole, value)
    layers.put(32 - a, t["muscle"])
    layers.put(45 - a, t["gas"] if rng.random() < 0.7 else t["organ"])
    return layers.image


def beside_the_spine(rng: np.random.Generator, grid: Grid, t: Tissues) -> np.ndarray:
    """The body at any height, without the spine: its surroundings alone."""
    settings = PhantomSettings(region="whole")
    spine = draw_spine(rng, settings, WHOLE_LEVELS)
    course = course_of(spine)
    y_middle = float(rng.uniform(course.level_y["C4"], course.level_y["S1"]))
    x_middle = float(course.at(course.x, np.array([y_middle]))[0]) - rng.uniform(-20, 60)
    z_middle = float(rng.choice([-1, 1]) * rng.uniform(0, 90))
    origin = (grid.origin[0] + z_middle, grid.origin[1] + y_middle, grid.origin[2] + x_middle)
    canvas = Canvas(Grid(grid.size, grid.step, origin))
    painter = Painter(rng, canvas, spine, t)
    paint_surroundings(painter, course)
    return canvas.image


def physics_phantom(rng: np.random.Generator, grid: Grid, t: Tissues) -> np.ndarray:
    """A physicist's phantom: a bottle with rods, plates, spheres or a grid in it."""
    a, b, s = coordinates(rng, grid, 12 if rng.random() < 0.8 else 60, 0)
    layers = Layers(np.zeros(grid.size, np.float32), a, b, s)
    reach = [float(np.abs(c).max()) for c in (a, b, s)]
    radius, tall = rng.uniform(0.5, 0.95) * min(reach), rng.uniform(0.5, 1.1) * reach[2]
    if rng.random() < 0.6:
        first, second, third = (a, b, s) if rng.random() < 0.5 else (b, s, a)
        bottle = np.maximum(np.sqrt(first**2 + second**2) - radius, np.abs(third) - tall)
    elif rng.random() < 0.5:
        bottle = np.sqrt(a**2 + b**2 + s**2) - radius
    else:
        bottle = np.maximum(np.maximum(np.abs(a) - radius, np.abs(b) - radius), np.abs(s) - tall)
    layers.put(bottle - rng.uniform(0, 4), rng.uniform(0, 0.3))
    layers.put(bottle, rng.uniform(0.3, 1.0))
    pitch, wall = rng.uniform(8, 45), rng.uniform(0.8, 9)
    along = (a, b, s)
    for axis in rng.permutation(3)[: int(rng.integers(0, 4))]:
        plates = wall / 2 - np.abs(np.mod(along[axis], pitch) - pitch / 2)
        inset = np.maximum(-plates, bottle + rng.uniform(2, 20))
        layers.put(inset, rng.uniform(0, 1.0))
    for _ in range(int(rng.integers(0, 14))):
        centre, size = rng.uniform(-0.8, 0.8, 3) * reach, rng.uniform(2, 22)
        sphere = np.sqrt(sum((c - np.float32(m)) ** 2 for c, m in zip(along[: int(rng.integers(2, 4))], centre))) - size
        layers.put(np.maximum(sphere, bottle + 2), rng.uniform(0, 1.0))
    return layers.image


def noise(rng: np.random.Generator, grid: Grid, t: Tissues) -> np.ndarray:
    """Noise, white or smooth, or a gradient."""
    noise = rng.standard_normal(grid.size, dtype=np.float32)
    sigma = rng.uniform(0, 8) / np.array(grid.step)
    if rng.random() < 0.7:
        noise = ndimage.gaussian_filter(noise, np.minimum(sigma, 8))
        noise /= noise.std() + 1e-6
    return np.abs(rng.uniform(0, 1) + rng.uniform(0.02, 0.5) * noise + 0.5 * enlarged(rng.normal(0, 1, (2, 2, 2)), grid.size))


def nothing_but_air(rng: np.random.Generator, grid: Grid, t: Tissues) -> np.ndarray:
    """Nothing but the noise of the receiver; seldom something bright in a corner."""
    image = np.abs(rng.standard_normal(grid.size, dtype=np.float32)) * 0.02
    if rng.random() < 0.4:
        a, b, s = coordinates(rng, grid, 60, 0)
        image += np.clip(0.5 - (np.float32(rng.uniform(0.3, 0.9)) * float(a.max()) - a) / 4, 0, 1) * rng.uniform(0.2, 1)
    return image
