"""What may be asked of a phantom, and what a phantom is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..volume import Volume

CONTRASTS = ("T2", "T2fs", "T1", "STIR", "water", "fat", "random")
"""Contrasts a phantom can have; T2fs is T2 with fat suppression, water and fat are those of a gradient echo."""

KINDS = ("healthy", "degenerated", "rare")

REGIONS = ("lumbar", "thoracic", "cervical", "whole", "head")
"""Parts of the body that a scan can show: 'whole' reaches from the skull base to the sacrum, 'head' from the crown to the upper
neck."""

PLANES = ("sagittal", "axial", "coronal")
"""Planes that the slices of a scan can lie in."""


@dataclass(frozen=True)
class PhantomSettings:
    """Wishes for a phantom. ``None`` leaves the choice to the seed, with the shares of a clinic's scans.

    ``contrast``: one of ``CONTRASTS``. ``kind``: one of ``KINDS``. ``spacing_mm``: (i, j, k) of the sagittal frame.
    ``slab``: True for a narrow mid-line slab (12-27 mm), False for the full width. ``top_level``: the highest disc that
    lies whole in a lumbar view, as its label value (9 is T9-T10). ``sacrum_in_view``: False cuts the volume above the
    sacrum. ``artefacts``: False leaves out ghosts, wrap-around, Gibbs ringing, saturation bands and metal. ``clean``: no
    noise and no shading at all. ``fine_mm``: in-plane step of the grid that structures are painted on; smaller is sharper
    and slower. ``region``: one of ``REGIONS``. ``plane``: of the slices, one of ``PLANES``. ``dens_in_view``: False cuts a
    cervical or whole view below C2.
    """

    contrast: str | None = None
    kind: str | None = None
    spacing_mm: tuple[float, float, float] | None = None
    slab: bool | None = None
    top_level: int | None = None
    sacrum_in_view: bool | None = None
    artefacts: bool = True
    clean: bool = False
    fine_mm: float = 0.9
    region: str = "lumbar"
    plane: str = "sagittal"
    dens_in_view: bool | None = None

    def __post_init__(self) -> None:
        if self.contrast is not None and self.contrast not in CONTRASTS:
            raise ValueError(f"contrast '{self.contrast}' is unknown; choose one of {', '.join(CONTRASTS)}")
        if self.kind is not None and self.kind not in KINDS:
            raise ValueError(f"kind '{self.kind}' is unknown; choose one of {', '.join(KINDS)}")
        if self.region not in REGIONS:
            raise ValueError(f"region '{self.region}' is unknown; choose one of {', '.join(REGIONS)}")
        if self.plane not in PLANES:
            raise ValueError(f"plane '{self.plane}' is unknown; choose one of {', '.join(PLANES)}")


@dataclass(frozen=True, eq=False)
class Phantom:
    """A labelled volume. ``image`` and ``labels`` share one grid with sagittal axes (k right, j inferior, i posterior).

    ``labels`` has the values of anatomy.py: discs 1 …, sacrum 99, S1 100, bodies 101 …, canal 200. ``description`` is
    plain data (json) that says what was drawn.
    """

    image: Volume
    labels: Volume
    description: dict[str, Any] = field(default_factory=dict)
