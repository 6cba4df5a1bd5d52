"""Paints a head: skull with brain and cerebellum, face, jaw. Sizes are those of adults, rounded."""

from __future__ import annotations

import numpy as np

from .grid import Grid
from .layers import Layers
from .painter import Painter
from .texture import Texture


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
    clivus = np.maximum(
        np.abs(a + 9 + 16 * t0) - 4.5 - 5 * t0, np.maximum(np.abs(b) - 14, np.abs(s - 6 - 20 * size) - 19 * size)
    )
    layers.put(clivus - 1.2, t["cortex"])
    layers.put(clivus, t["marrow"] * (1 + 0.1 * fine))
    for centre, half in (
        ((-42, 0, 42), (13, 15, 11)),
        ((-95, 12, 72), (7, 12, 10)),
        ((-68, 32, 22), (17, 12, 16)),
        ((-68, -32, 22), (17, 12, 16)),
    ):
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
