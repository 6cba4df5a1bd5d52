"""The loop: it learns, it resumes bit for bit, it outlives a full disk, it does not learn what nobody annotated."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from IVDSegmentationLib.errors import InputError, OutputError  # noqa: E402
from IVDSegmentationLib.network.discnet import FINE_STAGE, DiscNet  # noqa: E402
from IVDSegmentationLib.network.registry import NETWORKS, build_network  # noqa: E402
from IVDSegmentationLib.runs.curves import LogReader, read_curves, write_curves_png  # noqa: E402
from IVDSegmentationLib.training import loop  # noqa: E402
from IVDSegmentationLib.training.batches import BatchMaker  # noqa: E402
from IVDSegmentationLib.training.cases import TrainingCase, make_case, training_case_of  # noqa: E402
from IVDSegmentationLib.training.checkpoint import load_checkpoint  # noqa: E402
from IVDSegmentationLib.training.loop import Callbacks, Trainer  # noqa: E402
from IVDSegmentationLib.training.objectives import loss_of  # noqa: E402
from IVDSegmentationLib.training.validation import Validation, centre_distances_mm  # noqa: E402
from tiny_training import CONFIG, spine  # noqa: E402


def tiny_case(seed: int = 0, structures=frozenset({"disc", "body", "sacrum", "canal"})) -> TrainingCase:
    image, labels = spine(seed=seed)
    return make_case(f"spine{seed}", "own cases", image, labels.array, None, structures)


def tiny_network() -> DiscNet:
    torch.manual_seed(0)
    return DiscNet((8, 8, 8, 8), 8, 1)


def trainer(folder, config=CONFIG, **more) -> Trainer:
    maker = BatchMaker([tiny_case(0), tiny_case(1)], config)
    return Trainer(tiny_network(), maker, config, folder, Callbacks(**more))


def same(a, b) -> bool:
    """Bit for bit, through dictionaries and lists."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b


def test_resume_continues_bit_for_bit(tmp_path):
    validate = Validation([tiny_case(5)])
    whole = trainer(tmp_path / "whole", validate=validate)
    whole.run()
    first = trainer(tmp_path / "parts", validate=validate, should_stop=lambda: first.step == 5)
    first.run()
    assert first.step == 5
    second = trainer(tmp_path / "parts", validate=validate)
    assert second.resume() and second.step == 5
    second.run()
    states = [load_checkpoint(tmp_path / name / "checkpoint.pt") for name in ("whole", "parts")]
    for key in ("network", "optimizer", "average", "step", "best"):
        assert same(states[0][key], states[1][key]), key
    best = [load_checkpoint(tmp_path / name / "best.pt") for name in ("whole", "parts")]
    assert same(*best)


def test_the_loss_falls_on_phantoms(tmp_path):
    from IVDSegmentationLib.cases.phantoms import phantom_case
    from IVDSegmentationLib.synthesis import PhantomSettings, synthesize

    settings = PhantomSettings(contrast="T2", kind="healthy", slab=True, artefacts=False)
    cases = [training_case_of(phantom_case(synthesize(seed, settings), "phantom")) for seed in (1, 2)]
    config = replace(CONFIG, steps=40, warm_up_steps=5, log_every=5)
    one = Trainer(tiny_network(), BatchMaker(cases, config), config, tmp_path / "run")
    one.run()
    losses = read_curves(tmp_path / "run" / "log.jsonl").of("loss")[1]
    assert len(losses) == 8 and np.mean(losses[-3:]) < 0.9 * losses[0]


@pytest.mark.parametrize("kind", NETWORKS)
def test_every_kind_of_network_is_trained_by_the_same_loop(tmp_path, kind):
    small = {"discnet": {"widths": (8, 8, 8, 8), "fine_width": 8, "fine_blocks": 1}}
    network = build_network(kind, small.get(kind, {"width": 4, "normalised": True}))
    before = {name: value.clone() for name, value in network.named_parameters()}
    config = replace(CONFIG, network=kind, steps=2)
    Trainer(network, BatchMaker([tiny_case(0)], config), config, tmp_path).run()
    assert any(not torch.equal(value, before[name]) for name, value in network.named_parameters())
    assert read_curves(tmp_path / "log.jsonl").of("loss")[0] == [2]


def test_a_frozen_coarse_stage_stays_as_it_was(tmp_path):
    network = tiny_network()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    config = replace(CONFIG, steps=2, freeze_coarse=True)
    one = Trainer(network, BatchMaker([tiny_case(0)], config), config, tmp_path)
    one.run()
    changed = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert {name.split(".")[0] for name in changed} == set(FINE_STAGE)
    x = torch.randn(1, 1, 8, 64, 64)
    fresh = tiny_network().eval()
    with torch.inference_mode():
        torch.testing.assert_close(network.eval().coarse(x).logits, fresh.coarse(x).logits, atol=0, rtol=0)


def test_the_share_of_gentle_patches_is_used():
    roughness = []
    for share in (0.0, 1.0):
        maker = BatchMaker([tiny_case(0)], replace(CONFIG, gentle_share=share))
        images = [maker.make(step).image for step in range(6)]
        roughness.append(np.mean([float(one.diff(dim=-1).abs().mean()) for one in images]))
    assert roughness[0] != roughness[1]


def test_patches_are_turned_and_bent_only_where_wanted():
    straight = replace(CONFIG, deformation=0.0)
    for config, upright in ((straight, True), (replace(straight, deformation=1.0), False)):
        maker = BatchMaker([tiny_case(0)], config)
        discs = [disc for step in range(6) for disc in maker.make(step).fine[:, 1] > 1e-4 if disc.any()]
        boxes = [d.any(2).any(1)[:, None, None] & d.any(2).any(0)[:, None] & d.any(1).any(0) for d in discs]
        assert all(torch.equal(*pair) for pair in zip(discs, boxes)) == upright  # the case's discs are boxes


def test_validation_counts_dice_and_distance():
    validate = Validation([tiny_case(1)])
    one = validate.prepared[0]
    assert len(one.centres_mm) == 4
    perfect = centre_distances_mm(one.disc > 0.5, one.centres_mm)
    assert max(perfect) < 0.7
    shifted = centre_distances_mm(np.roll(one.disc > 0.5, 4, axis=2), one.centres_mm)
    assert shifted == pytest.approx([5.0] * 4, abs=0.7)
    missing = one.disc * (np.arange(one.disc.shape[1]) > 80)[None, :, None]
    assert centre_distances_mm(missing > 0.5, one.centres_mm).count(None) >= 1


def test_what_nobody_annotated_is_not_taught():
    """With discs annotated only, neither bodies nor the canal are pushed towards background."""
    network = tiny_network()
    gradients = {}
    for known in (True, False):
        structures = frozenset({"disc", "body", "sacrum", "canal"}) if known else frozenset({"disc"})
        batch = BatchMaker([tiny_case(0, structures)], CONFIG).make(0)
        network.zero_grad()
        loss, parts = loss_of(network, batch, False)
        loss.backward()
        gradients[known] = network.fine_head.bias.grad.clone(), network.coarse_head.bias.grad.clone()
    assert gradients[True][0][2] > 0.01 and gradients[True][1][6] > 0.01  # pushed down: nothing was drawn there
    # unknown: 'background' means background or body, so the body's share of it is raised, not lowered
    assert gradients[False][0][2] <= 0 and gradients[False][1][6] <= 0


def test_a_batch_that_is_not_finite_spoils_nothing(tmp_path):
    one = trainer(tmp_path)
    one.train_step(one.batches.make(0))
    before = {name: value.clone() for name, value in one.network.state_dict().items()}
    average = {name: value.clone() for name, value in one.average.values.items()}
    bad = one.batches.make(1)
    bad.image[0, 0, 0, 0, 0] = torch.nan
    one.train_step(bad)
    after = one.network.state_dict()
    assert all(torch.equal(after[name], before[name]) for name in before if not name.endswith("num_batches_tracked"))
    assert all(torch.equal(one.average.values[name], average[name]) for name in average)
    one.train_step(one.batches.make(1))
    assert any(not torch.equal(value, before[name]) for name, value in one.network.named_parameters())


def test_a_full_disk_is_waited_for(tmp_path, monkeypatch):
    troubles, refused = [], iter([True, True, False])
    real = os.fsync

    def fsync(descriptor):
        if next(refused, False):
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(loop, "RETRY_SECONDS", 0.01)
    one = trainer(tmp_path, on_write_error=lambda error: bool(troubles.append(error)))
    one.run()
    assert len(troubles) == 2 and "the disk is full" in str(troubles[0])
    assert one.step == 12 and load_checkpoint(one.checkpoint_path)["step"] == 12


def test_a_checkpoint_is_whole_or_not_there(tmp_path, monkeypatch):
    one = trainer(tmp_path)
    one.save()
    before = one.checkpoint_path.read_bytes()

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="the disk is full"):
        one.save()
    assert one.checkpoint_path.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]


def test_a_flipped_byte_of_a_checkpoint_is_always_noticed(tmp_path):
    one = trainer(tmp_path)
    one.save()
    data = one.checkpoint_path.read_bytes()
    rng = np.random.default_rng(0)
    for at in [*range(0, 100, 3), *rng.integers(len(data), size=60), len(data) - 1]:
        one.checkpoint_path.write_bytes(data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :])
        with pytest.raises(InputError, match="is damaged"):
            load_checkpoint(one.checkpoint_path)
    for length in (0, 10, 90, len(data) - 1):
        one.checkpoint_path.write_bytes(data[:length])
        with pytest.raises(InputError, match="is damaged"):
            one.resume()
    one.checkpoint_path.write_bytes(data)
    assert one.resume()


def test_checkpoints_are_written_in_time(tmp_path):
    saved = []
    config = replace(CONFIG, steps=4, checkpoint_seconds=0.0)
    one = trainer(tmp_path, config)
    real = one.save
    one.save = lambda: (saved.append(one.step), real())
    one.run()
    assert saved == [1, 2, 3, 4]


def test_the_log_forgets_repeated_steps(tmp_path):
    log = tmp_path / "log.jsonl"
    lines = [{"step": s, "event": "train", "loss": float(s)} for s in (5, 10, 15, 20)]
    log.write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"step": 2')
    reader = LogReader(log)
    assert reader.update() and reader.curves.of("loss")[0] == [5, 10, 15, 20]
    with open(log, "a") as file:  # killed in mid-line, resumed at step 10
        file.write('\n{"step": 15, "event": "train", "loss": 1.5}\n{"step": 15, "event": "validation", "dice": 0.5}\n')
    assert reader.update() and not reader.update()
    assert reader.curves.of("loss") == ([5, 10, 15], [5.0, 10.0, 1.5]) and reader.curves.of("dice") == ([15], [0.5])
    write_curves_png(reader.curves, tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_batches_of_a_process_group_are_parts_of_the_whole():
    maker = BatchMaker([tiny_case(0), tiny_case(1)], CONFIG)
    whole, parts = maker.make(3), [maker.make(3, part, 2) for part in (0, 1)]
    assert torch.equal(whole.image, torch.cat([part.image for part in parts]))


def test_a_batch_that_cannot_be_split_is_refused():
    from IVDSegmentationLib.training.distributed import ProcessGroup

    with pytest.raises(InputError, match="multiples of 3"):
        ProcessGroup(0, 3).check_batch(4, 8)
