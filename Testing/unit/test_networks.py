"""The networks' shapes, first weights, up-sampling, and that a part computed alone equals the part of the whole."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from IVDSegmentationLib.errors import ModelError  # noqa: E402
from IVDSegmentationLib.network import classes  # noqa: E402
from IVDSegmentationLib.network.blocks import Residual  # noqa: E402
from IVDSegmentationLib.network.discnet import COARSE_STRIDE, FINE_HALO, SIZE_MULTIPLE, DiscNet, PlaceHead  # noqa: E402
from IVDSegmentationLib.network.fcn2d import FCN2D, adjacent_slices  # noqa: E402
from IVDSegmentationLib.network.fcn3d import FCN3D, PAPER_WEIGHT_SD, SubPixelUp3d, draw_paper_weights  # noqa: E402
from IVDSegmentationLib.network.fuse import fused  # noqa: E402
from IVDSegmentationLib.network.patch_cnn import PATCH_SIZE, PatchCNN  # noqa: E402
from IVDSegmentationLib.network.registry import NETWORKS, build_network  # noqa: E402

PAPER_NETWORKS = ("fcn3d", "fcn2d", "patch_cnn")


def small_discnet(seed: int = 0) -> DiscNet:
    """A DiscNet of a tenth of the size, with statistics as if it had been trained."""
    torch.manual_seed(seed)
    network = DiscNet(widths=(8, 8, 16, 16), fine_width=8, fine_blocks=3)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm3d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.3)
    return network.eval()


@pytest.mark.parametrize("kind", PAPER_NETWORKS)
@pytest.mark.parametrize("normalised", [False, True])
def test_logits_for_every_voxel(kind, normalised):
    network = build_network(kind, {"width": 4, "normalised": normalised}).eval()
    with torch.inference_mode():
        assert network(torch.randn(2, 1, 8, 24, 28)).shape == (2, 2, 8, 24, 28)


def test_a_network_of_the_whole_spine_tells_the_ends_of_the_chain_apart():
    network = DiscNet((4, 4, 8, 8), 4, 1, coarse_classes=len(classes.COARSE_CLASSES), context_blocks=2).eval()
    x = torch.randn(1, 1, 8, 64, 64)
    with torch.inference_mode():
        whole = network.coarse(x)
        assert whole.logits.shape == (1, 9, 4, 16, 16)
        network.context = torch.nn.Sequential()
        assert torch.equal(network.coarse(x).logits, whole.logits), "untrained context blocks change nothing"
    table = classes.coarse_class_table()
    assert [int(table[label]) for label in (1, 2, 22, 23, 101, 110, 123)] == [2, 1, 1, 7, 4, 3, 8]


def test_the_places_are_told_from_three_scales_side_by_side():
    head = PlaceHead((3, 4, 5), 6)
    scales = [torch.randn(2, 3, 4, 8, 12), torch.randn(2, 4, 2, 4, 6), torch.randn(2, 5, 1, 2, 3)]
    same_size = [torch.nn.functional.interpolate(scale, size=(4, 8, 12)) for scale in scales]
    torch.testing.assert_close(head(*scales), torch.nn.Sequential(*head)(torch.cat(same_size, 1)))


def test_shapes_of_ours():
    network, x = small_discnet(), torch.randn(1, 1, 16, 64, 96)
    with torch.inference_mode():
        coarse = network.coarse(x)
        assert coarse.logits.shape == (1, classes.LUMBAR_CLASSES, 8, 16, 24)
        assert coarse.level.shape == coarse.level_log_scale.shape == (1, 8, 16, 24)
        assert network.refined(x, coarse.features).shape == (1, len(classes.FINE_CLASSES), 16, 64, 96)
        assert network(x).shape == (1, len(classes.FINE_CLASSES), 16, 64, 96)


@pytest.mark.parametrize("kind", PAPER_NETWORKS)
def test_first_weights_are_the_papers(kind):
    torch.manual_seed(0)
    network = build_network(kind)
    for name, values in network.named_parameters():
        if name.endswith("bias"):
            assert not values.any(), name
        else:
            few = 4 / np.sqrt(values.numel())  # four standard errors
            assert abs(float(values.mean())) < few * PAPER_WEIGHT_SD, name
            assert abs(float(values.std()) / PAPER_WEIGHT_SD - 1) < few, name


def test_the_paper_draws_all_kinds_of_layers():
    layers = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ConvTranspose3d(8, 8, 2))
    torch.nn.init.ones_(layers[0].weight)
    draw_paper_weights(layers)
    assert float(layers[0].weight.detach().abs().max()) < 0.1 and not layers[1].bias.any()


def test_the_papers_3d_network_pools_and_comes_back():
    kinds = [type(layer).__name__ for layer in FCN3D().layers]
    assert kinds.count("MaxPool3d") == kinds.count("SubPixelUp3d") == 2
    assert kinds.count("Conv3d") == 7 and "ReLU" in kinds


def test_sub_pixels_are_laid_side_by_side():
    up = SubPixelUp3d(1, 2)
    torch.nn.init.zeros_(up.convolution.weight)
    with torch.no_grad():
        up.convolution.bias.copy_(torch.arange(16.0))
    y = up(torch.zeros(1, 1, 2, 3, 4))
    assert y.shape == (1, 2, 4, 6, 8)
    for channel in range(2):
        for k, j, i in np.ndindex(4, 6, 8):
            assert y[0, channel, k, j, i] == channel * 8 + (k % 2) * 4 + (j % 2) * 2 + i % 2


def test_sub_pixels_come_from_the_voxel_they_lie_in():
    """A centre-only kernel copies each voxel to its eight: nearest-neighbour up-sampling, nothing is shifted."""
    up = SubPixelUp3d(1, 1)
    torch.nn.init.zeros_(up.convolution.weight)
    torch.nn.init.zeros_(up.convolution.bias)
    with torch.no_grad():
        up.convolution.weight[:, 0, 1, 1, 1] = 1
        x = torch.randn(1, 1, 3, 4, 5)
        expected = torch.nn.functional.interpolate(x, scale_factor=2, mode="nearest")
        torch.testing.assert_close(up(x), expected)


def test_three_adjacent_slices():
    x = torch.arange(4.0).view(1, 1, 4, 1, 1).expand(2, 1, 4, 2, 3)
    slices = adjacent_slices(x)
    assert slices.shape == (8, 3, 2, 3)
    assert slices[:4, :, 0, 0].tolist() == [[0, 0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 3]]


def test_the_2d_network_sees_neighbouring_slices_only():
    torch.manual_seed(1)
    network = FCN2D(width=4, normalised=True).eval()
    x = torch.randn(1, 1, 7, 16, 16)
    changed = x.clone()
    changed[:, :, 0] += 5
    with torch.inference_mode():
        difference = (network(x) - network(changed)).abs().amax(dim=(0, 1, 3, 4))
    assert (difference[:2] > 0).all() and not difference[2:].any()


def test_windows_are_centred_on_their_block():
    network = PatchCNN(width=2)
    size = (6, 16, 20)
    k, j, i = torch.meshgrid(*(torch.arange(float(n)) for n in size), indexing="ij")
    for axis, coordinate in enumerate((k, j, i)):
        windows = network.windows(coordinate[None, None])
        assert windows.shape[1:4] == tuple(n // s for n, s in zip(size, network.stride))
        middle = windows[0, 1, 2, 2].select(axis, PATCH_SIZE[axis] // 2).unique()
        block = (1, 2, 2)[axis] * network.stride[axis]
        assert middle.tolist() == [block + network.stride[axis] // 2]


@pytest.mark.parametrize("corner", [(6, 32, 30), (0, 0, 0), (7, 62, 96)], ids=["inside", "low borders", "high borders"])
def test_a_box_with_its_halo_equals_the_whole(corner):
    network, x = small_discnet(), torch.randn(1, 1, 24, 96, 128)
    wanted = [(low, min(size, low + length)) for low, length, size in zip(corner, (9, 34, 32), x.shape[2:])]
    cells, beyond = [], []
    for (low, high), halo, stride, size in zip(wanted, FINE_HALO, COARSE_STRIDE, x.shape[2:]):
        cells.append((max(0, low - halo) // stride, -(-min(size, high + halo) // stride)))
        beyond.append((low - cells[-1][0] * stride, cells[-1][1] * stride - high))
    with torch.inference_mode():
        features = network.coarse(x).features
        whole = network.refined(x, features)
        read = tuple(slice(a * s, b * s) for (a, b), s in zip(cells, COARSE_STRIDE))
        part = network.refined(x[(..., *read)], features[(..., *(slice(a, b) for a, b in cells))], beyond)
    torch.testing.assert_close(part, whole[(..., *(slice(a, b) for a, b in wanted))], atol=1e-5, rtol=1e-5)


def test_layers_compute_what_the_next_ones_need():
    """Of two convolutions around a wanted box of 4 x 8 x 8 voxels the first computes one voxel more at each side. Where one
    side is a border of the volume, both compute one voxel more at the other."""
    block, sizes = Residual(4).eval(), []
    for layer in (block.first[0], block.second[0]):
        layer.register_forward_hook(lambda layer, inputs, y: sizes.append(tuple(y.shape[2:])))
    with torch.inference_mode():
        y, left = block.shrunk(torch.randn(1, 4, 8, 20, 15), ((2, 2), (9, 3), (0, 7)), 0)
    assert sizes == [(6, 10, 10), (4, 8, 9)] and y.shape[2:] == (4, 8, 8) and left == [(0, 0)] * 3


def test_halo_and_multiple_fit_the_coarse_grid():
    assert all(h % s == 0 for h, s in zip(FINE_HALO, COARSE_STRIDE))
    assert all(m % s == 0 for m, s in zip(SIZE_MULTIPLE, COARSE_STRIDE))


def test_folding_the_normalisation_changes_nothing():
    network, x = small_discnet(), torch.randn(1, 1, 8, 64, 64)
    with torch.inference_mode():
        before = network(x)
        after = fused(network)(x)
    assert not any(isinstance(module, torch.nn.BatchNorm3d) for module in network.modules())
    torch.testing.assert_close(after, before, atol=1e-4, rtol=1e-4)


def test_our_network_fits_into_six_megabytes():
    weights = sum(parameter.numel() for parameter in DiscNet().parameters())
    assert weights * 2 < 6_000_000  # stored as float16


@pytest.mark.parametrize("kind", NETWORKS)
def test_training_reaches_every_weight(kind):
    small = {"discnet": {"widths": (4, 4, 8, 8), "fine_width": 4, "fine_blocks": 1}}
    network = build_network(kind, small.get(kind, {"width": 2, "normalised": True})).train()
    x = torch.randn(2, 1, *((16, 64, 64) if kind == "discnet" else (8, 24, 24)))
    loss = network(x).square().mean()
    if kind == "discnet":
        coarse = network.coarse(x)
        loss = loss + coarse.logits.square().mean() + (coarse.level + coarse.level_log_scale).square().mean()
    loss.backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all(), name


@pytest.mark.parametrize("kind_and_arguments", [("unet", {}), ("fcn3d", {"colour": 1}), ("discnet", {"widths": (1, 2)})])
def test_what_cannot_be_built_is_told(kind_and_arguments):
    with pytest.raises(ModelError):
        build_network(*kind_and_arguments)


def test_class_tables():
    coarse, level = classes.coarse_class_table(), classes.level_coordinate_table()
    assert [coarse[v] for v in (0, 1, 2, 9, 51, 99, 100, 101, 102, 109, 200)] == [0, 2, 1, 1, 1, 5, 5, 4, 3, 3, 6]
    assert [level[v] for v in (1, 7, 99, 100, 101, 106)] == [1, 7, 0.5, 0.5, 1.5, 6.5]
    assert np.isnan(level[[0, 51, 200]]).all()
    assert {c for group in classes.COARSE_OF_STRUCTURE.values() for c in group} == set(range(1, 9))


def test_a_narrow_volume_is_filled_up_with_its_outermost_slices():
    torch.manual_seed(2)
    network = FCN3D(width=2, normalised=True, least_slices=12).eval()
    x = torch.randn(1, 1, 8, 16, 16)
    wide = torch.cat([x[:, :, :1]] * 2 + [x] + [x[:, :, -1:]] * 2, 2)
    with torch.inference_mode():
        assert network(x).shape == (1, 2, 8, 16, 16)
        torch.testing.assert_close(network(x), network(wide)[:, :, 2:10])


def test_the_position_head_gives_a_place_to_every_cell():
    plain = DiscNet((4, 4, 8, 8), 4, 1).eval()
    network = DiscNet((4, 4, 8, 8), 4, 1, position_width=6).eval()
    x = torch.randn(1, 1, 16, 64, 96)
    with torch.inference_mode():
        assert plain.coarse(x).position is None
        steps = [n // s for n, s in zip(x.shape[2:], classes.POSITION_STRIDE)]
        assert network.coarse(x).position.shape == (1, classes.POSITION_CLASSES, *steps)
    table = classes.position_table()
    assert [int(table[label]) for label in (0, 1, 23, 99, 100, 101, 122, 123, 200, 51)] == [-1, 1, 23, 0, 0, 1, 22, 24, -1, -1]
