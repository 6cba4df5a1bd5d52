"""Mean sizes and angles of healthy discs and vertebral bodies, from the sacrum upwards.

Millimetres and degrees, lying. Discs as they are labelled: without the dark endplate band. From T7 down measured on real
scans. Above: bodies and canal after Panjabi et al. 1991 (cervical: Spine 16:861, thoracic: Spine 16:888; footprints and
posterior heights), thoracic disc heights after Kunkel et al. 2011 (J Anat 219:375) and Fletcher et al. 2015 (Eur Spine J,
doi 10.1007/s00586-015-3925-y), cervical ones after Gilad and Nissan 1986 (Spine 11:154), all less the endplate band. Tilts:
thoracic kyphosis about 35 degrees and a cervical lordosis of about 15 degrees, as in scans of people who lie.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class DiscNorm:
    """``height``: in the middle. ``log_sd``: own spread of the log height beyond the person's factor. ``wedge``: degrees,
    + is open to the front. ``tilt``: of the disc in the body, + is front edge lower; ``tilt_r``: correlation with the
    disc below."""

    name: str
    height: float
    ap: float
    width: float
    log_sd: float
    wedge: float
    tilt: float
    tilt_sd: float
    tilt_r: float
    sac: float
    """antero-posterior size of the dural sac"""


@dataclass(frozen=True)
class BodyNorm:
    """``height``: in the middle. ``top``/``bottom``: depth of the endplate below its rim."""

    name: str
    height: float
    ap: float
    width: float
    top: float
    bottom: float
    sac: float


DISC_NORMS: tuple[DiscNorm, ...] = (
    DiscNorm("L5-S1", 10.5, 33.0, 48.5, 0.18, 8.0, 35.6, 8.0, 0.0, 13.2),
    DiscNorm("L4-L5", 12.3, 34.2, 49.5, 0.10, 6.0, 12.3, 6.2, 0.67, 12.6),
    DiscNorm("L3-L4", 12.2, 34.3, 48.5, 0.07, 3.5, 1.5, 5.2, 0.70, 11.8),
    DiscNorm("L2-L3", 10.5, 34.4, 46.0, 0.07, 1.5, -5.8, 4.9, 0.76, 12.4),
    DiscNorm("L1-L2", 9.0, 33.0, 44.0, 0.07, 0.0, -9.6, 5.0, 0.78, 13.3),
    DiscNorm("T12-L1", 7.0, 31.7, 42.0, 0.08, 0.0, -9.6, 6.0, 0.88, 13.9),
    DiscNorm("T11-T12", 6.5, 31.0, 39.6, 0.09, -1.0, -8.0, 5.9, 0.74, 13.5),
    DiscNorm("T10-T11", 5.7, 31.0, 36.5, 0.10, -1.0, -7.0, 6.2, 0.75, 12.6),
    DiscNorm("T9-T10", 5.3, 30.5, 34.0, 0.10, -1.0, -5.0, 7.0, 0.75, 12.3),
    DiscNorm("T8-T9", 5.0, 29.5, 32.5, 0.10, -1.0, -1.5, 7.5, 0.80, 12.0),
    DiscNorm("T7-T8", 4.7, 28.5, 31.0, 0.10, -1.0, 2.5, 8.0, 0.85, 12.0),
    DiscNorm("T6-T7", 4.5, 27.5, 30.0, 0.10, -1.0, 7.0, 8.0, 0.85, 12.0),
    DiscNorm("T5-T6", 4.1, 26.2, 28.5, 0.12, -1.0, 10.5, 8.0, 0.88, 12.0),
    DiscNorm("T4-T5", 3.7, 24.6, 27.0, 0.13, -1.0, 13.5, 8.0, 0.88, 12.0),
    DiscNorm("T3-T4", 3.5, 23.0, 26.0, 0.13, -1.0, 16.0, 8.0, 0.88, 12.0),
    DiscNorm("T2-T3", 3.5, 21.0, 26.0, 0.13, -0.5, 17.5, 6.5, 0.88, 12.0),
    DiscNorm("T1-T2", 3.8, 19.0, 25.5, 0.12, 0.5, 18.5, 6.5, 0.88, 12.2),
    DiscNorm("C7-T1", 4.3, 17.6, 22.5, 0.12, 2.0, 18.0, 6.5, 0.88, 12.4),
    DiscNorm("C6-C7", 4.7, 17.2, 19.5, 0.12, 3.0, 15.0, 6.5, 0.88, 12.2),
    DiscNorm("C5-C6", 4.5, 16.8, 18.0, 0.12, 2.0, 11.5, 6.5, 0.86, 12.0),
    DiscNorm("C4-C5", 4.5, 16.2, 17.0, 0.11, 2.0, 8.0, 6.5, 0.86, 12.2),
    DiscNorm("C3-C4", 4.5, 15.6, 16.5, 0.11, 2.0, 5.0, 6.5, 0.86, 12.8),
    DiscNorm("C2-C3", 4.4, 15.2, 16.0, 0.11, 2.5, 3.0, 6.5, 0.86, 13.6),
    DiscNorm("C1-C2", 4.0, 15.0, 16.0, 0.10, 0.0, 2.0, 6.5, 0.88, 14.5),  # no disc: only ends the chain of tilts
)

BODY_NORMS: tuple[BodyNorm, ...] = (
    BodyNorm("L5", 24.2, 34.8, 50.5, 0.2, 1.6, 13.8),
    BodyNorm("L4", 25.0, 35.0, 50.0, 0.9, 1.0, 14.0),
    BodyNorm("L3", 25.2, 34.8, 48.5, 1.4, 1.3, 14.2),
    BodyNorm("L2", 25.9, 34.0, 46.5, 0.7, 0.9, 14.6),
    BodyNorm("L1", 25.4, 32.2, 44.5, 0.5, 0.8, 15.2),
    BodyNorm("T12", 24.0, 31.4, 43.0, 0.4, 0.5, 14.7),
    BodyNorm("T11", 22.0, 31.3, 39.0, 0.3, 0.4, 13.8),
    BodyNorm("T10", 18.9, 30.5, 35.5, 0.4, 0.5, 13.0),
    BodyNorm("T9", 18.5, 30.0, 33.0, 0.3, 0.3, 12.6),
    BodyNorm("T8", 18.0, 29.0, 31.5, 0.3, 0.3, 12.3),
    BodyNorm("T7", 17.5, 28.0, 30.0, 0.3, 0.3, 12.2),
    BodyNorm("T6", 17.0, 27.0, 29.0, 0.3, 0.3, 12.2),
    BodyNorm("T5", 16.4, 25.6, 27.6, 0.3, 0.3, 12.2),
    BodyNorm("T4", 16.0, 24.0, 26.6, 0.3, 0.3, 12.2),
    BodyNorm("T3", 15.7, 22.6, 26.0, 0.3, 0.3, 12.2),
    BodyNorm("T2", 15.5, 20.6, 26.5, 0.4, 0.4, 12.4),
    BodyNorm("T1", 14.4, 18.8, 26.0, 0.4, 0.5, 12.6),
    BodyNorm("C7", 12.9, 17.4, 22.0, 0.5, 0.7, 12.6),
    BodyNorm("C6", 11.4, 17.2, 19.5, 0.5, 0.8, 12.4),
    BodyNorm("C5", 11.6, 16.5, 18.2, 0.5, 0.8, 12.4),
    BodyNorm("C4", 11.8, 15.8, 17.3, 0.5, 0.8, 12.6),
    BodyNorm("C3", 12.2, 15.4, 16.8, 0.5, 0.9, 13.4),
    BodyNorm("C2", 18.5, 15.2, 17.0, 0.0, 0.9, 14.5),  # without the dens
)

LUMBAR_LEVELS = 12
"""Discs of the spine of a lumbar view: up to T6-T7, beyond every such view."""
WHOLE_LEVELS = len(DISC_NORMS)
DENS_MM = 15.0
"""Height of the dens above the body of C2 (Panjabi et al. 1991)."""
BAND_ABOVE_T7 = {"T": 0.85, "C": 0.6}
"""The endplate band of small vertebrae relative to the lumbar one, by region, from T6 upwards: a design value."""

ENDPLATE_BAND_MM = 1.25
"""Mean distance between the marrow's edge and the disc label: the dark band of endplate and cartilage."""


LUMBAR_WIDTH_MM = DISC_NORMS[1].width
_STEPS_MM = [
    body.height
    + (low.height + high.height) / 2
    + 2 * ENDPLATE_BAND_MM * (1.0 if n < LUMBAR_LEVELS else BAND_ABOVE_T7[body.name[0]])
    for n, (body, low, high) in enumerate(zip(BODY_NORMS, DISC_NORMS, DISC_NORMS[1:]))
]


def relative_size(label: float) -> float:
    """Width of a disc as a share of that of L4-L5; ``label`` is its label value, or a value between two: 1 in the lumbar spine,
    a third in the neck."""
    widths = [norm.width for norm in DISC_NORMS]
    return float(np.interp(label, range(1, len(widths) + 1), widths)) / LUMBAR_WIDTH_MM


def typical_step_mm(label: float) -> float:
    """Distance of neighbouring discs' centres where ``label`` is the mean of their label values: 39 mm in the lumbar spine, 17
    in the neck."""
    return float(np.interp(label, np.arange(len(_STEPS_MM)) + 1.5, _STEPS_MM))
