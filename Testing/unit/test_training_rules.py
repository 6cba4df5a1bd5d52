"""The arithmetic of training: learning rate, running average, mixture of weights, losses, what counts in a validation."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from IVDSegmentationLib.cases.patients import patient_key  # noqa: E402
from IVDSegmentationLib.training.average import WeightAverage  # noqa: E402
from IVDSegmentationLib.training.cases import make_case  # noqa: E402
from IVDSegmentationLib.training.loop import learning_rate  # noqa: E402
from IVDSegmentationLib.training.losses import dice_loss, level_loss, partial_cross_entropy, position_loss  # noqa: E402
from IVDSegmentationLib.training.outcome import blended  # noqa: E402
from IVDSegmentationLib.training.validation import Validation  # noqa: E402
from tiny_training import CONFIG, spine  # noqa: E402


def test_the_learning_rate_rises_and_then_falls_to_a_hundredth():
    config = replace(CONFIG, steps=100, warm_up_steps=10, learning_rate=1e-3)
    rates = [learning_rate(step, config) for step in range(101)]
    assert rates[0] == pytest.approx(1e-4) and rates[10] == max(rates) == pytest.approx(1e-3)
    assert all(later > earlier for earlier, later in zip(rates[:10], rates[1:10]))
    assert all(later < earlier for earlier, later in zip(rates[10:], rates[11:]))
    assert rates[100] == pytest.approx(1e-5) and rates[55] == pytest.approx(0.505e-3)


def test_the_average_keeps_most_of_what_it_was_and_forgets_the_first_steps():
    network = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(network.weight)
    average = WeightAverage(network, 0.9)
    torch.nn.init.ones_(network.weight)
    average.update(network, 10_000)
    assert float(average.values["weight"]) == pytest.approx(0.1)
    average.update(network, 0)  # an early step: (1 + 0) / (10 + 0) of the old value is kept
    assert float(average.values["weight"]) == pytest.approx(0.1 * 0.1 + 0.9)


def test_a_mixture_has_the_share_of_the_new_weights():
    new, old = {"w": torch.tensor([4.0]), "n": torch.tensor(7)}, {"w": torch.tensor([0.0]), "n": torch.tensor(1)}
    assert blended(new, old, 0.75) == {"w": torch.tensor([3.0]), "n": torch.tensor(7)}
    assert blended(new, old, 1.0) == new


def test_the_level_loss_is_lowest_where_the_scale_is_the_error():
    target, valid = torch.full((1, 4, 4), 3.0), torch.ones(1, 4, 4)
    level = target + 0.5

    def loss(scale: float) -> float:
        return float(level_loss(level, torch.full_like(level, math.log(scale)), target, valid))

    assert loss(0.5) < loss(0.25) and loss(0.5) < loss(1.0)
    assert loss(0.5) == pytest.approx(1 + math.log(0.5))
    target[0, :2], valid[0, 3] = torch.nan, 0  # without a level, and not annotated: neither counts
    level[0, :2], level[0, 3] = 100.0, -100.0
    assert loss(0.5) == pytest.approx(1 + math.log(0.5))
    assert float(level_loss(level, level, torch.full_like(level, torch.nan), valid)) == 0


def test_the_place_along_the_spine_counts_only_where_there_is_one():
    shares = torch.zeros(1, 25, 1, 2, 1)
    shares[0, 7, 0, 0, 0] = 1.0  # the other cell holds nothing that has a place
    right, wrong = torch.zeros_like(shares), torch.zeros_like(shares)
    right[0, 7], wrong[0, 8] = 9.0, 9.0
    assert position_loss(right, shares) < 0.01 < 8 < position_loss(wrong, shares)
    right[0, :, 0, 1, 0] = torch.randn(25)
    assert position_loss(right, shares) < 0.01 and position_loss(wrong, torch.zeros_like(shares)) == 0


def test_dice_and_cross_entropy_are_lowest_for_the_truth():
    shares = torch.zeros(1, 3, 4, 8, 8)
    shares[:, 1, :2], shares[:, 0, 2:] = 1, 1
    right, wrong = 20 * (shares - 0.5), 20 * (shares.flip(1) - 0.5)
    valid, known = torch.ones(1, 4, 8, 8), torch.ones(1, 3, dtype=torch.bool)
    assert float(dice_loss(right, shares, valid, [1], known)) < 0.01
    assert float(dice_loss(right.roll(1, 1), shares, valid, [1], known)) > 0.5
    assert float(partial_cross_entropy(right, shares, valid, known)) < 0.01
    assert float(partial_cross_entropy(wrong, shares, valid, known)) > 5
    not_annotated = torch.tensor([[True, True, False]])
    hidden = 20 * (torch.zeros_like(shares).index_fill_(1, torch.tensor([2]), 1) - 0.5)
    background = torch.zeros_like(shares).index_fill_(1, torch.tensor([0]), 1)
    assert float(partial_cross_entropy(hidden, background, valid, known)) > 5
    assert float(partial_cross_entropy(hidden, background, valid, not_annotated)) < 0.01


def test_only_discs_that_are_complete_in_the_valid_region_are_located():
    image, labels = spine()
    valid = np.ones(labels.array.shape, np.uint8)
    where = np.argwhere(labels.array == 1)
    valid[:, :, where[:, 2].max() - 4 :] = 0  # a fifth of each disc lies outside

    def located(region: np.ndarray) -> int:
        return len(Validation([make_case("spine", "own cases", image, labels.array, region)]).prepared[0].centres_mm)

    assert located(np.ones_like(valid)) == 4 and located(valid) == 0


def test_a_patients_hash_needs_the_users_secret(tmp_path, monkeypatch):
    keys = []
    for home in ("one", "two"):
        monkeypatch.setattr(Path, "home", lambda home=home: tmp_path / home)
        keys += [patient_key("1234567"), patient_key(" 1234567 "), patient_key("7654321")]
    assert keys[0] == keys[1] and keys[3] == keys[4]
    assert len({keys[0], keys[2], keys[3], keys[5]}) == 4
    assert patient_key(" ") == ""
