"""The main job with the bundled model: the sample's discs in every orientation, stopped, on bad input, in little memory."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from IVDSegmentationLib.anatomy import UNKNOWN_LEVEL, level_of_label  # noqa: E402
from IVDSegmentationLib.errors import Cancelled, DeviceError, InputError, ModelError  # noqa: E402
from IVDSegmentationLib.network.registry import NETWORKS, build_network  # noqa: E402
from IVDSegmentationLib.network.weights import ModelCard, save_model  # noqa: E402
from IVDSegmentationLib.segmentation.options import Options  # noqa: E402
from IVDSegmentationLib.segmentation.pipeline import Segmenter, choose_device  # noqa: E402
from IVDSegmentationLib.synthesis import PhantomSettings, sample_phantom, synthesize  # noqa: E402
from IVDSegmentationLib.volume import Volume  # noqa: E402
from sample_files import rotation  # noqa: E402
from test_frame import ORDERS, reordered  # noqa: E402

LUMBAR = range(1, 8)
LIBRARY = Path(__file__).resolve().parents[2] / "IVDSegmentation"


@pytest.fixture(scope="module")
def segmenter():
    return Segmenter(device="cpu")


@pytest.fixture(scope="module")
def sample():
    return sample_phantom()


@pytest.fixture(scope="module")
def result(segmenter, sample):
    return segmenter.segment(sample.image)


def centre_of(labels: Volume, label: int) -> np.ndarray:
    return labels.lps_of_ijk(np.argwhere(labels.array == label).mean(axis=0)[::-1])


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return 2 * float((one & other).sum()) / max(1, int(one.sum() + other.sum()))


@pytest.mark.parametrize("label", LUMBAR, ids=level_of_label)
def test_each_disc_of_the_sample(result, sample, label):
    (disc,) = (disc for disc in result.discs if disc.label == label)
    assert disc.level == level_of_label(label)
    assert np.linalg.norm(disc.centre_mm_lps - centre_of(sample.labels, label)) < 2.0
    assert dice(result.labels.array == label, sample.labels.array == label) > 0.85


def test_what_a_result_says_agrees_with_its_label_map(result, sample):
    assert result.labels.same_grid(sample.image) and result.labels.array.dtype == np.uint8
    assert set(np.unique(result.labels.array)) == {0} | {disc.label for disc in result.discs}
    heights = [disc.centre_mm_lps[2] for disc in result.discs]
    assert heights == sorted(heights)
    for disc in result.discs:
        voxels = int((result.labels.array == disc.label).sum())
        assert disc.volume_mm3 == pytest.approx(voxels * sample.image.voxel_mm3)
        np.testing.assert_allclose(disc.centre_mm_lps, centre_of(result.labels, disc.label), atol=1e-6)
        assert 0 <= disc.confidence <= 1 and 0.5 < disc.probability <= 1
    assert set(result.seconds) == {"prepare", "network", "postprocess", "total"}
    assert result.seconds["total"] >= max(result.seconds.values()) and result.peak_memory_bytes > 0
    assert len(result.model.sha256) == 64 and result.device == "cpu" and result.threads >= 1


def same_discs_as(result, sample, segmenter, order) -> None:
    other = segmenter.segment(reordered(sample.image, *order))
    assert [disc.level for disc in other.discs] == [disc.level for disc in result.discs]
    for one, two in zip(result.discs, other.discs):
        assert np.linalg.norm(np.subtract(one.centre_mm_lps, two.centre_mm_lps)) < 0.05
    expected = reordered(result.labels, *order)
    assert other.labels.same_grid(expected)
    assert dice(other.labels.array > 0, expected.array > 0) > 0.999


def test_another_axis_order_gives_the_same_discs(result, sample, segmenter):
    same_discs_as(result, sample, segmenter, ((2, 0, 1), (True, False, True)))


@pytest.mark.slow
@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_all_48_axis_orders_give_the_same_discs(result, sample, segmenter, order):
    same_discs_as(result, sample, segmenter, order)


@pytest.mark.slow
@pytest.mark.parametrize("degrees", [(20, 0, 0), (0, 15, 0), (0, 0, 25), (-12, 9, -17)], ids=str)
def test_a_turned_patient(result, sample, segmenter, degrees):
    turned = replace(sample.image, direction=rotation(degrees) @ sample.image.direction)
    other = segmenter.segment(turned)
    np.testing.assert_array_equal(other.labels.array, result.labels.array)
    np.testing.assert_allclose(other.labels.direction, turned.direction)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float64])
def test_the_type_of_the_voxels_does_not_matter(result, sample, segmenter, dtype):
    array = sample.image.array.astype(np.float32)
    array = (array - array.min()) / (array.max() - array.min()) * 255
    other = segmenter.segment(sample.image.with_array(array.astype(dtype)))
    assert [disc.level for disc in other.discs] == [disc.level for disc in result.discs]
    assert dice(other.labels.array > 0, result.labels.array > 0) > 0.97


def test_tiles_give_the_same_discs(result, sample, segmenter):
    tiled = segmenter.segment(sample.image, Options(tile_voxels=100_000))
    assert [disc.level for disc in tiled.discs] == [disc.level for disc in result.discs]
    assert dice(tiled.labels.array > 0, result.labels.array > 0) > 0.9999


def test_a_higher_threshold_draws_tighter(result, sample, segmenter):
    tight = segmenter.segment(sample.image, Options(threshold=0.8))
    assert len(tight.discs) == len(result.discs)
    assert all(a.volume_mm3 < b.volume_mm3 for a, b in zip(tight.discs, result.discs))


def test_smoother_outlines_are_those_of_the_same_discs(result, sample, segmenter):
    smooth = segmenter.segment(sample.image, Options(smooth=True))
    assert [disc.level for disc in smooth.discs] == [disc.level for disc in result.discs]
    assert 0.95 < dice(smooth.labels.array > 0, result.labels.array > 0) < 1


def test_progress_goes_through_the_stages_and_never_back(sample, segmenter):
    told: list[tuple[str, float]] = []
    segmenter.segment(sample.image, progress=lambda stage, fraction: told.append((stage, fraction)))
    stages = list(dict.fromkeys(stage for stage, _ in told))
    assert stages == ["prepare", "network", "postprocess"]
    for stage in stages:
        fractions = [fraction for one, fraction in told if one == stage]
        assert fractions == sorted(fractions) and fractions[0] >= 0 and fractions[-1] <= 1
    assert told[-1] == ("postprocess", 1.0)


@pytest.mark.parametrize("after", [0, 2, 4])
def test_cancel_stops_and_leaves_the_segmenter_usable(result, sample, segmenter, after):
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > after

    with pytest.raises(Cancelled):
        segmenter.segment(sample.image, cancelled=cancelled)
    assert asked == after + 1
    if after:
        again = segmenter.segment(sample.image)
        np.testing.assert_array_equal(again.labels.array, result.labels.array)


def spoilt(array: np.ndarray, value: float) -> np.ndarray:
    copy = array.astype(np.float32)
    copy[3, 3, 3] = value
    return copy


BAD = {
    "2D": lambda v: Volume(v.array[:1], v.spacing_mm),
    "empty": lambda v: Volume(v.array[:0], v.spacing_mm),
    "constant": lambda v: v.with_array(np.full_like(v.array, 7)),
    "NaN": lambda v: v.with_array(spoilt(v.array, np.nan)),
    "infinite": lambda v: v.with_array(spoilt(v.array, np.inf)),
    "4D": lambda v: Volume(v.array[None], v.spacing_mm),
    "spacing 0": lambda v: replace(v, spacing_mm=(1.0, 0.0, 3.0)),
    "spacing in metres": lambda v: replace(v, spacing_mm=(0.001, 0.001, 0.003)),
    "spacing 100": lambda v: replace(v, spacing_mm=(100.0, 100.0, 300.0)),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_told_in_a_sentence(sample, segmenter, kind):
    with pytest.raises(InputError) as caught:
        segmenter.segment(BAD[kind](sample.image))
    assert str(caught.value).endswith(".") and "Traceback" not in str(caught.value)


@pytest.mark.parametrize("size", [(10, 80, 80), pytest.param((20, 160, 160), marks=pytest.mark.slow)], ids=str)
def test_noise_has_no_discs(segmenter, size):
    noise = np.random.default_rng(0).normal(100, 20, size).astype(np.float32)
    found = segmenter.segment(Volume(noise, (1.5, 1.5, 4.0)))
    assert found.discs == () and not found.labels.array.any()


def test_a_black_volume_with_one_bright_voxel(segmenter):
    """Whatever is seen in it, nothing gets a name."""
    array = np.zeros((10, 80, 80), np.int16)
    array[5, 40, 40] = 1000
    found = segmenter.segment(Volume(array, (2.0, 2.0, 4.0)))
    assert all(disc.level == UNKNOWN_LEVEL for disc in found.discs)


def test_unknown_devices_and_models_are_told():
    with pytest.raises(DeviceError, match="tpu"):
        choose_device("tpu")
    if not torch.cuda.is_available():
        with pytest.raises(DeviceError, match="cuda"):
            choose_device("cuda")
    with pytest.raises(ModelError, match="nobody"):
        Segmenter("nobody")


def test_threads_hold_while_a_segmenter_works_and_no_longer(sample, monkeypatch):
    """A worker that was asked for one thread once must not stay slow."""
    from IVDSegmentationLib.segmentation import magnify as module

    seen = []

    def stop(*_, **__):
        seen.append(torch.get_num_threads())
        raise InputError("far enough")

    monkeypatch.setattr(module, "infer_with_neck", stop)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    before = torch.get_num_threads()
    for threads in (1, 3, 100_000, None):
        with pytest.raises(InputError):
            Segmenter(threads=threads).segment(sample.image)
    assert seen == [1, 3, 3, before] and torch.get_num_threads() == before


def test_a_gpu_without_memory_falls_back_and_says_so(sample, segmenter, monkeypatch):
    """As on a GPU: the first two attempts run out of memory, the processor does it."""
    from IVDSegmentationLib.segmentation import magnify as module

    real, attempts = module.infer_with_neck, []

    def full(network, image, device, progress, tile_voxels, **options):
        attempts.append((device, tile_voxels))
        if len(attempts) < 3:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return real(network, image, "cpu", progress, tile_voxels, **options)

    monkeypatch.setattr(module, "infer_with_neck", full)
    monkeypatch.setattr(segmenter, "device", "mps")
    monkeypatch.setattr(segmenter.network, "to", lambda *_, **__: segmenter.network)
    found = segmenter.segment(sample.image)
    assert [device for device, _ in attempts] == ["mps", "mps", "cpu"] and attempts[1][1] < attempts[0][1]
    assert found.device == "cpu" and any("memory" in warning for warning in found.warnings)
    assert len(found.discs) >= len(LUMBAR)


def test_a_gpu_that_lacks_an_operation_falls_back_and_says_so(sample, segmenter, monkeypatch):
    """Macs before PyTorch 2.8 have no 3D up-sampling."""
    from IVDSegmentationLib.segmentation import magnify as module

    real = module.infer_with_neck

    def lacking(network, image, device, progress, tile_voxels, **options):
        if device == "mps":
            raise RuntimeError("ConvTranspose 3D is not supported on MPS")
        return real(network, image, device, progress, tile_voxels, **options)

    monkeypatch.setattr(module, "infer_with_neck", lacking)
    monkeypatch.setattr(segmenter, "device", "mps")
    monkeypatch.setattr(segmenter.network, "to", lambda *_, **__: segmenter.network)
    found = segmenter.segment(sample.image)
    assert found.device == "cpu" and any("ConvTranspose 3D" in warning for warning in found.warnings)


def test_an_error_on_the_processor_is_not_swallowed(sample, segmenter, monkeypatch):
    from IVDSegmentationLib.segmentation import magnify as module

    def broken(*_, **__):
        raise RuntimeError("shapes do not fit")

    monkeypatch.setattr(module, "infer_with_neck", broken)
    with pytest.raises(RuntimeError, match="shapes"):
        segmenter.segment(sample.image)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 108))
@pytest.mark.parametrize("sacrum", [True, False], ids=["sacrum", "no sacrum"])
def test_a_level_that_is_said_with_confidence_is_right(segmenter, seed, sacrum):
    phantom = synthesize(seed, PhantomSettings(contrast="T2", kind="healthy", sacrum_in_view=sacrum, artefacts=False))
    truth = {label: centre_of(phantom.labels, label) for label in phantom.description["discs_in_view"]}
    for disc in segmenter.segment(phantom.image).discs:
        near = min(truth, key=lambda label: float(np.linalg.norm(truth[label] - disc.centre_mm_lps)))
        if disc.confidence > 0.9:
            assert disc.label == near, disc
        if disc.level == UNKNOWN_LEVEL:
            assert disc.label > 50 and disc.confidence == 0


_LARGE = """
import resource, sys
import numpy as np
from IVDSegmentationLib.segmentation.pipeline import Segmenter
from IVDSegmentationLib.synthesis import sample_phantom
from IVDSegmentationLib.volume import Volume
image = sample_phantom().image
repeat = [-(-n // m) for n, m in zip((120, 512, 512), image.array.shape)]
large = np.ascontiguousarray(np.tile(image.array, repeat)[:120, :512, :512]).astype(np.int16)
volume = Volume(large, (0.7, 0.7, 1.5), image.origin_mm_lps, image.direction)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
result = Segmenter(device="cpu").segment(volume)
assert result.labels.array.shape == (120, 512, 512)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * (1 if sys.platform == "darwin" else 1024))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs the resource module")
def test_a_large_volume_in_bounded_memory():
    """512 x 512 x 120 voxels: at most 1 GB above the input."""
    command = [sys.executable, "-c", _LARGE]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(LIBRARY)})
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 1_000_000_000


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_model_of_every_kind_of_network_segments(tmp_path, kind):
    small = {"discnet": {"widths": (8, 8, 8, 8), "fine_width": 8, "fine_blocks": 1}}
    arguments = small.get(kind, {"width": 4, "normalised": True})
    torch.manual_seed(0)
    save_model(build_network(kind, arguments).eval(), ModelCard(kind, "1", kind, arguments), tmp_path / "model.safetensors")
    image = Volume(np.random.default_rng(0).normal(300, 50, (8, 40, 36)).astype(np.float32), (1.25, 1.25, 4.0))
    result = Segmenter(tmp_path / "model.safetensors", "cpu", 1).segment(image)
    assert result.labels.same_grid(image) and result.model.name == kind
