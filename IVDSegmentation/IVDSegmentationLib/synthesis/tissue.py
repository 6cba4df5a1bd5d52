"""How bright each tissue is in each contrast, relative to CSF (bright-fluid contrasts) or fat (T1, fat)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_CONTRASTS = ("T2", "T2fs", "STIR", "T1", "water", "fat")
_MEANS: dict[str, tuple[float, ...]] = {
    "csf": (1.00, 1.00, 1.00, 0.16, 1.00, 0.03),
    "marrow": (0.38, 0.22, 0.48, 0.40, 0.44, 0.60),
    "nucleus": (0.60, 0.58, 0.66, 0.27, 0.84, 0.06),  # of grade I
    "annulus": (0.09, 0.10, 0.18, 0.24, 0.70, 0.06),
    "endplate": (0.10, 0.10, 0.28, 0.22, 0.46, 0.20),  # bony endplate and cartilage
    "cortex": (0.05, 0.05, 0.10, 0.07, 0.40, 0.15),
    "ligament": (0.06, 0.06, 0.10, 0.09, 0.35, 0.06),
    "muscle": (0.20, 0.24, 0.52, 0.31, 0.74, 0.10),
    "fat": (0.98, 0.12, 0.14, 0.95, 0.10, 1.00),
    "cord": (0.36, 0.42, 0.60, 0.31, 0.75, 0.06),
    "root": (0.55, 0.60, 0.68, 0.25, 0.85, 0.06),
    "vessel": (0.06, 0.06, 0.10, 0.06, 0.75, 0.03),  # flowing blood
    "slow": (0.45, 0.55, 0.60, 0.25, 0.80, 0.05),  # slowly flowing blood
    "wall": (0.28, 0.32, 0.40, 0.28, 0.50, 0.10),  # of bowel and vessels
    "fluid": (0.80, 0.90, 0.90, 0.18, 0.80, 0.05),  # bowel content, cysts
    "gas": (0.02, 0.02, 0.03, 0.02, 0.02, 0.02),
    "organ": (0.30, 0.36, 0.50, 0.34, 0.65, 0.12),
    "skin": (0.45, 0.25, 0.25, 0.40, 0.45, 0.30),
    "edema": (0.70, 0.80, 1.00, 0.22, 0.75, 0.30),
}
"""Mean brightness of each tissue, one number a contrast in the order of ``_CONTRASTS``."""
_NUCLEUS_T2 = 0.60
_SPREAD = {"csf": 0.08, "marrow": 0.33, "nucleus": 0.10, "annulus": 0.3, "fat": 0.2, "cortex": 0.3}


@dataclass(frozen=True)
class Tissues:
    """Brightness by tissue name for one scan, and what changes with it."""

    contrast: str
    value: dict[str, float]
    band_visible: float
    """1: a dark band lies between disc and marrow; 0: brightness runs over from one to the other"""

    def __getitem__(self, name: str) -> float:
        return self.value[name]

    def nucleus(self, t2_brightness: float) -> float:
        """Brightness of a nucleus whose T2 brightness is a share ``t2_brightness`` of CSF (0.6 healthy, 0.1 black)."""
        share = float(np.clip(t2_brightness / _NUCLEUS_T2, 0.0, 1.6))
        healthy, annulus = self.value["nucleus"], self.value["annulus"]
        if self.contrast == "T2":
            return max(0.02, healthy * share)
        # elsewhere a dry nucleus comes close to the annulus
        weight = {"T2fs": 1.0, "STIR": 0.9, "water": 0.7, "T1": 0.5, "fat": 0.3}.get(self.contrast, 0.8)
        floor = 0.75 * annulus
        return floor + (healthy - floor) * ((1 - weight) + weight * share)

    def plate(self) -> float:
        """Brightness of the endplate: dark, or between disc and marrow where the contrast shows no dark band."""
        between = 0.5 * (self.value["marrow"] + self.value["annulus"])
        return self.value["endplate"] * self.band_visible + between * (1 - self.band_visible)

    def modic(self, kind: str) -> float:
        """Factor on the marrow's brightness in a Modic change."""
        bright_fluid = self.contrast in ("T2", "T2fs", "STIR", "water")
        if kind == "I":
            return 1.6 if bright_fluid else 0.6
        if kind == "II":
            return {"T2": 1.35, "T1": 1.5, "fat": 1.4}.get(self.contrast, 0.75)
        return 0.5


def draw_tissues(rng: np.random.Generator, contrast: str) -> Tissues:
    """A brightness table of one contrast with the spread between people and scanners."""
    if contrast == "random":
        return _random_tissues(rng)
    value = {}
    column = _CONTRASTS.index(contrast)
    for name, means in _MEANS.items():
        spread = _SPREAD.get(name, 0.2) * (0.5 if contrast == "water" else 1.0)
        value[name] = float(means[column] * np.exp(rng.normal(0, spread)))
    if contrast in ("T2", "T2fs", "STIR", "water"):
        value["marrow"] = float(np.clip(value["marrow"], 0.14, 0.78))
        if rng.random() < 0.35:  # bright blood, as gradient echoes and slow veins show it
            value["vessel"] = value["slow"]
    band = 0.25 if contrast in ("water", "fat") else 1.0
    return Tissues(contrast, value, band)


def _random_tissues(rng: np.random.Generator) -> Tissues:
    """Brightness by chance, but disc and marrow differ and the brightest is 1."""
    while True:
        value = {name: float(v) for name, v in zip(_MEANS, rng.uniform(0.02, 1.0, len(_MEANS)))}
        value["gas"], value["cortex"] = 0.02, float(rng.uniform(0.02, 0.4))
        value["endplate"] = value["cortex"] * 1.1
        value["annulus"] = float(np.clip(value["nucleus"] * rng.uniform(0.3, 1.1), 0.03, 1))
        if abs(np.log(value["nucleus"] / value["marrow"])) > 0.25 and abs(value["annulus"] - value["marrow"]) > 0.08:
            return Tissues("random", value, float(rng.uniform(0, 1)))
