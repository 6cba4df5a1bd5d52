"""``ivdseg models``: the installed models."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from . import exit_codes
from .arguments import add_output_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Bundled models come first, then your own. A model is one .safetensors file with its card inside; "
        "give its name\nor its path to --model of the other verbs."
    )
    add_output_arguments(parser, quiet=False, json="print the full cards as one JSON list")


def run(args: argparse.Namespace) -> int:
    from ..network.weights import available_models

    cards = [asdict(card) for card in available_models()]
    if args.json:
        print(json.dumps(cards, indent=2))
        return exit_codes.SUCCESS
    if not cards:
        print("No model is installed. Train one with 'ivdseg train', or give --model the path of a model file.")
        return exit_codes.SUCCESS
    for card in cards:
        print(f"{card['name']}  {card['version']}")
        for title, key in (("trained on", "training_data"), ("use", "intended_use"), ("limits", "limits")):
            if card.get(key):
                print(f"    {title}: {card[key]}")
        print(f"    SHA-256: {card['sha256']}")
    return exit_codes.SUCCESS
