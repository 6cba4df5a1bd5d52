"""What the estimate of outlines is fitted with: boosting, faults put into a run, and runs kept on disk."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from IVDSegmentationLib.quality.features import NAMES, outline_features
from IVDSegmentationLib.quality.shapes import ShapeTable
from IVDSegmentationLib.spine import disc_regions
from IVDSegmentationLib.volume import NetworkFrame
from known_result import probability_of_labels, spine_scan

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmark"))
from boosting import boosted  # noqa: E402
from outline_model import FITS, TREES, Rows, auroc, averaged  # noqa: E402
from outline_runs import FAULTS, Run, with_faults  # noqa: E402

TABLE = ShapeTable({0: ((8.0, 2.0), (30.0, 5.0), (0.27, 0.07))})


def test_boosting_learns_a_step_and_leaves_out_what_is_noise():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(600, 5))
    target = np.where(rows[:, 2] > 0.3, 1.0, 0.0)
    trees = boosted(rows, target, np.ones(600), trees=60)
    new = rng.normal(size=(300, 5))
    assert np.abs(trees(new) - (new[:, 2] > 0.3)).mean() < 0.1
    used = trees.feature[trees.threshold < 1e9]
    assert np.bincount(used, minlength=5).argmax() == 2


def test_a_constant_target_gives_its_value():
    trees = boosted(np.random.default_rng(0).normal(size=(50, 2)), np.full(50, 0.7), np.ones(50), trees=3)
    assert trees(np.zeros((2, 2))) == pytest.approx([0.7, 0.7])


def test_several_fits_are_one_model_with_their_mean():
    rng = np.random.default_rng(0)
    features, target = rng.normal(size=(200, 3)), rng.random(200)
    rows = Rows(features, target, target, np.ones(200), np.arange(200), np.full(200, "scan"))
    fits = [boosted(features, target, np.ones(200), seed=n, **TREES) for n in range(FITS)]
    assert averaged(rows, target)(features) == pytest.approx(np.mean([fit(features) for fit in fits], axis=0))


def test_with_a_limit_boosting_predicts_the_median_not_the_mean():
    rng = np.random.default_rng(2)
    rows, target = rng.normal(size=(800, 2)), np.where(rng.random(800) < 0.2, 0.0, 0.9)
    mean, median = (
        boosted(rows, target, np.ones(800), limit=limit, trees=200, rate=0.2)(rows).mean() for limit in (np.inf, 0.02)
    )
    assert mean == pytest.approx(0.72, abs=0.03) and median > 0.84


def test_auroc_of_known_orders():
    bad = np.array([True, False, True, False])
    assert auroc(np.array([4.0, 1, 3, 2]), bad) == 1.0
    assert auroc(np.array([1.0, 1, 1, 1]), bad) == 0.5
    assert np.isnan(auroc(np.ones(2), np.array([False, False])))


@pytest.fixture(scope="module")
def run() -> Run:
    from IVDSegmentationLib.quality.evidence import Evidence

    result, image = spine_scan()
    frame = NetworkFrame.of(image)
    grid = frame.to_network()
    labels = grid.with_array(frame.nearest_to_network(result.labels.array))
    regions = tuple(disc_regions(labels).values())
    probability = probability_of_labels(result.labels).array.astype(np.float32)
    evidence = Evidence.of(grid, probability, np.zeros_like(probability), None, regions)
    discs = [{"label": r.label, "dice": 1.0, "surface_mm": 0.0, "true_label": r.label, "flags": []} for r in regions]
    truth = labels.array[evidence.window]
    return Run("phantom_1.0", evidence, truth, np.ones(truth.shape, bool), discs, [])


def test_faults_spoil_the_chosen_discs_and_no_other(run):
    rng = np.random.default_rng(3)
    seen = []
    for _ in range(6):
        faulty, which = with_faults(run, rng)
        for before, after, region, other, changed in zip(
            run.discs, faulty.discs, run.evidence.regions, faulty.evidence.regions, which
        ):
            if changed:
                assert after["dice"] < 0.999 and after["surface_mm"] > 0
                seen.append(after["dice"])
            else:
                assert after == before and other is region
        masks = np.zeros(run.evidence.grid.array.shape, int)
        for region in faulty.evidence.regions:
            masks[region.box] += region.mask
        assert masks.max() <= 1, "outlines do not overlap"
    assert len(FAULTS) == 8 and len(seen) > 8 and min(seen) < 0.4 and max(seen) > 0.8, "from slight to gross"
    assert all(disc["dice"] == 1.0 for disc in run.discs), "the run itself stays as it was"


def test_features_are_finite_and_tell_a_spoilt_disc_from_its_neighbours(run):
    array = outline_features(run.evidence, run.labels, TABLE)
    assert array.shape == (6, len(NAMES)) and np.isfinite(array).all()
    one = NAMES.index("tilt_to_neighbours_deg")
    assert (array[:, one] >= 0).all()
    single = outline_features(replace(run.evidence, regions=run.evidence.regions[:1]), run.labels[:1], TABLE)
    assert single[0, NAMES.index("volume_to_neighbours")] < -8, "no neighbour: missing"


def test_a_disc_that_differs_from_the_others_stands_out(run):
    names = ("grey_to_others", "contrast_to_others", "entropy_to_others")
    columns = [NAMES.index(name) for name in names]
    before = outline_features(run.evidence, run.labels, TABLE)[:, columns]
    image = run.evidence.image.copy()
    third = run.evidence.regions[2]
    image[tuple(slice(s.start - w.start, s.stop - w.start) for s, w in zip(third.box, run.evidence.window))][third.mask] -= 5
    after = outline_features(replace(run.evidence, image=image), run.labels, TABLE)[:, columns]
    assert after[2, 0] == pytest.approx(before[2, 0] - 5, abs=0.2), "darker by five"
    assert np.abs(np.delete(after[:, 0] - before[:, 0], 2)).max() < 0.5
