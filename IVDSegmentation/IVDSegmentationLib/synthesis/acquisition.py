"""How the scan is taken: field of view, slices, resolution, shading, noise and grey values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from . import artefacts
from .course import Course
from .grid import Grid, apply_weights, axis_weights
from .settings import PLANES, PhantomSettings
from .spine import DiscPlan, Spine

_MOST_VOXELS = 4.5e6


@dataclass(frozen=True)
class Protocol:
    """``native``: grid of the slices as measured. ``final``: grid of the file. ``fine``: grid to paint on.
    ``thickness``: of a slice without the gap, mm."""

    native: Grid
    final: Grid
    fine: Grid
    thickness: float
    interpolated: bool
    slab: bool
    slice_axis: int = 0
    """array axis across the slices: 0 sagittal, 1 axial, 2 coronal"""


def draw_protocol(rng: np.random.Generator, spine: Spine, course: Course, settings: PhantomSettings) -> Protocol:
    """Slices, voxels and field of view."""
    slab = settings.slab if settings.slab is not None else bool(rng.random() < 0.2)
    step, thickness, in_plane, interpolated = _voxels(rng, slab, settings)
    width = rng.uniform(12, 26) if slab else rng.uniform(58, 95)
    if settings.region == "lumbar":
        ends = _lumbar_view(rng, spine, course, settings)
    else:
        ends = _upper_view(rng, spine, course, settings)
    (y_top, y_bottom), (x_first, x_last), discs = ends
    z_mid = float(np.mean([disc.centre[2] for disc in discs] or [0.0])) + rng.normal(0, 3.0 if slab else 5.0)
    axis = PLANES.index(settings.plane) if settings.spacing_mm is None else 0
    if axis:
        step = thickness = float(rng.uniform(2.5, 7.5 if axis == 1 else 5.0))
        slab, interpolated = False, False
        width = rng.uniform(100, 190)
    lengths = (width, y_bottom - y_top, x_last - x_first)
    middle = (z_mid, (y_top + y_bottom) / 2, (x_first + x_last) / 2)
    # no scanner writes more than about 576 lines
    in_plane = max(in_plane, max(length for n, length in enumerate(lengths) if n != axis) / 576)
    native = _grid(lengths, tuple(step if n == axis else in_plane for n in range(3)), middle)
    final = native
    if settings.spacing_mm is not None:
        final = native = _grid(lengths, settings.spacing_mm[::-1], middle)
    elif interpolated:
        final = _grid(tuple(n * s for n, s in zip(native.size, native.step)), (1.0, 1.0, 1.0), middle)
    fine_slice = native.step[axis] / max(1, int(np.ceil(native.step[axis] / 2.2)))
    fine_step = float(np.clip(native.step[2 if axis != 2 else 1], settings.fine_mm * 0.85, settings.fine_mm * 1.1))
    voxels = float(np.prod([length / (fine_slice if n == axis else fine_step) for n, length in enumerate(lengths)]))
    if voxels > _MOST_VOXELS:  # keeps the time of wide views in bounds
        fine_step *= float(np.sqrt(voxels / _MOST_VOXELS))
    whole = tuple(n * s for n, s in zip(native.size, native.step))
    fine = _grid(whole, tuple(fine_slice if n == axis else fine_step for n in range(3)), middle)
    return Protocol(native, final, fine, min(thickness, native.step[axis]), interpolated, slab, axis)


Range = tuple[float, float]
View = tuple[Range, Range, list[DiscPlan]]
"""(top, bottom) and (front, back) of a field of view, mm, and the discs that it is centred on."""


def _lumbar_view(rng: np.random.Generator, spine: Spine, course: Course, settings: PhantomSettings) -> View:
    """A lumbar field of view."""
    top = settings.top_level or int(np.clip(round(rng.normal(7.2, 1.1)), 5, 9))
    top = min(top, len(spine.discs) - 2)
    y_top = spine.discs[top - 1].centre[1] - rng.uniform(10, 45)
    y_top = max(y_top, spine.bodies[top].centre[1] - spine.bodies[top].height * 0.5 + 2) if rng.random() < 0.5 else y_top
    sacrum = settings.sacrum_in_view if settings.sacrum_in_view is not None else bool(rng.random() > 0.07)
    s1 = spine.sacrum[0].centre[1]
    # without the sacrum the view ends in L5 or at its disc
    y_bottom = (
        s1 + (rng.uniform(18, 75) if rng.random() < 0.6 else rng.uniform(60, 130))
        if sacrum
        else spine.bodies[0].centre[1] + rng.uniform(-12, 12)
    )
    front = course.at(course.front, np.linspace(y_top, min(y_bottom, s1), 20))
    wall = course.at(course.wall, np.linspace(y_top, min(y_bottom, s1), 20))
    x_first = front.min() - rng.uniform(12, 95) if rng.random() < 0.7 else front.min() - rng.uniform(95, 190)
    x_last = wall.max() + rng.uniform(22, 110)
    return (y_top, y_bottom), (x_first, x_last), spine.discs[:top]


def _upper_view(rng: np.random.Generator, spine: Spine, course: Course, settings: PhantomSettings) -> View:
    """A cervical, thoracic or whole-spine field of view."""
    level, s1, tip = course.level_y, float(spine.sacrum[0].centre[1]), float(spine.dens_tip()[1])

    def between(low: str, high: str) -> float:
        first, last = sorted((level[low], level[high]))
        return float(rng.uniform(first, last))

    dens = settings.dens_in_view if settings.dens_in_view is not None else bool(rng.random() < 0.85)
    skull = tip - (rng.uniform(6, 40) if rng.random() < 0.5 else rng.uniform(30, 110))
    if settings.region == "head":
        y_top, y_bottom = tip - rng.uniform(135, 175), between("C3", "C6")
    elif settings.region == "cervical":
        y_top, y_bottom = (skull if dens else between("C3", "C5")), between("T1", "T5")
    elif settings.region == "thoracic":
        y_top, y_bottom = between("C5", "T4"), between("T10", "L3")
    else:
        sacrum = settings.sacrum_in_view if settings.sacrum_in_view is not None else bool(rng.random() < 0.85)
        y_top = skull if dens else between("C3", "T2")
        y_bottom = s1 + rng.uniform(18, 110) if sacrum else between("L2", "L5")
    if settings.plane == "axial" and settings.region != "whole":  # a block over a few discs
        middle, reach = float(rng.uniform(y_top, y_bottom)), float(rng.uniform(35, 90))
        y_top, y_bottom = max(y_top, middle - reach), min(y_bottom, middle + reach)
    rows = np.linspace(max(y_top, tip), min(y_bottom, s1), 40)
    front, wall = course.at(course.front, rows), course.at(course.wall, rows)
    if settings.region == "head":
        seen = [d for d in spine.discs if y_top < d.centre[1] < y_bottom]
        return (y_top, y_bottom), (front.min() - rng.uniform(85, 125), wall.max() + rng.uniform(75, 105)), seen
    narrow = settings.region in ("cervical", "whole")
    x_first = front.min() - (rng.uniform(12, 75) if narrow and rng.random() < 0.6 else rng.uniform(40, 130))
    x_last = wall.max() + rng.uniform(22, 95)
    return (y_top, y_bottom), (x_first, x_last), [d for d in spine.discs if y_top < d.centre[1] < y_bottom]


def _voxels(rng: np.random.Generator, slab: bool, settings: PhantomSettings) -> tuple[float, float, float, bool]:
    """Slice distance, slice thickness, in-plane step (mm), and whether the scan was resampled to 1 mm cubes."""
    if settings.spacing_mm is not None:
        step, in_plane, interpolated = settings.spacing_mm[2], settings.spacing_mm[0], False
    else:
        if slab:
            step = rng.uniform(0.85, 1.2) if rng.random() < 0.75 else rng.uniform(2.0, 4.4)
        else:
            step = float(rng.choice([1.0, 2.0, 3.3, 4.2, 5.0], p=[0.08, 0.27, 0.22, 0.33, 0.10]) * rng.uniform(0.93, 1.06))
        in_plane = float(np.exp(rng.uniform(np.log(0.4), np.log(1.5))))
        interpolated = bool(not slab and rng.random() < 0.3)
        if interpolated:
            in_plane = max(in_plane, 0.8)
    gap = rng.uniform(0, 0.2) if step > 1.5 and rng.random() < 0.6 else 0.0
    return float(step), float(step * (1 - gap)), float(in_plane), interpolated


def _grid(lengths: tuple, step: tuple, middle: tuple) -> Grid:
    size = tuple(max(3, int(round(length / s))) for length, s in zip(lengths, step))
    origin = tuple(m - (n - 1) / 2 * s for m, n, s in zip(middle, size, step))
    return Grid(size, tuple(float(s) for s in step), origin)  # type: ignore[arg-type]


def acquire(
    rng: np.random.Generator, image: np.ndarray, protocol: Protocol, course: Course, contrast: str, settings: PhantomSettings
) -> tuple[np.ndarray, list[str]]:
    """The scan of a painted volume, on the final grid, uint8 or int16, and the names of its artefacts."""
    native, fine = protocol.native, protocol.fine
    done: list[str] = []
    blur = float(rng.uniform(0.9, 1.35))
    weights = [
        axis_weights(fine, native, n, protocol.thickness if n == protocol.slice_axis else native.step[n] * blur)
        for n in range(3)
    ]
    scan = apply_weights(image, weights)
    if not settings.clean:
        scan = scan * _shading(rng, native, course)
        if settings.artefacts:
            scan, done = artefacts.add(rng, scan, native, course, contrast)
        scan = add_noise(rng, scan)
    if protocol.interpolated:
        scan = apply_weights(scan, [axis_weights(native, protocol.final, n, 0.0) for n in range(3)])
    return grey_values(rng, scan, settings.clean), done


def _shading(rng: np.random.Generator, grid: Grid, course: Course) -> np.ndarray:
    """Coil sensitivity: brighter to the back, a bell along the body, a slow lateral term."""
    z, y, x = (grid.axis(n) for n in range(3))
    per_cm = rng.gamma(2.5, 0.025) if rng.random() < 0.8 else rng.uniform(0.08, 0.16)
    if course.spine.reaches_skull:  # head and body coils are more even than those of the table
        per_cm *= rng.uniform(0, 1)
    middle = course.at(course.wall, y).astype(np.float32)
    depth = (x[None, :] - middle[:, None]) / 10
    depth = np.where(depth > 0, 3 * np.tanh(depth / 3), 8 * np.tanh(depth / 8))  # levels off near the coil and deep inside
    front_back = np.exp(per_cm * depth)
    centre, width = rng.normal(y.mean(), 50), rng.uniform(110, 320)
    bell = np.exp(-(((y - centre) / width) ** 2)) * np.exp(rng.normal(0, 0.08) * (y - y.mean()) / 100)
    lateral = np.exp(rng.normal(0, 0.03) * (z - z.mean()) / 10)
    return (front_back * bell[:, None])[None] * lateral[:, None, None]


def add_noise(rng: np.random.Generator, scan: np.ndarray) -> np.ndarray:
    """Rician noise, then the scanner's own smoothing."""
    top = float(np.quantile(scan[:: max(1, scan.shape[0] // 8), ::4, ::4], 0.995)) + 1e-6
    top = min(top, 1.0)  # bright fat under the skin is no measure of the noise
    sd = np.float32(top * np.exp(rng.uniform(np.log(0.004), np.log(0.05))))
    real = rng.standard_normal(scan.shape, dtype=np.float32)
    real *= sd
    real += scan
    real *= real
    imaginary = rng.standard_normal(scan.shape, dtype=np.float32)
    imaginary *= sd
    imaginary *= imaginary
    real += imaginary
    scan = np.sqrt(real, out=real)
    sigma = rng.uniform(0, 0.7)
    if sigma > 0.3:
        for n in (1, 2):
            scan = gaussian_filter1d(scan, sigma, axis=n, truncate=2.5)
    return scan


def grey_values(rng: np.random.Generator, scan: np.ndarray, clean: bool) -> np.ndarray:
    """Gain, offset, gamma and saturation as files have them; 8 bit in a third, else 12 bit."""
    sample = scan[:: max(1, scan.shape[0] // 8), ::3, ::3]
    eight = rng.random() < 0.35
    saturation = 0.0 if rng.random() < 0.35 else rng.uniform(0.0, 0.07)
    top = float(np.quantile(sample, min(1 - saturation, 0.999))) + 1e-6
    scaled = np.clip(scan / top, 0, 1.0 if eight or saturation > 0.02 else None)
    if not clean and rng.random() < 0.5:
        scaled = scaled ** np.float32(rng.uniform(0.8, 1.25))
    offset = rng.uniform(0.03, 0.25) if not clean and rng.random() < 0.1 else 0.0
    if eight:
        return np.round(255 * (offset + (1 - offset) * scaled)).astype(np.uint8)
    gain = rng.uniform(200, 2400)
    return np.clip(np.round(gain * (offset + scaled)), 0, 32000).astype(np.int16)
