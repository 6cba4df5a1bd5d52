"""Findings that change the shape of a spine: each function changes one and says so in ``spine.findings``."""

from __future__ import annotations

import numpy as np

from .spine import Node, Spine


def add_findings(rng: np.random.Generator, spine: Spine) -> None:
    """Draws the findings of a person. A 'rare' one has at least one of the rare findings."""
    share = {"healthy": 0.35, "degenerated": 1.0, "rare": 1.3}[spine.kind]
    _degeneration(rng, spine)
    if rng.random() < 0.25 * share:
        _nodes(rng, spine)
    if rng.random() < 0.22 * share:
        _modic(rng, spine)
    if rng.random() < 0.33 * share:
        _protrusion(rng, spine)
    if rng.random() < 0.08:
        _lesion(rng, spine)
    if rng.random() < 0.2 * share:
        _narrow(rng, spine)
    _odd_wedges(rng, spine, 0.08 * share)
    _remnant_disc(rng, spine)
    rare = {"slip": _slip, "fracture": _fracture, "fused": _fused, "transition": _transition, "collapse": _collapse}
    weight = {"healthy": 0.0, "degenerated": 0.5, "rare": 1.0}[spine.kind]
    shares = {"slip": 0.15, "fracture": 0.15, "fused": 0.04, "transition": 0.15, "collapse": 0.12}
    drawn = [name for name, p in shares.items() if rng.random() < p * weight]
    if spine.kind == "rare" and not drawn:
        drawn = [str(rng.choice(list(shares), p=np.array(list(shares.values())) / sum(shares.values())))]
    for name in drawn:
        rare[name](rng, spine)


def _degeneration(rng: np.random.Generator, spine: Spine) -> None:
    """What comes with the grade: clefts, bulges, lips, high-intensity zones, gas."""
    for n, disc in enumerate(spine.discs):
        if disc.grade in (2, 3) and rng.random() < 0.5:
            disc.content = "cleft"
        if disc.grade == 5 and rng.random() < 0.2:
            disc.content = str(rng.choice(["gas", "fluid"]))
        if disc.grade >= 3 and rng.random() < 0.5:
            disc.front, disc.back = float(rng.uniform(0.5, 3.5)), float(rng.uniform(0.3, 2.5))
        if disc.grade >= 2 and rng.random() < 0.15:
            disc.zone = (float(rng.normal(0, 6)), float(rng.uniform(-0.4, 0.4)))
        if disc.grade >= 4 and rng.random() < 0.5:
            for body in spine.bodies[max(0, n - 1) : n + 1]:
                body.lip = max(body.lip, float(rng.uniform(1, 4.5)))


def _nodes(rng: np.random.Generator, spine: Spine) -> None:
    for _ in range(int(rng.integers(1, 4))):
        n = int(np.clip(round(rng.normal(4, 2)), 0, len(spine.bodies) - 1))
        body = spine.bodies[n]
        node = Node(
            a=float(rng.normal(0.08, 0.12) * body.ap),
            b=float(rng.normal(0, 5)),
            radius=float(rng.uniform(2.5, 6)),
            depth=float(rng.uniform(2, 7)),
        )
        (body.nodes_top if rng.random() < 0.55 else body.nodes_bottom).append(node)
    spine.findings.append("Schmorl node")


def _modic(rng: np.random.Generator, spine: Spine) -> None:
    n = int(rng.choice([0, 1, 2, 3], p=[0.4, 0.4, 0.12, 0.08]))
    kind = str(rng.choice(["I", "II", "III"], p=[0.3, 0.6, 0.1]))
    spine.bodies[n].modic_bottom = (kind, float(rng.uniform(3, 12)))
    below = spine.bodies[n - 1] if n > 0 else spine.sacrum[0]
    below.modic_top = (kind, float(rng.uniform(3, 12)))
    spine.findings.append(f"Modic {kind}")


def _protrusion(rng: np.random.Generator, spine: Spine) -> None:
    for _ in range(int(rng.integers(1, 3))):
        disc = spine.discs[int(rng.choice([0, 1, 2, 3, 4], p=[0.35, 0.35, 0.15, 0.1, 0.05]))]
        disc.grade = max(disc.grade, 3)
        disc.nucleus = min(disc.nucleus, 0.3)
        disc.protrusion = (float(rng.uniform(3, 8)), float(rng.uniform(4, 8)), float(rng.normal(0, 5)))
    spine.findings.append("herniation")


def _lesion(rng: np.random.Generator, spine: Spine) -> None:
    body = spine.bodies[int(rng.integers(0, len(spine.bodies)))]
    kind = str(rng.choice(["haemangioma", "dark lesion"], p=[0.7, 0.3]))
    place = rng.normal(0, 0.2, 3) * np.array([body.ap, body.width, body.height])
    body.lesion = (kind, place, float(rng.uniform(3, 9)))
    spine.findings.append(kind)


def _narrow(rng: np.random.Generator, spine: Spine) -> None:
    for disc in spine.discs[1:4]:
        if rng.random() < 0.7:
            disc.sac *= float(rng.uniform(0.3, 0.75))
    spine.findings.append("narrow canal")


def _odd_wedges(rng: np.random.Generator, spine: Spine, share: float) -> None:
    for disc in spine.discs:
        if rng.random() < share:
            disc.wedge += float(rng.normal(0, 7))


def _remnant_disc(rng: np.random.Generator, spine: Spine) -> None:
    """A well-formed S1-S2 disc: it looks like a disc and is none of those that are counted."""
    if rng.random() < 0.12:
        spine.remnant[0] = float(rng.uniform(3, 6))
        spine.findings.append("S1-S2 remnant disc")


def _slip(rng: np.random.Generator, spine: Spine) -> None:
    n = int(rng.choice([0, 1, 2, 3], p=[0.25, 0.55, 0.15, 0.05]))
    disc = spine.discs[n]
    forward = rng.random() < 0.7
    disc.slip = float(rng.uniform(3, 14) if forward else -rng.uniform(2, 6))
    if disc.grade < 3:
        disc.grade = int(rng.integers(3, 6))
        disc.height *= {3: 0.9, 4: 0.7, 5: 0.45}[disc.grade]
        disc.nucleus = min(disc.nucleus, 0.2)
    spine.findings.append(f"slip {disc.slip:+.0f} mm at {disc.name}")


def _fracture(rng: np.random.Generator, spine: Spine) -> None:
    for _ in range(int(rng.choice([1, 1, 1, 2, 3]))):
        n = int(rng.choice([3, 4, 5, 6])) if rng.random() < 0.7 else int(rng.integers(0, len(spine.bodies)))
        body = spine.bodies[n]
        if any(f.endswith(f"fracture of {body.name}") for f in spine.findings):
            continue
        form = str(rng.choice(["wedge", "biconcave", "crush"], p=[0.5, 0.25, 0.25]))
        loss = float(rng.uniform(0.2, 0.6))
        if form == "wedge":
            angle = float(np.rad2deg(np.arctan(loss * body.height / body.ap)))
            body.height *= 1 - loss / 2
            for disc in spine.discs[n + 1 :]:  # a wedge bends everything above it forward
                disc.tilt += angle * 0.7
            spine.discs[n].wedge += angle * 0.15
            spine.discs[min(n + 1, len(spine.discs) - 1)].wedge += angle * 0.15
        elif form == "biconcave":
            body.height *= 1 - loss * 0.7
            body.top += loss * body.height * 0.35
            body.bottom += loss * body.height * 0.3
        else:
            body.height *= 1 - loss
        body.fresh_fracture = bool(rng.random() < 0.35)
        spine.findings.append(f"{form} fracture of {body.name}")


def _fused(rng: np.random.Generator, spine: Spine) -> None:
    disc = spine.discs[int(rng.integers(0, min(8, len(spine.discs))))]
    disc.height, disc.grade, disc.fused, disc.nucleus = float(rng.uniform(2.0, 3.2)), 5, True, 0.15
    spine.findings.append(f"fused {disc.name}")


def _collapse(rng: np.random.Generator, spine: Spine) -> None:
    disc = spine.discs[int(rng.integers(0, 4))]
    disc.height *= float(rng.uniform(0.25, 0.45))
    disc.grade, disc.nucleus = 5, 0.1
    disc.content = str(rng.choice(["gas", "fluid", ""]))
    spine.findings.append(f"collapsed {disc.name}")


def _transition(rng: np.random.Generator, spine: Spine) -> None:
    """Sacralised: the last disc is small and thin, L5 squarer. Lumbarised: S1 has a disc below it and is squarer."""
    if rng.random() < 0.65:
        disc, body = spine.discs[0], spine.bodies[0]
        disc.height = float(rng.uniform(3, 6))
        disc.ap, disc.width, disc.nucleus = disc.ap * 0.8, disc.width * 0.85, min(disc.nucleus, 0.25)
        disc.wedge *= 0.4
        body.ap *= 0.93
        spine.findings.append("sacralised L5")
    else:
        spine.remnant[0] = float(rng.uniform(4, 7))
        spine.sacrum[0].wedge -= 8
        spine.sacrum[1].ap *= 1.25
        spine.findings.append("lumbarised S1")
