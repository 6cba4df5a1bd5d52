"""Paints bone and discs: bodies with marrow, plates and cortex, the sacrum, the arches, and the discs between."""

from __future__ import annotations

import numpy as np

from ..anatomy import FIRST_VERTEBRA_LABEL, S1_LABEL, SACRUM_LABEL
from .canvas import Canvas
from .shapes import body_distance, box_distance, disc_side, ellipsoid_distance, plate_heights, rounded
from .spine import Body, Disc, Spine
from .texture import Texture
from .tissue import Tissues


class Painter:
    """What every painting step needs."""

    def __init__(self, rng: np.random.Generator, canvas: Canvas, spine: Spine, tissues: Tissues) -> None:
        self.rng, self.canvas, self.spine, self.tissues = rng, canvas, spine, tissues
        self.fine = Texture(rng, float(rng.uniform(0.7, 1.6)), cells=48)
        self.slow = Texture(rng, float(rng.uniform(3.0, 5.0)), cells=32)
        self.grain = float(rng.uniform(0.05, 0.17))
        """SD of the marrow's texture as a share of its mean"""
        self.blobs = float(rng.uniform(0.02, 0.08))


def paint_bodies(p: Painter) -> None:
    """All vertebral bodies from the sacrum upwards."""
    for n, body in enumerate(p.spine.bodies):
        _paint_body(p, body, FIRST_VERTEBRA_LABEL + n, vein=n < 8)


def paint_sacrum(p: Painter) -> None:
    """S1 … S5 with remnant discs between them, the wings, and the crest behind the canal."""
    grid = p.canvas.grid
    for side in (-1, 1):
        s1 = p.spine.sacrum[0]
        for n, half in ((0, (13.0, 20.0, 16.0)), (1, (10.0, 18.0, 16.0)), (2, (8.0, 14.0, 14.0))):
            body = p.spine.sacrum[n]
            centre = body.centre + body.frame.T @ np.array([3.0, side * (body.width / 2 + 8), -4.0])
            box = grid.box(centre, np.array(half), body.frame)
            if box is None:
                continue
            d = ellipsoid_distance(*grid.local(box, centre, body.frame), half)
            p.canvas.paint(box, p.canvas.coverage(d - 1.0), p.tissues["cortex"])
            p.canvas.paint(box, p.canvas.coverage(d), _marrow(p, box, s1.marrow))
            p.canvas.label(SACRUM_LABEL, box, p.canvas.coverage(d))
    bodies = p.spine.sacrum
    for n in range(len(bodies) - 1, -1, -1):
        gap = p.spine.remnant[n] if n < len(p.spine.remnant) else 0.0
        if gap:
            _paint_remnant(p, bodies[n], bodies[n + 1], gap, n)
    for n, body in enumerate(bodies):
        _paint_body(p, body, S1_LABEL if n == 0 else SACRUM_LABEL, vein=False)


def paint_crest(p: Painter) -> None:
    """The sacrum's roof behind the canal."""
    grid = p.canvas.grid
    for n, body in enumerate(p.spine.sacrum[:4]):
        half = (4.5 - 0.6 * n, 9.0 - n, body.height * 0.42)
        centre = body.centre + body.frame.T @ np.array([body.ap / 2 + body.sac + 6.0, 0, 0])
        box = grid.box(centre, np.array(half), body.frame)
        if box is not None:
            d = box_distance(*grid.local(box, centre, body.frame), half)
            p.canvas.paint(box, p.canvas.coverage(d - 0.8), p.tissues["cortex"])
            p.canvas.paint(box, p.canvas.coverage(d + 0.6), _marrow(p, box, body.marrow * 1.1))


def _paint_remnant(p: Painter, upper: Body, lower: Body, gap: float, n: int) -> None:
    """A remnant disc: it looks like a small disc and is labelled as background."""
    grid = p.canvas.grid
    centre = (
        upper.centre - upper.frame[2] * upper.height / 2 + lower.centre + lower.frame[2] * lower.height / 2
    ) / 2
    half = (lower.ap / 2 * 0.95, lower.width / 2 * 0.8, gap / 2)
    box = grid.box(centre, np.array(half), upper.frame)
    if box is None:
        return
    a, b, s = grid.local(box, centre, upper.frame)
    d = box_distance(a, b, s, (half[0], half[1], max(half[2], 0.8)))
    bright = p.rng.uniform(0.2, 0.6) if n == 0 else p.rng.uniform(0.1, 0.5)
    p.canvas.paint(box, p.canvas.coverage(d - 1.2), p.tissues["endplate"])
    inner = np.clip(-d / max(half[2], 0.8) * 1.5, 0, 1)
    value = p.tissues["annulus"] + (p.tissues.nucleus(bright) - p.tissues["annulus"]) * inner
    p.canvas.paint(box, p.canvas.coverage(d), value)


def _marrow(p: Painter, box: tuple, factor: float) -> np.ndarray:
    grid = p.canvas.grid
    texture = 1 + p.grain * p.fine.on(grid, box) + p.blobs * p.slow.on(grid, box)
    return p.tissues["marrow"] * factor * np.maximum(texture, 0.2)


def _paint_body(p: Painter, body: Body, label: int, vein: bool) -> None:
    grid, canvas, tissues = p.canvas.grid, p.canvas, p.tissues
    half = np.array([body.ap / 2 + 5 + body.lip, body.width / 2 + 5, body.height / 2 + 5 + max(body.top, body.bottom, 0)])
    box = grid.box(body.centre, half, body.frame)
    if box is None:
        return
    a, b, s = grid.local(box, body.centre, body.frame)
    d, top, bottom, side = body_distance(body, a, b, s)
    # cortex and ligament round the wall, the dark endplate above and below
    shell = canvas.coverage(np.maximum(side - 1.1, np.maximum(top, bottom) - p.spine.band))
    canvas.paint(box, shell, tissues["cortex"])
    ends = canvas.coverage(rounded(np.maximum(top, bottom) - p.spine.band, side - 0.3, 1.5))
    dark = tissues["endplate"]
    if tissues.band_visible < 1:
        dark = dark * tissues.band_visible + 0.5 * (tissues["marrow"] + tissues["annulus"]) * (1 - tissues.band_visible)
    canvas.paint(box, ends, dark)
    value = _marrow(p, box, body.marrow)
    for change, distance in ((body.modic_top, top), (body.modic_bottom, bottom)):
        if change is not None:
            share = np.clip((change[1] + distance + 1.5 * p.slow.on(grid, box)) / 2.5, 0, 1)
            value = value * (1 + (tissues.modic(change[0]) - 1) * share)
    if body.fresh_fracture:
        share = np.clip(0.8 + 0.3 * p.slow.on(grid, box), 0, 1)
        value = value + share * 0.6 * (tissues["edema"] - value)
    if body.lesion is not None:
        value = _paint_lesion(p, body, value, a, b, s)
    if vein:
        value = _paint_vein(p, body, value, a, b, s)
    cover = canvas.coverage(d)
    canvas.paint(box, cover, value)
    canvas.label(label, box, cover)


def _paint_lesion(
    p: Painter, body: Body, value: np.ndarray, a: np.ndarray, b: np.ndarray, s: np.ndarray
) -> np.ndarray:
    assert body.lesion is not None
    kind, place, radius = body.lesion
    distance = np.sqrt((a - place[0]) ** 2 + (b - place[1]) ** 2 + (s - place[2]) ** 2) - radius
    share = p.canvas.coverage(distance / 2)
    contrast = p.tissues.contrast
    if kind == "haemangioma":
        factor = {"T1": 1.5, "fat": 1.4, "STIR": 1.3}.get(contrast, 1.7)
    else:
        factor = {"T1": 0.5, "fat": 0.3, "STIR": 1.9, "T2fs": 1.9, "water": 1.5}.get(contrast, 0.6)
    return value * (1 + (factor - 1) * share)


def _paint_vein(p: Painter, body: Body, value: np.ndarray, a: np.ndarray, b: np.ndarray, s: np.ndarray) -> np.ndarray:
    """The basivertebral vein: a cleft that enters the back wall at mid height."""
    depth, high = p.rng.uniform(5, 14), p.rng.uniform(1.2, 3.0)
    reach = np.clip((a - (body.ap / 2 - depth)) / depth, 0, 1)
    share = reach * np.exp(-((s / high) ** 2)) * np.exp(-((b / 5) ** 2)) * p.rng.uniform(0.2, 1.0)
    bright = {"T1": p.tissues["fat"] * 0.5, "fat": p.tissues["fat"] * 0.7}.get(p.tissues.contrast, p.tissues["slow"] * 1.4)
    if p.rng.random() < 0.3:
        bright = p.tissues["vessel"]
    return value + share * (bright - value)


def paint_discs(p: Painter) -> None:
    """Every disc fills the gap between its two plates inside the dark bands."""
    for n, disc in enumerate(p.spine.discs):
        below = p.spine.bodies[n - 1] if n > 0 else p.spine.sacrum[0]
        if n < len(p.spine.bodies):
            _paint_disc(p, disc, below, p.spine.bodies[n], n + 1)


def _paint_disc(p: Painter, disc: Disc, below: Body, above: Body, label: int) -> None:
    grid, canvas, tissues = p.canvas.grid, p.canvas, p.tissues
    reach = (disc.protrusion[0] if disc.protrusion else 0.0) + max(disc.front, disc.back) + abs(disc.slip) / 2 + 3
    dents = max([node.depth for node in below.nodes_top + above.nodes_bottom], default=0.0)
    tall = disc.height / 2 + 3 + dents + disc.ap / 2 * np.tan(np.deg2rad(abs(disc.wedge) / 2))
    box = grid.box(disc.centre, np.array([disc.ap / 2 + reach, disc.width / 2 + 4, tall]), disc.frame)
    if box is None:
        return
    a, b, s = grid.local(box, disc.centre, disc.frame)
    lower = grid.local(box, below.centre, below.frame)
    upper = grid.local(box, above.centre, above.frame)
    # both positive inside the gap: heights above the lower plate and below the upper one
    over = lower[2] - plate_heights(below, lower[0], lower[1], True) - p.spine.band
    under = plate_heights(above, upper[0], upper[1], False) - upper[2] - p.spine.band
    # plates that nearly touch still leave a thin disc between them
    missing = np.maximum(min(1.4, 0.6 * disc.height) - (over + under), 0) / 2
    over, under = over + missing, under + missing
    gap = over + under
    v = (over - under) / np.maximum(gap, 0.8)
    v = np.clip(v, -1.5, 1.5)
    shear = -disc.slip / 2 * np.clip(v, -1, 1)
    side = disc_side(disc, a, b, v, shear)
    radius = float(np.clip(disc.height * 0.3, 0.4, 2.5))
    d = rounded(-np.minimum(over, under), side, radius)
    cover = canvas.coverage(d)
    _paint_ligament(p, box, side, np.minimum(over, under))
    value = _disc_brightness(p, disc, box, a - shear, b, v, side, gap)
    if disc.fused:
        bridge = np.clip(1.2 - np.abs(a / (disc.ap * 0.3)), 0, 1)
        value = value + 0.7 * bridge * (tissues["marrow"] * above.marrow - value)
    canvas.paint(box, cover, value)
    canvas.label(label, box, cover)


def _paint_ligament(p: Painter, box: tuple, side: np.ndarray, inside: np.ndarray) -> None:
    """Outermost annulus and longitudinal ligaments: a dark rim round the gap."""
    rim = p.canvas.coverage(np.maximum(side - 1.0, -inside - p.spine.band))
    dark = p.tissues["ligament"]
    if p.tissues.band_visible < 1:
        dark = dark + (1 - p.tissues.band_visible) * 0.5 * (p.tissues["annulus"] - dark)
    p.canvas.paint(box, rim, dark)


def _disc_brightness(
    p: Painter, disc: Disc, box: tuple, a: np.ndarray, b: np.ndarray, v: np.ndarray, side: np.ndarray, gap: np.ndarray
) -> np.ndarray:
    """Nucleus in the middle (a little behind it), annulus round it, and what degeneration adds."""
    rng, tissues = p.rng, p.tissues
    x, y = (a - 0.03 * disc.ap) / (disc.ap / 2), b / (disc.width / 2)
    radial = x * x + y * y
    size = rng.uniform(0.72, 0.92) if disc.grade < 3 else rng.uniform(0.6, 0.85)
    inside = radial / size**2 + v**4 * rng.uniform(0.15, 0.5)
    softness = rng.uniform(0.06, 0.16) + 0.05 * (disc.grade - 1)
    core = 1 / (1 + np.exp(np.clip((inside - 0.8) / softness, -20, 20)))
    annulus = tissues["annulus"] * (1 + 0.25 * rng.standard_normal())
    front_back = 1 + 0.2 * rng.uniform(-1, 1) * np.clip(x, -1, 1)
    bright = tissues.nucleus(disc.nucleus)
    value = annulus * front_back + (bright - annulus) * core
    grain = 0.05 + 0.03 * disc.grade
    value = value * np.maximum(1 + grain * p.slow.on(p.canvas.grid, box, (7, 3, 5)) + 0.05 * p.fine.on(p.canvas.grid, box), 0.2)
    if disc.content:
        line = np.exp(-((v * np.maximum(gap, 1) / 2 / rng.uniform(0.7, 1.5)) ** 2)) * np.clip(1.6 - inside, 0, 1)
        if disc.content == "cleft":
            value = value + line * rng.uniform(0.2, 0.6) * (annulus - value)
        else:
            value = value + line * (tissues[disc.content] - value)
    if disc.zone is not None:
        place, level = disc.zone
        spot = ((side + 2.5) / 1.5) ** 2 + ((b - place) / 3.5) ** 2 + ((v - level) / 0.45) ** 2
        value = value + np.exp(-spot) * (a > 0) * 0.9 * (tissues["fluid"] - value)
    return np.maximum(value, 0.0)


def paint_arches(p: Painter) -> None:
    """Pedicles, laminae, joints, transverse and spinous processes of every vertebra above the sacrum."""
    for n, body in enumerate(p.spine.bodies):
        lumbar = n < p.spine.ribs_above
        back = body.ap / 2
        canal = body.sac + 3.5
        drop = -0.25 if lumbar else -0.65
        tall = body.height * (0.36 if lumbar else 0.30)
        length = p.rng.uniform(11, 15) if lumbar else p.rng.uniform(10, 13)
        parts: list[tuple[tuple[float, float, float], tuple[float, float, float], float, float]] = []
        # (place, half sizes, tilt of the part, marrow share)
        middle = back + canal + 5 + length
        parts.append(((middle, 0.0, drop * body.height), (length, p.rng.uniform(2.6, 4.2), tall), 15.0 if lumbar else 40.0, 1.0))
        for side in (-1.0, 1.0):
            width = body.width * 0.30
            parts.append(((back + 4, side * width, body.height * 0.14), (7.0, 4.0, body.height * 0.24), 0.0, 0.9))
            parts.append(((back + canal + 2.0, side * 7.5, -0.18 * body.height), (3.6, 8.0, body.height * 0.33), 12.0, 0.9))
            parts.append(((back + canal * 0.75, side * (width + 3), -0.55 * body.height), (7.0, 6.0, body.height * 0.36), 0.0, 0.6))
            parts.append(((back + 8, side * (width + 18), body.height * 0.1), (4.0, 14.0, 5.0), 0.0, 0.9))
        for place, half, tilt, share in parts:
            _paint_part(p, body, np.array(place), half, tilt, share)


def _paint_part(
    p: Painter, body: Body, place: np.ndarray, half: tuple[float, float, float], tilt: float, share: float
) -> None:
    grid, canvas = p.canvas.grid, p.canvas
    t = np.deg2rad(tilt)
    turn = np.array([[np.cos(t), 0, -np.sin(t)], [0, 1, 0], [np.sin(t), 0, np.cos(t)]])
    frame = turn @ body.frame
    centre = body.centre + body.frame.T @ place
    box = grid.box(centre, np.array(half), frame)
    if box is None:
        return
    d = box_distance(*grid.local(box, centre, frame), half)
    canvas.paint(box, canvas.coverage(d - 0.4), p.tissues["cortex"])
    canvas.paint(box, canvas.coverage(d + 1.0), _marrow(p, box, body.marrow * share))
