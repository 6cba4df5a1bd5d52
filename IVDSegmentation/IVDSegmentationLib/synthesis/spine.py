"""A spine as numbers: sizes, angles and pathology of every disc and vertebra, and where each of them lies."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..spine.norms import DENS_MM, ENDPLATE_BAND_MM


@dataclass
class Node:
    """A dent of an endplate: centre (a, b) and radius in mm, depth in mm."""

    a: float
    b: float
    radius: float
    depth: float


@dataclass
class DiscPlan:
    """One disc. ``wedge``, ``tilt``: degrees. ``grade``: Pfirrmann 1 … 5. ``slip``: how far the vertebra above stands in
    front (+) of the one below, mm. ``front``/``back``: bulge beyond the bodies, mm."""

    name: str
    height: float
    ap: float
    width: float
    wedge: float
    tilt: float
    sac: float
    grade: int = 1
    nucleus: float = 1.0
    slip: float = 0.0
    front: float = 0.0
    back: float = 0.0
    dent: float = 1.0
    protrusion: tuple[float, float, float] | None = None
    """(reach behind the edge, radius, lateral place) of a herniation, mm"""
    content: str = ""
    """'gas' or 'fluid' in a collapsed disc, 'cleft' in a healthy one"""
    fused: bool = False
    zone: tuple[float, float] | None = None
    """(lateral place mm, height share) of a high-intensity zone in the posterior annulus"""
    footprint_mix: float = 0.8
    band: float = 1.0
    """thickness of its endplate bands relative to the spine's"""
    removed: bool = False
    """replaced by a cage or bone: not labelled"""
    centre: np.ndarray = field(default_factory=lambda: np.zeros(3))
    frame: np.ndarray = field(default_factory=lambda: np.eye(3))


@dataclass
class Body:
    """One vertebral body. ``top``/``bottom``: depth of the endplates, mm; ``waist``: relative narrowing at mid
    height; ``taper``: relative growth of the outline from the middle to the top."""

    name: str
    height: float
    ap: float
    width: float
    wedge: float
    top: float
    bottom: float
    sac: float
    waist: float = 0.06
    taper: float = 0.0
    marrow: float = 1.0
    lip: float = 0.0
    nodes_top: list[Node] = field(default_factory=list)
    nodes_bottom: list[Node] = field(default_factory=list)
    modic_top: tuple[str, float] | None = None
    modic_bottom: tuple[str, float] | None = None
    """(type 'I', 'II', 'III', thickness mm)"""
    lesion: tuple[str, np.ndarray, float] | None = None
    """(kind, place in the body's frame mm, radius mm)"""
    fresh_fracture: bool = False
    uncus: float = 0.0
    """height of the uncinate processes at the sides of the upper plate, mm"""
    band: float = 1.0
    wobble: np.ndarray = field(default_factory=lambda: np.zeros((2, 6), np.float32))
    centre: np.ndarray = field(default_factory=lambda: np.zeros(3))
    frame: np.ndarray = field(default_factory=lambda: np.eye(3))


@dataclass(frozen=True)
class Hardware:
    """Metal from an operation. ``kind``: 'plate' (in front of the bodies) or 'screws' (through the pedicles); ``first`` and
    ``last``: indices into ``Spine.bodies``."""

    kind: str
    first: int
    last: int


@dataclass
class Spine:
    """``discs[n]`` lies between ``bodies[n - 1]`` (or the sacrum) and ``bodies[n]``. ``sacrum``: S1 … S5."""

    discs: list[DiscPlan]
    bodies: list[Body]
    sacrum: list[Body]
    remnant: list[float]
    """heights of the remnant discs S1-S2 … S4-S5, mm"""
    band: float
    sway: np.ndarray
    """lateral curve: polynomial coefficients of z (mm) against height above the sacrum / 100 mm"""
    twist: float
    """axial rotation of the whole body, degrees"""
    coupled_twist: float = 0.0
    """axial rotation at the apex of a scoliosis, degrees"""
    ribs_above: int = 5
    """number of ribless vertebrae above the sacrum"""
    ribs: tuple[int, ...] = ()
    """indices into ``bodies`` of those that bear ribs"""
    gap_back: float = 1.7
    """between discs and dural sac, mm"""
    findings: list[str] = field(default_factory=list)
    kind: str = "healthy"
    hardware: list[Hardware] = field(default_factory=list)

    @property
    def reaches_skull(self) -> bool:
        return bool(self.bodies) and self.bodies[-1].name == "C2"

    def dens_tip(self) -> np.ndarray:
        """(x, y, z) of the tip of the dens, mm."""
        axis = self.bodies[-1]
        return axis.centre + axis.frame[2] * (axis.height / 2 + DENS_MM)


def frame_of(tilt: float, lean: float = 0.0, turn: float = 0.0) -> np.ndarray:
    """Rows: unit vectors to the back, to the right, and up the spine, as (x, y, z), for a sagittal ``tilt`` (+ is front
    edge lower), a coronal ``lean`` and an axial ``turn`` in degrees."""
    t, p, r = np.deg2rad([tilt, lean, turn])
    up = np.array([-np.sin(t) * np.cos(p), -np.cos(t) * np.cos(p), np.sin(p)])
    right = np.array([0.0, 0.0, 1.0]) - up[2] * up
    right /= np.linalg.norm(right)
    back = np.cross(up, right)  # up x right points to the back in (x posterior, y inferior, z right)
    back *= np.sign(back[0]) or 1.0
    return np.array([np.cos(r) * back + np.sin(r) * right, np.cos(r) * right - np.sin(r) * back, up])


def lay_out(spine: Spine) -> None:
    """Places every disc and vertebra: endplate upon endplate from the sacrum upwards, then the sacrum downwards."""
    position = np.zeros(2)  # (x, y) in the mid-sagittal plane
    for n, disc in enumerate(spine.discs):
        _place(spine, disc, position, disc.tilt)
        if n >= len(spine.bodies):
            break
        body = spine.bodies[n]
        following = spine.discs[n + 1] if n + 1 < len(spine.discs) else None
        below = disc.tilt - disc.wedge / 2
        above = below - body.wedge
        back, up = _axes(disc.tilt)
        position = position + up * (disc.height / 2 + ENDPLATE_BAND_MM * disc.band) - back * disc.slip
        back, up = _axes((below + above) / 2)
        position = position + up * body.height / 2
        _place(spine, body, position, (below + above) / 2)
        position = position + up * body.height / 2
        if following is not None:
            back, up = _axes(following.tilt)
            position = position + up * (following.height / 2 + ENDPLATE_BAND_MM * following.band)
    _lay_out_sacrum(spine)


def _axes(tilt: float) -> tuple[np.ndarray, np.ndarray]:
    t = np.deg2rad(tilt)
    return np.array([np.cos(t), -np.sin(t)]), np.array([-np.sin(t), -np.cos(t)])


def lateral_place(spine: Spine, y: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """Lateral offset (mm) and coronal slope (degrees) of the spine's line at heights y (mm, inferior)."""
    height = -np.asarray(y, float) / 100.0
    z = np.polyval(spine.sway, height)
    slope = np.polyval(np.polyder(spine.sway), height) / 100.0
    return z, np.rad2deg(np.arctan(slope))


def _place(spine: Spine, item: DiscPlan | Body, position: np.ndarray, tilt: float) -> None:
    z, slope = lateral_place(spine, position[1])
    apex = np.exp(-(((-position[1] - 90.0) / 70.0) ** 2))
    item.centre = np.array([position[0], position[1], float(z)])
    item.frame = frame_of(tilt, float(slope), spine.twist + spine.coupled_twist * float(apex))


def _lay_out_sacrum(spine: Spine) -> None:
    """S1 hangs from the lowest disc; S2 … S5 follow its back wall."""
    disc = spine.discs[0]
    back, up = _axes(disc.tilt)
    position = -up * (disc.height / 2 + ENDPLATE_BAND_MM)
    tilt = disc.tilt + disc.wedge / 2
    wall = None
    for n, body in enumerate(spine.sacrum):
        middle = tilt + body.wedge / 2
        back, up = _axes(middle)
        if wall is not None:  # the back walls of neighbours meet
            position = position + back * (wall - body.ap / 2 * (1 + body.taper))
        centre = position - up * body.height / 2
        _place(spine, body, centre, middle)
        gap = spine.remnant[n] if n < len(spine.remnant) else 0.0
        tilt += body.wedge
        position = centre - up * (body.height / 2 + gap)
        wall = body.ap / 2 * (1 - body.taper)
