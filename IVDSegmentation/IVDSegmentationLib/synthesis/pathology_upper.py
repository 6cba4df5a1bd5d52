"""Findings of the neck and the chest, and those after operations: each function changes a spine and says so in its
``findings``. They have a generator of their own, so that spines without them stay as they were."""

from __future__ import annotations

import numpy as np

from .spine import Hardware, Node, Spine

_SHARE = {"healthy": 0.25, "degenerated": 0.8, "rare": 1.2}


def add_findings(rng: np.random.Generator, spine: Spine) -> None:
    """Draws the findings; of a lumbar spine those after operations and the high-grade slip only."""
    share = _SHARE[spine.kind]
    if spine.reaches_skull:
        if rng.random() < 0.5 * share:
            _spondylosis(rng, spine)
        if rng.random() < 0.15 * share:
            _cervical_plate(rng, spine)
        if rng.random() < 0.06 * share:
            _block_vertebra(rng, spine)
        if rng.random() < 0.2 * share:
            _scheuermann(rng, spine)
        if rng.random() < 0.2 * share:
            _thoracic_fracture(rng, spine)
        if rng.random() < 0.3:
            _posture(rng, spine)
    if spine.kind == "rare":
        if rng.random() < 0.12:
            _high_grade_slip(rng, spine)
        if rng.random() < 0.12:
            _destroyed(rng, spine)
        if rng.random() < 0.12:
            _pedicle_screws(rng, spine)


def _index(spine: Spine, name: str) -> int:
    return next(n for n, disc in enumerate(spine.discs) if disc.name == name)


def _spondylosis(rng: np.random.Generator, spine: Spine) -> None:
    """Worn cervical discs with bulges and lips that narrow the canal; most at C5-C7."""
    for name, often in (("C6-C7", 0.6), ("C5-C6", 0.8), ("C4-C5", 0.5), ("C3-C4", 0.3), ("C7-T1", 0.15)):
        if rng.random() > often:
            continue
        n = _index(spine, name)
        disc = spine.discs[n]
        disc.grade, disc.nucleus = int(rng.integers(3, 6)), min(disc.nucleus, float(rng.uniform(0.08, 0.25)))
        disc.height *= float(rng.uniform(0.5, 0.95))
        disc.back, disc.front = float(rng.uniform(0.5, 2.8)), float(rng.uniform(0.3, 2.5))
        disc.sac *= float(rng.uniform(0.6, 1.0))
        disc.slip += float(rng.normal(0, 1.0))
        for body in spine.bodies[n - 1 : n + 1]:
            body.lip = max(body.lip, float(rng.uniform(0.5, 3.0)))
        if rng.random() < 0.3:
            disc.protrusion = (float(rng.uniform(1.5, 4.0)), float(rng.uniform(2.5, 5)), float(rng.normal(0, 3)))
    spine.findings.append("cervical spondylosis")


def _cervical_plate(rng: np.random.Generator, spine: Spine) -> None:
    """Anterior cervical discectomy and fusion: one to three discs replaced by cages or bone, a plate in front."""
    low = _index(spine, str(rng.choice(["C6-C7", "C5-C6", "C4-C5"], p=[0.45, 0.4, 0.15])))
    count = int(rng.choice([1, 2, 3], p=[0.5, 0.35, 0.15]))
    high = min(low + count - 1, _index(spine, "C3-C4"))
    for disc in spine.discs[low : high + 1]:
        disc.removed, disc.content = True, "cage" if rng.random() < 0.6 else ""
        disc.wedge = 0.0
    if rng.random() < 0.75:
        spine.hardware.append(Hardware("plate", low - 1, high))
    spine.findings.append(f"fusion {spine.discs[low].name} to {spine.discs[high].name}")


def _block_vertebra(rng: np.random.Generator, spine: Spine) -> None:
    """Two vertebrae that never parted: a remnant of a disc, or none."""
    disc = spine.discs[_index(spine, str(rng.choice(["C2-C3", "C3-C4", "C5-C6", "C6-C7", "T3-T4", "T8-T9"])))]
    disc.height, disc.grade, disc.fused, disc.nucleus = float(rng.uniform(1.8, 2.6)), 5, True, 0.12
    disc.ap *= 0.85
    spine.findings.append(f"block vertebra {disc.name}")


def _scheuermann(rng: np.random.Generator, spine: Spine) -> None:
    """Wavy plates with nodes and wedged bodies of the middle of the chest."""
    first = _index(spine, str(rng.choice(["T9-T10", "T8-T9", "T10-T11"])))
    for n in range(first, first + int(rng.integers(3, 6))):
        body = spine.bodies[n]
        for nodes in (body.nodes_top, body.nodes_bottom):
            if rng.random() < 0.6:
                nodes.append(
                    Node(
                        float(rng.normal(-0.1, 0.2) * body.ap),
                        float(rng.normal(0, 4)),
                        float(rng.uniform(3, 6)),
                        float(rng.uniform(1.5, 4)),
                    )
                )
        for disc in spine.discs[n + 1 :]:
            disc.tilt += float(rng.uniform(1, 4))
        spine.discs[n].height *= float(rng.uniform(0.7, 1.0))
    spine.findings.append("Scheuermann kyphosis")


def _thoracic_fracture(rng: np.random.Generator, spine: Spine) -> None:
    names = [str(rng.choice(["T12", "T11", "T8", "T7", "T6", "T5"])) for _ in range(int(rng.integers(1, 3)))]
    for body in spine.bodies:
        if body.name not in names:
            continue
        loss = float(rng.uniform(0.15, 0.5))
        for disc in spine.discs[spine.bodies.index(body) + 1 :]:
            disc.tilt += float(np.rad2deg(np.arctan(loss * body.height / body.ap))) * 0.6
        body.height *= 1 - loss * 0.6
        body.fresh_fracture = bool(rng.random() < 0.35)
        spine.findings.append(f"fracture of {body.name}")


def _posture(rng: np.random.Generator, spine: Spine) -> None:
    """A straight or even kyphotic neck, or a strong kyphosis of the chest."""
    neck, chest = rng.normal(0, 1.5), rng.normal(0, 1.2)
    for n, disc in enumerate(spine.discs):
        if disc.name.startswith("C"):
            disc.tilt += float(neck * (n - 17))
        elif disc.name.startswith("T"):
            disc.tilt += float(chest * (n - 6))
    for disc in spine.discs[18:]:
        disc.tilt += float(chest * 8)


def _high_grade_slip(rng: np.random.Generator, spine: Spine) -> None:
    """L5 has slipped by half of the sacrum's depth or more; the disc is worn, L5 wedged, the sacrum's plate domed."""
    disc = spine.discs[0]
    disc.slip = float(rng.uniform(0.35, 0.75) * disc.ap)
    disc.grade, disc.height, disc.nucleus = int(rng.integers(4, 6)), float(rng.uniform(2.5, 6.0)), 0.12
    disc.wedge = float(rng.uniform(-8, 2))
    spine.sacrum[0].top = float(rng.uniform(-3.5, -1.0))
    spine.findings.append(f"high-grade slip {disc.slip:.0f} mm at {disc.name}")


def _destroyed(rng: np.random.Generator, spine: Spine) -> None:
    """Infection or Charcot spine: bright remains of a disc, eaten plates, oedema on both sides."""
    n = int(rng.integers(0, min(len(spine.bodies) - 1, 10)))
    disc = spine.discs[n]
    disc.height, disc.grade, disc.content = float(rng.uniform(2.5, 6.0)), 5, "fluid"
    disc.nucleus = 0.5
    above, below = spine.bodies[n], spine.bodies[n - 1] if n else spine.sacrum[0]
    for body, nodes in ((above, above.nodes_bottom), (below, below.nodes_top)):
        for _ in range(2):
            nodes.append(
                Node(
                    float(rng.normal(0, 0.25) * body.ap),
                    float(rng.normal(0, 8)),
                    float(rng.uniform(4, 9)),
                    float(rng.uniform(1, 4)),
                )
            )
        body.fresh_fracture = True
    spine.findings.append(f"destroyed {disc.name}")


def _pedicle_screws(rng: np.random.Generator, spine: Spine) -> None:
    first = int(rng.integers(0, 3))
    last = first + int(rng.integers(1, 4))
    spine.hardware.append(Hardware("screws", first, last))
    if rng.random() < 0.6:
        spine.discs[first + 1].removed, spine.discs[first + 1].content = True, "cage"
        spine.findings.append(f"cage {spine.discs[first + 1].name}")
    spine.findings.append(f"screws {spine.bodies[first].name} to {spine.bodies[last].name}")
