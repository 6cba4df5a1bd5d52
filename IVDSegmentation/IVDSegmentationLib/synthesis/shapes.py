"""Signed distances (mm, negative inside) of bodies, discs and simple solids in their own frames.

Coordinates of a frame: a to the back, b to the right, s up the spine, all from the structure's centre.
"""

from __future__ import annotations

import numpy as np

from .spine import Body, DiscPlan


def footprint_distance(
    a: np.ndarray, b: np.ndarray, half_ap: np.ndarray | float, half_width: np.ndarray | float, mix: float, dent: float
) -> np.ndarray:
    """Distance to a vertebral outline seen from above: an ellipse in front, squarer behind, a dent in the back middle.

    ``mix``: squareness of the back, 0 ellipse … 1.
    """
    x, y = a / half_ap, b / half_width
    x2, y2 = x * x, y * y
    ellipse = np.sqrt(x2 + y2)
    square = np.sqrt(np.sqrt(x2 * x2 + y2 * y2))
    q = np.where(a > 0, mix * square + (1 - mix) * ellipse, ellipse)
    reach = np.sqrt(a * a + b * b)
    distance = np.where(q > 0.05, reach * (1 - 1 / np.maximum(q, 0.05)), -np.minimum(half_ap, half_width))
    if dent > 0.05:
        distance = distance + dent * np.exp(-(b * b) / 64) * np.clip(x, 0, 1) ** 2
    return distance


def rounded(one: np.ndarray, other: np.ndarray, radius: float) -> np.ndarray:
    """Intersection of two regions whose common edge is rounded with ``radius`` mm."""
    p, q = np.maximum(one + radius, 0), np.maximum(other + radius, 0)
    return np.where((p > 0) & (q > 0), np.sqrt(p * p + q * q) - radius, np.maximum(one, other))


def plate_heights(body: Body, a: np.ndarray, b: np.ndarray, upper: bool) -> np.ndarray:
    """Height s (mm) of a body's upper or lower marrow surface over the points (a, b)."""
    x, y = a / (body.ap / 2), b / (body.width / 2)
    depth = body.top if upper else body.bottom
    # deepest a little behind the middle; the last term takes out the slope that this gives
    rim = np.minimum(((x - 0.1) ** 2 + y * y) / 0.75, 1.0) + 0.26 * np.clip(x, -1.1, 1.1)
    # wedge: + is taller in front (a < 0); beyond the body the plane goes on only a little
    a_near = np.clip(a, -0.65 * body.ap, 0.65 * body.ap)
    height = body.height / 2 - a_near * np.tan(np.deg2rad(body.wedge / 2)) + depth * rim
    w = body.wobble[0 if upper else 1]
    height = height + w[0] * np.sin(2.1 * x + 9 * w[1]) + w[2] * np.cos(3.7 * x + 9 * w[3] + 2 * y) + w[4] * np.sin(4 * y)
    if upper and body.uncus:
        height = height + body.uncus * np.clip((np.abs(y) - 0.62) / 0.38, 0, 1.2)
    for node in body.nodes_top if upper else body.nodes_bottom:
        r2 = ((a - node.a) ** 2 + (b - node.b) ** 2) / node.radius**2
        height = height - node.depth * np.exp(-r2 * r2)
    return height if upper else -height


def body_side(body: Body, a: np.ndarray, b: np.ndarray, s: np.ndarray) -> np.ndarray:
    """Distance to a body's side wall with its waist and, where there are any, its lips."""
    v = np.minimum((s / (body.height / 2)) ** 2, 1.2)
    scale = 1 - body.waist * np.maximum(1 - v, 0)
    if body.taper:
        scale = scale * (1 + body.taper * np.clip(s / (body.height / 2), -1.2, 1.2))
    distance = footprint_distance(a, b, body.ap / 2 * scale, body.width / 2 * scale, 0.75, 0.8)
    if body.lip > 0:
        distance = distance - body.lip * np.clip(v - 0.55, 0, 0.5) * 2 * (a < body.ap * 0.2)
    return distance


def body_distance(
    body: Body, a: np.ndarray, b: np.ndarray, s: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Distance to the marrow's surface, and separately to the upper plate, the lower plate and the side wall."""
    top = s - plate_heights(body, a, b, True)
    bottom = plate_heights(body, a, b, False) - s
    side = body_side(body, a, b, s)
    return rounded(np.maximum(top, bottom), side, min(2.2, body.height / 5)), top, bottom, side


def disc_side(disc: DiscPlan, a: np.ndarray, b: np.ndarray, v: np.ndarray, shear: np.ndarray | float) -> np.ndarray:
    """Distance to a disc's outline. ``v``: height in the gap, -1 … 1; ``shear``: shift of the outline along a (mm)."""
    belly = np.maximum(1 - v * v, 0)
    a = a - shear
    distance = footprint_distance(a, b, disc.ap / 2, disc.width / 2, disc.footprint_mix, disc.dent)
    bulge = np.where(a > 0, disc.back, disc.front)
    distance = distance - (bulge + 0.4) * belly
    return distance


def with_herniation(disc: DiscPlan, d: np.ndarray, a: np.ndarray, b: np.ndarray, s: np.ndarray) -> np.ndarray:
    """A disc's distance joined with the lump that has left it through its back edge."""
    if disc.protrusion is None:
        return d
    reach, radius, place = disc.protrusion
    tall = disc.height * 0.42 + 0.25 * reach
    lump = ellipsoid_distance(a - disc.ap / 2 + 1.0, b - place, s, (reach + 1.0, radius, tall))
    soft = 2.0
    share = np.clip(0.5 + 0.5 * (lump - d) / soft, 0, 1)
    return lump + (d - lump) * share - soft * share * (1 - share)


def box_distance(
    a: np.ndarray, b: np.ndarray, s: np.ndarray, half: tuple[float, float, float], round_mm: float | None = None
) -> np.ndarray:
    """Distance to a cuboid with the half sizes ``half`` and rounded edges."""
    radius = 0.75 * min(half) if round_mm is None else round_mm
    x, y, z = (np.abs(c) - (h - radius) for c, h in zip((a, b, s), half))
    outside = np.sqrt(np.maximum(x, 0) ** 2 + np.maximum(y, 0) ** 2 + np.maximum(z, 0) ** 2)
    return outside + np.minimum(np.maximum(np.maximum(x, y), z), 0) - radius


def ellipsoid_distance(a: np.ndarray, b: np.ndarray, s: np.ndarray, half: tuple[float, float, float]) -> np.ndarray:
    """About the distance to an ellipsoid."""
    q = np.sqrt((a / half[0]) ** 2 + (b / half[1]) ** 2 + (s / half[2]) ** 2)
    return (q - 1) * min(half)
