"""Paints the discs: nucleus, annulus, ligaments and what degeneration makes of them."""

from __future__ import annotations

import numpy as np

from .painter import Painter
from .shapes import disc_side, plate_heights, rounded, with_herniation
from .spine import Body, DiscPlan

_IMPLANT_RIM = 0.08
"""Share of a disc's depth and width over which the annulus gives way to an implant, at each end."""


def paint_discs(p: Painter) -> None:
    """Every disc fills the gap between its two plates inside the dark bands."""
    for n, disc in enumerate(p.spine.discs):
        below = p.spine.bodies[n - 1] if n > 0 else p.spine.sacrum[0]
        if n < len(p.spine.bodies):
            _paint_disc(p, disc, below, p.spine.bodies[n], n + 1)


def _paint_disc(p: Painter, disc: DiscPlan, below: Body, above: Body, label: int) -> None:
    grid, canvas, tissues = p.canvas.grid, p.canvas, p.tissues
    reach = (disc.protrusion[0] if disc.protrusion else 0.0) + max(disc.front, disc.back) + abs(disc.slip) + 3
    dents = max([node.depth for node in below.nodes_top + above.nodes_bottom], default=0.0)
    tall = disc.height / 2 + 3 + dents + disc.ap / 2 * np.tan(np.deg2rad(abs(disc.wedge) / 2))
    box = grid.box(disc.centre, np.array([disc.ap / 2 + reach, disc.width / 2 + 4, tall]), disc.frame)
    if box is None:
        return
    a, b, s = grid.local(box, disc.centre, disc.frame)
    lower = grid.local(box, below.centre, below.frame)
    upper = grid.local(box, above.centre, above.frame)
    # both positive inside the gap: heights above the lower plate and below the upper one
    over = lower[2] - plate_heights(below, lower[0], lower[1], True) - p.spine.band * disc.band
    under = plate_heights(above, upper[0], upper[1], False) - upper[2] - p.spine.band * disc.band
    # plates that nearly touch still leave a thin disc between them
    missing = np.maximum(min(1.4, 0.6 * disc.height) - (over + under), 0) / 2
    over, under = over + missing, under + missing
    gap = over + under
    v = (over - under) / np.maximum(gap, 0.8)
    v = np.clip(v, -1.5, 1.5)
    shear = -disc.slip / 2 * (1 + np.clip(v, -1, 1))  # the outline follows both plates: the lower one has not moved
    side = disc_side(disc, a, b, v, shear)
    radius = float(np.clip(disc.height * 0.3, 0.4, 2.5))
    d = with_herniation(disc, rounded(-np.minimum(over, under), side, radius), a - shear, b, s)
    cover = canvas.coverage(d)
    _paint_ligament(p, box, side, np.minimum(over, under), p.spine.band * disc.band)
    value = _disc_brightness(p, disc, box, a - shear, b, v, side, gap)
    # the cartilage of the endplate: the dark band reaches a little into what is drawn as disc
    cartilage = np.clip(1.05 - np.minimum(over, under) / 1.1, 0, 1) * np.clip(disc.height / 5.0, 0.4, 1.0)
    value = value + cartilage * (np.minimum(value, tissues.plate()) - value)
    if disc.removed:  # a cage in its place, or bone that has grown through it
        filling = tissues["gas"] if disc.content == "cage" else tissues["marrow"] * above.marrow
        value = value + implant_share(disc, a - shear, b) * (filling - value)
    elif disc.fused:
        bridge = np.clip(1.2 - np.abs(a / (disc.ap * 0.3)), 0, 1)
        value = value + 0.7 * bridge * (tissues["marrow"] * above.marrow - value)
    canvas.paint(box, cover, value)
    if not disc.removed:
        canvas.label(label, box, cover)


def implant_share(disc: DiscPlan, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How far places ``a`` (front to back) and ``b`` (side to side), mm from the middle of a disc that was removed, are
    filled by what stands in its place, 0 … 1: all but the outermost annulus, which the operation leaves."""
    depth, width = (np.clip((0.5 - np.abs(x) / size) / _IMPLANT_RIM, 0, 1) for x, size in ((a, disc.ap), (b, disc.width)))
    return depth * width


def _paint_ligament(p: Painter, box: tuple, side: np.ndarray, inside: np.ndarray, band: float) -> None:
    """Outermost annulus and longitudinal ligaments: a dark rim round the gap."""
    rim = p.canvas.coverage(np.maximum(side - 0.8, -inside - 0.7 * band))
    dark = p.tissues["ligament"]
    if p.tissues.band_visible < 1:
        dark = dark + (1 - p.tissues.band_visible) * 0.5 * (p.tissues["annulus"] - dark)
    p.canvas.paint(box, rim, dark)


def _disc_brightness(
    p: Painter, disc: DiscPlan, box: tuple, a: np.ndarray, b: np.ndarray, v: np.ndarray, side: np.ndarray, gap: np.ndarray
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
    if disc.content in ("cleft", "gas", "fluid"):
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
