"""Codes of the segments: our terminology file and the tags made from it.

Slicer's own terminologies have no disc by level, so the extension ships its own file, written from ``anatomy`` by
``terminology_file`` (a test compares the two).
"""

from __future__ import annotations

from typing import Any

from .. import anatomy
from ..output.segmentation import TERMINOLOGY_NAME, terminology_entry
from ..resources import resource_path

__all__ = ["FILE_NAME", "TERMINOLOGY_NAME", "load_terminology", "terminology_entry", "terminology_file"]

FILE_NAME = "IntervertebralDiscs.term.json"
_SCHEMA = "https://raw.githubusercontent.com/qiicr/dcmqi/master/doc/schemas/segment-context-schema.json#"


def terminology_file() -> dict[str, Any]:
    """Content of the shipped .term.json: every level, and the generic disc for those whose level is unknown."""
    types = [
        _type((anatomy.SCT, level.code, level.meaning), f"{level.name} disc", level.colour) for level in anatomy.DISC_LEVELS
    ]
    types.append(_type(anatomy.GENERIC_DISC_CODE, "Intervertebral disc", anatomy.UNKNOWN_COLOUR))
    category = _code(anatomy.CATEGORY_CODE) | {"showAnatomy": False, "Type": types}
    return {
        "SegmentationCategoryTypeContextName": TERMINOLOGY_NAME,
        "@schema": _SCHEMA,
        "SegmentationCodes": {"Category": [category]},
    }


def load_terminology() -> bool:
    """Load the file into Slicer. Call it at ``startupCompleted``; False where the Terminologies module is missing."""
    import slicer

    module = getattr(slicer.modules, "terminologies", None)
    path = resource_path("Terminologies", FILE_NAME)
    return bool(module and module.logic().LoadTerminologyFromFile(str(path)))


def _code(code: tuple[str, str, str]) -> dict[str, Any]:
    scheme, value, meaning = code
    return {"CodingSchemeDesignator": scheme, "CodeValue": value, "CodeMeaning": meaning}


def _type(code: tuple[str, str, str], label: str, colour: tuple[int, int, int]) -> dict[str, Any]:
    return _code(code) | {"3dSlicerLabel": label, "recommendedDisplayRGBValue": list(colour)}
