"""The module's parameter node. No ``from __future__ import annotations`` here: the wrapper reads the types."""

from typing import Annotated, Any

import slicer
from slicer.parameterNodeWrapper import Minimum, SingleStep, WithinRange, parameterNodeWrapper


@parameterNodeWrapper
class IVDSegmentationParameters:
    """What the user chose; saved with the scene. Defaults are those of ``segmentation.pipeline.Options`` (tested)."""

    volume: slicer.vtkMRMLScalarVolumeNode
    model: str = "default"
    device: str = "auto"
    threshold: Annotated[float, WithinRange(0.05, 0.95), SingleStep(0.05)] = 0.5
    smoothingMm: Annotated[float, WithinRange(0.0, 5.0), SingleStep(0.25)] = 1.25
    minimumVolumeMm3: Annotated[float, Minimum(0.0), SingleStep(50.0)] = 300.0
    threads: Annotated[int, WithinRange(0, 256)] = 0
    keepProbability: bool = False


OPTION_OF_PARAMETER = {
    "threshold": "threshold",
    "smoothingMm": "smoothing_mm",
    "minimumVolumeMm3": "minimum_volume_mm3",
}
"""Parameter -> field of ``segmentation.pipeline.Options``."""


def options_of(parameters: IVDSegmentationParameters) -> dict[str, Any]:
    """The fields of ``Options`` that the worker is sent."""
    return {option: getattr(parameters, name) for name, option in OPTION_OF_PARAMETER.items()}


def restore_defaults(parameters: IVDSegmentationParameters) -> None:
    """The advanced settings as they were at first."""
    for name in (*OPTION_OF_PARAMETER, "threads", "keepProbability"):
        parameters.setValue(name, parameters.default(name).value)
