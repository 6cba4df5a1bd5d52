"""Makes a trained network quick: batch normalisation folded into the convolution before it, oneDNN for every convolution."""

from __future__ import annotations

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from .blocks import DirectConv3d


def fused(network: nn.Module) -> nn.Module:
    """Folds in place every (convolution, batch normalisation) pair of the network's sequences; returns the network.

    The network must be in evaluation mode.
    """
    for module in network.modules():
        if not isinstance(module, nn.Sequential):
            continue
        for n in range(len(module) - 1):
            convolution, norm = module[n], module[n + 1]
            if isinstance(norm, nn.BatchNorm3d) and isinstance(convolution, (nn.Conv3d, nn.ConvTranspose3d)):
                transposed = isinstance(convolution, nn.ConvTranspose3d)
                module[n] = fuse_conv_bn_eval(convolution, norm, transposed)
                module[n + 1] = nn.Identity()
    for module in network.modules():
        if type(module) is nn.Conv3d:
            module.__class__ = DirectConv3d
    return network
