"""Other people's networks on the same volume with the same threads; only those that are installed are measured.

Weights are random: speed does not depend on them.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator

import numpy as np


def installed_peers() -> Iterator[tuple[str, Callable[[np.ndarray], object]]]:
    """(name, function that segments an array (k, j, i)) of each installed peer."""
    if importlib.util.find_spec("dynamic_network_architectures"):
        yield "nnU-Net 3d_fullres (PlainConvUNet, sliding window 28 x 256 x 256, step 0.5)", _nnunet()
    if importlib.util.find_spec("monai"):
        yield "MONAI BasicUNet (whole volume)", _monai("BasicUNet")
        yield "MONAI UNet (16 … 256 channels, whole volume)", _monai("UNet")


def _nnunet() -> Callable[[np.ndarray], object]:
    import torch
    from dynamic_network_architectures.architectures.unet import PlainConvUNet
    from dynamic_network_architectures.building_blocks.helper import convert_dim_to_conv_op

    network = PlainConvUNet(
        1,
        6,
        (32, 64, 128, 256, 320, 320),
        convert_dim_to_conv_op(3),
        ((1, 3, 3), (3, 3, 3), (3, 3, 3), (3, 3, 3), (3, 3, 3), (3, 3, 3)),
        ((1, 1, 1), (1, 2, 2), (2, 2, 2), (2, 2, 2), (1, 2, 2), (1, 2, 2)),
        (2,) * 6,
        2,
        (2,) * 5,
        conv_bias=True,
        norm_op=torch.nn.InstanceNorm3d,
        norm_op_kwargs={"eps": 1e-5, "affine": True},
        nonlin=torch.nn.LeakyReLU,
        nonlin_kwargs={"inplace": True},
    ).eval()
    return lambda image: _slide(network, image, (28, 256, 256))


def _slide(network, image: np.ndarray, window: tuple[int, int, int]) -> object:
    """nnU-Net's sliding window: half-overlapping tiles, without its eightfold mirroring."""
    import torch

    x = torch.from_numpy(image)[None, None]
    pads = [max(0, w - n) for w, n in zip(window, image.shape)]
    x = torch.nn.functional.pad(x, (0, pads[2], 0, pads[1], 0, pads[0]))
    starts = [
        sorted({int(round(s)) for s in np.linspace(0, n - w, int(np.ceil((n - w) / (w / 2))) + 1)})
        for n, w in zip(x.shape[2:], window)
    ]
    total = torch.zeros((2, *x.shape[2:]))
    with torch.inference_mode():
        for k in starts[0]:
            for j in starts[1]:
                for i in starts[2]:
                    at = (..., slice(k, k + window[0]), slice(j, j + window[1]), slice(i, i + window[2]))
                    total[at] += network(x[at])[0]
    return total


def _monai(name: str) -> Callable[[np.ndarray], object]:
    import torch
    from monai.networks.nets import BasicUNet, UNet

    if name == "BasicUNet":
        network = BasicUNet(spatial_dims=3, in_channels=1, out_channels=2)
    else:
        network = UNet(3, 1, 2, channels=(16, 32, 64, 128, 256), strides=(2, 2, 2, 2), num_res_units=2)
    network.eval()

    def run(image: np.ndarray) -> object:
        pads = [(-n) % 16 for n in image.shape]
        x = torch.nn.functional.pad(torch.from_numpy(image)[None, None], (0, pads[2], 0, pads[1], 0, pads[0]))
        with torch.inference_mode():
            return network(x)

    return run
