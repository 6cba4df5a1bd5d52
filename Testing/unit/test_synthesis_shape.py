"""The phantom's sizes against those measured on real scans; and the plain phantom against its own truth."""

from __future__ import annotations

import numpy as np
import pytest
from IVDSegmentationLib.spine.norms import BODY_NORMS, DISC_NORMS
from IVDSegmentationLib.synthesis import PhantomSettings, phantom_of_known_size, synthesize
from IVDSegmentationLib.synthesis.person import draw_spine
from IVDSegmentationLib.synthesis.spine import frame_of

OBLIQUE = np.array([[0.0, 0.0, -1.0], [0.8, 0.6, 0.0], [0.6, -0.8, 0.0]])
"""An oblique direction matrix: sagittal axes, tilted."""


def spines(count: int, kind: str | None):
    settings = PhantomSettings(kind=kind)
    drawn = [draw_spine(np.random.default_rng(seed), settings) for seed in range(count)]
    return [s for s in drawn if s.ribs_above == 5 and "T13" not in s.findings]


def test_healthy_sizes_follow_the_norms():
    people = spines(300, "healthy")
    for n in range(9):
        norm = DISC_NORMS[n]
        discs = [s.discs[n] for s in people]
        assert np.mean([d.height for d in discs]) == pytest.approx(norm.height, rel=0.10), norm.name
        assert np.mean([d.ap for d in discs]) == pytest.approx(norm.ap, rel=0.04), norm.name
        assert np.mean([d.width for d in discs]) == pytest.approx(norm.width, rel=0.04), norm.name
        assert np.mean([d.tilt for d in discs]) == pytest.approx(norm.tilt, abs=2.5), norm.name
        assert np.std([d.ap for d in discs]) / norm.ap == pytest.approx(0.10, abs=0.04), norm.name
    for n in range(8):
        bodies = [s.bodies[n] for s in people]
        assert np.mean([b.height for b in bodies]) == pytest.approx(BODY_NORMS[n].height, rel=0.05)


def test_steps_between_discs():
    people = spines(200, "healthy")
    for n, step in ((1, 39.0), (2, 38.5), (3, 37.5), (4, 35.5), (5, 33.0), (6, 29.5)):
        found = np.mean([np.linalg.norm(s.discs[n].centre - s.discs[n + 1].centre) for s in people])
        assert found == pytest.approx(step, rel=0.06), DISC_NORMS[n].name


def test_lordosis_and_neighbours():
    people = spines(300, None)
    # from the plate of S1 to the upper plate of L1
    angle = [s.discs[0].tilt + s.discs[0].wedge / 2 - s.discs[5].tilt - s.discs[5].wedge / 2 for s in people]
    assert np.median(angle) == pytest.approx(47, abs=6)
    assert 6 < np.std(angle) < 15
    tilt = np.array([[d.tilt for d in s.discs[:6]] for s in people])
    r = np.corrcoef(tilt.T)
    assert r[0, 1] > 0.4 and r[2, 3] > 0.6, "neighbours turn together"
    assert abs(r[0, 4]) < 0.5, "the ends of the chain hardly know of each other"


def test_thin_discs_are_as_common_as_in_patients():
    height = np.array([[d.height for d in s.discs[:5]] for s in spines(400, None)]).ravel()
    assert 0.08 < np.mean(height < 4.5) < 0.25
    assert height.min() >= 1.8


def test_nothing_in_a_frame_is_skewed():
    for tilt, lean, turn in ((36.0, 5.0, 10.0), (-20.0, -15.0, -25.0), (0.0, 0.0, 0.0)):
        frame = frame_of(tilt, lean, turn)
        assert np.allclose(frame @ frame.T, np.eye(3), atol=1e-6)
    assert np.allclose(frame_of(0.0), [[1, 0, 0], [0, 0, 1], [0, -1, 0]])
    assert frame_of(30.0)[2][0] < 0, "a front edge that is lower leans the disc's axis forward"


def test_label_volume_agrees_with_the_sizes():
    """Volume of a whole disc is about 0.83 x mean height x depth x width."""
    phantom = synthesize(
        3, PhantomSettings(kind="healthy", contrast="T2", slab=False, top_level=8, spacing_mm=(1.2, 1.2, 3.0), fine_mm=1.2)
    )
    volumes = {}
    for value in phantom.description["whole_discs"]:
        volumes[value] = (phantom.labels.array == value).sum() * phantom.labels.voxel_mm3 / 1000
    assert all(2.5 < v < 28 for v in volumes.values()), volumes
    assert volumes[3] > volumes[7], "L3-L4 is larger than T11-T12"


@pytest.mark.parametrize("shape", ["box", "ellipse"])
@pytest.mark.parametrize("direction", [None, np.eye(3), OBLIQUE])
def test_plain_phantom_is_as_large_as_it_says(shape, direction):
    image, labels, truth = phantom_of_known_size(
        (6.0, 11.0), wedge_deg=6.0, tilt_deg=12.0, shape=shape, spacing_mm=(0.8, 0.9, 1.1), direction=direction
    )
    assert image.same_grid(labels)
    for disc in truth:
        voxels = np.argwhere(labels.array == disc.label)[:, ::-1]
        points = labels.lps_of_ijk(voxels)
        assert len(points) * labels.voxel_mm3 == pytest.approx(disc.volume_mm3, rel=0.04)
        assert np.allclose(points.mean(axis=0), disc.centre_mm_lps, atol=0.3)
        reach = (points - points.mean(axis=0)) @ np.array([disc.direction_posterior, disc.direction_right]).T
        assert np.ptp(reach[:, 0]) == pytest.approx(disc.ap_mm, abs=1.6)
        assert np.ptp(reach[:, 1]) == pytest.approx(disc.width_mm, abs=1.6)


@pytest.mark.slow
def test_a_hundred_phantoms():
    """Every seed gives a phantom whose labels are there, of one piece, and of a size that exists."""
    kinds = []
    for seed in range(1000, 1100):
        phantom = synthesize(seed)
        description, labels = phantom.description, phantom.labels.array
        kinds.append(description["kind"])
        assert len(description["discs_in_view"]) >= 4, seed
        assert np.isfinite(phantom.image.array).all()
        for value in description["whole_discs"]:
            volume = (labels == value).sum() * phantom.labels.voxel_mm3 / 1000
            assert 0.1 < volume < 32, (seed, value, volume)
        assert labels.size <= 12e6, "a phantom is no larger than a scan"
    for kind, share in (("healthy", 0.35), ("degenerated", 0.40), ("rare", 0.25)):
        assert kinds.count(kind) / len(kinds) == pytest.approx(share, abs=0.15)
