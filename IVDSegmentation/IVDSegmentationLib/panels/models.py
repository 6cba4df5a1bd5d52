"""The models that can be chosen."""

from __future__ import annotations

import logging

from slicer.i18n import tr as _


def model_choices() -> list[tuple[str, str]]:
    """(value, text) of the models, the default first. Reading the cards needs no torch."""
    try:
        from ..network.weights import available_models

        cards = available_models()
    except Exception:  # a broken card must not keep the panel from opening; the run will say what is wrong
        logging.exception("The list of models could not be read")
        cards = []
    return [("default", _("Default"))] + [(card.name, f"{card.name} {card.version}") for card in cards]
