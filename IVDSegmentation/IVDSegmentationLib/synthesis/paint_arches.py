"""Paints what stands behind and beside the bodies: arches, processes, ribs, and the sacrum's roof."""

from __future__ import annotations

import numpy as np

from ..spine.norms import DENS_MM
from .painter import Painter, marrow
from .shapes import box_distance, ellipsoid_distance
from .spine import Body

_CORTEX_MM = 1.0

Part = tuple[tuple[float, float, float], tuple[float, float, float], float, float]
"""Place of the middle and half sizes in the body's frame (back, right, up; mm), tilt (degrees), share of the marrow."""


def paint_arches(p: Painter) -> None:
    """Pedicles, laminae, joints, transverse and spinous processes of every vertebra above the sacrum, and ribs."""
    for n, body in enumerate(p.spine.bodies):
        lumbar = n < p.spine.ribs_above
        if body.name.startswith("C"):
            parts = _cervical_parts(p, body)
        else:
            parts = (_lumbar_parts if lumbar else _thoracic_parts)(p, body)
        if n in p.spine.ribs:
            parts += _rib_parts(p, body, short=lumbar)
        _paint_parts(p, body, parts)


def _lumbar_parts(p: Painter, body: Body) -> list[Part]:
    rng, high, back, canal = p.rng, body.height, body.ap / 2, body.sac + 3.5
    length, tall, thick = rng.uniform(12, 16), high * rng.uniform(0.33, 0.45), rng.uniform(3.2, 5.0)
    tilt = rng.uniform(8, 22)
    root = back + canal + 4
    parts: list[Part] = [
        ((root + length, 0.0, -0.30 * high), (length, thick, tall), tilt, 1.1),
        ((root + 1.7 * length, 0.0, -0.45 * high), (length * 0.4, thick + 1.2, tall * 1.05), tilt, 1.1),
    ]
    for side in (-1.0, 1.0):
        wide = body.width * 0.30
        parts += [
            ((back + 4, side * (wide + 2), 0.16 * high), (9.5, 5.0, 0.29 * high), 0.0, 1.0),
            ((back + canal + 2.5, side * 6.5, -0.18 * high), (3.2, 7.5, 0.36 * high), 14.0, 0.9),
            ((back + canal * 0.85, side * (wide + 2.5), -0.05 * high), (5.0, 5.5, 0.55 * high), 12.0, 0.8),
            ((back + canal * 0.85 + 4, side * (wide + 2), -0.60 * high), (4.5, 5.5, 0.36 * high), 12.0, 0.7),
            ((back + 8, side * (wide + 18), 0.10 * high), (3.5, 14.0, 5.0), 0.0, 0.9),
        ]
    return parts


def _thoracic_parts(p: Painter, body: Body) -> list[Part]:
    rng, high, back, canal = p.rng, body.height, body.ap / 2, body.sac + 3.5
    length, tilt = rng.uniform(12, 16), rng.uniform(28, 50)
    parts: list[Part] = [
        ((back + canal + 3 + 0.8 * length, 0.0, -0.55 * high), (length, rng.uniform(2.8, 4.2), high * 0.26), tilt, 1.0)
    ]
    for side in (-1.0, 1.0):
        wide = body.width * 0.33
        parts += [
            ((back + 4, side * wide, 0.18 * high), (7.0, 3.5, 0.28 * high), 0.0, 0.9),
            ((back + canal + 2.5, side * 6.0, -0.15 * high), (3.0, 7.0, 0.45 * high), 10.0, 0.9),
            ((back + canal, side * (wide + 8), 0.0), (5.0, 11.0, 5.0), 0.0, 0.8),
        ]
    return parts


def _cervical_parts(p: Painter, body: Body) -> list[Part]:
    """Articular pillars, thin laminae, transverse processes with their two roots, and a short forked spinous process: long at
    C7, thick at C2."""
    rng, high, back, canal = p.rng, body.height, body.ap / 2, body.sac + 3.0
    high = min(high, 13.0)
    length = {"C7": rng.uniform(12, 16), "C2": rng.uniform(9, 12)}.get(body.name, rng.uniform(6, 10))
    thick = rng.uniform(3.0, 4.5) if body.name == "C2" else rng.uniform(1.8, 3.0)
    down = -(body.height - high) / 2  # C2: at the level of its lower half
    parts: list[Part] = [
        ((back + canal + 2 + length, 0.0, down - 0.3 * high), (length, thick, 0.3 * high), rng.uniform(15, 35), 1.0)
    ]
    wide = body.width / 2
    for side in (-1.0, 1.0):
        parts += [
            ((back + 2, side * (wide + 1.5), down), (4.5, 2.8, 0.24 * high), 0.0, 0.9),
            ((back + 0.55 * canal, side * (wide + 6.0), down - 0.05 * high), (5.0, 4.5, 0.62 * high), 40.0, 0.9),
            ((back + canal + 0.5, side * 6.0, down - 0.2 * high), (1.8, 6.5, 0.38 * high), 20.0, 0.9),
            ((back - 5, side * (wide + 7.5), down), (2.2, 4.5, 2.2), 0.0, 0.8),
        ]
    return parts


def paint_atlas(p: Painter) -> None:
    """C1: a ring of the anterior arch before the dens, two masses beside it and the posterior arch behind the canal."""
    if not p.spine.reaches_skull:
        return
    axis, rng = p.spine.bodies[-1], p.rng
    up = axis.height / 2 + DENS_MM * 0.6
    ring = axis.sac + 9.0
    parts: list[Part] = [
        ((-9.5, 0.0, up), (3.4, 9.0, rng.uniform(4.5, 6.0)), 0.0, 1.0),
        ((4.5 + ring, 0.0, up), (3.0, 12.0, rng.uniform(3.5, 5.5)), 0.0, 0.9),
    ]
    for side in (-1.0, 1.0):
        parts += [
            ((-1.0, side * 16.0, up), (8.0, 7.0, 8.0), 0.0, 0.9),
            ((2.0, side * 30.0, up - 2), (4.0, 9.0, 4.0), 0.0, 0.8),
            ((0.6 * ring, side * 17.0, up), (9.0, 3.0, 4.0), 0.0, 0.9),
        ]
    _paint_parts(p, axis, parts, roots=False)


def _rib_parts(p: Painter, body: Body, short: bool) -> list[Part]:
    """The head of the rib at the disc above the body and the rib on its way outwards."""
    length = 9.0 if short else 20.0
    parts: list[Part] = []
    for side in (-1.0, 1.0):
        edge = side * (body.width / 2 + 3)
        parts.append(((body.ap * 0.30, edge, 0.42 * body.height), (5.0, 5.0, 5.5), 0.0, 0.9))
        outwards = edge + side * (5 + length * 0.8)
        parts.append(((body.ap * 0.30 + 7, outwards, 0.1 * body.height), (4.5, length, 4.5), 0.0, 0.8))
    return parts


def _paint_parts(p: Painter, body: Body, parts: list[Part], roots: bool = True) -> None:
    """All cortex first, then all marrow: parts that overlap are one bone."""
    insides = []
    for place, half, tilt, share in parts:
        grid, canvas = p.canvas.grid, p.canvas
        t = np.deg2rad(tilt)
        turn = np.array([[np.cos(t), 0, -np.sin(t)], [0, 1, 0], [np.sin(t), 0, np.cos(t)]])
        frame = turn @ body.frame
        centre = body.centre + body.frame.T @ np.array(place)
        box = grid.box(centre, np.array(half), frame)
        if box is None:
            continue
        a, b, s = grid.local(box, centre, frame)
        d = box_distance(a, b, s, half) + 0.8 * p.slow.on(grid, box, (3, 7, 21))
        canvas.paint(box, canvas.coverage(d), p.tissues["cortex"])
        insides.append((box, d, share))
    for side in (-1.0, 1.0) if roots else ():  # the nerve root under each pedicle
        offset = np.array([body.ap / 2 + 4.0, side * body.width * 0.33, -0.32 * body.height])
        centre = body.centre + body.frame.T @ offset
        box = p.canvas.grid.box(centre, np.full(3, 4.0), body.frame)
        if box is not None:
            a, b, s = p.canvas.grid.local(box, centre, body.frame)
            cover = p.canvas.coverage(np.sqrt(a * a + 0.3 * b * b + s * s) - 2.2)
            p.canvas.paint(box, cover, p.tissues["root"] * 0.8)
    for box, d, share in insides:
        p.canvas.paint(box, p.canvas.coverage(d + _CORTEX_MM), marrow(p, box, body.marrow * share))


def paint_foramina(p: Painter) -> None:
    """The vertebral arteries beside the cervical bodies."""
    bright = p.tissues["vessel"]
    for body in p.spine.bodies:
        if not body.name.startswith("C") or body.name == "C7":
            continue
        for side in (-1.0, 1.0):
            centre = body.centre + body.frame.T @ np.array([1.0, side * (body.width / 2 + 5.5), 0.0])
            half = np.array([2.0, 2.0, body.height * 0.8])
            box = p.canvas.grid.box(centre, half, body.frame)
            if box is not None:
                d = ellipsoid_distance(*p.canvas.grid.local(box, centre, body.frame), tuple(half))
                p.canvas.paint(box, p.canvas.coverage(d), bright)


def paint_crest(p: Painter) -> None:
    """The sacrum's roof behind the canal."""
    for n, body in enumerate(p.spine.sacrum[:4]):
        half = (4.5 - 0.6 * n, 9.0 - n, body.height * 0.42)
        _paint_parts(p, body, [((body.ap / 2 + body.sac + 6.0, 0.0, 0.0), half, 0.0, 1.1)])
