"""Gives a model's fine stage more channels without changing what it says, so that training can go on from there.

    python Testing/benchmark/widen_fine_stage.py MODEL.safetensors WIDE.safetensors --fine-width 32 --detail-width 16

The channels that exist keep their weights and hear nothing of the new ones; these start at random (Chen, Goodfellow, Shlens
2016, Net2Net, has the idea). The bundled model's second stage of training starts from such a file, with the coarse stage frozen
(``Testing/benchmark/bundled_model_fine.json``).
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "IVDSegmentation"))

from IVDSegmentationLib.network.discnet import DiscNet  # noqa: E402
from IVDSegmentationLib.network.registry import build_network  # noqa: E402
from IVDSegmentationLib.network.weights import load_model, save_model  # noqa: E402

INPUTS_FIRST = ("fine_up", "fine_guide")
"""Transposed convolutions: their weights are (in, out, …), all others (out, in, …)."""


def widened(narrow: DiscNet, arguments: dict) -> DiscNet:
    """A network of the sizes in ``arguments``, none smaller than ``narrow``'s, that gives the same output."""
    wide = build_network("discnet", arguments)
    old = narrow.state_dict()
    with torch.no_grad():
        for name, value in wide.state_dict().items():
            had = old[name].shape
            if value.dim() > 1 and value.shape != had:
                inputs = 0 if name.startswith(INPUTS_FIRST) else 1
                kept_outputs = value.narrow(1 - inputs, 0, had[1 - inputs])
                kept_outputs.narrow(inputs, had[inputs], value.shape[inputs] - had[inputs]).zero_()
            value[tuple(slice(0, n) for n in had)] = old[name]
    return wide.eval()  # type: ignore[return-value]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--fine-width", type=int, required=True)
    parser.add_argument("--detail-width", type=int, required=True)
    args = parser.parse_args()
    network, card = load_model(args.model)
    arguments = card.arguments | {"fine_width": args.fine_width, "detail_width": args.detail_width}
    card = save_model(widened(network, arguments), replace(card, arguments=arguments), args.output)
    print(f"{args.output.name}: {args.output.stat().st_size / 1e6:.2f} MB, SHA-256 {card.sha256}")


if __name__ == "__main__":
    main()
