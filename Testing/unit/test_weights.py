"""Model files: written, read back, and refused where they are damaged, foreign or could execute something."""

from __future__ import annotations

import io
import json
import pickle
import struct

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from IVDSegmentationLib.errors import ModelError, OutputError  # noqa: E402
from IVDSegmentationLib.network import tensors, weights  # noqa: E402
from IVDSegmentationLib.network.registry import build_network  # noqa: E402

SMALL = {"widths": [4, 4, 8, 8], "fine_width": 4, "fine_blocks": 1}


@pytest.fixture
def models(tmp_path, monkeypatch):
    """An empty folder for the user's own models."""
    monkeypatch.setenv("IVDSEG_MODELS", str(tmp_path))
    return tmp_path


@pytest.fixture
def stored(models):
    """A model file named 'mine'."""
    torch.manual_seed(0)
    network = build_network("discnet", SMALL)
    card = weights.ModelCard("mine", "1.2.3", "discnet", SMALL, training_data="phantoms é", metrics={"dice": 0.9})
    weights.save_model(network, card, models / "mine.safetensors")
    return models / "mine.safetensors"


def header_of(path) -> dict:
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + length])


def with_header(path, change) -> None:
    """Rewrites the JSON header of a model file."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    change(header)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + length :])


def test_weights_come_back(stored):
    torch.manual_seed(0)
    expected = build_network("discnet", SMALL).state_dict()
    network, card = weights.load_model(stored)
    assert not network.training
    assert (card.name, card.version, card.training_data, card.metrics) == ("mine", "1.2.3", "phantoms é", {"dice": 0.9})
    for name, values in network.state_dict().items():
        if values.is_floating_point():
            np.testing.assert_array_equal(values.numpy(), expected[name].half().float().numpy(), err_msg=name)


@pytest.mark.parametrize("kind", ["fcn3d", "fcn2d", "patch_cnn"])
def test_the_papers_networks_are_stored_alike(kind, models):
    network = build_network(kind, {"width": 2})
    weights.save_model(network, weights.ModelCard(kind, "1", kind, {"width": 2}), models / f"{kind}.safetensors")
    again, _ = weights.load_model(kind)
    assert [n for n, _ in again.named_parameters()] == [n for n, _ in network.named_parameters()]


def test_the_file_is_a_safetensors_file(stored):
    """As https://github.com/huggingface/safetensors describes it: contiguous tensors in order, an aligned header."""
    header, size = header_of(stored), stored.stat().st_size
    (length,) = struct.unpack("<Q", stored.read_bytes()[:8])
    end = 0
    for name, entry in header.items():
        if name == "__metadata__":
            assert all(isinstance(value, str) for value in entry.values())
            continue
        low, high = entry["data_offsets"]
        assert low == end and entry["dtype"] in ("F16", "F32", "I64")
        end = high
    assert length % 8 == 0 and size == 8 + length + end


def test_the_card_also_stands_beside_the_file(stored):
    card = json.loads(stored.with_suffix(".json").read_text("utf-8"))
    assert card == json.loads(header_of(stored)["__metadata__"]["card"])
    assert len(card["sha256"]) == len(card["card_sha256"]) == 64


def test_one_changed_byte_of_the_card_is_noticed(stored):
    data = stored.read_bytes()
    for text in (b"phantoms", b"1.2.3", b"level_temperature"):
        at = data.index(text)
        stored.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(ModelError, match="checksum|cannot be used"):
            weights.read_card(stored)



def test_one_changed_byte_is_noticed(stored):
    data = bytearray(stored.read_bytes())
    data[-7] ^= 1
    stored.write_bytes(data)
    with pytest.raises(ModelError, match="checksum"):
        weights.load_model(stored)


def test_renamed_weights_are_noticed(stored):
    def swap(header):
        names = [n for n, entry in header.items() if n != "__metadata__" and entry["shape"] == [4, 4, 3, 3, 3]]
        header[names[0]], header[names[1]] = header[names[1]], header[names[0]]

    with_header(stored, swap)
    with pytest.raises(ModelError, match="checksum"):
        weights.load_model(stored)


@pytest.mark.parametrize("part", [0.0, 0.001, 0.3, 0.999])
def test_a_file_cut_short(stored, part):
    data = stored.read_bytes()
    stored.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(ModelError):
        weights.load_model(stored)


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("the file was executed",))


def pickled() -> bytes:
    return pickle.dumps({"weights": Bomb()})


def torch_file() -> bytes:
    memory = io.BytesIO()
    torch.save({"w": torch.zeros(3)}, memory)
    return memory.getvalue()


def with_text(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


@pytest.mark.parametrize(
    "content",
    [
        pickled(),
        torch_file(),
        b"",
        b"\0" * 64,
        b"\xff" * 64,
        b"PK\x03\x04" + b"\0" * 100,
        with_text("[1, 2]"),
        with_text('"text"'),
        with_text("{}"),
        with_text("[" * 100_000),
        with_text('{"__metadata__": 3}'),
        with_text('{"__metadata__": {"card": "[1, 2]"}}'),
        with_text('{"__metadata__": {"card": "{}"}}'),
        with_text('{"__metadata__": {"card": 5}}'),
        with_text('{"a": 1}'),
        with_text('{"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}'),
        with_text('{"a": {"dtype": "F32", "shape": [4611686018427387904, 4], "data_offsets": [0, 0]}}'),
        with_text('{"a": {"dtype": "F32", "shape": "x", "data_offsets": [0, 4]}}'),
        with_text('{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0.0, 4.0]}}'),
        with_text('{"a": {"dtype": "F32", "shape": [1000000000000], "data_offsets": [0, 4000000000000]}}'),
        with_text('{"a": {"dtype": "OBJECT", "shape": [1], "data_offsets": [0, 8]}}'),
    ],
    ids=range(21),
)
def test_a_foreign_file_is_refused_in_words(models, content):
    path = models / "foreign.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="foreign.safetensors"):
        weights.load_model(path)
    assert weights.find_model("foreign") == path
    assert all(card.name != "foreign" for card in weights.available_models())


def resaved(stored, **changes) -> None:
    """The same weights with another card."""
    values, metadata = tensors.read_tensors(stored)
    card = json.loads(metadata["card"]) | changes
    del card["card_sha256"]  # as models before 2.0.0 are
    tensors.write_tensors(values, {"card": json.dumps(card)}, stored)


@pytest.mark.parametrize(
    "changes",
    [
        {"network": "unet"},
        {"network": ["discnet"]},
        {"network": {"a": 1}},
        {"arguments": {"layers": 3}},
        {"arguments": {**SMALL, "fine_width": 6}},
        {"arguments": {**SMALL, "fine_blocks": 2}},
        {"arguments": {**SMALL, "fine_blocks": 0}},
        {"arguments": {**SMALL, "widths": [4, 4]}},
        {"arguments": {**SMALL, "widths": [-4, 4, 8, 8]}},
        {"arguments": {**SMALL, "widths": "abcd"}},
        {"arguments": [1]},
        {"arguments": "x"},
    ],
    ids=str,
)
def test_a_card_that_does_not_fit_its_weights(stored, changes):
    resaved(stored, **changes)
    with pytest.raises(ModelError):
        weights.load_model(stored)


@pytest.mark.parametrize(
    "changes",
    [
        {"level_temperature": -1},
        {"level_temperature": float("nan")},
        {"level_temperature": "2"},
        {"name": 5},
        {"version": None},
        {"sha256": "no"},
        {"classes": "disc"},
        {"citations": [{}]},
        {"spacing_mm_kji": [2.0, -1.25, 1.25]},
        {"metrics": []},
        {"arguments": {**SMALL, "fine_blocks": 10**9}},
        {"arguments": {**SMALL, "widths": [10**6] * 4}},
    ],
    ids=str,
)
def test_a_card_with_values_that_make_no_sense_is_refused_before_anything_is_built(stored, changes, monkeypatch):
    resaved(stored, **changes)
    monkeypatch.setattr("IVDSegmentationLib.network.registry.NETWORKS", {"discnet": pytest.fail})
    with pytest.raises(ModelError, match=f"cannot be used: '{next(iter(changes))}"):
        weights.load_model(stored)
    assert "mine" not in [card.name for card in weights.available_models()]


def test_a_card_cannot_write_to_the_terminal(stored):
    resaved(stored, name="\x1b[2Jmine", citations=["a\x07b", "c\u202ed"], metrics={"di\x9bce": "0\x1b"}, limits="two\nlines")
    card = weights.read_card(stored)
    assert (card.name, card.citations, card.metrics) == ("[2Jmine", ("ab", "cd"), {"dice": "0"})
    assert card.limits == "two\nlines"


def test_tensors_that_overlap_or_leave_gaps_are_refused(stored):
    data = stored.read_bytes()
    names = [name for name in header_of(stored) if name != "__metadata__"]

    def overlap(header):
        first, second = (header[name] for name in names[:2])
        second["data_offsets"] = first["data_offsets"]
        second["shape"], second["dtype"] = first["shape"], first["dtype"]

    def gap(header):
        del header[names[0]]

    for change in (overlap, gap):
        stored.write_bytes(data)
        with_header(stored, change)
        with pytest.raises(ModelError, match="not a model of this extension"):
            weights.load_model(stored)


def test_a_card_of_a_later_version_may_know_more(stored):
    resaved(stored, something_new=[1, 2])
    assert weights.load_model(stored)[1].name == "mine"


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"spacing_mm_kji": [2.0, 1.0, 1.0]}, "voxels of 2 x 1 x 1 mm"),
        ({"spacing_mm_kji": [2.0]}, "voxels of 2 mm"),
        ({"classes": ["background", "vertebra"]}, "background, vertebra, not background, disc"),
        ({"classes": []}, "missing"),
    ],
    ids=str,
)
def test_a_model_for_another_input_or_output_is_refused(stored, changes, reason):
    resaved(stored, **changes)
    with pytest.raises(ModelError, match=reason):
        weights.load_model(stored)


def test_models_are_found_by_name_and_by_path(stored):
    assert weights.find_model("mine") == stored == weights.find_model(str(stored))
    assert "mine" in [card.name for card in weights.available_models()]
    with pytest.raises(ModelError, match="mine"):
        weights.find_model("yours")
    with pytest.raises(ModelError, match="no model file"):
        weights.find_model(stored.with_name("gone.safetensors"))


def test_the_disk_is_full(stored, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    before = stored.read_bytes()
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match="(?i)disk is full|No space"):
        weights.save_model(build_network("discnet", SMALL), weights.ModelCard("mine", "2", "discnet", SMALL), stored)
    assert stored.read_bytes() == before
    assert sorted(path.name for path in stored.parent.iterdir()) == ["mine.json", "mine.safetensors"]


def test_the_bundled_model_is_small_sound_and_described():
    card = weights.read_card(weights.find_model("default"))
    path = weights.find_model("default")
    assert path.stat().st_size < 6 * 2**20
    assert json.loads(path.with_suffix(".json").read_text("utf-8"))["sha256"] == card.sha256
    assert card.classes[1] == "disc" and card.spacing_mm_kji == (2.0, 1.25, 1.25)
    assert "not a medical device" in card.intended_use.lower()
    for field in ("version", "training_data", "licence", "citations", "limits", "metrics", "created"):
        assert getattr(card, field), f"the card lacks: {field}"
