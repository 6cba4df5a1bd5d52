"""Network kinds by name, as configurations and model cards write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from ..errors import ModelError
from .discnet import DiscNet
from .fcn2d import FCN2D
from .fcn3d import FCN3D
from .outline_levels import PLAIN, OutlineLevels
from .patch_cnn import PatchCNN

NETWORKS: dict[str, Callable[..., nn.Module]] = {
    "discnet": DiscNet,
    "fcn3d": FCN3D,
    "fcn2d": FCN2D,
    "patch_cnn": PatchCNN,
}


def outline_levels_of(network: nn.Module) -> OutlineLevels:
    """Probability on the border of a disc: 0.5, unless the network's class names others."""
    return getattr(network, "outline_levels", PLAIN)


def build_network(kind: str, arguments: dict[str, Any] | None = None) -> nn.Module:
    """A network with fresh weights. Raises ``ModelError`` for an unknown kind or arguments that do not fit."""
    if not isinstance(kind, str) or kind not in NETWORKS:  # a model file may say anything
        raise ModelError(f"The network kind '{kind}' is not known. Known are: {', '.join(NETWORKS)}.")
    try:
        return NETWORKS[kind](**(arguments or {}))
    except (TypeError, ValueError, RuntimeError) as error:
        raise ModelError(f"The network '{kind}' cannot be built from this file: {error}.") from error
