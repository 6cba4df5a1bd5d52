"""Paints vertebral bodies with marrow, plates and cortex, and the sacrum."""

from __future__ import annotations

import numpy as np

from ..anatomy import FIRST_VERTEBRA_LABEL, S1_LABEL, SACRUM_LABEL
from ..spine.norms import DENS_MM
from .painter import Painter, marrow
from .shapes import body_distance, box_distance, ellipsoid_distance, rounded
from .spine import Body


def paint_bodies(p: Painter) -> None:
    """All vertebral bodies from the sacrum upwards."""
    for n, body in enumerate(p.spine.bodies):
        _paint_body(p, body, FIRST_VERTEBRA_LABEL + n, vein=n < 8)
    paint_dens(p)


def paint_dens(p: Painter) -> None:
    """The dens on top of C2, part of that vertebra's label."""
    if not p.spine.reaches_skull:
        return
    axis, grid, canvas = p.spine.bodies[-1], p.canvas.grid, p.canvas
    radius, low = float(p.rng.uniform(4.6, 5.8)), axis.height / 2 - 4.0
    middle = axis.centre + axis.frame[2] * (low + axis.height / 2 + DENS_MM) / 2
    half = (DENS_MM + 4.0) / 2
    box = grid.box(middle, np.array([radius + 2, radius + 2, half + 2]), axis.frame)
    if box is None:
        return
    a, b, s = grid.local(box, middle + axis.frame[0] * (axis.ap / 2 - radius - 1.5), axis.frame)
    d = np.sqrt(a * a + b * b + np.maximum(np.abs(s) - (half - radius), 0) ** 2) - radius
    canvas.paint(box, canvas.coverage(d - 0.8), p.tissues["cortex"])
    canvas.paint(box, canvas.coverage(d), marrow(p, box, axis.marrow))
    canvas.label(FIRST_VERTEBRA_LABEL + len(p.spine.bodies) - 1, box, canvas.coverage(d))


def paint_hardware(p: Painter) -> None:
    """Metal is a void with a bright rim, larger than the metal itself."""
    for metal in p.spine.hardware:
        if metal.kind == "plate":
            _paint_plate(p, metal.first, metal.last)
        else:
            _paint_screws(p, metal.first, metal.last)


def _paint_plate(p: Painter, first: int, last: int) -> None:
    low, high = p.spine.bodies[max(0, first)], p.spine.bodies[last]
    for body in p.spine.bodies[max(0, first) : last + 1]:
        tall = body.height / 2 + 4.0
        _void(p, body, (-body.ap / 2 - 1.5, 0.0, 0.0), (float(p.rng.uniform(2.0, 4.0)), 8.0, tall))
        if body in (low, high) or p.rng.random() < 0.5:
            for side in (-4.0, 4.0):
                _void(p, body, (-0.15 * body.ap, side, 0.0), (0.35 * body.ap, 2.2, 2.2))


def _paint_screws(p: Painter, first: int, last: int) -> None:
    for body in p.spine.bodies[first : last + 1]:
        for side in (-1.0, 1.0):
            reach = side * body.width * 0.32
            _void(p, body, (0.25 * body.ap, reach * 0.8, 0.15 * body.height), (0.55 * body.ap, 3.5, 3.5))
            _void(p, body, (0.95 * body.ap + 8, reach, 0.1 * body.height), (5.0, 5.0, body.height * 0.75))


def _void(p: Painter, body: Body, place: tuple[float, float, float], half: tuple[float, float, float]) -> None:
    grid, canvas = p.canvas.grid, p.canvas
    centre = body.centre + body.frame.T @ np.array(place)
    box = grid.box(centre, np.array(half), body.frame, margin=6.0)
    if box is None:
        return
    d = box_distance(*grid.local(box, centre, body.frame), half) + 0.7 * p.slow.on(grid, box, (2, 5, 3))
    view = canvas.image[box]
    view *= 1 + 0.5 * np.exp(-(((d - 2.0) / 1.5) ** 2)).astype(np.float32)
    canvas.paint(box, canvas.coverage(d - 0.8), 0.02)


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
            p.canvas.paint(box, p.canvas.coverage(d), marrow(p, box, s1.marrow))
            p.canvas.label(SACRUM_LABEL, box, p.canvas.coverage(d))
    bodies = p.spine.sacrum
    for n in range(len(bodies) - 1, -1, -1):
        gap = p.spine.remnant[n] if n < len(p.spine.remnant) else 0.0
        if gap:
            _paint_remnant(p, bodies[n], bodies[n + 1], gap, n)
    for n, body in enumerate(bodies):
        _paint_body(p, body, S1_LABEL if n == 0 else SACRUM_LABEL, vein=False)


def _paint_remnant(p: Painter, upper: Body, lower: Body, gap: float, n: int) -> None:
    """A remnant disc: it looks like a small disc and is labelled as background."""
    grid = p.canvas.grid
    centre = (upper.centre - upper.frame[2] * upper.height / 2 + lower.centre + lower.frame[2] * lower.height / 2) / 2
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


def _paint_body(p: Painter, body: Body, label: int, vein: bool) -> None:
    grid, canvas, tissues = p.canvas.grid, p.canvas, p.tissues
    half = np.array([body.ap / 2 + 5 + body.lip, body.width / 2 + 5, body.height / 2 + 5 + max(body.top, body.bottom, 0)])
    box = grid.box(body.centre, half, body.frame)
    if box is None:
        return
    a, b, s = grid.local(box, body.centre, body.frame)
    d, top, bottom, side = body_distance(body, a, b, s)
    band = p.spine.band * body.band
    # cortex and ligament round the wall, the dark endplate above and below
    shell = canvas.coverage(np.maximum(side - 1.1 * min(1.0, body.band + 0.2), np.maximum(top, bottom) - band))
    canvas.paint(box, shell, tissues["cortex"])
    ends = canvas.coverage(rounded(np.maximum(top, bottom) - band, side - 0.3, 1.5))
    canvas.paint(box, ends, tissues.plate())
    value = marrow(p, box, body.marrow)
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
    moved = d
    if p.chemical_shift and label >= S1_LABEL:  # one endplate looks thicker, the other thinner
        ends = np.maximum(top - p.chemical_shift, bottom + p.chemical_shift)
        moved = rounded(ends, side, min(2.2, body.height / 5))
    canvas.paint(box, canvas.coverage(moved), value)
    canvas.label(label, box, canvas.coverage(d))


def _paint_lesion(p: Painter, body: Body, value: np.ndarray, a: np.ndarray, b: np.ndarray, s: np.ndarray) -> np.ndarray:
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
