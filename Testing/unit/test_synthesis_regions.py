"""Phantoms of every part of the spine, and volumes without one."""

from __future__ import annotations

import numpy as np
import pytest
from IVDSegmentationLib import anatomy
from IVDSegmentationLib.spine.norms import BODY_NORMS, DISC_NORMS, WHOLE_LEVELS
from IVDSegmentationLib.synthesis import NEGATIVES, PhantomSettings, synthesize, synthesize_negative
from IVDSegmentationLib.synthesis.paint_discs import implant_share
from IVDSegmentationLib.synthesis.person import draw_spine
from scipy import ndimage

FAST = {"spacing_mm": (1.6, 1.6, 4.0), "fine_mm": 1.6, "artefacts": False, "kind": "healthy", "contrast": "T2"}


def heights(phantom) -> dict[int, float]:
    """LPS height of the centre of each label."""
    labels = phantom.labels.array
    values = [v for v in np.unique(labels) if v]
    centres = ndimage.center_of_mass(np.ones(labels.shape), labels, values)
    return {int(v): float(phantom.labels.lps_of_ijk(np.array(c)[::-1])[2]) for v, c in zip(values, centres)}


@pytest.fixture(scope="module")
def whole():
    return synthesize(2, PhantomSettings(region="whole", sacrum_in_view=True, dens_in_view=True, **FAST))


def test_a_whole_spine_has_every_disc_and_body_in_order(whole):
    found = heights(whole)
    chain = [anatomy.S1_LABEL]
    for level in anatomy.DISC_LEVELS:
        chain += [level.label, anatomy.S1_LABEL + level.label]
    assert set(chain) <= set(found)
    assert [found[v] for v in chain] == sorted(found[v] for v in chain)
    assert whole.description["levels_in_view"] == [level.name for level in anatomy.DISC_LEVELS]
    assert whole.description["sacrum_in_view"] and whole.description["dens_in_view"]


def test_the_dens_stands_above_c2_and_the_canal_ends_at_the_skull(whole):
    labels = whole.labels.array
    spacing = whole.labels.spacing_mm[1]
    rows = {v: np.flatnonzero((labels == v).any(axis=(0, 2))) for v in (122, 123, anatomy.CANAL_LABEL)}
    tall = {v: len(r) * spacing for v, r in rows.items()}
    assert tall[123] > 2 * tall[122], "C2 with its dens is far taller than C3"
    assert abs(rows[anatomy.CANAL_LABEL][0] - rows[123][0]) * spacing < 12


@pytest.mark.parametrize(
    ("region", "seen", "unseen"),
    [("cervical", "C4-C5", "T10-T11"), ("thoracic", "T6-T7", "L5-S1"), ("head", "C2-C3", "T3-T4")],
)
def test_fields_of_view(region, seen, unseen):
    phantom = synthesize(4, PhantomSettings(region=region, dens_in_view=True, **FAST))
    levels = phantom.description["levels_in_view"]
    assert seen in levels and unseen not in levels
    assert not phantom.description["sacrum_in_view"]


def test_a_neck_cut_below_c2_shows_no_dens():
    phantom = synthesize(6, PhantomSettings(region="cervical", dens_in_view=False, **FAST))
    assert not phantom.description["dens_in_view"]
    assert "C2-C3" not in phantom.description["levels_in_view"]


@pytest.mark.parametrize(("plane", "thick"), [("axial", 1), ("coronal", 2)])
def test_stacks_in_other_planes(plane, thick):
    settings = PhantomSettings(region="cervical", plane=plane, contrast="T2", kind="healthy", fine_mm=1.6)
    spacing = synthesize(5, settings).image.spacing_mm[::-1]
    assert int(np.argmax(spacing)) == thick


def test_thoracic_kyphosis_and_cervical_lordosis():
    people = [draw_spine(np.random.default_rng(seed), PhantomSettings(kind="healthy"), WHOLE_LEVELS) for seed in range(120)]
    tilt = {norm.name: np.array([s.discs[n].tilt for s in people]) for n, norm in enumerate(DISC_NORMS)}
    kyphosis = tilt["T2-T3"] - tilt["T12-L1"]
    lordosis = tilt["C7-T1"] - tilt["C2-C3"]
    assert 15 < np.median(kyphosis) < 45
    assert 5 < np.median(lordosis) < 30


def test_sizes_grow_from_the_neck_down():
    width = {norm.name: norm.width for norm in BODY_NORMS}
    assert width["C3"] < width["C7"] < width["T8"] < width["L1"] < width["L5"]
    people = [draw_spine(np.random.default_rng(seed), PhantomSettings(kind="healthy"), WHOLE_LEVELS) for seed in range(60)]
    for n, norm in enumerate(DISC_NORMS[:-1]):
        assert np.mean([s.discs[n].ap for s in people]) == pytest.approx(norm.ap, rel=0.06), norm.name


def test_a_replaced_disc_is_not_labelled():
    for seed in range(400):
        extra = np.random.default_rng([seed, 13])
        settings = PhantomSettings(region="cervical", kind="rare")
        spine = draw_spine(np.random.default_rng(seed), settings, WHOLE_LEVELS, extra)
        if any(f.startswith("fusion C") for f in spine.findings) and not any("screws" in f for f in spine.findings):
            break
    removed = {anatomy.LEVEL_BY_NAME[disc.name].label for disc in spine.discs if disc.removed}
    settings = PhantomSettings(region="cervical", dens_in_view=True, **FAST | {"kind": "rare"})
    present = set(synthesize(seed, settings).description["discs_in_view"])
    assert removed and not removed & present
    assert present


def test_a_cage_is_named_and_fills_the_place_of_its_disc():
    rare, seeds = PhantomSettings(kind="rare"), range(300)
    spines = [draw_spine(np.random.default_rng(n), rare, extra=np.random.default_rng([n, 13])) for n in seeds]
    cages = [(s, disc) for s in spines for disc in s.discs if disc.removed and any("screws" in f for f in s.findings)]
    assert cages and all(any(f == f"cage {disc.name}" or "fusion" in f for f in s.findings) for s, disc in cages)
    disc = cages[0][1]
    a, b = np.meshgrid(np.linspace(-0.5, 0.5, 101) * disc.ap, np.linspace(-0.5, 0.5, 101) * disc.width)
    oval = (2 * a / disc.ap) ** 2 + (2 * b / disc.width) ** 2 < 1
    assert implant_share(disc, a, b)[oval].mean() > 0.9, "what is left of the annulus is no disc"
    assert implant_share(disc, np.array([disc.ap / 2]), np.array([0.0])) == 0


@pytest.mark.parametrize("kind", NEGATIVES)
def test_volumes_without_a_spine(kind):
    one, again = synthesize_negative(3, kind), synthesize_negative(3, kind)
    assert np.array_equal(one.image.array, again.image.array)
    assert not one.labels.array.any()
    assert one.description["discs_in_view"] == []
    assert np.isfinite(one.image.array).all() and one.image.array.std() > 0
    assert one.image.same_grid(one.labels)


def test_kinds_are_drawn_by_chance_and_unknown_ones_refused():
    assert synthesize_negative(1).description["kind"] in NEGATIVES
    with pytest.raises(ValueError, match="choose one of"):
        synthesize_negative(1, "spine")
    with pytest.raises(ValueError, match="choose one of"):
        PhantomSettings(region="tail")
    with pytest.raises(ValueError, match="choose one of"):
        PhantomSettings(plane="oblique")
