"""The module's parameter node. No ``from __future__ import annotations`` here: the wrapper reads the types."""

from typing import Annotated, Any

import slicer
from slicer.parameterNodeWrapper import SingleStep, WithinRange, parameterNodeWrapper


@parameterNodeWrapper
class IVDSegmentationParameters:
    """What the user chose; saved with the scene. Defaults are those of ``segmentation.pipeline.Options`` (tested)."""

    volume: slicer.vtkMRMLScalarVolumeNode
    model: str = "default"
    device: str = "auto"
    threshold: Annotated[float, WithinRange(0.05, 0.95), SingleStep(0.05)] = 0.5
    smooth: bool = False
    minimumVolumeMm3: Annotated[float, WithinRange(0.0, 5000.0), SingleStep(50.0)] = 250.0
    threads: Annotated[int, WithinRange(0, 256)] = 0
    keepProbability: bool = False


OPTION_OF_PARAMETER = {
    "threshold": "threshold",
    "smooth": "smooth",
    "minimumVolumeMm3": "minimum_volume_mm3",
}
"""Parameter -> field of ``segmentation.pipeline.Options``."""


def options_of(parameters: Any) -> dict[str, Any]:
    """The fields of ``Options`` that the worker is sent."""
    return {option: getattr(parameters, name) for name, option in OPTION_OF_PARAMETER.items()}


def restore_defaults(parameters: Any) -> None:
    """The advanced settings as they were at first."""
    for name in (*OPTION_OF_PARAMETER, "threads", "keepProbability"):
        parameters.setValue(name, parameters.default(name).value)
