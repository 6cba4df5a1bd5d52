"""A phantom from a seed: a spine is drawn, painted, scanned and described."""

from __future__ import annotations

import numpy as np

from ..anatomy import LEVEL_BY_LABEL, VERTEBRA_LABELS
from ..spine.norms import LUMBAR_LEVELS, WHOLE_LEVELS
from ..volume import Volume
from ..volume.frame import SAGITTAL_LPS
from .acquisition import Protocol, acquire, draw_protocol
from .canvas import Canvas
from .course import course_of
from .paint_arches import paint_arches, paint_atlas, paint_crest, paint_foramina
from .paint_bone import paint_bodies, paint_hardware, paint_sacrum
from .paint_canal import paint_canal
from .paint_discs import paint_discs
from .painter import Painter
from .person import draw_spine
from .settings import Phantom, PhantomSettings
from .spine import Spine
from .surroundings import paint_surroundings
from .tissue import draw_tissues

CONTRAST_SHARES = {"T2": 0.48, "T1": 0.18, "STIR": 0.09, "T2fs": 0.05, "water": 0.10, "fat": 0.02, "random": 0.08}
DEFAULT_SETTINGS = PhantomSettings()
FINDINGS_STREAM = 13
"""Tells the generator of the findings in ``pathology_upper`` from the phantom's own."""
SAMPLE_SEED = 20
SAMPLE_SETTINGS = PhantomSettings(
    contrast="T2", kind="healthy", slab=False, top_level=8, sacrum_in_view=True, artefacts=False, spacing_mm=(1.0, 1.0, 3.3)
)


def synthesize(seed: int, settings: PhantomSettings = DEFAULT_SETTINGS) -> Phantom:
    """A labelled MR volume of a spine that never was. The same seed and settings give the same voxels."""
    rng = np.random.default_rng(seed)
    levels = LUMBAR_LEVELS if settings.region == "lumbar" else WHOLE_LEVELS
    spine = draw_spine(rng, settings, levels, np.random.default_rng([seed, FINDINGS_STREAM]))
    course = course_of(spine)
    shares = np.array(list(CONTRAST_SHARES.values()))
    drawn = str(rng.choice(list(CONTRAST_SHARES), p=shares / shares.sum()))
    contrast = settings.contrast or drawn
    tissues = draw_tissues(rng, contrast)
    protocol = draw_protocol(rng, spine, course, settings)
    canvas = Canvas(protocol.fine)
    painter = Painter(rng, canvas, spine, tissues)
    paint_surroundings(painter, course)
    paint_arches(painter)
    paint_crest(painter)
    if spine.reaches_skull:
        paint_foramina(painter)
        paint_atlas(painter)
    paint_canal(painter, course)
    paint_sacrum(painter)
    paint_bodies(painter)
    paint_discs(painter)
    paint_hardware(painter)
    image, artefacts = acquire(rng, canvas.image, protocol, course, contrast, settings)
    labels = canvas.labels_on(protocol.final)
    grid = protocol.final
    spacing = grid.step[::-1]
    origin = tuple(SAGITTAL_LPS @ np.array(grid.origin[::-1]))
    return Phantom(
        Volume(image, spacing, origin, SAGITTAL_LPS),  # type: ignore[arg-type]
        Volume(labels, spacing, origin, SAGITTAL_LPS),  # type: ignore[arg-type]
        _describe(seed, spine, contrast, protocol, artefacts, labels, settings.region),
    )


def sample_phantom() -> Phantom:
    """The phantom that serves as sample data: a whole lumbar spine, T2, the same on every machine."""
    return synthesize(SAMPLE_SEED, SAMPLE_SETTINGS)


def _describe(
    seed: int, spine: Spine, contrast: str, protocol: Protocol, artefacts: list[str], labels: np.ndarray, region: str
) -> dict:
    grid = protocol.final
    counts = np.bincount(labels.ravel(), minlength=256)
    present = [int(v) for v in np.flatnonzero(counts[:51]) if v > 0]
    whole = []
    for label in present:
        disc = spine.discs[label - 1]
        reach = np.abs(disc.frame).T @ np.array([disc.ap / 2, 0.0, disc.height / 2])
        ends = [
            (disc.centre[a] - reach[a] > grid.origin[2 - a]) and
            (disc.centre[a] + reach[a] < grid.origin[2 - a] + grid.step[2 - a] * (grid.size[2 - a] - 1))
            for a in (0, 1)
        ]  # fmt: skip
        if all(ends):
            whole.append(label)
    return {
        "seed": int(seed),
        "contrast": contrast,
        "kind": spine.kind,
        "findings": list(spine.findings),
        "artefacts": artefacts,
        "spacing_mm": [round(float(s), 4) for s in grid.step[::-1]],
        "size_ijk": list(grid.size[::-1]),
        "slice_thickness_mm": round(float(protocol.thickness), 3),
        "resampled_to_1mm": protocol.interpolated,
        "slab": protocol.slab,
        "discs_in_view": present,
        "levels_in_view": [LEVEL_BY_LABEL[v].name for v in present],
        "whole_discs": whole,
        "removed_discs_mm": {
            n + 1: [round(float(x), 1) for x in SAGITTAL_LPS @ np.array(disc.centre)]
            for n, disc in enumerate(spine.discs)
            if disc.removed
        },
        "region": region,
        "sacrum_in_view": bool(counts[100] > 0),
        "dens_in_view": bool(counts[VERTEBRA_LABELS["C2"]] > 0 and grid.origin[1] < spine.dens_tip()[1]),
        "l6": spine.ribs_above == 6,
        "vertebrae_without_ribs": spine.ribs_above,
        "grades": {int(v): int(spine.discs[v - 1].grade) for v in present},
        "disc_height_mm": {int(v): round(float(spine.discs[v - 1].height), 2) for v in present},
    }
