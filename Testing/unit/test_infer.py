"""Inference: tiles give the same as one go, whatever the size; progress and stopping."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from IVDSegmentationLib.benchmark.arithmetic import counted  # noqa: E402
from IVDSegmentationLib.network import precision  # noqa: E402
from IVDSegmentationLib.network.intensity import scaled, standardised  # noqa: E402
from IVDSegmentationLib.network.registry import build_network  # noqa: E402
from IVDSegmentationLib.segmentation.infer import infer, infer_standardised  # noqa: E402
from test_networks import small_discnet  # noqa: E402


def eager_discnet():
    """A network that takes everything for disc, so that the fine stage has to look everywhere."""
    network = small_discnet()
    with torch.no_grad():
        network.coarse_head.bias[1] += 20
    return network


@pytest.fixture
def image():
    return np.random.default_rng(0).normal(100, 30, (18, 70, 45)).astype(np.float32)


@pytest.mark.parametrize("tile_voxels", [1, 20_000, 40_000])
def test_tiles_give_the_same_as_one_go(image, tile_voxels):
    network = eager_discnet()
    whole, tiled = infer(network, image), infer(network, image, tile_voxels=tile_voxels)
    np.testing.assert_allclose(tiled.disc, whole.disc, atol=1e-5)
    np.testing.assert_allclose(tiled.body, whole.body, atol=1e-5)
    np.testing.assert_allclose(tiled.level, whole.level, atol=1e-5)


@pytest.mark.parametrize("kind", ["fcn3d", "fcn2d", "patch_cnn"])
def test_tiles_of_the_papers_networks(image, kind):
    torch.manual_seed(0)
    network = build_network(kind, {"width": 4, "normalised": True}).eval()
    for module in network.modules():  # N(0, 0.01) hardly lets anything through: make differences visible
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Conv3d, torch.nn.Linear)):
            torch.nn.init.kaiming_normal_(module.weight)
    tall = np.tile(image[:8, :, :24], (1, 3, 1))
    whole, tiled = infer(network, tall), infer(network, tall, tile_voxels=8 * 48 * 24)
    assert whole.disc.std() > 1e-3
    np.testing.assert_allclose(tiled.disc, whole.disc, atol=1e-4)


@pytest.mark.parametrize("shape", [(3, 33, 31), (8, 32, 32), (17, 65, 40), (1, 40, 40)])
def test_any_size_goes(shape):
    image = np.random.default_rng(1).random(shape, np.float32)
    output = infer(eager_discnet(), image)
    assert output.disc.shape == output.body.shape == shape
    assert np.isfinite(output.disc).all() and output.disc.min() >= 0 and output.disc.max() <= 1
    assert output.coarse is not None and output.level_scale is not None and (output.level_scale > 0).all()


def test_nothing_found_is_no_error(image):
    network = small_discnet()
    with torch.no_grad():
        network.coarse_head.bias[0] += 50
    assert not infer(network, image).disc.any()


def test_brightness_and_contrast_do_not_matter(image):
    network = eager_discnet()
    np.testing.assert_allclose(infer(network, image * 7 - 300).disc, infer(network, image).disc, atol=1e-3)


def test_standardised_has_zero_mean_and_unit_deviation(image):
    image[5, 5, 5] = 1e6  # one wild voxel changes next to nothing
    values = standardised(image)
    assert values.dtype == np.float32
    assert abs(values.mean()) < 1e-3 and values.std() == pytest.approx(1, abs=1e-3)


def test_only_the_darkest_and_brightest_few_voxels_are_cut_off():
    """Of an even ramp of grey values all but half a percent keep their place."""
    ramp = np.random.default_rng(4).permutation(np.linspace(0, 1000, 40**3, dtype=np.float32)).reshape(40, 40, 40)
    values = standardised(ramp)
    darkest, brightest = (values == values.min()).mean(), (values == values.max()).mean()
    assert 0.003 < darkest < 0.008 and brightest < 0.001
    assert (scaled(ramp) > 1).mean() == pytest.approx(0.002, abs=0.0015)
    assert scaled(np.where(ramp > 999, 1e5, ramp)).max() == np.float32(1.2)
    bright = np.where(ramp > 998.5, 1e5, ramp)  # fat next to the coil
    assert np.median(np.diff(np.sort(standardised(bright).ravel())[:-200])) == pytest.approx(
        np.median(np.diff(np.sort(values.ravel())[:-200])), rel=0.2
    )


def test_progress_rises_to_one_and_may_stop(image):
    told: list[float] = []
    infer(eager_discnet(), image, progress=told.append, tile_voxels=20_000)
    assert told == sorted(told) and told[-1] == pytest.approx(1) and len(told) > 3

    class Stop(Exception):
        pass

    def stop(fraction: float) -> None:
        raise Stop

    with pytest.raises(Stop):
        infer(eager_discnet(), image, progress=stop)


def test_without_a_spine_the_fine_stage_is_left_out(image, monkeypatch):
    network = eager_discnet()
    whole = infer(network, image)
    monkeypatch.setattr(network, "refined", lambda x, features, beyond: pytest.fail("the fine stage was run"))
    asked = []
    output = infer(network, image, worthwhile=lambda coarse: bool(asked.append(coarse)))
    np.testing.assert_array_equal(asked[0].coarse, whole.coarse)
    assert output.disc.shape == image.shape and not output.disc.any() and not output.body.any()


def disc_where_bright(monkeypatch):
    """(Network that takes for disc what is bright, list of the voxels that its fine stage was given box by box)."""
    network, seen = small_discnet(), []
    with torch.no_grad():
        network.fine_head.bias[0] += 5  # the fine stage finds none
    refined, coarse = network.refined, network.coarse

    def coarse_by_brightness(x, magnified):
        output = coarse(x, magnified)
        bright = torch.nn.functional.max_pool3d(x, (2, 4, 4))[:, 0] > 3
        output.logits.zero_()
        output.logits[:, 0], output.logits[:, 1] = 20.0, bright * 40.0
        return output

    def noted(x, features, beyond):
        seen.append(x[0, 0].numel())
        return refined(x, features, beyond)

    monkeypatch.setattr(network, "coarse", coarse_by_brightness)
    monkeypatch.setattr(network, "refined", noted)
    return network, seen


def curved_spine() -> np.ndarray:
    """Seven bright discs of 36 x 10 x 40 mm, 35 mm apart, on an arc as of a lordosis: its apex lies 35 mm in front."""
    image = np.random.default_rng(0).normal(0, 0.1, (32, 256, 128)).astype(np.float32)
    for n, j in enumerate(range(20, 216, 28)):
        front = 24 + round(28 * ((n - 3) / 3) ** 2)
        image[7:25, j : j + 8, front : front + 32] = 5.0
    return image


def test_windows_along_a_curved_spine_give_what_the_whole_gives_for_half_the_arithmetic(monkeypatch):
    network, _ = disc_where_bright(monkeypatch)
    image = curved_spine()
    with counted(network) as windows:
        output = infer_standardised(network, image)
    whole = infer_standardised(network, image, whole=True)
    looked_at = output.body > 0
    assert looked_at[image > 3].all()
    np.testing.assert_allclose(output.disc[looked_at], whole.disc[looked_at], atol=1e-6)
    np.testing.assert_allclose(output.body[looked_at], whole.body[looked_at], atol=1e-6)
    assert not output.disc[~looked_at].any()

    def one_box(likely, shape):
        return [tuple((int(at.min() - 4) // 2 * 2, int(at.max() + 6) // 2 * 2) for at in np.nonzero(image > 3))]

    monkeypatch.setattr("IVDSegmentationLib.segmentation.infer.windows_along", one_box)
    with counted(network) as box:
        infer_standardised(network, image)
    assert len(windows.windows) == 7 and len(box.windows) == 1
    assert windows.fine_flop < 0.6 * box.fine_flop


def test_a_disc_that_runs_on_beyond_its_window_is_followed(monkeypatch):
    """The coarse stage sees one disc, the fine stage takes everything for disc."""
    network, seen = disc_where_bright(monkeypatch)
    with torch.no_grad():
        network.fine_head.bias[1] += 30
    image = np.random.default_rng(0).normal(0, 0.1, (32, 256, 128)).astype(np.float32)
    image[8:24, 120:128, 40:72] = 5.0
    found = infer_standardised(network, image).disc > 0.5
    rows = np.flatnonzero(found[16, :, 56])
    assert 0 < 118 - rows[0] <= 10 and 0 < rows[-1] - 129 <= 10, "two strips of 5 mm at most"
    assert len(seen) == 1 + 6 * 2


def test_filled_up_slices_are_not_looked_at(monkeypatch):
    network, seen = disc_where_bright(monkeypatch)
    image = curved_spine()[:9]  # the coarse stage is given 16 slices: the bright ones are repeated
    output = infer_standardised(network, image)
    whole = infer_standardised(network, image, whole=True)
    looked_at = output.body > 0
    np.testing.assert_allclose(output.disc[looked_at], whole.disc[looked_at], atol=1e-6)
    assert looked_at[image > 3].all()


def test_what_lies_far_from_the_spine_has_a_window_of_its_own(monkeypatch):
    network, seen = disc_where_bright(monkeypatch)
    image = np.random.default_rng(0).normal(0, 0.1, (32, 256, 128)).astype(np.float32)
    image[12:16, 40:80, 40:60] = 5.0
    image[30, 240, 120] = 50.0
    output = infer_standardised(network, image)
    assert len(seen) == 2 and sum(seen) < image.size / 4
    assert output.disc[14, 60, 50] > 0 and output.disc[30, 240, 120] > 0
    assert output.disc[2, 200, 10] == 0


def test_bfloat16_gives_the_same_outlines_and_levels(image, monkeypatch):
    exact = infer(eager_discnet(), image)
    monkeypatch.setattr(precision, "processor_has_bfloat16", lambda: True)
    network = precision.with_fast_numbers(eager_discnet(), "cpu")
    assert network.fine_head.weight.dtype is torch.bfloat16 and network.coarse_head.weight.dtype is torch.float32
    assert network.stem[0].weight.dtype is torch.bfloat16
    fast = infer(network, image)
    np.testing.assert_allclose(fast.level, exact.level, atol=0.02)
    np.testing.assert_allclose(fast.coarse, exact.coarse, atol=0.02)
    np.testing.assert_allclose(fast.disc, exact.disc, atol=0.02)
    assert fast.disc.dtype == np.float32


@pytest.mark.parametrize(("has_units", "device"), [(False, "cpu"), (True, "cuda")])
def test_without_units_for_bfloat16_everything_is_float32(monkeypatch, has_units, device):
    monkeypatch.setattr(precision, "processor_has_bfloat16", lambda: has_units)
    network = precision.with_fast_numbers(small_discnet(), device)
    assert {value.dtype for value in network.parameters()} == {torch.float32}
