"""The paper's recipe as Testing/benchmark/paper trains it: loss, first weights, folds, resuming, post-processing."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmark"))

from IVDSegmentationLib.benchmark.arithmetic import counted  # noqa: E402
from IVDSegmentationLib.evaluation import CaseScore  # noqa: E402
from IVDSegmentationLib.evaluation.scores import DiscScore  # noqa: E402
from IVDSegmentationLib.synthesis import sample_phantom  # noqa: E402
from IVDSegmentationLib.volume import NetworkFrame, Volume  # noqa: E402
from paper import forward_times  # noqa: E402
from paper.compare import Paired  # noqa: E402
from paper.data import DeviceCase, draw_batch, network_input  # noqa: E402
from paper.folds import FOLDS, fold_of  # noqa: E402
from paper.inference import probability, quantised, validation_dice  # noqa: E402
from paper.pack import PackedCase, read_pack, write_pack  # noqa: E402
from paper.postprocess import paper_labels  # noqa: E402
from paper.recipe import ROWS, Recipe  # noqa: E402
from paper.tables import operations  # noqa: E402
from paper.train import Run, cross_entropy, finish, first_network  # noqa: E402
from paper.values import filled, missing, order, texts, verdict  # noqa: E402

SMALL = Recipe(
    "small", "fcn3d", {"width": 2}, steps=4, warm_up=1, patch=(8, 16, 16), batch=1, validate_every=2, half_precision=False
)


def packed(name: str, *, subject: str = "", held_out: bool = False) -> PackedCase:
    """A bright disc in dark noise."""
    rng = np.random.default_rng(len(name) + ord(name[-1]))
    disc = np.zeros((12, 32, 28), np.uint8)
    disc[3:9, 14:18, 8:20] = 255
    image = (disc // 4 + rng.integers(0, 20, disc.shape)).astype(np.uint8)
    valid = np.ones(disc.shape, bool)
    valid[:, 28:] = False
    return PackedCase(name, subject or name, image, disc, valid, np.array([[5.5, 15.5, 13.5]], np.float32), held_out)


@pytest.fixture
def cases() -> list[PackedCase]:
    return [packed(f"VB2_{n:02d}", held_out=n in (5, 12)) for n in (2, 5, 6, 8, 9, 12, 13)]


def on_device(cases: list[PackedCase]) -> dict[str, DeviceCase]:
    return {case.name: DeviceCase.of(case, "cpu") for case in cases}


# ------------------------------------------------------------------ eq. 1-3
def test_the_loss_is_the_cross_entropy_of_the_known_voxels():
    logits, known = torch.randn(2, 2, 4, 5, 6), (torch.rand(2, 4, 5, 6) > 0.3).float()
    disc = (torch.rand(2, 4, 5, 6) > 0.8).float()
    expected = torch.nn.functional.cross_entropy(logits, disc.long(), reduction="none")[known > 0].mean()
    torch.testing.assert_close(cross_entropy(logits, disc, known, 1.0), expected)
    weighted = torch.nn.functional.cross_entropy(logits, disc.long(), torch.tensor([1.0, 8.0]), reduction="none")
    weights = torch.where(disc > 0, 8.0, 1.0) * known
    torch.testing.assert_close(cross_entropy(logits, disc, known, 8.0), (weighted * known).sum() / weights.sum())


def test_lambda_acts_on_weights_and_not_on_biases(cases, tmp_path):
    run = Run(replace(SMALL, decay=0.5), fold_of("0", cases, SMALL), on_device(cases), tmp_path, "cpu")
    decayed, others = run.optimizer.param_groups
    assert decayed["weight_decay"] == 0.5 and all(p.ndim > 1 for p in decayed["params"])
    assert others["weight_decay"] == 0.0 and all(p.ndim == 1 for p in others["params"])


def test_the_papers_weights_lose_the_signal_and_hes_keep_it():
    x = torch.randn(1, 1, 16, 32, 32)
    spread = {}
    for kind in ("paper", "he"):
        network = first_network(replace(SMALL, arguments={}, first_weights=kind))
        with torch.inference_mode():
            spread[kind] = float(network(x).std(dim=(2, 3, 4)).mean())
    assert spread["paper"] < 1e-6 < 0.1 < spread["he"] < 10


def test_only_the_mean_is_subtracted_or_the_deviation_is_one_too():
    grey = torch.rand(6, 8, 8)
    as_written = network_input(grey, replace(SMALL, unit_deviation=False))
    assert abs(float(as_written.mean())) < 1e-3 and float(as_written.std()) == pytest.approx(255 * float(grey.std()), rel=1e-4)
    assert float(network_input(grey, SMALL).std()) == pytest.approx(1, rel=1e-4)


# --------------------------------------------------------------------- data
def test_a_packed_case_comes_back_as_it_was(cases, tmp_path):
    write_pack(cases, tmp_path / "cases.zip")
    for before, after in zip(cases, read_pack(tmp_path / "cases.zip")):
        assert (before.name, before.subject, before.held_out) == (after.name, after.subject, after.held_out)
        for key in ("image", "disc", "valid", "centres_kji"):
            np.testing.assert_array_equal(getattr(before, key), getattr(after, key))
    assert [case.name for case in read_pack(tmp_path / "cases.zip", ["VB2_09"])] == ["VB2_09"]


def test_every_scan_is_judged_once_by_a_network_that_never_saw_its_patient(cases):
    cases = [*cases, packed("VB2_16", subject="VB2_13")]
    subject = {case.name: case.subject for case in cases}
    judged = []
    for n in range(FOLDS):
        fold = fold_of(str(n), cases, SMALL)
        judged += fold.test
        assert not {subject[c] for c in fold.test} & {subject[c] for c in (*fold.training, *fold.validation)}
        assert fold.training and len(fold.validation) == 1 and not set(fold.training) & set(fold.validation)
    assert sorted(judged) == sorted(subject)
    assert set(fold_of("0", cases, SMALL).test) == {"VB2_05", "VB2_12"} == set(fold_of("all", cases, SMALL).test)


def test_a_batch_depends_on_seed_and_step_alone(cases):
    held = list(on_device(cases).values())
    one, again, other = (draw_batch(held, SMALL, step) for step in (7, 7, 8))
    assert torch.equal(one.image, again.image) and torch.equal(one.disc, again.disc)
    assert not torch.equal(one.image, other.image)
    assert one.image.shape == (1, 1, *SMALL.patch) and one.disc.shape == one.valid.shape == (1, *SMALL.patch)


def test_image_and_labels_are_moved_alike(cases):
    held = list(on_device(cases[:1]).values())
    recipe = replace(SMALL, patch=(8, 24, 24))
    for step in range(8):
        batch = draw_batch(held, recipe, step)
        inside = batch.disc[0] > 0.5
        if inside.sum() > 50:
            assert float(batch.image[0, 0][inside].mean()) > float(batch.image[0, 0][~inside].mean()) + 1


# ----------------------------------------------------------------- training
def test_a_run_that_was_stopped_ends_as_one_that_was_not(cases, tmp_path):
    held, fold = on_device(cases), fold_of("1", cases, SMALL)
    whole = Run(SMALL, fold, held, tmp_path / "whole", "cpu")
    whole.train()
    stopped = Run(SMALL, fold, held, tmp_path / "stopped", "cpu")
    stopped.train(lambda: stopped.step == 2)
    resumed = Run(SMALL, fold, held, tmp_path / "stopped", "cpu")
    assert resumed.step == 2
    resumed.train()
    assert resumed.step == whole.step == SMALL.steps
    for name, value in whole.network.state_dict().items():
        torch.testing.assert_close(resumed.network.state_dict()[name], value)
    assert resumed.best == pytest.approx(whole.best)


def test_patience_ends_a_run(cases, tmp_path):
    recipe = replace(SMALL, learning_rate=0.0, steps=100, patience=2)
    run = Run(recipe, fold_of("0", cases, recipe), on_device(cases), tmp_path, "cpu")
    run.train()
    assert run.stopped_early and run.step == 2 + 2 * 2  # the first validation is the best


def test_validation_counts_known_voxels_only(cases):
    case = DeviceCase.of(cases[0], "cpu")
    perfect = torch.nn.Module()
    perfect.size_multiple = (1, 1, 1)
    odds = torch.where(case.maps[1] > 0.5, 9.0, -9.0)
    odds[:, 28:] = 9.0  # nobody knows what is there
    perfect.forward = lambda x: torch.stack([torch.zeros_like(odds), odds])[None]
    np.testing.assert_allclose(validation_dice(perfect, [case], SMALL), 1.0)


def test_log_odds_survive_being_stored():
    p = torch.tensor([0.0, 0.03, 0.3, 0.5, 0.8, 1.0])
    np.testing.assert_allclose(probability(quantised(torch.logit(p)))[1:], p[1:], atol=0.01)
    assert probability(quantised(torch.logit(p)))[0] < 0.01


@pytest.mark.parametrize("path", sorted(ROWS.glob("*.json")), ids=lambda path: path.stem)
def test_each_row_can_be_built(path):
    recipe = Recipe.read(path)
    network = first_network(recipe)
    assert sum(p.numel() for p in network.parameters()) * 2 < 1_600_000  # stored as float16
    assert all(n % m == 0 for n, m in zip(recipe.patch, network.size_multiple))


# ------------------------------------------------------------ after training
def test_the_papers_post_processing_names_from_the_lowest():
    phantom = sample_phantom()
    labels = phantom.labels.array
    frame = NetworkFrame.of(phantom.image)
    mask = ((labels >= 2) & (labels <= 7)).astype(np.float32)
    k, j, i = np.argwhere(labels == 200)[0] if (labels == 200).any() else (2, 2, 2)
    mask[k, j, i] = 1  # a speck
    found = paper_labels(0.99 * NetworkFrame.of(phantom.labels.with_array(mask)).to_network().array, frame, 0.5)
    assert sorted(np.unique(found.array)) == [0, 1, 2, 3, 4, 5, 6]
    for n in range(1, 7):  # the lowest is taken for L5-S1
        one, other = found.array == n, labels == n + 1
        assert 2 * (one & other).sum() / (one.sum() + other.sum()) > 0.9
    nothing = paper_labels(np.zeros(frame.to_network().array.shape, np.float32), frame, 0.5)
    assert isinstance(nothing, Volume) and not nothing.array.any()


def test_operations_are_counted():
    x = torch.randn(1, 2, 4, 5, 6)
    network = torch.nn.Sequential(torch.nn.Conv3d(2, 3, 3, padding=1), torch.nn.ConvTranspose3d(3, 4, 2, stride=2))
    with counted(network) as count:
        network(x)
    assert count.coarse_flop == 2 * 4 * 5 * 6 * (2 * 3 * 27 + 3 * 4 * 8)
    linear = torch.nn.Linear(7, 5)
    with counted(linear) as count:
        linear(torch.zeros(3, 7))
    assert count.coarse_flop == 2 * 3 * 7 * 5
    counts = operations()
    assert counts["3D FCN"] == pytest.approx(133, rel=0.01)
    assert counts["2D FCN"] == pytest.approx(276, rel=0.01)
    assert counts["sliding window, every voxel"] == pytest.approx(32 * counts["sliding window"])


@pytest.mark.slow
def test_forward_times_of_every_network(cases, tmp_path, monkeypatch):
    monkeypatch.setattr(forward_times, "SIZE", (12, 32, 32))
    monkeypatch.setattr(forward_times, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(forward_times, "PASSES", 2)
    pack, output = tmp_path / "cases.zip", tmp_path / "times.json"
    write_pack(cases, pack)
    monkeypatch.setattr(sys, "argv", ["forward_times.py", str(pack), "--output", str(output)])
    forward_times.main()
    found = json.loads(output.read_text())
    assert set(found["seconds"]) == {"ours", "3D FCN", "2D FCN", "sliding window"}
    assert all(times["float32"] > 0 for times in found["seconds"].values())
    assert found["operations"]["ours"] > 0


# ------------------------------------------------------------------ the page
def score(*discs: tuple[float, float]) -> CaseScore:
    """A scan of discs of (distance in mm, Dice)."""
    found = tuple(DiscScore(f"L{n}", f"L{n}", True, mm, dice, 0.6, 5e3, 5e3) for n, (mm, dice) in enumerate(discs, 1))
    return CaseScore("VB2_01", found, (), (), (), ())


def test_the_text_gets_its_figures_from_the_scores():
    values = texts("VB2", "3D FCN", [score((0.5, 0.9), (2.5, 0.8))])
    page = filled("MLD {{VB2 / 3D FCN / MLD}} mm, {{VB2 / 3D FCN / P}} %, Dice {{VB2 / 3D FCN / Dice}}", values)
    assert page == "MLD 1.50 mm, 50.0 %, Dice 0.850"
    with pytest.raises(KeyError):
        filled("{{VB2 / 4D FCN / MLD}}", values)


def test_the_verdict_names_what_is_missed_and_by_how_much():
    assert verdict([score((0.9, 0.884))]) == "all 4 of the paper's figures are reached"
    assert verdict([score((1.04, 0.9), (1.04, 0.9))]) == "3 of the paper's 4 figures are reached (MLD missed by 0.13 mm)"


def test_an_order_is_said_only_where_it_is_shown():
    pairs = {
        "Dice": (Paired(-0.01, 1, 9, 0.01), True),
        "MLD mm": (Paired(-0.02, 5, 9, 0.7), False),
        "MAAD mm": (Paired(0.04, 1, 9, 0.01), False),
    }
    text = order(pairs)
    assert text == "2D better in Dice (p = 0.01) and MAAD mm (p = 0.01); no difference shown in MLD mm (p = 0.7)"


def test_what_is_missing_is_said():
    done = {"summary": {"steps": 9, "stopped_early": False}, "settings": {"steps": 9}}
    cut = {"summary": {"steps": 5, "stopped_early": False}, "settings": {"steps": 9}}
    runs = {f"a-{fold}": done for fold in range(FOLDS)}
    assert missing({"A": "a"}, runs) == "Nothing is missing: every scan is judged by each method."
    text = missing({"A": "a", "B": "b"}, runs | {"a-2": cut, "b-0": done, "b-4": done})
    assert text == "The A of fold 2 was stopped after 5 of 9 steps; the B lacks folds 1, 2, 3."


def test_a_sliding_window_is_judged_at_more_places_than_it_is_validated_at(cases, tmp_path):
    recipe = replace(SMALL, network="patch_cnn", arguments={"width": 2, "stride": [4, 4, 4]}, steps=1, patch=(8, 24, 24))
    held = on_device(cases)
    run = Run(recipe, fold_of("1", cases, recipe), held, tmp_path, "cpu")
    assert run.network.size_multiple == (4, 4, 4) and run.network.halo == (8, 16, 16)
    maps = finish(run, held)
    assert {name: m.shape for name, m in maps.items()} == {name: (12, 32, 28) for name in run.fold.test}
