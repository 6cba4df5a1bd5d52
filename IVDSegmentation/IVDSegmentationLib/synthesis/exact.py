"""A plain phantom whose every size is known exactly: for tests of measurements, geometry and files."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..anatomy import FIRST_VERTEBRA_LABEL, S1_LABEL
from ..volume import Volume
from ..volume.frame import SAGITTAL_LPS


@dataclass(frozen=True)
class KnownDisc:
    """The truth about one disc. ``centre_mm_lps``: centre of mass. ``height_mm``: (front, middle, back) at the edges and in
    the middle. ``wedge_deg``: + is open to the front. ``direction_*``: LPS unit vectors of the disc's own axes."""

    label: int
    centre_mm_lps: tuple[float, float, float]
    height_mm: tuple[float, float, float]
    ap_mm: float
    width_mm: float
    wedge_deg: float
    volume_mm3: float
    direction_posterior: tuple[float, float, float]
    direction_right: tuple[float, float, float]
    direction_superior: tuple[float, float, float]


def phantom_of_known_size(
    heights_mm: tuple[float, ...] = (8.0, 10.0, 9.0, 8.0, 7.0),
    ap_mm: float = 34.0,
    width_mm: float = 46.0,
    wedge_deg: float = 0.0,
    tilt_deg: float = 0.0,
    body_mm: float = 27.0,
    shape: str = "box",
    spacing_mm: tuple[float, float, float] = (1.0, 1.0, 2.0),
    direction: np.ndarray | None = None,
    disc_value: float = 700.0,
    body_value: float = 350.0,
    noise: float = 0.0,
) -> tuple[Volume, Volume, tuple[KnownDisc, ...]]:
    """Discs one above the other with bodies between, and the exact sizes of each.

    ``heights_mm``: mid heights of the discs from L5-S1 upwards. ``shape``: 'box' (rectangular outline) or 'ellipse'
    (elliptic outline); both have flat plates with ``wedge_deg`` between them. ``tilt_deg`` turns every disc, + is front
    edge lower. ``direction``: 3 x 3, columns are the LPS directions of i, j, k; sagittal axes where it is None. The grid
    always holds the whole stack with a margin. Returns image (float32), labels (uint8) and the truth.
    """
    direction = SAGITTAL_LPS if direction is None else np.asarray(direction, float)
    pitch = [0.0]
    for below, above in zip(heights_mm, heights_mm[1:]):
        pitch.append(pitch[-1] + below / 2 + body_mm + above / 2)
    extent = np.array([width_mm + 30.0, ap_mm + 40.0, pitch[-1] + 2 * body_mm + max(heights_mm) + 30.0])  # L, P, S
    middle = np.array([3.0, -4.0, pitch[-1] / 2 + 5.0])
    half = np.abs(direction).T @ extent / 2
    size = tuple(int(np.ceil(2 * h / s)) + 1 for h, s in zip(half, spacing_mm))
    origin = middle - direction @ ((np.array(size) - 1) / 2 * np.array(spacing_mm))
    index = np.stack(np.meshgrid(*(np.arange(n) for n in size), indexing="ij"), axis=-1)
    points = (index * np.array(spacing_mm)) @ direction.T + origin  # (i, j, k, LPS)
    points = np.transpose(points, (2, 1, 0, 3))

    t = np.deg2rad(tilt_deg)
    back = np.array([0.0, np.cos(t), np.sin(t)])  # + tilt: the front edge is lower, so the back rises
    up = np.array([0.0, -np.sin(t), np.cos(t)])
    right = np.array([-1.0, 0.0, 0.0])
    labels = np.zeros(points.shape[:3], np.uint8)
    image = np.full(points.shape[:3], 100.0, np.float32)
    slope = np.tan(np.deg2rad(wedge_deg) / 2)
    truth = []
    for n, height in enumerate(heights_mm):
        centre = np.array([0.0, 0.0, pitch[n]])
        local = points - centre
        a, b, s = local @ back, local @ right, local @ up
        if shape == "box":
            inside = (np.abs(a) <= ap_mm / 2) & (np.abs(b) <= width_mm / 2)
            area, spread = ap_mm * width_mm, ap_mm**2 / 12
        elif shape == "ellipse":
            inside = (a / (ap_mm / 2)) ** 2 + (b / (width_mm / 2)) ** 2 <= 1
            area, spread = np.pi / 4 * ap_mm * width_mm, ap_mm**2 / 16
        else:
            raise ValueError(f"shape '{shape}' is unknown; choose 'box' or 'ellipse'")
        thick = height / 2 - a * slope
        for sign in (-1, 1):
            body = inside & (sign * s > thick) & (sign * s <= height / 2 + body_mm / 2) & (labels == 0)
            value = FIRST_VERTEBRA_LABEL + n if sign > 0 else (S1_LABEL if n == 0 else FIRST_VERTEBRA_LABEL + n - 1)
            labels[body] = value
            image[body] = body_value
        disc = inside & (np.abs(s) <= thick)
        labels[disc] = n + 1
        image[disc] = disc_value
        centroid = centre - back * 2 * slope * spread / height  # a wedge's middle of mass lies on its thick side
        truth.append(
            KnownDisc(
                n + 1,
                (float(centroid[0]), float(centroid[1]), float(centroid[2])),
                (height + ap_mm * slope, height, height - ap_mm * slope),
                ap_mm,
                width_mm,
                wedge_deg,
                float(area * height),
                tuple(back),
                tuple(right),
                tuple(up),
            )  # fmt: skip
        )
    if noise > 0:
        image += np.random.default_rng(0).normal(0, noise, image.shape).astype(np.float32)
    make = (spacing_mm, tuple(origin), direction)
    return Volume(image, *make), Volume(labels, *make), tuple(truth)  # type: ignore[arg-type]
