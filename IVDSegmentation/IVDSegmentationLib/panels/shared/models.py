"""The models that can be chosen."""

from __future__ import annotations

import logging

from slicer.i18n import tr as _


def model_choices() -> list[tuple[str, str]]:
    """(value, text) of the models, the default first. Reading their cards needs no torch."""
    try:
        from ...network.weights import DEFAULT_MODEL, DEFAULT_NAME, available_models

        cards = available_models()
    except Exception:  # a broken card must not keep the panel from opening; the run will say what is wrong
        logging.exception("The list of models could not be read")
        return [("default", _("Default"))]
    default = next((card for card in cards if card.name == DEFAULT_NAME), None)
    if default is None:
        text = _("Default")
    else:
        text = _("{name} {version} (default)").format(name=default.name, version=default.version)
    others = [(card.name, f"{card.name} {card.version}") for card in cards if card.name != DEFAULT_NAME]
    return [(DEFAULT_MODEL, text), *others]
