"""Draws a person: sizes, posture and degeneration of every level, then the findings of pathology.py."""

from __future__ import annotations

import numpy as np

from ..spine.norms import BAND_ABOVE_T7, BODY_NORMS, DISC_NORMS, ENDPLATE_BAND_MM, LUMBAR_LEVELS
from . import pathology, pathology_upper
from .settings import PhantomSettings
from .spine import Body, DiscPlan, Spine, lay_out

GRADE_HEIGHT = {1: (1.02, 0.05), 2: (1.0, 0.05), 3: (0.9, 0.08), 4: (0.7, 0.12), 5: (0.36, 0.10)}
"""Mean and SD of the height factor of a Pfirrmann grade."""
GRADE_NUCLEUS = {1: 0.60, 2: 0.45, 3: 0.28, 4: 0.14, 5: 0.10}
"""Brightness of the nucleus in T2 as a share of CSF."""
_SEVERITY = {"healthy": -0.9, "degenerated": 1.2, "rare": 0.9}
_SEVERITY_SD = {"healthy": 0.5, "degenerated": 0.8, "rare": 1.1}


UNCINATE = ("C3", "C4", "C5", "C6", "C7")
"""Vertebrae whose upper plate has hooks at its sides."""


def draw_spine(
    rng: np.random.Generator, settings: PhantomSettings, levels: int = LUMBAR_LEVELS, extra: np.random.Generator | None = None
) -> Spine:
    """A spine of ``levels`` discs with everything placed. Same generator state, same spine. ``extra`` draws the findings
    of the neck and the chest, and those after operations."""
    kind = settings.kind or str(rng.choice(["healthy", "degenerated", "rare"], p=[0.35, 0.40, 0.25]))
    types, ribless, thirteenth = _level_types(rng, levels, kind)
    spine = _draw_sizes(rng, types, kind)
    spine.kind, spine.ribs_above = kind, ribless
    if ribless == 6:
        spine.findings.append("L6")
    elif ribless == 4:
        spine.findings.append("four lumbar vertebrae")
    if thirteenth:
        spine.findings.append("T13")
    first_rib = ribless
    if rng.random() < 0.03:
        first_rib -= 1
        spine.findings.append("lumbar rib")
    spine.ribs = tuple(n for n in range(first_rib, len(spine.bodies)) if not spine.bodies[n].name.startswith("C"))
    pathology.add_findings(rng, spine)
    if extra is not None:
        pathology_upper.add_findings(extra, spine)
    _limit(spine)
    _draw_sway(rng, spine)
    lay_out(spine)
    return spine


def _level_types(rng: np.random.Generator, levels: int, kind: str) -> tuple[list[int], int, bool]:
    """Which row of the norms each level is like: a sixth lumbar vertebra repeats a row, a missing one leaves one out, a
    thirteenth thoracic one repeats T12. Also the number of ribless vertebrae, and whether there is a T13."""
    rows = list(range(levels))
    if levels > LUMBAR_LEVELS:  # label values are counted from the sacrum and from C2 at once: 24 vertebrae
        return rows, 5, False
    ribless = int(rng.choice([5, 6, 4], p=[0.89, 0.06, 0.05] if kind != "rare" else [0.76, 0.14, 0.10]))
    if ribless == 6:
        rows.insert(2, 2)
    elif ribless == 4:
        del rows[3]
    extra = bool(rng.random() < 0.03)
    if extra:
        rows.insert(ribless, rows[ribless])
    return rows[:levels], ribless, extra


def _chain(rng: np.random.Generator, count: int, r: float) -> np.ndarray:
    """Standard normal numbers in which neighbours correlate with r."""
    noise = rng.standard_normal(count)
    for n in range(1, count):
        noise[n] = r * noise[n - 1] + np.sqrt(1 - r * r) * noise[n]
    return noise


def _draw_sizes(rng: np.random.Generator, types: list[int], kind: str) -> Spine:
    count = len(types)
    cross, common, own_body, own_disc, own_width = np.clip(rng.standard_normal(5), -2.7, 2.7)
    cross_log = 0.075 * cross
    body_log = 0.067 * (0.2 * cross + np.sqrt(1 - 0.04) * own_body)
    disc_log = 0.11 * (0.4 * cross + np.sqrt(1 - 0.16) * own_disc)
    width_log = 0.6 * cross_log + 0.045 * own_width
    scale = rng.uniform(0.85, 1.15) if rng.random() < 0.3 else 1.0
    ap_rest, width_rest = 0.04 * _chain(rng, count, 0.3), 0.03 * _chain(rng, count, 0.5)
    body_rest, disc_rest = 0.045 * _chain(rng, count, 0.5), _chain(rng, count, 0.5)
    severity = _SEVERITY[kind] + _SEVERITY_SD[kind] * rng.standard_normal()
    person_nucleus = rng.normal(0, 0.25)
    tilts = _draw_tilts(rng, types)
    sac_size = float(np.exp(rng.normal(0, 0.09)))

    discs = []
    for n, row in enumerate(types):
        norm = DISC_NORMS[row]
        disc_ap_log = cross_log + 0.7 * ap_rest[n] + 0.03 * rng.standard_normal()
        grade = _draw_grade(rng, severity, row)
        mean, sd = GRADE_HEIGHT[grade]
        factor = float(np.clip(rng.normal(mean, sd), 0.2, 1.25))
        height = norm.height * scale * factor * np.exp(disc_log + norm.log_sd * disc_rest[n])
        discs.append(
            DiscPlan(
                name=norm.name,
                height=float(height),
                ap=float(norm.ap * scale * np.exp(disc_ap_log)),
                width=float(norm.width * scale * np.exp(width_log + width_rest[n])),
                wedge=float(norm.wedge * (0.6 + 0.4 * factor) + rng.normal(0, 2.6)),
                tilt=float(tilts[n]),
                sac=float(norm.sac * sac_size * np.exp(rng.normal(0, 0.03))),
                grade=grade,
                nucleus=float(GRADE_NUCLEUS[grade] * np.exp(person_nucleus + rng.normal(0, 0.2))),
                dent=float(rng.normal(1.0, 0.8)),
                footprint_mix=float(rng.uniform(0.5, 1.0)),
                band=_band(row, norm.name),
            )
        )
    bodies = []
    for n, row in enumerate(types[:-1]):
        norm_b = BODY_NORMS[row]
        # the wedges of a body and of its two discs add up to the difference of the discs' tilts
        wedge = discs[n].tilt - discs[n + 1].tilt - (discs[n].wedge + discs[n + 1].wedge) / 2
        waist = (0.08 if row < 5 else 0.05) * float(np.clip(rng.normal(1, 0.4), 0.1, 2.2))
        concavity = np.clip(rng.normal(1.15, 0.35, 2), 0.1, 2.5) * scale + rng.normal(0, 0.25, 2)
        bodies.append(
            Body(
                name=norm_b.name,
                height=float(norm_b.height * scale * np.exp(body_log + body_rest[n])),
                ap=float(1.035 * norm_b.ap * scale * np.exp(cross_log + ap_rest[n])),
                width=float(norm_b.width * scale * np.exp(width_log + width_rest[n])),
                wedge=float(wedge),
                top=float(norm_b.top * concavity[0] + 0.35),
                bottom=float(norm_b.bottom * concavity[1] + 0.35),
                sac=float(norm_b.sac * sac_size * np.exp(rng.normal(0, 0.02))),
                waist=waist,
                wobble=rng.normal(0, 0.16, (2, 6)).astype(np.float32) * (1.0 if row < LUMBAR_LEVELS else 0.6),
                uncus=float(rng.uniform(1.5, 4.0)) if norm_b.name in UNCINATE else 0.0,
                band=_band(row, norm_b.name),
            )
        )
    spine = Spine(
        discs=discs,
        bodies=bodies,
        sacrum=_draw_sacrum(rng, discs[0], scale * np.exp(cross_log), scale * np.exp(body_log)),
        remnant=[],
        band=float(np.clip(rng.normal(ENDPLATE_BAND_MM, 0.15), 0.9, 1.6)),
        sway=np.zeros(1),
        twist=float(rng.normal(0, 2.5)),
        gap_back=float(np.clip(rng.normal(1.7, 0.8), 0.4, 4.0)),
    )
    spine.remnant = [float(np.clip(rng.normal(2.2, 1.0), 0.6, 5.0)) * f for f in (1.0, 0.7, 0.5, 0.4)]
    marrow_sd = rng.uniform(0.02, 0.14)
    for body in spine.bodies + spine.sacrum:
        body.marrow = float(np.exp(rng.normal(0, marrow_sd)))
    return spine


def _band(row: int, name: str) -> float:
    return 1.0 if row < LUMBAR_LEVELS else BAND_ABOVE_T7[name[0]]


def _draw_grade(rng: np.random.Generator, severity: float, row: int) -> int:
    often = row < 2 or DISC_NORMS[row].name in ("C4-C5", "C5-C6", "C6-C7")
    offset = 0.5 if often else (-0.3 if row > 5 else 0.0)
    value = 2.2 + severity + offset + rng.normal(0, 0.75)
    return int(np.clip(round(value), 1, 5))


def _draw_tilts(rng: np.random.Generator, types: list[int]) -> np.ndarray:
    """Tilts from the sacrum upwards; each correlates with the one below only, and not at all over the whole chain."""
    pitch = rng.normal(0, 4.0)
    deviation, tilts = 0.0, []
    for n, row in enumerate(types):
        norm = DISC_NORMS[row]
        if n == 0:
            deviation = float(np.clip(rng.standard_normal(), -2.2, 2.7))
        else:
            deviation = norm.tilt_r * deviation + np.sqrt(1 - norm.tilt_r**2) * float(rng.standard_normal())
        mean = norm.tilt
        if n > 0 and types[n] == types[n - 1]:  # the level of a sixth lumbar vertebra lies between its neighbours
            mean = (norm.tilt + DISC_NORMS[min(row + 1, len(DISC_NORMS) - 1)].tilt) / 2
        tilts.append(mean + norm.tilt_sd * deviation + pitch)
    return np.clip(tilts, -35, 62)


def _draw_sacrum(rng: np.random.Generator, disc: DiscPlan, cross: float, high: float) -> list[Body]:
    """S1 … S5: trapezia that shrink downwards along a curve that is hollow in front."""
    curve = rng.normal(0, 4.0)
    heights = np.array([27.0, 23.0, 20.0, 17.0, 14.0]) * high * np.exp(rng.normal(0, 0.05, 5))
    tops = np.array([32.5, 22.5, 17.0, 13.0, 10.5, 8.0]) * cross * np.exp(np.cumsum(rng.normal(0, 0.04, 6)))
    tops[0] = disc.ap * rng.uniform(0.93, 1.0)
    widths = np.array([48.0, 38.0, 33.0, 28.0, 22.0]) * cross
    wedges = np.array([4.0, 1.0, -10.0, -16.0, -18.0]) + curve + rng.normal(0, 3, 5)
    bodies = []
    for n in range(5):
        bodies.append(
            Body(
                name=f"S{n + 1}",
                height=float(heights[n]),
                ap=float((tops[n] + tops[n + 1]) / 2),
                width=float(widths[n]),
                wedge=float(wedges[n]),
                top=float(rng.normal(-0.6, 0.5)) if n == 0 else 0.2,
                bottom=0.3,
                sac=float(disc.sac * (0.95 - 0.18 * n)),
                waist=0.03,
                taper=float((tops[n] - tops[n + 1]) / (tops[n] + tops[n + 1])),
                wobble=rng.normal(0, 0.16, (2, 6)).astype(np.float32),
            )
        )
    return bodies


def _draw_sway(rng: np.random.Generator, spine: Spine) -> None:
    """Lateral curve. Straight, mild and real scoliosis; the last turns the vertebrae as well."""
    lean = np.tan(np.deg2rad(rng.normal(0, 1.4))) * 100
    share = rng.random()
    real = {"healthy": 0.0, "degenerated": 0.08, "rare": 0.4}[spine.kind]
    span = 260.0
    at = np.linspace(-0.6, 6.4 if spine.reaches_skull else 3.6, 40)
    side = rng.choice([-1.0, 1.0])
    start = rng.uniform(-30, 60)
    if share < real:
        cobb, name = rng.uniform(12, 40), "scoliosis"
        spine.coupled_twist = float(side * cobb * rng.uniform(0.3, 0.6))
    elif share < real + 0.25:
        cobb, name = rng.uniform(4, 11), "mild scoliosis"
    else:
        cobb, name = rng.uniform(0, 3), ""
    length = rng.uniform(0.7, 1.1) * span
    # a sine of this amplitude has the range of slopes that the Cobb angle names
    if spine.reaches_skull:  # one curve of the chest and its counter-curves
        length *= 1.5
    amplitude = np.tan(np.deg2rad(cobb / 2)) * length / (2 * np.pi)
    curve = side * amplitude * np.sin(2 * np.pi * (at * 100 - start) / length)
    spine.sway = np.polyfit(at, curve + lean * at, 7)
    spine.sway[-1] -= np.polyval(spine.sway, 0.9)
    if name:
        spine.findings.append(name)


def _limit(spine: Spine) -> None:
    """Keeps every number where an endplate still lies above the next one."""
    for n, disc in enumerate(spine.discs):
        disc.height = float(np.clip(disc.height, 1.8, 16.0))
        disc.ap = float(np.clip(disc.ap, 20 if n < LUMBAR_LEVELS else 11, 50))
        disc.width = float(np.clip(disc.width, 26 if n < LUMBAR_LEVELS else 12, 66))
        dents = 0.0
        if n < len(spine.bodies):
            dents += max(0.0, spine.bodies[n].bottom)
        if n > 0:
            dents += max(0.0, spine.bodies[n - 1].top)
        # plates must not cross at either edge: a flat disc can neither be wedged nor bulge into its neighbours much
        allowed = 0.75 * (disc.height - 1.0)
        if dents * 0.8 > allowed and dents > 0:
            shrink = allowed / (dents * 0.8)
            if n < len(spine.bodies) and spine.bodies[n].bottom > 0:
                spine.bodies[n].bottom *= shrink
            if n > 0 and spine.bodies[n - 1].top > 0:
                spine.bodies[n - 1].top *= shrink
            dents *= shrink
        room = np.rad2deg(2 * np.arctan(max(0.4, disc.height - 0.6 - 0.8 * dents) / disc.ap)) * 0.95
        disc.wedge = float(np.clip(disc.wedge, max(-12.0, -room), min(25.0, room)))
    for n, body in enumerate(spine.bodies):
        wedge = spine.discs[n].tilt - spine.discs[n + 1].tilt
        wedge -= (spine.discs[n].wedge + spine.discs[n + 1].wedge) / 2
        limit = np.clip(wedge, -28.0, 28.0)
        if limit != wedge:  # hand the rest to every tilt above
            for above in spine.discs[n + 1 :]:
                above.tilt += float(wedge - limit)
        body.wedge = float(limit)
