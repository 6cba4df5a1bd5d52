"""Which numbers the fine stage computes with: bfloat16 where the processor has units for it, float32 elsewhere.

The coarse stage, which says where discs are and how they are named, always computes in float32: it is a twentieth of the time.
"""

from __future__ import annotations

import torch
from torch import nn

from .discnet import FINE_STAGE, DiscNet


def processor_has_bfloat16() -> bool:
    """Whether the CPU multiplies bfloat16 in hardware (AVX512-BF16 or AMX). Without these units PyTorch emulates it, slowly.

    PyTorch tells it by functions that are not public yet; a version without them counts as a processor without the units.
    """
    tells = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(tell is not None and tell() for tell in tells)


def with_fast_fine_stage(network: nn.Module, device: str) -> nn.Module:
    """The network, its fine stage in bfloat16 where that is faster: on a CPU with units for it. Changed in place.

    On the 14 validation scans the Dice of no set changes by more than 0.001, and no level changes; the forward pass
    takes half the time (``Testing/benchmark/RESULTS.md``).
    """
    if isinstance(network, DiscNet) and device == "cpu" and processor_has_bfloat16():
        for name in FINE_STAGE:
            getattr(network, name).to(torch.bfloat16)
    return network
